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
    /// Where the application answers, once that is known.
    pub(crate) answers: RwLock<Arc<Answers>>,
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

/// Where an application answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Where the calls of AWS's SDKs are answered that reach what is in memory here.
    pub(crate) own_url: Option<String>,
    /// Where its APIs are, by logical id.
    pub(crate) apis: Vec<(String, SocketAddr)>,
}

impl Context {
    /// What runs now.
    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where the application answers.
    pub(crate) fn answers(&self) -> Arc<Answers> {
        Arc::clone(&self.answers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on it answers there.
    pub(crate) fn answers_at(&self, answers: Answers) {
        *self.answers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(answers);
    }

    /// From now on this runs.
    pub(crate) fn runs(&self, running: Running) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(running);
    }
}
