//! `AWS::Serverless::Api`: REST APIs of API Gateway, and the events that add to them.
//!
//! Bodies are edited as the transform edits them, in the same order, because the id of the
//! deployment is a hash of the body as Python 2.7 printed it ([`py27`]).

mod auth;
mod authorizer;
mod body;
mod cors;
mod deployment;
mod domain;
mod event_auth;
pub(crate) mod http_route;
mod implicit;
mod integration;
mod models;
mod openapi;
mod order;
mod policy;
pub(crate) mod py27;
mod request;
mod responses;
mod usage_plan;

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, Reported, Span, codes};
use samc_ir::{Expr, Kind, Map, Resource};

use self::body::{Body, Edited};
use self::implicit::IMPLICIT;
use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::properties::{Property, Shape, check};

pub(crate) use integration::{add_function_event, add_state_machine_event, note_function_name};
pub(crate) use order::{of_prepared_events, of_written};
pub(crate) use usage_plan::SharedPlan;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Api";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] = &[
    ("Stage", "AWS::ApiGateway::Stage"),
    ("Deployment", "AWS::ApiGateway::Deployment"),
    ("DomainName", "AWS::ApiGateway::DomainName"),
    ("UsagePlan", "AWS::ApiGateway::UsagePlan"),
    ("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"),
    ("ApiKey", "AWS::ApiGateway::ApiKey"),
    ("DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
];

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);

/// Source: property table of aws-sam-translator 1.115.0.
const PROPERTIES: &[Property] = &[
    Property::optional("Name", TEXT_OR_MAP),
    Property::required("StageName", Shape::Text),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool),
    Property::optional("DefinitionBody", Shape::Map),
    Property::optional("DefinitionUri", TEXT_OR_MAP),
    Property::optional("MergeDefinitions", Shape::Bool).literal(),
    Property::optional("CacheClusterEnabled", Shape::Bool),
    Property::optional("CacheClusterSize", Shape::Text),
    Property::optional("Variables", Shape::Map),
    Property::optional("EndpointConfiguration", TEXT_OR_MAP),
    Property::optional("MethodSettings", Shape::List),
    Property::optional("BinaryMediaTypes", Shape::List),
    Property::optional("MinimumCompressionSize", Shape::Int),
    Property::optional("Cors", TEXT_OR_MAP),
    Property::optional("Auth", Shape::Map),
    Property::optional("GatewayResponses", Shape::Map),
    Property::optional("AccessLogSetting", Shape::Map),
    Property::optional("CanarySetting", Shape::Map),
    Property::optional("TracingEnabled", Shape::Bool),
    Property::optional("OpenApiVersion", Shape::Text),
    Property::optional("Models", Shape::Map),
    Property::optional("Domain", Shape::Map),
    Property::optional("FailOnWarnings", Shape::Bool),
    Property::optional("Description", Shape::Text),
    Property::optional("Mode", Shape::Text),
    Property::optional("DisableExecuteApiEndpoint", Shape::Bool),
    Property::optional("ApiKeySourceType", Shape::Text),
    Property::optional("AlwaysDeploy", Shape::Bool).literal(),
    Property::optional("Policy", TEXT_OR_MAP),
    Property::optional("SecurityPolicy", Shape::Text),
    Property::optional("EndpointAccessMode", Shape::Text),
];

/// A REST API while events add to it.
#[derive(Debug, Clone)]
pub(crate) struct RestApi {
    /// Its body; none where it lies in a file.
    body: Option<Body>,
    /// True where the author gave no body, so that events make it.
    managed: bool,
}

/// The REST APIs of a template.
#[derive(Debug, Default)]
pub(crate) struct RestApis {
    apis: IndexMap<LogicalId, RestApi>,
    /// Whether the order of Python 2.7 holds.
    converted: bool,
    /// Names of the functions behind each API, one after the other.
    function_names: IndexMap<LogicalId, String>,
    /// The usage plan that several APIs share.
    shared_plan: SharedPlan,
}

/// Makes the implicit API and the bodies that events add to; runs before Globals.
pub(crate) fn prepare(ctx: &mut Expansion<'_>) -> Result {
    ctx.rest.converted = order::is_converted(ctx);
    implicit::prepare(ctx)
}

