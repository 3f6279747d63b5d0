//! Numbers in properties, with their places and in words.

use samc_base::Span;
use samc_ir::{Expr, Kind, Resource};

/// A whole number that a property has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    pub(crate) value: i128,
    /// Where it is written.
    pub(crate) span: Option<Span>,
}

/// The number of a property, if it is known before deployment.
pub(crate) fn number_of(resource: &Resource, property: &str) -> Option<Number> {
    number(resource.property(property)?).map(|n| Number { span: n.span.or(resource.origin.key_span), ..n })
}

/// The number that a value is, if it is known before deployment.
pub(crate) fn number(value: &Expr) -> Option<Number> {
    let number = match &value.kind {
        Kind::Int(n) => *n,
        Kind::String(text) => text.trim().parse().ok()?,
        Kind::Call(..) if !value.is_no_value() => {
            crate::undecided::ask(value);
            return None;
        }
        _ => return None,
    };
    Some(Number { value: number, span: value.span })
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
