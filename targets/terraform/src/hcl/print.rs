//! The layout of a file, such that `terraform fmt` finds nothing to change.

use super::quote::{escape, is_plain_key, quoted, template};
use super::{Block, Item, Part, Value};

/// Lists longer than this are written with an item a line.
const WIDTH: usize = 80;

/// The text of a file, with what it says of itself.
pub(crate) fn file(head: &str, blocks: &[Block]) -> String {
    let mut out = String::new();
    comment(&mut out, head);
    for one in blocks {
        out.push('\n');
        block(&mut out, one, 0);
    }
    out
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// One line of a comment.
fn comment(out: &mut String, line: &str) {
    out.push_str(if line.is_empty() { "#" } else { "# " });
    out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push('\n');
}

fn block(out: &mut String, block_: &Block, level: usize) {
    for line in &block_.comment {
        indent(out, level);
        comment(out, line);
    }
    indent(out, level);
    out.push_str(&block_.kind);
    for label in &block_.labels {
        out.push(' ');
        out.push_str(&quoted(label));
    }
    if block_.items.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    let mut run: Vec<(String, String)> = Vec::new();
    for (i, item) in block_.items.iter().enumerate() {
        match item {
            Item::Argument(name, value_) => {
                // After a block, and after a value of several lines, a line stays free.
                let is_long = run.last().is_some_and(|(_, text)| text.contains('\n'));
                let text = whole(value_, level + 1);
                if is_long || (text.contains('\n') && !run.is_empty()) {
                    aligned(out, &mut run, level + 1, "");
                    out.push('\n');
                } else if matches!(i.checked_sub(1).map(|i| &block_.items[i]), Some(Item::Block(_))) {
                    out.push('\n');
                }
                run.push((name.clone(), text));
            }
            Item::Block(inner) => {
                aligned(out, &mut run, level + 1, "");
                if i > 0 {
                    out.push('\n');
                }
                block(out, inner, level + 1);
            }
        }
    }
    aligned(out, &mut run, level + 1, "");
    indent(out, level);
    out.push_str("}\n");
}

/// Writes keys with values, the signs of equality of lines that follow each other in one column.
fn aligned(out: &mut String, run: &mut Vec<(String, String)>, level: usize, ending: &str) {
    let is_whole = |text: &str| !text.contains('\n') || text.starts_with("<<");
    let mut at = 0;
    while at < run.len() {
        let len = run[at..].iter().take_while(|(_, text)| is_whole(text)).count();
        let width = run[at..at + len].iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (key, text) in &run[at..at + len] {
            indent(out, level);
            out.push_str(key);
            out.extend(std::iter::repeat_n(' ', width - key.chars().count()));
            out.push_str(" = ");
            out.push_str(text);
            out.push_str(ending);
            out.push('\n');
        }
        at += len;
        if let Some((key, text)) = run.get(at) {
            indent(out, level);
            out.push_str(key);
            out.push_str(" = ");
            out.push_str(text);
            out.push_str(ending);
            out.push('\n');
            at += 1;
        }
    }
    run.clear();
}

fn key_text(key: &str) -> String {
    if is_plain_key(key) { key.to_owned() } else { quoted(key) }
}

/// A value after a sign of equality, where text may stand as it is.
fn whole(value: &Value, level: usize) -> String {
    match value {
        Value::Text(parts) => heredoc(parts).unwrap_or_else(|| inline(value)),
        other => pretty(other, level),
    }
}

/// A value at a level, on several lines where that reads better.
fn pretty(value: &Value, level: usize) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut out = String::from("{\n");
            let mut run: Vec<(String, String)> =
                members.iter().map(|(key, value)| (key_text(key), whole(value, level + 1))).collect();
            aligned(&mut out, &mut run, level + 1, "");
            indent(&mut out, level);
            out.push('}');
            out
        }
        Value::List(items) if !items.is_empty() => {
            let is_flat = items.iter().all(|item| !item.is_composite());
            if is_flat {
                let line = inline(value);
                if line.len() + 2 * level <= WIDTH || items.len() == 1 {
                    return line;
                }
            }
            let mut out = String::from("[\n");
            for item in items {
                indent(&mut out, level + 1);
                out.push_str(&pretty(item, level + 1));
                out.push_str(",\n");
            }
            indent(&mut out, level);
            out.push(']');
            out
        }
        Value::Call(name, arguments) => match arguments.as_slice() {
            [only] => format!("{name}({})", pretty(only, level)),
            // What is done to a document stands behind it.
            [first @ Value::Call(..), rest @ ..] => {
                let mut out = format!("{name}({}", pretty(first, level));
                rest.iter().for_each(|argument| {
                    out.push_str(", ");
                    write(&mut out, argument);
                });
                out.push(')');
                out
            }
            _ => inline(value),
        },
        Value::Cond(condition, then, otherwise) => {
            let mut first = pretty(then, level);
            let second = pretty(otherwise, level);
            if second.contains('\n')
                && let Some(last) = first.rfind('\n')
            {
                // The closing line of the first opens the second, which leaves it where it is.
                first.insert_str(last + 1, "  ");
            }
            format!("{condition} ? {first} : {second}")
        }
        Value::Present(of) => {
            let line = inline(value);
            if line.len() + 2 * level <= WIDTH {
                return line;
            }
            let (head, tail) = without_nulls(of);
            format!("{head}{}{tail}", pretty(of, level))
        }
        Value::Null
        | Value::Text(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Code(_)
        | Value::List(_)
        | Value::Object(_)
        | Value::Index(..)
        | Value::Binary(..)
        | Value::Not(_) => inline(value),
    }
}

