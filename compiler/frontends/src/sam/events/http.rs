//! Routes of HTTP APIs.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use super::permission::{self, Restriction};
use super::{Event, EventType, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::http::body::{self, ANY, DEFAULT_PATH, INTEGRATION, parameters};
use crate::sam::properties::{Property, Shape};
use crate::sam::rest::{self, http_route};
use crate::sam::role::Role;

/// A route of an HTTP API.
pub(super) const HTTP_API: EventType = EventType {
    name: "HttpApi",
    properties: &[
        Property::optional("Path", Shape::Text),
        Property::optional("Method", Shape::Text),
        Property::optional("ApiId", Shape::Text),
        Property::optional("Stage", Shape::Text),
        Property::optional("Auth", Shape::Map),
        Property::optional("TimeoutInMillis", Shape::Int),
        Property::optional("RouteSettings", Shape::Map),
        Property::optional("PayloadFormatVersion", Shape::Text),
    ],
    expand,
};

fn expand(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _role: &mut Role,
) -> Result<Vec<Generated>> {
    let text = |name: &str| event.get(name).and_then(Expr::as_str).unwrap_or_default().to_owned();
    let (path, method) = (text("Path"), text("Method").to_lowercase());
    let api_id = event.get("ApiId").cloned().unwrap_or_else(Expr::null);
    let resolved = ctx.resolve(&api_id);
    let Some(api) = resolved.as_ref_to().or(resolved.as_str()).map(LogicalId::new) else {
        return Ok(Vec::new());
    };
    if ctx.source.get(&api).is_some_and(|r| &*r.resource_type == rest::TYPE) {
        let security = match event.get("Auth").filter(|auth| auth.is_truthy()) {
            Some(auth) => security(ctx, event, &api, &path, &method, auth)?,
            None => None,
        };
        let needs_permission = http_route::add(ctx, event, target, &api, (&path, &method), security)?;
        return Ok(Vec::from_iter(
            needs_permission.then(|| permit(ctx, event, target, &path, &method, api_id)),
        ));
    }
    let definition = ctx.source.get(&api).and_then(|r| r.property("DefinitionBody"));
    let has_body = definition.is_some();
    if definition.is_some_and(|body| body.is_truthy() && !body::is_valid(body)) {
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!("DefinitionBody of {api} is not a document of OpenAPI 3 with `openapi` and `paths`"),
        );
        return Err(ctx.report(
            finding.help("the route of an event needs such a body; leave it out, and SAM makes one"),
        ));
    }
    let is_covered = path != DEFAULT_PATH
        && definition.is_some_and(|body| body::default_route_is_of(body, &target.function));
    let mut generated = Vec::new();
    if !is_covered {
        generated.push(permit(ctx, event, target, &path, &method, api_id));
    }
    if has_body {
        add_route(ctx, event, target, &api, &path, &method)?;
    }
    Ok(generated)
}

/// The permission to call the function from this route, in any stage.
fn permit(
    ctx: &Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    path: &str,
    method: &str,
    api_id: Expr,
) -> Generated {
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let path = if path == DEFAULT_PATH { String::new() } else { starred(path) };
    let verb = if method == "any" || method == ANY { "*".to_owned() } else { method.to_uppercase() };
    let resource = if method == "any" && path == "/$default" { path } else { format!("/{verb}{path}") };
    let arn = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}{resource}"
    );
    let variables = Map::from([("__ApiId__", api_id), ("__Stage__", Expr::from("*"))]);
    let restriction =
        Restriction { source_arn: Some(Expr::sub_with(arn, variables)), ..Restriction::default() };
    permission::invoke(
        ctx,
        format!("{}Permission", event.id),
        target,
        "apigateway.amazonaws.com",
        restriction,
    )
}

/// A path with a star for each parameter.
fn starred(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        let name = &rest[start + 1..end];
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name == "proxy+" || (!name.is_empty() && name.chars().all(plain)) {
            out.push_str(&rest[..start]);
            out.push('*');
        } else {
            out.push_str(&rest[..=end]);
        }
        rest = &rest[end + 1..];
    }
    out + rest
}

