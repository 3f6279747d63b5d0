//! What everything that runs has in common.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use tempfile::TempDir;

use crate::function::Interpreters;
use crate::records::Records;
use crate::sink::Sink;

/// What everything that runs has in common.
pub(crate) struct Context {
    /// The folder that paths of the manifest start from.
    pub(crate) folder: PathBuf,
    /// The region in names and events.
    pub(crate) region: String,
    /// The account in names and events.
    pub(crate) account: String,
    /// Where an emulator of AWS answers, if the user has one.
    pub(crate) endpoint_url: Option<String>,
    /// Environment variables of all functions.
    pub(crate) environment: IndexMap<String, String>,
    /// Processes of a function at most.
    pub(crate) cap: usize,
    /// The programs that run functions.
    pub(crate) interpreters: Interpreters,
    /// The folder of the bootstraps.
    pub(crate) bootstraps: TempDir,
    /// Who shows lines.
    pub(crate) sink: Arc<dyn Sink>,
    /// What was called lately.
    pub(crate) records: Records,
}
