//! `AWS::Serverless::HttpApi`: HTTP APIs of API Gateway.

mod auth;
mod authorizer;
pub(crate) mod body;
mod cors;
pub(crate) mod domain;
mod routes;
mod stage;

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use super::conditions::shared_condition;
use super::expansion::{Expansion, Result};
use super::function::code;
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check};

pub(crate) use routes::{HttpApis, prepare};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::HttpApi";

/// The tag that says what made a resource.
const CREATED_BY: &str = "httpapi:createdBy";

/// The API of events that name none.
const IMPLICIT: &str = "ServerlessHttpApi";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] =
    &[("Stage", "AWS::ApiGatewayV2::Stage"), ("DomainName", "AWS::ApiGatewayV2::DomainName")];

/// Source: property table of aws-sam-translator 1.115.0.
const PROPERTIES: &[Property] = &[
    Property::pass("Name"),
    Property::optional("StageName", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool),
    Property::optional("DefinitionBody", Shape::Map),
    Property::optional("DefinitionUri", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("StageVariables", Shape::Map),
    Property::optional("CorsConfiguration", Shape::OneOf(&[Shape::Bool, Shape::Map])),
    Property::optional("AccessLogSettings", Shape::Map),
    Property::optional("DefaultRouteSettings", Shape::Map),
    Property::optional("Auth", Shape::Map),
    Property::optional("RouteSettings", Shape::Map),
    Property::optional("Domain", Shape::Map),
    Property::optional("FailOnWarnings", Shape::Bool),
    Property::optional("Description", Shape::Text),
    Property::optional("DisableExecuteApiEndpoint", Shape::Bool),
];

/// Expands an API.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let set = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let mut body = set("DefinitionBody").cloned();
    if let (Some(_), Some(uri)) = (&body, set("DefinitionUri")) {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("{id} has both DefinitionUri and DefinitionBody"),
            )
            .at(properties.key_span("DefinitionUri").or(uri.span), "one of the two")
            .label(properties.key_span("DefinitionBody"), "and the other"),
        ));
    }
    if let Some(body) = &mut body {
        conditional_paths(ctx, id, body);
    }
    cors::configure(ctx, id, properties, body.as_mut())?;
    auth::secure(ctx, id, properties, body.as_mut())?;
    let tags = stage::tags(ctx, id, properties, body.as_mut())?;
    let fail_on_warnings = set("FailOnWarnings");
    if let Some(disabled) = properties.get("DisableExecuteApiEndpoint").filter(|v| !v.is_null()) {
        let body = needs_body(ctx, id, properties, "DisableExecuteApiEndpoint", body.as_mut())?;
        endpoint(body, disabled);
    }
    info(ctx, id, properties, "Name", "title", body.as_mut())?;
    info(ctx, id, properties, "Description", "description", body.as_mut())?;
    if fail_on_warnings.is_some()
        && let Some(paths) = body.as_mut().and_then(body::paths_mut)
        && let Some(default) = paths.remove(body::DEFAULT_PATH)
    {
        paths.insert("/$default", default);
    }
    let mut made = Map::new();
    if let Some(value) = fail_on_warnings {
        made.insert_spanned("FailOnWarnings", properties.key_span("FailOnWarnings"), value.clone());
    }
    match (body, set("DefinitionUri")) {
        (_, Some(uri)) => drop(made.insert("BodyS3Location", location(ctx, id, uri)?)),
        (Some(body), None) => drop(made.insert("Body", body)),
        (None, None) => {
            return Err(ctx.report(
                Diagnostic::error(codes::MISSING_PROPERTY, format!("{id} has no definition and no routes"))
                    .at(ctx.current.key_span, "needs DefinitionBody, DefinitionUri or an HttpApi event"),
            ));
        }
    }
    let api = Generated::new(id.clone(), "AWS::ApiGatewayV2::Api", made, ctx.current.clone())
        .depends_on(source.attributes.get("DependsOn").cloned())
        .attributes(&main_attributes(source));
    let passthrough = passthrough_attributes(source);
    let mut generated = vec![api];
    generated.extend(auth::permissions(ctx, id, properties, &passthrough));
    let mut domain_tags = Map::from([(CREATED_BY, Expr::from("SAM"))]);
    if properties.contains_key("DefinitionBody") {
        let written = properties.get("Tags").and_then(as_keys).unwrap_or_default();
        domain_tags.extend(written.entries().iter().cloned());
    }
    let shared = domain::RecordSets::Shared;
    generated.extend(domain::generate(ctx, id, properties, &passthrough, domain_tags, shared)?);
    generated.push(stage::make(ctx, id, properties, tags, &passthrough));
    Ok(generated)
}

