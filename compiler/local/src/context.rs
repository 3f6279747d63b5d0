//! What everything that runs has in common.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use samc_schema::manifest::Manifest;
use tempfile::TempDir;

use crate::function::Interpreters;
use crate::http::{Connections, Keys};
use crate::local::Listening;
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
    /// Where the calls of AWS's SDKs are answered that reach what is in memory here, once that is known.
    pub(crate) own_url: RwLock<Option<String>>,
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
    /// Whether debuggers attach: a process for each function.
    pub(crate) debug: bool,
    /// What runs, and where it answers.
    pub(crate) running: RwLock<Arc<Running>>,
    /// The keys of those who issue tokens.
    pub(crate) keys: Keys,
    /// The connections of WebSocket APIs.
    pub(crate) connections: Arc<Connections>,
    /// What was called lately.
    pub(crate) records: Records,
}

/// What runs, and where it answers.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// The application.
    pub(crate) manifest: Manifest,
    /// Its APIs.
    pub(crate) listening: Vec<Listening>,
}

impl Context {
    /// What runs now.
    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where the calls of AWS's SDKs are answered that reach what is in memory here.
    pub(crate) fn own_url(&self) -> Option<String> {
        self.own_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on they are answered here.
    pub(crate) fn answers_at(&self, address: Option<SocketAddr>) {
        let url = address.map(|address| format!("http://{address}"));
        *self.own_url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// From now on this runs.
    pub(crate) fn runs(&self, running: Running) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(running);
    }
}
