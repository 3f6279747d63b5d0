//! Findings for people: what is wrong, the lines it stands in, and what to do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeStyles};
use samc_base::{Applicability, Diagnostic, FileId, Fix, Label, Severity, SourceFile, SourceMap, Span};

use super::shown;
use super::source::IndexedSource;

/// Columns of the screen that findings are made for.
const WIDTH: usize = 100;

/// A line longer than this, in bytes, would fill the screen and is not shown.
const LONGEST_LINE: u32 = 400;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &SourceMap, color: bool) -> String {
    let mut out = String::new();
    let mut shown: BTreeMap<FileId, Cow<'_, str>> = BTreeMap::new();
    for finding in diagnostics {
        head(&mut out, finding, color);
        for file in files(finding) {
            let source = sources.file(file);
            let text = shown.entry(file).or_insert_with(|| shown::source(source.text()));
            snippet(&mut out, finding, &IndexedSource { file: source, text }, color);
        }
        if let Some(help) = finding.help.as_ref().filter(|help| !is_order(finding, help)) {
            wrapped(&mut out, "help", help, color);
        }
        for fix in finding.fixes.iter().filter(|fix| !is_said(finding, fix)) {
            let note = match fix.applicability {
                Applicability::Safe => " (samc lint --fix)",
                Applicability::Unsafe => " (samc lint --fix --unsafe-fixes)",
            };
            wrapped(&mut out, "fix", &format!("{}{note}", fix.message), color);
        }
        out.push('\n');
    }
    out
}

/// Whether a fix says the same as the help.
fn is_order(finding: &Diagnostic, help: &str) -> bool {
    finding.fixes.iter().any(|fix| fix.message == help)
}

/// Whether the help or the label names what a fix would write, so that a line about it says nothing new.
fn is_said(finding: &Diagnostic, fix: &Fix) -> bool {
    let [edit] = fix.edits.as_slice() else { return false };
    let word = format!("`{}`", edit.text);
    let label = finding.primary.as_ref().map(|label| &label.message);
    finding.help.iter().chain(label).any(|said| said.contains(&word))
}

/// Draws the labels of a finding in a file: the primary one in the colour of its severity, the others
/// in another one.
fn handler(finding: &Diagnostic, file: &SourceFile, color: bool) -> GraphicalReportHandler {
    let mut theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    if color {
        let mut styles = ThemeStyles::ansi();
        let severity = match finding.severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        let primary = finding.primary.iter().map(|l| (l.span, severity.bold()));
        let others = finding.labels.iter().map(|l| (l.span, styles.advice));
        let mut places: Vec<_> = primary.chain(others).filter(|(s, _)| s.file == file.id()).collect();
        // miette takes the colours one by one, in the order of the text.
        places.sort_by_key(|(span, _)| span.start);
        styles.highlights = places.into_iter().map(|(_, style)| style).collect();
        theme.styles = styles;
    }
    GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false).with_context_lines(1)
}

/// `error[E102]: message`.
fn head(out: &mut String, finding: &Diagnostic, color: bool) {
    let name = format!("{}[{}]", finding.severity.as_str(), finding.code());
    let message = shown::sentence(&finding.message);
    if color {
        let style = match finding.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        let _ = writeln!(out, "\x1b[{style}m{name}\x1b[0m\x1b[1m: {message}\x1b[0m");
    } else {
        let _ = writeln!(out, "{name}: {message}");
    }
}

/// The files a finding has labels in, that of the primary one first.
fn files(finding: &Diagnostic) -> Vec<FileId> {
    let mut files = Vec::new();
    for label in finding.primary.iter().chain(&finding.labels) {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
}

/// The labels of one file, as miette's diagnostic. It has no message: that is written above.
struct View<'a> {
    finding: &'a Diagnostic,
    source: &'a IndexedSource<'a>,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.finding.fmt(f)
    }
}

impl std::fmt::Display for View<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let file = self.source.file;
        let primary = self.finding.primary.iter().map(|l| (l, true));
        let all = primary.chain(self.finding.labels.iter().map(|l| (l, false)));
        Some(Box::new(all.filter(|(l, _)| l.span.file == file.id()).map(|(l, is_primary)| {
            let span = on_one_line(l.span, file);
            let message = text_of(l);
            let range = (span.start as usize, span.len() as usize);
            match is_primary {
                true => LabeledSpan::new_primary_with_span(message, range),
                false => LabeledSpan::new_with_span(message, range),
            }
        })))
    }
}