/// Brings managed bodies to the version of OpenAPI that Globals or the API ask for.
pub(crate) fn after_globals(ctx: &mut Expansion<'_>) -> Result {
    let versions: Vec<(LogicalId, Expr)> = ctx
        .source
        .iter()
        .filter(|(_, r)| r.resource_type == TYPE)
        .filter_map(|(id, r)| Some((id.clone(), r.property("OpenApiVersion")?.clone())))
        .collect();
    for (id, version) in versions {
        let text = deployment::python_text(&version);
        if !body::is_version_3(&text) {
            continue;
        }
        if version.as_str().is_none()
            && let Some(properties) = ctx.source.get_mut(&id).and_then(|r| r.properties_mut())
        {
            properties.insert("OpenApiVersion", Expr::from(text.as_str()).with_span(version.span));
        }
        if let Some(api) = ctx.rest.apis.get_mut(&id).filter(|a| a.managed)
            && let Some(body) = api.body.as_mut()
        {
            let clock = body.clock;
            let value = match version.as_str() {
                Some(_) => py27::Text::unicode(text.as_str()).into(),
                None => py27::Py::from(text),
            };
            body.doc.insert("openapi", value, clock);
            if body.doc.get_truthy("swagger").is_some() {
                body.doc.remove("swagger", clock);
            }
        }
    }
    Ok(())
}

/// The order in which SAM resources are expanded.
pub(crate) fn visit_order(ctx: &Expansion<'_>) -> Vec<LogicalId> {
    let made: Vec<LogicalId> = ctx
        .source
        .keys()
        .filter(|id| {
            !ctx.template_order.contains(*id) && !matches!(id.as_str(), IMPLICIT | "ServerlessHttpApi")
        })
        .cloned()
        .collect();
    order::of_resources(ctx, &made)
}

/// Reports a fault in the body of an API.
fn report_fault<T>(ctx: &mut Expansion<'_>, edited: Edited<T>) -> Result<T> {
    edited.map_err(|fault| {
        ctx.report(
            Diagnostic::error(codes::INVALID_DEFINITION, fault.message)
                .at(fault.span, "in the definition of the API")
                .path(format!("{}.DefinitionBody", ctx.current.path)),
        )
    })
}

/// Tells where the deployment gets another id than the transform gives it.
fn warn_of_deployment_id(ctx: &mut Expansion<'_>, properties: &Map) {
    if let Some(always) = properties.get("AlwaysDeploy").filter(|v| v.is_truthy()) {
        let message = "AlwaysDeploy makes a new deployment only where the API has changed";
        ctx.warn(
            Diagnostic::warning(codes::ALWAYS_DEPLOY, message)
                .at(always.span.or(properties.key_span("AlwaysDeploy")), "hashes the time of day in the transform")
                .help("the same input gives the same template; to force a deployment, change the API's description"),
        );
    }
    let is_region = |e: &Expr| {
        let is_text = |e: &Expr| e.as_sub().is_some_and(|(text, _)| text.contains("${AWS::Region}"));
        e.as_ref_to() == Some("AWS::Region") || !ctx.options.region_given && is_text(e)
    };
    let Some(found) = properties.get("DefinitionBody").and_then(|body| first(body, &is_region)) else {
        return;
    };
    let span = found.span;
    let message = "the deployment of this API has another id than the transform gives it";
    let help = match ctx.options.region_given {
        true => "the body is the same; API Gateway makes one more deployment when samc takes over",
        false => "give `--region` for the id that the transform gives; `samc explain W511` has the details",
    };
    ctx.warn(
        Diagnostic::new(samc_base::Severity::Info, codes::REGION_IN_DEPLOYMENT_ID, message)
            .at(span, "the region is part of what the id is made from")
            .help(help)
            .path(format!("{}.DefinitionBody", ctx.current.path)),
    );
}

/// The first value in a tree, itself included, of which something is true.
fn first<'a>(value: &'a Expr, wanted: &impl Fn(&Expr) -> bool) -> Option<&'a Expr> {
    if wanted(value) {
        return Some(value);
    }
    match &value.kind {
        Kind::List(items) => items.iter().find_map(|item| first(item, wanted)),
        Kind::Map(map) => map.iter().find_map(|(_, item)| first(item, wanted)),
        Kind::Call(_, argument) => first(argument, wanted),
        _ => None,
    }
}

