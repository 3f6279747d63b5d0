//! The same language as JSON, for programs.
//!
//! Text is a template there too, so that `${` and `%{` are escaped, but nothing else: the escapes of JSON
//! are those of the writer. A few arguments are read before there is anything to refer to, and their text
//! is taken as it is (<https://developer.hashicorp.com/terraform/language/syntax/json>, as of 2026-11).

use serde_json::{Map, Value as Json};

use super::print::inline;
use super::quote::template;
use super::{Block, Item, Part, Value};

/// The text of a file, with what it says of itself.
pub(crate) fn file(head: &str, blocks: &[Block]) -> String {
    let mut root = Map::from_iter([("//".to_owned(), Json::from(head))]);
    for block in blocks {
        place(&mut root, block);
    }
    // Strings and numbers alone are in it, which can always be written.
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// How the text of an argument is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As a template, like everywhere else.
    Template,
    /// As it is, and addresses without `${`.
    Plain,
}

/// How an argument of a block is read.
fn reading(block: &Block, argument: &str) -> Reading {
    let is_plain = match block.kind.as_str() {
        "variable" => true,
        "terraform" | "required_providers" => true,
        "output" => argument == "description",
        "module" => matches!(argument, "source" | "version"),
        "import" => argument == "to",
        "lifecycle" => true,
        _ => false,
    };
    if is_plain || argument == "depends_on" { Reading::Plain } else { Reading::Template }
}

/// Puts a block under its kind and its labels, beside others of the same.
fn place(members: &mut Map<String, Json>, block: &Block) {
    let mut at = members;
    let mut steps = std::iter::once(&block.kind).chain(&block.labels).peekable();
    while let Some(step) = steps.next() {
        let entry = at.entry(step.clone());
        if steps.peek().is_none() {
            let body = Json::Object(body(block));
            match entry {
                serde_json::map::Entry::Vacant(free) => {
                    free.insert(body);
                }
                serde_json::map::Entry::Occupied(mut taken) => match taken.get_mut() {
                    Json::Array(several) => several.push(body),
                    one => *one = Json::Array(vec![one.take(), body]),
                },
            }
            return;
        }
        match entry.or_insert_with(|| Json::Object(Map::new())) {
            Json::Object(inner) => at = inner,
            // A kind has either names or none, so that there is always an object here.
            _ => return,
        }
    }
}

/// What is in a block.
fn body(block: &Block) -> Map<String, Json> {
    let mut members = Map::new();
    if !block.comment.is_empty() {
        members.insert("//".to_owned(), Json::String(block.comment.join("\n")));
    }
    let mut dynamic: Vec<Json> = Vec::new();
    let mut begun: Vec<&str> = Vec::new();
    for item in &block.items {
        match item {
            Item::Argument(name, value_) => {
                members.insert(name.clone(), value(value_, reading(block, name)));
            }
            Item::Block(inner) if inner.kind == "dynamic" => {
                let name = inner.labels.first().map_or("", String::as_str);
                begun.push(name);
                dynamic.push(one(name, body(inner)));
            }
            // Blocks of one name keep their order; those that may be missing are listed apart, and what
            // comes after them is there with them.
            Item::Block(inner) if begun.contains(&inner.kind.as_str()) => {
                let mut always = Map::new();
                always.insert("for_each".to_owned(), Json::Array(vec![Json::Bool(true)]));
                always.insert("content".to_owned(), Json::Object(body(inner)));
                dynamic.push(one(&inner.kind, always));
            }
            Item::Block(inner) => place(&mut members, inner),
        }
    }
    if let Some(first) = dynamic.pop() {
        let all = if dynamic.is_empty() { first } else { Json::Array([dynamic, vec![first]].concat()) };
        members.insert("dynamic".to_owned(), all);
    }
    members
}

fn one(name: &str, body: Map<String, Json>) -> Json {
    Json::Object(Map::from_iter([(name.to_owned(), Json::Object(body))]))
}

fn value(of: &Value, reading: Reading) -> Json {
    match of {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(text) => match text.parse::<serde_json::Number>() {
            Ok(number) if number.to_string() == *text => Json::Number(number),
            _ => expression(of),
        },
        Value::Text(parts) => Json::String(match reading {
            Reading::Template => text(parts),
            Reading::Plain => parts.iter().map(literal).collect(),
        }),
        Value::Code(code) if reading == Reading::Plain => Json::String(code.clone()),
        Value::List(items) => items.iter().map(|item| value(item, reading)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| {
                let key = match reading {
                    Reading::Template => template(key, false),
                    Reading::Plain => key.clone(),
                };
                (key, value(member, reading))
            })
            .collect(),
        Value::Code(_)
        | Value::Call(..)
        | Value::Cond(..)
        | Value::Index(..)
        | Value::Present(_)
        | Value::Binary(..)
        | Value::Not(_) => expression(of),
    }
}

/// An expression of Terraform's own language, the whole of a template.
fn expression(value: &Value) -> Json {
    Json::String(format!("${{{}}}", inline(value)))
}

fn text(parts: &[Part]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Lit(text) => {
                out.push_str(&template(text, matches!(parts.get(i + 1), Some(Part::Value(_)))));
            }
            Part::Value(value) => {
                out.push_str("${");
                out.push_str(&inline(value));
                out.push('}');
            }
        }
    }
    out
}

/// The characters of a piece. Where text is taken as it is, none has a value in it.
fn literal(part: &Part) -> &str {
    match part {
        Part::Lit(text) => text,
        Part::Value(_) => "",
    }
}
