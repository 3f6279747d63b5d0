//! The `http` events as they are read. Source: lib/validate.js of the events `api-gateway` of osls 3.77.1.

use samc_base::{codes, nearest};
use samc_ir::{Expr, Map};

use super::Api;
use super::route::{Integration, Route, normalized, request_keys, title, trimmed};
use super::{authorizer, cors};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, text};

/// The methods there are; the last stands for all.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE", "ANY"];

/// What `integration` can be, without regard to case and with `_` for `-`.
const INTEGRATIONS: [(&str, Integration); 7] = [
    ("LAMBDA_PROXY", Integration::AwsProxy),
    ("AWS_PROXY", Integration::AwsProxy),
    ("LAMBDA", Integration::Aws),
    ("AWS", Integration::Aws),
    ("HTTP", Integration::Http),
    ("HTTP_PROXY", Integration::HttpProxy),
    ("MOCK", Integration::Mock),
];

/// Reads the events of all functions. What is wrong is reported and left out.
pub(super) fn read<'a>(api: &Api<'a>, out: &mut Output<'_>) -> Vec<Route<'a>> {
    let mut routes: Vec<Route<'a>> = Vec::new();
    for (function, event, _) in api.service.events("http") {
        let Some(route) = one(api, function, event, out) else { continue };
        let first = routes.iter().find(|other| other.method == route.method && other.path == route.path);
        if let Some(first) = first {
            let message =
                format!("{} /{} is a route of {} already", route.method, route.path, first.function.key);
            let help =
                "an API has each route once, and the last one is made; change or take out one of the two";
            let at = event.value.span;
            out.warn(codes::ROUTE_TAKEN_TWICE, &event.origin, message, at, "the same route again", help);
        }
        routes.push(route);
    }
    routes
}

fn one<'a>(
    api: &Api<'a>,
    function: &'a Function,
    event: &'a Event,
    out: &mut Output<'_>,
) -> Option<Route<'a>> {
    let (method, path) = method_and_path(function, event, out)?;
    let settings = event.value.as_map();
    let mut route = Route {
        function,
        event,
        settings,
        path: trimmed(&path).to_owned(),
        method,
        integration: Integration::AwsProxy,
        authorizer: None,
        cors: None,
    };
    if !route.path.is_empty() && route.path.split('/').any(str::is_empty) {
        let message =
            format!("the path `{path}` of {} has two slashes without a part between them", function.key);
        let help = "take one of them out; the parts of a path are resources, and have names";
        let at = route.span("path");
        out.error(codes::INVALID_VALUE, &event.origin, message, at, "an empty part", help);
        return None;
    }
    route.integration = integration(&route, out)?;
    if let Some(settings) = settings {
        if let Some(given) = given(settings, "authorizer") {
            route.authorizer = Some(authorizer::read(api, &route, given, out)?);
        }
        route.cors = given(settings, "cors").map(|given| cors::read(given, method));
        check(&route, out)?;
    }
    Some(route)
}

/// The method and the path of an event, in its short or its long form.
fn method_and_path(
    function: &Function,
    event: &Event,
    out: &mut Output<'_>,
) -> Option<(&'static str, String)> {
    let key = &function.key;
    let (method, path) = match (event.value.as_map(), event.value.as_str()) {
        (Some(map), _) => {
            let method = map.get("method").filter(|value| value.as_str().is_some());
            // A path that is a number is text all the same.
            (method, map.get("path").and_then(text))
        }
        (None, Some(text)) => {
            let mut words = text.split(' ');
            (words.next().map(|_| &event.value), words.next().map(str::to_owned))
        }
        (None, None) => (None, None),
    };
    let help = "write `- http: GET /path`, or a mapping of `path` and `method`";
    let mut missing = |what: &str| {
        let message = format!("an http event of {key} has no {what}");
        let label = format!("no {what}");
        out.error(codes::MISSING_PROPERTY, &event.origin, message, event.value.span, &label, help);
    };
    let Some(method) = method else {
        missing("method");
        return None;
    };
    let Some(path) = path else {
        missing("path");
        return None;
    };
    let word = method.as_str().and_then(|text| text.split(' ').next()).unwrap_or_default();
    let upper = word.to_uppercase();
    let known = METHODS.iter().copied().find(|known| *known == upper || (upper == "*" && *known == "ANY"));
    if known.is_none() {
        let message = format!("`{word}` of the route `{path}` of {key} is no method");
        let help = nearest(&upper, METHODS).map_or_else(
            || "use get, post, put, patch, options, head, delete, or any for all".to_owned(),
            |near| format!("did you mean {}?", near.to_lowercase()),
        );
        out.error(codes::INVALID_VALUE, &event.origin, message, method.span, "not a method", &help);
    }
    Some((known?, path))
}

