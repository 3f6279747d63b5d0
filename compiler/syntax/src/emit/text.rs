//! How a text is written: plain, quoted, or as a block of lines.

use std::borrow::Cow;
use std::fmt::Write;

use crate::lines::is_invisible;
use crate::resolve::{Resolved, yaml11, yaml12};

/// The form of a text.
pub(super) enum Form<'a> {
    /// On the line it begins on.
    OneLine(Cow<'a, str>),
    /// As lines of their own below this header.
    Block { header: String, keeps_breaks: bool },
}

/// Chooses the form of a value.
pub(super) fn form(value: &str) -> Form<'_> {
    if value.contains('\n') && fits_block(value) {
        let mut header = String::from("|");
        // A reader takes the indentation from the first line, unless told.
        if value.starts_with([' ', '\n', '\t']) {
            header.push('2');
        }
        let breaks = value.len() - value.trim_end_matches('\n').len();
        match breaks {
            0 => header.push('-'),
            1 => {}
            _ => header.push('+'),
        }
        return Form::Block { header, keeps_breaks: breaks > 1 };
    }
    Form::OneLine(one_line(value))
}

/// The lines of a block, those that are empty included.
pub(super) fn block_lines(value: &str) -> impl Iterator<Item = &str> {
    value.strip_suffix('\n').unwrap_or(value).split('\n')
}

/// Plain or quoted.
pub(super) fn one_line(value: &str) -> Cow<'_, str> {
    if is_plain_text(value) {
        return Cow::Borrowed(value);
    }
    let quoted = if value.contains('\'') || !value.chars().all(is_printable) {
        double_quoted(value)
    } else {
        format!("'{value}'")
    };
    Cow::Owned(quoted)
}

/// True where a text without quotes is read as this very text, under YAML 1.1 and 1.2.
pub fn is_plain_text(value: &str) -> bool {
    let mut chars = value.chars();
    let Some(first) = chars.next() else { return false };
    let second = chars.next();
    let begins_well = match first {
        '-' => second.is_some_and(|c| c != ' ' && c != '-'),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
            false
        }
        '?' | ':' | '=' | '<' | '~' | ' ' => false,
        _ => !value.starts_with("..."),
    };
    begins_well
        && !is_invisible(first)
        && !value.ends_with(is_invisible)
        && !value.ends_with([' ', ':'])
        && !value.contains(": ")
        && !value.contains(" #")
        && value.chars().all(is_printable)
        && !matches!(value, "y" | "Y" | "n" | "N")
        && yaml11(value) == Resolved::Text
        && yaml12(value) == Resolved::Text
        && !looks_like_number(value)
        && !looks_like_date(value)
}

/// Characters that stand for themselves inside a line under both versions of YAML.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Line breaks to YAML 1.1, the byte order mark, and what is no character.
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => c >= '\u{a0}',
    }
}

fn fits_block(value: &str) -> bool {
    let last = value.trim_end_matches('\n');
    let last = last.rsplit('\n').next().unwrap_or("");
    // Blanks alone on the last line would be lost in an editor, and readers disagree about them.
    !last.trim_matches([' ', '\t']).is_empty()
        && value.chars().all(|c| matches!(c, '\n' | '\t') || is_printable(c))
}

/// Digits and what goes with them: readers know more forms and sizes of numbers than ours.
fn looks_like_number(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().all(|c| {
            c.is_ascii_hexdigit() || matches!(c, '_' | '.' | ':' | '+' | '-' | 'x' | 'X' | 'o' | 'O')
        })
}

/// A year, a month and a day, whatever comes after.
fn looks_like_date(value: &str) -> bool {
    let digits = |t: &str, from: usize, to: usize| {
        (from..=to).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit())
    };
    let mut parts = value.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let day_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    digits(year, 4, 4) && digits(month, 1, 2) && digits(&rest[..day_end], 1, 2)
}

fn double_quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => {
                let code = c as u32;
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// A number that both versions of YAML read as the same number with a fraction.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if mantissa.contains('.') { "" } else { ".0" };
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        return format!("{mantissa}{point}e{sign}{exponent}");
    }
    let text = value.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}
