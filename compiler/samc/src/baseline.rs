//! Findings that were there before: a file of them keeps old ones quiet, so that new ones show.
//!
//! An entry names the rule, the file, the keys that lead to the value, and a digest of what is said of it. Lines
//! and positions in lists have no part in it, so that a file may be formatted anew and its sections moved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use samc_base::{Code, Diagnostic, Diagnostics, Severity, SourceMap, Span, codes};
use samc_syntax::{ParseOptions, Spanned, from_node};
use serde::Deserialize;
use serde_json::json;
use sha1::Digest;

use crate::config::{self, Loaded};
use crate::policies;

/// The form of the file.
const VERSION: u64 = 1;

/// What an entry is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The file, as seen from the folder of the baseline.
    pub file: String,
    /// The code of the rule.
    pub rule: String,
    /// The keys that lead to the value, without positions in lists.
    pub path: String,
    /// A digest of what is said.
    pub about: String,
}

/// How often each finding is there.
pub type Counts = BTreeMap<Key, usize>;

/// The text of a baseline, and what it is relative to.
#[derive(Debug, Clone)]
pub struct Text {
    /// The name of the file as the user typed it.
    pub name: String,
    /// What is in it; none where it is to be written.
    pub text: Option<String>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: Spanned<u64>,
    findings: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    file: String,
    path: String,
    about: String,
    count: usize,
}

/// The baseline of a run.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    folder: PathBuf,
    /// What it still has, with the places of the entries.
    left: BTreeMap<Key, (usize, Option<Span>)>,
    /// What was found, whether or not it is in it.
    pub(crate) met: Counts,
    /// Whether all that is found goes into it.
    is_written: bool,
}

impl Baseline {
    /// Reads a baseline; what is wrong with it is told.
    pub(crate) fn read(given: &Text, sources: &mut SourceMap, found: &mut Diagnostics) -> Baseline {
        let mut baseline =
            Baseline { folder: folder(&given.name), is_written: given.text.is_none(), ..Baseline::default() };
        let Some(text) = &given.text else { return baseline };
        let file = sources.add(given.name.as_str(), text.as_str());
        let mut told = Diagnostics::default();
        let document = samc_syntax::parse(sources.file(file), &ParseOptions::default(), &mut told);
        let form = match told.has_errors() {
            true => None,
            false => from_node::<Form>(&document.root, &mut told),
        };
        match form {
            Some(form) if form.version.value == VERSION => {
                for entry in form.findings {
                    let Entry { rule, file, path, about, count } = entry.value;
                    let key = Key { file, rule, path, about };
                    baseline.left.entry(key).or_insert((0, entry.span)).0 += count;
                }
            }
            other => {
                let at = other.and_then(|form| form.version.span).unwrap_or(document.root.span.part(0, 1));
                let why = told.finish().into_iter().next().map_or_else(
                    || format!("this samc knows version {VERSION} of its form"),
                    |finding| finding.message,
                );
                let message = format!("{} is no baseline of samc: {why}", given.name);
                found.push(
                    Diagnostic::error(codes::MALFORMED_BASELINE, message)
                        .at(at, "not of the form")
                        .help(format!("write it anew: samc lint --write-baseline {}", given.name)),
                );
            }
        }
        baseline
    }

    /// Takes out what the baseline has, as often as it has it.
    pub(crate) fn take_out(
        &mut self,
        found: &mut Diagnostics,
        main: &str,
        sources: &SourceMap,
        config: Option<&Loaded>,
    ) {
        let own = config.map(policies::codes_of).unwrap_or_default();
        let rules: BTreeSet<Code> = config::rule_codes().chain(own).collect();
        found.retain(|finding| {
            if !rules.contains(&finding.code()) {
                return true;
            }
            let key = self.key(finding, main, sources);
            *self.met.entry(key.clone()).or_default() += 1;
            if self.is_written {
                return false;
            }
            match self.left.get_mut(&key) {
                Some((count, _)) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        });
    }

    fn key(&self, finding: &Diagnostic, main: &str, sources: &SourceMap) -> Key {
        let file = finding.span().map_or(main, |span| sources.file(span.file).name());
        let resource = finding.resource.as_deref().unwrap_or_default();
        let about = format!("{resource}\n{}", without_positions(&finding.message));
        let digest = sha1::Sha1::digest(about.as_bytes());
        Key {
            file: config::seen_from(&self.folder, file),
            rule: finding.code().id().to_owned(),
            path: without_positions(finding.path.as_deref().unwrap_or_default()),
            about: digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// Tells of entries about files of the run whose rules ran and found less.
    pub(crate) fn tell(&self, sources: &SourceMap, ran: &BTreeSet<&'static str>, found: &mut Diagnostics) {
        let files: BTreeSet<String> =
            sources.files().map(|file| config::seen_from(&self.folder, file.name())).collect();
        let stale = |key: &Key| files.contains(&key.file) && ran.contains(key.rule.as_str());
        for (key, (_, span)) in self.left.iter().filter(|(key, (count, _))| *count > 0 && stale(key)) {
            let place = if key.path.is_empty() { &key.file } else { &key.path };
            let message = format!("{} is no longer found in {place} of {}", key.rule, key.file);
            found.push(
                Diagnostic::new(Severity::Info, codes::STALE_BASELINE, message).at(*span, "mended").help(
                    "write the baseline anew with --write-baseline, so that it cannot come back unseen",
                ),
            );
        }
    }
}

/// The folder that paths of a baseline are relative to.
fn folder(name: &str) -> PathBuf {
    let parent = Path::new(name).parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// A text without `[3]`: where in a list something stands changes when another is put before it.
fn without_positions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']') {
            Some((inner, tail)) if !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit()) => {
                rest = tail
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text of a baseline with these findings, and with those that `before` has of files that were not looked
/// at. Sorted, one finding a line.
pub fn write(name: &str, counts: &Counts, looked_at: &[String], before: Option<&str>) -> String {
    let folder = folder(name);
    let looked_at: BTreeSet<String> = looked_at.iter().map(|file| config::seen_from(&folder, file)).collect();
    let mut all = counts.clone();
    if let Some(text) = before {
        let given = Text { name: name.to_owned(), text: Some(text.to_owned()) };
        let kept = Baseline::read(&given, &mut SourceMap::default(), &mut Diagnostics::default()).left;
        let others = kept.into_iter().filter(|(key, _)| !looked_at.contains(&key.file));
        all.extend(others.map(|(key, (count, _))| (key, count)));
    }
    let lines: Vec<String> = all
        .iter()
        .map(|(Key { file, rule, path, about }, count)| {
            let entry = json!({"file": file, "rule": rule, "path": path, "about": about, "count": count});
            format!("    {entry}")
        })
        .collect();
    let findings = if lines.is_empty() { String::new() } else { format!("\n{}\n  ", lines.join(",\n")) };
    format!("{{\n  \"version\": {VERSION},\n  \"findings\": [{findings}]\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_in_lists_are_left_out() {
        assert_eq!(without_positions("a.b[0].c[12]"), "a.b.c");
        assert_eq!(without_positions("a[b] [] [1"), "a[b] [] [1");
    }
}
