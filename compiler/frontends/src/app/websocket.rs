//! APIs of the type `websocket`: an `AWS::Serverless::WebSocketApi` whose routes are the triggers `message`.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Api, ApiType, App, Kind, Reference, Trigger};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::trigger::Target;

/// What says which route a message takes.
const SELECT: &str = "$request.body.action";

/// The API of a message that names none: the only one of its type.
pub(super) fn default_api(app: &App) -> Option<&str> {
    let is_websocket = |api: &Api| api.r#type.as_ref().is_some_and(|t| t.value == ApiType::Websocket);
    let mut names = app
        .apis
        .iter()
        .flat_map(|a| &a.0)
        .filter(|(_, api)| is_websocket(api))
        .map(|(k, _)| k.name().as_str());
    match (names.next(), names.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Checks the API of a trigger `message`; the API itself names the function.
pub(super) fn from_trigger(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    message: &Spanned<String>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let name = trigger.api.as_ref().map(|a| a.value.to_string());
    let Some(name) = name.or_else(|| default_api(ctx.app).map(str::to_owned)) else {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("the message `{}` does not say which WebSocket API it comes by", message.value),
        )
        .at(message.span.or(owner.origin.key_span), "of which API?")
        .help(
            "declare one with `type: websocket` under `apis`, and name it as `api` where there are several",
        );
        ctx.report(owner, path, finding);
        return;
    };
    let span = trigger.api.as_ref().and_then(|a| a.span).or(message.span);
    let reference = Spanned::new(Reference { name: name.clone(), part: None }, span);
    let Some(found) = ctx.component_of(owner, path, &reference, &[Kind::Api], "a message") else { return };
    if !found.is_websocket && found.external.is_none() {
        let finding = Diagnostic::error(
            codes::WRONG_KIND,
            format!("messages come by WebSocket APIs, and {name} is not one"),
        )
        .at(span, "takes requests, not messages")
        .label(found.span, "declared here")
        .help("add `type: websocket` to the API, or listen to a route");
        ctx.report(owner, path, finding);
    }
}

/// The properties of a WebSocket API besides its name.
pub(super) fn lower(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (name, api): (&str, &Api),
    found: &Component,
    properties: &mut Map,
) {
    let select = match &api.select {
        Some(select) => Expr::from(select.value.as_str()).with_span(select.span),
        None => SELECT.into(),
    };
    properties.insert("RouteSelectionExpression", select);
    let stage = found.stage.clone().unwrap_or_else(|| ctx.stage.as_str().into());
    properties.insert("StageName", stage);
    let mut routes = Map::new();
    for (route, function, span) in ctx.listeners.messages.get(name).cloned().unwrap_or_default() {
        let Some(arn) = ctx.components.get(&function).and_then(|c| c.attribute("arn")) else { continue };
        if let Some(first) = routes.get(&route) {
            let first = first.span;
            let finding = Diagnostic::error(
                codes::ROUTE_TWICE,
                format!("the message `{route}` of {name} leads to two functions"),
            )
            .at(span, "once here")
            .label(first, "and once here")
            .help("keep one of them");
            ctx.report(owner, "", finding);
            continue;
        }
        let to = Expr::from([("FunctionArn", arn.with_span(span))]).with_span(span);
        routes.insert_spanned(route.as_str(), span, to);
    }
    if routes.is_empty() {
        let finding =
            Diagnostic::error(codes::MISSING_PROPERTY, format!("nobody listens to the messages of {name}"))
                .at(owner.origin.key_span, "no function has a trigger `message` for it")
                .help("write for example `on: {message: $default}` in a function");
        ctx.report(owner, "", finding);
    }
    properties.insert("Routes", routes);
    if let Some(throttle) = &api.throttle {
        properties.insert("DefaultRouteSettings", super::api::throttling(throttle));
    }
    auth(ctx, owner, api, properties);
    for (key, span) in [
        ("cors", api.cors.as_ref().map(|c| c.span)),
        ("openapi", api.openapi.as_ref().map(|c| c.span)),
        ("routes", api.routes.as_ref().and_then(|r| r.keys().next()).map(|r| r.span)),
    ] {
        let Some(span) = span else { continue };
        let finding = Diagnostic::error(
            codes::EXCLUSIVE_PROPERTIES,
            format!("`{key}` is for APIs of requests, and {name} is a WebSocket API"),
        )
        .at(span, "not for WebSocket APIs")
        .help("functions listen by the trigger `message`");
        ctx.report(owner, key, finding);
    }
}

/// Who may connect.
fn auth(ctx: &mut Lower<'_>, owner: &Owner, api: &Api, properties: &mut Map) {
    let Some(given) = &api.auth else { return };
    match given.value.as_str() {
        "none" => {}
        "iam" => {
            properties.insert("Auth", Map::from([("AuthType", Expr::from("AWS_IAM").with_span(given.span))]));
        }
        name => {
            let authorizer = api.authorizers.as_ref().and_then(|a| a.0.get(name));
            let Some(function) = authorizer.and_then(|a| a.function.as_ref()) else {
                if authorizer.is_none() {
                    super::authorizer::unknown(ctx, owner, "auth", given, Some(api));
                    return;
                }
                let finding = Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    "a function decides who may connect to a WebSocket API",
                )
                .at(given.span, "not by a function")
                .help("give the authorizer `function`");
                ctx.report(owner, "auth", finding);
                return;
            };
            let Some(found) =
                ctx.component_of(owner, "auth", function, &[Kind::Function], "`function` of an authorizer")
            else {
                return;
            };
            let Some(arn) = ctx.needed(owner, "auth", function, &found, "arn") else { return };
            let sources: Vec<Expr> = match authorizer.and_then(|a| a.identity.as_ref()) {
                Some(identity) => identity
                    .iter()
                    .map(|i| {
                        let source = match i.value.split_once('.') {
                            Some(("query", name)) => format!("route.request.querystring.{name}"),
                            Some(("header", name)) => format!("route.request.header.{name}"),
                            _ => i.value.clone(),
                        };
                        Expr::from(source).with_span(i.span)
                    })
                    .collect(),
                None => vec!["route.request.header.Authorization".into()],
            };
            let auth = [
                ("AuthType", Expr::from("CUSTOM").with_span(given.span)),
                ("AuthArn", arn),
                ("IdentitySource", sources.into()),
            ];
            properties.insert("Auth", Map::from(auth));
        }
    }
}
