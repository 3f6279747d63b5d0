//! Comments that allow what a rule finds: `# samc: allow R501 -- reason [until 2027-01-01]`.
//!
//! On a line of its own such a comment is about the entry below it, with all that is in it; behind a value it
//! is about its line. It needs a reason; one that allows nothing, or whose day has passed, is told.

use samc_base::{Code, Diagnostic, Diagnostics, SourceFile, SourceMap, Span, codes, nearest};
use samc_lint::RULES;
use samc_syntax::{Comment, Document, Node, NodeKind};

/// What such comments begin with.
const MARK: &str = "samc:";

/// A comment that allows something.
struct Allow {
    rules: Vec<&'static str>,
    /// The last day, as `YYYY-MM-DD`.
    until: Option<String>,
    /// Where the comment is written.
    span: Span,
    /// What it is about.
    scope: Span,
    /// Rules that it kept from speaking.
    used: Vec<&'static str>,
}

/// Takes out what comments allow, and tells of comments that do not do what they seem to.
pub(crate) fn apply(
    found: &mut Diagnostics,
    document: &Document,
    sources: &SourceMap,
    options: &samc_lint::Options,
) {
    let file = sources.file(document.file);
    let mut told = Diagnostics::default();
    let mut allows: Vec<Allow> = samc_syntax::comments(file, MARK)
        .into_iter()
        .filter(|comment| comment.text.starts_with(MARK))
        .filter_map(|comment| read(&comment, file, document, &mut told))
        .collect();
    if allows.is_empty() && told.iter().next().is_none() {
        return;
    }
    let is_over = |allow: &Allow| allow.until.as_deref().is_some_and(|day| day < options.as_of.as_str());
    take_out(found, document, &mut allows, &options.as_of);
    for allow in &allows {
        if is_over(allow) {
            let day = allow.until.as_deref().unwrap_or_default();
            told.push(
                Diagnostic::warning(codes::ALLOW_EXPIRED, format!("this allowed until {day}, which is over"))
                    .at(allow.span, "no longer in force")
                    .help("mend what it allowed, or give it another day and say why"),
            );
            continue;
        }
        for rule in allow.rules.iter().filter(|rule| !allow.used.contains(*rule)) {
            let runs = RULES.iter().any(|r| r.code.id() == *rule && options.takes(r));
            if runs {
                let message = format!("{rule} finds nothing here that would have to be allowed");
                told.push(
                    Diagnostic::warning(codes::ALLOW_UNUSED, message)
                        .at(allow.span, "allows nothing")
                        .help("take it out, or put it above the entry that it is about"),
                );
            }
        }
    }
    found.append(told);
}

/// Takes out what comments allow of the checks of packed code, which run last. What is wrong with the
/// comments themselves was told by [`apply`].
pub(crate) fn allow(found: &mut Diagnostics, document: &Document, sources: &SourceMap, today: &str) {
    if !found.iter().any(|finding| samc_package::RULES.contains(&finding.code())) {
        return;
    }
    let file = sources.file(document.file);
    let mut told = Diagnostics::default();
    let mut allows: Vec<Allow> = samc_syntax::comments(file, MARK)
        .into_iter()
        .filter(|comment| comment.text.starts_with(MARK))
        .filter_map(|comment| read(&comment, file, document, &mut told))
        .collect();
    take_out(found, document, &mut allows, today);
}

fn take_out(found: &mut Diagnostics, document: &Document, allows: &mut [Allow], today: &str) {
    found.retain(|finding| {
        let Some(span) = finding.span().filter(|s| s.file == document.file) else { return true };
        let id = finding.code().id();
        let mut is_kept = true;
        for allow in allows.iter_mut().filter(|a| a.rules.contains(&id) && a.scope.contains(span)) {
            allow.used.push(id);
            is_kept &= allow.until.as_deref().is_some_and(|day| day < today);
        }
        is_kept
    });
}

/// Reads one comment; reports what is wrong with it.
fn read(comment: &Comment, file: &SourceFile, document: &Document, told: &mut Diagnostics) -> Option<Allow> {
    let span = comment.span;
    let mut malformed = |message: String, help: String| {
        told.push(Diagnostic::warning(codes::ALLOW_MALFORMED, message).at(span, "allows nothing").help(help));
        None
    };
    let form =
        "write `# samc: allow R501 -- the reason`, with `until 2027-01-31` behind it where it is for a time";
    let rest = comment.text.strip_prefix(MARK)?.trim();
    let Some(rest) = rest.strip_prefix("allow ") else {
        return malformed("the comment does not say what it allows".to_owned(), form.to_owned());
    };
    let (names, reason) = rest.split_once("--").map_or((rest, ""), |(names, reason)| (names, reason.trim()));
    let (reason, until) = match reason.rsplit_once("until ") {
        Some((before, day)) if is_day(day.trim()) => (before.trim(), Some(day.trim().to_owned())),
        _ => (reason, None),
    };
    if reason.is_empty() {
        return malformed("what is allowed needs a reason".to_owned(), form.to_owned());
    }
    let mut rules = Vec::new();
    for name in names.split([',', ' ']).filter(|n| !n.is_empty()) {
        let codes = || RULES.iter().map(|rule| rule.code).chain(samc_package::RULES);
        let is_it =
            |code: &Code| code.id().eq_ignore_ascii_case(name) || code.name().eq_ignore_ascii_case(name);
        match codes().find(is_it) {
            Some(code) => rules.push(code.id()),
            None => {
                let known = codes().flat_map(|code| [code.id(), code.name()]);
                let help = match nearest(name, known) {
                    Some(near) => format!("did you mean {near}?"),
                    None => {
                        "`samc rules` lists the rules; errors of the language cannot be allowed".to_owned()
                    }
                };
                return malformed(format!("there is no rule `{name}`"), help);
            }
        }
    }
    if rules.is_empty() {
        return malformed("the comment names no rule".to_owned(), form.to_owned());
    }
    let scope = scope(comment, file, document)?;
    Some(Allow { rules, until, span, scope, used: Vec::new() })
}

fn is_day(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    text.len() == 10
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && text.get(4..5) == Some("-")
        && text.get(7..8) == Some("-")
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
