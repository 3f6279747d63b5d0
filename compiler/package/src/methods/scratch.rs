//! The scratch folder of a build: a copy of the code, and commands that run in it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::fault::Fault;
use crate::walk::{Member, reason};

/// Lines of a failed command's output that are shown.
const SHOWN: usize = 20;

/// A scratch folder, which goes when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: TempDir,
    /// A copy of the files.
    pub(super) code: PathBuf,
}

/// A failure of the system around a build.
pub(super) fn failed(doing: &str, error: &std::io::Error) -> Vec<Fault> {
    vec![Fault::Build { command: doing.to_owned(), why: reason(error), output: String::new() }]
}

impl Scratch {
    /// Copies files into a folder of their own.
    pub(super) fn new(members: &[Member]) -> Result<Scratch, Vec<Fault>> {
        let copying = |error: std::io::Error| failed("copying the code", &error);
        let folder = tempfile::Builder::new().prefix("samc-build-").tempdir().map_err(copying)?;
        let code = folder.path().join("code");
        std::fs::create_dir(&code).map_err(copying)?;
        for member in members {
            let to = code.join(&member.name);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(copying)?;
            }
            crate::tree::put(member, &to).map_err(copying)?;
        }
        Ok(Scratch { folder, code })
    }

    /// A further folder beside the code.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, Vec<Fault>> {
        let made = self.folder.path().join(name);
        std::fs::create_dir_all(&made).map_err(|error| failed("making a folder", &error))?;
        Ok(made)
    }

    /// The folder that is to be packed.
    pub(super) fn made(self, folder: PathBuf) -> (PathBuf, TempDir) {
        (folder, self.folder)
    }
}

/// A command, run in a folder; its output is the last lines of what it says on both streams.
pub(super) struct Run<'a> {
    command: Command,
    shown: &'a str,
}

impl<'a> Run<'a> {
    /// A program with its arguments. `shown` is what it is called where it fails.
    pub(super) fn new(program: impl AsRef<OsStr>, folder: &Path, shown: &'a str) -> Run<'a> {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        // One build must not depend on what a surrounding one says.
        command.env_remove("PYTHONPATH").env_remove("NODE_PATH").env_remove("NODE_OPTIONS");
        Run { command, shown }
    }

    pub(super) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(super) fn wait(mut self) -> Result<(), Vec<Fault>> {
        let system = |error: std::io::Error| failed(self.shown, &error);
        // Both streams go to one file, so that lines stand in the order in which they were said.
        let mut said = tempfile::tempfile().map_err(system)?;
        let streams = said.try_clone().and_then(|out| Ok((out, said.try_clone()?)));
        let (out, err) = streams.map_err(system)?;
        let status = self.command.stdout(out).stderr(err).status().map_err(system)?;
        if status.success() {
            return Ok(());
        }
        let output = last_lines(&mut said).unwrap_or_default();
        Err(vec![Fault::Build { command: self.shown.to_owned(), why: status.to_string(), output }])
    }

    /// What it says, where it succeeds.
    pub(super) fn said(mut self) -> Option<String> {
        let done = self.command.stderr(Stdio::null()).output().ok()?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// Whether it runs and succeeds; nothing is said where not.
    pub(super) fn succeeds(mut self) -> bool {
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    }
}

fn last_lines(said: &mut File) -> std::io::Result<String> {
    said.rewind()?;
    let mut bytes = Vec::new();
    said.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let last = lines.len().saturating_sub(SHOWN);
    Ok(lines[last..].join("\n"))
}

/// Moves what lies in a folder into another one. What is there already stays: code of the author's counts more than
/// a package of the same name.
pub(super) fn merge(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut waiting = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        std::fs::create_dir_all(&to)?;
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            match target.symlink_metadata() {
                Err(_) => std::fs::rename(entry.path(), target)?,
                Ok(there) if there.is_dir() && entry.file_type()?.is_dir() => {
                    waiting.push((entry.path(), target));
                }
                Ok(_) => {}
            }
        }
    }
    Ok(())
}
