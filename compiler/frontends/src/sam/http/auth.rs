//! `Auth` of HTTP APIs: which authorizers there are, and which one routes have by default.

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Expr, Map};

use super::body::{INTEGRATION, arms_mut};
use super::{authorizer, needs_body};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;

/// Puts the authorizers into the body, and the default one on every route without its own.
pub(super) fn secure(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    body: Option<&mut Expr>,
) -> Result {
    const KEYS: [&str; 3] = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];
    let Some(written) = properties.get("Auth").filter(|auth| auth.is_truthy()) else { return Ok(()) };
    let Some(auth) = written.as_map() else {
        let at = written.span.or(properties.key_span("Auth"));
        let finding =
            Diagnostic::error(codes::WRONG_TYPE, format!("Auth of {id} must be a mapping written out"));
        return Err(ctx.report(finding.at(at, "not known when the API is made")));
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
    let items =
        paths.iter_mut().flat_map(|(path, item)| arms_mut(item).into_iter().map(move |arm| (path, arm)));
    for (path, item) in items {
        let Some(item) = item.as_map_mut() else { continue };
        for (method, definition) in item.iter_mut() {
            if matches!(&*method.to_lowercase(), "parameters" | "options") {
                continue;
            }
            for definition in arms_mut(definition) {
                let (kind, at) = (definition.kind_name(), definition.span);
                let Some(definition) = definition.as_map_mut() else {
                    let message = format!("the method `{method}` of {path} is {kind}, and must be a mapping");
                    return Err(ctx.report(
                        Diagnostic::error(codes::WRONG_TYPE, message).at(at, "no definition of a method"),
                    ));
                };
                let routed = definition.get(INTEGRATION).is_some_and(Expr::is_truthy);
                if routed && !definition.get("security").is_some_and(Expr::is_truthy) {
                    definition.insert("security", security.clone());
                }
            }
        }
    }
    Ok(())
}

/// Permissions for authorizers that ask for the default one.
pub(super) fn permissions(
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