fn add_route(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    api: &LogicalId,
    path: &str,
    method: &str,
) -> Result {
    let is_managed = ctx.http.managed.contains(api);
    let there = ctx.source.get(api).and_then(|r| r.property("DefinitionBody"));
    let is_taken = there.is_some_and(|body| body::has_integration(body, path, method));
    if is_managed && is_taken {
        let message = format!("the route {} {path} of {api} leads to two functions", method.to_uppercase());
        let at = event.get("Path").and_then(|p| p.span);
        return Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, message)
                .at(at.or(event.span), "taken by another event")
                .help("give one of them another path or method"),
        ));
    }
    let security = match event.get("Auth").filter(|auth| auth.is_truthy()) {
        Some(auth) => security(ctx, event, api, path, method, auth)?,
        None => None,
    };
    let condition = target.attributes.get("Condition").and_then(Expr::as_str).map(str::to_owned);
    let span = event.span;
    let Some(body) =
        ctx.source.get_mut(api).and_then(Resource::properties_mut).and_then(|p| p.get_mut("DefinitionBody"))
    else {
        return Ok(());
    };
    if !is_taken {
        body::add_path(body, path, method);
        let arn = match target.arn().as_get_att() {
            Some((id, attribute)) => format!("{id}.{attribute}"),
            None => target.id().to_string(),
        };
        let mut uri = Expr::sub(format!(
            "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{arn}}}/invocations"
        ))
        .with_span(span);
        if let Some(condition) = &condition {
            uri = body::conditional(condition, uri);
        }
        let name = body::method_name(method);
        let Some(item) = body::paths_mut(body).and_then(|paths| paths.get_mut(path)) else { return Ok(()) };
        for item in body::arms_mut(item).into_iter().filter_map(Expr::as_map_mut) {
            let definition = item.get_or_insert_with(&name, || Map::new().into());
            if definition.is_null() {
                *definition = Map::new().into();
            }
            let Some(map) = definition.as_map_mut() else { continue };
            map.insert(
                INTEGRATION,
                Map::from([
                    ("type", Expr::from("aws_proxy")),
                    ("httpMethod", Expr::from("POST")),
                    ("payloadFormatVersion", Expr::from("2.0")),
                    ("uri", uri.clone()),
                ]),
            );
            if path == DEFAULT_PATH && name == ANY {
                map.insert("isDefaultRoute", true);
            }
            map.get_or_insert_with("responses", || Map::new().into());
            if let Some(condition) = &condition {
                let whole = std::mem::replace(definition, Expr::null());
                *definition = body::conditional(condition, whole);
            }
        }
    }
    for definition in body::definitions_mut(body, path, method) {
        if !definition.get(INTEGRATION).is_some_and(Expr::is_truthy) {
            continue;
        }
        if let Some(security) = &security {
            let list = definition.get_or_insert_with("security", || Vec::new().into());
            if let Some(list) = list.as_list_mut() {
                list.push(security.clone());
            }
        }
        let integration = definition.get_mut(INTEGRATION).and_then(Expr::as_map_mut);
        if let Some(integration) = integration {
            for (name, key) in
                [("TimeoutInMillis", "timeoutInMillis"), ("PayloadFormatVersion", "payloadFormatVersion")]
            {
                if let Some(value) = event.get(name).filter(|v| v.is_truthy()) {
                    integration.insert(key, value.clone());
                }
            }
        }
        let names = parameters(path);
        if names.is_empty() {
            continue;
        }
        let list = definition.get_or_insert_with("parameters", || Vec::new().into());
        let Some(list) = list.as_list_mut() else { continue };
        for name in names {
            let same = |p: &&mut Expr| p.as_map().and_then(|p| p.get("name")?.as_str()) == Some(name);
            match list.iter_mut().find(same).and_then(Expr::as_map_mut) {
                Some(there) => {
                    there.insert("in", "path");
                    there.insert("required", true);
                }
                None => list.push(Expr::from([
                    ("name", Expr::from(name)),
                    ("in", Expr::from("path")),
                    ("required", Expr::from(true)),
                ])),
            }
        }
    }
    Ok(())
}

/// The security of one route: its authorizer, with the scopes it asks for.
fn security(
    ctx: &mut Expansion<'_>,
    event: &Event,
    api: &LogicalId,
    path: &str,
    method: &str,
    auth: &Expr,
) -> Result<Option<Expr>> {
    let Some(auth) = auth.as_map() else { return Ok(None) };
    let empty = Map::new();
    let of_api =
        ctx.source.get(api).and_then(|r| r.property("Auth")).and_then(Expr::as_map).unwrap_or(&empty).clone();
    let set = |map: &Map, name: &str| map.get(name).filter(|v| v.is_truthy()).cloned();
    let default = set(&of_api, "DefaultAuthorizer");
    let route = format!("{} {path}", method.to_uppercase());
    let fail = |ctx: &mut Expansion<'_>, message: String, at: Option<samc_base::Span>, label: &str| {
        Err(ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(at.or(event.span), label)))
    };
    let Some(authorizer) = set(auth, "Authorizer").or_else(|| default.clone()) else {
        let message =
            format!("Auth of the route {route} names no authorizer, and {api} has no DefaultAuthorizer");
        return fail(ctx, message, None, "Authorizer is missing here");
    };
    let authorizers = of_api.get("Authorizers").and_then(Expr::as_map);
    let iam = of_api.get("EnableIamAuthorizer").and_then(Expr::as_bool) == Some(true);
    let Some(name) = authorizer.as_str().map(str::to_owned) else {
        let message =
            format!("Authorizer of the route {route} is {}, and must be text", authorizer.kind_name());
        return fail(ctx, message, authorizer.span, "not text");
    };
    if name == "NONE" {
        if default.is_none() {
            let message = format!(
                "Authorizer NONE of the route {route} takes away what {api} does not have: a DefaultAuthorizer"
            );
            return fail(ctx, message, authorizer.span, "nothing to take away");
        }
    } else if !(name == "AWS_IAM" && iam) && authorizers.and_then(|a| a.get(&name)).is_none() {
        let known: Vec<&str> = authorizers.into_iter().flat_map(Map::keys).map(|k| &**k).collect();
        let label = match samc_base::nearest(&name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("{api} defines no authorizers"),
            None => format!("there are {}", known.join(", ")),
        };
        let message = format!("{api} has no authorizer `{name}`, which the route {route} asks for");
        return fail(ctx, message, authorizer.span, &label);
    }
    let scopes = set(auth, "AuthorizationScopes");
    if let Some(scopes) = scopes.as_ref().filter(|s| s.as_list().is_none()) {
        let message =
            format!("AuthorizationScopes of the route {route} is {}, and must be a list", scopes.kind_name());
        return fail(ctx, message, scopes.span, "not a list");
    }
    let mut wanted = Expr::from(Vec::new());
    if name != "NONE" && name != "AWS_IAM" {
        let own = authorizers.and_then(|a| a.get(&name)?.as_map()?.get("AuthorizationScopes")).cloned();
        if let Some(scopes) = scopes.or(own.filter(Expr::is_truthy)) {
            wanted = scopes;
        }
    }
    Ok(Some(Expr::from([(name, wanted)])))
}
