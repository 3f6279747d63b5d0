//! One line a finding: `file:line:column: error[E102] message`.

use std::fmt::Write;

use samc_base::{Diagnostic, SourceMap};

use super::shown;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        if let Some(span) = finding.span() {
            let file = sources.file(span.file);
            let at = file.line_column(span.start);
            let _ = write!(out, "{}:{}:{}: ", file.name(), at.line, at.column);
        }
        let _ = writeln!(
            out,
            "{}[{}] {}",
            finding.severity.as_str(),
            finding.code(),
            shown::sentence(&finding.message)
        );
    }
    out
}
