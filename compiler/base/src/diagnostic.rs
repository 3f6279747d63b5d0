//! Findings: what is wrong, where, and what to do. Rendering lives in the `samc` crate.

use std::collections::HashSet;

use crate::change::Change;
use crate::code::Code;
use crate::span::Span;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, and will likely hurt.
    Warning,
    /// Cannot be built or would fail at deployment.
    Error,
}

impl Severity {
    /// The word users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place with words of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty on the primary label.
    pub message: String,
}

/// Whether a fix keeps the meaning of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// May be applied without a look.
    Safe,
    /// Changes what is deployed in a way the author should see.
    Unsafe,
}

/// One replacement in the source text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The bytes to replace.
    pub span: Span,
    /// What to put there.
    pub text: String,
}

/// A change that mends the finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What it does, as an order: "set VisibilityTimeout to 360".
    pub message: String,
    /// Safe or not.
    pub applicability: Applicability,
    /// The replacements, which do not overlap.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    code: CodeKey,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence in the user's words, with the computed values.
    pub message: String,
    /// The place the author should look at first. None only where there is no text at all.
    pub primary: Option<Label>,
    /// Further places.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Changes that mend it.
    pub fixes: Vec<Fix>,
    /// The same before it is known what text they take.
    pub changes: Vec<Change>,
    /// A page with more about it.
    pub url: Option<String>,
    /// The logical id in the source template, or the component's name in app.yaml.
    pub resource: Option<String>,
    /// The path of keys to the value, such as `Resources.Fn.Properties.Timeout`.
    pub path: Option<String>,
}

/// [`Code`] under its identity, so that findings can be compared and hashed.
#[derive(Debug, Clone, Copy)]
struct CodeKey(Code);

impl PartialEq for CodeKey {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for CodeKey {}

impl std::hash::Hash for CodeKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id().hash(state);
    }
}

impl Diagnostic {
    /// A finding of any severity; see [`Diagnostic::error`] and [`Diagnostic::warning`].
    pub fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code: CodeKey(code),
            severity,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
            changes: Vec::new(),
            url: None,
            resource: None,
            path: None,
        }
    }

    /// A finding that stops the build.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Error, code, message)
    }

    /// A finding that does not stop the build.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Warning, code, message)
    }

    /// The kind of finding.
    pub fn code(&self) -> Code {
        self.code.0
    }

    /// Sets the primary place and the words under it. `None` leaves the finding as it is.
    #[must_use]
    pub fn at(mut self, span: impl Into<Option<Span>>, label: impl Into<String>) -> Self {
        if let Some(span) = span.into() {
            self.primary = Some(Label { span, message: label.into() });
        }
        self
    }

    /// Adds a second place. `None` leaves the finding as it is.
    #[must_use]
    pub fn label(mut self, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        if let Some(span) = span.into() {
            self.labels.push(Label { span, message: message.into() });
        }
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a change that mends the finding.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Names the resource or component.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Names the path of keys.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The primary place.
    pub fn span(&self) -> Option<Span> {
        self.primary.as_ref().map(|l| l.span)
    }
}

/// Proof that a finding of level error has been collected. Stages return it in place of a value
/// they could not make, so that the caller goes on with the next thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// The findings of a run, in the order they were made until [`Diagnostics::finish`].
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    errors: usize,
}

impl Diagnostics {
    /// Collects a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        self.found.push(diagnostic);
    }

    /// Collects an error and gives the proof of it.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        debug_assert_eq!(diagnostic.severity, Severity::Error, "only errors stand in for a value");
        self.push(diagnostic);
        Reported(())
    }

    /// True once an error was collected.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Number of errors collected.
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// What was collected so far, in the order it was found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Changes each finding collected so far in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.found.iter_mut()
    }

    /// Keeps the findings for which `keep` is true. For a stage that says the same better.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.found.retain(keep);
        self.errors = self.found.iter().filter(|d| d.severity == Severity::Error).count();
    }

    /// Takes over the findings of another collector.
    pub fn append(&mut self, other: Diagnostics) {
        self.errors += other.errors;
        self.found.extend(other.found);
    }

    /// The findings without repetitions, in the order of the files and of the text; those without
    /// a place come first.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut seen = HashSet::new();
        let mut found: Vec<Diagnostic> = self.found.into_iter().filter(|d| seen.insert(d.clone())).collect();
        found.sort_by(|a, b| {
            let key = |d: &Diagnostic| d.span().map(|s| (s.file, s.start, s.end));
            key(a)
                .cmp(&key(b))
                .then_with(|| b.severity.cmp(&a.severity))
                .then_with(|| a.code().cmp(&b.code()))
        });
        found
    }
}
