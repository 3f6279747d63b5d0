//! Looking at and through intrinsic functions.

use samc_base::Span;
use samc_ir::{Expr, Function, Kind, Map};

/// True for what the transform takes for an intrinsic function: a call, or any map of one key.
pub(crate) fn is_intrinsic_like(expr: &Expr) -> bool {
    expr.is_call() || expr.as_map().is_some_and(|m| m.len() == 1)
}

/// True for a call of `Fn::If`, well formed or not.
pub(crate) fn is_if(expr: &Expr) -> bool {
    expr.argument_of(&Function::If).is_some()
}

/// The logical id that a `Ref` or `Fn::GetAtt` names, or the text itself.
pub(crate) fn logical_id_of(expr: &Expr) -> Option<&str> {
    expr.as_ref_to().or_else(|| expr.as_get_att().map(|(id, _)| id)).or_else(|| expr.as_str())
}

/// Replaces each `${name}` of a text by what `replace` gives for the name; none leaves it.
/// Names are letters, digits, dots, and pseudo parameters. `${!literal}` is not a name.
pub(crate) fn replace_variables(
    text: &str,
    mut replace: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let name = after[2..].split('}').next().unwrap_or("");
        let whole = name.len() + 3;
        let is_name = after.len() >= whole && is_variable_name(name);
        match is_name.then(|| replace(name)).flatten() {
            Some(value) => {
                out.push_str(&value);
                changed = true;
                rest = &after[whole..];
            }
            None => {
                let skip = if is_name { whole } else { 2 };
                out.push_str(&after[..skip]);
                rest = &after[skip..];
            }
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn is_variable_name(name: &str) -> bool {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    plain
        || name.strip_prefix("AWS::").is_some_and(|n| {
            n.starts_with(|c: char| c.is_ascii_uppercase()) && n.bytes().all(|b| b.is_ascii_alphabetic())
        })
}

/// Replaces calls of `Fn::FindInMap` whose keys are texts that the mappings hold. `bad` collects
/// the places of calls without three arguments.
pub(crate) fn find_in_map(expr: &mut Expr, mappings: &Map, bad: &mut Vec<Option<Span>>) {
    if let Kind::Call(Function::FindInMap, argument) = &mut expr.kind {
        match argument.as_list_mut().map(Vec::as_mut_slice) {
            Some([map, top, second]) => {
                for part in [&mut *map, &mut *top, &mut *second] {
                    find_in_map(part, mappings, bad);
                }
                let found = match (map.as_str(), top.as_str(), second.as_str()) {
                    (Some(m), Some(t), Some(s)) => mappings
                        .get(m)
                        .and_then(Expr::as_map)
                        .and_then(|m| m.get(t)?.as_map()?.get(s))
                        .cloned(),
                    _ => None,
                };
                if let Some(found) = found {
                    *expr = found;
                }
            }
            _ => bad.push(expr.span),
        }
        return;
    }
    match &mut expr.kind {
        Kind::List(items) => items.iter_mut().for_each(|e| find_in_map(e, mappings, bad)),
        Kind::Map(map) => map.values_mut().for_each(|e| find_in_map(e, mappings, bad)),
        Kind::Call(_, argument) => find_in_map(argument, mappings, bad),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {}
    }
}

/// The mapping as the transform takes it: it knows no functions where it reads keys, so that a call
/// is a mapping with one key.
pub(crate) fn as_keys(value: &Expr) -> Option<std::borrow::Cow<'_, samc_ir::Map>> {
    match &value.kind {
        Kind::Map(map) => Some(std::borrow::Cow::Borrowed(map)),
        Kind::Call(function, argument) => {
            Some(std::borrow::Cow::Owned(samc_ir::Map::from([(function.key(), (**argument).clone())])))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_literals_stay() {
        let replace = |name: &str| (name == "A" || name == "AWS::Region").then(|| "x".to_owned());
        assert_eq!(
            replace_variables("${A}-${!A}-${B.C}-${AWS::Region}", replace).as_deref(),
            Some("x-${!A}-${B.C}-x")
        );
        assert_eq!(replace_variables("${", replace), None);
        assert_eq!(replace_variables("${A", replace), None);
    }
}
