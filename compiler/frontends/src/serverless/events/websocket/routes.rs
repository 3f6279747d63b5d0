//! Routes: read from the events, and made with the integration and the permission of their function.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::authorizer::{self, Authorizer};
use super::{Api, gateway};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::given;

/// What stands in a logical id for letters that it cannot have.
const SPELLED: [(char, &str); 5] =
    [('$', "S"), ('/', "Slash"), ('-', "Dash"), ('_', "Underscore"), ('.', "Period")];

/// A route.
pub(super) struct Route<'a> {
    pub(super) function: &'a Function,
    pub(super) event: &'a Event,
    /// Its key, such as `$connect`.
    key: &'a str,
    /// How the answer is chosen that goes back; none where nothing goes back.
    response: Option<&'a Expr>,
    pub(super) authorizer: Option<Authorizer<'a>>,
}

impl Route<'_> {
    fn id(&self) -> String {
        let mut id = self.key.to_owned();
        for (letter, spelled) in SPELLED {
            id = id.replace(letter, spelled);
        }
        format!("{id}WebsocketsRoute")
    }

    fn response_id(&self) -> Option<String> {
        self.response.map(|_| format!("{}Response", self.id()))
    }

    /// What a deployment waits for.
    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        self.response_id().into_iter().chain([self.id()])
    }
}

/// The logical id of the permission of a function, or of an authorizer, by its name.
pub(super) fn permission_id(name: &str) -> String {
    format!("{}LambdaPermissionWebsockets", normalized(name))
}

/// Reads the routes of all functions. What is wrong is reported and left out.
pub(super) fn read<'a>(api: &Api<'a>, out: &mut Output<'_>) -> Vec<Route<'a>> {
    let mut routes: Vec<Route<'a>> = Vec::new();
    for (function, event, _) in api.service.events("websocket") {
        let settings = event.value.as_map();
        let key = settings.map_or(Some(&event.value), |map| map.get("route")).and_then(Expr::as_str);
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            let message = format!("a websocket event of {} has no route", function.key);
            let help = "write `- websocket: $connect`, or a mapping of `route` and `authorizer`";
            let at = event.value.span;
            out.error(codes::MISSING_PROPERTY, &event.origin, message, at, "no route", help);
            continue;
        };
        let authorizer = match settings.and_then(|map| given(map, "authorizer")) {
            Some(given) => match authorizer::read(api, function, event, key, given, out) {
                Some(authorizer) => Some(authorizer),
                None => continue,
            },
            None => None,
        };
        if let Some(first) = routes.iter().find(|other| other.key == key) {
            let message = format!("`{key}` is a route of {} already", first.function.key);
            let help =
                "an API has each route once, and the last one is made; change or take out one of the two";
            let at = event.value.span;
            out.warn(codes::ROUTE_TAKEN_TWICE, &event.origin, message, at, "the same route again", help);
        }
        let response = settings.and_then(|map| given(map, "routeResponseSelectionExpression"));
        routes.push(Route { function, event, key, response, authorizer });
    }
    routes
}

/// Adds the routes, and what stands behind and before them.
pub(super) fn lower(api: &Api<'_>, routes: &[Route<'_>], out: &mut Output<'_>) {
    for route in routes {
        integrate(api, route, out);
    }
    for route in routes {
        if let Some(id) = route.response_id() {
            let properties = Map::from([
                ("ApiId", api.id()),
                ("RouteId", Expr::reference(route.id())),
                ("RouteResponseKey", "$default".into()),
            ]);
            out.add(id, "AWS::ApiGatewayV2::RouteResponse", properties, &route.event.origin);
        }
        if let Some(authorizer) = &route.authorizer {
            authorizer::lower(api, route, authorizer, out);
        }
    }
    for route in routes {
        permit(api, route, out);
        if let Some(authorizer) = &route.authorizer {
            authorizer::permit(api, route, authorizer, out);
        }
    }
    for route in routes {
        one(api, route, out);
    }
}

fn integration_id(route: &Route<'_>) -> String {
    format!("{}WebsocketsIntegration", normalized(&route.function.key))
}

fn integrate(api: &Api<'_>, route: &Route<'_>, out: &mut Output<'_>) {
    let uri = gateway::invocation(gateway::target_parts(route.function), gateway::INVOCATIONS);
    let properties =
        Map::from([("ApiId", api.id()), ("IntegrationType", "AWS_PROXY".into()), ("IntegrationUri", uri)]);
    let id = integration_id(route);
    let resource = out.add(id, "AWS::ApiGatewayV2::Integration", properties, &route.function.origin);
    if let Some(alias) = route.function.target_depends_on() {
        resource.attributes.insert("DependsOn", alias);
    }
}

fn permit(api: &Api<'_>, route: &Route<'_>, out: &mut Output<'_>) {
    let function = route.function;
    let mut depends_on: Vec<Expr> = api.to_wait_for().into_iter().collect();
    depends_on.push(function.target_depends_on().unwrap_or_else(|| function.id().into()));
    let properties = gateway::permission(function.target(), None);
    let id = permission_id(&function.key);
    let resource = out.add(id, "AWS::Lambda::Permission", properties, &function.origin);
    resource.attributes.insert("DependsOn", depends_on);
}

fn one(api: &Api<'_>, route: &Route<'_>, out: &mut Output<'_>) {
    let target = Expr::join("/", vec!["integrations".into(), Expr::reference(integration_id(route))]);
    let guard = if route.authorizer.is_some() { "CUSTOM" } else { "NONE" };
    let mut properties = Map::from([
        ("ApiId", api.id()),
        ("RouteKey", route.key.into()),
        ("AuthorizationType", guard.into()),
        ("Target", target),
    ]);
    if let Some(response) = route.response {
        properties.insert("RouteResponseSelectionExpression", response.clone());
    }
    if let Some(authorizer) = &route.authorizer {
        properties.insert("AuthorizerId", Expr::reference(authorizer.id()));
    }
    out.add(route.id(), "AWS::ApiGatewayV2::Route", properties, &route.event.origin);
}
