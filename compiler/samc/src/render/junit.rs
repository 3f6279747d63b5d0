//! JUnit's XML, which build servers show as tests: a finding is a test that failed. Source: the form that
//! Apache Ant's JUnit task writes.

use std::fmt::Write;

use samc_base::{Diagnostic, Severity};

use super::{Part, concise};

pub(super) fn render(parts: &[Part<'_>]) -> String {
    let mut suites = String::new();
    let (mut all, mut failed) = (0, 0);
    for part in parts {
        let mut cases = String::new();
        let failures = part.diagnostics.iter().filter(|d| d.severity != Severity::Info).count();
        for finding in part.diagnostics {
            case(&mut cases, finding, part);
        }
        if part.diagnostics.is_empty() {
            let _ = writeln!(cases, "    <testcase classname=\"{}\" name=\"no findings\"/>", text(part.name));
        }
        let tests = part.diagnostics.len().max(1);
        let _ = write!(
            suites,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n{cases}  </testsuite>\n",
            text(part.name)
        );
        all += tests;
        failed += failures;
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"samc\" tests=\"{all}\" failures=\"{failed}\">\n{suites}</testsuites>\n"
    )
}

fn case(out: &mut String, finding: &Diagnostic, part: &Part<'_>) {
    let about = finding.resource.as_deref().or(finding.path.as_deref()).unwrap_or("the whole");
    let name = format!("{} {} of {about}", finding.code().id(), finding.code().name());
    let line = concise::render(std::slice::from_ref(finding), part.sources);
    let help = finding.help.as_deref().unwrap_or_default();
    let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", text(part.name), text(&name));
    let _ = match finding.severity {
        Severity::Info => writeln!(out, "      <system-out>{}</system-out>", text(&format!("{line}{help}"))),
        Severity::Error | Severity::Warning => writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            finding.severity.as_str(),
            text(&finding.message),
            text(&format!("{line}{help}"))
        ),
    };
    out.push_str("    </testcase>\n");
}

/// Text in XML 1.0, which has no place for most control characters.
fn text(given: &str) -> String {
    let mut out = String::with_capacity(given.len());
    for c in given.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
