//! APIs of other stacks: those whose routes stand in this one, and which are imported, given by a parameter or written
//! out by their id.

use indexmap::IndexMap;
use samc_base::LogicalId;
use samc_ir::{Expr, Function, Map};
use samc_schema::manifest::{Api, ApiKind};

use super::{empty, resources, stage, web_socket};
use crate::world::{World, resource_of};

/// The API that a resource is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// One of this template.
    Here(LogicalId),
    /// One of another stack, by what it is known by here.
    Elsewhere(String),
}

impl Named {
    /// The API that a property names; none where nothing can be said of it.
    pub(super) fn of(world: &World<'_>, properties: &Map, key: &str) -> Option<Named> {
        let value = world.chosen(properties.get(key)?)?;
        let here = resource_of(world.graph, value, &["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"]);
        here.map(Named::Here).or_else(|| known_by(world, value).map(Named::Elsewhere))
    }
}

/// What an API is known by: the name of the export, of the parameter or of the output, or its id.
fn known_by(world: &World<'_>, value: &Expr) -> Option<String> {
    if let Some(name) = value.as_ref_to() {
        return Some(name.to_owned());
    }
    if let Some((resource, attribute)) = value.as_get_att() {
        return Some(format!("{resource}.{attribute}"));
    }
    match value.as_call() {
        Some((Function::ImportValue, export)) => {
            let name = world.text(export).ok().flatten();
            name.or_else(|| export.as_sub().map(|(template, _)| template.to_owned()))
        }
        Some(_) => world.text(value).ok().flatten(),
        None => value.as_str().map(str::to_owned),
    }
}

/// Adds an API for each of another stack that has a route here.
pub(super) fn add(world: &World<'_>, apis: &mut IndexMap<String, Api>) {
    for (name, kind) in all(world) {
        let mut api = empty(&name, kind);
        api.elsewhere = true;
        if kind == ApiKind::WebSocket {
            api.web_socket = Some(web_socket(None));
        }
        let named = Named::Elsewhere(name.clone());
        stage(world, &named, &mut api);
        resources::read(world, &named, &mut api);
        let mut id = name;
        while apis.contains_key(&id) {
            id.push_str("-elsewhere");
        }
        apis.insert(id, api);
    }
}

/// The APIs of other stacks, each once, in the order of the graph.
fn all(world: &World<'_>) -> IndexMap<String, ApiKind> {
    let mut found: IndexMap<String, ApiKind> = IndexMap::new();
    for (own, resource) in &world.graph.resources {
        let Some(properties) = resource.properties_map().filter(|_| world.is_there(own)) else { continue };
        let (key, kind) = match &*resource.resource_type {
            "AWS::ApiGateway::Method" => ("RestApiId", ApiKind::Rest),
            "AWS::ApiGatewayV2::Route" => {
                // Routes of HTTP APIs are a method and a path; both kinds have `$default`.
                let route = world.property(properties, "RouteKey").unwrap_or_default();
                let is_http = route == "$default" || route.contains(' ');
                ("ApiId", if is_http { ApiKind::Http } else { ApiKind::WebSocket })
            }
            _ => continue,
        };
        if let Some(Named::Elsewhere(name)) = Named::of(world, properties, key) {
            let so_far = found.entry(name).or_insert(kind);
            if kind == ApiKind::WebSocket {
                *so_far = kind;
            }
        }
    }
    found
}
