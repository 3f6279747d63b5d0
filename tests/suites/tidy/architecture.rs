//! `compiler/ARCHITECTURE.md` names only what exists, and every crate.

use samc_tests::{files, read, root};

use crate::none;

const PAPER: &str = "compiler/ARCHITECTURE.md";

/// What stands between backticks in running text, one by one; fenced blocks are left out.
fn quoted(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if !fenced {
            found.extend(line.split('`').skip(1).step_by(2).map(|part| (number + 1, part.to_owned())));
        }
    }
    found
}

/// True for a path of the repository rather than a name or a command.
fn is_path(text: &str) -> bool {
    !text.contains([' ', '<', '*', '$', '{', ':'])
        && (text.contains('/') || text.ends_with(".md") || text.ends_with(".toml"))
}

/// True for the name of a type, perhaps with a module before or an item behind it.
fn is_type(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_'));
    plain && text.split("::").any(|part| part.starts_with(|c: char| c.is_ascii_uppercase())) && !is_code(text)
}

/// True for a code such as `E102`.
fn is_code(text: &str) -> bool {
    text.len() == 4 && text[1..].bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_path_crate_and_type_it_names_exists() {
    let text = read(PAPER);
    let sources: String =
        files().iter().filter(|f| f.ends_with(".rs")).map(|f| read(f)).collect::<Vec<_>>().join("\n");
    let manifests: String = files().iter().filter(|f| f.ends_with("Cargo.toml")).map(|f| read(f)).collect();
    let mut faults = Vec::new();
    for (line, name) in quoted(&text) {
        let exists = if let Some(krate) = name.strip_prefix("samc-").filter(|n| !n.contains(['/', ' '])) {
            manifests.contains(&format!("name = \"samc-{krate}\""))
        } else if is_path(&name) {
            root().join(name.trim_end_matches('/')).exists()
        } else if is_type(&name) {
            name.split("::").all(|part| is_defined(part, &sources))
        } else {
            continue;
        };
        if !exists {
            faults.push(format!("{PAPER}:{line}: `{name}` does not exist"));
        }
    }
    none(faults);
}

/// Whether some source defines an item or a variant of that name.
fn is_defined(name: &str, sources: &str) -> bool {
    if name == "samc" || name.starts_with("samc_") {
        return true;
    }
    let items = ["struct", "enum", "trait", "type", "fn", "const", "static", "mod"];
    if items.iter().any(|item| {
        let start = format!("{item} {name}");
        sources.match_indices(&start).any(|(at, _)| {
            let after = sources[at + start.len()..].chars().next();
            after.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    }) {
        return true;
    }
    sources.lines().any(|line| {
        let line = line.trim();
        line.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '(', ' ', ':', '{']))
    })
}

#[test]
fn every_crate_is_named() {
    let text = read(PAPER);
    let missing: Vec<String> = files()
        .iter()
        .filter_map(|f| f.strip_suffix("/Cargo.toml"))
        .filter(|folder| !text.contains(&format!("`{folder}`")))
        .map(|folder| format!("{PAPER} does not name the crate `{folder}`"))
        .collect();
    none(missing);
}
