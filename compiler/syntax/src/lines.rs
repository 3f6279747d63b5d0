//! Looking at the lines around a fault.

use samc_base::{SourceFile, Span};

/// A file as lines, counted from 0.
pub(crate) struct Lines<'a> {
    file: &'a SourceFile,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(file: &'a SourceFile) -> Self {
        Lines { file }
    }

    /// A span, cut to the text and to whole characters.
    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        let text = self.file.text();
        let fit = |at: u32| {
            let mut at = (at as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at as u32
        };
        Span::new(self.file.id(), fit(start), fit(end))
    }

    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.file.slice(span)
    }

    pub(crate) fn end(&self) -> u32 {
        self.file.text().trim_end().len() as u32
    }

    pub(crate) fn char_at(&self, at: u32) -> Option<char> {
        self.file.text().get(at as usize..)?.chars().next()
    }

    /// The first `wanted` from a byte on.
    pub(crate) fn find(&self, from: u32, wanted: char) -> Option<u32> {
        Some(from + self.file.text().get(from as usize..)?.find(wanted)? as u32)
    }

    pub(crate) fn line_of(&self, at: u32) -> usize {
        self.file.line_of(at)
    }

    /// Where the text of a line ends, without blanks.
    pub(crate) fn line_end(&self, line: usize) -> u32 {
        self.file.line_start(line) + self.line(line).trim_end().len() as u32
    }

    /// How many blanks and tabs a line begins with.
    pub(crate) fn indent(&self, line: usize) -> usize {
        let text = self.line(line);
        text.len() - text.trim_start_matches([' ', '\t']).len()
    }

    /// How many bytes stand before a place in its line.
    pub(crate) fn column(&self, at: u32) -> usize {
        (at - self.file.line_start(self.line_of(at)).min(at)) as usize
    }

    /// Where the text of the line of a place begins.
    pub(crate) fn first_text(&self, at: u32) -> u32 {
        let line = self.line_of(at);
        self.file.line_start(line) + self.indent(line) as u32
    }

    /// The place after the last character before `at` that is not blank.
    pub(crate) fn skip_blanks_back(&self, at: u32) -> u32 {
        self.file.text().get(..at as usize).map_or(at, |t| t.trim_end().len() as u32)
    }

    /// Where the key begins that ends right before the colon at `at`.
    pub(crate) fn key_start_back(&self, at: u32) -> u32 {
        let before = self.file.text().get(..at as usize).unwrap_or("").trim_end();
        let inner = match before.chars().next_back() {
            Some(quote @ ('"' | '\'')) => before[..before.len() - 1].rfind(quote),
            _ => before.rfind([' ', '\t', '\n', ',', '{', '[']).map(|i| i + 1),
        };
        inner.unwrap_or(0) as u32
    }

    pub(crate) fn begins_with_dash(&self, line: usize) -> bool {
        let text = self.line(line).trim();
        text == "-" || text.starts_with("- ")
    }

    /// The nearest line above that holds more than a comment.
    pub(crate) fn text_line_before(&self, line: usize) -> Option<usize> {
        (0..line).rev().find(|line| {
            let text = self.line(*line).trim();
            !text.is_empty() && !text.starts_with('#')
        })
    }

    /// The text of a line without indentation and dashes, up to its end.
    pub(crate) fn item_of(&self, line: usize) -> Span {
        let item = self.item(line);
        self.span(item.0, item.0 + item.1.len() as u32)
    }

    /// The text of a line without indentation.
    pub(crate) fn item_or_dash(&self, line: usize) -> Span {
        let start = self.file.line_start(line) + self.indent(line) as u32;
        self.span(start, self.line_end(line))
    }

    /// The first colon of a line, after its dashes and before `end`, that ends a key.
    pub(crate) fn colon_before(&self, line: usize, end: u32) -> Option<u32> {
        let (start, item) = self.item(line);
        let mut from = 0;
        while let Some(i) = item[from..].find(':').map(|i| i + from) {
            let at = start + i as u32;
            if at >= end {
                return None;
            }
            if matches!(item.as_bytes().get(i + 1), None | Some(b' ' | b'\t')) {
                return Some(at);
            }
            from = i + 1;
        }
        None
    }

    /// The key of a line, if it has one.
    pub(crate) fn key_of(&self, line: usize) -> Option<Span> {
        let colon = self.colon_before(line, u32::MAX)?;
        Some(self.span(self.item(line).0, colon))
    }

    /// What stands after the key of a line.
    pub(crate) fn value_of(&self, line: usize) -> Option<Span> {
        let colon = self.colon_before(line, u32::MAX)?;
        let end = self.line_end(line);
        let rest = self.file.text().get(colon as usize + 1..end as usize)?;
        let start = end - rest.trim_start().len() as u32;
        (start < end).then(|| self.span(start, end))
    }

    /// The tabs in the indentation of a line that is not blank.
    pub(crate) fn tab_in_indentation(&self, line: usize) -> Option<Span> {
        let text = self.line(line);
        let blanks = &text[..self.indent(line)];
        if text.trim().is_empty() {
            return None;
        }
        let first = blanks.find('\t')?;
        let last = blanks.rfind('\t')?;
        let start = self.file.line_start(line);
        Some(self.span(start + first as u32, start + last as u32 + 1))
    }

    /// The first escape of the double-quoted text at `at` that does not exist; all of its first line
    /// if none is found.
    pub(crate) fn bad_escape(&self, at: u32) -> Span {
        let text = self.file.text().get(at as usize..).unwrap_or("");
        let mut chars = text.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => break,
                '\\' => {
                    let Some((j, escaped)) = chars.next() else { break };
                    let digits = match escaped {
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        c if "0abt\tnvfre \"/\\N_LP\r\n".contains(c) => 0,
                        c => return self.span(at + i as u32, at + (j + c.len_utf8()) as u32),
                    };
                    let code = text.get(j + 1..j + 1 + digits);
                    let well_formed = code.is_some_and(|code| {
                        u32::from_str_radix(code, 16)
                            .is_ok_and(|n| digits == 0 || char::from_u32(n).is_some())
                            || digits == 0
                    });
                    if !well_formed {
                        return self.span(at + i as u32, at + (j + 1 + digits) as u32);
                    }
                }
                _ => {}
            }
        }
        self.span(at, self.line_end(self.line_of(at)))
    }

    fn line(&self, line: usize) -> &'a str {
        let (start, end) = (self.file.line_start(line), self.file.line_start(line + 1));
        self.file.text().get(start as usize..end as usize).unwrap_or("").trim_end_matches(['\r', '\n'])
    }

    /// Where the text of a line begins after indentation and dashes, and that text.
    fn item(&self, line: usize) -> (u32, &'a str) {
        let mut rest = self.line(line).trim_start_matches([' ', '\t']);
        while let Some(after) = rest.strip_prefix("- ") {
            rest = after.trim_start();
        }
        let start = self.file.line_start(line) + (self.line(line).len() - rest.len()) as u32;
        (start, rest.trim_end())
    }
}

/// Characters beyond ASCII that nobody sees: blanks that do not indent, and marks without width.
pub(crate) fn is_invisible(c: char) -> bool {
    !c.is_ascii()
        && (c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
}
