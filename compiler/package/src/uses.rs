//! Where a graph names local code.

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

/// Every use, in the order of the graph.
pub(crate) fn uses(graph: &ResourceGraph) -> Vec<Use> {
    let mut found = Vec::new();
    for (id, resource) in &graph.resources {
        let Some(properties) = resource.properties_map() else { continue };
        let recipe = recipe::of(resource);
        for entry in properties.entries() {
            entry.value.walk(&mut |expr| {
                if let Kind::Asset(asset) = &expr.kind {
                    found.push(Use {
                        resource: id.clone(),
                        source: resource.origin.source.clone(),
                        path: asset.path.to_string(),
                        kind: asset.kind,
                        recipe: recipe.clone(),
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
