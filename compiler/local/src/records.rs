//! What was called lately: a bounded list, and whoever follows it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::clock;
use crate::context::Context;
use crate::invoke::Outcome;

/// Calls that are kept at most.
const KEPT: usize = 200;
/// Bytes of an event or an answer that are kept.
const BYTES: usize = 32 * 1024;

/// A call that is over.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its number, from 1.
    pub number: u64,
    /// The function, by logical id.
    pub function: String,
    /// What it is called from, such as `POST /orders` or `work ×3`.
    pub what: String,
    /// The status that the client of an API got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its request id.
    pub request_id: String,
    /// When it began, in milliseconds since 1970.
    pub began_ms: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// How long the process took to start for it, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_ms: Option<f64>,
    /// The most memory that the process has used, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// The event, the beginning of it where it is long.
    #[serde(serialize_with = "text")]
    pub event: Bytes,
    /// The answer, the beginning of it where it is long.
    #[serde(serialize_with = "text")]
    pub answer: Bytes,
    /// `Unhandled` where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The end of the log.
    pub log: String,
}

impl Record {
    /// A call whose process went in the moment it got it.
    pub(crate) fn lost(function: &str, outcome: &Outcome) -> Record {
        Record {
            number: 0,
            function: function.to_owned(),
            what: "invoke".to_owned(),
            status: None,
            request_id: outcome.request_id.clone(),
            began_ms: clock::epoch_ms(),
            duration_ms: 0.0,
            init_ms: None,
            memory_mib: None,
            event: Bytes::new(),
            answer: outcome.payload.clone(),
            error: outcome.error.clone(),
            log: outcome.log_tail.clone(),
        }
    }
}

fn text<S: serde::Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// A call that is over, on its way to whoever waits for it. It is kept and shown when this is dropped, so that
/// an API can say before with which status it answered, and nothing is lost where nobody waits any more.
pub(crate) struct Entry {
    record: Option<Box<Record>>,
    context: Arc<Context>,
}

impl Entry {
    /// A call that is over.
    pub(crate) fn new(record: Record, context: &Arc<Context>) -> Entry {
        Entry { record: Some(Box::new(record)), context: Arc::clone(context) }
    }

    /// Says which status the client of an API gets.
    pub(crate) fn answered(mut self, status: u16) {
        if let Some(record) = &mut self.record {
            record.status = Some(status);
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record.fmt(f)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            let record = self.context.records.add(*record);
            self.context.sink.call(&record);
        }
    }
}

/// What followers are told.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A call is over.
    Call(Arc<Record>),
    /// Functions or routes are not what they were.
    Reload,
}

/// The calls that are over.
pub(crate) struct Records {
    last: Mutex<VecDeque<Arc<Record>>>,
    count: AtomicU64,
    followers: broadcast::Sender<Happening>,
}

impl Default for Records {
    fn default() -> Self {
        let (followers, _) = broadcast::channel(256);
        Records { last: Mutex::default(), count: AtomicU64::new(0), followers }
    }
}

impl Records {
    /// Keeps a call; its number is given here.
    fn add(&self, mut record: Record) -> Arc<Record> {
        record.number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        // What is kept is a copy: a part of a large buffer would keep all of it alive.
        for part in [&mut record.event, &mut record.answer] {
            *part = Bytes::copy_from_slice(&part[..part.len().min(BYTES)]);
        }
        let record = Arc::new(record);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(Arc::clone(&record));
        drop(last);
        // Nobody may follow.
        let _ = self.followers.send(Happening::Call(Arc::clone(&record)));
        record
    }

    /// Says that what runs is not what it was.
    pub(crate) fn reloaded(&self) {
        let _ = self.followers.send(Happening::Reload);
    }

    /// The last calls, the oldest first.
    pub(crate) fn last(&self) -> Vec<Arc<Record>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How many calls there were.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Those that come from now on.
    pub(crate) fn follow(&self) -> broadcast::Receiver<Happening> {
        self.followers.subscribe()
    }
}
