//! Values as the Serverless Framework looks at them: by the truth of JavaScript.

use samc_ir::{Expr, JsonStyle, Kind, Map};
use sha1::{Digest, Sha1};

/// False for null, false, 0 and empty text. Empty lists and mappings are true, unlike in Python. The text `false`, which
/// a variable may bring, is false: the framework reads it so where a setting is a truth value.
/// Source: coerceTypes in lib/classes/config-schema-handler/resolve-ajv-validate.js of osls 3.77.1.
pub(super) fn is_true(value: &Expr) -> bool {
    match &value.kind {
        Kind::Null => false,
        Kind::Bool(truth) => *truth,
        Kind::Int(number) => *number != 0,
        Kind::Float(number) => *number != 0.0,
        Kind::String(text) => !text.is_empty() && &**text != "false",
        Kind::List(_) | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => true,
    }
}

/// The value of a key where it is there and true.
pub(super) fn given<'a>(map: &'a Map, key: &str) -> Option<&'a Expr> {
    map.get(key).filter(|value| is_true(value))
}

/// The value at the end of a path of keys, where it is there and true.
pub(super) fn given_at<'a>(map: &'a Map, keys: &[&str]) -> Option<&'a Expr> {
    let (last, through) = keys.split_last()?;
    let mut at = map;
    for key in through {
        at = at.get(key)?.as_map()?;
    }
    given(at, last)
}

/// Text, or a number or truth value as text; none for anything else.
pub(super) fn text(value: &Expr) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Float(number) => Some(number.to_string()),
        Kind::Bool(truth) => Some(truth.to_string()),
        Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => None,
    }
}

/// The JSON text of a value as `JSON.stringify` writes it.
pub(super) fn stringify(value: &Expr) -> String {
    let mut value = value.clone();
    value.walk_mut(&mut |part| {
        // JavaScript has one kind of number, and writes 1.0 as 1.
        if let Kind::Float(number) = part.kind
            && number.fract() == 0.0
            && number.abs() < 1e15
        {
            part.kind = Kind::Int(number as i128);
        }
    });
    value.to_json(JsonStyle { ascii: false, sort_keys: false, ..JsonStyle::CANONICAL })
}

/// A digest of a value in hex, which does not depend on the order of keys.
pub(super) fn digest(value: &Expr) -> String {
    let text = value.to_json(JsonStyle::CANONICAL);
    Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lays one value over another: mappings key by key, lists item by item, anything else as a whole.
/// Source: lib/utils/merge-plain-objects.js of osls 3.77.1.
pub(super) fn merge(target: &mut Expr, source: Expr) {
    match (&mut target.kind, source.kind) {
        (Kind::Map(target), Kind::Map(source)) => merge_maps(target, source),
        (Kind::List(target), Kind::List(source)) => {
            for (index, item) in source.into_iter().enumerate() {
                match target.get_mut(index) {
                    Some(there) => merge(there, item),
                    None => target.push(item),
                }
            }
        }
        (_, kind) => *target = Expr::new(kind, source.span),
    }
}

/// Lays one mapping over another, key by key.
pub(super) fn merge_maps(target: &mut Map, source: Map) {
    for entry in source {
        match target.get_mut(&entry.key) {
            Some(there) => merge(there, entry.value),
            None => {
                target.insert_spanned(entry.key, entry.key_span, entry.value);
            }
        }
    }
}

/// A list as it is, and one text, number or truth value as a list of it, as the framework reads it where a setting is a
/// list.
pub(super) fn listed(value: &Expr) -> Expr {
    match &value.kind {
        Kind::String(_) | Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) => {
            Expr::from(vec![value.clone()]).with_span(value.span)
        }
        _ => value.clone(),
    }
}

/// Sets a property to a value that is there.
pub(super) fn set(properties: &mut Map, name: &str, value: Option<&Expr>) {
    if let Some(value) = value {
        properties.insert(name, value.clone());
    }
}

/// The tags of a mapping as CloudFormation has them: a list of `Key` and `Value`.
pub(super) fn tags(map: &Map) -> Expr {
    let tag = |(key, value): (&samc_ir::Str, &Expr)| {
        Expr::from([("Key", Expr::from(key)), ("Value", value.clone())])
    };
    map.iter().map(tag).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_merge_item_by_item() {
        let list = |items: &[&str]| Expr::from(items.iter().map(|i| Expr::from(*i)).collect::<Vec<_>>());
        let mut target = Expr::from([("a", list(&["x", "y"])), ("b", Expr::from(1))]);
        merge(&mut target, Expr::from([("a", list(&["z"])), ("c", Expr::from(true))]));
        assert_eq!(
            target,
            Expr::from([("a", list(&["z", "y"])), ("b", Expr::from(1)), ("c", Expr::from(true))])
        );
    }

    #[test]
    fn truth_is_that_of_javascript() {
        assert!(is_true(&Expr::from(Vec::<Expr>::new())) && is_true(&Expr::from(Map::new())));
        assert!(!is_true(&Expr::from("false")) && is_true(&Expr::from("no")));
        assert!(!is_true(&Expr::from("")) && !is_true(&Expr::from(0)) && !is_true(&Expr::null()));
    }
}
