//! Rules about source files one by one.

use std::collections::BTreeSet;

use samc_tests::{files, read};

use crate::none;

/// No file longer than this many lines.
const LONGEST: usize = 800;

fn rust_files() -> Vec<String> {
    files().into_iter().filter(|f| f.ends_with(".rs")).collect()
}

#[test]
fn every_rust_file_says_what_it_owns_and_is_short() {
    let mut faults = Vec::new();
    for file in rust_files() {
        let text = read(&file);
        if !text.starts_with("//!") {
            faults.push(format!("{file}: does not open with `//!`: what it owns"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            faults.push(format!("{file}: {lines} lines; at most {LONGEST}: split it by construct"));
        }
    }
    none(faults);
}

#[test]
fn every_rust_file_is_part_of_a_crate() {
    let all: BTreeSet<String> = rust_files().into_iter().collect();
    let mut queue: Vec<(String, bool)> = roots(&all).into_iter().map(|f| (f, true)).collect();
    let mut reached = BTreeSet::new();
    while let Some((file, is_root)) = queue.pop() {
        if !reached.insert(file.clone()) {
            continue;
        }
        for child in modules(&file, is_root, &all) {
            queue.push((child, false));
        }
    }
    none(all.difference(&reached).map(|f| format!("{f}: no `mod` line leads here")).collect());
}

/// Files that cargo compiles without a `mod` line.
fn roots(all: &BTreeSet<String>) -> Vec<String> {
    let mut roots = Vec::new();
    for manifest in files().iter().filter(|f| f.ends_with("Cargo.toml")) {
        let folder = manifest.trim_end_matches("Cargo.toml");
        for path in ["src/lib.rs", "src/main.rs", "build.rs"] {
            roots.push(format!("{folder}{path}"));
        }
        for line in read(manifest).lines() {
            if let Some(path) = line.strip_prefix("path = \"") {
                roots.push(format!("{folder}{}", path.trim_end_matches('"')));
            }
        }
        for place in ["tests/", "benches/", "src/bin/", "examples/"] {
            let prefix = format!("{folder}{place}");
            // The crate of the tests has the name of a folder that cargo looks into by itself.
            if folder.is_empty() {
                continue;
            }
            roots.extend(
                all.iter()
                    .filter(|f| f.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')))
                    .cloned(),
            );
        }
    }
    roots.retain(|f| all.contains(f));
    roots
}

/// The files that the `mod` lines of a file name.
fn modules(file: &str, is_root: bool, all: &BTreeSet<String>) -> Vec<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let own_folder = if is_root || name == "mod.rs" {
        folder.to_owned()
    } else {
        format!("{folder}/{}", name.trim_end_matches(".rs"))
    };
    let mut found = Vec::new();
    for line in read(file).lines() {
        let Some(name) = module_of(line.trim()) else { continue };
        for path in [format!("{own_folder}/{name}.rs"), format!("{own_folder}/{name}/mod.rs")] {
            if all.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// The name in `mod name;`, whatever its visibility.
fn module_of(line: &str) -> Option<&str> {
    let line = line.strip_suffix(';')?;
    let rest = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => line,
    };
    rest.trim_start().strip_prefix("mod ").map(str::trim)
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two parts, so that this file does not find itself.
    let marks = [
        ("todo", "!("),
        ("unimplemented", "!("),
        ("dbg", "!("),
        ("#[ig", "nore"),
        ("FIX", "ME"),
        ("XX", "X "),
    ];
    let mut faults = Vec::new();
    for file in rust_files() {
        for (number, line) in read(&file).lines().enumerate() {
            for (head, tail) in marks {
                if line.contains(&format!("{head}{tail}")) {
                    faults.push(format!("{file}:{}: {head}{tail}", number + 1));
                }
            }
        }
    }
    none(faults);
}

#[test]
fn no_file_names_somebodys_machine() {
    let places = [("/ro", "ot/"), ("/ho", "me/"), ("/wo", "rk/"), ("/Us", "ers/"), ("/tm", "p/")];
    let mut faults = Vec::new();
    for file in files() {
        // Handlers may use the one folder that Lambda lets them write to.
        if file == "Cargo.lock" || file.starts_with("LICENSE") || file.starts_with("examples/") {
            continue;
        }
        for (number, line) in read(&file).lines().enumerate() {
            for (head, tail) in places {
                let place = format!("{head}{tail}");
                let is_path = |at: usize| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| {
                        !c.is_ascii_alphanumeric() && !matches!(c, '.' | '}' | '*' | '_' | '-')
                    })
                };
                if line.match_indices(&place).any(|(at, _)| is_path(at)) {
                    faults.push(format!("{file}:{}: {place}", number + 1));
                }
            }
        }
    }
    none(faults);
}
