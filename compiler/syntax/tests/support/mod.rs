//! Showing what was read.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod values;

use std::fmt::Write;

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Node, NodeKind, ParseOptions, parse};

/// Reads a text and says everything about it: the tree as indented lines of kind, tag and the text under each span, then aliases and findings.
pub fn show(text: &str) -> String {
    let file = SourceFile::new(FileId(0), "t.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let mut out = String::new();
    show_node(&file, &document.root, 0, &mut out);
    for alias in &document.aliases {
        let _ = writeln!(out, "alias {:?} of {:?}", file.slice(alias.alias), file.slice(alias.target));
    }
    out + &findings(&file, diagnostics)
}

/// Every finding with its labels and help.
pub fn findings(file: &SourceFile, diagnostics: Diagnostics) -> String {
    let mut out = String::new();
    for d in diagnostics.finish() {
        let _ = writeln!(out, "{} {}", d.code(), d.message);
        for label in d.primary.iter().chain(&d.labels) {
            let place = file.line_column(label.span.start);
            let _ = writeln!(
                out,
                "  {}:{} {:?} {}",
                place.line,
                place.column,
                file.slice(label.span),
                label.message
            );
        }
    }
    out
}

fn show_node(file: &SourceFile, node: &Node, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    if let Some(tag) = &node.tag {
        let _ = writeln!(out, "{pad}tag {} {:?}", tag.text, file.slice(tag.span));
    }
    match &node.kind {
        NodeKind::Scalar(s) => {
            let _ = writeln!(
                out,
                "{pad}{:?} {:?} @{} {:?}",
                s.style,
                s.text,
                node.span.start,
                file.slice(node.span)
            );
        }
        NodeKind::Sequence(items) => {
            let _ = writeln!(out, "{pad}seq @{} {:?}", node.span.start, file.slice(node.span));
            for item in items {
                show_node(file, item, depth + 1, out);
            }
        }
        NodeKind::Mapping(entries) => {
            let _ = writeln!(out, "{pad}map @{} {:?}", node.span.start, file.slice(node.span));
            for e in entries {
                let _ = writeln!(out, "{pad}- {:?} {:?} {:?}", e.key, e.key_style, file.slice(e.key_span));
                show_node(file, &e.value, depth + 1, out);
            }
        }
    }
}
