//! The functions of an application as processes on this machine.

mod asynchronous;
mod call;
mod channel;
mod environment;
mod frames;
mod interpreter;
mod memory;
mod output;
mod pool;
mod processes;
mod runtime_api;
mod sandbox;
mod turns;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use samc_schema::manifest::Function;
use tokio::sync::oneshot;

pub(crate) use call::{Piece, Pieces, Reply};
pub(crate) use channel::LONGEST_FOLDER;
pub(crate) use environment::ACCESS_KEY;
pub(crate) use interpreter::{Interpreters, NODE, PYTHON};
pub(crate) use pool::{Pool, Rejected};

use crate::context::Context;
use crate::invoke::{Invoke, Outcome, Refusal};
use crate::records::{Entry, Record};
use crate::{clock, ids};
use call::Call;

/// Bytes of an event at most, whether the caller waits or not. Source: Lambda quotas.
const LARGEST: usize = 6 * 1024 * 1024;
const LARGEST_LATER: usize = 1024 * 1024;

/// All functions. Copies are the same functions.
#[derive(Clone)]
pub struct Functions {
    inner: Arc<Inner>,
}

struct Inner {
    context: Arc<Context>,
    pools: RwLock<HashMap<String, Arc<Pool>>>,
    deliver: std::sync::OnceLock<Arc<dyn crate::invoke::Deliver>>,
}

impl Functions {
    /// Functions, none yet.
    pub(crate) fn new(context: Arc<Context>) -> Functions {
        Functions {
            inner: Arc::new(Inner { context, pools: RwLock::default(), deliver: Default::default() }),
        }
    }

    /// What they share.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.inner.context
    }

    /// Says where destinations of asynchronous calls are.
    pub fn deliver_to(&self, deliver: Arc<dyn crate::invoke::Deliver>) {
        // The first one stays.
        let _ = self.inner.deliver.set(deliver);
    }

    pub(crate) fn pool(&self, id: &str) -> Option<Arc<Pool>> {
        self.inner.pools.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// All pools, by logical id.
    pub(crate) fn pools(&self) -> Vec<Arc<Pool>> {
        let mut all: Vec<_> =
            self.inner.pools.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Puts a function in, or in place of the one of the same id, whose processes end when they are in no
    /// call. Calls that wait go over. Where processes ran, one is started at once.
    pub(crate) fn put(&self, id: &str, function: Function) -> Arc<Pool> {
        let pool = Arc::new(Pool::new(id.to_owned(), function, Arc::clone(&self.inner.context)));
        let before = self
            .inner
            .pools
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned(), Arc::clone(&pool));
        if let Some(before) = before {
            let ran = before.load().0 > 0;
            for call in before.close() {
                // A call that is refused is dropped, which tells its caller.
                let _ = pool.submit(call);
            }
            if ran {
                pool.warm();
            }
        }
        pool
    }

    /// Takes a function out.
    pub(crate) fn remove(&self, id: &str) {
        let before = self.inner.pools.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(before) = before {
            drop(before.close());
        }
    }

    /// Ends all processes.
    pub(crate) async fn end(&self) {
        let pools = self.pools();
        for pool in &pools {
            drop(pool.close());
        }
        for pool in pools {
            pool.kill().await;
        }
    }

    /// Calls a function; the answer may come in pieces. `what` says where the call comes from.
    pub(crate) async fn call(
        &self,
        id: &str,
        event: Bytes,
        client: Option<String>,
        what: Option<String>,
    ) -> Result<Reply, Refusal> {
        if event.len() > LARGEST {
            return Err(Refusal::TooLarge { bytes: event.len(), limit: LARGEST });
        }
        let (reply, answer) = oneshot::channel();
        let request_id = ids::uuid();
        let mut call = Call {
            id: request_id.clone(),
            what,
            event,
            client_context: client,
            trace: ids::trace(clock::epoch_ms() / 1000),
            since: Instant::now(),
            reply,
            counted: None,
        };
        // Between the look for the pool and the call another may have taken its place.
        loop {
            let pool = self.pool(id).ok_or(Refusal::Unknown)?;
            match pool.submit(call) {
                Ok(()) => break,
                Err(Rejected::Closed(back)) => call = *back,
                Err(Rejected::Refused(refusal)) => return Err(refusal),
            }
            // The end closes pools and puts none in their place.
            if self.pool(id).is_some_and(|now| Arc::ptr_eq(&now, &pool)) {
                return Err(Refusal::Throttled);
            }
        }
        // Nobody will answer when the process went in the moment it got the call.
        Ok(match answer.await {
            Ok(reply) => reply,
            Err(_) => {
                let outcome = call::Fault::broken().outcome(request_id, String::new());
                let record = Record::lost(id, &outcome);
                Reply::Whole(outcome, Entry::new(record, self.context()))
            }
        })
    }

    /// The logical id that a name stands for: a logical id, what the author calls the function, its name in
    /// AWS, or an ARN or a part of one, with a qualifier or without.
    pub fn resolve(&self, name: &str) -> Option<String> {
        let pools = self.inner.pools.read().unwrap_or_else(PoisonError::into_inner);
        let name = match name.split_once("function:") {
            Some((before, name)) if before.is_empty() || before.ends_with(':') => name,
            _ => name,
        };
        let plain = name.split_once(':').map_or(name, |(name, _)| name);
        if pools.contains_key(plain) {
            return Some(plain.to_owned());
        }
        let mut found: Vec<&str> = pools
            .values()
            .filter(|pool| pool.function.source == plain || pool.function.name == plain)
            .map(|pool| pool.id.as_str())
            .collect();
        found.sort_unstable();
        found.first().map(|id| (*id).to_owned())
    }
}

impl Invoke for Functions {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Outcome, Refusal> {
        Ok(self.call(function, event, None, None).await?.whole().await)
    }

    fn invoke_later(&self, function: &str, event: Bytes) -> Result<String, Refusal> {
        if event.len() > LARGEST_LATER {
            return Err(Refusal::TooLarge { bytes: event.len(), limit: LARGEST_LATER });
        }
        asynchronous::start(self, function, event)
    }
}
