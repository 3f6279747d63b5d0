//! The path of keys for findings that were made where no path was at hand.

use samc_base::{Diagnostics, Span};
use samc_syntax::{Document, Node, NodeKind};

/// Gives each finding that has a place and no path the path of the innermost value at that place.
pub(crate) fn fill(diagnostics: &mut Diagnostics, document: &Document) {
    for finding in diagnostics.iter_mut().filter(|f| f.path.is_none()) {
        if let Some(span) = finding.span().filter(|span| span.file == document.file) {
            finding.path = Some(path_of(document, span));
        }
    }
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
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&entry.key);
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
