//! Methods of APIs: out of an OpenAPI document, and out of resources of their own.

use samc_base::LogicalId;

use super::{first_of, function_of};
use crate::application::Route;
use crate::expr::Expr;
use crate::graph::{Resource, ResourceGraph};
use crate::map::Map;

/// Keys of a path that are methods, with what they are called.
const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("options", "OPTIONS"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

pub(super) fn find(graph: &ResourceGraph, routes: &mut Vec<Route>) {
    for (id, resource) in &graph.resources {
        match &*resource.resource_type {
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => {
                if let Some(body) = resource.property("Body").and_then(Expr::as_map) {
                    open_api(graph, id, body, routes);
                }
            }
            "AWS::ApiGateway::Method" => routes.extend(method(graph, resource)),
            "AWS::ApiGatewayV2::Route" => routes.extend(route(graph, resource)),
            _ => {}
        }
    }
}

fn open_api(graph: &ResourceGraph, api: &LogicalId, body: &Map, routes: &mut Vec<Route>) {
    let paths = body.get("paths").and_then(Expr::as_map);
    for (path, methods) in paths.into_iter().flat_map(Map::iter) {
        // A path may be there under a condition only.
        let methods = methods.as_if().map_or(methods, |(_, then, _)| then);
        for (key, operation) in methods.as_map().into_iter().flat_map(Map::iter) {
            let operation = operation.as_if().map_or(operation, |(_, then, _)| then);
            let Some((_, method)) = METHODS.iter().find(|(name, _)| key.eq_ignore_ascii_case(name)) else {
                continue;
            };
            let uri = operation.as_map().and_then(|o| integration_uri(o));
            let function = uri.and_then(|uri| function_of(graph, uri));
            // What answers to a browser's question about other origins is no route of the application.
            if *method == "OPTIONS" && function.is_none() {
                continue;
            }
            let (method, path) = ((*method).to_owned(), path.to_string());
            routes.push(Route { api: api.clone(), method, path, function });
        }
    }
}

fn integration_uri(operation: &Map) -> Option<&Expr> {
    operation.get("x-amazon-apigateway-integration")?.as_map()?.get("uri")
}

/// A method of a REST API that is a resource of its own; its path is made of its parents' parts.
fn method(graph: &ResourceGraph, resource: &Resource) -> Option<Route> {
    let api = first_of(graph, resource.property("RestApiId")?, |t| t == "AWS::ApiGateway::RestApi")?;
    let method = resource.property("HttpMethod")?.as_str()?.to_uppercase();
    let uri = resource.property("Integration").and_then(|i| i.as_map()?.get("Uri"));
    let function = uri.and_then(|uri| function_of(graph, uri));
    if method == "OPTIONS" && function.is_none() {
        return None;
    }
    let is_resource = |t: &str| t == "AWS::ApiGateway::Resource";
    let mut parts = Vec::new();
    let mut at = resource.property("ResourceId").and_then(|r| first_of(graph, r, is_resource));
    // A chain of parents is no longer than the template, even where it leads round.
    while let Some(parent) = at.as_deref().and_then(|id| graph.resources.get(id)) {
        parts.push(parent.property("PathPart").and_then(Expr::as_str).unwrap_or("{…}"));
        if parts.len() > graph.resources.len() {
            break;
        }
        at = parent.property("ParentId").and_then(|p| first_of(graph, p, is_resource));
    }
    parts.reverse();
    Some(Route { api, method, path: format!("/{}", parts.join("/")), function })
}

/// A route of an HTTP or WebSocket API that is a resource of its own: `GET /orders`, `$default`.
fn route(graph: &ResourceGraph, resource: &Resource) -> Option<Route> {
    let api = first_of(graph, resource.property("ApiId")?, |t| t == "AWS::ApiGatewayV2::Api")?;
    let key = resource.property("RouteKey")?.as_str()?;
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    let integration = resource
        .property("Target")
        .and_then(|t| first_of(graph, t, |t| t == "AWS::ApiGatewayV2::Integration"))
        .and_then(|id| graph.resources.get(&id));
    let function =
        integration.and_then(|i| i.property("IntegrationUri")).and_then(|uri| function_of(graph, uri));
    Some(Route { api, method: method.to_uppercase(), path: path.to_owned(), function })
}
