//! The Terraform language: what a file says, apart from how it is laid out.

mod json;
mod print;
mod quote;
#[cfg(test)]
mod tests;

pub(crate) use json::file as json_file;
pub(crate) use print::{file, inline as line};

/// A value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `null`: the argument is as if it were not there.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// Text, perhaps with values in it.
    Text(Vec<Part>),
    /// An expression as it stands, such as `aws_sqs_queue.jobs.arn`. On one line.
    Code(String),
    /// A list.
    List(Vec<Value>),
    /// An object, its keys in order.
    Object(Vec<(String, Value)>),
    /// A call of a function.
    Call(&'static str, Vec<Value>),
    /// A value if a condition holds, else another.
    Cond(String, Box<Value>, Box<Value>),
    /// A value with an index or more behind it, such as `[0]`.
    Index(Box<Value>, String),
    /// A list or object without the members that are null.
    Present(Box<Value>),
    /// An operator between two values: only in conditions.
    Binary(&'static str, Vec<Value>),
    /// What does not hold.
    Not(Box<Value>),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// Characters.
    Lit(String),
    /// A value, turned to text.
    Value(Value),
}

impl Value {
    /// A text without values in it.
    pub(crate) fn text(text: impl Into<String>) -> Value {
        Value::Text(vec![Part::Lit(text.into())])
    }

    /// An expression as it stands.
    pub(crate) fn code(code: impl Into<String>) -> Value {
        Value::Code(code.into())
    }

    /// A text made of pieces; one piece that is a value stays a text.
    pub(crate) fn template(parts: Vec<Part>) -> Value {
        let mut merged: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (merged.last_mut(), part) {
                (_, Part::Lit(text)) if text.is_empty() => {}
                (Some(Part::Lit(before)), Part::Lit(text)) => before.push_str(&text),
                (_, Part::Value(Value::Text(inner))) => {
                    for part in inner {
                        match (merged.last_mut(), part) {
                            (Some(Part::Lit(before)), Part::Lit(text)) => before.push_str(&text),
                            (_, part) => merged.push(part),
                        }
                    }
                }
                (_, part) => merged.push(part),
            }
        }
        Value::Text(merged)
    }

    /// The characters of a text without values.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self {
            Value::Text(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Lit(text)] => Some(text),
                _ => None,
            },
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// True where a call of `jsonencode` is needed to make text of it.
    pub(crate) fn is_composite(&self) -> bool {
        match self {
            Value::List(_) | Value::Object(_) | Value::Present(_) => true,
            Value::Cond(_, then, otherwise) => then.is_composite() || otherwise.is_composite(),
            Value::Call(name, _) => *name == "jsondecode",
            _ => false,
        }
    }
}

/// A member of a block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// `name = value`.
    Argument(String, Value),
    /// A block within.
    Block(Block),
}

/// A block: `resource "a" "b" { … }`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Block {
    /// Lines before it, without `#`.
    pub(crate) comment: Vec<String>,
    /// `resource`, `variable` and so on.
    pub(crate) kind: String,
    /// The names after it, without quotes.
    pub(crate) labels: Vec<String>,
    /// What is in it.
    pub(crate) items: Vec<Item>,
}

impl Block {
    /// An empty block.
    pub(crate) fn new(kind: impl Into<String>, labels: &[&str]) -> Block {
        Block {
            kind: kind.into(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            ..Block::default()
        }
    }

    /// Adds an argument.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: Value) -> &mut Block {
        self.items.push(Item::Argument(name.into(), value));
        self
    }

    /// Adds a block.
    pub(crate) fn push(&mut self, block: Block) -> &mut Block {
        self.items.push(Item::Block(block));
        self
    }

    /// The value of an argument.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.items.iter().find_map(|item| match item {
            Item::Argument(own, value) if own == name => Some(value),
            _ => None,
        })
    }

    /// True where there is an argument or a block of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.items.iter().any(|item| match item {
            Item::Argument(own, _) => own == name,
            Item::Block(block) => {
                block.kind == name
                    || (block.kind == "dynamic" && block.labels.first().is_some_and(|l| l == name))
            }
        })
    }
}
