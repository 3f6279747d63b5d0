//! Values as Python 2.7 prints them.

use std::fmt::Write;

use samc_ir::python_float;

use super::{Py, PyKind, Text};

/// Python 2.7's largest `int`; larger numbers are `long` and end in `L`.
const MAX_INT: i128 = 9_223_372_036_854_775_807;

impl Py {
    /// `str()` of the value, after every dictionary in it has caught up.
    pub(crate) fn to_python_text(&self) -> String {
        let mut out = String::new();
        match &self.kind {
            PyKind::Text(text) => out.push_str(&text.text),
            _ => write_value(&mut out, self),
        }
        out
    }

    /// `json.dumps()` of the value, with the keys in order.
    pub(crate) fn to_python_json(&self) -> String {
        let mut out = String::new();
        write_json(&mut out, self);
        out
    }
}

fn write_value(out: &mut String, value: &Py) {
    match &value.kind {
        PyKind::None => out.push_str("None"),
        PyKind::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
        PyKind::Int(i) => {
            let _ = write!(out, "{i}");
            if *i > MAX_INT {
                out.push('L');
            }
        }
        PyKind::Float(f) => out.push_str(&python_float(*f)),
        PyKind::Text(text) => write_text(out, text),
        PyKind::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(out, item);
            }
            out.push(']');
        }
        PyKind::Dict(dict) => write_entries(out, dict.ordered()),
        PyKind::Map(entries) => write_entries(out, entries.iter()),
    }
}

fn write_entries<'a>(out: &mut String, entries: impl Iterator<Item = &'a (Text, Py)>) {
    out.push('{');
    for (i, (key, value)) in entries.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_text(out, key);
        out.push_str(": ");
        write_value(out, value);
    }
    out.push('}');
}

/// `repr()` of a text. Unicode texts are escaped down to ASCII; plain ones keep what is printable.
fn write_text(out: &mut String, text: &Text) {
    if text.unicode {
        out.push('u');
    }
    let quote = if text.text.contains('\'') && !text.text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.text.chars() {
        match c {
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c if !text.unicode && !c.is_control() && c != '\u{ad}' => out.push(c),
            c => {
                let code = c as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

fn write_json(out: &mut String, value: &Py) {
    let entries = |out: &mut String, entries: &mut dyn Iterator<Item = &(Text, Py)>| {
        out.push('{');
        for (i, (key, value)) in entries.enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            json_text(out, &key.text);
            out.push_str(": ");
            write_json(out, value);
        }
        out.push('}');
    };
    match &value.kind {
        PyKind::None => out.push_str("null"),
        PyKind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        PyKind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        PyKind::Float(f) => out.push_str(&python_float(*f)),
        PyKind::Text(text) => json_text(out, &text.text),
        PyKind::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_json(out, item);
            }
            out.push(']');
        }
        PyKind::Dict(dict) => entries(out, &mut dict.ordered()),
        PyKind::Map(list) => entries(out, &mut list.iter()),
    }
}

fn json_text(out: &mut String, text: &str) {
    samc_ir::write_json(out, &samc_ir::Expr::from(text), samc_ir::JsonStyle::PYTHON);
}

#[cfg(test)]
mod tests {
    use samc_ir::Expr;

    use super::super::Dict;
    use super::*;

    #[test]
    fn values_are_printed_as_python_2_7_does() {
        let list =
            Expr::from([Expr::from("é\n"), Expr::from(true), Expr::null(), Expr::from(1), Expr::from(1.5)]);
        let mut inner = Dict::new(0);
        inner.insert("n", Text::unicode("v"), 0);
        let mut dict = Dict::new(0);
        dict.insert("a", Text::unicode("it's"), 0);
        dict.insert(Text::unicode("b"), Py::written(&list, 0), 0);
        dict.insert("c", inner, 0);
        let text = Py::from(dict).to_python_text();
        assert_eq!(text, r#"{'a': u"it's", 'c': {'n': u'v'}, u'b': [u'\xe9\n', True, None, 1, 1.5]}"#);
    }
}
