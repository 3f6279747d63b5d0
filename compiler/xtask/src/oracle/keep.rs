//! Writing a difference as a case of `tests/cases/sam`.

use std::fs;
use std::io;
use std::path::Path;

use super::compare::Difference;
use super::sides::Input;

/// Writes `template.yaml` or `.json` and `case.toml`; what each side says stands in the latter as a comment.
pub(super) fn keep(
    folder: &Path,
    number: u64,
    seed: u64,
    input: &Input,
    found: &Difference,
) -> io::Result<()> {
    let folder = folder.join(format!("{}-{number}", name(&found.kind())));
    fs::create_dir_all(&folder)?;
    let file = if input.yaml { "template.yaml" } else { "template.json" };
    fs::write(folder.join(file), input.text().map_err(io::Error::other)?)?;
    let mut settings = format!("# {}\n", found.kind());
    for line in found.told.lines() {
        settings.push_str(&format!("# {line}\n"));
    }
    settings.push_str(&format!("# Template {number} of `cargo xtask oracle sam --seed {seed}`.\n"));
    settings.push_str(&format!("region = \"{}\"\nlint = false\n", input.region));
    if !input.parameters.is_empty() {
        settings.push_str("[params]\n");
        for (name, value) in &input.parameters {
            settings.push_str(&format!("{name} = {value:?}\n"));
        }
    }
    fs::write(folder.join("case.toml"), settings)
}

/// A folder's name for a kind.
fn name(kind: &str) -> String {
    let mut out = String::new();
    for c in kind.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() > 60 {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}