/// Expands an API.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let mut properties = source.properties_map().cloned().unwrap_or_default();
    // A body that says nothing is replaced before its type matters.
    if properties.get("DefinitionBody").is_some_and(|b| !b.is_truthy())
        && !properties.get("DefinitionUri").is_some_and(Expr::is_truthy)
    {
        properties.insert("DefinitionBody", Expr::null());
    }
    check(ctx, &properties, PROPERTIES, TYPE)?;
    for name in ["BinaryMediaTypes", "Domain", "Auth"] {
        if let Some(value) = properties.get(name).cloned() {
            let value = ctx.resolve(&value);
            properties.insert(name, value);
        }
    }
    let mut api = ctx.rest.apis.get(id).cloned().unwrap_or(RestApi { body: None, managed: false });
    // What was made from app.yaml was never given to the transform.
    if !api.managed && source.origin.source.is_none() {
        warn_of_deployment_id(ctx, &properties);
    }
    let passthrough = passthrough_attributes(source);
    let mut rest_api = rest_api(ctx, id, source, &properties, &mut api)?;
    let domain = domain::generate(ctx, id, &mut properties, &passthrough)?;
    let permissions = auth::permissions(ctx, id, &properties, &passthrough)?;
    let (deployment, stage) =
        deployment::generate(ctx, id, &properties, &mut api, domain.hashed, &rest_api, &passthrough)?;
    if rest_api.properties().contains_key("Body")
        && let Some(body) = api.body.take()
    {
        rest_api.properties().insert("Body", py27::Py::from(body.doc).into_expr());
    }
    let plan = usage_plan::generate(ctx, id, &properties, &stage.id, &passthrough)?;

    let mut generated = vec![rest_api, deployment, stage];
    generated.extend(permissions);
    generated.extend(domain.generated);
    generated.extend(plan);
    generated.extend(domain.association);
    let tags = properties.get("Tags").and_then(super::intrinsics::as_keys);
    let tags = tags.map(|tags| Expr::from(of_written(ctx, id, &tags)));
    super::tags::propagate(&mut generated, tags.as_ref(), properties.get("PropagateTags"));
    generated.extend(domain.record_set_group);
    Ok(generated)
}

/// `AWS::ApiGateway::RestApi` with its finished body.
fn rest_api(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    source: &Resource,
    properties: &Map,
    api: &mut RestApi,
) -> Result<Generated> {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    check_definition(ctx, properties, api)?;
    let mut made = Map::new();
    copy(properties, "BinaryMediaTypes", &mut made);
    copy(properties, "MinimumCompressionSize", &mut made);
    endpoint_configuration(ctx, given("EndpointConfiguration"), &mut made)?;
    cors::add(ctx, properties, api)?;
    auth::add(ctx, id, properties, api)?;
    responses::add(ctx, properties, api)?;
    add_binary_media_types(ctx, properties, api)?;
    models::add(ctx, properties, api)?;
    if given("FailOnWarnings").is_some() {
        copy(properties, "FailOnWarnings", &mut made);
    }
    disable_endpoint(ctx, properties, api)?;
    if let Some(uri) = given("DefinitionUri") {
        let location = body_location(ctx, uri)?;
        made.insert("BodyS3Location", location);
    } else if let Some(body) = api.body.as_mut() {
        let processed = openapi::finish(body, given("OpenApiVersion"));
        report_fault(ctx, processed)?;
        // The body is put in place by the deployment, which takes its text first.
        made.insert("Body", Expr::null());
    }
    for name in
        ["Name", "Description", "Mode", "ApiKeySourceType", "Policy", "SecurityPolicy", "EndpointAccessMode"]
    {
        if given(name).is_some() {
            copy(properties, name, &mut made);
        }
    }
    Ok(Generated::new(id.clone(), "AWS::ApiGateway::RestApi", made, ctx.current.clone())
        .depends_on(source.attributes.get("DependsOn").cloned())
        .attributes(&main_attributes(source)))
}

fn check_definition(ctx: &mut Expansion<'_>, properties: &Map, api: &RestApi) -> Result {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let has_body = !api.managed && given("DefinitionBody").is_some();
    if has_body && given("DefinitionUri").is_some() {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "DefinitionBody and DefinitionUri cannot both be set",
            )
            .at(properties.key_span("DefinitionUri"), "take one of the two out")
            .label(properties.key_span("DefinitionBody"), "the other"),
        ));
    }
    if given("DefinitionUri").is_some() && given("MergeDefinitions").is_some() {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "MergeDefinitions merges into DefinitionBody, and cannot be set with DefinitionUri",
            )
            .at(properties.key_span("MergeDefinitions"), "take this out"),
        ));
    }
    if let Some(version) = given("OpenApiVersion")
        && !body::is_version(&deployment::python_text(version), &['2', '3'])
    {
        return Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "OpenApiVersion must be of the form 3.0.1, or 2.0")
                .at(version.span, "not a version of OpenAPI")
                .path(format!("{}.OpenApiVersion", ctx.current.path)),
        ));
    }
    Ok(())
}

