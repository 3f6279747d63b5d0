//! GitLab's code quality report. Source: GitLab documentation, "Code Quality", code quality report format.

use samc_base::{Diagnostic, Severity, SourceMap};
use serde_json::{Value, json};
use sha1::Digest;

use super::Part;

pub(super) fn render(parts: &[Part<'_>]) -> String {
    let issues: Vec<Value> =
        parts.iter().flat_map(|part| part.diagnostics.iter().map(|d| issue(d, part.sources))).collect();
    format!("{:#}\n", Value::from(issues))
}

fn issue(finding: &Diagnostic, sources: &SourceMap) -> Value {
    let (file, line) = finding.span().map_or(("", 1), |span| {
        let file = sources.file(span.file);
        (file.name(), file.line_column(span.start).line)
    });
    // The same finding keeps its fingerprint while lines move.
    let about = format!(
        "{} {file} {} {} {}",
        finding.code().id(),
        finding.resource.as_deref().unwrap_or_default(),
        finding.path.as_deref().unwrap_or_default(),
        finding.message
    );
    let digest = sha1::Sha1::digest(about.as_bytes());
    let fingerprint: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "description": finding.message,
        "check_name": format!("{} {}", finding.code().id(), finding.code().name()),
        "fingerprint": fingerprint,
        "severity": match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        "location": {"path": file, "lines": {"begin": line}},
    })
}
