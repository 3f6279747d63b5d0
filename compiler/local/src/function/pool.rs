//! The processes of one function: calls wait here for one that is free, and more are started when they
//! wait for long.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use samc_schema::manifest::Function;
use tokio::sync::{Notify, oneshot};

use super::call::{Call, Counted, Fault, Reply};
use super::interpreter::Launch;
use super::sandbox::Sandbox;
use crate::context::Context;
use crate::invoke::Refusal;
use crate::records::{Entry, Record};
use crate::sink::{Line, LineKind};
use crate::{cause, clock};

/// A call that has waited for so long asks for another process.
const PATIENCE: Duration = Duration::from_millis(15);
/// Calls that wait whenever somebody looks, from which on another process is started even if none waits for long: a
/// process does nothing while its answer is passed on and its next event comes, and others take turns with it.
const CROWD: usize = 4;
/// Processes that are started for a crowd at most, beyond the processors there are. With fewer some processor is idle now
/// and then, with more they take each other's caches: measured with two processors and a handler of microseconds.
const TURNS: usize = 2;
/// Calls that wait at most, and bytes of their events.
const WAITING: usize = 10_000;
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Starts in a row that somebody else cut off, after which calls fail as well. Lambda tries a start again that
/// did not come to its end.
const CUTS: u32 = 5;

/// The processes of a function.
pub(crate) struct Pool {
    /// Its logical id.
    pub(crate) id: String,
    /// The function.
    pub(crate) function: Function,
    /// What it is called from outside.
    pub(crate) arn: String,
    /// What runs it, or why nothing does.
    pub(crate) launch: Result<Launch, String>,
    /// The folder of its code.
    pub(crate) root: PathBuf,
    /// The folders of its layers.
    pub(crate) layers: Vec<PathBuf>,
    /// What all functions share.
    pub(crate) context: Arc<Context>,
    /// Processes that are started for a crowd at most.
    for_crowd: usize,
    /// Calls that are in a process or wait for one.
    calls: Arc<AtomicUsize>,
    /// Told whenever a start has come to its end.
    settled: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Calls that wait for a process, and the bytes of their events.
    waiting: VecDeque<Call>,
    waiting_bytes: usize,
    /// Processes that wait for a call: the last one that came is the first to go, so that few stay warm.
    idle: Vec<oneshot::Sender<Call>>,
    /// All processes.
    sandboxes: Vec<Arc<Sandbox>>,
    /// Those that have not asked for their first event.
    starting: usize,
    /// Calls that have been given to a process.
    given: u64,
    /// Whether somebody looks whether calls wait for long.
    watched: bool,
    /// How the last start failed.
    fault: Option<InitFault>,
    /// Starts that somebody else cut off since one came to its end.
    cut: u32,
    /// It takes no calls any more.
    closed: bool,
}

struct InitFault {
    fault: Fault,
    log: String,
    times: u32,
    until: Instant,
}

impl Pool {
    /// The pool of a function, without a process yet.
    pub(crate) fn new(id: String, function: Function, context: Arc<Context>) -> Pool {
        // Without `..`, since functions and their errors show it.
        let path = |name: &String| {
            let path = context.folder.join(name);
            path.canonicalize().unwrap_or(path)
        };
        let root = function.root.as_ref().map(path);
        let layers: Vec<PathBuf> = function.layers.iter().filter_map(|l| l.root.as_ref()).map(path).collect();
        let launch = context.interpreters.launch(
            &function,
            root.as_deref(),
            &layers,
            context.bootstraps.path(),
            context.debug,
        );
        let (region, account) = (&context.region, &context.account);
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", function.name);
        let root = root.unwrap_or_default();
        Pool {
            id,
            function,
            arn,
            launch,
            root,
            layers,
            context,
            for_crowd: std::thread::available_parallelism().map_or(1, usize::from) + TURNS,
            calls: Arc::default(),
            settled: Notify::new(),
            state: Mutex::default(),
        }
    }

    /// Says something about the function.
    pub(crate) fn say(&self, kind: LineKind, request_id: &str, text: &str) {
        self.context.sink.line(Line { kind, function: Some(&self.id), request_id, text });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many processes as it may have.
    fn limit(&self) -> usize {
        // A debugger attaches to one process.
        let cap = if self.context.debug { 1 } else { self.context.cap.max(1) };
        self.function.concurrency.map_or(cap, |own| cap.min(usize::try_from(own).unwrap_or(cap)))
    }

    /// How many processes there are, and how many of them are in a call.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.lock();
        let calls = self.calls.load(Ordering::Relaxed);
        (state.sandboxes.len(), calls.saturating_sub(state.waiting.len()))
    }

