//! `apis`: HTTP and REST APIs of SAM. Their routes are in [`super::routes`].

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Api, Common, Component as _, Cors, Endpoint, Kind, Off, Throttle};
use samc_syntax::Spanned;

use super::function::cors_config;
use super::lower::{Lower, Owner};
use super::names::Component;
use super::{api_parts, authorizer, index, logs, routes, websocket};

/// The API that is made where none is declared.
pub(super) const IMPLICIT: &str = "api";

/// The line of an access log; `ROUTE` stands for what the kinds of API call differently.
const ACCESS_LOG: &str = concat!(
    r#"{"requestId":"$context.requestId","time":"$context.requestTime","method":"$context.httpMethod","#,
    r#""route":"$context.ROUTE","path":"$context.path","status":"$context.status","#,
    r#""latency":"$context.responseLatency","ip":"$context.identity.sourceIp","#,
    r#""error":"$context.integrationErrorMessage"}"#
);

/// Lowers every API, the one that nobody declared included.
pub(super) fn lower_all(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, api) in app.apis.iter().flat_map(|c| &c.0) {
        let name = key.name().as_str();
        let owner = ctx.owner("apis", name, key.span(), api.common());
        routes::check(ctx, &owner, api);
        lower(ctx, &owner, name, api);
    }
    let is_implicit = |c: &Component| c.kind == Kind::Api && c.span.is_none();
    if app.apis.is_none() && ctx.components.get(IMPLICIT).is_some_and(is_implicit) {
        let first = index::triggers(app).find(|(_, _, t)| t.value.route.is_some());
        let span = first.and_then(|(_, _, t)| t.span);
        let nothing = Common { id: None, was: None, when: None, tags: None, protect: None, compliance: None };
        let owner = ctx.owner("apis", IMPLICIT, span, nothing);
        lower(ctx, &owner, IMPLICIT, &Api::default());
    }
}

fn lower(ctx: &mut Lower<'_>, owner: &Owner, name: &str, api: &Api) {
    let Some(found) = ctx.components.get(name).cloned() else { return };
    let given = match &api.name {
        Some(given) => ctx.text(owner, "name", given),
        None => Expr::from(format!("{}-{}-{name}", ctx.name, ctx.stage)),
    };
    let mut properties = Map::from([("Name", given)]);
    if let Some(domain) = &api.domain {
        let value = api_parts::domain(ctx, owner, domain);
        properties.insert("Domain", value);
    }
    if found.is_websocket {
        api_parts::check_http(ctx, owner, name, api);
        websocket::lower(ctx, owner, (name, api), &found, &mut properties);
        ctx.add_main(&found.id, "AWS::Serverless::WebSocketApi", properties, owner);
        return;
    }
    let auth = authorizer::lower_all(ctx, owner, name, api, found.flag);
    if !auth.is_empty() {
        properties.insert("Auth", auth);
    }
    if let Some(body) = api_parts::body(ctx, owner, api, &found) {
        properties.insert("DefinitionBody", body);
        if found.flag {
            // Without it SAM leaves the routes of functions out of a document that is given.
            properties.insert("MergeDefinitions", true);
        }
    }
    let cors = api.cors.as_ref().filter(|c| !c.value.is_off);
    if found.flag {
        rest(ctx, owner, api, cors, &found, &mut properties);
        ctx.add_main(&found.id, "AWS::Serverless::Api", properties, owner);
    } else {
        http(ctx, owner, (name, api), cors, &found, &mut properties);
        ctx.add_main(&found.id, "AWS::Serverless::HttpApi", properties, owner);
    }
}

fn http(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (name, api): (&str, &Api),
    cors: Option<&Spanned<Cors>>,
    found: &Component,
    properties: &mut Map,
) {
    api_parts::check_http(ctx, owner, name, api);
    if let Some(stage) = &found.stage {
        properties.insert("StageName", stage.clone());
    }
    if let Some(cors) = cors {
        let value = cors_config(ctx, owner, "cors", &cors.value).with_span(cors.span);
        properties.insert("CorsConfiguration", value);
    }
    if let Some(settings) = access_logs(ctx, owner, api, found) {
        properties.insert("AccessLogSettings", settings);
    }
    if let Some(throttle) = &api.throttle {
        properties.insert("DefaultRouteSettings", throttling(throttle));
    }
}

/// The settings of a throttle.
pub(super) fn throttling(throttle: &Throttle) -> Map {
    Map::from([
        ("ThrottlingRateLimit", number(throttle.rate.value, throttle.rate.span)),
        ("ThrottlingBurstLimit", Expr::new(ExprKind::Int(throttle.burst.value.into()), throttle.burst.span)),
    ])
}

/// A number, without a fraction where it has none.
pub(super) fn number(value: f64, span: Option<Span>) -> Expr {
    let is_whole = value.fract() == 0.0 && value.abs() < 9e15;
    let kind = if is_whole { ExprKind::Int(value as i128) } else { ExprKind::Float(value) };
    Expr::new(kind, span)
}

