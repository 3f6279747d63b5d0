//! What a process writes, as lines of the call it is in.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::unix::pipe::Receiver;

use crate::sink::{Line, LineKind, Sink};

/// Bytes of the end of a log that go to the caller. Source: Invoke of the API reference of Lambda.
const TAIL: usize = 4096;
/// Bytes of a line; what is longer is shown as several.
const LONGEST: usize = 64 * 1024;
/// Bytes that are read before others have their turn.
const TURN: usize = 256 * 1024;
/// Bytes shown in a second; what a process writes beyond it is counted, not shown.
const PER_SECOND: usize = 8 * 1024 * 1024;

/// The output of a process, stdout and stderr together.
#[derive(Debug)]
pub(crate) struct Output {
    pipe: Receiver,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    /// The request id of the call that the process is in.
    request: String,
    /// A line that has not ended.
    open: Vec<u8>,
    /// The end of the log of the call.
    tail: String,
    /// When the current second began, what was shown in it, and what was not.
    second: Option<Instant>,
    shown: usize,
    hidden: usize,
}

/// Whom lines are for.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    /// The function, by logical id.
    pub(crate) function: &'a str,
    /// Who shows them.
    pub(crate) sink: &'a dyn Sink,
}

impl Output {
    /// What comes out of a pipe.
    pub(crate) fn new(pipe: Receiver) -> Output {
        Output { pipe, lines: Mutex::default() }
    }

    /// Waits until there is something to read; an error once there will never be.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.pipe.readable().await
    }

    /// Reads what is there, at most a turn of it. Whether the end is reached.
    pub(crate) fn pump(&self, voice: Voice<'_>) -> bool {
        let mut lines = self.lock();
        self.pump_locked(&mut lines, voice)
    }

    fn pump_locked(&self, lines: &mut Lines, voice: Voice<'_>) -> bool {
        let mut buffer = [0; 8192];
        let mut turn = 0;
        while turn < TURN {
            match self.pipe.try_read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => {
                    turn += count;
                    lines.take(&buffer[..count], voice);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// A call begins: what came before is not of it.
    pub(crate) fn begin(&self, request: &str, voice: Voice<'_>) {
        let mut lines = self.lock();
        lines.end_line(voice);
        lines.tail.clear();
        request.clone_into(&mut lines.request);
        lines.say(LineKind::Start, &format!("START RequestId: {request} Version: $LATEST"), voice);
    }

    /// A call is over: reads what is left of it, adds the closing lines and gives the tail.
    pub(crate) fn finish(&self, closing: &[(LineKind, String)], voice: Voice<'_>) -> String {
        let mut lines = self.lock();
        self.pump_locked(&mut lines, voice);
        lines.end_line(voice);
        for (kind, text) in closing {
            lines.say(*kind, text, voice);
        }
        lines.request.clear();
        let mut tail = std::mem::take(&mut lines.tail);
        keep_end(&mut tail, TAIL);
        tail
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn take(&mut self, mut data: &[u8], voice: Voice<'_>) {
        if !self.may_show(data.len(), voice) {
            return;
        }
        // AWS's clients write `\r` between the lines of one record.
        while let Some(end) = data.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, rest) = data.split_at(end);
            if self.open.is_empty() {
                if !line.is_empty() || data[end] == b'\n' {
                    self.say(LineKind::Output, &String::from_utf8_lossy(line), voice);
                }
            } else {
                self.open.extend_from_slice(line);
                self.end_line(voice);
            }
            data = &rest[1..];
            if rest.starts_with(b"\r\n") {
                data = &rest[2..];
            }
        }
        self.open.extend_from_slice(data);
        if self.open.len() > LONGEST {
            self.end_line(voice);
        }
    }

    /// Whether bytes are shown: a process that floods its output gets a share of the terminal, not all.
    fn may_show(&mut self, count: usize, voice: Voice<'_>) -> bool {
        if self.second.is_none_or(|since| since.elapsed() > Duration::from_secs(1)) {
            self.second = Some(Instant::now());
            self.shown = 0;
            let hidden = std::mem::take(&mut self.hidden);
            if hidden > 0 {
                self.say(LineKind::Notice, &format!("{hidden} bytes of output were too many to show"), voice);
            }
        }
        if self.shown > PER_SECOND {
            self.hidden += count;
            return false;
        }
        self.shown += count;
        true
    }

    fn end_line(&mut self, voice: Voice<'_>) {
        if !self.open.is_empty() {
            let open = std::mem::take(&mut self.open);
            self.say(LineKind::Output, &String::from_utf8_lossy(&open), voice);
        }
    }

    fn say(&mut self, kind: LineKind, text: &str, voice: Voice<'_>) {
        voice.sink.line(Line { kind, function: Some(voice.function), request_id: &self.request, text });
        let mut from = text.len().saturating_sub(TAIL);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        self.tail.push_str(&text[from..]);
        self.tail.push('\n');
        // Cut only now and then: cutting moves what is kept.
        if self.tail.len() > 4 * TAIL {
            keep_end(&mut self.tail, TAIL);
        }
    }
}

fn keep_end(text: &mut String, length: usize) {
    let mut from = text.len().saturating_sub(length);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.drain(..from);
}