    /// Takes a call. It is answered in the end, whatever becomes of the process.
    pub(crate) fn submit(self: &Arc<Self>, mut call: Call) -> Result<(), Rejected> {
        if let Err(why) = &self.launch {
            return Err(Rejected::Refused(Refusal::CannotRun(why.clone())));
        }
        let state = self.lock();
        if state.closed {
            return Err(Rejected::Closed(Box::new(call)));
        }
        let size = call.event.len();
        let over = state.waiting.len() >= WAITING
            || (state.waiting_bytes > 0 && state.waiting_bytes + size > WAITING_BYTES);
        let own = self.function.concurrency.and_then(|own| usize::try_from(own).ok());
        call.counted = Counted::new(&self.calls, own);
        if over || call.counted.is_none() {
            return Err(Rejected::Refused(Refusal::Throttled));
        }
        if let Some(fault) = state.fault.as_ref().filter(|fault| Instant::now() < fault.until) {
            let (fault, log) = (fault.fault.clone(), fault.log.clone());
            drop(state);
            self.fail(call, &fault, &log);
            return Ok(());
        }
        self.hand(state, call);
        Ok(())
    }

    /// Takes a call back that went to a process which was gone by then.
    pub(crate) fn take_back(self: &Arc<Self>, call: Call) {
        let state = self.lock();
        // Where it takes no calls any more the caller is told that its call is lost.
        if !state.closed {
            self.hand(state, call);
        }
    }

    /// Gives a call to a process that waits for one, or has it wait for a process.
    fn hand(self: &Arc<Self>, mut state: MutexGuard<'_, State>, mut call: Call) {
        while let Some(idle) = state.idle.pop() {
            match idle.send(call) {
                Ok(()) => {
                    state.given += 1;
                    return;
                }
                // That process is gone.
                Err(back) => call = back,
            }
        }
        state.waiting_bytes += call.event.len();
        state.waiting.push_back(call);
        let first = state.sandboxes.is_empty();
        let watch = !first && !state.watched && state.sandboxes.len() < self.limit();
        state.watched |= watch;
        if first {
            self.start(state);
        } else if watch {
            drop(state);
            tokio::spawn(Arc::clone(self).watch_waiting());
        }
    }

    /// Starts more processes while calls wait for long.
    async fn watch_waiting(self: Arc<Self>) {
        let mut given = self.lock().given;
        let mut crowded = 0;
        loop {
            tokio::time::sleep(PATIENCE).await;
            let mut state = self.lock();
            let (all, starting, limit) = (state.sandboxes.len(), state.starting, self.limit());
            if state.waiting.is_empty() || state.closed || all >= limit {
                state.watched = false;
                return;
            }
            // Where as many calls went into processes as wait, the rest soon will: more processes would
            // only take time from those there are.
            let since = state.given - given;
            given = state.given;
            crowded = if state.waiting.len() >= CROWD { crowded + 1 } else { 0 };
            if all < self.for_crowd && starting == 0 && crowded > 1 {
                crowded = 0;
                self.start(state);
                continue;
            }
            if usize::try_from(since).is_ok_and(|since| since >= state.waiting.len()) {
                continue;
            }
            let late = state.waiting.iter().take(limit).filter(|c| c.since.elapsed() >= PATIENCE).count();
            // While some start, as many again as run: the number doubles until it is enough.
            let ready = (all - starting).max(1);
            let wanted = late.saturating_sub(starting).min(limit - all).min(ready.saturating_sub(starting));
            for _ in 0..wanted {
                self.start(state);
                state = self.lock();
            }
        }
    }

    /// Starts a process so that the next call need not wait for one.
    pub(crate) fn warm(self: &Arc<Self>) {
        let state = self.lock();
        if self.launch.is_ok() && state.sandboxes.is_empty() && !state.closed {
            self.start(state);
        }
    }

    fn start(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let Ok(launch) = &self.launch else { return };
        match Sandbox::start(self, launch) {
            Ok(sandbox) => {
                state.sandboxes.push(sandbox);
                state.starting += 1;
            }
            Err(error) => {
                let program = launch.program.display();
                let message = format!("{program} did not start: {error}");
                self.say(LineKind::Notice, "", &message);
                let fault = Fault::Told { kind: "Runtime.InvalidEntrypoint", message };
                self.init_failed(state, fault, String::new());
            }
        }
    }

    /// A process asked for its first event: it can be used.
    pub(crate) fn ready(&self) {
        let mut state = self.lock();
        state.starting = state.starting.saturating_sub(1);
        state.fault = None;
        state.cut = 0;
        // The time that calls have waited for the process says nothing of how many are needed.
        let now = Instant::now();
        for call in &mut state.waiting {
            call.since = now;
        }
        drop(state);
        self.settled.notify_waiters();
    }

    /// Waits until no process is starting. Whether the last start succeeded, if there was one.
    pub(crate) async fn settled(&self) -> bool {
        loop {
            let told = self.settled.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if let Some(succeeded) = self.started() {
                return succeeded;
            }
            told.await;
        }
    }

    /// Whether the last start succeeded; none while one goes on.
    fn started(&self) -> Option<bool> {
        let state = self.lock();
        (state.starting == 0).then_some(state.fault.is_none())
    }

