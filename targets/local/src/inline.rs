//! Code that stands in the template itself, as files.

use samc_ir::{Expr, Resource, ResourceGraph};
use samc_target::Artifact;

/// The folder of a function whose code stands in the template.
pub(crate) fn folder(id: &str, resource: &Resource) -> Option<String> {
    text(resource).map(|_| format!("inline/{id}"))
}

/// A file for each function whose code stands in the template.
pub(crate) fn files(graph: &ResourceGraph) -> Vec<Artifact> {
    let file = |(id, resource): (&samc_base::LogicalId, &Resource)| {
        let code = text(resource)?;
        let runtime = resource.property("Runtime").and_then(Expr::as_str).unwrap_or_default();
        // Lambda calls the file `index`, whatever the handler says before its dot. Source: AWS::Lambda::Function
        // Code, property ZipFile.
        let name = if runtime.starts_with("python") { "index.py" } else { "index.js" };
        Some(Artifact { path: format!("inline/{id}/{name}"), contents: code.as_bytes().to_vec() })
    };
    graph.resources.iter().filter_map(file).collect()
}

fn text(resource: &Resource) -> Option<&str> {
    if resource.resource_type != *crate::functions::FUNCTION {
        return None;
    }
    resource.property("Code")?.as_map()?.get("ZipFile")?.as_str()
}
