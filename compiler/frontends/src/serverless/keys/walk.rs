//! Holds a value against the part of the table that says what may stand there.
//!
//! Values count as what osls turns them into: `"512"` is a number where one is wanted, a value is a list of one.
//! Source: coerceTypes in lib/classes/config-schema-handler/resolve-ajv-validate.js of osls 3.77.1.

use samc_data::serverless_keys::{Part, Type};
use samc_ir::{Expr, Kind, Map};

use super::choice;
use super::fault::{Fault, Step, Way, What};
use crate::serverless::value;
use crate::serverless::variables::numbers;

/// Collects what is wrong with a value and all inside it.
pub(super) fn walk<'e>(part: &'static Part, value: &'e Expr, way: &Way<'_, 'e>, found: &mut Vec<Fault<'e>>) {
    if is_open(value) {
        return;
    }
    let value = coerced(part, value);
    let wrong = |what| Fault { steps: way.steps(), key_span: way.key_span, what };
    if !fits(part, value) {
        found.push(wrong(What::Value(value, vec![part])));
        return;
    }
    match &value.kind {
        Kind::Map(map) if part.kind != Some(Type::Array) => mapping(part, value, map, way, found),
        Kind::List(items) => {
            let too_few = part.min_items.is_some_and(|least| items.len() < least);
            if too_few || part.max_items.is_some_and(|most| items.len() > most) {
                found.push(wrong(What::Items(value, items.len(), part)));
            }
            for (index, item) in items.iter().enumerate() {
                inside(
                    part,
                    item,
                    &Way { before: Some(way), step: Some(Step::Item(index)), key_span: None },
                    found,
                );
            }
        }
        // One value in the place of a list.
        _ if part.kind == Some(Type::Array) => inside(part, value, way, found),
        _ => {}
    }
    for part in part.all_of.iter().filter_map(|used| used.part()) {
        walk(part, value, way, found);
    }
    if !part.any_of.is_empty() {
        choice::walk(part.any_of.iter().filter_map(|used| used.part()).collect(), value, way, found);
    }
}

fn inside<'e>(part: &'static Part, item: &'e Expr, way: &Way<'_, 'e>, found: &mut Vec<Fault<'e>>) {
    if let Some(part) = part.items.as_ref().and_then(|items| items.part()) {
        walk(part, item, way, found);
    }
}

fn mapping<'e>(
    part: &'static Part,
    value: &'e Expr,
    map: &'e Map,
    way: &Way<'_, 'e>,
    found: &mut Vec<Fault<'e>>,
) {
    for entry in map.entries().iter().filter(|entry| !entry.value.is_null()) {
        let below = Way { before: Some(way), step: Some(Step::Key(&entry.key)), key_span: entry.key_span };
        let mut of_form = part.pattern_properties.0.iter();
        if let Some(part) = part.property(&entry.key) {
            walk(part, &entry.value, &below, found);
        } else if let Some((_, used)) = of_form.find(|(pattern, _)| pattern.fits(&entry.key)) {
            used.part().into_iter().for_each(|part| walk(part, &entry.value, &below, found));
        } else {
            match part.additional_properties.as_ref().map(|used| used.part()) {
                None => {}
                Some(Some(part)) => walk(part, &entry.value, &below, found),
                // Loops of the language extensions, and merges that the reader left.
                Some(None) if entry.key.starts_with("Fn::") || &*entry.key == "<<" => {}
                Some(None) => {
                    let pattern = part.pattern_properties.0.first();
                    let what = match pattern.filter(|_| part.properties.0.len() < 2) {
                        Some((pattern, _)) => What::Name(entry, &pattern.text),
                        None => What::Unknown(entry, vec![part]),
                    };
                    found.push(Fault { steps: way.steps(), key_span: way.key_span, what });
                }
            }
        }
    }
    for key in &part.required {
        if map.get(key).is_none_or(Expr::is_null) {
            let what = What::Missing(value, vec![key]);
            found.push(Fault { steps: way.steps(), key_span: way.key_span, what });
        }
    }
}

/// True for what only CloudFormation knows, or a variable that was told already; and for nothing, which osls takes
/// out before it looks.
pub(super) fn is_open(value: &Expr) -> bool {
    match &value.kind {
        Kind::Null | Kind::Call(..) | Kind::Asset(_) => true,
        Kind::String(text) => text.contains("${") || text.contains("{{resolve:"),
        Kind::Map(map) => map.keys().any(|key| key.starts_with("Fn::") || &**key == "Ref"),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::List(_) => false,
    }
}

/// The only item of a list where one value is wanted.
fn coerced<'e>(part: &Part, value: &'e Expr) -> &'e Expr {
    let takes_one = matches!(part.kind, Some(Type::String | Type::Number | Type::Integer | Type::Boolean));
    match value.as_list() {
        Some([one]) if takes_one => one,
        _ => value,
    }
}

/// True where the value itself fits, whatever is in it.
pub(super) fn fits(part: &Part, value: &Expr) -> bool {
    let Some(kind) = part.kind else { return is_one_of(part, value, None) };
    match kind {
        Type::Object => value.as_map().is_some(),
        Type::Array => value.as_map().is_none(),
        Type::Call => false,
        Type::Boolean => {
            let truth = match &value.kind {
                Kind::Bool(_) => true,
                Kind::String(text) => matches!(&**text, "true" | "false"),
                Kind::Int(number) => matches!(number, 0 | 1),
                _ => false,
            };
            truth && is_one_of(part, value, Some(kind))
        }
        Type::Number | Type::Integer => number(value).is_some_and(|number| {
            (kind == Type::Number || number.fract() == 0.0)
                && part.minimum.is_none_or(|least| number >= least)
                && part.maximum.is_none_or(|most| number <= most)
                && is_one_of(part, value, Some(kind))
        }),
        Type::String => text(value).is_some_and(|text| {
            let length = text.encode_utf16().count();
            part.max_length.is_none_or(|most| length <= most)
                && part.min_length.is_none_or(|least| length >= least)
                && part.pattern.as_ref().is_none_or(|pattern| pattern.fits(&text))
                && is_one_of(part, value, Some(kind))
        }),
    }
}

/// A number as JavaScript takes it from a value.
fn number(value: &Expr) -> Option<f64> {
    match &value.kind {
        Kind::Int(number) => Some(*number as f64),
        Kind::Float(number) => Some(*number),
        Kind::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Kind::String(text) if !text.is_empty() => numbers::parse(text),
        _ => None,
    }
}

/// A text as JavaScript makes it of a value.
fn text(value: &Expr) -> Option<String> {
    match &value.kind {
        Kind::Float(number) => Some(numbers::text(*number)),
        _ => value::text(value),
    }
}

/// True where the value is among those that are listed, if any are. `kind` is what it is turned into before.
fn is_one_of(part: &Part, value: &Expr, kind: Option<Type>) -> bool {
    use serde_json::Value;
    part.values.is_empty()
        || part.values.iter().any(|listed| match (listed, kind) {
            (Value::String(listed), Some(Type::String)) | (Value::String(listed), None) => {
                let text = if kind.is_some() { text(value) } else { value.as_str().map(str::to_owned) };
                text.is_some_and(|text| {
                    if part.any_case { text.eq_ignore_ascii_case(listed) } else { text == *listed }
                })
            }
            (Value::Number(listed), _) => number(value).is_some_and(|number| listed.as_f64() == Some(number)),
            (Value::Bool(listed), _) => value.as_bool() == Some(*listed),
            _ => false,
        })
}
