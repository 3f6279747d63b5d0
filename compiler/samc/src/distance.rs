//! Findings whose place is not where the resource is written: how the value came there.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostic, Diagnostics, Label, Span};
use samc_ir::ResourceGraph;
use samc_syntax::Document;

/// Adds a second label to each finding about a value that reached its resource from elsewhere in
/// the file: through an alias or through a section such as Globals.
pub(crate) fn explain(diagnostics: &mut Diagnostics, document: &Document, graph: Option<&ResourceGraph>) {
    let mut written: FxHashMap<&str, (Span, Option<Span>)> = FxHashMap::default();
    let resources = document.root.get("Resources").and_then(|r| r.as_mapping()).unwrap_or_default();
    for entry in resources {
        written.insert(&entry.key, (entry.key_span.to(entry.value.span), Some(entry.key_span)));
    }
    for resource in graph.into_iter().flat_map(|g| g.resources.values()) {
        if let (Some(source), Some(span)) = (&resource.origin.source, resource.origin.span) {
            written.entry(source.as_str()).or_insert((span, resource.origin.key_span));
        }
    }
    for finding in diagnostics.iter_mut() {
        let place = finding.resource.as_deref().and_then(|name| written.get(name)).copied();
        if let (Some((whole, key)), Some(primary)) = (place, finding.span())
            && !whole.contains(primary)
            && finding.labels.is_empty()
        {
            add_label(finding, document, whole, key, primary);
        }
    }
}

fn add_label(finding: &mut Diagnostic, document: &Document, whole: Span, key: Option<Span>, primary: Span) {
    let alias = document.aliases.iter().find(|a| whole.contains(a.alias) && a.target.contains(primary));
    let name = finding.resource.clone().unwrap_or_default();
    let label = match (alias, key) {
        (Some(alias), _) => Label { span: alias.alias, message: format!("this alias brings it into {name}") },
        (None, Some(key)) => Label { span: key, message: format!("{name} takes it from there") },
        (None, None) => return,
    };
    finding.labels.push(label);
}
