//! Packages for Python: wheels for the runtime and the processor of the function, by uv or pip.

use std::path::{Path, PathBuf};

use super::requirements::{Declared, REQUIREMENTS, deciding_files, declared};
use super::scratch::{Run, Scratch, failed, merge};
use super::{Job, Key, Made, reuse, tools, wheels};
use crate::cache::Cache;
use crate::fault::Fault;
use crate::walk::Member;

/// The folder of a layer that Python looks in.
const IN_LAYER: &str = "python";
/// What a list that is made of other files is called.
const LIST: &str = "samc-requirements.txt";

/// Interpreters that pip is asked of, the first that has it. Markers of requirements are those of the interpreter, so
/// that of the runtime comes first.
pub(super) fn interpreters(job: &Job) -> Vec<&str> {
    job.runtime
        .as_deref()
        .filter(|r| r.starts_with("python3."))
        .into_iter()
        .chain(["python3", "python"])
        .collect()
}

/// Installs what the folder declares, and puts it beside the code.
pub(super) fn run(
    job: &Job,
    members: &[Member],
    inputs: &str,
    cache: Option<&Cache>,
) -> Result<Made, Vec<Fault>> {
    let scratch = Scratch::new(members)?;
    let inner = scratch.code.join(IN_LAYER);
    // A layer may be laid out as it is unpacked, or hold the list alone.
    let is_laid_out = job.is_layer && inner.is_dir();
    let declaring = if is_laid_out && declared(&inner).is_some() { inner } else { scratch.code.clone() };
    let packages = scratch.folder("packages")?;
    if let Some(declared) = declared(&declaring) {
        let key = key_of(job, &declaring, &declared, inputs);
        reuse::filled(&packages, &key, cache, || {
            install(job, &declaring, &declared, &packages)?;
            wheels::clean(&packages).map_err(|error| failed("tidying the packages", &error))
        })?;
    }
    let merging = |error: std::io::Error| failed("putting the packages to the code", &error);
    if !job.is_layer {
        merge(&packages, &scratch.code).map_err(merging)?;
        let made = scratch.code.clone();
        return Ok(scratch.made(made));
    }
    if is_laid_out {
        merge(&packages, &scratch.code.join(IN_LAYER)).map_err(merging)?;
        let made = scratch.code.clone();
        return Ok(scratch.made(made));
    }
    let layer = scratch.folder("layer")?;
    merge(&scratch.code, &layer.join(IN_LAYER)).map_err(merging)?;
    merge(&packages, &layer.join(IN_LAYER)).map_err(merging)?;
    Ok(scratch.made(layer))
}

/// What installed packages are remembered under: the files that say which, and for what.
fn key_of(job: &Job, folder: &Path, declared: &Declared, inputs: &str) -> String {
    let mut key = Key::new();
    key.add("python packages");
    key.add(&format!("{:?} {} {declared:?}", job.machine, job.is_for_here));
    key.add(job.runtime.as_deref().unwrap_or_default());
    key.add(&tools::identity("uv"));
    for interpreter in interpreters(job) {
        key.add(&tools::identity(interpreter));
    }
    match deciding_files(folder) {
        Some(files) => {
            for file in files {
                key.add(&file.to_string_lossy());
                key.add(&std::fs::read_to_string(folder.join(&file)).unwrap_or_default());
            }
        }
        None => key.add(inputs),
    }
    key.finish()
}

fn install(job: &Job, folder: &Path, declared: &Declared, packages: &Path) -> Result<(), Vec<Fault>> {
    let uv = tools::find("uv");
    let list = match declared {
        Declared::File => REQUIREMENTS,
        Declared::Project(own) => {
            write(&folder.join(LIST), &(own.join("\n") + "\n"))?;
            LIST
        }
        Declared::UvLock => {
            let uv = uv.clone().ok_or_else(|| {
                vec![Fault::NotBuilt {
                    what: "uv.lock is there, and uv is not installed".to_owned(),
                    help: "`pip install uv`, or write the packages with `uv export -o requirements.txt`"
                        .to_owned(),
                }]
            })?;
            Run::new(uv, folder, "uv export --frozen")
                .args([
                    "export",
                    "--frozen",
                    "--no-dev",
                    "--no-emit-project",
                    "--no-header",
                    "-q",
                    "-o",
                    LIST,
                ])
                .wait()?;
            LIST
        }
        Declared::PoetryLock => {
            let poetry = tools::need(
                "poetry",
                "`pip install poetry poetry-plugin-export`, or write the packages with `poetry export -o requirements.txt`",
            )?;
            Run::new(poetry, folder, "poetry export")
                .args(["export", "--only", "main", "-o", LIST])
                .wait()?;
            LIST
        }
    };
    let done = match uv {
        Some(uv) => with_uv(job, &uv, folder, list, packages),
        None => with_pip(job, folder, list, packages),
    };
    if list == LIST {
        let _ = std::fs::remove_file(folder.join(LIST));
    }
    done
}

