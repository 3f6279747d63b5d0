//! `go build`: a program called `bootstrap` for a runtime of the operating system alone.

use super::scratch::{Run, Scratch};
use super::{Job, Made, tools};
use crate::fault::Fault;
use crate::walk::Member;

/// Builds the package in the folder. No path and no id of the build gets into the program, so that the same
/// code gives the same bytes.
pub(super) fn run(job: &Job, members: &[Member]) -> Result<Made, Vec<Fault>> {
    let go = tools::need("go", "install Go from your distribution or go.dev")?;
    let scratch = Scratch::new(members)?;
    let artifacts = scratch.folder("artifacts")?;
    let program = artifacts.join("bootstrap");
    let mut run = Run::new(go, &scratch.code, "go build")
        .args(["build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc"])
        .args(["-ldflags", "-s -w -buildid=", "-o"])
        .args([program.as_os_str(), ".".as_ref()])
        .env("CGO_ENABLED", "0");
    if !job.is_for_here {
        run = run.env("GOOS", "linux").env("GOARCH", job.machine.go_name());
    }
    run.wait()?;
    Ok(scratch.made(artifacts))
}
