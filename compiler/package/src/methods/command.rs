//! A command of the author's.

use std::path::Path;

use super::Made;
use super::scratch::{Run, Scratch};
use crate::fault::Fault;
use crate::walk::Member;

/// Runs a command in a copy of the files. What it puts into `$ARTIFACTS_DIR` is packed; where that stays
/// empty, the copy itself is.
pub(super) fn run(command: &str, members: &[Member]) -> Result<Made, Vec<Fault>> {
    let scratch = Scratch::new(members)?;
    let artifacts = scratch.folder("artifacts")?;
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    Run::new(shell, &scratch.code, command).args([flag, command]).env("ARTIFACTS_DIR", &artifacts).wait()?;
    let made = if is_empty(&artifacts) { scratch.code.clone() } else { artifacts };
    Ok(scratch.made(made))
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
