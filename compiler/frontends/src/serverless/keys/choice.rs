//! Chooses among alternatives the one that the author meant, so that the fault inside it is told and not that none of
//! them fits.

use std::cmp::Reverse;

use samc_data::serverless_keys::{Part, Type, Use};
use samc_ir::{Expr, Kind, Map};

use super::fault::{Fault, Way, What};
use super::walk::{fits, walk as walk_one};

/// Collects what is wrong with a value that must fit one of the alternatives.
pub(super) fn walk<'e>(
    alternatives: Vec<&'static Part>,
    value: &'e Expr,
    way: &Way<'_, 'e>,
    found: &mut Vec<Fault<'e>>,
) {
    // Most alternatives are those of events, of which each has one key; the others need not be tried.
    let by_key = value.as_map().and_then(|map| alternatives.iter().find(|part| is_of_one_key(part, map)));
    if let Some(part) = by_key {
        return walk_one(part, value, way, found);
    }
    let mut tried: Vec<(&'static Part, Vec<Fault<'e>>)> = Vec::new();
    for part in &alternatives {
        let mut faults = Vec::new();
        walk_one(part, value, way, &mut faults);
        if faults.is_empty() {
            return;
        }
        tried.push((part, faults));
    }
    let fault = |what| Fault { steps: way.steps(), key_span: way.key_span, what };
    if let Some(missing) = missing_of_each(&tried) {
        found.push(fault(What::Missing(value, missing)));
        return;
    }
    let best = match &value.kind {
        Kind::Map(map) => {
            tried.retain(|(part, _)| takes(part, Type::Object));
            let known = |part: &Part| known(part, map);
            let is_of_none = |(part, _): &(&'static Part, _)| is_closed(part) && known(part) == 0;
            if tried.len() > 1 && !map.is_empty() && tried.iter().all(is_of_none) {
                let parts: Vec<_> = tried.iter().map(|(part, _)| *part).collect();
                let unknown = map.entries().iter().find(|entry| !entry.value.is_null());
                found.extend(unknown.map(|entry| fault(What::Unknown(entry, parts))));
                return;
            }
            let rank = |part: &'static Part, faults: &[Fault<'e>]| {
                (told_apart(part, map), known(part), Reverse(faults.len()))
            };
            // The first of the best, as osls has the usual form first.
            tried.into_iter().rev().max_by_key(|(part, faults)| rank(part, faults))
        }
        Kind::List(_) => {
            tried.retain(|(part, faults)| takes(part, Type::Array) && !is_value_itself(part, faults, value));
            tried.into_iter().rev().min_by_key(|(_, faults)| faults.len())
        }
        _ => None,
    };
    match best {
        Some((_, faults)) => found.extend(faults),
        None => found.push(fault(What::Value(value, alternatives))),
    }
}

/// The keys, where each alternative only asks for one key more.
fn missing_of_each(tried: &[(&'static Part, Vec<Fault<'_>>)]) -> Option<Vec<&'static str>> {
    let only_asks =
        |part: &Part| part.kind.is_none() && !part.required.is_empty() && part.properties.0.is_empty();
    let key = |(part, faults): &(&'static Part, Vec<Fault<'_>>)| match faults.as_slice() {
        [Fault { what: What::Missing(_, keys), .. }] if only_asks(part) => keys.first().copied(),
        _ => None,
    };
    tried.iter().map(key).collect()
}

/// True where an alternative takes values of a type as they are, or asks about keys alone.
fn takes(part: &Part, kind: Type) -> bool {
    part.kind == Some(kind)
        || (part.kind.is_none()
            && part.values.is_empty()
            && (kind == Type::Object || !part.any_of.is_empty()))
}

fn is_value_itself(part: &Part, faults: &[Fault<'_>], value: &Expr) -> bool {
    !fits(part, value) && faults.len() == 1
}

/// True where an alternative has no keys but those it names.
fn is_closed(part: &Part) -> bool {
    matches!(part.additional_properties, Some(Use::Nothing))
}

/// True where an alternative has one key alone, and the mapping has that.
fn is_of_one_key(part: &Part, map: &Map) -> bool {
    match (part.properties.0.as_slice(), part.required.as_slice()) {
        ([(key, _)], [required]) => key == required && is_closed(part) && map.contains_key(key),
        _ => false,
    }
}

/// How many keys of the mapping an alternative knows.
fn known(part: &Part, map: &Map) -> usize {
    let is_known = |key: &&samc_ir::Str| {
        part.properties.0.iter().any(|(name, _)| **name == ***key)
            || part.pattern_properties.0.iter().any(|(pattern, _)| pattern.fits(key))
            || (!is_closed(part) && part.properties.0.is_empty())
    };
    map.keys().filter(is_known).count()
}

/// How many keys hold the one value by which an alternative is told from others, such as `type: jwt`; less one for
/// each that holds another.
fn told_apart(part: &'static Part, map: &Map) -> i32 {
    let mark = |(key, value): (&samc_ir::Str, &Expr)| {
        let part = part.property(key).filter(|part| part.values.len() == 1)?;
        Some(if fits(part, value) { 1 } else { -1 })
    };
    map.iter().filter_map(mark).sum()
}
