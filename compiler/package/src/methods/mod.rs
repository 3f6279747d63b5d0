//! How code is built with the tools of its language: what `sam build` does, in a copy of the folder.
//!
//! A method gets the files of the folder, and leaves what is to be packed in a scratch folder. Nothing runs where
//! the inputs, the method and the tools are those of an earlier build: that is the cache's, in `source`.

mod cargo;
mod command;
mod detect;
mod esbuild;
mod go;
mod makefile;
mod node;
mod python;
mod requirements;
mod reuse;
mod scratch;
mod tools;
mod wheels;

use std::path::PathBuf;

pub(crate) use detect::detect;
pub(crate) use node::PACKAGES;
use samc_ir::LeftOut;
use tempfile::TempDir;

use crate::cache::Cache;
use crate::fault::Fault;
use crate::machine::Machine;
use crate::recipe::How;
use crate::walk::Member;

/// The tools that build code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    /// Packages of `requirements.txt`, `pyproject.toml` or a lock file beside it.
    #[default]
    Python,
    /// Packages of `package.json`, by the lock file beside it.
    Node,
    /// One bundle for each entry, by esbuild.
    Esbuild,
    /// `cargo lambda build`, or `cargo build`.
    Rust,
    /// `go build`.
    Go,
    /// `make build-<logical id>`.
    Makefile,
}

impl Method {
    /// The names of methods in app.yaml, which `schema` has as well.
    pub(crate) const NAMES: [(&'static str, Method); 6] = [
        ("python", Method::Python),
        ("node", Method::Node),
        ("esbuild", Method::Esbuild),
        ("rust", Method::Rust),
        ("go", Method::Go),
        ("makefile", Method::Makefile),
    ];

    /// A method by its name in app.yaml, or as `BuildMethod` of SAM has it: `python3.13`, `nodejs22.x`, `esbuild`,
    /// `rust-cargolambda`, `makefile`, `go1.x`.
    pub(crate) fn of(name: &str) -> Option<Method> {
        if let Some((_, method)) = Method::NAMES.iter().find(|(own, _)| *own == name) {
            return Some(*method);
        }
        match name {
            "rust-cargolambda" => Some(Method::Rust),
            "go1.x" => Some(Method::Go),
            _ if name.starts_with("python3.") => Some(Method::Python),
            _ if name.starts_with("nodejs") => Some(Method::Node),
            _ => None,
        }
    }
}

/// What a method is told beside the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Job {
    pub(crate) method: Method,
    /// The runtime that runs it, where it is written out.
    pub(crate) runtime: Option<String>,
    /// The processor that runs it.
    pub(crate) machine: Machine,
    /// Whether it is a layer's content and not a function's code.
    pub(crate) is_layer: bool,
    /// True where this machine runs it, whatever the service has.
    pub(crate) is_for_here: bool,
    /// The handler for esbuild, the program for Rust, the logical id for make.
    pub(crate) name: String,
    /// The files that esbuild begins with; those of the handler where there are none.
    pub(crate) entries: Vec<String>,
    /// Further flags of esbuild.
    pub(crate) flags: Vec<String>,
}

/// The folder that is to be packed, and the scratch folder that it lies in.
pub(crate) type Made = (PathBuf, TempDir);

/// Builds the files of a folder. `inputs` is the digest of the files.
pub(crate) fn run(
    how: &How,
    members: &[Member],
    inputs: &str,
    cache: Option<&Cache>,
) -> Result<Made, Vec<Fault>> {
    match how {
        How::AsItIs | How::Unknown(_) => Err(vec![Fault::Empty]),
        How::Command(command) => command::run(command, members),
        How::Method(job) => match job.method {
            Method::Python => python::run(job, members, inputs, cache),
            Method::Node => node::run(job, members, inputs, cache),
            Method::Esbuild => esbuild::run(job, members, inputs, cache),
            Method::Rust => cargo::run(job, members, cache),
            Method::Go => go::run(job, members),
            Method::Makefile => makefile::run(job, members),
        },
    }
}

/// Folders of the source that a method never looks at, as patterns of `.gitignore`: what its tools made in place.
pub(crate) fn unread(how: &How) -> &'static [&'static str] {
    match how {
        How::Method(Job { method: Method::Node | Method::Esbuild, .. }) => &["node_modules/"],
        How::Method(Job { method: Method::Rust, .. }) => &["/target/"],
        How::Method(_) | How::AsItIs | How::Command(_) | How::Unknown(_) => &[],
    }
}

/// What the work of a recipe is remembered under: how it is built and by which tools, all that it may read of the
/// code, and what is left out of what it makes. What it finds on the network is not known.
pub(crate) fn key_of(how: &How, inputs: &str, left_out: &LeftOut) -> String {
    let mut key = Key::new();
    key.add(inputs);
    match how {
        How::AsItIs | How::Unknown(_) => {}
        How::Command(command) => key.add(command),
        How::Method(job) => {
            let Job { method, runtime, machine, is_layer, is_for_here, name, entries, flags } = job;
            key.add(&format!("{method:?} {machine:?} {is_layer} {is_for_here}"));
            key.add(runtime.as_deref().unwrap_or_default());
            key.add(name);
            key.add_all(entries);
            key.add_all(flags);
            for tool in tools_of(job) {
                key.add(&tools::identity(tool));
            }
        }
    }
    key.add_all(&left_out.patterns);
    if left_out.development {
        key.add("without development");
    }
    key.finish()
}

/// The tools whose change may change the work.
fn tools_of(job: &Job) -> Vec<&str> {
    match job.method {
        Method::Python => ["uv"].into_iter().chain(python::interpreters(job)).collect(),
        Method::Node | Method::Esbuild => vec!["npm", "pnpm", "yarn", "node", "esbuild"],
        Method::Rust => vec!["cargo-lambda", "cargo", "rustc"],
        Method::Go => vec!["go"],
        Method::Makefile => vec!["make"],
    }
}

/// A digest of several texts, none of which runs together with the next.
struct Key(blake3::Hasher);

impl Key {
    fn new() -> Self {
        let mut key = Key(blake3::Hasher::new());
        key.add(std::env::consts::OS);
        key.add(std::env::consts::ARCH);
        key
    }

    fn add(&mut self, part: &str) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
    }

    fn add_all(&mut self, parts: &[String]) {
        self.0.update(&(parts.len() as u64).to_le_bytes());
        parts.iter().for_each(|part| self.add(part));
    }

    fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
