//! One process of a function: its start, the call it is in, its end.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::call::{Call, Counted, Fault, Piece, Pieces, Reply, UNHANDLED};
use super::channel::{self, Door};
use super::environment::{self, Place};
use super::interpreter::Launch;
use super::output::{Output, Voice};
use super::pool::Pool;
use super::{memory, processes, runtime_api, turns};
use crate::invoke::Outcome;
use crate::records::{Entry, Record};
use crate::sink::LineKind;
use crate::{cause, clock, ids};

/// What a start may take. Source: "Lambda execution environment lifecycle": 10 seconds, and as long as a
/// call beyond it, where Lambda tries again in the call.
const INIT: Duration = Duration::from_secs(10);
/// What a process may take to end by itself.
const GRACE: Duration = Duration::from_millis(500);

/// A process of a function.
pub(crate) struct Sandbox {
    /// The pool it is of.
    pub(crate) pool: Arc<Pool>,
    /// Its process id, which is also the id of its group.
    pid: u32,
    /// What tells its descendants from other processes.
    mark: String,
    /// Where it asks for calls.
    pub(crate) address: String,
    started: Instant,
    output: Output,
    memory: memory::Memory,
    state: Mutex<State>,
    /// Asks the one that watches it to end it.
    end: Notify,
    over: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// Whether it has asked for its first event.
    ready: bool,
    /// How long it took until then, for the first call to report.
    init: Option<Duration>,
    /// The call it is in.
    current: Option<Running>,
    /// What it said of why it cannot start.
    init_error: Option<Bytes>,
    /// How it is to end, once it is.
    ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Ending {
    #[default]
    Not,
    /// As soon as it is in no call.
    Drain,
    /// At once.
    Kill,
}

/// A call in a process.
struct Running {
    id: String,
    what: Option<String>,
    event: Bytes,
    began: Instant,
    began_ms: u64,
    init: Option<Duration>,
    counted: Option<Counted>,
    reply: Option<oneshot::Sender<Reply>>,
    /// Where pieces go, once the first has come.
    pieces: Option<mpsc::Sender<Piece>>,
    /// The status that the client of an API gets, where the answer comes in pieces.
    status: Arc<AtomicU16>,
}

/// How a call ended.
pub(crate) enum End {
    /// With an answer.
    Answer(Bytes),
    /// With the last piece of one.
    Pieces,
    /// With an error that the function told.
    Error(Bytes),
    /// With an error that Lambda makes, and what it says of it in the log.
    Fault {
        /// The error.
        fault: Fault,
        /// `error` or `timeout`.
        status: &'static str,
    },
}

/// What a process gets that asks for a call.
pub(crate) struct Begun {
    pub(crate) id: String,
    pub(crate) event: Bytes,
    pub(crate) deadline_ms: u64,
    pub(crate) trace: String,
    pub(crate) client_context: Option<String>,
}

impl Sandbox {
    /// Starts a process.
    pub(crate) fn start(pool: &Arc<Pool>, launch: &Launch) -> std::io::Result<Arc<Sandbox>> {
        let context = &pool.context;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?.to_string();
        let mark = ids::hex(32);
        let (reader, writer) = std::io::pipe()?;
        let answers = context.answers();
        let place = Place {
            function: &pool.function,
            root: &pool.root,
            layers: &pool.layers,
            python: launch.python.as_deref(),
            region: &context.region,
            endpoint_url: context.endpoint_url.as_deref(),
            answers: &answers,
            bootstraps: context.bootstraps.path(),
            overrides: &context.environment,
        };
        let stream = clock::log_stream(clock::epoch_ms(), &mark);
        let variables = environment::variables(&place, &address, &stream, |name| std::env::var_os(name));
        // Half of the mark: names of sockets must be short.
        let folder = context.bootstraps.path();
        let door = launch.own.then(|| Door::open(folder, &mark[..16])).transpose()?;
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).env_clear().envs(variables).current_dir(&pool.root);
        if let Some(door) = &door {
            command.env(channel::VARIABLE, door.path());
        }
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
        let started = Instant::now();
        let mut child = turns::spawn(&mut command)?;
        // The command holds the end of the pipe that the process writes to.
        drop(command);
        let sandbox = Arc::new(Sandbox {
            pool: Arc::clone(pool),
            pid: child.id().unwrap_or_default(),
            mark,
            address,
            started,
            output: Output::new(Receiver::from_owned_fd(OwnedFd::from(reader))?),
            memory: memory::Memory::default(),
            state: Mutex::default(),
            end: Notify::new(),
            over: watch::Sender::new(false),
        });
        let mut talks = JoinSet::new();
        talks.spawn(runtime_api::serve(listener, Arc::clone(&sandbox)));
        if let Some(door) = door {
            talks.spawn(channel::serve(door, Arc::clone(&sandbox)));
        }
        tokio::spawn(Arc::clone(&sandbox).read());
        let task = Arc::clone(&sandbox);
        tokio::spawn(async move {
            // Held until the process is gone: it ends by itself when this is closed.
            let stdin = child.stdin.take();
            let status = task.watch(&mut child).await;
            drop(stdin);
            task.exited(status);
            drop(talks);
            task.pool.gone(&task);
            task.over.send_replace(true);
        });
        Ok(sandbox)
    }

