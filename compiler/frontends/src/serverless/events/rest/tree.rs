//! The tree of resources: one for each part of each path. Source: lib/resources.js of the events `api-gateway` of
//! osls 3.77.1.

use std::collections::{BTreeMap, BTreeSet};

use samc_base::codes;
use samc_ir::{Expr, Kind, Map};

use super::Api;
use super::route::{Route, trimmed};
use crate::serverless::names;
use crate::serverless::output::Output;
use crate::serverless::value::{given, is_true};

/// The ids of the resources, by path without the slashes around it.
pub(super) struct Resources {
    root: Expr,
    ids: BTreeMap<String, Expr>,
}

impl Resources {
    /// The id of the resource of a path; the root's where it was not made, which is reported.
    pub(super) fn id(&self, path: &str) -> Expr {
        self.ids.get(path).unwrap_or(&self.root).clone()
    }
}

/// Adds the resources that are not there already.
pub(super) fn lower(api: &Api<'_>, routes: &[Route<'_>], out: &mut Output<'_>) -> Resources {
    let there = predefined(api);
    let mut resources = Resources { root: api.root(), ids: there.clone() };
    // What logical ids were made for which paths, and what was reported.
    let mut made: BTreeMap<String, String> = BTreeMap::new();
    let mut reported = BTreeSet::new();
    for route in routes.iter().filter(|route| !route.path.is_empty()) {
        let mut missing = Vec::new();
        let mut at = Some(&*route.path);
        while let Some(path) = at.filter(|path| !resources.ids.contains_key(*path)) {
            missing.push(path);
            at = parent(path);
        }
        // A resource above one that is there is there as well, and has an id.
        let above = |path: &str| there.keys().any(|known| known.starts_with(&format!("{path}/")));
        if let Some(path) = missing.iter().find(|path| above(path)) {
            if reported.insert((*path).to_owned()) {
                let message = format!(
                    "the resource `/{path}` is one of the API that `restApiId` names, and its id is not said"
                );
                let help = "add its id to `provider.apiGateway.restApiResources`";
                let at = api.settings.key_span("restApiResources");
                out.error(codes::MISSING_PROPERTY, &api.origin, message, at, "an id missing", help);
            }
            continue;
        }
        for path in missing.into_iter().rev() {
            one(api, route, path, &mut resources, &mut made, out);
        }
    }
    resources
}

fn one(
    api: &Api<'_>,
    route: &Route<'_>,
    path: &str,
    resources: &mut Resources,
    made: &mut BTreeMap<String, String>,
    out: &mut Output<'_>,
) {
    let id = format!("ApiGatewayResource{}", names::path(path));
    if let Some(other) = made.insert(id.clone(), path.to_owned()) {
        let message = format!("the paths `/{other}` and `/{path}` would have one logical id, {id}");
        let help = "the framework tells paths apart by their letters and digits without regard to case; change one of the two";
        out.error(
            codes::INVALID_VALUE,
            &route.event.origin,
            message,
            route.span("path"),
            "taken already",
            help,
        );
    }
    let properties = Map::from([
        ("ParentId", parent(path).map_or_else(|| resources.root.clone(), |parent| resources.id(parent))),
        ("PathPart", path.rsplit('/').next().unwrap_or(path).into()),
        ("RestApiId", api.id()),
    ]);
    out.add(id.as_str(), "AWS::ApiGateway::Resource", properties, &route.event.origin);
    resources.ids.insert(path.to_owned(), Expr::reference(id));
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// The resources that are there: `restApiResources`, a mapping of paths to ids, or a list of both.
fn predefined(api: &Api<'_>) -> BTreeMap<String, Expr> {
    let mut ids = BTreeMap::new();
    let mut add = |path: &str, id: Option<&Expr>| {
        if let Some(id) = id.filter(|id| is_true(id)) {
            ids.insert(trimmed(path).to_owned(), id.clone());
        }
    };
    match given(api.settings, "restApiResources").map(|given| &given.kind) {
        Some(Kind::Map(map)) => map.iter().for_each(|(path, id)| add(path, Some(id))),
        Some(Kind::List(items)) => {
            for item in items.iter().filter_map(Expr::as_map) {
                if let Some(path) = item.get("path").and_then(Expr::as_str) {
                    add(path, item.get("resourceId"));
                }
            }
        }
        _ => {}
    }
    ids.remove("");
    ids
}