fn write(file: &Path, text: &str) -> Result<(), Vec<Fault>> {
    std::fs::write(file, text).map_err(|error| failed("writing the list of packages", &error))
}

/// The version of Python that packages are for; none where this machine runs them.
fn version(job: &Job) -> Result<Option<&str>, Vec<Fault>> {
    if job.is_for_here {
        return Ok(None);
    }
    match job.runtime.as_deref().and_then(|runtime| runtime.strip_prefix("python")) {
        Some(version) => Ok(Some(version)),
        None => Err(vec![Fault::NotBuilt {
            what: "the version of Python that it is for is not written out".to_owned(),
            help: "write the runtime: `runtime: python3.13`, `BuildMethod: python3.13`, or `CompatibleRuntimes` of a layer"
                .to_owned(),
        }]),
    }
}

/// The newest C library that wheels may want: that of the system under the runtime. A wheel for an older one
/// runs on a newer.
fn glibc(job: &Job) -> u32 {
    samc_data::glibc::minor_version(job.runtime.as_deref().unwrap_or_default())
}

/// Only wheels are taken: what would be compiled here would be for this machine.
fn with_uv(job: &Job, uv: &Path, folder: &Path, list: &str, packages: &Path) -> Result<(), Vec<Fault>> {
    let shown = format!("uv pip install -r {list}");
    let mut run = Run::new(uv, folder, &shown)
        .args([
            "pip",
            "install",
            "-q",
            "--no-config",
            "--no-compile-bytecode",
            "--link-mode",
            "copy",
            "-r",
            list,
        ])
        .args(["--target".as_ref(), packages.as_os_str()]);
    if let Some(version) = version(job)? {
        // uv knows some of these names alone: the newest that is not too new.
        let newest =
            [40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28].into_iter().find(|minor| *minor <= glibc(job));
        let platform = match newest {
            Some(minor) => format!("{}-manylinux_2_{minor}", job.machine.gnu_name()),
            None => format!("{}-manylinux2014", job.machine.gnu_name()),
        };
        run =
            run.args(["--python-version", version, "--python-platform", &platform, "--only-binary", ":all:"]);
    }
    run.wait()
}

/// pip in two steps for another Python than its own: `pip install` holds packages back that its own version is too old
/// for, and `pip download` does not.
fn with_pip(job: &Job, folder: &Path, list: &str, packages: &Path) -> Result<(), Vec<Fault>> {
    let python = python_with_pip(job, folder)?;
    let name = python.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shown = format!("{name} -m pip install -r {list}");
    let pip = |verb: &str| {
        Run::new(&python, folder, &shown)
            .args(["-m", "pip", verb, "-q", "--disable-pip-version-check", "--no-input"])
            .env("PIP_ROOT_USER_ACTION", "ignore")
    };
    let to_target =
        ["--no-compile".as_ref(), "--no-warn-conflicts".as_ref(), "--target".as_ref(), packages.as_os_str()];
    let Some(version) = version(job)? else {
        return pip("install").args(to_target).args(["-r", list]).wait();
    };
    let machine = job.machine.gnu_name();
    let mut target: Vec<String> = ["--only-binary=:all:", "--implementation=cp"].map(str::to_owned).into();
    target.push(format!("--python-version={version}"));
    target.extend((17..=glibc(job)).rev().map(|minor| format!("--platform=manylinux_2_{minor}_{machine}")));
    // The old name, which tags of many wheels have alone.
    target.push(format!("--platform=manylinux2014_{machine}"));
    let wheels = tempfile::tempdir_in(packages).map_err(|error| failed("making a folder", &error))?;
    pip("download").args(&target).args(["-r", list, "-d"]).args([wheels.path()]).wait()?;
    let files = std::fs::read_dir(wheels.path()).map_err(|error| failed("looking at the wheels", &error))?;
    let mut files: Vec<PathBuf> = files.flatten().map(|entry| entry.path()).collect();
    files.sort();
    if files.is_empty() {
        return Ok(());
    }
    let run = pip("install").args(&target).args(["--no-deps", "--no-index", "--ignore-requires-python"]);
    run.args(to_target).args(&files).wait()
}

fn python_with_pip(job: &Job, folder: &Path) -> Result<PathBuf, Vec<Fault>> {
    let has_pip =
        |python: &PathBuf| Run::new(python, folder, "pip").args(["-m", "pip", "--version"]).succeeds();
    let found = interpreters(job).into_iter().filter_map(tools::find).find(has_pip);
    found.ok_or_else(|| {
        vec![Fault::NotBuilt {
            what: "neither uv nor Python with pip is installed".to_owned(),
            help: "install one of them, or put the packages into the folder and say `build: none`".to_owned(),
        }]
    })
}
