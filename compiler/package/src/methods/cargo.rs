//! Rust: `cargo lambda build` where it is installed, else `cargo build` for the function's processor.

use std::path::{Path, PathBuf};

use super::scratch::{Run, failed};
use super::{Job, Made, tools};
use crate::cache::Cache;
use crate::fault::Fault;
use crate::tree::{TreeFile, write_files};
use crate::walk::Member;

/// Builds a program and calls it `bootstrap`. What Cargo made before stays in the cache, so that a change compiles
/// what depends on it and nothing else.
pub(super) fn run(job: &Job, members: &[Member], cache: Option<&Cache>) -> Result<Made, Vec<Fault>> {
    let cargo = tools::need("cargo", "install Rust: https://rustup.rs")?;
    let system = |error: std::io::Error| failed("making a scratch folder", &error);
    let scratch = tempfile::Builder::new().prefix("samc-build-").tempdir().map_err(system)?;
    let source = members.first().and_then(|m| m.path.ancestors().nth(m.name.split('/').count()));
    let place = source.and_then(|at| at.canonicalize().ok()).unwrap_or_default();
    // Held to the end: another build of the same code waits.
    let work = cache.and_then(|cache| cache.work(&place.to_string_lossy()));
    let top = work.as_ref().map_or(scratch.path(), |work| work.folder.as_path());
    let (code, target) = (top.join("code"), top.join("target"));
    let files: Vec<TreeFile> = members.iter().cloned().map(TreeFile::from).collect();
    write_files(&files, &code).map_err(|error| failed("copying the code", &error))?;
    if !code.join("Cargo.toml").is_file() {
        return Err(vec![Fault::NotBuilt {
            what: "it has no Cargo.toml".to_owned(),
            help: "name the folder of the package, or of its workspace".to_owned(),
        }]);
    }
    let program = match tools::find("cargo-lambda") {
        Some(_) if !job.is_for_here => with_cargo_lambda(job, &cargo, &code, &target)?,
        _ => with_cargo(job, &cargo, &code, &target)?,
    };
    let artifacts = scratch.path().join("artifacts");
    let copied =
        std::fs::create_dir(&artifacts).and_then(|()| std::fs::copy(program, artifacts.join("bootstrap")));
    copied.map_err(|error| failed("taking the program", &error))?;
    Ok((artifacts, scratch))
}

fn with_cargo_lambda(job: &Job, cargo: &Path, code: &Path, target: &Path) -> Result<PathBuf, Vec<Fault>> {
    let made = target.join("lambda");
    let _ = std::fs::remove_dir_all(&made);
    let run = Run::new(cargo, code, "cargo lambda build --release")
        .args(["lambda", "build", "--release"])
        .args(if job.machine == crate::machine::Machine::Arm { &["--arm64"][..] } else { &[] })
        .args(locked(code))
        .args(["--lambda-dir".as_ref(), made.as_os_str()])
        // As an option, it would hand it on to `cargo metadata`, which does not know it.
        .env("CARGO_TARGET_DIR", target);
    run.wait()?;
    let programs: Vec<PathBuf> = entries(&made).into_iter().map(|at| at.join("bootstrap")).collect();
    let programs = programs.into_iter().filter(|p| p.is_file()).collect();
    choose(job, programs, |path| path.parent().and_then(Path::file_name))
}

fn with_cargo(job: &Job, cargo: &Path, code: &Path, target: &Path) -> Result<PathBuf, Vec<Fault>> {
    let mut run = Run::new(cargo, code, "cargo build --release")
        .args(["build", "--release"])
        .args(locked(code))
        .args(["--target-dir".as_ref(), target.as_os_str()])
        // A program of a release with its symbols is several times as large.
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    let mut made = target.join("release");
    if !job.is_for_here {
        let triple = triple(job, code)?;
        made = target.join(&triple).join("release");
        run = run.args(["--target", &triple]);
    }
    // Programs of earlier builds that are in the package no longer.
    for old in entries(&made).into_iter().filter(|path| path.is_file()) {
        let _ = std::fs::remove_file(old);
    }
    run.wait()?;
    let programs = entries(&made).into_iter().filter(|path| is_program(path)).collect();
    choose(job, programs, Path::file_name)
}

/// The target to compile for: one whose C library every runtime has, or comes along.
fn triple(job: &Job, code: &Path) -> Result<String, Vec<Fault>> {
    let machine = job.machine.gnu_name();
    let (static_libc, shared_libc) =
        (format!("{machine}-unknown-linux-musl"), format!("{machine}-unknown-linux-gnu"));
    let rustc = tools::need("rustc", "install Rust: https://rustup.rs")?;
    let has = |triple: &str| {
        let run = Run::new(&rustc, code, "rustc").args(["--print", "target-libdir", "--target", triple]);
        run.said().is_some_and(|folder| entries(Path::new(folder.trim())).iter().any(|file| is_std(file)))
    };
    if has(&static_libc) {
        return Ok(static_libc);
    }
    let is_here = cfg!(target_os = "linux") && std::env::consts::ARCH == machine;
    if is_here && has(&shared_libc) {
        return Ok(shared_libc);
    }
    Err(vec![Fault::NotBuilt {
        what: format!("Rust is not installed for {}", job.machine.name()),
        help: format!("`rustup target add {static_libc}`, or `pip install cargo-lambda`"),
    }])
}

fn is_std(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libstd-"))
}

/// A lock file is to be taken at its word.
fn locked(code: &Path) -> &'static [&'static str] {
    if code.join("Cargo.lock").is_file() { &["--locked"] } else { &[] }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// Whether Cargo made it to be run: libraries have an ending.
fn is_program(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let has_no_ending = !name.contains('.') || name.ends_with(".exe");
    path.is_file() && has_no_ending
}

/// The program that the job names, or the only one there is.
fn choose(
    job: &Job,
    programs: Vec<PathBuf>,
    name_of: impl Fn(&Path) -> Option<&std::ffi::OsStr>,
) -> Result<PathBuf, Vec<Fault>> {
    let name = |path: &Path| name_of(path).unwrap_or_default().to_string_lossy().into_owned();
    if let Some(named) = programs.iter().find(|path| name(path) == job.name) {
        return Ok(named.clone());
    }
    if let [only] = programs.as_slice() {
        return Ok(only.clone());
    }
    let names: Vec<String> = programs.iter().map(|path| format!("`{}`", name(path))).collect();
    Err(vec![Fault::NotBuilt {
        what: match names.len() {
            0 => "the package has no program".to_owned(),
            n => format!("the package has {n} programs, {}", names.join(", ")),
        },
        help: "say which is meant: the handler may be its name, or `build: {method: rust, target: NAME}`"
            .to_owned(),
    }])
}
