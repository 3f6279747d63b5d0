//! `AWS::Serverless::WebSocketApi`: WebSocket APIs of API Gateway.

mod auth;
mod routes;

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use self::auth::Auth;
use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy};
use super::http::domain::{self, RecordSets};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check};
use super::tags;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::WebSocketApi";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] =
    &[("Stage", "AWS::ApiGatewayV2::Stage"), ("DomainName", "AWS::ApiGatewayV2::DomainName")];

/// The tag that says what made a resource.
const CREATED_BY: &str = "websocketapi:createdBy";

/// The stage of an API that names none. `$default` is a route here, so SAM does not use it for the stage.
const DEFAULT_STAGE: &str = "default";

/// Source: property table of aws-sam-translator 1.115.0.
const PROPERTIES: &[Property] = &[
    Property::optional("ApiKeySelectionExpression", Shape::Text),
    Property::optional("AccessLogSettings", Shape::Map),
    Property::optional("Auth", Shape::Map),
    Property::optional("DefaultRouteSettings", Shape::Map),
    Property::optional("Description", Shape::Text),
    Property::optional("DisableExecuteApiEndpoint", Shape::Bool),
    Property::optional("Domain", Shape::Map),
    Property::optional("DisableSchemaValidation", Shape::Bool),
    Property::optional("FailOnWarnings", Shape::Bool),
    Property::optional("IpAddressType", Shape::Text),
    Property::optional("Name", Shape::Text),
    Property::optional("PropagateTags", Shape::Bool),
    Property::required("Routes", Shape::Map),
    Property::optional("RouteSettings", Shape::Map),
    Property::required("RouteSelectionExpression", Shape::Text),
    Property::optional("StageName", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("StageVariables", Shape::Map),
    Property::optional("Tags", Shape::Map),
];

/// Expands an API.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    warn_of_dropped_attributes(ctx, id, source);
    check_values(ctx, id, properties)?;
    let routes = properties.get("Routes").map(|routes| ctx.resolve(routes));
    let Some(routes) = routes.as_ref().and_then(Expr::as_map).filter(|routes| !routes.is_empty()) else {
        let at = properties.get("Routes").and_then(|r| r.span).or(properties.key_span("Routes"));
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, format!("{id} has no routes"))
                .at(at, "needs at least one")
                .help("for example `$default: {FunctionArn: !GetAtt Handler.Arn}`"),
        ));
    };
    let auth = Auth::read(ctx, id, properties, routes)?;
    let stage_name = properties.get("StageName").filter(|s| !s.is_null()).cloned();
    let stage_name = stage_name.unwrap_or_else(|| DEFAULT_STAGE.into());
    let mut generated = vec![api(ctx, id, properties, source)];
    let mut route_ids = Vec::new();
    for entry in routes.entries() {
        let route = routes::expand(ctx, id, entry, &stage_name, auth.as_ref())?;
        route_ids.extend(route.first().map(|route| Expr::from(&*route.id)));
        generated.extend(route);
    }
    let domain_tags = Map::from([(CREATED_BY, Expr::from("SAM"))]);
    generated.extend(domain::generate(ctx, id, properties, &Map::new(), domain_tags, RecordSets::Own)?);
    generated.push(stage(ctx, id, properties, stage_name, route_ids));
    if let Some(auth) = auth.filter(|_| routes.contains_key("$connect")) {
        generated.extend(auth.generate(ctx, id));
    }
    let mut all = written_tags(properties);
    if !all.is_empty() {
        all.insert(CREATED_BY, "SAM");
    }
    tags::propagate(&mut generated, Some(&all.into()), properties.get("PropagateTags"));
    Ok(generated)
}

/// The transform takes over `DependsOn` alone: a condition, for one, has no effect on what it makes.
fn warn_of_dropped_attributes(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) {
    for entry in source.attributes.entries() {
        if !["Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"].contains(&&*entry.key) {
            continue;
        }
        ctx.warn(
            Diagnostic::warning(
                codes::IGNORED_ATTRIBUTE,
                format!(
                    "`{}` of {id} has no effect: SAM makes the resources of a WebSocket API without it",
                    entry.key
                ),
            )
            .at(entry.key_span, "is dropped"),
        );
    }
}

