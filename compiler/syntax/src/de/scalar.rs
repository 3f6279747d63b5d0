//! Scalars as booleans, numbers and text.

use serde::de::{Unexpected, Visitor};

use super::error::{Failure, Kind, text};
use crate::node::{Node, NodeKind, Scalar};
use crate::resolve::Resolved;

/// The scalar of a node, or the error that says what is wanted.
pub(super) fn scalar<'a>(node: &'a Node, wanted: &str) -> Result<&'a Scalar, Failure> {
    match &node.kind {
        NodeKind::Scalar(s) => Ok(s),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => Err(wrong(node, wanted)),
    }
}

/// The error for a node of the wrong type.
pub(super) fn wrong(node: &Node, wanted: &str) -> Failure {
    let got = match &node.kind {
        NodeKind::Scalar(s) => match s.yaml12() {
            Resolved::Null => "nothing".to_owned(),
            Resolved::Bool(b) => format!("`{b}`"),
            Resolved::Int(_) | Resolved::Float(_) => format!("the number {}", s.text),
            Resolved::Text => text(&s.text),
        },
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => node.kind_name().to_owned(),
    };
    Failure::new(Kind::Type { wanted: wanted.to_owned(), got })
}

/// Whatever the scalar means, for types that take several kinds of value.
pub(super) fn any<'de, V: Visitor<'de>>(scalar: &Scalar, visitor: V) -> Result<V::Value, Failure> {
    match scalar.yaml12() {
        Resolved::Null => visitor.visit_unit(),
        Resolved::Bool(b) => visitor.visit_bool(b),
        Resolved::Int(n) => int(n, visitor),
        Resolved::Float(n) => visitor.visit_f64(n),
        Resolved::Text => visitor.visit_str(&scalar.text),
    }
}

fn int<'de, V: Visitor<'de>>(n: i128, visitor: V) -> Result<V::Value, Failure> {
    if let Ok(n) = u64::try_from(n) {
        visitor.visit_u64(n)
    } else if let Ok(n) = i64::try_from(n) {
        visitor.visit_i64(n)
    } else {
        visitor.visit_i128(n)
    }
}

pub(super) fn bool<'de, V: Visitor<'de>>(node: &Node, visitor: V) -> Result<V::Value, Failure> {
    const WANTED: &str = "`true` or `false`";
    match scalar(node, WANTED)?.yaml12() {
        Resolved::Bool(b) => visitor.visit_bool(b),
        Resolved::Null | Resolved::Int(_) | Resolved::Float(_) | Resolved::Text => Err(wrong(node, WANTED)),
    }
}

/// A whole number from `min` to `max`.
pub(super) fn integer<'de, V: Visitor<'de>>(
    node: &Node,
    (min, max): (i128, i128),
    visitor: V,
) -> Result<V::Value, Failure> {
    const WANTED: &str = "a whole number";
    let n = match scalar(node, WANTED)?.yaml12() {
        Resolved::Int(n) => n,
        // `1e3` and `2.0` are whole all the same.
        Resolved::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => f as i128,
        Resolved::Null | Resolved::Bool(_) | Resolved::Float(_) | Resolved::Text => {
            return Err(wrong(node, WANTED));
        }
    };
    if n < min || n > max {
        let wanted = match max {
            _ if n < min && min == 0 => "a whole number from 0".to_owned(),
            _ => format!("a whole number from {min} to {max}"),
        };
        return Err(Failure::new(Kind::Range { got: n.to_string(), wanted }));
    }
    int(n, visitor)
}

pub(super) fn float<'de, V: Visitor<'de>>(node: &Node, visitor: V) -> Result<V::Value, Failure> {
    const WANTED: &str = "a number";
    match scalar(node, WANTED)?.yaml12() {
        Resolved::Int(n) => visitor.visit_f64(n as f64),
        Resolved::Float(n) => visitor.visit_f64(n),
        Resolved::Null | Resolved::Bool(_) | Resolved::Text => Err(wrong(node, WANTED)),
    }
}

/// Text as it is written: `3.10` is the text 3.10 where text is wanted.
pub(super) fn string<'de, V: Visitor<'de>>(node: &Node, visitor: V) -> Result<V::Value, Failure> {
    const WANTED: &str = "text";
    let scalar = scalar(node, WANTED)?;
    if scalar.is_null() {
        return Err(wrong(node, WANTED));
    }
    visitor.visit_str(&scalar.text)
}

/// Nothing: a value left out, or `null`.
pub(super) fn unit<'de, V: Visitor<'de>>(node: &Node, visitor: V) -> Result<V::Value, Failure> {
    match &node.kind {
        NodeKind::Scalar(s) if s.is_null() => visitor.visit_unit(),
        NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) => {
            Err(serde::de::Error::invalid_type(Unexpected::Other(node.kind_name()), &"nothing"))
        }
    }
}
