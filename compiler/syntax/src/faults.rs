//! Faults of syntax in words: what is wrong, where it began, and what to do.

use samc_base::{Diagnostic, SourceFile, Span, codes};

use crate::events::Fault;
use crate::frame::Frame;
use crate::lines::{Lines, is_invisible};

/// The finding for a fault at byte `at`; `open` is what was open there, `last` where the last thing
/// that was understood ends.
pub(crate) fn describe(
    file: &SourceFile,
    fault: Fault,
    at: u32,
    open: &[Frame],
    last: u32,
    max_depth: usize,
) -> Diagnostic {
    let scene = Scene { lines: Lines::new(file), at, open, last };
    if fault == Fault::Depth {
        return too_deep(scene.lines.span(at, at + 1), open, file, max_depth);
    }
    if let Some(diagnostic) = scene.tab(fault) {
        return diagnostic;
    }
    match fault {
        Fault::UnclosedFlow
        | Fault::MissingComma
        | Fault::MismatchedBracket(..)
        | Fault::StrayBracket
        | Fault::StrayDash => scene.brackets(fault),
        Fault::StrayColon | Fault::MissingColon | Fault::Indentation if scene.in_brackets() => {
            scene.brackets(Fault::MissingComma)
        }
        Fault::StrayColon => scene.stray_colon(),
        Fault::MissingColon => scene.missing_colon(scene.lines.line_of(at)),
        Fault::Indentation => scene.indentation(),
        Fault::UnclosedQuote
        | Fault::AfterQuote
        | Fault::BadEscape
        | Fault::Character(_)
        | Fault::AnchorName => scene.text(fault),
        Fault::DocumentMarker if matches!(scene.lines.char_at(at), Some('"' | '\'')) => scene.text(fault),
        _ => scene.other(fault),
    }
}

/// The finding for nesting beyond the limit.
pub(crate) fn too_deep(at: Span, open: &[Frame], file: &SourceFile, max_depth: usize) -> Diagnostic {
    let outermost = open.first().map(|f| Span::new(file.id(), f.start.start, f.start.end));
    Diagnostic::error(codes::TOO_DEEP, format!("the document nests deeper than {max_depth} levels"))
        .at(at, "too deep from here")
        .label(outermost, "counted from here")
        .help("take inner parts out of the document")
}

/// The finding for a key without quotes that begins or ends with a character nobody sees. YAML takes
/// it for text, and so a line that looks indented is none.
pub(crate) fn invisible(text: &str, span: Span) -> Option<Diagnostic> {
    let found = text
        .chars()
        .next()
        .filter(|c| is_invisible(*c))
        .or_else(|| text.chars().next_back().filter(|c| is_invisible(*c)))?;
    let name = match found {
        '\u{a0}' | '\u{202f}' => " (a no-break space)",
        '\u{2028}' | '\u{2029}' | '\u{85}' => " (a line separator)",
        '\u{feff}' => " (a byte order mark)",
        _ => "",
    };
    let code = found as u32;
    Some(
        syntax(format!("a key begins or ends with the invisible character U+{code:04X}{name}"))
            .at(span, "taken as part of the key")
            .help("write the line anew with ordinary blanks; such characters come from copied web pages"),
    )
}

fn syntax(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::YAML_SYNTAX, message)
}

/// A fault with everything around it.
struct Scene<'a> {
    lines: Lines<'a>,
    at: u32,
    open: &'a [Frame],
    last: u32,
}

