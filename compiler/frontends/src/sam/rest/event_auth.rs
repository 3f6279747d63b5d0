//! `Auth` of an `Api` event: what its method asks of callers.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::auth::{define_api_key, define_iam};
use super::body::{Body, Edited, Fault};
use super::integration::Api;
use super::policy;
use super::py27::{Clock, Dict, Py, PyKind, Text};
use crate::sam::events::Event;
use crate::sam::expansion::{Expansion, Result};

/// Checks that an event's `Auth` names what its API has.
pub(super) fn check_auth(
    ctx: &mut Expansion<'_>,
    event: &Event,
    api: &Api,
    auth: Option<&Expr>,
    method: &str,
) -> Result {
    let Some(auth) = auth else { return Ok(()) };
    let Some(auth) = auth.as_map() else { return Ok(()) };
    let of_api = api.properties.get("Auth").map(|a| ctx.resolve(a));
    let of_api = of_api.as_ref().and_then(Expr::as_map);
    let set = |name: &str| of_api.and_then(|a| a.get(name)).filter(|v| v.is_truthy());
    let fail = |ctx: &mut Expansion<'_>, at: &Expr, message: String| {
        Err(ctx.report(
            Diagnostic::error(codes::UNKNOWN_REFERENCE, message)
                .at(at.span.or(event.span), "not to be had from the API")
                .path(format!("{}.Properties.Auth", ctx.current.path)),
        ))
    };
    let what = format!(
        "the event {} ({} {})",
        event.key,
        method.to_uppercase(),
        event.get("Path").and_then(Expr::as_str).unwrap_or_default()
    );
    if let Some(authorizer) = auth.get("Authorizer").filter(|a| a.is_truthy()) {
        let known = set("Authorizers");
        if let Some(known) = known.filter(|k| k.as_map().is_none()) {
            let id = api.id.as_ref().map_or_else(String::new, ToString::to_string);
            return fail(
                ctx,
                known,
                format!("Authorizers of {id}, which {what} refers to, must be a mapping"),
            );
        }
        let Some(name) = authorizer.as_str() else {
            return fail(
                ctx,
                authorizer,
                format!("Authorizer of {what} must be the name of an authorizer as text"),
            );
        };
        match name {
            "AWS_IAM" => {}
            "NONE" if set("DefaultAuthorizer").is_none() => {
                return fail(
                    ctx,
                    authorizer,
                    format!("{what} has the authorizer NONE, and its API has no DefaultAuthorizer"),
                );
            }
            "NONE" => {}
            name => {
                let names = known.and_then(Expr::as_map);
                if names.and_then(|n| n.get(name)).is_none_or(|a| !a.is_truthy()) {
                    return fail(
                        ctx,
                        authorizer,
                        format!("{what} has the authorizer {name}, which its API does not define"),
                    );
                }
            }
        }
    }
    if let Some(scopes) = auth.get("AuthorizationScopes").filter(|s| s.is_truthy()) {
        if scopes.as_list().is_none() {
            return fail(ctx, scopes, format!("AuthorizationScopes of {what} must be a list"));
        }
        if auth.get("Authorizer").is_none_or(|a| !a.is_truthy()) {
            return fail(ctx, scopes, format!("AuthorizationScopes of {what} work only with an Authorizer"));
        }
    }
    if let Some(key) = auth.get("ApiKeyRequired").filter(|k| !k.is_null() && !k.is_truthy())
        && set("ApiKeyRequired").is_none()
    {
        return fail(ctx, key, format!("{what} needs no API key, and its API asks for none anyway"));
    }
    if let Some(resource_policy) =
        auth.get("ResourcePolicy").filter(|p| p.is_truthy() && p.as_map().is_none())
    {
        return fail(ctx, resource_policy, format!("ResourcePolicy of {what} must be a mapping"));
    }
    Ok(())
}

/// Adds an event's own security to its method.
pub(super) fn add_method_auth(
    body: &mut Body,
    path: &Text,
    method: &Text,
    auth: &Expr,
    api: &Api,
    stage: &Py,
) -> Edited {
    let empty = Map::new();
    let auth = auth.as_map().unwrap_or(&empty);
    if let Some(authorizer) = auth.get("Authorizer").filter(|a| a.is_truthy()) {
        let scopes = scopes(auth, api, authorizer.as_str().unwrap_or_default());
        let mut uses_iam = false;
        body.for_method(path, method, &mut |definition, clock| {
            let mut entry = Dict::new(clock);
            let list = scopes.as_ref().map_or_else(|| Vec::new().into(), |s| Py::written(s, clock));
            let PyKind::Text(name) = Py::written(authorizer, clock).kind else { return Ok(()) };
            entry.insert(name, list, clock);
            let all = add_security(definition, path, entry, clock)?;
            uses_iam |= all.first().is_some_and(|s| s.get("AWS_IAM").is_some());
            definition.insert("security", all, clock);
            Ok(())
        })?;
        if uses_iam {
            define_iam(body)?;
        }
    }
    if let Some(required) = auth.get("ApiKeyRequired").filter(|k| !k.is_null()) {
        let name = if required.is_truthy() { "api_key" } else { "api_key_false" };
        let mut found = false;
        body.for_method(path, method, &mut |definition, clock| {
            found = true;
            let mut entry = Dict::new(clock);
            entry.insert(name, Vec::new(), clock);
            let all = add_security(definition, path, entry, clock)?;
            definition.insert("security", all, clock);
            Ok(())
        })?;
        if found && required.is_truthy() {
            define_api_key(body)?;
        }
    }
    if let Some(resource_policy) = auth.get("ResourcePolicy").filter(|p| p.is_truthy()) {
        let mut policy = policy::Policy::of(body);
        policy.add(body, resource_policy, path, stage)?;
        policy.add_custom(body, resource_policy);
        policy.put(body);
    }
    Ok(())
}

/// The scopes of a method: its own, or those of its authorizer.
fn scopes(auth: &Map, api: &Api, authorizer: &str) -> Option<Expr> {
    let of_api = api.properties.get("Auth").and_then(Expr::as_map)?;
    let settings = of_api.get("Authorizers").and_then(Expr::as_map)?.get(authorizer)?;
    let own = auth.get("AuthorizationScopes").filter(|s| !s.is_null());
    own.or_else(|| settings.as_map()?.get("AuthorizationScopes").filter(|s| !s.is_null())).cloned()
}

fn add_security(definition: &Dict, path: &Text, entry: Dict, _clock: Clock) -> Edited<Vec<Py>> {
    let mut all = match definition.get("security").map(|s| (&s.kind, s.span)) {
        None => Vec::new(),
        Some((PyKind::List(list), _)) => list.clone(),
        Some((_, span)) => return Err(Fault::new(format!("security of {} must be a list", path.text), span)),
    };
    all.push(entry.into());
    Ok(all)
}