fn rest(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    api: &Api,
    cors: Option<&Spanned<Cors>>,
    found: &Component,
    properties: &mut Map,
) {
    properties.insert("StageName", found.stage.clone().unwrap_or_else(|| ctx.stage.as_str().into()));
    let endpoint = match api.endpoint.as_ref().map(|e| e.value) {
        Some(Endpoint::Edge) => "EDGE",
        Some(Endpoint::Private) => "PRIVATE",
        Some(Endpoint::Regional) | None => "REGIONAL",
    };
    let span = api.endpoint.as_ref().and_then(|e| e.span);
    let mut configuration = Map::from([("Type", Expr::from(endpoint).with_span(span))]);
    if let Some(endpoints) = &api.vpc_endpoints {
        let ids: Vec<Expr> = endpoints.iter().map(|e| ctx.text(owner, "vpc-endpoints", e)).collect();
        // Only requests by way of these endpoints are let in.
        let policy = Map::from([("IntrinsicVpceWhitelist", Expr::from(ids.clone()))]);
        let auth = properties.get_or_insert_with("Auth", || Map::new().into());
        if let Some(auth) = auth.as_map_mut() {
            auth.insert("ResourcePolicy", policy);
        }
        configuration.insert("VPCEndpointIds", ids);
    } else if endpoint == "PRIVATE" {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            "a private API is reached by VPC endpoints, and names none",
        )
        .at(span, "needs `vpc-endpoints`")
        .help("add `vpc-endpoints: [vpce-...]`");
        ctx.report(owner, "vpc-endpoints", finding);
    }
    properties.insert("EndpointConfiguration", configuration);
    // Without it SAM adds a second stage called `Stage`.
    properties.insert("OpenApiVersion", "3.0.1");
    if let Some(cors) = cors {
        properties.insert("Cors", rest_cors(&cors.value).with_span(cors.span));
    }
    if let Some(settings) = access_logs(ctx, owner, api, found) {
        properties.insert("AccessLogSetting", settings);
    }
    let mut settings = Map::from([("ResourcePath", "/*"), ("HttpMethod", "*")]);
    if let Some(throttle) = &api.throttle {
        settings.extend(throttling(throttle));
    }
    if let Some(cache) = &api.cache {
        properties.insert("CacheClusterEnabled", true);
        let size = match &cache.size {
            Some(size) => Expr::from(size.value.as_str()).with_span(size.span),
            None => "0.5".into(),
        };
        properties.insert("CacheClusterSize", size);
        settings.insert("CachingEnabled", true);
        settings.insert("CacheDataEncrypted", true);
        if let Some(ttl) = &cache.ttl {
            let seconds = ctx.seconds(owner, "cache.ttl", ttl, "0s", "1h");
            settings.insert("CacheTtlInSeconds", Expr::new(ExprKind::Int(seconds.into()), ttl.span));
        }
    }
    if settings.len() > 2 {
        properties.insert("MethodSettings", vec![Expr::from(settings)]);
    }
    if let Some(models) = &api.models {
        let models: Map =
            models.iter().map(|(name, schema)| (name.as_str(), super::raw::data(schema))).collect();
        properties.insert("Models", models);
    }
    if let Some(acl) = &api.waf {
        api_parts::firewall(ctx, owner, acl, found);
    }
    api_parts::usage_plans(ctx, owner, api, found);
    if let Some(tracing) = &api.tracing {
        properties.insert("TracingEnabled", Expr::from(tracing.value).with_span(tracing.span));
    }
    if let Some(compress) = &api.compress {
        let bytes = Expr::new(ExprKind::Int(compress.value.bytes().into()), compress.span);
        properties.insert("MinimumCompressionSize", bytes);
    }
    if let Some(binary) = &api.binary {
        // SAM wants the slash of a type of content as `~1`.
        let types = binary.iter().map(|b| Expr::from(b.value.replace('/', "~1")).with_span(b.span));
        properties.insert("BinaryMediaTypes", types.collect::<Vec<_>>());
    }
}

/// REST APIs take each header's text in quotes of its own.
fn rest_cors(cors: &Cors) -> Expr {
    let list = |given: &Option<Vec<Spanned<String>>>| match given {
        Some(values) => values.iter().map(|v| v.value.as_str()).collect::<Vec<_>>().join(","),
        None => "*".to_owned(),
    };
    let quoted = |text: String| Expr::from(format!("'{text}'"));
    let mut config = Map::from([
        ("AllowOrigin", quoted(list(&cors.origins))),
        ("AllowMethods", quoted(list(&cors.methods))),
        ("AllowHeaders", quoted(list(&cors.headers))),
    ]);
    if let Some(age) = &cors.max_age {
        config.insert("MaxAge", quoted(age.value.seconds().to_string()).with_span(age.span));
    }
    if cors.credentials.as_ref().is_some_and(|c| c.value) {
        config.insert("AllowCredentials", true);
    }
    config.into()
}

fn access_logs(ctx: &mut Lower<'_>, owner: &Owner, api: &Api, found: &Component) -> Option<Expr> {
    let days = match api.access_logs.as_ref() {
        Some(Spanned { value: Off::Off, .. }) => return None,
        Some(Spanned { value: Off::On(duration), span }) => {
            let duration = Spanned::new(*duration, *span);
            logs::retention(ctx, owner, "access-logs", Some(&duration))
        }
        // REST APIs write logs only once a role is set for the whole account.
        None if found.flag => return None,
        None => logs::retention(ctx, owner, "access-logs", None),
    };
    let group = index::derived(ctx, &found.id, "AccessLogs");
    ctx.add(&group, "AWS::Logs::LogGroup", Map::from([("RetentionInDays", days)]), owner);
    let format = ACCESS_LOG.replace("ROUTE", if found.flag { "resourcePath" } else { "routeKey" });
    Some(Expr::from([("DestinationArn", Expr::get_att(&group, "Arn")), ("Format", Expr::from(format))]))
}