impl Scene<'_> {
    /// The innermost bracket that is open.
    fn bracket(&self) -> Option<&Frame> {
        // A pair inside a list, `[a: b]`, is a mapping without a bracket of its own.
        let written = |frame: &&Frame| matches!(self.lines.char_at(frame.start.start), Some('[' | '{'));
        self.open.iter().rev().take_while(|frame| frame.flow).find(written)
    }

    fn in_brackets(&self) -> bool {
        self.bracket().is_some()
    }

    /// The one character at a byte.
    fn one(&self, at: u32) -> Span {
        let len = self.lines.char_at(at).map_or(0, char::len_utf8) as u32;
        self.lines.span(at, at + len)
    }

    fn brackets(&self, fault: Fault) -> Diagnostic {
        if let Fault::MismatchedBracket(open, close) = fault {
            let end = self.lines.find(self.at + 1, close);
            return syntax(format!("`{open}` is closed by `{close}`"))
                .at(self.one(self.at), "opened here")
                .label(end.map(|end| self.one(end)), "closed here by a bracket of the other kind")
                .help(format!("close it with `{}`", if open == '[' { ']' } else { '}' }));
        }
        if fault == Fault::StrayBracket {
            let bracket = self.lines.char_at(self.at).unwrap_or(']');
            return syntax(format!("`{bracket}` closes nothing"))
                .at(self.one(self.at), "no bracket is open here")
                .help("take it out, or put quotes around the text it belongs to");
        }
        if fault == Fault::StrayDash && !self.in_brackets() {
            let line = self.lines.line_of(self.at);
            return syntax("a list cannot begin on the line of its key")
                .at(self.one(self.at), "this dash begins a list item")
                .label(self.lines.key_of(line), "the key")
                .help("begin the list on the next line, or put quotes around text that begins with a dash");
        }
        let Some(frame) = self.bracket() else { return self.unclosed_at(self.at) };
        let opening = self.lines.span(frame.start.start, frame.start.start + 1);
        let (open, close) = if frame.mapping { ('{', '}') } else { ('[', ']') };
        let kind = frame.kind();
        if self.lines.char_at(self.at) == Some(',') {
            return syntax("there is nothing between two commas")
                .at(self.one(self.at), "one comma too many")
                .label(opening, format!("the {kind} begins here"));
        }
        if fault == Fault::UnclosedFlow || self.left_bracket(frame) {
            let end =
                if fault == Fault::UnclosedFlow { self.lines.end() } else { self.lines.first_text(self.at) };
            return syntax(format!("the `{open}` is never closed"))
                .at(opening, "opened here")
                .label(self.lines.span(end, end), format!("no `{close}` up to here"))
                .help(format!(
                    "add the missing `{close}`, or put quotes around text that begins with `{open}`"
                ));
        }
        if fault == Fault::StrayDash {
            return syntax(format!("a list item with a dash stands inside `{open}{close}`"))
                .at(self.one(self.at), "this dash")
                .label(opening, format!("the {kind} begins here"))
                .help("separate the items by commas, without dashes");
        }
        let gap = self.gap();
        syntax(format!("a `,` or the closing `{close}` is missing"))
            .at(self.lines.span(gap.saturating_sub(1), gap), "expected after this")
            .label(opening, format!("the {kind} begins here"))
            .help("put quotes around text that holds commas, colons or brackets")
    }

    /// Where a comma is missing: before the key of a stray colon, or after what was read last.
    fn gap(&self) -> u32 {
        let before = if self.lines.char_at(self.at) == Some(':') {
            self.lines.key_start_back(self.at)
        } else {
            self.last.min(self.at)
        };
        self.lines.skip_blanks_back(before)
    }

    /// True where the line at fault is indented no deeper than the one with the open bracket: then
    /// it is no part of what is in the brackets.
    fn left_bracket(&self, frame: &Frame) -> bool {
        let (here, opened) = (self.lines.line_of(self.at), self.lines.line_of(frame.start.start));
        here > opened && self.lines.indent(here) <= self.lines.indent(opened)
    }

    fn unclosed_at(&self, at: u32) -> Diagnostic {
        let open = self.lines.char_at(at).unwrap_or('[');
        let close = if open == '{' { '}' } else { ']' };
        let end = self.lines.end();
        syntax(format!("the `{open}` is never closed"))
            .at(self.one(at), "opened here")
            .label(self.lines.span(end, end), "the text ends here")
            .help(format!("add the missing `{close}`, or put quotes around text that begins with `{open}`"))
    }

    /// A colon where no value may begin. The fault is often on the line before.
    fn stray_colon(&self) -> Diagnostic {
        let line = self.lines.line_of(self.at);
        if let Some(first) = self.lines.colon_before(line, self.at) {
            return syntax("a second `: ` stands in the same line")
                .at(self.one(self.at), "this colon would begin a value inside a value")
                .label(self.one(first), "the value begins after this colon")
                .help("put quotes around a text that holds `: `");
        }
        let Some(before) = self.lines.text_line_before(line) else { return self.other(Fault::StrayColon) };
        let deeper = self.lines.indent(line) > self.lines.indent(before);
        match self.lines.colon_before(before, u32::MAX) {
            Some(_) if deeper => {
                let value = self.lines.value_of(before);
                syntax("keys are nested under a key that has a value already")
                    .at(
                        self.lines.key_of(line).unwrap_or_else(|| self.one(self.at)),
                        "indented deeper than the line above",
                    )
                    .label(value, "this is the value already")
                    .help("indent the line like the one above, or take the value out")
            }
            _ => self.missing_colon(before),
        }
    }

    /// A line that should be a key.
    fn missing_colon(&self, line: usize) -> Diagnostic {
        let span = self.lines.item_of(line);
        let text = self.lines.text(span);
        if self.lines.text_line_before(line).is_none() && self.open.is_empty() && text.starts_with(['}', ']'])
        {
            return self.brackets(Fault::StrayBracket);
        }
        let is_word =
            |t: &str| !t.is_empty() && t.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let (label, help) = match (text.split_once(':'), text.split_once(' ')) {
            (Some((key, value)), _) if is_word(key) && !value.is_empty() && !value.starts_with(':') => {
                ("the colon has no blank after it", format!("write `{key}: {value}`"))
            }
            (_, Some((key, value))) if is_word(key) && !value.contains(' ') => {
                ("a key without a colon", format!("write `{key}: {value}`"))
            }
            _ => (
                "a key without a colon",
                "add a colon after the key; indent the line if it goes on with the text above".to_owned(),
            ),
        };
        syntax(format!("`{}` is not a key with a value", short(text))).at(span, label).help(help)
    }

    fn indentation(&self) -> Diagnostic {
        let line = self.lines.line_of(self.at);
        let first = self.lines.first_text(self.at);
        let frame = self.open.last();
        let around = frame.map(|f| self.lines.span(f.start.start, f.start.end));
        let dash = self.lines.begins_with_dash(line);
        if self.at > first && !dash {
            let end = self.lines.line_end(line);
            return syntax("text goes on after the end of a value")
                .at(self.lines.span(self.at, end), "cannot belong to the value before it")
                .help("put quotes around the whole value");
        }
        let item = self.lines.item_or_dash(line);
        let width = self.lines.indent(line);
        match frame {
            Some(frame) if self.lines.column(frame.start.start) != width => {
                let wanted = self.lines.column(frame.start.start);
                syntax(format!("the line is indented by {}, which fits nothing above it", blanks(width)))
                    .at(item, format!("indented by {width}"))
                    .label(around, format!("the {} around it is indented by {wanted}", frame.kind()))
                    .help(format!(
                        "indent the line by {}, or deeper under the key it belongs to",
                        blanks(wanted)
                    ))
            }
            Some(frame) if frame.mapping => syntax("a list item stands among the keys of a mapping")
                .at(item, "a list item")
                .label(around, "the mapping begins here")
                .help("indent the item under its key, or write it as a key with a value"),
            Some(_) => syntax("a line without a dash stands among the items of a list")
                .at(item, "not a list item")
                .label(around, "the list begins here")
                .help("begin the line with `- `, or indent it so that it belongs to the item above"),
            None => self.other(Fault::Indentation),
        }
    }

    /// Faults inside one text.
    fn text(&self, fault: Fault) -> Diagnostic {
        let quote = self.lines.char_at(self.at).unwrap_or('"');
        match fault {
            Fault::UnclosedQuote => {
                let end = self.lines.line_end(self.lines.line_of(self.at));
                syntax(format!("the text that begins with `{quote}` is never closed"))
                    .at(
                        self.lines.span(self.at, end),
                        format!("no second `{quote}` up to the end of the file"),
                    )
                    .help(format!("add the closing `{quote}`"))
            }
            Fault::AfterQuote => {
                let end = self.lines.line_end(self.lines.line_of(self.at));
                let closed = self.lines.skip_blanks_back(self.at);
                let single = self.lines.char_at(closed.saturating_sub(1)) == Some('\'');
                let help = if single {
                    "inside single quotes write '' for an apostrophe, or use double quotes"
                } else {
                    "inside double quotes write \\\" for a quote, or put everything into single quotes"
                };
                syntax("text goes on after the closing quote")
                    .at(self.lines.span(self.at, end), "not part of the text before it")
                    .label(self.lines.span(closed.saturating_sub(1), closed), "the text ends with this quote")
                    .help(help)
            }
            Fault::BadEscape => {
                let span = self.lines.bad_escape(self.at);
                syntax(format!("`{}` is not an escape that double quotes know", self.lines.text(span)))
                    .at(span, "unknown escape")
                    .help("write `\\\\` for a backslash, or put the text into single quotes")
            }
            Fault::AnchorName => {
                let help = match quote {
                    '*' => "write '*' in quotes if the asterisk itself is meant",
                    _ => "write '&' in quotes if the sign itself is meant",
                };
                syntax(format!("`{quote}` stands without the name of an anchor"))
                    .at(self.one(self.at), "a name is expected after this")
                    .help(help)
            }
            _ => syntax(format!("text without quotes cannot begin with `{quote}`"))
                .at(self.one(self.at), "has a meaning of its own in YAML")
                .help("put quotes around the text"),
        }
    }

    /// A tab in the indentation, whatever the scanner makes of it.
    fn tab(&self, fault: Fault) -> Option<Diagnostic> {
        let line = self.lines.line_of(self.at);
        let suspects = match fault {
            Fault::Tab => line..line + 3,
            Fault::Indentation | Fault::MissingColon | Fault::StrayColon if !self.in_brackets() => {
                line..line + 1
            }
            _ => return None,
        };
        let found = suspects.into_iter().find_map(|line| self.lines.tab_in_indentation(line));
        match found {
            Some(span) => Some(
                syntax("the line is indented with a tab; YAML indents with blanks only")
                    .at(span, "a tab")
                    .help("replace each tab at the beginning of lines by blanks"),
            ),
            None if fault == Fault::Tab => Some(
                syntax("a tab stands where only blanks may stand")
                    .at(self.one(self.at), "near here")
                    .help("replace the tab by blanks"),
            ),
            None => None,
        }
    }

    fn other(&self, fault: Fault) -> Diagnostic {
        let (message, help) = match fault {
            Fault::Tag => ("the tag is not well formed", "a tag is `!` and a name, with a blank after it"),
            Fault::TagHandle => {
                ("the tag begins with a prefix that nothing declares", "write tags like `!Ref`, with one `!`")
            }
            Fault::BlockScalar => (
                "the text after `|` or `>` does not begin as it must",
                "begin the text on the next line, indented deeper than its key",
            ),
            Fault::Directive => {
                ("the line with `%` is not a directive of YAML 1.1 or 1.2", "take the line out")
            }
            Fault::DocumentMarker => (
                "`---` or `...` stands where the document cannot end",
                "take the marker out, or close what is open above it",
            ),
            Fault::ByteOrderMark => (
                "an invisible byte order mark stands inside the document",
                "take it out; an editor that shows bytes helps",
            ),
            Fault::Comment => (
                "a comment has no blank before its `#`",
                "put a blank before `#`, or quotes around text that holds it",
            ),
            _ => (
                "the text cannot be read as YAML from here on",
                "look for a missing quote, bracket or colon above",
            ),
        };
        syntax(message).at(self.one(self.at), "here").help(help)
    }
}

fn blanks(count: usize) -> String {
    if count == 1 { "1 blank".to_owned() } else { format!("{count} blanks") }
}

/// A text cut to what fits a message.
fn short(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((i, _)) => format!("{}...", &text[..i]),
        None => text.to_owned(),
    }
}
