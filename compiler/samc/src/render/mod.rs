//! Findings as text: for people, for editors that read lines, and for programs.

mod concise;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod sarif;
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
    /// Annotations of GitHub Actions.
    Github,
    /// A SARIF 2.1.0 log.
    Sarif,
    /// Tests in JUnit's XML.
    Junit,
    /// GitLab's code quality report.
    Gitlab,
}

impl MessageFormat {
    /// True where findings make one document, whatever number of files they are about.
    pub fn is_document(self) -> bool {
        matches!(self, MessageFormat::Sarif | MessageFormat::Junit | MessageFormat::Gitlab)
    }
}

/// The findings about one input.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The input as the user typed it.
    pub name: &'a str,
    /// The findings.
    pub diagnostics: &'a [Diagnostic],
    /// The files they are in.
    pub sources: &'a SourceMap,
}

/// Renders the findings about several inputs.
pub fn render_all(parts: &[Part<'_>], format: MessageFormat, color: bool) -> String {
    match format {
        MessageFormat::Sarif => sarif::render(parts),
        MessageFormat::Junit => junit::render(parts),
        MessageFormat::Gitlab => gitlab::render(parts),
        MessageFormat::Human | MessageFormat::Concise | MessageFormat::Json | MessageFormat::Github => {
            parts.iter().map(|p| render(p.diagnostics, p.sources, format, color)).collect()
        }
    }
}

/// Renders findings.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, format: MessageFormat, color: bool) -> String {
    match format {
        MessageFormat::Human => human::render(diagnostics, sources, color),
        MessageFormat::Concise => concise::render(diagnostics, sources),
        MessageFormat::Json => json::render(diagnostics, sources),
        MessageFormat::Github => github::render(diagnostics, sources),
        MessageFormat::Sarif | MessageFormat::Junit | MessageFormat::Gitlab => {
            let name =
                diagnostics.iter().find_map(Diagnostic::span).map_or("", |s| sources.file(s.file).name());
            render_all(&[Part { name, diagnostics, sources }], format, color)
        }
    }
}
