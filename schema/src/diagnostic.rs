//! A finding as programs read it: one JSON object a line.

use schemars::JsonSchema;
use serde::Serialize;

/// What was found, where, and what to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct Diagnostic<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of finding, such as `E102`. A code never changes its meaning.
    pub code: &'a str,
    /// The kind in words, such as `unknown-property`.
    pub name: &'a str,
    /// What is wrong, in one sentence.
    pub message: &'a str,
    /// The logical id in the source template, or the name of the component in app.yaml.
    pub resource: Option<&'a str>,
    /// The keys that lead to the value, such as `Resources.Fn.Properties.Layers[0]`.
    pub path: Option<&'a str>,
    /// The place to look at first; null where there is no text at all.
    pub span: Option<Span<'a>>,
    /// Words for places, that of `span` among them.
    pub labels: Vec<Label<'a>>,
    /// What to do.
    pub help: Option<&'a str>,
    /// Changes that mend it.
    pub fixes: Vec<Fix<'a>>,
    /// A page with more about it.
    pub url: Option<&'a str>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Cannot be built, or would fail at deployment.
    Error,
    /// Works, and will likely hurt.
    Warning,
    /// Worth knowing.
    Info,
}

/// A place in a file. Lines and columns count from 1, columns in Unicode characters.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Span<'a> {
    /// The file, as the user typed it.
    pub file: &'a str,
    /// The line it begins in.
    pub line: u32,
    /// The column it begins at.
    pub column: u32,
    /// The line it ends in.
    pub end_line: u32,
    /// The column after its last character.
    pub end_column: u32,
    /// Bytes before it.
    pub offset: u32,
    /// Bytes in it.
    pub length: u32,
}

/// A place with words of its own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Label<'a> {
    /// The place that the words are about.
    pub span: Span<'a>,
    /// What is to be seen there.
    pub message: &'a str,
}

/// A change that mends a finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Fix<'a> {
    /// What it does, as an order.
    pub message: &'a str,
    /// Whether it may be applied without a look.
    pub applicability: Applicability,
    /// Replacements, which do not overlap.
    pub edits: Vec<Edit<'a>>,
}

/// Whether a fix keeps the meaning of the text.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Applicability {
    /// May be applied without a look.
    Safe,
    /// Changes what is deployed in a way that somebody should see.
    Unsafe,
}

/// One replacement, in bytes of the file of the finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Edit<'a> {
    /// Bytes before what is replaced.
    pub offset: u32,
    /// Bytes that are replaced.
    pub length: u32,
    /// What comes there instead.
    pub text: &'a str,
}
