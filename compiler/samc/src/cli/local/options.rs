//! Options of whatever runs functions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use samc_local::Options;
use samc_local::sink::Sink;
use samc_schema::manifest::Manifest;

use super::environment;

/// What a debugger needs: a call may take as long as it likes, in milliseconds.
const PATIENT_MS: u64 = 24 * 60 * 60 * 1000;

/// How functions run.
#[derive(Debug, Args)]
pub(super) struct Running {
    /// Environment variables: lines `NAME=value`, or a JSON object with one of functions in it, as SAM CLI takes
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Where an emulator of AWS answers; functions get it as AWS_ENDPOINT_URL
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Leave out the rules: run what could not be deployed as well
    #[arg(long)]
    pub(super) no_lint: bool,
    /// Let debuggers attach, on the ports of launch.json; calls have no time limit then
    #[arg(long)]
    debug: bool,
}

impl Running {
    /// The options of a run of a manifest. An error is about the options themselves.
    pub(super) fn options(
        &self,
        mut manifest: Manifest,
        folder: &Path,
        sink: Arc<dyn Sink>,
    ) -> Result<Options, String> {
        self.apply(&mut manifest)?;
        let mut options = Options::new(manifest, folder.to_owned(), sink);
        options.endpoint_url.clone_from(&self.endpoint_url);
        options.debug = self.debug;
        Ok(options)
    }

    /// Changes a manifest as these options say.
    pub(super) fn apply(&self, manifest: &mut Manifest) -> Result<(), String> {
        if let Some(file) = &self.env_file {
            environment::read(file)?.apply(manifest);
        }
        if self.debug {
            for function in manifest.functions.values_mut() {
                function.timeout_ms = PATIENT_MS;
            }
            for route in manifest.apis.values_mut().flat_map(|api| &mut api.routes) {
                route.timeout_ms = PATIENT_MS;
            }
        }
        Ok(())
    }

    /// The file of environment variables.
    pub(super) fn env_file(&self) -> Option<&Path> {
        self.env_file.as_deref()
    }
}
