//! `AWS::Serverless::HttpApi`: HTTP APIs of API Gateway.

mod authorizer;
pub(crate) mod body;
pub(crate) mod domain;
mod routes;

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Expr, Map, Resource};

use self::body::{INTEGRATION, arms_mut};
use super::conditions::shared_condition;
use super::expansion::{Expansion, Result};
use super::function::code;
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::ids::hashed_id;
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

/// Keys of `CorsConfiguration`, with their names in the body.
const CORS: [(&str, &str); 6] = [
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
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
    cors(ctx, id, properties, body.as_mut())?;
    auth(ctx, id, properties, body.as_mut())?;
    let tags = tags(ctx, id, properties, body.as_mut())?;
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
    generated.extend(authorizer_permissions(ctx, id, properties, &passthrough));
    let mut domain_tags = Map::from([(CREATED_BY, Expr::from("SAM"))]);
    if properties.contains_key("DefinitionBody") {
        let written = properties.get("Tags").and_then(Expr::as_map);
        domain_tags.extend(written.into_iter().flat_map(Map::entries).cloned());
    }
    let shared = domain::RecordSets::Shared;
    generated.extend(domain::generate(ctx, id, properties, &passthrough, domain_tags, shared)?);
    generated.push(stage(ctx, id, properties, tags, &passthrough));
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

fn cors(ctx: &mut Expansion<'_>, id: &LogicalId, properties: &Map, body: Option<&mut Expr>) -> Result {
    let Some(written) = properties.get("CorsConfiguration").filter(|c| c.is_truthy()) else { return Ok(()) };
    let written = ctx.resolve(written);
    if !written.is_truthy() {
        return Ok(());
    }
    let mut wanted = Map::new();
    if written.as_bool().is_some() {
        wanted.insert("allowOrigins", vec![Expr::from("*")]);
    } else if let Some(map) = written.as_map() {
        for entry in map.entries() {
            let Some((key, name)) = CORS.iter().find(|(key, _)| *key == &*entry.key) else {
                let finding = Diagnostic::error(
                    codes::UNKNOWN_PROPERTY,
                    format!("`{}` is not a key of CorsConfiguration", entry.key),
                );
                let keys = CORS.iter().map(|(key, _)| *key);
                let label = match nearest(&entry.key, keys.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", keys.collect::<Vec<_>>().join(", ")),
                };
                return Err(ctx.report(finding.at(entry.key_span, label)));
            };
            let is_given = match *key {
                "MaxAge" => !entry.value.is_null(),
                "AllowCredentials" => entry.value.as_bool() == Some(true),
                _ => entry.value.is_truthy(),
            };
            if is_given {
                wanted.insert_spanned(*name, entry.key_span, entry.value.clone());
            }
        }
        let is_star = wanted
            .get("allowOrigins")
            .and_then(Expr::as_list)
            .is_some_and(|l| matches!(l, [one] if one.as_str() == Some("*")));
        if is_star && wanted.contains_key("allowCredentials") {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("{id} allows credentials from every origin, which browsers refuse"),
                )
                .at(map.key_span("AllowCredentials"), "not together with the origin `*`")
                .help("name the origins"),
            ));
        }
    }
    let body = needs_body(ctx, id, properties, "CorsConfiguration", body)?;
    if written.is_call() {
        // A configuration that is known only at deployment is handed over whole.
        body.insert("x-amazon-apigateway-cors", written);
        return Ok(());
    }
    let there = body.get_or_insert_with("x-amazon-apigateway-cors", || Map::new().into());
    if let Some(there) = there.as_map_mut() {
        there.extend(wanted.entries().iter().cloned());
    }
    Ok(())
}

fn auth(ctx: &mut Expansion<'_>, id: &LogicalId, properties: &Map, body: Option<&mut Expr>) -> Result {
    const KEYS: [&str; 3] = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];
    let Some(auth) = properties.get("Auth").filter(|a| a.is_truthy()).and_then(Expr::as_map) else {
        return Ok(());
    };
    if let Some(entry) = auth.entries().iter().find(|e| !KEYS.contains(&&*e.key)) {
        let label = nearest(&entry.key, KEYS)
            .map_or_else(|| "not known here".to_owned(), |n| format!("did you mean `{n}`?"));
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_PROPERTY,
                format!("`{}` is not a key of Auth of an HTTP API", entry.key),
            )
            .at(entry.key_span, label)
            .help(format!("there are {}", KEYS.join(", "))),
        ));
    }
    let mut schemes = Map::new();
    if auth.get("EnableIamAuthorizer").and_then(Expr::as_bool) == Some(true) {
        schemes.insert("AWS_IAM", authorizer::iam());
    }
    let empty = Map::new();
    let authorizers = match auth.get("Authorizers").filter(|a| a.is_truthy()) {
        None => &empty,
        Some(all) => match all.as_map() {
            Some(map) => map,
            None => {
                let message =
                    format!("Auth.Authorizers of {id} is {}, and must be a mapping", all.kind_name());
                return Err(
                    ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(all.span, "not a mapping"))
                );
            }
        },
    };
    for entry in authorizers.entries() {
        let scheme = authorizer::scheme(ctx, &entry.key, &entry.value)?;
        schemes.insert_spanned(entry.key.clone(), entry.key_span, scheme);
    }
    let default = auth.get("DefaultAuthorizer").filter(|d| d.is_truthy() && !d.is_no_value());
    let body = needs_body(ctx, id, properties, "Auth", body)?;
    if !schemes.is_empty() {
        let components = body.get_or_insert_with("components", || Map::new().into());
        if components.is_null() {
            *components = Map::new().into();
        }
        if let Some(components) = components.as_map_mut() {
            let all = components.get_or_insert_with("securitySchemes", || Map::new().into());
            if let Some(all) = all.as_map_mut() {
                all.extend(schemes.entries().iter().cloned());
            }
        }
    }
    let Some(default) = default else { return Ok(()) };
    let Some(name) = default.as_str().filter(|name| schemes.contains_key(name)) else {
        let label = default.as_str().and_then(|d| nearest(d, schemes.keys().map(|k| &**k)));
        let label =
            label.map_or_else(|| "not among the Authorizers".to_owned(), |n| format!("did you mean `{n}`?"));
        let message = format!("DefaultAuthorizer of {id} is not one of its authorizers");
        return Err(ctx.report(Diagnostic::error(codes::UNKNOWN_REFERENCE, message).at(default.span, label)));
    };
    let scopes = authorizers
        .get(name)
        .and_then(|a| a.as_map()?.get("AuthorizationScopes"))
        .filter(|s| !s.is_null())
        .cloned()
        .unwrap_or_else(|| Vec::new().into());
    let security = Expr::from(vec![Expr::from([(name, scopes)])]);
    let Some(paths) = body.get_mut("paths").and_then(Expr::as_map_mut) else { return Ok(()) };
    for item in paths.values_mut().flat_map(arms_mut).filter_map(Expr::as_map_mut) {
        for (method, definition) in item.iter_mut() {
            if matches!(&*method.to_lowercase(), "parameters" | "options") {
                continue;
            }
            for definition in arms_mut(definition).into_iter().filter_map(Expr::as_map_mut) {
                let routed = definition.get(INTEGRATION).is_some_and(Expr::is_truthy);
                if routed && !definition.get("security").is_some_and(Expr::is_truthy) {
                    definition.insert("security", security.clone());
                }
            }
        }
    }
    Ok(())
}

