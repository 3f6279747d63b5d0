//! Comments that allow what a rule finds: `# samc: allow R501 -- reason [@owner] [until 2027-01-01]`.
//!
//! On a line of its own such a comment is about the entry below it, with all that is in it; behind a value it
//! is about its line.

use samc_base::{Code, Diagnostic, Diagnostics, SourceFile, SourceMap, Span, codes};
use samc_syntax::{Comment, Document, Node, NodeKind};

use super::{Allow, Scope, Words};
use crate::config::is_day;

/// What such comments begin with.
const MARK: &str = "samc:";

const FORM: &str =
    "write `# samc: allow R501 -- the reason`, with `until 2027-01-31` behind it where it is for a time";

/// Everything that comments allow.
pub(super) fn all(
    document: &Document,
    sources: &SourceMap,
    own: &[Code],
    found: &mut Diagnostics,
) -> Vec<Allow> {
    let file = sources.file(document.file);
    samc_syntax::comments(file, MARK)
        .into_iter()
        .filter(|comment| comment.text.starts_with(MARK))
        .filter_map(|comment| read(&comment, file, document, own, found))
        .collect()
}

/// Reads one comment; reports what is wrong with it.
fn read(
    comment: &Comment,
    file: &SourceFile,
    document: &Document,
    own: &[Code],
    found: &mut Diagnostics,
) -> Option<Allow> {
    let span = comment.span;
    let rest = comment.text.strip_prefix(MARK)?.trim();
    let Some(rest) = rest.strip_prefix("allow ") else {
        found.push(
            Diagnostic::warning(codes::ALLOW_MALFORMED, "the comment does not say what it allows")
                .at(span, "allows nothing")
                .help(FORM),
        );
        return None;
    };
    let (names, reason) = rest.split_once("--").map_or((rest, ""), |(names, reason)| (names, reason.trim()));
    let (reason, until) = match reason.rsplit_once("until ") {
        Some((before, day)) if is_day(day.trim()) => (before.trim(), Some((day.trim(), None))),
        _ => (reason, None),
    };
    // As in a file of code owners: `@payments`.
    let is_owner = |word: &str| word.len() > 1 && word.starts_with('@');
    let is_reason = reason.split_whitespace().any(|word| !is_owner(word));
    let words = Words {
        rules: names.split([',', ' ']).filter(|n| !n.is_empty()).map(|name| (name, None)).collect(),
        reason: Some(reason).filter(|_| is_reason),
        until,
        has_owner: reason.split_whitespace().any(is_owner),
        span,
    };
    let scope = scope(comment, file, document).map(Scope::Place)?;
    words.judge(scope, own, FORM, found)
}

/// What a comment is about: its line, or the entry that begins below it.
fn scope(comment: &Comment, file: &SourceFile, document: &Document) -> Option<Span> {
    let (text, span) = (file.text(), comment.span);
    let start = span.start as usize;
    if !comment.alone {
        return Some(Span::new(span.file, file.line_start(file.line_of(span.start)), span.end));
    }
    // The first line below that is no comment and not empty.
    let mut at = start;
    let begin = loop {
        at += text.get(at..)?.find('\n')? + 1;
        let rest = text.get(at..)?.lines().next()?;
        let inner = rest.trim_start();
        if !inner.is_empty() && !inner.starts_with('#') {
            break at + rest.len() - inner.len();
        }
    };
    let end = text.get(begin..)?.find('\n').map_or(text.len(), |n| begin + n);
    let on_line = Span::new(span.file, begin as u32, end as u32);
    let whole = outermost(&document.root, on_line).unwrap_or(on_line);
    Some(Span::new(span.file, begin as u32, whole.end.max(on_line.end)))
}

/// The outermost entry or item that begins on a line.
fn outermost(node: &Node, line: Span) -> Option<Span> {
    let begins = |at: u32| line.start <= at && at < line.end;
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| {
            if begins(entry.key_span.start) {
                return Some(Span::new(line.file, entry.key_span.start, entry.value.span.end));
            }
            outermost(&entry.value, line)
        }),
        NodeKind::Sequence(items) => items
            .iter()
            .find_map(|item| if begins(item.span.start) { Some(item.span) } else { outermost(item, line) }),
        NodeKind::Scalar(_) => None,
    }
}
