//! The order between crates, and between the dialects of the front end.

use samc_tests::{files, read};

use crate::none;

/// What each crate may use. Who wants another line here changes the house, and says so in
/// `compiler/ARCHITECTURE.md`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("compiler/base", &[]),
    ("compiler/syntax", &["base"]),
    ("compiler/data", &["base"]),
    ("schema", &["base", "syntax"]),
    ("compiler/ir", &["base", "data"]),
    ("compiler/frontends", &["base", "syntax", "data", "schema", "ir"]),
    ("compiler/lint", &["base", "data", "ir"]),
    ("compiler/package", &["base", "data", "ir"]),
    ("compiler/local", &["schema"]),
    ("compiler/target", &["base", "syntax", "data", "ir"]),
    ("targets/cloudformation", &["base", "syntax", "data", "ir", "target"]),
    ("targets/app", &["base", "syntax", "data", "ir", "target"]),
    ("targets/local", &["base", "syntax", "data", "schema", "ir", "target"]),
    ("targets/template", &["base", "syntax", "data", "ir", "target"]),
    ("targets/terraform", &["base", "syntax", "data", "ir", "target"]),
];

/// Crates at the top, which may use every other.
const TOP: &[&str] = &["compiler/samc", "compiler/xtask", "tests"];

#[test]
fn crates_use_only_what_lies_below_them() {
    let mut faults = Vec::new();
    for manifest in files().iter().filter(|f| f.ends_with("/Cargo.toml")) {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        if TOP.contains(&folder) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == folder) else {
            faults.push(format!("{folder}: a crate without a line in the table of what it may use"));
            continue;
        };
        let text = read(manifest);
        let dependencies = text.split("\n[dependencies]").nth(1).unwrap_or("");
        let dependencies = dependencies.split("\n[").next().unwrap_or("");
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or("");
            if let Some(used) = name.strip_prefix("samc-").filter(|used| !allowed.contains(used)) {
                faults.push(format!("{folder} uses samc-{used}, which does not lie below it"));
            }
            if name == "samc" {
                faults.push(format!("{folder} uses the driver"));
            }
        }
    }
    none(faults);
}

#[test]
fn dialects_do_not_use_each_other() {
    let base = "compiler/frontends/src/";
    let sources: Vec<String> =
        files().into_iter().filter(|f| f.starts_with(base) && f.ends_with(".rs")).collect();
    let dialects = ["app", "sam", "serverless", "cloudformation"];
    let mut faults = Vec::new();
    for file in &sources {
        let Some(own) = dialects.into_iter().find(|d| file.starts_with(&format!("{base}{d}/"))) else {
            continue;
        };
        let text = read(file);
        for other in dialects.into_iter().filter(|d| *d != own && !(own == "app" && *d == "sam")) {
            if text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};")) {
                faults.push(format!("{file}: {own} uses its sibling {other}"));
            }
        }
    }
    none(faults);
}

#[test]
fn every_crate_is_a_member_and_takes_the_houses_lints() {
    let workspace = read("Cargo.toml");
    let mut faults = Vec::new();
    for manifest in files().iter().filter(|f| f.ends_with("/Cargo.toml")) {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        if !workspace.contains(&format!("\"{folder}\"")) {
            faults.push(format!("{folder}: not a member of the workspace"));
        }
        if !read(manifest).contains("[lints]\nworkspace = true") {
            faults.push(format!("{manifest}: does not take the workspace's lints"));
        }
    }
    none(faults);
}
