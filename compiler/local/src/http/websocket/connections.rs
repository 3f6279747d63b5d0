//! The connections that are open, of all WebSocket APIs: functions name them by their ids alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::http::request::Request;
use crate::{clock, ids};

/// Connections at most.
const MOST: usize = 2000;

/// What goes out to a client.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message: text where it is UTF-8.
    Data(Bytes),
    /// The end.
    Close,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Its id.
    pub(crate) id: String,
    /// Since when it is open, in milliseconds since 1970.
    pub(crate) connected_ms: u64,
    /// Where it was opened: the host with the port.
    pub(crate) host: String,
    /// The address of the client.
    pub(crate) source_ip: String,
    /// What the client is, as it says.
    pub(crate) user_agent: String,
    active_ms: AtomicU64,
    known: OnceLock<Value>,
    outgoing: mpsc::Sender<Outgoing>,
}

impl Connection {
    /// One that a request asks for.
    pub(super) fn new(request: &Request, outgoing: mpsc::Sender<Outgoing>) -> Connection {
        let now = clock::epoch_ms();
        Connection {
            id: ids::short(),
            connected_ms: now,
            host: request.header(hyper::header::HOST).unwrap_or("localhost").to_owned(),
            source_ip: request.peer.to_string(),
            user_agent: request.user_agent().to_owned(),
            active_ms: AtomicU64::new(now),
            known: OnceLock::new(),
            outgoing,
        }
    }

    /// Keeps what the authorizer knows of the caller.
    pub(super) fn knows(&self, known: Value) {
        // It is asked once.
        let _ = self.known.set(known);
    }

    /// What the authorizer knows of the caller.
    pub(super) fn known(&self) -> Option<&Value> {
        self.known.get()
    }

    /// Says that it is used.
    pub(super) fn touch(&self) {
        self.active_ms.store(clock::epoch_ms(), Ordering::Relaxed);
    }

    /// When it was used last, in milliseconds since 1970.
    pub(super) fn active_ms(&self) -> u64 {
        self.active_ms.load(Ordering::Relaxed)
    }

    /// Sends something. Whether it was taken: not where it is closed, nor where too much waits already.
    pub(crate) fn send(&self, message: Outgoing) -> bool {
        let sent = self.outgoing.try_send(message).is_ok();
        if sent {
            self.touch();
        }
        sent
    }
}

/// The connections that are open.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    all: Mutex<HashMap<String, Arc<Connection>>>,
}

impl Connections {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one, unless there are as many as may be.
    pub(super) fn add(&self, connection: &Arc<Connection>) -> bool {
        let mut all = self.lock();
        let room = all.len() < MOST;
        if room {
            all.insert(connection.id.clone(), Arc::clone(connection));
        }
        room
    }

    pub(super) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    /// One by its id.
    pub(super) fn get(&self, id: &str) -> Option<Arc<Connection>> {
        self.lock().get(id).cloned()
    }
}
