//! Where a graph names local code.

use std::path::Path;

use samc_base::{LogicalId, Span};
use samc_ir::{AssetKind, Expr, Kind, Resource, ResourceGraph};

use crate::recipe::{self, Recipe};

/// One place that names local code.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// The resource it stands in.
    pub(crate) resource: LogicalId,
    /// What the author called it, where that is another name.
    pub(crate) source: Option<LogicalId>,
    /// The path as written.
    pub(crate) path: String,
    /// How the resource takes it.
    pub(crate) kind: AssetKind,
    /// What is done to it before it is packed.
    pub(crate) recipe: Recipe,
    /// Where it is written.
    pub(crate) span: Option<Span>,
    /// The property it stands in, at the top level of the properties.
    pub(crate) property: String,
}

/// Every use, in the order of the graph. Where a folder is given that paths are relative to, code that is not
/// complete is found out.
pub(crate) fn uses(graph: &ResourceGraph, root: Option<&Path>) -> Vec<Use> {
    let mut found = Vec::new();
    for (id, resource) in &graph.resources {
        let Some(properties) = resource.properties_map() else { continue };
        let name = resource.origin.source.as_ref().unwrap_or(id);
        for entry in properties.entries() {
            entry.value.walk(&mut |expr| {
                if let Kind::Asset(asset) = &expr.kind {
                    let code = root.map(|root| root.join(&*asset.path));
                    let recipe = recipe::of(resource, name.as_str(), asset.kind, code.as_deref());
                    found.push(Use {
                        resource: id.clone(),
                        source: resource.origin.source.clone(),
                        path: asset.path.to_string(),
                        kind: asset.kind,
                        recipe,
                        span: expr.span.or(entry.value.span).or(entry.key_span).or(resource.origin.key_span),
                        property: entry.key.to_string(),
                    });
                }
            });
        }
    }
    found
}

/// The layers of a function that the same graph makes.
pub(crate) fn layers_of(function: &Resource) -> Vec<&str> {
    let Some(layers) = function.property("Layers").and_then(Expr::as_list) else {
        return Vec::new();
    };
    layers.iter().filter_map(Expr::as_ref_to).collect()
}
