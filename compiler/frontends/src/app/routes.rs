//! Routes: events that lead from an API to a function, declared by the function or by the API.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Api, Duration, Kind, Reference, Route, Trigger};
use samc_syntax::Spanned;

use super::api::IMPLICIT;
use super::lower::{Lower, Owner};
use super::names::Component;
use super::trigger::Target;
use super::{authorizer, listeners};

/// Who may call a route.
struct Access<'a> {
    auth: &'a Option<Spanned<String>>,
    scopes: &'a Option<Vec<Spanned<String>>>,
    key: &'a Option<Spanned<bool>>,
}

/// What a route asks of a request, and how long it waits.
struct Asks<'a> {
    model: &'a Option<Spanned<String>>,
    params: &'a Option<Vec<Spanned<String>>>,
    timeout: &'a Option<Spanned<Duration>>,
}

fn put_asks(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    (api, is_rest): (&str, bool),
    asks: &Asks<'_>,
    properties: &mut Map,
) {
    if let Some(timeout) = asks.timeout {
        let seconds = ctx.seconds(owner, &format!("{path}.timeout"), timeout, "1s", "29s");
        properties.insert("TimeoutInMillis", Expr::new(ExprKind::Int((seconds * 1000).into()), timeout.span));
    }
    let asked =
        asks.model.as_ref().map(|m| m.span).or(asks.params.as_ref().and_then(|p| p.first()).map(|p| p.span));
    if let Some(span) = asked.filter(|_| !is_rest) {
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "HTTP APIs do not check requests")
            .at(span, "for REST APIs only")
            .help("write `type: rest` for the API, or check in the function");
        ctx.report(owner, path, finding);
        return;
    }
    if let Some(model) = asks.model {
        let models = ctx.app.apis.as_ref().and_then(|a| a.0.get(api)).and_then(|a| a.models.as_ref());
        if models.is_none_or(|m| !m.contains_key(&model.value)) {
            let finding =
                Diagnostic::error(codes::UNKNOWN_REFERENCE, format!("{api} has no model `{}`", model.value))
                    .at(model.span, "not declared under `models`");
            ctx.report(owner, path, finding);
            return;
        }
        let asked = [
            ("Model", Expr::from(model.value.as_str()).with_span(model.span)),
            ("Required", Expr::from(true)),
            ("ValidateBody", Expr::from(true)),
        ];
        properties.insert("RequestModel", Expr::from(asked));
    }
    let mut parameters = Vec::new();
    for param in asks.params.iter().flatten() {
        let place = match param.value.split_once('.') {
            Some(("query", name)) => format!("method.request.querystring.{name}"),
            Some(("header", name)) => format!("method.request.header.{name}"),
            _ => {
                let finding = Diagnostic::error(
                    codes::INVALID_VALUE,
                    format!("`{}` is not a part of a request", param.value),
                )
                .at(param.span, "neither a header nor a query")
                .help("write `header.NAME` or `query.NAME`");
                ctx.report(owner, path, finding);
                continue;
            }
        };
        let asked = Expr::from([("Required", true)]);
        parameters.push(Expr::from(Map::from([(place, asked)])).with_span(param.span));
    }
    if !parameters.is_empty() {
        properties.insert("RequestParameters", parameters);
    }
}

/// Adds the event of a route that a function's `on` declares.
pub(super) fn from_trigger(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    route: &Spanned<Route>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let Some(name) = api_of(ctx, owner, path, route, trigger) else { return };
    let reference = Reference { name: name.value.clone(), part: None };
    let reference = Spanned::new(reference, name.span.or(route.span));
    let Some(found) = ctx.component_of(owner, path, &reference, &[Kind::Api], "a route") else { return };
    let other = declared_by_api(ctx, &name.value, &route.value)
        .map(|span| (span, "stands in two places", "and once under `routes`"))
        .or_else(|| {
            let span = declared_before(ctx, &name.value, route, target.name)?;
            Some((span, "leads to two functions", "and once here"))
        });
    if let Some((span, what, label)) = other {
        let message = format!("the route `{}` of {} {what}", route.value, name.value);
        let finding = Diagnostic::error(codes::ROUTE_TWICE, message)
            .at(route.span, "once here")
            .label(span, label)
            .help("keep one of them, or give one another path or method");
        ctx.report(owner, path, finding);
        return;
    }
    let access = Access { auth: &trigger.auth, scopes: &trigger.scopes, key: &trigger.key };
    let asks = Asks { model: &trigger.model, params: &trigger.params, timeout: &trigger.timeout };
    add(ctx, target, path, (&name.value, &found), route, &access, &asks);
}

/// The API that a route belongs to.
fn api_of(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    route: &Spanned<Route>,
    trigger: &Trigger,
) -> Option<Spanned<String>> {
    if let Some(name) = &trigger.api {
        return Some(Spanned::new(name.value.to_string(), name.span));
    }
    let app = ctx.app;
    if let Some(name) = listeners::default_api(app) {
        return Some(Spanned::new(name.to_owned(), None));
    }
    let names: Vec<&str> = app.apis.iter().flat_map(|a| a.0.keys()).map(|k| k.name().as_str()).collect();
    let message = format!(
        "there are several APIs ({}), and the route does not say which it belongs to",
        names.join(", ")
    );
    let first = names.first().copied().unwrap_or(IMPLICIT);
    let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
        .at(route.span, "belongs to which API?")
        .help(format!("write `{{route: {}, api: {first}}}`", route.value));
    ctx.report(owner, path, finding);
    None
}