/// What stands before and after a list or an object whose members without a value are left out.
fn without_nulls(of: &Value) -> (&'static str, &'static str) {
    match of {
        Value::List(_) => ("[for x in ", " : x if x != null]"),
        _ => ("{ for k, v in ", " : k => v if v != null }"),
    }
}

/// A text of several lines as it is. None where it would not arrive unchanged, or is short.
fn heredoc(parts: &[Part]) -> Option<String> {
    let mut lines = 0;
    for part in parts {
        if let Part::Lit(text) = part {
            let is_plain = |c: char| {
                c == '\n'
                    || c == '\t'
                    || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'))
            };
            if !text.chars().all(is_plain) || text.lines().any(|line| line.trim_start().starts_with("EOT")) {
                return None;
            }
            lines += text.matches('\n').count();
        }
    }
    let Some(Part::Lit(last)) = parts.last() else { return None };
    if lines < 3 || !last.ends_with('\n') {
        return None;
    }
    let mut out = String::from("<<EOT\n");
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Lit(text) => {
                out.push_str(&template(text, i + 1 < parts.len()));
            }
            Part::Value(value) => {
                out.push_str("${");
                out.push_str(&inline(value));
                out.push('}');
            }
        }
    }
    out.push_str("EOT");
    Some(out)
}

/// A value on one line.
pub(crate) fn inline(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number),
        Value::Code(code) => out.push_str(code),
        Value::Text(parts) => {
            out.push('"');
            for (i, part) in parts.iter().enumerate() {
                match part {
                    Part::Lit(text) => escape(out, text, matches!(parts.get(i + 1), Some(Part::Value(_)))),
                    Part::Value(value) => {
                        out.push_str("${");
                        write(out, value);
                        out.push('}');
                    }
                }
            }
            out.push('"');
        }
        Value::List(items) => {
            out.push('[');
            comma(out, items);
            out.push(']');
        }
        Value::Object(members) if members.is_empty() => out.push_str("{}"),
        Value::Object(members) => {
            out.push_str("{ ");
            for (i, (key, value)) in members.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(&key_text(key));
                out.push_str(" = ");
                write(out, value);
            }
            out.push_str(" }");
        }
        Value::Call(name, arguments) => {
            out.push_str(name);
            out.push('(');
            comma(out, arguments);
            out.push(')');
        }
        Value::Cond(condition, then, otherwise) => {
            out.push_str(condition);
            out.push_str(" ? ");
            arm(out, then);
            out.push_str(" : ");
            arm(out, otherwise);
        }
        Value::Index(of, index) => {
            arm(out, of);
            out.push_str(index);
        }
        Value::Present(of) => {
            let (head, tail) = without_nulls(of);
            out.push_str(head);
            write(out, of);
            out.push_str(tail);
        }
        Value::Binary(operator, operands) => {
            for (i, operand) in operands.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                    out.push_str(operator);
                    out.push(' ');
                }
                arm(out, operand);
            }
        }
        Value::Not(of) => {
            out.push('!');
            arm(out, of);
        }
    }
}

fn comma(out: &mut String, values: &[Value]) {
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, value);
    }
}

/// A value as part of a greater expression, in parentheses where it needs them.
fn arm(out: &mut String, value: &Value) {
    let needs = matches!(value, Value::Cond(..) | Value::Binary(..));
    if needs {
        out.push('(');
    }
    write(out, value);
    if needs {
        out.push(')');
    }
}
