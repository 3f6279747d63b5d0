//! Routes out of the OpenAPI document of an API.

use samc_ir::{Expr, Map};
use samc_schema::manifest::{Api, ApiKind, Authorizer};

use super::{Integration, authorizers, cors_of, route};
use crate::world::World;

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

/// Adds what a document says to an API.
pub(super) fn read(world: &World<'_>, body: &Map, api: &mut Api) {
    authorizers::of_document(world, body, api);
    api.binary_media_types.extend(world.texts(body, "x-amazon-apigateway-binary-media-types"));
    let cors = body.get("x-amazon-apigateway-cors").and_then(|c| world.chosen(c)?.as_map());
    api.cors = cors.map(|map| cors_of(world, map));
    let default = body.get("security");
    let paths = body.get("paths").and_then(|paths| world.chosen(paths)?.as_map());
    for (path, methods) in paths.into_iter().flat_map(Map::iter) {
        let methods = world.chosen(methods).and_then(Expr::as_map);
        for (key, operation) in methods.into_iter().flat_map(Map::iter) {
            let Some((_, method)) = METHODS.iter().find(|(name, _)| key.eq_ignore_ascii_case(name)) else {
                continue;
            };
            let Some(operation) = world.chosen(operation).and_then(Expr::as_map) else { continue };
            let mut found = route(method, path, api.kind);
            match integration(world, operation) {
                Some(integration) => integration.apply(world, &mut found, api.kind),
                None => found.unsupported = Some("nothing answers it: it has no integration".to_owned()),
            }
            secure(world, operation.get("security").or(default), &mut found, api);
            api.routes.push(found);
        }
    }
}

fn integration<'e>(world: &World<'_>, operation: &'e Map) -> Option<Integration<'e>> {
    let map = world.chosen(operation.get("x-amazon-apigateway-integration")?)?.as_map()?;
    let kind = world.property(map, "type").unwrap_or_default().to_uppercase();
    Some(Integration { kind, map, is_open_api: true })
}

/// Says who may call a route: the first authorizer that its `security` names.
fn secure(world: &World<'_>, security: Option<&Expr>, route: &mut samc_schema::manifest::Route, api: &Api) {
    let list = security.and_then(|s| world.chosen(s)?.as_list()).unwrap_or_default();
    for one in list.iter().filter_map(|one| world.chosen(one)?.as_map()) {
        for (name, scopes) in one.iter() {
            if api.authorizers.contains_key(&**name) {
                let known = world.value(scopes).ok().flatten().unwrap_or_default();
                let scopes = known.as_array().into_iter().flatten();
                route.scopes = scopes.filter_map(|s| s.as_str().map(str::to_owned)).collect();
                route.authorizer = Some(name.to_string());
            } else if &**name == "api_key" && api.kind == ApiKind::Rest {
                route.api_key = true;
            }
        }
    }
    if matches!(route.authorizer.as_ref().map(|name| &api.authorizers[name]), Some(Authorizer::Iam {})) {
        route.scopes.clear();
    }
}