/// Where `routes` of the API declares the route too.
fn declared_by_api(ctx: &Lower<'_>, api: &str, route: &Route) -> Option<Option<Span>> {
    let routes = ctx.app.apis.as_ref()?.0.get(api)?.routes.as_ref()?;
    routes.get_key_value(&Spanned::from(route.clone())).map(|(key, _)| key.span)
}

/// Where a trigger before this one declares the route too.
fn declared_before(ctx: &Lower<'_>, api: &str, route: &Spanned<Route>, own: &str) -> Option<Option<Span>> {
    let (function, span) = ctx.listeners.routes.get(&(api.to_owned(), route.value.to_string()))?;
    (function != own || *span != route.span).then_some(*span)
}

/// Adds the events of routes that APIs declare for this function.
pub(super) fn from_apis(ctx: &mut Lower<'_>, target: &mut Target<'_>) {
    let apis = ctx.app.apis.as_ref();
    for (i, j) in ctx.listeners.routed.remove(target.name).unwrap_or_default() {
        let Some((key, api)) = apis.and_then(|a| a.0.get_index(i)) else { continue };
        let Some((route, to)) = api.routes.as_ref().and_then(|r| r.get_index(j)) else { continue };
        let name = key.name().as_str();
        let Some(found) = ctx.components.get(name).cloned() else { continue };
        let access = Access { auth: &to.value.auth, scopes: &to.value.scopes, key: &to.value.key };
        let asks = Asks { model: &None, params: &None, timeout: &None };
        add(ctx, target, &format!("routes.{}", route.value), (name, &found), route, &access, &asks);
    }
}

/// Reports routes of an API to what is no function.
pub(super) fn check(ctx: &mut Lower<'_>, owner: &Owner, api: &Api) {
    for (route, to) in api.routes.iter().flatten() {
        let path = format!("routes.{}", route.value);
        let Some(function) = &to.value.function else { continue };
        let name = Reference { name: function.value.to_string(), part: None };
        let name = Spanned::new(name, function.span.or(to.span));
        ctx.component_of(owner, &path, &name, &[Kind::Function], "a route");
    }
}

fn add(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    (api_name, found): (&str, &Component),
    route: &Spanned<Route>,
    access: &Access<'_>,
    asks: &Asks<'_>,
) {
    let owner = target.owner;
    let is_rest = found.flag;
    let at = |text: &str| Expr::from(text).with_span(route.span);
    let id_key = if is_rest { "RestApiId" } else { "ApiId" };
    let mut properties = Map::from([(id_key, Expr::reference(&found.id))]);
    let is_default = route.value.path == "$default";
    if is_default && is_rest {
        let finding = Diagnostic::error(codes::INVALID_VALUE, "a REST API has no route `$default`")
            .at(route.span, "for HTTP APIs only")
            .help("write `ANY /{proxy+}`");
        ctx.report(owner, path, finding);
        return;
    }
    if !is_default {
        properties.insert("Path", at(&route.value.path));
        properties.insert("Method", at(&route.value.method.to_lowercase()));
    }
    let auth = auth(ctx, owner, path, api_name, is_rest, access);
    if !auth.is_empty() {
        properties.insert("Auth", auth);
    }
    put_asks(ctx, owner, path, (api_name, is_rest), asks, &mut properties);
    let words = match is_default {
        true => "default".to_owned(),
        false => format!("{} {}", route.value.method.to_lowercase(), route.value.path),
    };
    target.add(&words, if is_rest { "Api" } else { "HttpApi" }, properties, route.span);
}

/// `Auth` of a route.
fn auth(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    api_name: &str,
    is_rest: bool,
    access: &Access<'_>,
) -> Map {
    let app = ctx.app;
    let api = app.apis.as_ref().and_then(|a| a.0.get(api_name));
    let mut auth = Map::new();
    if let Some(given) = access.auth {
        let declared = api.and_then(|a| a.authorizers.as_ref());
        let word = match given.value.as_str() {
            // Where the API has no default there is nothing to opt out of.
            "none" if api.is_none_or(|a| a.auth.is_none()) => None,
            "none" => Some("NONE"),
            "iam" => Some("AWS_IAM"),
            name if declared.is_some_and(|a| a.0.contains_key(name)) => Some(name),
            _ => {
                authorizer::unknown(ctx, owner, path, given, api);
                None
            }
        };
        if let Some(word) = word {
            auth.insert("Authorizer", Expr::from(word).with_span(given.span));
        }
    }
    if let Some(scopes) = access.scopes {
        let scopes: Vec<Expr> =
            scopes.iter().map(|s| Expr::from(s.value.as_str()).with_span(s.span)).collect();
        auth.insert("AuthorizationScopes", scopes);
    }
    if let Some(key) = access.key {
        if is_rest {
            auth.insert("ApiKeyRequired", Expr::from(key.value).with_span(key.span));
        } else {
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "API keys are for REST APIs")
                .at(key.span, "not for HTTP APIs")
                .help("write `type: rest` for the API");
            ctx.report(owner, path, finding);
        }
    }
    auth
}
