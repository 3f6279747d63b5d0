//! How long a text is at least, before what is put into it at deployment is known.

use samc_ir::{Expr, Kind};

use crate::text::{Part, parts};

/// The fewest characters that pseudo parameters stand for.
/// Source: the names of AWS's partitions, regions and accounts, and the limits of stack names.
const PSEUDO: [(&str, u64); 5] = [
    ("AWS::AccountId", 12),
    ("AWS::Partition", 3),
    ("AWS::Region", 9),
    ("AWS::StackName", 1),
    ("AWS::URLSuffix", 13),
];

/// The fewest characters that a text has once it is deployed.
pub(crate) fn of_text(value: &Expr) -> u64 {
    parts(value).iter().map(of_part).sum()
}

fn of_part(part: &Part<'_>) -> u64 {
    match part {
        Part::Text(text) => text.chars().count() as u64,
        Part::Ref(name) => PSEUDO.iter().find(|(pseudo, _)| pseudo == name).map_or(0, |(_, least)| *least),
        Part::Attribute(..) | Part::Unknown => 0,
    }
}

/// The fewest characters that a value has as JSON without white space.
pub(crate) fn of_json(value: &Expr) -> u64 {
    match &value.kind {
        Kind::Null => 4,
        Kind::Bool(on) => 5 - u64::from(*on),
        Kind::Int(number) => number.to_string().len() as u64,
        Kind::Float(number) => number.to_string().len() as u64,
        Kind::List(items) => joined(items.iter().map(of_json)),
        Kind::Map(map) => {
            joined(map.iter().map(|(key, value)| key.chars().count() as u64 + 3 + of_json(value)))
        }
        Kind::String(_) | Kind::Call(..) | Kind::Asset(_) => match value.as_if() {
            Some((_, then, otherwise)) => of_json(then).min(of_json(otherwise)),
            None if value.is_no_value() => 0,
            None => of_text(value) + 2,
        },
    }
}

/// With brackets around, and commas between.
fn joined(lengths: impl ExactSizeIterator<Item = u64>) -> u64 {
    let commas = lengths.len().saturating_sub(1) as u64;
    lengths.sum::<u64>() + commas + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_counts() {
        assert_eq!(of_text(&Expr::sub("jobs-${AWS::Region}-${AWS::AccountId}-${Stage}")), 5 + 9 + 1 + 12 + 1);
        let statement = Expr::from([("Effect", Expr::from("Allow")), ("Action", vec!["a:B".into()].into())]);
        assert_eq!(of_json(&statement), r#"{"Effect":"Allow","Action":["a:B"]}"#.len() as u64);
    }
}