fn check_values(ctx: &mut Expansion<'_>, id: &LogicalId, properties: &Map) -> Result {
    let fail = |ctx: &mut Expansion<'_>, name: &str, at: &Expr, message: String, label: &str| {
        let path = format!("{}.Properties.{name}", ctx.current.path);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message);
        Err(ctx.report(finding.at(at.span.or(properties.key_span(name)), label).path(path)))
    };
    if let Some(kind) = properties.get("IpAddressType").filter(|kind| !kind.is_null() && !kind.is_call())
        && !kind.as_str().is_some_and(|text| ["ipv4", "dualstack"].contains(&text))
    {
        let shown = kind.as_str().map_or_else(|| kind.kind_name().to_owned(), |text| format!("`{text}`"));
        let message = format!("IpAddressType of {id} is {shown}, and must be ipv4 or dualstack");
        return fail(ctx, "IpAddressType", kind, message, "neither of the two");
    }
    if let Some(name) = properties.get("StageName").filter(|name| name.as_str() == Some("$default")) {
        let message = format!("the stage of {id} is named $default, which in a WebSocket API is a route");
        return fail(ctx, "StageName", name, message, "choose another name");
    }
    let domain = properties.get("Domain").map(|domain| ctx.resolve(domain));
    let tls = domain.as_ref().and_then(|d| d.as_map()?.get("MutualTlsAuthentication"));
    if let Some(tls) = tls.filter(|tls| tls.is_truthy()) {
        let message = format!("the domain of {id} asks for mutual TLS, which WebSocket APIs do not have");
        return fail(ctx, "Domain", tls, message, "take it out");
    }
    Ok(())
}

/// The author's tags. A call is taken for a mapping of one key, as the transform takes it: the tags
/// then fail at deployment, where they would be missing without a word if they were left out here.
fn written_tags(properties: &Map) -> Map {
    properties.get("Tags").and_then(as_keys).unwrap_or_default().into_owned()
}

fn api(ctx: &Expansion<'_>, id: &LogicalId, properties: &Map, source: &Resource) -> Generated {
    let mut made = Map::new();
    for name in [
        "ApiKeySelectionExpression",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
        "IpAddressType",
    ] {
        copy(properties, name, &mut made);
    }
    made.insert("Name", id.shared());
    copy(properties, "Name", &mut made);
    copy(properties, "RouteSelectionExpression", &mut made);
    let mut tags = written_tags(properties);
    tags.insert(CREATED_BY, "SAM");
    made.insert("Tags", tags);
    made.insert("ProtocolType", "WEBSOCKET");
    Generated::new(id.clone(), "AWS::ApiGatewayV2::Api", made, ctx.current.clone())
        .depends_on(source.attributes.get("DependsOn").cloned())
}

fn stage(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    name: Expr,
    route_ids: Vec<Expr>,
) -> Generated {
    let stage_id = match name.as_str() {
        Some(DEFAULT_STAGE) => format!("{id}DefaultStage"),
        Some(text) => format!("{id}{text}Stage"),
        None => format!("{id}Stage"),
    };
    let mut stage = Map::from([("ApiId", Expr::reference(id)), ("StageName", name)]);
    for name in ["StageVariables", "AccessLogSettings", "DefaultRouteSettings"] {
        copy(properties, name, &mut stage);
    }
    stage.insert("Tags", Map::from([(CREATED_BY, "SAM")]));
    stage.insert("AutoDeploy", true);
    copy(properties, "RouteSettings", &mut stage);
    // Settings of a route can be made only once the route is there.
    let has_settings = properties.get("RouteSettings").is_some_and(Expr::is_truthy);
    let made = Generated::new(stage_id, "AWS::ApiGatewayV2::Stage", stage, ctx.current.clone());
    made.depends_on(has_settings.then(|| Expr::from(route_ids)))
}