fn integration(route: &Route<'_>, out: &mut Output<'_>) -> Option<Integration> {
    let Some(wanted) = route.setting(&["integration"]) else {
        let is_async = route.setting(&["async"]).is_some();
        return Some(if is_async { Integration::Aws } else { Integration::AwsProxy });
    };
    let name = wanted.as_str().map(normalized).unwrap_or_default();
    let known = INTEGRATIONS.iter().find(|(known, _)| *known == name);
    if known.is_none() {
        let text = wanted.as_str().unwrap_or_else(|| wanted.kind_name());
        let message = format!("`integration` of {} is {text}, which is none", title(route));
        let help = match nearest(&name, INTEGRATIONS.iter().map(|(known, _)| *known)) {
            Some(near) => format!("did you mean `{}`?", near.to_lowercase().replace('_', "-")),
            None => "use lambda-proxy, lambda, http-proxy, http or mock".to_owned(),
        };
        let origin = &route.event.origin;
        out.error(codes::INVALID_VALUE, origin, message, wanted.span, "not an integration", &help);
    }
    known.map(|(_, integration)| *integration)
}

/// What an integration needs, and what has no effect with it. None where it cannot be made.
fn check(route: &Route<'_>, out: &mut Output<'_>) -> Option<()> {
    let origin = &route.event.origin;
    let name = route.integration.name();
    if let Some(mode) = route.setting(&["response", "transferMode"]) {
        let text = mode.as_str().unwrap_or_default().to_uppercase();
        let message = if !["BUFFERED", "STREAM"].contains(&&*text) {
            Some(format!("`transferMode` of {} must be BUFFERED or STREAM", title(route)))
        } else if !route.integration.is_proxy() {
            Some(format!("{} cannot have a `transferMode`: its integration is {name}", title(route)))
        } else {
            None
        };
        if let Some(message) = message {
            let help = "with `integration: lambda-proxy` or `http-proxy`, write `transferMode: STREAM`";
            out.error(codes::INVALID_VALUE, origin, message, mode.span, "not a mode here", help);
            return None;
        }
    }
    if route.integration.is_http() {
        let link = route.connection_type().is_some_and(|kind| kind == "VPC_LINK");
        let (message, label, help) = if route.request("uri").is_none() {
            let message = format!("{} goes to another server, and does not say which", title(route));
            (message, "`request.uri` missing", "add `request: {uri: https://…}`")
        } else if link && route.setting(&["connectionId"]).is_none() {
            let message = format!("{} goes through a VPC link, and does not say which", title(route));
            (message, "`connectionId` missing", "add `connectionId: ID` of the VPC link")
        } else {
            return warn_of_unused(route, out);
        };
        out.error(codes::MISSING_PROPERTY, origin, message, route.span("integration"), label, help);
        return None;
    }
    warn_of_unused(route, out)
}

/// Says which parts of `request` and `response` have no effect, as the request goes through as it is.
fn warn_of_unused(route: &Route<'_>, out: &mut Output<'_>) -> Option<()> {
    let Some(used) = request_keys(route.integration) else { return Some(()) };
    let entries = |section: &str| {
        let map = route.setting(&[section]).and_then(Expr::as_map);
        map.map(Map::entries).unwrap_or_default().iter()
    };
    let unused =
        entries("request").filter(|entry| !used.contains(&&*entry.key)).map(|entry| ("request", entry));
    let answers = entries("response").filter(|entry| &*entry.key != "transferMode");
    for (section, entry) in unused.chain(answers.map(|entry| ("response", entry))) {
        let message = format!(
            "`{section}.{}` of {} has no effect: what goes through is not changed",
            entry.key,
            title(route)
        );
        let help = "take it out, or choose `integration: lambda` or `http`, which use templates";
        let at = entry.key_span.or(entry.value.span);
        out.warn(codes::SETTING_WITHOUT_EFFECT, &route.event.origin, message, at, "without effect", help);
    }
    Some(())
}
