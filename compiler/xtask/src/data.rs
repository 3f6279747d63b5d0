//! `cargo xtask data`: rebuilds the tables of AWS facts in `compiler/data/tables` from pinned
//! Python packages, which are only read as files. The table of osls is made apart, as it takes Node.js.

mod attributes;
mod iam_actions;
mod lifecycles;
mod local_paths;
mod osls;
mod packages;
mod runtimes;
mod sam;
mod schemas;
mod wide_policies;

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Failure, report};
use packages::{Packages, Pin};

/// A table to be written, and what it was made from.
struct Table {
    /// File name below `compiler/data/tables`.
    file: &'static str,
    /// The package it comes from.
    pin: &'static Pin,
    /// The files of the package, relative to the site-packages folder.
    inputs: Vec<PathBuf>,
    /// What the content says about the date of the facts; the package's release otherwise.
    as_of: Option<String>,
    /// The new content.
    contents: Vec<u8>,
}

/// Rebuilds every table.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tables");
    let site_packages = match arguments {
        [] => packages::install()?,
        [flag, folder] if flag == "--site-packages" => PathBuf::from(folder),
        [flag, folder] if flag == "--osls" => return osls::run(Path::new(folder), &target),
        _ => return Err("usage: cargo xtask data [--site-packages DIR | --osls DIR]".into()),
    };
    let packages = Packages::open(site_packages)?;
    packages.copy_licences(&target.join("licences"))?;
    let tables = [
        sam::managed_policies(&packages)?,
        sam::policy_templates(&packages)?,
        sam::connectors(&packages)?,
        schemas::resource_schemas(&packages)?,
        runtimes::runtimes(&packages)?,
        local_paths::local_paths(&packages)?,
        iam_actions::iam_actions(&packages)?,
        lifecycles::lifecycles(&packages)?,
        wide_policies::wide_policies(&packages)?,
    ];
    for table in tables {
        let path = target.join(table.file);
        fs::write(&path, &table.contents)?;
        fs::write(target.join(source_name(table.file)), packages.provenance(&table)?)?;
        report(&format!("{} ({} bytes)", table.file, table.contents.len()));
    }
    Ok(())
}

/// `runtimes.txt` -> `runtimes.source.toml`.
fn source_name(file: &str) -> String {
    format!("{}.source.toml", file.split('.').next().unwrap_or(file))
}