    fn voice(&self) -> Voice<'_> {
        Voice { function: &self.pool.id, sink: self.pool.context.sink.as_ref() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.pool.function.timeout_ms)
    }

    /// Shows what the process writes as it comes.
    async fn read(self: Arc<Self>) {
        let mut over = self.over.subscribe();
        loop {
            tokio::select! {
                readable = self.output.readable() => {
                    if readable.is_err() || self.output.pump(self.voice()) {
                        return;
                    }
                }
                // What it started and left behind may hold the pipe open.
                _ = over.wait_for(|over| *over) => return,
            }
        }
    }

    /// Waits for the end of the process, and ends it when its time is over.
    async fn watch(&self, child: &mut Child) -> Option<ExitStatus> {
        loop {
            tokio::select! {
                status = child.wait() => return status.ok(),
                () = tokio::time::sleep_until(self.next_look().into()) => self.look(),
                () = self.end.notified() => {}
            }
            let ending = self.lock().ending;
            match ending {
                Ending::Not => {}
                Ending::Drain if self.lock().current.is_some() => {}
                Ending::Drain => {
                    processes::terminate(self.pid);
                    if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
                        return status.ok();
                    }
                    processes::kill(self.pid, &self.mark);
                    return child.wait().await.ok();
                }
                Ending::Kill => {
                    processes::kill(self.pid, &self.mark);
                    return child.wait().await.ok();
                }
            }
        }
    }

    /// When to look next whether time is over. No call that begins later can end sooner than that, so
    /// that calls need no timers of their own.
    fn next_look(&self) -> Instant {
        let state = self.lock();
        match &state.current {
            Some(running) => running.began + self.timeout(),
            None if !state.ready => self.started + INIT + self.timeout(),
            None => Instant::now() + self.timeout(),
        }
    }

    fn look(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(running) = state.current.take_if(|running| now >= running.began + self.timeout()) {
            state.ending = Ending::Kill;
            drop(state);
            let seconds = self.timeout().as_secs_f64();
            let message = format!("Task timed out after {seconds:.2} seconds");
            // Ended first: what it writes from now on is not of the call.
            processes::kill(self.pid, &self.mark);
            let fault = Fault::Told { kind: "Sandbox.Timedout", message };
            self.finish(running, End::Fault { fault, status: "timeout" });
        } else if !state.ready && now >= self.started + INIT + self.timeout() {
            state.ending = Ending::Kill;
        }
    }

    /// Asks for the end of the process once it is in no call.
    pub(crate) fn drain(&self) {
        let mut state = self.lock();
        if state.ending == Ending::Not {
            state.ending = Ending::Drain;
        }
        drop(state);
        self.end.notify_one();
    }

    /// Ends the process at once.
    pub(crate) fn kill(&self) {
        self.lock().ending = Ending::Kill;
        self.end.notify_one();
    }

    /// Ends the process as somebody else would: it does not keep to what was agreed.
    pub(crate) fn break_off(&self) {
        processes::kill(self.pid, &self.mark);
    }

    /// The process cannot be talked to any more. Where it does not end by itself it is ended once it is in no call; a
    /// start has its time.
    pub(crate) fn lost(&self) {
        if self.lock().ready {
            self.drain();
        }
    }

    /// Waits until the process is gone.
    pub(crate) async fn ended(&self) {
        // An error means that nobody will tell any more, which is the same.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    /// The process asks for its next call.
    pub(crate) fn asks(&self) {
        let mut state = self.lock();
        if !state.ready {
            state.ready = true;
            state.init = Some(self.started.elapsed());
            drop(state);
            // Its first call may end long before a start had to.
            self.end.notify_one();
            self.pool.ready();
            return;
        }
        if let Some(running) = state.current.take() {
            drop(state);
            let message = "Runtime asked for the next event without an answer".to_owned();
            let fault = Fault::Told { kind: "Runtime.NoResponse", message };
            self.finish(running, End::Fault { fault, status: "error" });
        }
    }

    /// A call goes into the process.
    pub(crate) fn begin(&self, call: Call) -> Begun {
        let mut state = self.lock();
        let began_ms = clock::epoch_ms();
        self.output.begin(&call.id, self.voice());
        let begun = Begun {
            id: call.id.clone(),
            event: call.event.clone(),
            deadline_ms: began_ms + self.pool.function.timeout_ms,
            trace: call.trace,
            client_context: call.client_context,
        };
        let init = state.init.take();
        state.current = Some(Running {
            id: call.id,
            what: call.what,
            event: call.event,
            began: Instant::now(),
            began_ms,
            init,
            counted: call.counted,
            reply: Some(call.reply),
            pieces: None,
            status: Arc::default(),
        });
        begun
    }

    /// Whether the process is in this call.
    pub(crate) fn is_in(&self, id: &str) -> bool {
        self.lock().current.as_ref().is_some_and(|running| running.id == id && running.pieces.is_none())
    }

    /// The process begins to answer in pieces: where they go.
    pub(crate) fn pieces(&self, id: &str, content_type: Option<String>) -> Option<mpsc::Sender<Piece>> {
        let mut state = self.lock();
        let running = state.current.as_mut().filter(|running| running.id == id)?;
        let reply = running.reply.take()?;
        let (sender, pieces) = mpsc::channel(16);
        running.pieces = Some(sender.clone());
        let status = Arc::clone(&running.status);
        drop(state);
        let _ = reply.send(Reply::Pieces(Pieces { request_id: id.to_owned(), content_type, status, pieces }));
        Some(sender)
    }

    /// A call is over. Whether the process was in it.
    pub(crate) fn end(&self, id: &str, end: End) -> bool {
        let Some(running) = self.lock().current.take_if(|running| running.id == id) else {
            return false;
        };
        self.finish(running, end);
        true
    }

    fn finish(&self, running: Running, end: End) {
        let took = running.began.elapsed();
        let memory = self.memory.peak_mib(self.pid);
        let (status, payload, error) = match &end {
            End::Answer(payload) => (None, payload.clone(), None),
            End::Pieces => (None, Bytes::new(), None),
            End::Error(payload) => (None, payload.clone(), Some(UNHANDLED.to_owned())),
            End::Fault { fault, status } => {
                (Some((*status, fault)), fault.payload(&running.id), Some(UNHANDLED.to_owned()))
            }
        };
        let closing = self.closing(&running, took, memory, status);
        let log_tail = self.output.finish(&closing, self.voice());
        let Running { id, what, event, began_ms, init, reply, pieces, status, counted, began: _ } = running;
        drop(counted);
        let record = Record {
            number: 0,
            function: self.pool.id.clone(),
            what: what.unwrap_or_else(|| cause::of(&event)),
            status: Some(status.load(Ordering::Relaxed)).filter(|status| *status != 0),
            request_id: id.clone(),
            began_ms,
            duration_ms: took.as_secs_f64() * 1000.0,
            init_ms: init.map(|init| init.as_secs_f64() * 1000.0),
            memory_mib: memory,
            event,
            answer: payload.clone(),
            error: error.clone(),
            log: log_tail.clone(),
        };
        let entry = Entry::new(record, &self.pool.context);
        if let Some(reply) = reply {
            // Whoever asked may be gone.
            let outcome = Outcome { payload, error, request_id: id, log_tail };
            let _ = reply.send(Reply::Whole(outcome, entry));
        } else if let Some(pieces) = pieces {
            let end = Piece::End { error: error.map(|_| payload), log_tail };
            if let Err(mpsc::error::TrySendError::Full(end)) = pieces.try_send(end) {
                tokio::spawn(async move {
                    let _ = pieces.send(end).await;
                });
            }
        }
        // The one that watches may wait for the end of this call.
        if self.lock().ending != Ending::Not {
            self.end.notify_one();
        }
    }

    /// The lines that end the log of a call.
    fn closing(
        &self,
        running: &Running,
        took: Duration,
        memory: Option<u64>,
        status: Option<(&str, &Fault)>,
    ) -> Vec<(LineKind, String)> {
        use std::fmt::Write;
        let id = &running.id;
        let billed = (took + running.init.unwrap_or_default()).as_micros().div_ceil(1000);
        let size = self.pool.function.memory_mib;
        let mut report = String::with_capacity(256);
        let _ =
            write!(report, "REPORT RequestId: {id}\tDuration: {} ms\tBilled Duration: {billed} ms", Ms(took));
        let _ = write!(report, "\tMemory Size: {size} MB");
        if let Some(memory) = memory {
            let _ = write!(report, "\tMax Memory Used: {memory} MB");
        }
        if let Some(init) = running.init {
            let _ = write!(report, "\tInit Duration: {} ms", Ms(init));
        }
        let mut lines = Vec::with_capacity(3);
        if let Some((status, fault)) = status {
            let _ = write!(report, "\tStatus: {status}");
            if let Fault::Told { kind, message } = fault {
                if status != "timeout" {
                    let _ = write!(report, "\tError Type: {kind}");
                }
                lines.push((LineKind::Platform, format!("{} {id} {message}", clock::iso(clock::epoch_ms()))));
            }
        }
        lines.push((LineKind::End, format!("END RequestId: {id}")));
        lines.push((LineKind::Report, report));
        lines
    }

    /// The process says that it cannot start.
    pub(crate) fn init_error(&self, payload: Bytes) {
        let mut state = self.lock();
        if !state.ready {
            state.init_error.get_or_insert(payload);
        }
    }

    /// The process is gone.
    fn exited(&self, status: Option<ExitStatus>) {
        // What it started goes with it.
        processes::kill(self.pid, &self.mark);
        let mut state = self.lock();
        let current = state.current.take();
        let (ready, ending) = (state.ready, state.ending);
        let given = state.init_error.take();
        drop(state);
        let is_cut = given.is_none() && status.is_some_and(|status| status.signal().is_some());
        let message = match status.map(describe) {
            Some(Some(how)) => format!("Runtime exited with error: {how}"),
            _ => "Runtime exited without providing a reason".to_owned(),
        };
        let told = Fault::Told { kind: "Runtime.ExitError", message };
        if let Some(running) = current {
            self.finish(running, End::Fault { fault: told, status: "error" });
        } else if !ready {
            let log = self.output.finish(&[], self.voice());
            if ending == Ending::Drain {
                self.pool.dropped_before_start();
                return;
            }
            let ms = self.started.elapsed().as_secs_f64() * 1000.0;
            let status = if ending == Ending::Kill { "timeout" } else { "error" };
            let text = format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: init\tStatus: {status}");
            self.pool.say(LineKind::Platform, "", &text);
            let fault = match given {
                Some(payload) => Fault::Given(payload),
                None if ending == Ending::Kill => {
                    let seconds = (INIT + self.timeout()).as_secs_f64();
                    let message = format!("Task timed out after {seconds:.2} seconds");
                    Fault::Told { kind: "Sandbox.Timedout", message }
                }
                None => told,
            };
            match is_cut && ending == Ending::Not {
                true => self.pool.cut_off(fault, log),
                false => self.pool.failed_to_start(fault, log),
            }
        }
    }
}

/// A time in milliseconds with two decimals, without the cost of floating point: every call writes one.
struct Ms(Duration);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0.as_nanos() + 5_000) / 10_000;
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// How a process ended, where it did not end well.
fn describe(status: ExitStatus) -> Option<String> {
    if let Some(signal) = status.signal() {
        return Some(format!("signal: {}", processes::signal_name(signal)));
    }
    status.code().filter(|code| *code != 0).map(|code| format!("exit status {code}"))
}
