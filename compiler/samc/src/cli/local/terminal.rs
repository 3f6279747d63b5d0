//! What `samc local start` shows while an application runs: a line for each call, and what functions write.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use samc_local::sink::{Line, LineKind, Sink};
use samc_local::{Record, clock};
use samc_schema::manifest::Manifest;
use serde_json::{Value, json};
use time::UtcOffset;

/// Bytes that wait to be shown at most: a terminal that is stopped does not stop functions.
const WAITING: usize = 4 * 1024 * 1024;
/// How long what follows is gathered after something was shown: a write for each of thousands of calls in a
/// second would take a tenth of the time that the calls take.
const PAUSE: Duration = Duration::from_millis(4);
/// Columns for the names of functions at most, and for what they were called from at least.
const NAMES: usize = 24;
const WHAT: usize = 22;

/// The form of what is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// Shows what happens, on stdout or stderr.
pub(super) struct Terminal {
    form: Form,
    color: bool,
    /// Whether the lines are shown with which Lambda begins and ends calls.
    verbose: bool,
    offset: UtcOffset,
    names: RwLock<Names>,
    /// What functions had to say before they were introduced; none from then on.
    held: Mutex<Option<Vec<(String, String)>>>,
    printer: Printer,
}

#[derive(Default)]
struct Names {
    width: usize,
    by_id: HashMap<String, String>,
}

impl Terminal {
    /// One that writes to stdout.
    pub(super) fn new(form: Form, color: bool, verbose: bool, offset: UtcOffset) -> Arc<Terminal> {
        Arc::new(Terminal {
            form,
            color,
            verbose,
            offset,
            names: RwLock::default(),
            held: Mutex::new(Some(Vec::new())),
            printer: Printer::new(),
        })
    }

    /// Takes the names of functions from a manifest.
    pub(super) fn know(&self, manifest: &Manifest) {
        let by_id: HashMap<String, String> =
            manifest.functions.iter().map(|(id, f)| (id.clone(), f.source.clone())).collect();
        let width = manifest.functions.values().map(|f| f.source.chars().count()).max().unwrap_or(0);
        *self.names.write().unwrap_or_else(PoisonError::into_inner) =
            Names { width: width.min(NAMES), by_id };
    }

    /// What functions had to say so far, each text once with the functions that say it.
    pub(super) fn introduce(&self) -> Vec<(Vec<String>, String)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut grouped: Vec<(Vec<String>, String)> = Vec::new();
        for (function, text) in held.unwrap_or_default() {
            let name = self.name(&function);
            match grouped.iter_mut().find(|(_, other)| *other == text) {
                Some((names, _)) => names.push(name),
                None => grouped.push((vec![name], text)),
            }
        }
        grouped
    }

    /// The form of what is shown.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// What the author calls a function.
    pub(super) fn name(&self, id: &str) -> String {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.by_id.get(id).map_or(id, String::as_str).to_owned()
    }

    /// Shows text as it is.
    pub(super) fn print(&self, text: &str) {
        self.printer.print(|all| all.push_str(text));
    }

    /// Shows something that samc says, with the time.
    pub(super) fn say(&self, kind: &str, text: &str, fields: Value) {
        match self.form {
            Form::Text => {
                let time = self.time();
                let text = self.painted("36", text);
                self.printer.print(|all| {
                    let _ = writeln!(all, "{time} {text}");
                });
            }
            Form::Json => {
                let mut object = json!({ "time": clock::iso(clock::epoch_ms()), "kind": kind, "text": text });
                if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
                    object.extend(fields);
                }
                self.printer.print(|all| {
                    let _ = writeln!(all, "{object}");
                });
            }
        }
    }

    /// Waits until everything is shown.
    pub(super) fn finish(&self) {
        self.printer.finish();
    }

    /// The time of day in the user's time zone.
    fn time(&self) -> String {
        let seconds = i64::try_from(clock::epoch_ms() / 1000).unwrap_or(0);
        let day = (seconds + i64::from(self.offset.whole_seconds())).rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}", day / 3600, day / 60 % 60, day % 60)
    }

    /// Text in a colour of a terminal, where colours are wanted.
    pub(super) fn painted(&self, color: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn width(&self) -> usize {
        self.names.read().unwrap_or_else(PoisonError::into_inner).width
    }
}

impl Sink for Terminal {
    fn line(&self, line: Line<'_>) {
        if matches!(line.kind, LineKind::Notice)
            && let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        {
            held.push((line.function.unwrap_or("").to_owned(), line.text.to_owned()));
            return;
        }
        let is_lambdas = match line.kind {
            LineKind::Start | LineKind::End | LineKind::Report | LineKind::Platform => true,
            LineKind::Output | LineKind::Request | LineKind::Notice => false,
        };
        if is_lambdas && !self.verbose {
            return;
        }
        let name = line.function.map(|id| self.name(id)).unwrap_or_default();
        if self.form == Form::Json {
            let kind = match line.kind {
                LineKind::Output => "log",
                LineKind::Request => "request",
                LineKind::Notice => "notice",
                LineKind::Start | LineKind::End | LineKind::Report | LineKind::Platform => "platform",
            };
            let object = json!({
                "time": clock::iso(clock::epoch_ms()),
                "kind": kind,
                "function": line.function.map(|_| name.as_str()),
                "requestId": Some(line.request_id).filter(|id| !id.is_empty()),
                "text": line.text,
            });
            return self.printer.print(|all| {
                let _ = writeln!(all, "{object}");
            });
        }
        let (time, width) = (self.time(), self.width());
        let text = match line.kind {
            LineKind::Output => format!("{} {}", self.painted("2", "│"), line.text),
            LineKind::Start | LineKind::End | LineKind::Report | LineKind::Platform => {
                self.painted("2", &format!("│ {}", line.text))
            }
            LineKind::Request => line.text.to_owned(),
            LineKind::Notice => self.painted("33", line.text),
        };
        self.printer.print(|all| {
            let _ = writeln!(all, "{time} {name:<width$}  {text}");
        });
    }

