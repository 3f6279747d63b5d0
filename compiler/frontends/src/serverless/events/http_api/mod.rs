//! `httpApi`: routes of the HTTP API of the service, or of one that is there. Source:
//! lib/plugins/aws/package/compile/events/http-api.js of osls 3.77.1.

mod authorizers;
mod cors;
mod routes;

use samc_base::codes;
use samc_ir::{Expr, Map, Origin};

use self::authorizers::Authorizers;
use self::routes::Route;
use super::gateway;
use crate::serverless::names::{self, HTTP_API};
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::{given, set};

/// The log group of accesses.
const LOG_GROUP: &str = "HttpApiLogGroup";

/// What a line about an access holds where nothing is said.
const ACCESS_LOG: &str = r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#;

/// Lowers all routes of a service, and the API they belong to.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let empty = Map::new();
    let settings = service.provider_at(&["httpApi"]).and_then(Expr::as_map).unwrap_or(&empty);
    let api = Api { service, settings, origin: service.provider_origin("httpApi") };
    // What the provider says of the API is looked at where no route uses it as well.
    api.check(out);
    let authorizers = Authorizers::read(&api, out);
    let routes = routes::read(service, out);
    if routes.is_empty() {
        return;
    }
    if api.external().is_none() {
        api.make(&routes, out);
    }
    authorizers.lower(&api, out);
    routes::lower(&api, &authorizers, &routes, out);
}

/// The API as the events see it.
struct Api<'a> {
    service: &'a Service,
    /// `provider.httpApi`.
    settings: &'a Map,
    origin: Origin,
}

impl Api<'_> {
    /// The id of an API that is not of this service.
    fn external(&self) -> Option<&Expr> {
        given(self.settings, "id")
    }

    /// The id of the API.
    fn id(&self) -> Expr {
        self.external().cloned().unwrap_or_else(|| Expr::reference(HTTP_API))
    }

    /// What permissions name as the source of calls: everything of the API.
    fn source_arn(&self) -> Expr {
        gateway::source_arn(self.id(), "/*")
    }

    /// The format of lines about accesses; none where none are kept.
    fn access_log(&self) -> Option<Expr> {
        let logs = self.service.provider_at(&["logs", "httpApi"])?;
        let format = logs.as_map().and_then(|logs| given(logs, "format"));
        Some(format.cloned().unwrap_or_else(|| ACCESS_LOG.into()))
    }

    /// What cannot be set up on an API that another stack owns.
    fn check(&self, out: &mut Output<'_>) {
        if self.external().is_none() {
            return;
        }
        let logs = self.service.provider_at(&["logs", "httpApi"]).map(|logs| ("access logs", logs.span));
        let own = |key: &str| {
            Some((self.settings.entry(key)?.key_span, given(self.settings, key)?)).map(|(span, _)| span)
        };
        let named = [("CORS", own("cors")), ("authorizers", own("authorizers"))];
        let named = named.into_iter().filter_map(|(what, span)| Some((what, span?)));
        for (what, span) in named.chain(logs) {
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &self.origin,
                format!("{what} cannot be set on an API of another stack, which `id` names"),
                span,
                "belongs to the stack of the API",
                "set it where the API is made, or take out `id`",
            );
        }
    }

    /// Adds the API, its stage and its log group.
    fn make(&self, routes: &[Route<'_>], out: &mut Output<'_>) {
        let provider = &self.service.provider;
        let tags = given(provider, "tags").and_then(Expr::as_map);
        let usual = format!("{}-{}", self.service.stage, self.service.name);
        let is_turned = given(self.settings, "shouldStartNameWithService").is_some();
        let default = if is_turned { self.service.prefix() } else { usual };
        let name = given(self.settings, "name").cloned().unwrap_or_else(|| default.into());
        let mut properties = Map::from([("Name", name), ("ProtocolType", "HTTP".into())]);
        set(&mut properties, "Description", given(self.settings, "description"));
        let closed = self.settings.get("disableDefaultEndpoint").filter(|closed| !closed.is_null());
        set(&mut properties, "DisableExecuteApiEndpoint", closed);
        if let Some(cors) = cors::read(self.settings, routes) {
            properties.insert("CorsConfiguration", cors);
        }
        if let Some(tags) = tags {
            properties.insert("Tags", tags.clone());
        }
        out.add(HTTP_API, "AWS::ApiGatewayV2::Api", properties, &self.origin);
        let metrics = given(self.settings, "metrics").cloned().unwrap_or_else(|| false.into());
        let mut stage = Map::from([
            ("ApiId", Expr::reference(HTTP_API)),
            ("StageName", "$default".into()),
            ("AutoDeploy", true.into()),
            ("DefaultRouteSettings", Expr::from([("DetailedMetricsEnabled", metrics)])),
        ]);
        if let Some(tags) = tags {
            stage.insert("Tags", tags.clone());
        }
        let log = self.access_log();
        if let Some(format) = &log {
            let group = format!("/aws/http-api/{}", self.service.stack_name());
            gateway::log_group(self.service, LOG_GROUP, group, &self.origin, out);
            let settings =
                Expr::from([("DestinationArn", Expr::get_att(LOG_GROUP, "Arn")), ("Format", format.clone())]);
            stage.insert("AccessLogSettings", settings);
        }
        let stage = out.add("HttpApiStage", "AWS::ApiGatewayV2::Stage", stage, &self.origin);
        if log.is_some() {
            stage.attributes.insert("DependsOn", LOG_GROUP);
        }
        out.output("HttpApiId", "Id of the HTTP API", Expr::reference(HTTP_API));
        let url = vec![
            "https://".into(),
            Expr::reference(HTTP_API),
            ".execute-api.".into(),
            Expr::reference("AWS::Region"),
            ".".into(),
            Expr::reference("AWS::URLSuffix"),
        ];
        out.output("HttpApiUrl", "URL of the HTTP API", Expr::join("", url));
    }
}

/// The logical id of a function's integration.
fn integration(key: &str) -> String {
    format!("HttpApiIntegration{}", names::normalized(key))
}
