//! What a call of a function is, for whoever calls: gateways, queues, the Invoke API, the page.

use std::future::Future;

use bytes::Bytes;

/// What came of a call that reached a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the function answered, or the JSON object that tells its error.
    pub payload: Bytes,
    /// `Unhandled` where the function failed, did not start or took too long; none where it answered.
    pub error: Option<String>,
    /// The request id of the call.
    pub request_id: String,
    /// The last 4 KiB of what it logged during the call.
    pub log_tail: String,
}

/// Why a call did not reach a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such function.
    Unknown,
    /// As many calls run already as may.
    Throttled,
    /// The event is larger than Lambda takes. Source: Lambda quotas, 6 MB synchronous, 1 MB asynchronous.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The function runs in an image, or its runtime has no interpreter here: in words for people.
    CannotRun(String),
}

/// Whoever calls functions. A function is named by its logical id.
pub trait Invoke: Send + Sync + 'static {
    /// Calls a function and waits for its answer.
    fn invoke(&self, function: &str, event: Bytes) -> impl Future<Output = Result<Outcome, Refusal>> + Send;

    /// Calls a function without waiting: the event is tried again as the function says, and its
    /// outcome goes where its destinations say. It refuses only what can be told at once.
    fn invoke_later(&self, function: &str, event: Bytes) -> Result<String, Refusal>;
}

/// Whoever takes the outcome of asynchronous calls to queues, topics and buses.
pub trait Deliver: Send + Sync + 'static {
    /// Sends a message, JSON in UTF-8. Whether there is such a target; it does not wait.
    fn deliver(&self, target: &samc_schema::manifest::Target, message: Bytes) -> bool;
}
