//! JSON documents that a template writes as text, in Terraform's own values: `jsonencode({ … })` reads better
//! than text with escapes.

use samc_ir::Expr;
use serde_json::Value as Json;

use crate::context::Context;
use crate::dynamic::simple;
use crate::hcl::{Part, Value};

/// Stands around the number of a value in the text that is read; a private character of Unicode.
const MARK: char = '\u{e000}';

/// Attributes whose text has no character that JSON escapes, by the last word of their names.
const PLAIN: &[&str] =
    &["arn", "bucket", "endpoint", "id", "name", "partition", "suffix", "uri", "url", "version"];

/// Resources whose names may have any character.
const FREE_NAMES: &[&str] = &["aws_api", "aws_ssm_", "aws_cloudcontrolapi_", "aws_cloudformation_"];

impl Context<'_> {
    /// A value as JSON text of which only the content matters.
    pub(crate) fn document(&self, expr: &Expr) -> Value {
        self.document_of(self.json(expr))
    }

    /// Text with a JSON object or list in it as such; any other value as it is.
    pub(crate) fn document_of(&self, value: Value) -> Value {
        let Value::Text(mut parts) = value else { return value };
        if let Some(read) = self.read(&parts) {
            return Value::Call("jsonencode", vec![read]);
        }
        // White space at the end changes nothing, and is what a heredoc has.
        let is_json =
            matches!(parts.first(), Some(Part::Lit(text)) if text.trim_start().starts_with(['{', '[']));
        if let (true, Some(Part::Lit(last))) = (is_json, parts.last_mut())
            && !last.ends_with('\n')
        {
            last.push('\n');
        }
        Value::Text(parts)
    }

    /// The object or list in a text; none where a value in it might change what is around it.
    fn read(&self, parts: &[Part]) -> Option<Value> {
        let mut text = String::new();
        for (i, part) in parts.iter().enumerate() {
            match part {
                Part::Lit(plain) if plain.contains(MARK) => return None,
                Part::Lit(plain) => text.push_str(plain),
                Part::Value(value) if self.is_plain(value) => text.push_str(&format!("{MARK}{i}{MARK}")),
                Part::Value(_) => return None,
            }
        }
        if !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        self.written(serde_json::from_str(&text).ok()?, parts)
    }

    fn written(&self, json: Json, parts: &[Part]) -> Option<Value> {
        Some(match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(truth),
            // Terraform writes numbers its own way; those that a float cannot hold would become others.
            Json::Number(number) if number.is_f64() && number.as_f64()?.abs() >= 2f64.powi(53) => {
                return None;
            }
            Json::Number(number) => Value::Number(number.to_string()),
            Json::String(text) => self.text(&text, parts)?,
            Json::Array(items) => {
                Value::List(items.into_iter().map(|item| self.written(item, parts)).collect::<Option<_>>()?)
            }
            Json::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(key, value)| {
                        let key = (!key.contains(MARK)).then_some(key)?;
                        Some((key, self.written(value, parts)?))
                    })
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// A text of the document with its values back in place.
    fn text(&self, text: &str, parts: &[Part]) -> Option<Value> {
        let mut made = Vec::new();
        for (i, piece) in text.split(MARK).enumerate() {
            match i % 2 {
                0 => made.push(Part::Lit(piece.to_owned())),
                _ => made.push(parts.get(piece.parse::<usize>().ok()?)?.clone()),
            }
        }
        let Value::Text(made) = Value::template(made) else { return None };
        Some(as_text(made))
    }

    /// Whether the text of a value is the same in JSON.
    pub(crate) fn is_plain(&self, value: &Value) -> bool {
        match value {
            Value::Code(code) if code == "var.stack_name" => true,
            Value::Code(code) if code.starts_with("var.") => self.is_number(code),
            Value::Code(code) => {
                let address = code.trim_start_matches("one(").trim_start_matches("data.");
                address.starts_with("aws_")
                    && !(FREE_NAMES.iter().any(|kind| address.starts_with(kind)) && code.ends_with("name"))
                    && ends_plainly(code)
            }
            Value::Cond(_, then, otherwise) => self.is_plain(then) && self.is_plain(otherwise),
            Value::Text(parts) => parts.iter().all(|part| match part {
                Part::Lit(text) => !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')),
                Part::Value(value) => self.is_plain(value),
            }),
            Value::Number(_) | Value::Bool(_) => true,
            _ => false,
        }
    }
}

/// A text; what stands alone in it must be text of itself.
fn as_text(parts: Vec<Part>) -> Value {
    match simple(parts) {
        Value::Code(code) if !ends_plainly(&code) => Value::Call("tostring", vec![Value::Code(code)]),
        value => value,
    }
}

/// Whether an expression ends with an attribute that is plain text.
fn ends_plainly(code: &str) -> bool {
    let attribute = code.trim_end_matches(')').rsplit('.').next().unwrap_or_default();
    let word = attribute.rsplit('_').next().unwrap_or_default();
    PLAIN.contains(&word)
}

/// The holes of a text that begin and end as `${name}` does, filled with values by name.
pub(crate) fn filled(value: Value, by: &[(String, Value)]) -> Value {
    match value {
        Value::Text(parts) => {
            let parts = parts.into_iter().flat_map(|part| match part {
                Part::Lit(text) => fill(&text, by),
                part @ Part::Value(_) => vec![part],
            });
            match Value::template(parts.collect()) {
                Value::Text(parts) => as_text(parts),
                other => other,
            }
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| filled(item, by)).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| (key, filled(value, by))).collect())
        }
        other => other,
    }
}

fn fill(text: &str, by: &[(String, Value)]) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some(at) = rest[from..].find("${").map(|at| at + from) {
        let name = rest[at + 2..].find('}').map(|end| &rest[at + 2..at + 2 + end]);
        match name.and_then(|name| by.iter().find(|(known, _)| known == name)) {
            Some((name, value)) => {
                parts.push(Part::Lit(rest[..at].to_owned()));
                parts.push(match value.as_literal() {
                    Some(text) => Part::Lit(text.to_owned()),
                    None => Part::Value(value.clone()),
                });
                (rest, from) = (&rest[at + name.len() + 3..], 0);
            }
            None => from = at + 2,
        }
    }
    parts.push(Part::Lit(rest.to_owned()));
    parts
}
