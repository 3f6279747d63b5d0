//! Where each resource of a document comes from.

use samc_base::SourceMap;
use samc_ir::{Expr, JsonStyle, Map, ResourceGraph};

/// `source-map.json`: by logical id, the name of the file, line, column and path of the construct.
pub(crate) fn write(graph: &ResourceGraph, sources: &SourceMap) -> String {
    let mut resources = Map::new();
    for (id, resource) in &graph.resources {
        let mut entry = Map::new();
        if let Some(span) = resource.origin.key_span.or(resource.origin.span) {
            let file = sources.file(span.file);
            let at = file.line_column(span.start);
            entry.insert("file", base_name(file.name()));
            entry.insert("line", at.line);
            entry.insert("column", at.column);
        }
        entry.insert("path", resource.origin.path.as_str());
        resources.insert(id.shared(), entry);
    }
    let mut text = Expr::from([("resources", resources)]).to_json(JsonStyle::PRETTY);
    text.push('\n');
    text
}

/// The name of a file without its folders: output is the same wherever the input lies.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
