//! Every code and rule with what is known of it, for lists.

use samc_base::{Code, Severity};
use samc_data::controls::{Controls, controls};
use samc_lint::{On, Rule};

use crate::{RULES, config};

/// A code of a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The code.
    pub code: Code,
    /// True for a rule, which can be left out and allowed.
    pub is_rule: bool,
    /// What it is about, by the letter of its code.
    pub category: &'static str,
    /// How severe it is, as far as that does not depend on what is found.
    pub level: Severity,
    /// The profiles that it waits for; none where it always runs.
    pub profiles: Vec<&'static str>,
    /// The controls of programmes that it serves.
    pub controls: Option<Controls>,
}

/// Codes of the compiler first, then the rules, each by number.
pub fn all() -> Vec<Listed> {
    let of_package = |code: &Code| samc_package::RULES.contains(code);
    let codes = samc_base::codes::all().filter(|code| !of_package(code));
    let mut listed: Vec<Listed> = codes.map(|code| listed(code, None)).collect();
    let mut rules: Vec<Listed> = config::rule_codes()
        .map(|code| listed_rule(code, RULES.iter().find(|rule| rule.code == code).copied()))
        .collect();
    listed.sort_by_key(|one| one.code);
    rules.sort_by_key(|one| one.code);
    listed.extend(rules);
    listed
}

fn listed(code: Code, level: Option<Severity>) -> Listed {
    let by_letter = if code.id().starts_with('W') { Severity::Warning } else { Severity::Error };
    Listed {
        code,
        is_rule: false,
        category: category(code),
        level: level.unwrap_or(by_letter),
        profiles: Vec::new(),
        controls: controls(code.id()),
    }
}

fn listed_rule(code: Code, rule: Option<&Rule>) -> Listed {
    let profiles = match rule.map(|rule| rule.on) {
        Some(On::Profiles(profiles)) => profiles.iter().map(|profile| profile.name()).collect(),
        Some(On::Default) | None => Vec::new(),
    };
    Listed { is_rule: true, profiles, ..listed(code, rule.map(|rule| rule.level)) }
}

/// What a code is about.
pub fn category(code: Code) -> &'static str {
    match code.id().chars().next() {
        Some('L') => "limits",
        Some('C') => "correctness",
        Some('S') => "security",
        Some('P') => "compliance",
        Some('R') => "reliability",
        Some('O') => "observability",
        Some('D') => "deprecation",
        Some('F') => "performance",
        Some('K') => "cost",
        Some('E' | 'W') => "language",
        _ => "policy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_listed_once_with_its_level() {
        let all = all();
        for rule in RULES {
            assert_eq!(
                all.iter().filter(|one| one.code == rule.code && one.is_rule).count(),
                1,
                "{}",
                rule.code
            );
            assert!(all.iter().any(|one| one.code == rule.code && one.level == rule.level), "{}", rule.code);
        }
    }
}
