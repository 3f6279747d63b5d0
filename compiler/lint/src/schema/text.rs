//! How plain values read as text and as numbers, as CloudFormation turns one into the other.

use std::borrow::Cow;

use samc_data::resource_schemas::Types;
use samc_ir::{Expr, Kind};

/// The text that a service receives for a plain value.
pub(super) fn as_text(value: &Expr) -> Option<Cow<'_, str>> {
    Some(match &value.kind {
        Kind::String(text) => Cow::Borrowed(&**text),
        Kind::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
        Kind::Int(i) => Cow::Owned(i.to_string()),
        Kind::Float(f) => Cow::Owned(f.to_string()),
        Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => return None,
    })
}

/// The number that a value is, written as one or as text.
pub(super) fn as_number(value: &Expr) -> Option<f64> {
    match &value.kind {
        Kind::Int(i) => Some(*i as f64),
        Kind::Float(f) => Some(*f),
        Kind::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => None,
    }
}

/// True where a value has, or is turned into, one of the shapes.
pub(super) fn has_shape(value: &Expr, types: Types) -> bool {
    match &value.kind {
        Kind::List(_) => types.takes(Types::ARRAY),
        Kind::Map(_) => types.takes(Types::OBJECT),
        Kind::Bool(_) => types.takes(Types(Types::BOOLEAN.0 | Types::STRING.0)),
        Kind::Int(_) => types.takes(Types(Types::INTEGER.0 | Types::NUMBER.0 | Types::STRING.0)),
        Kind::Float(f) => {
            let whole = if f.fract() == 0.0 { Types::INTEGER.0 } else { 0 };
            types.takes(Types(whole | Types::NUMBER.0 | Types::STRING.0))
        }
        Kind::String(_) if types.takes(Types::STRING) => true,
        Kind::String(text) => {
            let mut shapes = 0;
            if let Some(number) = as_number(value) {
                shapes |= Types::NUMBER.0;
                shapes |= if number.fract() == 0.0 { Types::INTEGER.0 } else { 0 };
            }
            if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
                shapes |= Types::BOOLEAN.0;
            }
            types.takes(Types(shapes))
        }
        Kind::Null | Kind::Call(..) | Kind::Asset(_) => true,
    }
}

/// The shapes in words: "a whole number or text".
pub(super) fn in_words(types: Types) -> String {
    let all = [
        (Types::STRING, "text"),
        (Types::INTEGER, "a whole number"),
        (Types::NUMBER, "a number"),
        (Types::BOOLEAN, "true or false"),
        (Types::ARRAY, "a list"),
        (Types::OBJECT, "a mapping"),
    ];
    let names: Vec<&str> = all.iter().filter(|(t, _)| types.0 & t.0 != 0).map(|(_, name)| *name).collect();
    names.join(" or ")
}
