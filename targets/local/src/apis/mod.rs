//! APIs of the graph as the manifest has them.

mod authorizers;
mod elsewhere;
mod open_api;
mod resources;

use indexmap::IndexMap;
use samc_ir::{Expr, Map, Resource};
use samc_schema::manifest::{Api, ApiKind, Cors, Fixed, Payload, Route, WebSocket};

use crate::world::World;
use elsewhere::Named;

/// Milliseconds until an HTTP API gives up. Source: quotas of HTTP APIs.
const HTTP_TIMEOUT_MS: u64 = 30_000;
/// Milliseconds until a REST or WebSocket API gives up. Source: quotas of REST APIs.
const REST_TIMEOUT_MS: u64 = 29_000;

/// Every API and function URL, by logical id.
pub(crate) fn all(world: &World<'_>) -> IndexMap<String, Api> {
    let mut apis = IndexMap::new();
    for (id, resource) in &world.graph.resources {
        if !world.is_there(id) {
            continue;
        }
        let nothing = Map::new();
        let properties = resource.properties_map().unwrap_or(&nothing);
        let kind = match &*resource.resource_type {
            "AWS::ApiGateway::RestApi" => ApiKind::Rest,
            "AWS::ApiGatewayV2::Api" => match resource.property("ProtocolType").and_then(Expr::as_str) {
                Some("WEBSOCKET") => ApiKind::WebSocket,
                _ => ApiKind::Http,
            },
            "AWS::Lambda::Url" => ApiKind::FunctionUrl,
            _ => continue,
        };
        let source = resource.origin.source.as_ref().map_or(id.as_str(), |source| source.as_str());
        let mut api = empty(source, kind);
        match kind {
            ApiKind::FunctionUrl => function_url(world, properties, &mut api),
            ApiKind::Http | ApiKind::Rest | ApiKind::WebSocket => {
                let named = Named::Here(id.clone());
                stage(world, &named, &mut api);
                let body = properties.get("Body").and_then(|body| world.chosen(body)?.as_map());
                if let Some(body) = body {
                    open_api::read(world, body, &mut api);
                }
                resources::read(world, &named, &mut api);
                if kind == ApiKind::Http {
                    let cors = properties.get("CorsConfiguration").and_then(|c| world.chosen(c)?.as_map());
                    api.cors = cors.map(|map| cors_of(world, map)).or(api.cors);
                }
                api.binary_media_types.extend(world.texts(properties, "BinaryMediaTypes"));
            }
        }
        if kind == ApiKind::WebSocket {
            api.web_socket = Some(web_socket(world.property(properties, "RouteSelectionExpression")));
        }
        if kind == ApiKind::Http {
            quick(world, properties, &mut api);
        }
        apis.insert(id.to_string(), api);
    }
    elsewhere::add(world, &mut apis);
    apis
}

/// What a WebSocket API has beside routes: the expression that chooses one, or that of most.
fn web_socket(selector: Option<String>) -> WebSocket {
    WebSocket { selector: selector.unwrap_or_else(|| "$request.body.action".to_owned()) }
}

fn empty(source: &str, kind: ApiKind) -> Api {
    Api {
        source: source.to_owned(),
        kind,
        elsewhere: false,
        stage: "$default".to_owned(),
        stage_variables: IndexMap::new(),
        cors: None,
        binary_media_types: Vec::new(),
        authorizers: IndexMap::new(),
        routes: Vec::new(),
        web_socket: None,
    }
}

/// A route with nothing but its place. What answers is added.
fn route(method: &str, path: &str, kind: ApiKind) -> Route {
    let payload = if kind == ApiKind::Rest || kind == ApiKind::WebSocket { Payload::V1 } else { Payload::V2 };
    let timeout_ms = if kind == ApiKind::Http { HTTP_TIMEOUT_MS } else { REST_TIMEOUT_MS };
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
        function: None,
        payload,
        authorizer: None,
        scopes: Vec::new(),
        api_key: false,
        timeout_ms,
        streaming: false,
        answers: false,
        fixed: None,
        unsupported: None,
    }
}

/// An integration of an OpenAPI document or of a resource, in either spelling of its keys.
struct Integration<'e> {
    kind: String,
    map: &'e Map,
    /// `uri` or `Uri`: the keys of OpenAPI begin small.
    is_open_api: bool,
}

