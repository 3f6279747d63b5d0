//! What the suites share: where the repository is, and what is in it.
#![allow(clippy::disallowed_methods, reason = "tests read the repository and the cases")]

pub mod case;
pub mod compare;
pub mod hcl;
pub mod pipeline;
pub mod properties;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_owned()
}

/// Every file of the repository that git would keep, as paths from the root with `/`, sorted.
pub fn files() -> Vec<String> {
    let root = root();
    let mut names: Vec<String> = ignore::WalkBuilder::new(&root)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|t| t.is_file()))
        .filter_map(|entry| {
            let relative = entry.path().strip_prefix(&root).ok()?;
            Some(relative.to_str()?.replace('\\', "/"))
        })
        .collect();
    names.sort();
    names
}

/// The text of a file of the repository; empty where it is not text.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_default()
}
