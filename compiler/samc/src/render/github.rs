//! Annotations of GitHub Actions. Source: GitHub documentation, "Workflow commands for GitHub Actions".

use std::fmt::Write;

use samc_base::{Diagnostic, Severity, SourceMap};

pub(super) fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut properties = String::new();
        if let Some(span) = finding.span() {
            let file = sources.file(span.file);
            let (start, end) = (file.line_column(span.start), file.line_column(span.end));
            let _ = write!(properties, "file={},line={}", property(file.name()), start.line);
            // Columns are for places within one line.
            match start.line == end.line {
                true => {
                    let _ = write!(properties, ",col={},endColumn={}", start.column, end.column);
                }
                false => {
                    let _ = write!(properties, ",endLine={}", end.line);
                }
            }
            properties.push(',');
        }
        let title = format!("{} {}", finding.code().id(), finding.code().name());
        let mut message = finding.message.clone();
        if let Some(help) = &finding.help {
            message.push('\n');
            message.push_str(help);
        }
        let _ = writeln!(out, "::{command} {properties}title={}::{}", property(&title), data(&message));
    }
    out
}

/// A message: ends of lines are escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, in which colons and commas are escaped too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
