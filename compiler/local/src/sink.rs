//! What is said while an application runs, handed to whoever shows it.

use crate::records::Record;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A call begins.
    Start,
    /// The function wrote it.
    Output,
    /// A call is over.
    End,
    /// What a call took.
    Report,
    /// Lambda would write it, such as that time is over.
    Platform,
    /// A request to an API that came to no function: what it was and how it was answered.
    Request,
    /// samc says it.
    Notice,
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// What it is about.
    pub kind: LineKind,
    /// The function, by logical id.
    pub function: Option<&'a str>,
    /// The call, where it is about one.
    pub request_id: &'a str,
    /// The text, without the end of the line.
    pub text: &'a str,
}

/// Whoever shows lines. It is called from several threads and must not wait for long.
pub trait Sink: Send + Sync + 'static {
    /// Shows a line.
    fn line(&self, line: Line<'_>);

    /// Shows a call that is over.
    fn call(&self, _call: &Record) {}
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Sink for Silent {
    fn line(&self, _: Line<'_>) {}
}
