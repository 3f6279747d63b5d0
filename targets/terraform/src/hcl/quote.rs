//! Text as Terraform reads it back unchanged.

use std::fmt::Write;

/// Appends the characters of a text between quotes. `before_value`: a value follows directly, and a
/// `$` or `%` before its `${` would make text of it.
pub(crate) fn escape(out: &mut String, text: &str, before_value: bool) {
    write(out, text, before_value, false, &|out, c| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
            let _ = write!(out, "\\u{:04X}", u32::from(c));
        }
        c => out.push(c),
    });
}

/// The characters of a template that no quotes stand around: a backslash is nothing special there.
pub(crate) fn template(text: &str, before_value: bool) -> String {
    let mut out = String::with_capacity(text.len());
    write(&mut out, text, before_value, true, &String::push);
    out
}

/// Writes a text such that nothing in it begins a value or a directive. `is_bare`: without quotes
/// Terraform (1.11) takes what begins a value after a carriage return for text, and drops a byte order
/// mark at the start, so that both are put in as values themselves.
fn write(out: &mut String, text: &str, before_value: bool, is_bare: bool, plain: &dyn Fn(&mut String, char)) {
    let bytes = text.as_bytes();
    for (i, c) in text.char_indices() {
        match c {
            '\r' if is_bare => out.push_str("${\"\\r\"}"),
            '\u{feff}' if is_bare => out.push_str("${\"\\uFEFF\"}"),
            '$' | '%' => match bytes.get(i + 1) {
                Some(b'{') => {
                    out.push(c);
                    out.push(c);
                }
                // A run of them before a brace is read differently from what it looks like.
                Some(&next) if next == b'$' || next == b'%' => sign(out, c),
                Some(_) if is_bare && text[i + 1..].starts_with(['\r', '\u{feff}']) => sign(out, c),
                None if before_value => sign(out, c),
                _ => out.push(c),
            },
            c => plain(out, c),
        }
    }
}

/// A sign as a value of its own, so that it cannot begin anything.
fn sign(out: &mut String, c: char) {
    out.push_str("${\"");
    out.push(c);
    out.push_str("\"}");
}

/// A text between quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape(&mut out, text, false);
    out.push('"');
    out
}

/// True for a name that may stand as a key without quotes.
pub(crate) fn is_plain_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !matches!(key, "for" | "in" | "if" | "null" | "true" | "false")
}
