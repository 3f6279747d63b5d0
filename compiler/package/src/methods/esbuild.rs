//! Bundles by esbuild: TypeScript and packages become one file for each handler.

use std::path::{Path, PathBuf};

use super::node::{self, PACKAGES, Wanted};
use super::scratch::{Run, Scratch};
use super::{Job, Made, tools};
use crate::cache::Cache;
use crate::fault::Fault;
use crate::package_json::Package;
use crate::walk::Member;

/// What a handler's file may end with.
const ENDINGS: [&str; 8] = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"];
/// The first runtime that brings the SDK in parts, all below this name.
const SDK: &str = "@aws-sdk";
/// Lets a bundle that is an ES module hold packages that are not.
const REQUIRE: &str =
    "import{createRequire as __samcRequire}from'module';const require=__samcRequire(import.meta.url);";

/// The file of a handler such as `src/index.handler`, as it is written, below a folder.
pub(super) fn entry(folder: &Path, handler: &str) -> Option<String> {
    let plain = handler.trim_start_matches("./");
    let (at, last) = plain.rsplit_once('/').map_or(("", plain), |(at, last)| (at, last));
    let stem = last.split('.').next().filter(|stem| !stem.is_empty())?;
    let base = if at.is_empty() { stem.to_owned() } else { format!("{at}/{stem}") };
    ENDINGS.iter().map(|ending| format!("{base}.{ending}")).find(|file| folder.join(file).is_file())
}

/// Installs what the build needs, and bundles.
pub(super) fn run(
    job: &Job,
    members: &[Member],
    inputs: &str,
    cache: Option<&Cache>,
) -> Result<Made, Vec<Fault>> {
    let scratch = Scratch::new(members)?;
    let entries = match job.entries.as_slice() {
        [] => vec![entry(&scratch.code, &job.name).ok_or_else(|| no_entry(&job.name))?],
        own => own.to_vec(),
    };
    node::install(job, &scratch.code, inputs, cache, Wanted::ToBuild)?;
    let artifacts = scratch.folder("artifacts")?;
    let has = |flag: &str| job.flags.iter().any(|own| own.starts_with(flag));
    let mut run = Run::new(program(&scratch.code)?, &scratch.code, "esbuild")
        .args(&entries)
        .args(["--bundle", "--platform=node", "--log-level=warning", "--color=false"])
        .args([format!("--outdir={}", artifacts.display())]);
    if job.entries.is_empty() {
        // The bundle lies where the handler says that its file is.
        run = run.args(["--outbase=."]);
    }
    if !has("--target") {
        run = run.args([format!("--target={}", target(job))]);
    }
    if !has("--minify") {
        run = run.args(["--minify"]);
    }
    if !has("--format") {
        let is_module = Package::read(&scratch.code).is_some_and(|package| package.is_module());
        let is_esm = |file: &String| match file.rsplit_once('.').map(|(_, ending)| ending) {
            Some("mts" | "mjs") => true,
            Some("cts" | "cjs") => false,
            _ => is_module,
        };
        if entries.iter().all(is_esm) {
            run = run.args(["--format=esm", "--out-extension:.js=.mjs"]);
            if !has("--banner:js") {
                run = run.args([format!("--banner:js={REQUIRE}")]);
            }
        } else {
            run = run.args(["--format=cjs"]);
        }
    }
    let has_own_sdk = scratch.code.join(PACKAGES).join(SDK).is_dir();
    if !has_own_sdk && !has("--external:@aws-sdk") {
        // Where the package does not bring the SDK, the runtime does.
        run = run.args(["--external:@aws-sdk/*"]);
    }
    run.args(&job.flags).wait()?;
    Ok(scratch.made(artifacts))
}

/// What the runtime understands: `nodejs22.x` is `node22`.
fn target(job: &Job) -> String {
    let version = job.runtime.as_deref().and_then(|r| r.strip_prefix("nodejs")?.strip_suffix(".x"));
    version.map_or_else(|| "es2020".to_owned(), |version| format!("node{version}"))
}

fn no_entry(handler: &str) -> Vec<Fault> {
    let stem = handler.rsplit_once('.').map_or(handler, |(stem, _)| stem);
    vec![Fault::NotBuilt {
        what: format!("esbuild finds no file for the handler `{handler}`: no {stem}.ts, .mts, .js or .mjs"),
        help: "paths in a handler begin at the top of the code".to_owned(),
    }]
}

/// The package's own esbuild, or that of the machine.
fn program(code: &Path) -> Result<PathBuf, Vec<Fault>> {
    let own = code.join(PACKAGES).join(".bin").join(if cfg!(windows) { "esbuild.cmd" } else { "esbuild" });
    if own.exists() {
        return Ok(own);
    }
    tools::need("esbuild", "`npm install --save-dev esbuild` in the folder of the code")
}
