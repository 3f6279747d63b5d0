//! The tools on this machine.
#![allow(clippy::disallowed_methods, reason = "tools are found where the environment says")]

use std::path::{Path, PathBuf};

use crate::fault::Fault;
use crate::stamp::Stamp;

/// Where a program is, by the variable `PATH`.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let names = if cfg!(windows) {
        vec![format!("{name}.exe"), format!("{name}.cmd")]
    } else {
        vec![name.to_owned()]
    };
    let path = std::env::var_os("PATH")?;
    let mut all = std::env::split_paths(&path).flat_map(|folder| {
        let names: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        names
    });
    all.find(|file| is_program(file))
}

/// Where a program is that there is no way without.
pub(super) fn need(name: &str, help: &str) -> Result<PathBuf, Vec<Fault>> {
    find(name).ok_or_else(|| {
        vec![Fault::NotBuilt { what: format!("{name} is not installed"), help: help.to_owned() }]
    })
}

/// What changes when another version of a tool is installed: the place, size and time of its program. To ask the
/// tool itself takes longer than many a build.
pub(super) fn identity(name: &str) -> String {
    let Some(path) = find(name) else { return format!("no {name}") };
    let stamp = std::fs::metadata(&path).map(|m| Stamp::of(&m)).unwrap_or_default();
    let path = path.canonicalize().unwrap_or(path);
    format!("{name} {} {} {}", path.display(), stamp.size, stamp.modified)
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}