    /// A process ended before it asked for an event.
    pub(crate) fn failed_to_start(&self, fault: Fault, log: String) {
        let mut state = self.lock();
        state.starting = state.starting.saturating_sub(1);
        self.init_failed(state, fault, log);
    }

    /// Somebody else ended a process before it asked for an event. Calls that wait get another one, unless that
    /// happens again and again.
    pub(crate) fn cut_off(&self, fault: Fault, log: String) {
        let mut state = self.lock();
        state.cut += 1;
        if state.cut > CUTS {
            drop(state);
            return self.failed_to_start(fault, log);
        }
        drop(state);
        self.dropped_before_start();
    }

    /// A process was ended before it asked for an event.
    pub(crate) fn dropped_before_start(&self) {
        let mut state = self.lock();
        state.starting = state.starting.saturating_sub(1);
        drop(state);
        self.settled.notify_waiters();
    }

    /// All calls that wait fail alike, and for a while so do those that come: each failure in a row
    /// doubles the while.
    fn init_failed(&self, mut state: MutexGuard<'_, State>, fault: Fault, log: String) {
        let times = state.fault.as_ref().map_or(0, |fault| fault.times) + 1;
        let pause = Duration::from_millis(50) * 2_u32.pow(times.min(7) - 1);
        let told = InitFault { fault: fault.clone(), log: log.clone(), times, until: Instant::now() + pause };
        state.fault = Some(told);
        let waiting = std::mem::take(&mut state.waiting);
        state.waiting_bytes = 0;
        drop(state);
        self.settled.notify_waiters();
        for call in waiting {
            self.fail(call, &fault, &log);
        }
    }

    fn fail(&self, call: Call, fault: &Fault, log: &str) {
        let outcome = fault.outcome(call.id, log.to_owned());
        let record = Record {
            number: 0,
            function: self.id.clone(),
            what: call.what.unwrap_or_else(|| cause::of(&call.event)),
            status: None,
            request_id: outcome.request_id.clone(),
            began_ms: clock::epoch_ms(),
            duration_ms: 0.0,
            init_ms: None,
            memory_mib: None,
            event: call.event,
            answer: outcome.payload.clone(),
            error: outcome.error.clone(),
            log: outcome.log_tail.clone(),
        };
        let _ = call.reply.send(Reply::Whole(outcome, Entry::new(record, &self.context)));
    }

    /// The next call for a process that asks, or where to wait for it. None where it must end.
    pub(crate) fn next(self: &Arc<Self>) -> Option<Next> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        if let Some(call) = state.waiting.pop_front() {
            state.waiting_bytes -= call.event.len();
            state.given += 1;
            return Some(Next::Call(call));
        }
        let (slot, wait) = oneshot::channel();
        state.idle.push(slot);
        drop(state);
        Some(Next::Wait(Seat { wait, pool: Arc::clone(self) }))
    }

    /// A process has ended. Calls that wait get another.
    pub(crate) fn gone(self: &Arc<Self>, sandbox: &Arc<Sandbox>) {
        let mut state = self.lock();
        state.sandboxes.retain(|other| !Arc::ptr_eq(other, sandbox));
        state.idle.retain(|slot| !slot.is_closed());
        if !state.closed && !state.waiting.is_empty() && state.sandboxes.is_empty() {
            self.start(state);
        }
    }

    /// Takes no calls any more: processes without a call end, others when they have answered. Calls that
    /// wait are given back.
    pub(crate) fn close(&self) -> Vec<Call> {
        let mut state = self.lock();
        state.closed = true;
        state.waiting_bytes = 0;
        state.idle.clear();
        let waiting = std::mem::take(&mut state.waiting);
        let sandboxes = state.sandboxes.clone();
        drop(state);
        for sandbox in sandboxes {
            sandbox.drain();
        }
        waiting.into()
    }

    /// Ends all processes, whatever they do, and waits until they have.
    pub(crate) async fn kill(&self) {
        let sandboxes = self.lock().sandboxes.clone();
        for sandbox in &sandboxes {
            sandbox.kill();
        }
        for sandbox in sandboxes {
            sandbox.ended().await;
        }
    }
}

/// Why a call was not taken.
pub(crate) enum Rejected {
    /// Nobody will take it.
    Refused(Refusal),
    /// Another pool has taken the place of this one, or none: the call goes there.
    Closed(Box<Call>),
}

/// What a process that asks for a call gets.
pub(crate) enum Next {
    /// A call.
    Call(Call),
    /// Where one will come.
    Wait(Seat),
}

/// The place of a process that waits for a call. A call that comes when nobody sits there any more goes back.
pub(crate) struct Seat {
    wait: oneshot::Receiver<Call>,
    pool: Arc<Pool>,
}

impl Seat {
    /// The call; none where the process is to end.
    pub(crate) async fn call(&mut self) -> Option<Call> {
        (&mut self.wait).await.ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.wait.close();
        if let Ok(call) = self.wait.try_recv() {
            self.pool.take_back(call);
        }
    }
}
