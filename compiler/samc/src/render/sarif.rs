//! SARIF 2.1.0, as code-scanning services read it. Source: OASIS, "Static Analysis Results Interchange
//! Format (SARIF) Version 2.1.0".

use std::collections::BTreeMap;

use samc_base::{Applicability, Diagnostic, Label, Severity, SourceMap, Span};
use serde_json::{Value, json};

use super::Part;
use crate::explain;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(parts: &[Part<'_>]) -> String {
    // Rules in the order of their codes, so that the document depends on nothing but its findings.
    let codes: BTreeMap<&str, &Diagnostic> =
        parts.iter().flat_map(|p| p.diagnostics).map(|d| (d.code().id(), d)).collect();
    let rules: Vec<Value> = codes.iter().map(|(id, finding)| rule(id, finding)).collect();
    let index = |id: &str| codes.keys().position(|known| *known == id);
    let results: Vec<Value> = parts
        .iter()
        .flat_map(|part| part.diagnostics.iter().map(|d| result(d, part.sources, index(d.code().id()))))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "samc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            // Columns of samc count characters, not units of UTF-16.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// What a code is about, from its page.
fn rule(id: &str, finding: &Diagnostic) -> Value {
    let page = explain::page(id).unwrap_or_default();
    let about: String = page
        .lines()
        .skip(1)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let name = finding.code().name();
    let about = if about.is_empty() { name.to_owned() } else { about };
    // A rule of one's own has no page but what its author says.
    let own = finding.help.clone().unwrap_or_else(|| about.clone());
    let page = if page.is_empty() { own.as_str() } else { page };
    let mut rule = json!({
        "id": id,
        "name": name,
        "shortDescription": {"text": name.replace('-', " ")},
        "fullDescription": {"text": about},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(finding.severity)},
        "properties": {"tags": [crate::rules::category(finding.code())]},
    });
    if let Some(url) = &finding.url {
        rule["helpUri"] = url.as_str().into();
    }
    rule
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(finding: &Diagnostic, sources: &SourceMap, index: Option<usize>) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str(". ");
        text.push_str(help);
    }
    let mut result = json!({
        "ruleId": finding.code().id(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": finding.primary.iter().map(|l| location(l, finding, sources)).collect::<Vec<_>>(),
    });
    if let Some(index) = index {
        result["ruleIndex"] = index.into();
    }
    let related: Vec<Value> = finding.labels.iter().map(|l| related(l, sources)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    let fixes: Vec<Value> = finding
        .fixes
        .iter()
        .filter(|f| f.applicability == Applicability::Safe)
        .map(|f| fix(f, sources))
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    // What the finding is about keeps it the same while lines move.
    let place = finding.span().map_or("", |span| sources.file(span.file).name());
    let about =
        [place, finding.resource.as_deref().unwrap_or(""), finding.path.as_deref().unwrap_or("")].join(" ");
    result["partialFingerprints"] =
        json!({"samc/v1": format!("{} {about} {}", finding.code().id(), finding.message)});
    result
}

fn location(label: &Label, finding: &Diagnostic, sources: &SourceMap) -> Value {
    let mut location = json!({"physicalLocation": physical(label.span, sources)});
    if let Some(path) = &finding.path {
        location["logicalLocations"] = json!([{"fullyQualifiedName": path}]);
    }
    location
}

fn related(label: &Label, sources: &SourceMap) -> Value {
    let mut location = json!({"physicalLocation": physical(label.span, sources)});
    if !label.message.is_empty() {
        location["message"] = json!({"text": label.message});
    }
    location
}

fn physical(span: Span, sources: &SourceMap) -> Value {
    json!({"artifactLocation": {"uri": uri(sources.file(span.file).name())}, "region": region(span, sources)})
}

fn region(span: Span, sources: &SourceMap) -> Value {
    let file = sources.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn fix(fix: &samc_base::Fix, sources: &SourceMap) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "artifactLocation": {"uri": uri(sources.file(edit.span.file).name())},
                "replacements": [{
                    "deletedRegion": region(edit.span, sources),
                    "insertedContent": {"text": edit.text},
                }],
            })
        })
        .collect();
    json!({"description": {"text": fix.message}, "artifactChanges": changes})
}

/// A path as a reference: what is no letter of a URI is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
