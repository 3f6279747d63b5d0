//! TOML as the tree that YAML is read into, so that one reader serves both forms of samconfig.

use std::ops::Range;

use samc_base::{Diagnostic, Diagnostics, SourceFile, Span, codes};
use samc_syntax::{Entry, Node, NodeKind, Scalar, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a file. Every fault of its form is told; none where there was one.
pub(super) fn parse(file: &SourceFile, diagnostics: &mut Diagnostics) -> Option<Node> {
    let (table, faults) = DeTable::parse_recoverable(file.text());
    for fault in &faults {
        let range = fault.span().unwrap_or(0..1);
        diagnostics.push(
            Diagnostic::error(
                codes::MALFORMED_CONFIG,
                format!("{} is not TOML: {}", file.name(), fault.message()),
            )
            .at(span(file, &range), "cannot be read from here on"),
        );
    }
    faults.is_empty().then(|| Node {
        span: span(file, &(0..file.text().len())),
        tag: None,
        kind: entries(file, table.get_ref()),
    })
}

fn span(file: &SourceFile, range: &Range<usize>) -> Span {
    Span::new(file.id(), range.start as u32, range.end as u32)
}

fn entries(file: &SourceFile, table: &DeTable<'_>) -> NodeKind {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: (&**key.get_ref()).into(),
            key_span: span(file, &key.span()),
            key_style: Style::Plain,
            value: node(file, value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span);
    NodeKind::Mapping(entries)
}

fn node(file: &SourceFile, value: &Spanned<DeValue<'_>>) -> Node {
    let text = |text: &str, style| NodeKind::Scalar(Scalar { text: text.into(), style });
    let kind = match value.get_ref() {
        DeValue::String(string) => text(string, Style::DoubleQuoted),
        DeValue::Integer(number) => text(number.as_str(), Style::Plain),
        DeValue::Float(number) => text(number.as_str(), Style::Plain),
        DeValue::Boolean(truth) => text(if *truth { "true" } else { "false" }, Style::Plain),
        DeValue::Datetime(time) => text(&time.to_string(), Style::Plain),
        DeValue::Array(items) => NodeKind::Sequence(items.iter().map(|item| node(file, item)).collect()),
        DeValue::Table(table) => entries(file, table),
    };
    Node { span: span(file, &value.span()), tag: None, kind }
}
