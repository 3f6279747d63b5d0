//! Routes: read from the events, and made with the integration and the permission of their function.

use rustc_hash::FxHashMap;
use samc_base::{codes, nearest};
use samc_ir::{Expr, Map};

use super::authorizers::Authorizers;
use super::{Api, integration};
use crate::serverless::events::gateway;
use crate::serverless::names::{self, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, is_true};

/// The methods a route can have beside `ANY`, in the order in which CORS lists them for it.
pub(super) const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE"];

/// Milliseconds after which the API answers in place of the function; the most there can be. Source:
/// "Quotas for configuring and running an HTTP API" of the API Gateway guide.
const TIMEOUT: i64 = 30_000;

/// A route.
pub(super) struct Route<'a> {
    function: &'a Function,
    event: &'a Event,
    /// Its method; `ANY` for all.
    pub(super) method: &'static str,
    /// Its path; `*` for whatever no other route takes.
    path: String,
    authorizer: Option<&'a Expr>,
}

impl Route<'_> {
    /// `GET /orders`, or `*`.
    fn key(&self) -> String {
        if self.path == "*" { "*".to_owned() } else { format!("{} {}", self.method, self.path) }
    }
}

/// Reads the routes of all functions. What is wrong is reported and left out.
pub(super) fn read<'a>(service: &'a Service, out: &mut Output<'_>) -> Vec<Route<'a>> {
    let mut routes: Vec<Route<'a>> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (function, event, _) in service.events("httpApi") {
        let Some(route) = one(function, event, out) else { continue };
        let key = route.key();
        let first = known.get(&key).and_then(|index| routes.get_mut(*index));
        if let Some(first) = first {
            // Of routes for all that is left, the last one holds.
            if key == "*" {
                *first = route;
                continue;
            }
            let message = format!("the route `{key}` is that of {} already", first.function.key);
            let help = "an API has each route once; change the method or the path of one of the two";
            out.error(
                codes::INVALID_VALUE,
                &event.origin,
                message,
                event.value.span,
                "the same route again",
                help,
            );
            continue;
        }
        known.insert(key, routes.len());
        routes.push(route);
    }
    routes
}

fn one<'a>(function: &'a Function, event: &'a Event, out: &mut Output<'_>) -> Option<Route<'a>> {
    let key = &function.key;
    let help = "write `- httpApi: GET /path`, `- httpApi: '*'`, or a mapping of `method` and `path`";
    let mut wrong = |message: String, span, label: &str| {
        out.error(codes::INVALID_VALUE, &event.origin, message, span, label, help);
    };
    let (method, path, authorizer, span) = match (event.value.as_map(), event.value.as_str()) {
        (Some(map), _) => {
            let text = |name: &str| map.get(name).and_then(Expr::as_str);
            let Some(path) = text("path") else {
                wrong(format!("an httpApi event of {key} has no path"), event.value.span, "no `path`");
                return None;
            };
            let span = map.get("method").and_then(|method| method.span).or(event.value.span);
            (text("method"), path, map.get("authorizer").filter(|given| is_true(given)), span)
        }
        (None, Some("*")) => (None, "*", None, event.value.span),
        (None, Some(text)) => match text.split_once(' ') {
            Some((method, path)) if path.starts_with('/') && !path.contains(char::is_whitespace) => {
                (Some(method), path, None, event.value.span)
            }
            _ => {
                wrong(format!("`{text}` of {key} is no route"), event.value.span, "not a method and a path");
                return None;
            }
        },
        (None, None) => {
            wrong(format!("an httpApi event of {key} says no route"), event.value.span, "not a route");
            return None;
        }
    };
    let method = match (method, path) {
        (None | Some("*"), "*") => "ANY",
        (Some(method), "*") => {
            wrong(format!("the route `*` of {key} takes every method, not {method} alone"), span, "not `*`");
            return None;
        }
        (None, _) => {
            wrong(format!("the route {path} of {key} has no method"), span, "no `method`");
            return None;
        }
        (Some("*"), _) => "ANY",
        (Some(method), _) => {
            let upper = method.to_uppercase();
            match METHODS.iter().copied().chain(["ANY"]).find(|known| *known == upper) {
                Some(known) => known,
                None => {
                    let near = nearest(&upper, METHODS)
                        .map_or(String::new(), |near| format!("; did you mean {near}?"));
                    wrong(
                        format!("`{method}` of the route {path} of {key} is no method{near}"),
                        span,
                        "not a method",
                    );
                    return None;
                }
            }
        }
    };
    Some(Route { function, event, method, path: path.to_owned(), authorizer })
}

/// Makes the routes. A function has one integration and one permission, however many routes lead to it.
pub(super) fn lower(
    api: &Api<'_>,
    authorizers: &Authorizers<'_>,
    routes: &[Route<'_>],
    out: &mut Output<'_>,
) {
    for route in routes {
        let function = route.function;
        let integration = integration(&function.key);
        if !out.has(&integration) {
            connect(api, function, &integration, out);
        }
        let key = route.key();
        let id = if key == "*" {
            "HttpApiRouteDefault".to_owned()
        } else {
            format!("HttpApiRoute{}", names::path(&key))
        };
        let target = Expr::join("/", vec!["integrations".into(), Expr::reference(integration.as_str())]);
        let key = if key == "*" { "$default".to_owned() } else { key };
        let mut properties = Map::from([
            ("ApiId", api.id()),
            ("RouteKey", Expr::from(key).with_span(route.event.value.span)),
            ("Target", target),
        ]);
        if let Some(given) = route.authorizer
            && let Some(guard) = authorizers.guard(api, function, route.event, given, out)
        {
            properties.extend(guard);
        }
        let resource = out.add(id, "AWS::ApiGatewayV2::Route", properties, &route.event.origin);
        resource.attributes.insert("DependsOn", integration);
    }
}

/// Lets the API call a function, and says how.
fn connect(api: &Api<'_>, function: &Function, integration: &str, out: &mut Output<'_>) {
    let own =
        given(&function.settings, "httpApi").and_then(Expr::as_map).and_then(|own| given(own, "payload"));
    let payload = own.or_else(|| given(api.settings, "payload")).cloned().unwrap_or_else(|| "2.0".into());
    let alias = function.target_depends_on();
    let mut add = |id: &str, resource_type: &str, properties: Map| {
        let resource = out.add(id, resource_type, properties, &function.origin);
        if let Some(alias) = &alias {
            resource.attributes.insert("DependsOn", alias.clone());
        }
    };
    let permission = gateway::permission(function.target(), Some(api.source_arn()));
    let id = format!("{}LambdaPermissionHttpApi", normalized(&function.key));
    add(&id, "AWS::Lambda::Permission", permission);
    let properties = Map::from([
        ("ApiId", api.id()),
        ("IntegrationType", "AWS_PROXY".into()),
        ("IntegrationUri", function.target()),
        ("PayloadFormatVersion", payload),
        ("TimeoutInMillis", TIMEOUT.into()),
    ]);
    add(integration, "AWS::ApiGatewayV2::Integration", properties);
}
