//! Findings as text: for people, for editors that read lines, and for programs.

mod concise;
mod human;
mod json;
mod shown;
mod source;
#[cfg(test)]
mod tests;

use samc_base::{Diagnostic, SourceMap};

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageFormat {
    /// With the lines of the source around them.
    #[default]
    Human,
    /// One line each.
    Concise,
    /// One JSON object a line.
    Json,
}

/// Renders findings.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, format: MessageFormat, color: bool) -> String {
    match format {
        MessageFormat::Human => human::render(diagnostics, sources, color),
        MessageFormat::Concise => concise::render(diagnostics, sources),
        MessageFormat::Json => json::render(diagnostics, sources),
    }
}