/// The length in bytes of the line a span begins on.
fn line_length(span: Span, file: &SourceFile) -> u32 {
    let line = file.line_of(span.start);
    file.line_start(line + 1) - file.line_start(line)
}

fn text_of(label: &Label) -> Option<String> {
    (!label.message.is_empty()).then(|| shown::sentence(&label.message).into_owned())
}

/// The part of a span on its first line, so that a mapping is not underlined from end to end.
fn on_one_line(span: Span, file: &SourceFile) -> Span {
    let text = file.slice(span);
    let length = text.find(['\n', '\r']).unwrap_or(text.len());
    span.part(0, length as u32)
}

/// What miette draws, without the line it keeps for a message.
fn snippet(out: &mut String, finding: &Diagnostic, source: &IndexedSource<'_>, color: bool) {
    let file = source.file;
    let labels = || finding.primary.iter().chain(&finding.labels).filter(|l| l.span.file == file.id());
    let is_drawable = |l: &Label| line_length(l.span, file) <= LONGEST_LINE;
    if file.text().trim().is_empty() || !labels().all(is_drawable) {
        for label in labels() {
            let at = file.line_column(label.span.start);
            let _ = writeln!(
                out,
                "   ╭─[{}:{}:{}]\n   ╰── {}",
                file.name(),
                at.line,
                at.column,
                shown::sentence(&label.message)
            );
        }
        return;
    }
    let view = View { finding, source };
    let mut drawn = String::new();
    if handler(finding, file, color).render_report(&mut drawn, &view).is_err() {
        return;
    }
    let place = finding.primary.as_ref().filter(|l| l.span.file == file.id()).map(|l| {
        let at = file.line_column(l.span.start);
        format!("{}:{}:{}", file.name(), at.line, at.column)
    });
    one_box(out, &drawn, place.as_deref());
}

/// Puts what miette draws into one box: it begins a new one for each group of lines that are far
/// apart. The head names `place`, where a group has it.
fn one_box(out: &mut String, drawn: &str, place: Option<&str>) {
    let is_head = |line: &str| line.trim_start().starts_with("╭─[");
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for line in drawn.lines().map(str::trim_end).skip_while(|l| !is_head(l)) {
        if is_head(line) {
            groups.push(vec![line]);
        } else if let Some(group) = groups.last_mut() {
            group.push(line);
        }
    }
    let gutter = |group: &[&str]| group.first().map_or(0, |l| l.len() - l.trim_start().len());
    let widest = groups.iter().map(|g| gutter(g)).max().unwrap_or(0);
    let head = groups.iter().find(|g| place.is_some_and(|p| g.first().is_some_and(|l| l.contains(p))));
    if let Some(head) = head.or(groups.first()).and_then(|g| g.first()) {
        let _ = writeln!(out, "{}{}", " ".repeat(widest), head.trim_start());
    }
    let last = groups.len().saturating_sub(1);
    for (index, group) in groups.iter().enumerate() {
        let pad = " ".repeat(widest - gutter(group));
        // Without its head, and without its foot where another group follows.
        let end = group.len() - usize::from(index < last && group.len() > 1);
        for line in group.get(1..end).unwrap_or_default() {
            let _ = writeln!(out, "{pad}{line}");
        }
        if index < last {
            let _ = writeln!(out, "{}⋮", " ".repeat(widest));
        }
    }
}

/// A paragraph after a word, wrapped, its later lines below the first one's text.
fn wrapped(out: &mut String, word: &str, text: &str, color: bool) {
    let indent = word.chars().count() + 4;
    let _ = if color { write!(out, "  \x1b[36m{word}\x1b[0m:") } else { write!(out, "  {word}:") };
    // What a program said keeps its lines.
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            let _ = write!(out, "\n{}", " ".repeat(indent - 1));
        }
        let mut column = indent - 1;
        let mut begins = true;
        for part in shown::sentence(line).split_whitespace() {
            let width = part.chars().count();
            if !begins && column + 1 + width > WIDTH {
                let _ = write!(out, "\n{}", " ".repeat(indent - 1));
                column = indent - 1;
            }
            let _ = write!(out, " {part}");
            column += 1 + width;
            begins = false;
        }
    }
    out.push('\n');
}
