//! One JSON object a line, as scripts and editors read it. The form is that of
//! [`samc_schema::diagnostic`].

use samc_base::{Diagnostic, SourceMap};
use samc_schema::diagnostic as form;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        // Plain structs of text and numbers always serialize.
        out.push_str(&serde_json::to_string(&object(finding, sources)).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn object<'a>(finding: &'a Diagnostic, sources: &'a SourceMap) -> form::Diagnostic<'a> {
    let code = finding.code();
    let labelled = finding.primary.iter().filter(|l| !l.message.is_empty()).chain(&finding.labels);
    form::Diagnostic {
        severity: match finding.severity {
            samc_base::Severity::Error => form::Severity::Error,
            samc_base::Severity::Warning => form::Severity::Warning,
            samc_base::Severity::Info => form::Severity::Info,
        },
        code: code.id(),
        name: code.name(),
        message: &finding.message,
        resource: finding.resource.as_deref(),
        path: finding.path.as_deref(),
        span: finding.span().map(|s| span(s, sources)),
        labels: labelled.map(|l| form::Label { span: span(l.span, sources), message: &l.message }).collect(),
        help: finding.help.as_deref(),
        fixes: finding.fixes.iter().map(fix).collect(),
        url: finding.url.as_deref(),
    }
}

fn fix(fix: &samc_base::Fix) -> form::Fix<'_> {
    form::Fix {
        message: &fix.message,
        applicability: match fix.applicability {
            samc_base::Applicability::Safe => form::Applicability::Safe,
            samc_base::Applicability::Unsafe => form::Applicability::Unsafe,
        },
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn edit(edit: &samc_base::Edit) -> form::Edit<'_> {
    form::Edit { offset: edit.span.start, length: edit.span.len(), text: &edit.text }
}

fn span(span: samc_base::Span, sources: &SourceMap) -> form::Span<'_> {
    let file = sources.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    form::Span {
        file: file.name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        offset: span.start,
        length: span.len(),
    }
}
