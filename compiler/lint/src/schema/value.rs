//! Rules about single values: text, numbers, and the sizes of lists and mappings.

use std::collections::BTreeSet;

use samc_data::formats;
use samc_data::resource_schemas::{Constraint, Text, Types};
use samc_ir::{Expr, JsonStyle, Kind};

use super::text::{as_number, as_text};
use super::walk::Walk;
use super::{Problem, misfit};
use crate::pattern::Pattern;

/// Longest value that a message quotes whole, in characters.
const QUOTED: usize = 60;

impl Walk<'_, '_> {
    /// Checks one rule of a plain value; rules of lists and mappings are not for it.
    pub(super) fn scalar(&mut self, value: &Expr, types: Types, rule: &Constraint) -> Option<Problem> {
        let as_string = types.takes(Types::STRING);
        match rule {
            Constraint::Enum(allowed) => not_allowed(value, allowed, |a, b| a == b, types),
            Constraint::EnumIgnoringCase(allowed) => {
                not_allowed(value, allowed, |a, b| a.eq_ignore_ascii_case(b), types)
            }
            Constraint::Pattern(pattern) if as_string => {
                let text = as_text(value)?;
                let misfit = self.pattern(*pattern).filter(|p| !p.is_found_in(&text))?;
                let why = misfit::of(&text, pattern.as_str(), misfit);
                Some(Problem::Pattern { value: shortened(&text), pattern: pattern.as_str(), why })
            }
            Constraint::Format(name) if as_string => {
                let format = formats::format(name.as_str())?;
                let text = as_text(value)?;
                // What stands in brackets is for a person to fill in, or for a program; some services take
                // empty text for nothing.
                let is_open = text.is_empty() || text.contains(['<', '{', '$', '%']);
                let fits = is_open || Pattern::parse(format.pattern).is_none_or(|p| p.is_found_in(&text));
                (!fits).then(|| Problem::Format { value: shortened(&text), formats: vec![format] })
            }
            Constraint::MinLength(limit) if as_string => {
                let count = as_text(value)?.chars().count() as u64;
                (count < *limit).then_some(Problem::Count {
                    count,
                    limit: *limit,
                    most: false,
                    unit: "character",
                })
            }
            Constraint::MaxLength(limit) if as_string => {
                let count = as_text(value)?.chars().count() as u64;
                (count > *limit).then_some(Problem::Count {
                    count,
                    limit: *limit,
                    most: true,
                    unit: "character",
                })
            }
            Constraint::Minimum(limit) if is_numeric(types) => {
                let value = as_number(value)?;
                (value < *limit).then_some(Problem::Range { value, limit: *limit, most: false })
            }
            Constraint::Maximum(limit) if is_numeric(types) => {
                let value = as_number(value)?;
                (value > *limit).then_some(Problem::Range { value, limit: *limit, most: true })
            }
            _ => None,
        }
    }

    fn pattern(&mut self, pattern: Text) -> Option<&Pattern> {
        self.patterns.entry(pattern).or_insert_with(|| Pattern::parse(pattern.as_str())).as_ref()
    }
}

fn is_numeric(types: Types) -> bool {
    types.takes(Types(Types::INTEGER.0 | Types::NUMBER.0))
}

fn not_allowed(
    value: &Expr,
    allowed: &[Text],
    same: impl Fn(&str, &str) -> bool,
    types: Types,
) -> Option<Problem> {
    let text = as_text(value)?;
    let number = is_numeric(types).then(|| as_number(value)).flatten();
    let found = allowed.iter().any(|a| {
        let a = a.as_str();
        same(a, &text)
            || number.is_some() && a.parse().ok() == number
            || types.takes(Types::BOOLEAN) && a.eq_ignore_ascii_case(&text)
    });
    (!found).then(|| Problem::NotAllowed {
        value: shortened(&text),
        allowed: allowed.iter().map(|a| a.as_str()).collect(),
    })
}

/// How many items a list surely has, and how many it may have, where both can be told.
pub(super) fn item_counts(items: &[Expr]) -> Option<(u64, u64)> {
    let mut counts = (0, 0);
    for item in items {
        match &item.kind {
            Kind::Call(..) if item.is_no_value() => {}
            Kind::Call(samc_ir::Function::If, _) => counts.1 += 1,
            // A call may stand for a list that is spliced in.
            Kind::Call(..) => return None,
            _ => {
                counts.0 += 1;
                counts.1 += 1;
            }
        }
    }
    Some(counts)
}

/// Checks one rule of a list as a whole.
pub(super) fn list(items: &[Expr], rule: &Constraint) -> Option<Problem> {
    match rule {
        Constraint::MinItems(limit) => {
            let (_, count) = item_counts(items)?;
            (count < *limit).then_some(Problem::Count { count, limit: *limit, most: false, unit: "item" })
        }
        Constraint::MaxItems(limit) => {
            let (count, _) = item_counts(items)?;
            (count > *limit).then_some(Problem::Count { count, limit: *limit, most: true, unit: "item" })
        }
        _ => None,
    }
}

/// The first item that is there twice, among items known in full.
pub(super) fn repeated(items: &[Expr]) -> Option<(usize, Problem)> {
    let mut seen = BTreeSet::new();
    items.iter().enumerate().find_map(|(i, item)| {
        let mut known = true;
        item.walk(&mut |e| known &= !e.is_call() && !matches!(e.kind, Kind::Asset(_)));
        let text = item.to_json(JsonStyle::CANONICAL);
        let twice = known && !seen.insert(text.clone());
        twice.then(|| (i, Problem::Twice { value: shortened(&text) }))
    })
}

/// A value for a message: whole if short, else its beginning.
fn shortened(text: &str) -> String {
    if text.chars().count() <= QUOTED {
        return text.to_owned();
    }
    text.chars().take(QUOTED - 1).chain(std::iter::once('…')).collect()
}
