//! Every code means one thing, and has a page.

use std::collections::{BTreeMap, BTreeSet};

use samc_base::codes;
use samc_tests::{files, read};

use crate::none;

const PAGES: &str = "compiler/samc/explain/";

#[test]
fn codes_and_names_are_unique() {
    let (mut ids, mut names, mut faults) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let rules = samc_lint::RULES.iter().map(|rule| rule.code);
    for code in codes::all().chain(rules) {
        if let Some(other) = ids.insert(code.id(), code.name()) {
            faults.push(format!("{} stands for {other} and for {}", code.id(), code.name()));
        }
        // A warning and an error about the same thing may share the name.
        if let Some(other) = names.insert((code.id().as_bytes()[0], code.name()), code.id()) {
            faults.push(format!("{} is the name of {other} and of {}", code.name(), code.id()));
        }
    }
    none(faults);
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let pages: BTreeSet<String> = files()
        .iter()
        .filter_map(|f| f.strip_prefix(PAGES)?.strip_suffix(".md").map(str::to_owned))
        .collect();
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for code in codes::all() {
        known.insert(code.id().to_owned());
        if !pages.contains(code.id()) {
            faults.push(format!("{} ({}): no page {PAGES}{}.md", code.id(), code.name(), code.id()));
            continue;
        }
        let text = read(&format!("{PAGES}{}.md", code.id()));
        let title = format!("# {} {}", code.id(), code.name());
        if text.lines().next() != Some(&title) {
            faults.push(format!("{PAGES}{}.md: opens with something else than `{title}`", code.id()));
        }
        if text.lines().count() < 6 {
            faults.push(format!("{PAGES}{}.md: too short to help anybody", code.id()));
        }
    }
    // Pages of lint rules stand beside the rules; any that are kept here must be of a known code.
    faults.extend(
        pages.difference(&known).filter(|p| !is_rule(p)).map(|p| format!("{PAGES}{p}.md: no such code")),
    );
    none(faults);
}

/// Whether a code is one of the lint rules': a range of its own, under C, D, L, R or S.
fn is_rule(id: &str) -> bool {
    id.starts_with(['C', 'D', 'L', 'R', 'S'])
}

#[test]
fn every_rule_has_a_page_with_both_kinds_of_example() {
    let mut faults = Vec::new();
    for rule in samc_lint::RULES {
        let title = format!("# {} {}", rule.code.id(), rule.code.name());
        if rule.page.lines().next() != Some(&title) {
            faults.push(format!("the page of {} opens with something else than `{title}`", rule.code));
        }
        for kind in ["```yaml bad", "```yaml good"] {
            if !rule.page.contains(kind) {
                faults.push(format!("the page of {} has no block `{kind}`", rule.code));
            }
        }
    }
    none(faults);
}