impl<'e> Integration<'e> {
    fn get(&self, key: &str) -> Option<&'e Expr> {
        if self.is_open_api {
            let mut letters = key.chars();
            let small: String =
                letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
            return self.map.get(small.as_str());
        }
        self.map.get(key)
    }

    /// Says what answers on a route.
    fn apply(&self, world: &World<'_>, route: &mut Route, kind: ApiKind) {
        let text = |key: &str| self.get(key).and_then(|value| world.text(value).ok()?);
        if let Some(limit) = text("TimeoutInMillis").and_then(|limit| limit.parse().ok()) {
            route.timeout_ms = limit;
        }
        if kind == ApiKind::Http {
            route.payload = match text("PayloadFormatVersion").as_deref() {
                Some("1.0") => Payload::V1,
                _ => Payload::V2,
            };
        }
        route.streaming = text("ResponseTransferMode").as_deref() == Some("STREAM");
        let uri = self.get("Uri").or_else(|| self.get("IntegrationUri"));
        match self.kind.as_str() {
            "AWS_PROXY" if self.get("IntegrationSubtype").is_none() => {
                match uri.and_then(|uri| samc_ir::function_of(world.graph, uri)) {
                    Some(function) => route.function = Some(function.to_string()),
                    None => route.unsupported = Some("its function is not of this application".to_owned()),
                }
            }
            "MOCK" => route.fixed = Some(self.fixed(world)),
            "AWS_PROXY" | "AWS" => {
                route.unsupported = Some("it calls a service of AWS without a function".to_owned());
            }
            "HTTP_PROXY" | "HTTP" => {
                route.unsupported = Some("it passes calls on to another server".to_owned())
            }
            other => route.unsupported = Some(format!("an integration of type {other} does not run here")),
        }
    }

    /// What a mock answers: its response without a pattern, or the first there is.
    fn fixed(&self, world: &World<'_>) -> Fixed {
        let key = if self.is_open_api { "Responses" } else { "IntegrationResponses" };
        let value = self.get(key).and_then(|value| world.value(value).ok()?).unwrap_or_default();
        let response = match &value {
            serde_json::Value::Object(by_pattern) => {
                by_pattern.get("default").or_else(|| by_pattern.values().next()).cloned()
            }
            serde_json::Value::Array(list) => list.first().cloned(),
            _ => None,
        };
        let response = response.unwrap_or_default();
        let either = |small: &str, large: &str| response.get(small).or_else(|| response.get(large)).cloned();
        let status = either("statusCode", "StatusCode").and_then(|s| crate::world::as_text(&s)?.parse().ok());
        let parameters = either("responseParameters", "ResponseParameters").unwrap_or_default();
        let headers = parameters.as_object().into_iter().flatten().filter_map(|(name, value)| {
            let name = name.strip_prefix("method.response.header.")?;
            // A constant stands in quotes of its own.
            Some((name.to_owned(), value.as_str()?.trim_matches('\'').to_owned()))
        });
        let templates = either("responseTemplates", "ResponseTemplates").unwrap_or_default();
        let body = templates.get("application/json").and_then(|t| t.as_str()).unwrap_or_default();
        Fixed { status: status.unwrap_or(200), headers: headers.collect(), body: body.to_owned() }
    }
}

/// The stage of an API, the first where there are several, with its variables. A deployment names one too,
/// which counts where there is no other: SAM's names one called `Stage` that nobody uses.
fn stage(world: &World<'_>, named: &Named, api: &mut Api) {
    let rank = |resource: &Resource| resource.resource_type == *"AWS::ApiGateway::Deployment";
    let (deployments, stages): (Vec<&Resource>, _) = world.graph.resources.values().partition(|r| rank(r));
    for resource in stages.into_iter().chain(deployments) {
        let (key, variables) = match &*resource.resource_type {
            "AWS::ApiGateway::Stage" => ("RestApiId", "Variables"),
            "AWS::ApiGatewayV2::Stage" => ("ApiId", "StageVariables"),
            "AWS::ApiGateway::Deployment" => ("RestApiId", ""),
            _ => continue,
        };
        let Some(properties) = resource.properties_map() else { continue };
        let is_of = Named::of(world, properties, key).as_ref() == Some(named);
        let Some(name) = world.property(properties, "StageName").filter(|_| is_of) else { continue };
        api.stage = name;
        let map = properties.get(variables).and_then(|v| world.chosen(v)?.as_map());
        api.stage_variables = map
            .into_iter()
            .flat_map(Map::iter)
            .filter_map(|(name, value)| Some((name.to_string(), world.text(value).ok()??)))
            .collect();
        return;
    }
}

/// What answers browsers, in either spelling of its keys.
fn cors_of(world: &World<'_>, map: &Map) -> Cors {
    let texts = |large: &str, small: &str| {
        let found = world.texts(map, large);
        if found.is_empty() { world.texts(map, small) } else { found }
    };
    let number = |large: &str, small: &str| world.number(map, large).or_else(|| world.number(map, small));
    Cors {
        allow_origins: texts("AllowOrigins", "allowOrigins"),
        allow_methods: texts("AllowMethods", "allowMethods"),
        allow_headers: texts("AllowHeaders", "allowHeaders"),
        expose_headers: texts("ExposeHeaders", "exposeHeaders"),
        max_age_seconds: number("MaxAge", "maxAge"),
        credentials: world.flag(map, "AllowCredentials") || world.flag(map, "allowCredentials"),
    }
}

fn function_url(world: &World<'_>, properties: &Map, api: &mut Api) {
    let function = properties.get("TargetFunctionArn").and_then(|f| samc_ir::function_of(world.graph, f));
    let mut route = route("ANY", "$default", ApiKind::FunctionUrl);
    match function {
        Some(function) => route.function = Some(function.to_string()),
        None => route.unsupported = Some("its function is not of this application".to_owned()),
    }
    // A URL waits as long as its function runs: 15 minutes at most. Source: Lambda quotas.
    route.timeout_ms = 900_000;
    route.streaming = world.property(properties, "InvokeMode").as_deref() == Some("RESPONSE_STREAM");
    if world.property(properties, "AuthType").as_deref() == Some("AWS_IAM") {
        api.authorizers.insert("AWS_IAM".to_owned(), samc_schema::manifest::Authorizer::Iam {});
        route.authorizer = Some("AWS_IAM".to_owned());
    }
    let cors = properties.get("Cors").and_then(|c| world.chosen(c)?.as_map());
    api.cors = cors.map(|map| cors_of(world, map));
    api.routes.push(route);
}

/// The one route of an API that was made with a target alone.
fn quick(world: &World<'_>, properties: &Map, api: &mut Api) {
    let Some(target) = properties.get("Target") else { return };
    let key = world.property(properties, "RouteKey").unwrap_or_else(|| "$default".to_owned());
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", &key));
    let mut route = route(method, path, ApiKind::Http);
    match samc_ir::function_of(world.graph, target) {
        Some(function) => route.function = Some(function.to_string()),
        None => route.unsupported = Some("it passes calls on to another server".to_owned()),
    }
    api.routes.push(route);
}