fn endpoint_configuration(ctx: &mut Expansion<'_>, given: Option<&Expr>, made: &mut Map) -> Result {
    let regional = Expr::from("REGIONAL");
    let Some(value) = given.or((ctx.options.partition() != "aws").then_some(&regional)) else {
        return Ok(());
    };
    let Some((map, kind)) = value.as_map().and_then(|m| Some((m, m.get("Type").filter(|t| t.is_truthy())?)))
    else {
        made.insert("EndpointConfiguration", Expr::from([("Types", Expr::from([value.clone()]))]));
        made.insert("Parameters", Expr::from([("endpointConfigurationTypes", value.clone())]));
        return Ok(());
    };
    let mut configuration = Map::from([("Types", Expr::from([kind.clone()]))]);
    let endpoints = (map.get("VPCEndpointIds"), map.get("VpcEndpointIds"));
    if let (Some(_), Some(other)) = endpoints {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "EndpointConfiguration has both VPCEndpointIds and VpcEndpointIds, which are the same",
            )
            .at(map.key_span("VpcEndpointIds").or(other.span), "take one of the two out"),
        ));
    }
    if let Some(ids) = endpoints.0.or(endpoints.1) {
        // An empty list under the name that is SAM's own counts as none.
        let is_none = endpoints.0.is_some_and(|ids| !ids.is_truthy());
        configuration.insert("VpcEndpointIds", if is_none { Expr::null() } else { ids.clone() });
    }
    if let Some(kind) = map.get("IpAddressType") {
        configuration.insert("IpAddressType", kind.clone());
    }
    made.insert("EndpointConfiguration", configuration);
    made.insert("Parameters", Expr::from([("endpointConfigurationTypes", kind.clone())]));
    Ok(())
}

/// The body of an API for a setting that works on a body; an error where there is none to edit.
fn editable<'a>(
    ctx: &mut Expansion<'_>,
    api: &'a mut RestApi,
    setting: &str,
    span: Option<Span>,
) -> Result<&'a mut Body> {
    let fail = |ctx: &mut Expansion<'_>, why: &str| -> Reported {
        ctx.report(
            Diagnostic::error(
                codes::INVALID_DEFINITION,
                format!("{setting} cannot be added to the API: {why}"),
            )
            .at(span, "set here")
            .help("give the definition inline as DefinitionBody with `swagger` or `openapi`, and `paths`"),
        )
    };
    let Some(body) = api.body.as_mut() else {
        return Err(fail(ctx, "its definition lies in another file"));
    };
    if !body.is_valid() {
        return Err(fail(ctx, "its DefinitionBody is not a Swagger or OpenAPI document"));
    }
    let checked = body.check_paths();
    report_fault(ctx, checked)?;
    Ok(body)
}

fn add_binary_media_types(ctx: &mut Expansion<'_>, properties: &Map, api: &mut RestApi) -> Result {
    let Some(types) = properties.get("BinaryMediaTypes").filter(|t| t.is_truthy()) else { return Ok(()) };
    // A definition that lies in another file stays as it is.
    let has_body = api.body.is_some() || properties.get("DefinitionBody").is_some_and(Expr::is_truthy);
    if !has_body {
        return Ok(());
    }
    let body = editable(ctx, api, "BinaryMediaTypes", properties.key_span("BinaryMediaTypes"))?;
    body.edit(|body| {
        let clock = body.clock;
        let mut value = types.clone();
        value.walk_mut(&mut |e| {
            if let Kind::String(text) = &e.kind {
                e.kind = Kind::String(text.replace("~1", "/").into());
            }
        });
        body.doc.insert("x-amazon-apigateway-binary-media-types", py27::Py::written(&value, clock), clock);
    });
    Ok(())
}

fn disable_endpoint(ctx: &mut Expansion<'_>, properties: &Map, api: &mut RestApi) -> Result {
    let Some(value) = properties.get("DisableExecuteApiEndpoint").filter(|v| !v.is_null()) else {
        return Ok(());
    };
    let span = properties.key_span("DisableExecuteApiEndpoint");
    let body = editable(ctx, api, "DisableExecuteApiEndpoint", span)?;
    let edited = body.edit(|body| openapi::disable_endpoint(body, value));
    report_fault(ctx, edited)
}

/// `BodyS3Location` of a definition in a file.
fn body_location(ctx: &mut Expansion<'_>, uri: &Expr) -> Result<Expr> {
    super::function::code::document_location(ctx, uri, "DefinitionUri")
}
