//! A call on its way to a process and its answer on the way back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::invoke::Outcome;
use crate::records::Entry;

/// A call that waits for a process or is in one.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its request id.
    pub(crate) id: String,
    /// What it is called from, where its caller says so; its event tells it otherwise.
    pub(crate) what: Option<String>,
    /// What it gives the function.
    pub(crate) event: Bytes,
    /// The header of the mobile SDKs, in JSON.
    pub(crate) client_context: Option<String>,
    /// The trace it belongs to.
    pub(crate) trace: String,
    /// Since when it waits.
    pub(crate) since: Instant,
    /// Who waits for the answer.
    pub(crate) reply: oneshot::Sender<Reply>,
    /// That it is counted among those of its function, from when it is taken until it is over.
    pub(crate) counted: Option<Counted>,
}

/// A call among those that a function is in or that wait for it; it counts as long as this lives.
#[derive(Debug)]
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    /// Counts one more, unless there are as many as may be.
    pub(crate) fn new(all: &Arc<AtomicUsize>, limit: Option<usize>) -> Option<Counted> {
        let counted = Counted(Arc::clone(all));
        let before = all.fetch_add(1, Ordering::Relaxed);
        limit.is_none_or(|limit| before < limit).then_some(counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// All of it, and the note of the call.
    Whole(Outcome, Entry),
    /// Piece by piece, as the function writes it.
    Pieces(Pieces),
}

/// An answer that comes piece by piece.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// The request id of the call.
    pub(crate) request_id: String,
    /// What the function says of its form.
    pub(crate) content_type: Option<String>,
    /// The status that the client of an API gets; 0 until it is known.
    pub(crate) status: Arc<AtomicU16>,
    /// The pieces; the last one tells how it ended.
    pub(crate) pieces: mpsc::Receiver<Piece>,
}

/// A piece of an answer.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Bytes.
    Data(Bytes),
    /// The end, with what was logged.
    End {
        /// The JSON of the error, where the function failed on the way.
        error: Option<Bytes>,
        /// The last 4 KiB of the log.
        log_tail: String,
    },
}

impl Reply {
    /// The whole answer, waiting for all pieces.
    pub(crate) async fn whole(self) -> Outcome {
        match self {
            Reply::Whole(outcome, _) => outcome,
            Reply::Pieces(mut all) => {
                let mut payload = Vec::new();
                while let Some(piece) = all.pieces.recv().await {
                    match piece {
                        Piece::Data(data) => payload.extend_from_slice(&data),
                        Piece::End { error, log_tail } => {
                            let failed = error.is_some();
                            return Outcome {
                                payload: error.unwrap_or_else(|| payload.into()),
                                error: failed.then(|| UNHANDLED.to_owned()),
                                request_id: all.request_id,
                                log_tail,
                            };
                        }
                    }
                }
                Fault::broken().outcome(all.request_id, String::new())
            }
        }
    }
}

/// What `X-Amz-Function-Error` says of every error that the caller's function did not name.
pub(crate) const UNHANDLED: &str = "Unhandled";

/// An error that Lambda itself makes of what a process did.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// In Lambda's words.
    Told {
        /// Such as `Sandbox.Timedout`.
        kind: &'static str,
        /// What happened, after `RequestId: … Error: `.
        message: String,
    },
    /// As the process told it.
    Given(Bytes),
}

impl Fault {
    /// The process ended in the middle of an answer.
    pub(crate) fn broken() -> Fault {
        Fault::Told {
            kind: "Runtime.ExitError",
            message: "Runtime exited without providing a reason".to_owned(),
        }
    }

    /// What the caller gets.
    pub(crate) fn payload(&self, request_id: &str) -> Bytes {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a> {
            error_type: &'a str,
            error_message: String,
        }
        match self {
            Fault::Told { kind, message } => {
                let told = Told {
                    error_type: kind,
                    error_message: format!("RequestId: {request_id} Error: {message}"),
                };
                serde_json::to_vec(&told).unwrap_or_default().into()
            }
            Fault::Given(payload) => payload.clone(),
        }
    }

    /// What comes of the call.
    pub(crate) fn outcome(&self, request_id: String, log_tail: String) -> Outcome {
        let payload = self.payload(&request_id);
        Outcome { payload, error: Some(UNHANDLED.to_owned()), request_id, log_tail }
    }
}