/// Puts the tags into the body, and gives them for the stage.
fn tags(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    body: Option<&mut Expr>,
) -> Result<Option<Map>> {
    let written = properties.get("Tags").filter(|t| t.is_truthy()).and_then(Expr::as_map);
    if written.is_none() && !body.as_deref().is_some_and(body::is_valid) {
        return Ok(None);
    }
    let body = needs_body(ctx, id, properties, "Tags", body)?;
    let mut tags = written.cloned().unwrap_or_default();
    tags.insert(CREATED_BY, "SAM");
    let list = body.get_or_insert_with("tags", || Vec::new().into());
    if let Some(list) = list.as_list_mut() {
        for entry in tags.entries() {
            let same =
                |tag: &&mut Expr| tag.as_map().and_then(|t| t.get("name")?.as_str()) == Some(&*entry.key);
            match list.iter_mut().find(same).and_then(Expr::as_map_mut) {
                Some(tag) => drop(tag.insert("x-amazon-apigateway-tag-value", entry.value.clone())),
                None => list.push(Expr::from([
                    ("name", Expr::from(&entry.key)),
                    ("x-amazon-apigateway-tag-value", entry.value.clone()),
                ])),
            }
        }
    }
    Ok(Some(tags))
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
                let asset = samc_ir::Asset { path: text.into(), kind: samc_ir::AssetKind::File };
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

/// Permissions for authorizers that ask for the default one.
fn authorizer_permissions(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    passthrough: &Map,
) -> Vec<Generated> {
    let authorizers = properties.get("Auth").and_then(|a| a.as_map()?.get("Authorizers")?.as_map());
    let mut generated = Vec::new();
    for (name, authorizer) in authorizers.into_iter().flat_map(Map::iter) {
        let Some(map) = authorizer.as_map() else { continue };
        let Some(arn) = map.get("FunctionArn").filter(|a| a.is_truthy()) else { continue };
        if !map.get("EnableFunctionDefaultPermissions").is_some_and(Expr::is_truthy) {
            continue;
        }
        let source =
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let permission = Map::from([
            ("Action", Expr::from("lambda:InvokeFunction")),
            ("FunctionName", arn.clone()),
            ("Principal", Expr::from("apigateway.amazonaws.com")),
            ("SourceArn", Expr::sub_with(source, Map::from([("__ApiId__", Expr::reference(id))]))),
        ]);
        let permission_id = format!("{id}{name}AuthorizerPermission");
        generated.push(
            Generated::new(permission_id, "AWS::Lambda::Permission", permission, ctx.current.clone())
                .attributes(passthrough),
        );
    }
    generated
}

fn stage(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    tags: Option<Map>,
    passthrough: &Map,
) -> Generated {
    let name =
        properties.get("StageName").filter(|s| s.is_truthy()).cloned().unwrap_or_else(|| "$default".into());
    let stage_id = match name.as_str() {
        Some("$default") => format!("{id}ApiGatewayDefaultStage"),
        Some(text) if text.chars().all(char::is_alphanumeric) => format!("{id}{text}Stage"),
        Some(_) => hashed_id(&format!("{id}Stage"), &name),
        None => format!("{id}Stage"),
    };
    let mut stage = Map::from([("ApiId", Expr::reference(id)), ("StageName", name)]);
    for name in ["StageVariables", "AccessLogSettings", "DefaultRouteSettings"] {
        copy(properties, name, &mut stage);
    }
    if let Some(tags) = tags {
        stage.insert("Tags", tags);
    }
    stage.insert("AutoDeploy", true);
    copy(properties, "RouteSettings", &mut stage);
    Generated::new(stage_id, "AWS::ApiGatewayV2::Stage", stage, ctx.current.clone()).attributes(passthrough)
}
