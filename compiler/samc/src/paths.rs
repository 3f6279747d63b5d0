//! The path of keys for findings that were made where no path was at hand.

use samc_base::{Diagnostics, Span};
use samc_schema::metadata::Form;
use samc_syntax::{Document, Node, NodeKind};

/// Gives each finding that has a place and no path the path of the innermost value at that place.
pub(crate) fn fill(diagnostics: &mut Diagnostics, document: &Document) {
    for finding in diagnostics.iter_mut().filter(|f| f.path.is_none()) {
        let Some(span) = finding.span() else { continue };
        finding.path = if span.file == document.file {
            Some(path_of(document, span))
        } else {
            // An included file is a part of the tree; any other file has no paths in it.
            let mut path = String::new();
            part_of(&document.root, span, &mut path).map(|part| {
                let mut node = part;
                while let Some(inner) = step(node, span, &mut path) {
                    node = inner;
                }
                path
            })
        };
    }
}

/// Gives findings about what a document became the path of what it is made from: rules see resources, and say
/// `Resources.JobsQueue`, where the author wrote `queues.jobs`.
pub(crate) fn of_source(diagnostics: &mut Diagnostics, document: &Document) {
    if Form::of(&document.root) == Form::Template {
        return;
    }
    for finding in diagnostics.iter_mut() {
        let is_made = finding.path.as_deref().is_some_and(|path| path.starts_with("Resources."));
        if is_made && finding.span().is_some_and(|span| span.file == document.file) {
            finding.path = None;
        }
    }
    fill(diagnostics, document);
}

/// Such as `Resources.Fn.Properties.Layers[0]`; empty for what lies in no value of the top level.
fn path_of(document: &Document, span: Span) -> String {
    let mut path = String::new();
    let mut node = &document.root;
    while let Some(inner) = step(node, span, &mut path) {
        node = inner;
    }
    path
}

/// The outermost node of another file that holds a place, and the path to it.
fn part_of<'n>(node: &'n Node, span: Span, path: &mut String) -> Option<&'n Node> {
    if node.span.contains(span) {
        return Some(node);
    }
    let length = path.len();
    match &node.kind {
        NodeKind::Scalar(_) => None,
        NodeKind::Sequence(items) => items.iter().enumerate().find_map(|(index, item)| {
            path.truncate(length);
            path.push_str(&format!("[{index}]"));
            part_of(item, span, path)
        }),
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| {
            path.truncate(length);
            push_key(path, &entry.key);
            // Keys of an included file may stand beside those of the file that includes it.
            let own = entry.key_span.contains(span).then_some(&entry.value);
            own.or_else(|| part_of(&entry.value, span, path))
        }),
    }
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

fn step<'n>(node: &'n Node, span: Span, path: &mut String) -> Option<&'n Node> {
    match &node.kind {
        NodeKind::Scalar(_) => None,
        NodeKind::Sequence(items) => {
            let index = items.iter().position(|item| item.span.contains(span))?;
            path.push_str(&format!("[{index}]"));
            items.get(index)
        }
        NodeKind::Mapping(entries) => {
            let entry = entries.iter().find(|e| e.key_span.to(e.value.span).contains(span))?;
            push_key(path, &entry.key);
            Some(&entry.value)
        }
    }
}

#[cfg(test)]
mod tests {
    use samc_base::{Diagnostics, SourceMap, Span};
    use samc_syntax::{ParseOptions, parse};

    #[test]
    fn a_place_has_the_path_of_its_value() {
        let text = "a: &x\n  b: [1, {c: d}]\ne: *x\n";
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", text);
        let document = parse(sources.file(file), &ParseOptions::default(), &mut Diagnostics::default());
        let path = |part: &str| {
            let start = text.find(part).unwrap_or_default() as u32;
            super::path_of(&document, Span::new(file, start, start + 1))
        };
        assert_eq!([path("d}"), path("b:"), path("1"), path("e:")], ["a.b[1].c", "a.b", "a.b[0]", "e"]);
    }
}
