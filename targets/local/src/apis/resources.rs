//! Routes and authorizers that are resources of their own.

use samc_ir::{Expr, Map, Resource};
use samc_schema::manifest::{Api, ApiKind, Authorizer, Route};

use super::elsewhere::Named;
use super::{Integration, authorizers, route};
use crate::world::{World, resource_of};

/// Adds the methods, routes and authorizers that name an API.
pub(super) fn read(world: &World<'_>, named: &Named, api: &mut Api) {
    let of = |properties: &Map, key: &str| Named::of(world, properties, key).as_ref() == Some(named);
    for (own, resource) in &world.graph.resources {
        let Some(properties) = resource.properties_map().filter(|_| world.is_there(own)) else { continue };
        let key = match &*resource.resource_type {
            "AWS::ApiGateway::Authorizer" => "RestApiId",
            "AWS::ApiGatewayV2::Authorizer" => "ApiId",
            _ => continue,
        };
        if of(properties, key)
            && let Some(found) = authorizers::of_resource(world, properties, api.kind)
        {
            api.authorizers.insert(own.to_string(), found);
        }
    }
    for (own, resource) in &world.graph.resources {
        let Some(properties) = resource.properties_map().filter(|_| world.is_there(own)) else { continue };
        let found = match &*resource.resource_type {
            "AWS::ApiGateway::Method" if of(properties, "RestApiId") => {
                method(world, properties, resource.origin.route.as_deref())
            }
            "AWS::ApiGatewayV2::Route" if of(properties, "ApiId") => key(world, properties, api.kind),
            _ => continue,
        };
        if let Some(mut found) = found {
            found.answers = api.kind == ApiKind::WebSocket && answers(world, own);
            secure(world, properties, &mut found, api);
            api.routes.push(found);
        }
    }
}

/// A method of a REST API; its path is made of its parents' parts, unless the front end knows of parents that are
/// of another stack. Where nobody does, the root is taken to be above.
fn method(world: &World<'_>, properties: &Map, path: Option<&str>) -> Option<Route> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => path_of(world, properties)?,
    };
    let method = world.property(properties, "HttpMethod")?.to_uppercase();
    let mut found = route(&method, &path, ApiKind::Rest);
    let map = properties.get("Integration").and_then(|i| world.chosen(i)?.as_map());
    integrate(world, map, "Type", &mut found, ApiKind::Rest);
    found.api_key = world.flag(properties, "ApiKeyRequired");
    Some(found)
}

/// The path of a method, by its resource and those above it.
fn path_of(world: &World<'_>, properties: &Map) -> Option<String> {
    let is_resource = ["AWS::ApiGateway::Resource"];
    let mut parts = Vec::new();
    let mut at = properties.get("ResourceId").and_then(|r| resource_of(world.graph, r, &is_resource));
    // A chain of parents is no longer than the template, even where it leads round.
    while let Some(parent) = at.as_deref().and_then(|id| world.graph.resources.get(id)) {
        parts.push(world.property(parent.properties_map()?, "PathPart")?);
        if parts.len() > world.graph.resources.len() {
            return None;
        }
        at = parent.property("ParentId").and_then(|p| resource_of(world.graph, p, &is_resource));
    }
    parts.reverse();
    Some(format!("/{}", parts.join("/")))
}

/// A route of an HTTP or WebSocket API: `GET /orders`, `$default`, `$connect`.
fn key(world: &World<'_>, properties: &Map, kind: ApiKind) -> Option<Route> {
    let key = world.property(properties, "RouteKey")?;
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", &key));
    let mut found = route(&method.to_uppercase(), path, kind);
    let integration: Option<&Resource> = properties
        .get("Target")
        .and_then(|t| resource_of(world.graph, t, &["AWS::ApiGatewayV2::Integration"]))
        .and_then(|id| world.graph.resources.get(&id));
    let map = integration.and_then(Resource::properties_map);
    integrate(world, map, "IntegrationType", &mut found, kind);
    Some(found)
}

/// Whether the client of a WebSocket gets what the function answers: the route has a route response. The
/// expression that selects one has a single value, `$default`, and makes none by itself.
///
/// Source: "Set up route responses for WebSocket APIs" in the guide of API Gateway.
fn answers(world: &World<'_>, id: &str) -> bool {
    let is_of = |resource: &Resource| {
        resource.resource_type == *"AWS::ApiGatewayV2::RouteResponse"
            && resource
                .property("RouteId")
                .and_then(|route| resource_of(world.graph, route, &["AWS::ApiGatewayV2::Route"]))
                .is_some_and(|route| *route == *id)
    };
    world.graph.resources.iter().any(|(own, resource)| world.is_there(own) && is_of(resource))
}

fn integrate(world: &World<'_>, map: Option<&Map>, type_key: &str, found: &mut Route, kind: ApiKind) {
    match map {
        Some(map) => {
            let kind_of_it = world.property(map, type_key).unwrap_or_default();
            Integration { kind: kind_of_it, map, is_open_api: false }.apply(world, found, kind);
        }
        None => found.unsupported = Some("nothing answers it: it has no integration".to_owned()),
    }
}

/// Says who may call a route.
fn secure(world: &World<'_>, properties: &Map, found: &mut Route, api: &mut Api) {
    let named = properties.get("AuthorizerId").and_then(|a: &Expr| {
        resource_of(world.graph, a, &["AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"])
    });
    match world.property(properties, "AuthorizationType").as_deref() {
        Some("AWS_IAM") => {
            api.authorizers.entry("AWS_IAM".to_owned()).or_insert(Authorizer::Iam {});
            found.authorizer = Some("AWS_IAM".to_owned());
        }
        None | Some("NONE") => {}
        Some(_) => {
            found.authorizer = named.map(|id| id.to_string()).filter(|id| api.authorizers.contains_key(id))
        }
    }
    let scopes = world.texts(properties, "AuthorizationScopes");
    found.scopes = if scopes.is_empty() { std::mem::take(&mut found.scopes) } else { scopes };
}
