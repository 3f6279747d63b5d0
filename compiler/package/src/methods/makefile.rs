//! `make build-<logical id>`, as `sam build` runs it.

use super::scratch::{Run, Scratch};
use super::{Job, Made, tools};
use crate::fault::Fault;
use crate::walk::Member;

/// Runs the target of the resource in a copy of the files; it puts what is to be packed into `$ARTIFACTS_DIR`.
pub(super) fn run(job: &Job, members: &[Member]) -> Result<Made, Vec<Fault>> {
    let target = format!("build-{}", job.name);
    let shown = format!("make {target}");
    let make = tools::need("make", "install GNU make, or say the command: `build: ...`")?;
    let scratch = Scratch::new(members)?;
    let artifacts = scratch.folder("artifacts")?;
    Run::new(make, &scratch.code, &shown).args([&target]).env("ARTIFACTS_DIR", &artifacts).wait()?;
    Ok(scratch.made(artifacts))
}
