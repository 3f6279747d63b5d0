//! Packages for Node.js, by the package manager whose lock file lies in the folder.

use std::path::{Path, PathBuf};

use super::scratch::{Run, Scratch, failed, merge};
use super::{Job, Key, Made, reuse, tools};
use crate::cache::Cache;
use crate::fault::Fault;
use crate::package_json::Package;
use crate::walk::Member;

/// The folder of a layer that Node.js looks in.
const IN_LAYER: &str = "nodejs";
/// The folder of packages.
pub(crate) const PACKAGES: &str = "node_modules";
/// What package managers leave beside packages for themselves: times, places on this machine.
const NOTES: [&str; 8] = [
    ".package-lock.json",
    ".modules.yaml",
    // All that is in it where packages lie beside each other: its own copy of the lock file.
    ".pnpm/lock.yaml",
    ".pnpm-workspace-state.json",
    ".pnpm-workspace-state-v1.json",
    ".yarn-integrity",
    ".yarn-state.yml",
    ".cache",
];

/// Installs what the folder needs when it runs.
pub(super) fn run(
    job: &Job,
    members: &[Member],
    inputs: &str,
    cache: Option<&Cache>,
) -> Result<Made, Vec<Fault>> {
    let scratch = Scratch::new(members)?;
    let inner = scratch.code.join(IN_LAYER);
    let is_laid_out = job.is_layer && inner.is_dir();
    let folder =
        if is_laid_out && inner.join("package.json").is_file() { inner } else { scratch.code.clone() };
    install(job, &folder, inputs, cache, Wanted::ToRun)?;
    if job.is_layer && !is_laid_out {
        let layer = scratch.folder("layer")?;
        merge(&scratch.code, &layer.join(IN_LAYER))
            .map_err(|error| failed("laying out the layer", &error))?;
        return Ok(scratch.made(layer));
    }
    let made = scratch.code.clone();
    Ok(scratch.made(made))
}

/// Which packages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that the function's machine needs when it runs.
    ToRun,
    /// All of them, for this machine, which builds with them.
    ToBuild,
}

/// A package manager with the lock file it was chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm {
        has_lock: bool,
    },
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn 2 and later.
    YarnBerry,
}

fn manager(folder: &Path, package: &Package) -> Manager {
    let has = |name: &str| folder.join(name).is_file();
    if has("pnpm-lock.yaml") {
        return Manager::Pnpm;
    }
    if has("yarn.lock") {
        let is_later = package.manager().is_some_and(|m| m.starts_with("yarn@") && !m.starts_with("yarn@1"));
        let is_berry = is_later || has(".yarnrc.yml");
        return if is_berry { Manager::YarnBerry } else { Manager::YarnClassic };
    }
    Manager::Npm { has_lock: has("package-lock.json") || has("npm-shrinkwrap.json") }
}

/// Fills `node_modules` of a folder that has a `package.json`; one without needs nothing.
pub(super) fn install(
    job: &Job,
    folder: &Path,
    inputs: &str,
    cache: Option<&Cache>,
    wanted: Wanted,
) -> Result<(), Vec<Fault>> {
    let Some(package) = Package::read(folder) else {
        return match folder.join("package.json").is_file() {
            true => Err(vec![Fault::NotBuilt {
                what: "its package.json is not JSON".to_owned(),
                help: "`npm pkg fix` says where".to_owned(),
            }]),
            false => Ok(()),
        };
    };
    let manager = manager(folder, &package);
    let key = key_of(job, folder, &package, manager, wanted, inputs);
    let packages = folder.join(PACKAGES);
    reuse::filled(&packages, &key, cache, || {
        command(job, folder, manager, wanted)?.wait()?;
        for note in NOTES {
            let path = packages.join(note);
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
            // A folder that held nothing else goes as well; the system refuses where it did.
            if let Some(folder) = path.parent().filter(|folder| *folder != packages) {
                let _ = std::fs::remove_dir(folder);
            }
        }
        Ok(())
    })
}

/// What installed packages are remembered under.
fn key_of(
    job: &Job,
    folder: &Path,
    package: &Package,
    manager: Manager,
    wanted: Wanted,
    inputs: &str,
) -> String {
    let mut key = Key::new();
    key.add("node packages");
    key.add(&format!("{manager:?} {wanted:?} {:?} {}", job.machine, job.is_for_here));
    for tool in ["npm", "pnpm", "yarn", "node"] {
        key.add(&tools::identity(tool));
    }
    let has_patches = folder.join("patches").is_dir() || folder.join(".yarn").is_dir();
    if !package.is_plain() || has_patches || folder.join("pnpm-workspace.yaml").is_file() {
        key.add(inputs);
    }
    let files = [
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
    ];
    for file in files {
        key.add(&std::fs::read_to_string(folder.join(file)).unwrap_or_default());
    }
    key.finish()
}

fn program(name: &str, lock: &str) -> Result<PathBuf, Vec<Fault>> {
    tools::find(name).ok_or_else(|| {
        vec![Fault::NotBuilt {
            what: format!("{name} is not installed, whose lock file {lock} is there"),
            help: format!("`npm install -g {name}`, or say the command: `build: ...`"),
        }]
    })
}

fn command<'a>(job: &Job, folder: &Path, manager: Manager, wanted: Wanted) -> Result<Run<'a>, Vec<Fault>> {
    let to_run = wanted == Wanted::ToRun;
    let is_elsewhere = to_run && !job.is_for_here;
    // A package may bring a file for each system, and installs that of the function's.
    let system =
        ["--os=linux".to_owned(), format!("--cpu={}", job.machine.node_name()), "--libc=glibc".to_owned()];
    let run = match manager {
        Manager::Npm { has_lock } => {
            let npm = tools::need("npm", "install Node.js with npm, or say the command: `build: ...`")?;
            let (verb, shown) = if has_lock { ("ci", "npm ci") } else { ("install", "npm install") };
            let run =
                Run::new(npm, folder, shown).args([verb, "--no-audit", "--no-fund", "--loglevel=error"]);
            let run = if has_lock { run } else { run.args(["--no-package-lock"]) };
            let run = if to_run { run.args(["--omit=dev"]) } else { run.args(["--include=dev"]) };
            if is_elsewhere { run.args(system) } else { run }
        }
        Manager::Pnpm => {
            let run = Run::new(program("pnpm", "pnpm-lock.yaml")?, folder, "pnpm install --frozen-lockfile")
                .args(["install", "--frozen-lockfile", "--config.node-linker=hoisted"])
                .args(["--config.package-import-method=copy", "--ignore-workspace"]);
            let run = if to_run { run.args(["--prod"]) } else { run.args(["--prod=false"]) };
            if is_elsewhere { run.args(system) } else { run }
        }
        Manager::YarnClassic => {
            let run = Run::new(program("yarn", "yarn.lock")?, folder, "yarn install --frozen-lockfile")
                .args(["install", "--frozen-lockfile", "--non-interactive", "--no-progress"]);
            run.args([format!("--production={to_run}")])
        }
        Manager::YarnBerry => {
            let yarn = program("yarn", "yarn.lock")?;
            let run = match to_run {
                true => Run::new(yarn, folder, "yarn workspaces focus --production").args([
                    "workspaces",
                    "focus",
                    "--all",
                    "--production",
                ]),
                false => Run::new(yarn, folder, "yarn install --immutable").args(["install", "--immutable"]),
            };
            run.env("YARN_NODE_LINKER", "node-modules").env("YARN_ENABLE_TELEMETRY", "0")
        }
    };
    // No question is asked where nobody answers.
    Ok(run.env("CI", "1"))
}
