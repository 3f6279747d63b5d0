//! Differences between what was expected and what came out, as a person reads them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Lines shown around the first difference of a file.
const SHOWN: usize = 12;

/// What differs between two sets of files; empty where nothing does.
pub fn differences(expected: &BTreeMap<String, String>, actual: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for (name, text) in actual {
        match expected.get(name) {
            None => {
                let head: Vec<&str> = text.lines().take(SHOWN).collect();
                let _ = writeln!(out, "{name} is not in out/; it would be\n  + {}", head.join("\n  + "));
            }
            Some(wanted) if wanted != text => {
                let _ = writeln!(out, "{name} differs\n{}", first_difference(wanted, text));
            }
            Some(_) => {}
        }
    }
    for name in expected.keys().filter(|name| !actual.contains_key(*name)) {
        let _ = writeln!(out, "{name} is in out/, and nothing writes it");
    }
    out
}

fn first_difference(wanted: &str, actual: &str) -> String {
    let (wanted, actual): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), actual.lines().collect());
    let same = wanted.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    for line in &wanted[same.saturating_sub(3)..same] {
        let _ = writeln!(out, "    {line}");
    }
    for line in wanted.iter().skip(same).take(SHOWN) {
        let _ = writeln!(out, "  - {line}");
    }
    for line in actual.iter().skip(same).take(SHOWN) {
        let _ = writeln!(out, "  + {line}");
    }
    if wanted.len() == same && actual.len() == same {
        out.push_str("  only the ends of lines differ\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn missing_extra_and_changed_files_are_told() {
        let expected = files(&[("a", "1\n2\n"), ("gone", "x"), ("same", "y")]);
        let actual = files(&[("a", "1\n3\n"), ("new", "z"), ("same", "y")]);
        let told = differences(&expected, &actual);
        assert!(told.contains("a differs\n    1\n  - 2\n  + 3"), "{told}");
        assert!(told.contains("new is not in out/"), "{told}");
        assert!(told.contains("gone is in out/, and nothing writes it"), "{told}");
        assert!(!told.contains("same"), "{told}");
        assert_eq!(differences(&actual, &actual), "");
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let error = toml::from_str::<crate::case::Settings>("regoin = 'x'").map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("regoin")));
    }
}
