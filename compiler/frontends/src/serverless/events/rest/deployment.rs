//! The deployment of the methods to the stage, and what belongs to the stage. Source: lib/deployment.js,
//! lib/stage.js and lib/hack/update-stage.js of the events `api-gateway` of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::route::Route;
use super::{Api, gateway};
use crate::serverless::names::REST_API;
use crate::serverless::output::Output;
use crate::serverless::value::{given, is_true, set};

/// The log group of accesses.
const LOG_GROUP: &str = "ApiGatewayLogGroup";

/// What a deployment holds beside the API itself.
const DEPLOYED: [&str; 7] = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::GatewayResponse",
];

/// Adds the deployment and gives its logical id.
pub(super) fn lower(
    api: &Api<'_>,
    routes: &[Route<'_>],
    methods: Vec<String>,
    out: &mut Output<'_>,
) -> String {
    let functions = routes.iter().map(|route| route.function);
    let is_deployed = |_: &str, kind: &str, _: &Map| DEPLOYED.contains(&kind);
    let id = format!("ApiGatewayDeployment{}", gateway::digest(api.service, functions, &is_deployed, out));
    let mut properties = Map::from([("RestApiId", api.id()), ("StageName", api.stage())]);
    set(&mut properties, "Description", given(api.settings, "description"));
    let depends_on: Vec<Expr> = methods.into_iter().map(Expr::from).collect();
    let resource = out.add(id.as_str(), "AWS::ApiGateway::Deployment", properties, &api.origin);
    resource.attributes.insert("DependsOn", depends_on);
    let url = gateway::endpoint("https://", api.id(), &api.service.stage);
    out.output("ServiceEndpoint", "URL of the service endpoint", url);
    id
}

/// Adds what the logs of the stage need, and says which of its settings the template cannot hold.
pub(super) fn stage(api: &Api<'_>, out: &mut Output<'_>) {
    // On an API of another stack they are reported as a whole.
    if api.external().is_some() {
        return;
    }
    let service = api.service;
    let logs = service.provider_at(&["logs", "restApi"]);
    if let Some(logs) = logs {
        let wanted =
            logs.as_map().and_then(|map| map.get("accessLogging")).filter(|wanted| !wanted.is_null());
        if wanted.is_none_or(is_true) {
            gateway::log_group(
                service,
                LOG_GROUP,
                format!("/aws/api-gateway/{}", service.prefix()),
                &api.origin,
                out,
            );
            gateway::let_write_logs(service, REST_API, &api.origin, out);
        }
    }
    let settings: [(&str, &[&str]); 5] = [
        ("logs.restApi", &["logs", "restApi"]),
        ("tracing.apiGateway", &["tracing", "apiGateway"]),
        ("apiGateway.metrics", &["apiGateway", "metrics"]),
        ("tags", &["tags"]),
        ("stackTags", &["stackTags"]),
    ];
    let given_settings: Vec<(&str, &Expr)> =
        settings.iter().filter_map(|(name, keys)| Some((*name, service.provider_at(keys)?))).collect();
    let Some((_, first)) = given_settings.first() else { return };
    let names: Vec<String> = given_settings.iter().map(|(name, _)| format!("`provider.{name}`")).collect();
    out.warn(
        codes::SETTING_WITHOUT_EFFECT,
        &api.origin,
        format!("the template does not set {} on the stage of the REST API", names.join(", ")),
        first.span,
        "not on the stage",
        "the framework sets them by calls after the deployment; do so with `aws apigateway update-stage` and `tag-resource`",
    );
}
