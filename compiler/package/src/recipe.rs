//! How code is built before it is packed: a command, and what is left out of the archive.
//!
//! It stands in the metadata of a resource, `Metadata: {samc: {build: {command, exclude}}}`, which the key
//! `build` of app.yaml becomes.

use std::path::{Path, PathBuf};
use std::process::Command;

use samc_ir::{Expr, Map, Resource};
use tempfile::TempDir;

use crate::fault::Fault;
use crate::walk::{Member, reason};

/// Lines of a failed command's output that are shown.
const SHOWN: usize = 20;

/// What is done to code before it is packed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Recipe {
    /// A command for the shell, which runs in a copy of the folder.
    pub(crate) command: Option<String>,
    /// What is left out of the archive, as patterns of `.gitignore`.
    pub(crate) exclude: Vec<String>,
}

/// The recipe of a resource; empty where there is none.
pub(crate) fn of(resource: &Resource) -> Recipe {
    let build = resource.attributes.get("Metadata").and_then(|m| {
        let samc = m.as_map()?.get("samc")?.as_map()?;
        samc.get("build")?.as_map()
    });
    let Some(build) = build else { return Recipe::default() };
    let text = |map: &Map, key: &str| map.get(key).and_then(Expr::as_str).map(str::to_owned);
    let exclude = build.get("exclude").and_then(Expr::as_list).unwrap_or_default();
    Recipe {
        command: text(build, "command"),
        exclude: exclude.iter().filter_map(Expr::as_str).map(str::to_owned).collect(),
    }
}

/// Runs a command in a copy of the files; gives the folder that is to be packed, and the scratch folder
/// that it lies in. What the command puts into `$ARTIFACTS_DIR` is packed; where that stays empty, the copy
/// itself is.
pub(crate) fn run(command: &str, members: &[Member]) -> Result<(PathBuf, TempDir), Vec<Fault>> {
    let failed =
        |why: String, output: String| vec![Fault::Build { command: command.to_owned(), why, output }];
    let system = |error: &std::io::Error| failed(reason(error), String::new());
    let scratch = tempfile::Builder::new().prefix("samc-build-").tempdir().map_err(|e| system(&e))?;
    let (source, artifacts) = (scratch.path().join("code"), scratch.path().join("artifacts"));
    for folder in [&source, &artifacts] {
        std::fs::create_dir(folder).map_err(|e| system(&e))?;
    }
    for member in members {
        let to = source.join(&member.name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(|e| system(&e))?;
        }
        crate::tree::put(member, &to).map_err(|e| system(&e))?;
    }
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let done = Command::new(shell)
        .args([flag, command])
        .current_dir(&source)
        .env("ARTIFACTS_DIR", &artifacts)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|e| system(&e))?;
    if !done.status.success() {
        let told = [done.stdout, done.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        let lines: Vec<&str> = told.lines().collect();
        let last = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default().join("\n");
        return Err(failed(done.status.to_string(), last));
    }
    let made = if is_empty(&artifacts) { &source } else { &artifacts };
    let made = made.clone();
    Ok((made, scratch))
}

/// What the work of a command is remembered under: the command, all that it may read of the code, and what is
/// left out of what it makes. What it finds on the machine or the network is not known.
pub(crate) fn key_of(command: &str, inputs: &str, exclude: &[String]) -> String {
    let mut key = blake3::Hasher::new();
    let machine = [std::env::consts::OS, std::env::consts::ARCH];
    for part in machine.into_iter().chain([command, inputs]).chain(exclude.iter().map(String::as_str)) {
        key.update(&(part.len() as u64).to_le_bytes());
        key.update(part.as_bytes());
    }
    key.finalize().to_hex().to_string()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
