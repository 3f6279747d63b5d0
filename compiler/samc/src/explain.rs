//! The page of each code.

use samc_base::nearest;

use crate::RULES;

/// Code and page, sorted by code. Pages of lint rules stand beside the rules.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a code, whatever the case of its letter, or of a name such as `unknown-property`.
pub fn page(code: &str) -> Option<&'static str> {
    let wanted = code.to_uppercase();
    let by_name = || {
        let codes = samc_base::codes::all().chain(RULES.iter().map(|r| r.code));
        codes.filter(|c| c.name() == code.to_lowercase()).map(|c| c.id()).next()
    };
    let find = |id: &str| {
        let page = PAGES.iter().find(|(name, _)| *name == id).map(|(_, page)| *page);
        page.or_else(|| RULES.iter().find(|r| r.code.id() == id).map(|r| r.page))
    };
    find(&wanted).or_else(|| by_name().and_then(find))
}

/// What stands below the page of a rule: its level, when it runs, and the requirements that it serves.
pub fn footer(page: &str) -> String {
    let head = page.lines().next().and_then(|line| line.strip_prefix("# ")?.split(' ').next());
    let Some(rule) = RULES.iter().find(|rule| Some(rule.code.id()) == head) else { return String::new() };
    let when = match rule.on {
        samc_lint::On::Default => "always".to_owned(),
        samc_lint::On::Profiles(profiles) => {
            let names: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
            format!("with the profile {}", names.join(" or "))
        }
    };
    let about = crate::rules::category(rule.code);
    let mut text = format!("\nA rule of {about}, {} at most; it runs {when}.\n", rule.level.as_str());
    let served = samc_data::controls::controls(rule.code.id()).unwrap_or_default();
    let numbers = [
        ("PCI DSS 4.0.1", served.pci),
        ("HIPAA", served.hipaa),
        ("NIST 800-53 r5", served.nist),
        ("SOC 2", served.soc2),
    ];
    let served = numbers.into_iter().filter(|(_, number)| !number.is_empty());
    let served: Vec<String> = served.map(|(programme, number)| format!("{programme} {number}")).collect();
    if !served.is_empty() {
        text.push_str(&format!("\nControls: {}.\n", served.join(", ")));
    }
    text
}

/// The codes of all pages in `explain/`, sorted.
pub fn codes_of_pages() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code)
}

/// A code like the one that was asked for.
pub fn near(code: &str) -> Option<&'static str> {
    let all: Vec<&str> = codes_of_pages().chain(RULES.iter().map(|r| r.code.id())).collect();
    nearest(&code.to_uppercase(), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        for code in samc_base::codes::all() {
            let page = page(code.id()).unwrap_or_default();
            assert!(
                page.starts_with(&format!("# {} {}\n", code.id(), code.name())),
                "{code}: no page of that head"
            );
            assert!(page.lines().count() >= 6, "{code}: the page says too little");
        }
        for rule in RULES {
            assert!(!rule.page.trim().is_empty(), "{}: no page", rule.code);
        }
        for id in codes_of_pages() {
            assert!(samc_base::codes::all().any(|c| c.id() == id), "{id}: a page without a code");
        }
    }
}
