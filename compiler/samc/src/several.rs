//! Findings of several inputs that share a configuration: what is in the configuration is told once, and an
//! allowance of it is of use where it is in one of the runs.

use std::collections::BTreeSet;

use samc_base::{Diagnostic, Severity, SourceMap, Span, codes};

use crate::compile::Compilation;

/// The file, place, code and message of a finding: two runs number their files alike only by chance.
type Key = (String, u32, u32, &'static str, String);

fn place(span: Span, sources: &SourceMap) -> (String, u32, u32) {
    (sources.file(span.file).name().to_owned(), span.start, span.end)
}

fn key(finding: &Diagnostic, sources: &SourceMap) -> Option<Key> {
    let (file, start, end) = place(finding.span()?, sources);
    Some((file, start, end, finding.code().id(), finding.message.clone()))
}

/// Takes out of later runs what an earlier one has told of the same place, and what no longer is so when all
/// are seen together.
pub fn merge<'a>(runs: impl Iterator<Item = &'a mut Compilation>) {
    let mut runs: Vec<&mut Compilation> = runs.collect();
    if runs.len() < 2 {
        return;
    }
    let mut used = BTreeSet::new();
    for run in &runs {
        used.extend(run.allowed.iter().map(|(span, rule)| (place(*span, &run.sources), *rule)));
    }
    let mut told = BTreeSet::new();
    for run in &mut runs {
        let sources = run.sources.clone();
        run.diagnostics.retain(|finding| {
            let is_unused = finding.code() == codes::ALLOW_UNUSED;
            let place = finding.span().map(|span| place(span, &sources));
            let is_used = |place: &(String, u32, u32)| {
                used.iter().any(|(at, rule)| at == place && finding.message.starts_with(&format!("{rule} ")))
            };
            if is_unused && place.as_ref().is_some_and(is_used) {
                return false;
            }
            key(finding, &sources).is_none_or(|key| told.insert(key))
        });
        let denied = run.denied.unwrap_or(Severity::Error);
        // What was taken out may have been all that failed.
        if run.status == 1 && !run.diagnostics.iter().any(|d| d.severity >= denied) {
            run.status = 0;
        }
    }
}
