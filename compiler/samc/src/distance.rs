//! Findings whose place is not where the resource is written: how the value came there.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostics, Label, SourceMap, Span};
use samc_ir::ResourceGraph;
use samc_syntax::Document;

/// How many places are shown that take over a value with a fault.
const SHOWN: usize = 3;

/// Adds a second label to each finding about a value that reached its resource from elsewhere in
/// the file: through an alias, a variable or a section such as Globals. Where one value reaches many
/// resources its fault is told once, with a label for the first of them.
pub(crate) fn explain(
    diagnostics: &mut Diagnostics,
    document: &Document,
    graph: Option<&ResourceGraph>,
    sources: &SourceMap,
) {
    let places = places(document, graph);
    let mut told: FxHashMap<(&str, Span, String), Vec<Label>> = FxHashMap::default();
    let mut repeated = Vec::new();
    for (index, finding) in diagnostics.iter_mut().enumerate() {
        let Some(primary) = &finding.primary else { continue };
        let Some(name) = finding.resource.as_deref() else { continue };
        let Some((whole, key)) = places.get(name).copied() else { continue };
        if whole.contains(primary.span) {
            continue;
        }
        if let [used] = finding.labels.as_mut_slice() {
            // The variable says more than the name of the resource that it stands in.
            let variable = variable(document, whole, primary.span, sources);
            if let Some(variable) = variable.filter(|_| Some(used.span) == key) {
                *used = Label { span: variable, message: format!("this variable brings it into {name}") };
            }
        }
        if !finding.labels.is_empty() {
            continue;
        }
        let Some(label) = arrival(document, name, whole, key, primary.span, sources) else { continue };
        let same = (finding.code().id(), primary.span, primary.message.clone());
        let labels = told.entry(same).or_default();
        if !labels.is_empty() {
            repeated.push(index);
        }
        labels.push(label);
    }
    if told.is_empty() {
        return;
    }
    let mut index = 0;
    diagnostics.retain(|_| {
        index += 1;
        repeated.binary_search(&(index - 1)).is_err()
    });
    for finding in diagnostics.iter_mut().filter(|f| f.labels.is_empty()) {
        let Some(primary) = &finding.primary else { continue };
        let same = (finding.code().id(), primary.span, primary.message.clone());
        if let Some(labels) = told.remove(&same) {
            finding.labels = few(labels);
        }
    }
}

/// The whole of each resource and its key, by the name the author gave it.
fn places<'a>(
    document: &'a Document,
    graph: Option<&'a ResourceGraph>,
) -> FxHashMap<&'a str, (Span, Option<Span>)> {
    let mut places = FxHashMap::default();
    let resources = document.root.get("Resources").and_then(|r| r.as_mapping()).unwrap_or_default();
    for entry in resources {
        places.insert(&*entry.key, (entry.key_span.to(entry.value.span), Some(entry.key_span)));
    }
    for resource in graph.into_iter().flat_map(|g| g.resources.values()) {
        if let (Some(source), Some(span)) = (&resource.origin.source, resource.origin.span) {
            places.entry(source.as_str()).or_insert((span, resource.origin.key_span));
        }
    }
    places
}

/// The variable of a serverless.yml by which a value from elsewhere enters a resource.
fn variable(document: &Document, whole: Span, primary: Span, sources: &SourceMap) -> Option<Span> {
    let alias = document.aliases.iter().find(|a| whole.contains(a.alias) && a.target.contains(primary))?;
    sources.slice(alias.alias).contains("${").then_some(alias.alias)
}

/// Where a value from elsewhere enters a resource.
fn arrival(
    document: &Document,
    name: &str,
    whole: Span,
    key: Option<Span>,
    primary: Span,
    sources: &SourceMap,
) -> Option<Label> {
    let alias = document.aliases.iter().find(|a| whole.contains(a.alias) && a.target.contains(primary));
    match (alias, key) {
        (Some(alias), _) => {
            let variable = variable(document, whole, primary, sources);
            let what = if variable.is_some() { "variable" } else { "alias" };
            Some(Label { span: alias.alias, message: format!("this {what} brings it into {name}") })
        }
        (None, Some(key)) => Some(Label { span: key, message: format!("{name} takes it from there") }),
        (None, None) => None,
    }
}

/// The first labels, the last of them saying how many more there are.
fn few(mut labels: Vec<Label>) -> Vec<Label> {
    let more = labels.len().saturating_sub(SHOWN);
    labels.truncate(SHOWN);
    if let Some(last) = labels.last_mut().filter(|_| more > 0) {
        last.message.push_str(&format!(" ({more} more like this)"));
    }
    labels
}
