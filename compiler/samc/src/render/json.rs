//! One JSON object a line, as scripts and editors read it.

use samc_base::{Applicability, Diagnostic, SourceMap, Span};
use serde::Serialize;

#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    severity: &'a str,
    code: &'a str,
    name: &'a str,
    message: &'a str,
    resource: Option<&'a str>,
    path: Option<&'a str>,
    span: Option<JsonSpan<'a>>,
    labels: Vec<JsonLabel<'a>>,
    help: Option<&'a str>,
    fixes: Vec<JsonFix<'a>>,
    url: Option<&'a str>,
}

/// Lines and columns count from 1, columns in characters; offset and length are bytes.
#[derive(Serialize)]
struct JsonSpan<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    offset: u32,
    length: u32,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    span: JsonSpan<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    message: &'a str,
    applicability: &'static str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    offset: u32,
    length: u32,
    text: &'a str,
}

pub(super) fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        // Plain structs of text and numbers always serialize.
        out.push_str(&serde_json::to_string(&object(finding, sources)).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn object<'a>(finding: &'a Diagnostic, sources: &'a SourceMap) -> JsonDiagnostic<'a> {
    let code = finding.code();
    let labelled = finding.primary.iter().filter(|l| !l.message.is_empty()).chain(&finding.labels);
    JsonDiagnostic {
        severity: finding.severity.as_str(),
        code: code.id(),
        name: code.name(),
        message: &finding.message,
        resource: finding.resource.as_deref(),
        path: finding.path.as_deref(),
        span: finding.span().map(|s| span(s, sources)),
        labels: labelled.map(|l| JsonLabel { span: span(l.span, sources), message: &l.message }).collect(),
        help: finding.help.as_deref(),
        fixes: finding
            .fixes
            .iter()
            .map(|fix| JsonFix {
                message: &fix.message,
                applicability: match fix.applicability {
                    Applicability::Safe => "safe",
                    Applicability::Unsafe => "unsafe",
                },
                edits: fix
                    .edits
                    .iter()
                    .map(|e| JsonEdit { offset: e.span.start, length: e.span.len(), text: &e.text })
                    .collect(),
            })
            .collect(),
        url: None,
    }
}

fn span(span: Span, sources: &SourceMap) -> JsonSpan<'_> {
    let file = sources.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    JsonSpan {
        file: file.name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        offset: span.start,
        length: span.len(),
    }
}
