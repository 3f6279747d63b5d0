//! Numbers in properties, with their places and in words.

use samc_base::Span;
use samc_ir::{Expr, Kind, Resource};

/// A whole number that a property has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    pub(crate) value: i128,
    /// Where it is written.
    pub(crate) span: Option<Span>,
    /// True where it is written as digits, so that other digits can take their place.
    pub(crate) plain: bool,
}

/// The number of a property, if it is known before deployment.
pub(crate) fn number_of(resource: &Resource, property: &str) -> Option<Number> {
    number(resource.property(property)?).map(|n| Number { span: n.span.or(resource.origin.key_span), ..n })
}

/// The number that a value is, if it is known before deployment.
pub(crate) fn number(value: &Expr) -> Option<Number> {
    let found =
        |value, plain, span: Option<Span>| Some(Number { value, span, plain: plain && span.is_some() });
    match &value.kind {
        Kind::Int(n) => found(*n, true, value.span),
        Kind::String(text) => found(text.trim().parse().ok()?, false, value.span),
        _ => None,
    }
}

/// "90 s", and from two minutes on also in minutes: "1000 s (16.7 min)".
pub(crate) fn seconds(value: i128) -> String {
    if value < 120 {
        return format!("{value} s");
    }
    let minutes = value as f64 / 60.0;
    if value % 60 == 0 {
        format!("{value} s ({minutes:.0} min)")
    } else {
        format!("{value} s ({minutes:.1} min)")
    }
}
