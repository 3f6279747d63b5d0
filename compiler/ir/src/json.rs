//! Expressions as JSON text, in the forms that emission and hashing need.

use std::fmt::Write;

use crate::expr::{Expr, Kind};
use crate::map::Map;

/// How JSON text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonStyle {
    /// Spaces a level; none for all on one line.
    pub indent: Option<usize>,
    /// What stands between items: `,` or `, `. With an indent, `,` and a line break follow it.
    pub item_separator: &'static str,
    /// What stands after a key: `:` or `: `.
    pub key_separator: &'static str,
    /// Keys sorted by code point rather than in order.
    pub sort_keys: bool,
    /// Characters beyond ASCII as `\u` escapes.
    pub ascii: bool,
}

impl JsonStyle {
    /// Two spaces a level, for people.
    pub const PRETTY: JsonStyle = JsonStyle {
        indent: Some(2),
        item_separator: ",",
        key_separator: ": ",
        sort_keys: false,
        ascii: false,
    };

    /// Python's `json.dumps(x, separators=(",", ":"), sort_keys=True)`, which the transform hashes.
    pub const CANONICAL: JsonStyle =
        JsonStyle { indent: None, item_separator: ",", key_separator: ":", sort_keys: true, ascii: true };

    /// Python's `json.dumps(x)` with its defaults.
    pub const PYTHON: JsonStyle =
        JsonStyle { indent: None, item_separator: ", ", key_separator: ": ", sort_keys: false, ascii: true };
}

/// Appends the JSON text of an expression.
pub fn write_json(out: &mut String, expr: &Expr, style: JsonStyle) {
    write_expr(out, expr, style, 0);
}

impl Expr {
    /// The JSON text in a style.
    pub fn to_json(&self, style: JsonStyle) -> String {
        let mut out = String::new();
        write_json(&mut out, self, style);
        out
    }
}

/// JSON text of a document that is put together from expressions, without a copy of them.
#[derive(Debug)]
pub struct JsonWriter {
    out: String,
    style: JsonStyle,
    /// For each open map the number of its members.
    open: Vec<usize>,
}

impl JsonWriter {
    /// Nothing written.
    pub fn new(style: JsonStyle) -> Self {
        JsonWriter { out: String::new(), style, open: Vec::new() }
    }

    /// Begins a map; its members follow as a key and what comes after it.
    pub fn begin_map(&mut self) {
        self.out.push('{');
        self.open.push(0);
    }

    /// The key of the next member.
    pub fn key(&mut self, key: &str) {
        let level = self.open.len();
        if let Some(members) = self.open.last_mut() {
            separate(&mut self.out, *members, self.style, level);
            *members += 1;
        }
        write_string(&mut self.out, key, self.style.ascii);
        self.out.push_str(self.style.key_separator);
    }

    /// A whole value.
    pub fn value(&mut self, value: &Expr) {
        write_expr(&mut self.out, value, self.style, self.open.len());
    }

    /// A text.
    pub fn string(&mut self, text: &str) {
        write_string(&mut self.out, text, self.style.ascii);
    }

    /// Ends the map begun last.
    pub fn end(&mut self) {
        let members = self.open.pop().unwrap_or_default();
        close(&mut self.out, members == 0, self.style, self.open.len());
        self.out.push('}');
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }
}

fn write_expr(out: &mut String, expr: &Expr, style: JsonStyle, level: usize) {
    match &expr.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Kind::Float(f) => out.push_str(&python_float(*f)),
        Kind::String(s) => write_string(out, s, style.ascii),
        Kind::Asset(asset) => match &asset.place {
            Some(place) => write_expr(out, place, style, level),
            None => write_string(out, &asset.path, style.ascii),
        },
        Kind::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separate(out, i, style, level + 1);
                write_expr(out, item, style, level + 1);
            }
            close(out, items.is_empty(), style, level);
            out.push(']');
        }
        Kind::Map(map) => write_map(out, map, style, level),
        Kind::Call(function, argument) => {
            out.push('{');
            separate(out, 0, style, level + 1);
            write_string(out, function.key(), style.ascii);
            out.push_str(style.key_separator);
            write_expr(out, argument, style, level + 1);
            close(out, false, style, level);
            out.push('}');
        }
    }
}

fn write_map(out: &mut String, map: &Map, style: JsonStyle, level: usize) {
    out.push('{');
    let mut entries: Vec<_> = map.iter().collect();
    if style.sort_keys {
        entries.sort_by(|a, b| a.0.cmp(b.0));
    }
    for (i, (key, value)) in entries.into_iter().enumerate() {
        separate(out, i, style, level + 1);
        write_string(out, key, style.ascii);
        out.push_str(style.key_separator);
        write_expr(out, value, style, level + 1);
    }
    close(out, map.is_empty(), style, level);
    out.push('}');
}

fn separate(out: &mut String, i: usize, style: JsonStyle, level: usize) {
    if i > 0 {
        out.push_str(style.item_separator);
    }
    if let Some(width) = style.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', width * level));
    }
}

fn close(out: &mut String, empty: bool, style: JsonStyle, level: usize) {
    if let (Some(width), false) = (style.indent, empty) {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', width * level));
    }
}

/// Appends a text in quotes.
fn write_string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    let is_plain = |c: char| !(c < ' ' || c == '"' || c == '\\' || (ascii && c > '~'));
    // Nearly all text is plain, and is copied in one piece.
    let plain = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    out.push_str(&text[..plain]);
    for c in text[plain..].chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || (ascii && (c as u32) > 0x7e) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A float as Python's `repr` writes it: the shortest digits that read back the same, with an
/// exponent below 1e-4 and from 1e16 on.
pub fn python_float(f: f64) -> String {
    if f.is_nan() || f.is_infinite() {
        // JSON has no such numbers; readers of templates refuse them before this.
        return "null".to_owned();
    }
    let magnitude = f.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{f:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |e| ("-", e));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let text = format!("{f}");
    if text.contains('.') { text } else { text + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_is_pythons() {
        let value = Expr::from([
            ("b", Expr::from(1)),
            ("a", Expr::from([Expr::from(true), Expr::null(), Expr::from("é\u{1f600}\u{7f}")])),
        ]);
        assert_eq!(
            value.to_json(JsonStyle::CANONICAL),
            "{\"a\":[true,null,\"\\u00e9\\ud83d\\ude00\\u007f\"],\"b\":1}"
        );
    }

    #[test]
    fn floats_are_pythons() {
        for (f, text) in
            [(3.0, "3.0"), (1e16, "1e+16"), (1.5e-7, "1.5e-07"), (0.1, "0.1"), (123456789.25, "123456789.25")]
        {
            assert_eq!(python_float(f), text);
        }
    }
}