    fn call(&self, call: &Record) {
        let name = self.name(&call.function);
        let failure = call.error.as_ref().map(|_| failure(&call.answer));
        let status = match (call.status, &failure) {
            (Some(status), _) => status.to_string(),
            (None, None) => "ok".to_owned(),
            (None, Some((kind, _))) if kind == "Sandbox.Timedout" => "timeout".to_owned(),
            (None, Some(_)) => "error".to_owned(),
        };
        if self.form == Form::Json {
            let object = json!({
                "time": clock::iso(clock::epoch_ms()),
                "kind": "call",
                "function": name,
                "what": call.what,
                "status": status,
                "ms": (call.duration_ms * 100.0).round() / 100.0,
                "initMs": call.init_ms.map(|ms| (ms * 100.0).round() / 100.0),
                "memoryMib": call.memory_mib,
                "requestId": call.request_id,
                "errorType": failure.as_ref().map(|(kind, _)| kind),
                "error": failure.as_ref().map(|(_, message)| message),
            });
            return self.printer.print(|all| {
                let _ = writeln!(all, "{object}");
            });
        }
        let (time, width) = (self.time(), self.width());
        let is_bad = failure.is_some() || call.status.is_some_and(|status| status >= 500);
        let color = if is_bad {
            "31"
        } else if call.status.is_some_and(|s| s >= 400) {
            "33"
        } else {
            "32"
        };
        let took = match call.duration_ms {
            ms if ms < 9.95 => format!("{ms:.1} ms"),
            ms => format!("{ms:.0} ms"),
        };
        let memory = call.memory_mib.map(|mib| format!("  {mib} MB")).unwrap_or_default();
        let start = call.init_ms.map(|ms| format!("  (start {ms:.0} ms)")).unwrap_or_default();
        let start = self.painted("2", &start);
        let used = call.what.chars().count() + 1 + status.chars().count();
        let pad = WHAT.saturating_sub(used);
        let status = self.painted(color, &status);
        let message = failure.map(|(kind, message)| self.painted("31", &format!("  {kind}: {message}")));
        let message = message.unwrap_or_default();
        let what = &call.what;
        self.printer.print(|all| {
            let _ = writeln!(
                all,
                "{time} {name:<width$}  {what} {status}{:pad$} {took:>8}{memory}{start}{message}",
                ""
            );
        });
    }
}

/// The type and the message of an error, on one line.
fn failure(answer: &[u8]) -> (String, String) {
    let value: Value = serde_json::from_slice(answer).unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").replace(['\n', '\r'], " ");
    let kind = text("errorType");
    let message = text("errorMessage");
    // The id of the call says nothing to a person.
    let message = match message.split_once(" Error: ") {
        Some((before, after)) if before.starts_with("RequestId: ") => after.to_owned(),
        _ => message,
    };
    (if kind.is_empty() { "Error".to_owned() } else { kind }, message)
}

/// Writes text to stdout from a thread of its own, so that nobody waits for a terminal.
struct Printer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: String,
    /// Lines that were not kept because too much waited.
    lost: usize,
    closed: bool,
}

impl Printer {
    fn new() -> Printer {
        let shared: Arc<Shared> = Arc::default();
        let own = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("samc-terminal".to_owned()).spawn(move || write(&own)).ok();
        Printer { shared, thread: Mutex::new(thread) }
    }

    fn print(&self, add: impl FnOnce(&mut String)) {
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.text.len() > WAITING {
            waiting.lost += 1;
            return;
        }
        let first = waiting.text.is_empty();
        add(&mut waiting.text);
        drop(waiting);
        if first {
            self.shared.more.notify_one();
        }
    }

    fn finish(&self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.more.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

fn write(shared: &Shared) {
    let mut text = String::new();
    loop {
        text.clear();
        let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.text.is_empty() && !waiting.closed {
            waiting = shared.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut waiting.text, &mut text);
        let lost = std::mem::take(&mut waiting.lost);
        let closed = waiting.closed;
        drop(waiting);
        if lost > 0 {
            let _ = writeln!(text, "{lost} lines came faster than they could be shown");
        }
        let mut out = std::io::stdout().lock();
        // Nobody may read any more; what runs goes on.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        drop(out);
        if closed && text.is_empty() {
            return;
        }
        if !closed {
            std::thread::sleep(PAUSE);
        }
        // A burst after something large does not keep its memory.
        if text.capacity() > WAITING {
            text = String::new();
        }
    }
}