/// The body, or the finding that a property has no effect without one.
fn needs_body<'b>(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    name: &str,
    body: Option<&'b mut Expr>,
) -> Result<&'b mut Map> {
    let is_valid = body.as_deref().is_some_and(body::is_valid);
    match body.and_then(Expr::as_map_mut).filter(|_| is_valid) {
        Some(map) => Ok(map),
        None => Err(ctx.report(
            Diagnostic::error(
                codes::INVALID_VALUE,
                format!("{name} of {id} works only with an OpenAPI 3 document in DefinitionBody"),
            )
            .at(properties.key_span(name), "has nothing to add to"),
        )),
    }
}

/// Paths that are there only where one of their functions is.
fn conditional_paths(ctx: &mut Expansion<'_>, id: &LogicalId, body: &mut Expr) {
    if !ctx.http.managed.contains(id) {
        return;
    }
    let conditions = ctx.http.conditions.get(id).cloned().unwrap_or_default();
    for (path, all) in conditions {
        if all.iter().any(Option::is_none) {
            continue;
        }
        let plain = path.replace('/', "SLASH").replace('{', "OB").replace('}', "CB");
        let all: Vec<_> = all.iter().collect();
        let Some(condition) = shared_condition(ctx, &all, &format!("{id}{plain}PathCondition")) else {
            continue;
        };
        if let Some(item) = body::paths_mut(body).and_then(|paths| paths.get_mut(&path)) {
            let whole = std::mem::replace(item, Expr::null());
            *item = body::conditional(&condition, whole);
        }
    }
}

fn endpoint(body: &mut Map, disabled: &Expr) {
    let servers = body.get_or_insert_with("servers", || vec![Expr::from(Map::new())].into());
    for server in servers.as_list_mut().into_iter().flatten().filter_map(Expr::as_map_mut) {
        let settings =
            server.get_or_insert_with("x-amazon-apigateway-endpoint-configuration", || Map::new().into());
        if let Some(settings) = settings.as_map_mut() {
            settings.insert("disableExecuteApiEndpoint", disabled.clone());
        }
    }
}

/// Sets a text of `info`, unless the author's document has one.
fn info(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    name: &str,
    key: &str,
    body: Option<&mut Expr>,
) -> Result {
    let Some(value) = properties.get(name).filter(|v| v.is_truthy()) else { return Ok(()) };
    let body = needs_body(ctx, id, properties, name, body)?;
    let info = body.get_or_insert_with("info", || Map::new().into());
    let Some(info) = info.as_map_mut() else { return Ok(()) };
    let is_free = match key {
        "title" => info.get(key).is_some_and(|t| t.as_ref_to() == Some("AWS::StackName")),
        _ => !info.get(key).is_some_and(Expr::is_truthy),
    };
    if !is_free {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("{id} has {name}, and its DefinitionBody has info.{key}"),
            )
            .at(properties.key_span(name), "said twice")
            .help("keep one of the two"),
        ));
    }
    info.insert_spanned(key, properties.key_span(name), value.clone());
    Ok(())
}

/// The place of a definition in a bucket.
fn location(ctx: &mut Expansion<'_>, id: &LogicalId, uri: &Expr) -> Result<Expr> {
    let mut place = Map::new();
    if let Some(written) = uri.as_map() {
        for name in ["Bucket", "Key", "Version"] {
            copy(written, name, &mut place);
        }
        if place.contains_key("Bucket") && place.contains_key("Key") {
            return Ok(Expr::from(place).with_span(uri.span));
        }
    } else if let Some(text) = uri.as_str() {
        match code::parse_s3_uri(text) {
            Some((bucket, key, version)) => {
                place.insert("Bucket", bucket);
                place.insert("Key", key);
                if let Some(version) = version {
                    place.insert("Version", version);
                }
                return Ok(Expr::from(place).with_span(uri.span));
            }
            None if !text.contains("://") => {
                let asset = samc_ir::Asset::new(text, samc_ir::AssetKind::File);
                return Ok(Expr::from(asset).with_span(uri.span));
            }
            None => {}
        }
    }
    Err(ctx.report(
        Diagnostic::error(codes::INVALID_VALUE, format!("DefinitionUri of {id} is no place of a file"))
            .at(uri.span, "neither s3://bucket/key, Bucket and Key, nor a local path"),
    ))
}
