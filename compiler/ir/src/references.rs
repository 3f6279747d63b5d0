//! The names that expressions refer to.

use crate::expr::{Expr, Function, Kind};
use samc_base::Span;

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use<'g> {
    /// `Ref`, or `${Name}`.
    Value,
    /// `Fn::GetAtt`, or `${Name.Attribute}`; without the attribute where it is computed.
    Attribute(Option<&'g str>),
    /// The first argument of `Fn::If`, or `Condition`.
    Condition,
    /// `Fn::FindInMap`, with the two keys where they are text.
    Mapping(Option<&'g str>, Option<&'g str>),
}

/// A name that an expression uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'g> {
    /// The name, without attribute.
    pub name: &'g str,
    /// How it is used.
    pub used: Use<'g>,
    /// The narrowest place there is.
    pub span: Option<Span>,
    /// The place of the attribute alone, if it has one.
    pub attribute_span: Option<Span>,
}

impl<'g> Reference<'g> {
    fn new(name: &'g str, used: Use<'g>, span: Option<Span>) -> Self {
        Reference { name, used, span, attribute_span: None }
    }
}

/// The places of a name and of its attribute in a text `Name.Attribute`; the whole place for both
/// where the text is written in some other way.
fn split(span: Span, name: &str, attribute: &str) -> (Option<Span>, Option<Span>) {
    let length = name.len() + 1 + attribute.len();
    let quote = match (span.len() as usize).checked_sub(length) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return (Some(span), Some(span)),
    };
    let at = |offset: usize, len: usize| Some(span.part((quote + offset) as u32, len as u32));
    (at(0, name.len()), at(name.len() + 1, attribute.len()))
}

/// Calls `visit` for every name used in an expression. `in_conditions`: a map with the one key
/// `Condition` is a reference only among conditions; elsewhere it may be any property.
pub fn each<'g>(expr: &'g Expr, in_conditions: bool, visit: &mut dyn FnMut(Reference<'g>)) {
    match &expr.kind {
        Kind::List(items) => items.iter().for_each(|e| each(e, in_conditions, visit)),
        Kind::Map(map) => {
            for (key, value) in map.iter() {
                // A loop's body uses names of its own.
                if !key.starts_with("Fn::ForEach::") {
                    each(value, in_conditions, visit);
                }
            }
        }
        Kind::Call(function, argument) => call(expr, function, argument, in_conditions, visit),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {}
    }
}

fn call<'g>(
    expr: &'g Expr,
    function: &'g Function,
    argument: &'g Expr,
    in_conditions: bool,
    visit: &mut dyn FnMut(Reference<'g>),
) {
    let place = |e: &Expr| e.span.or(argument.span).or(expr.span);
    match function {
        Function::Ref => {
            if let Some(name) = argument.as_str() {
                visit(Reference::new(name, Use::Value, place(argument)));
            }
        }
        Function::Condition if in_conditions && argument.as_str().is_some() => {
            let name = argument.as_str().unwrap_or_default();
            visit(Reference::new(name, Use::Condition, place(argument)));
        }
        Function::GetAtt => match &argument.kind {
            Kind::List(parts) => {
                if let Some((name, first)) = parts.first().and_then(|p| Some((p.as_str()?, p))) {
                    let second = if parts.len() == 2 { parts.get(1) } else { None };
                    let attribute = second.and_then(Expr::as_str);
                    // Parts that share a place were written as one text with a dot.
                    let (span, attribute_span) = match (first.span, second.and_then(|s| s.span)) {
                        (Some(one), Some(other)) if one == other => split(one, name, attribute.unwrap_or("")),
                        (one, other) => (one.or(place(argument)), other),
                    };
                    visit(Reference { name, used: Use::Attribute(attribute), span, attribute_span });
                }
                parts.iter().skip(1).for_each(|e| each(e, in_conditions, visit));
            }
            Kind::String(dotted) => {
                let (name, attribute) = match dotted.split_once('.') {
                    Some((name, attribute)) => (name, Some(attribute)),
                    None => (&**dotted, None),
                };
                let (span, attribute_span) = match place(argument) {
                    Some(span) => split(span, name, attribute.unwrap_or("")),
                    None => (None, None),
                };
                visit(Reference { name, used: Use::Attribute(attribute), span, attribute_span });
            }
            _ => each(argument, in_conditions, visit),
        },
        Function::Sub => match expr.as_sub() {
            Some((text, variables)) => {
                let text_expr = argument.as_list().and_then(<[Expr]>::first).unwrap_or(argument);
                for (name, offset) in holes(text) {
                    if variables.is_some_and(|v| v.contains_key(name)) {
                        continue;
                    }
                    let span = place(text_expr).map(|s| within(s, text, offset, name.len()));
                    match (name.split_once('.'), span) {
                        (None, span) => visit(Reference::new(name, Use::Value, span)),
                        (Some((name, attribute)), span) => {
                            let (span, attribute_span) =
                                span.map_or((None, None), |span| split(span, name, attribute));
                            visit(Reference {
                                name,
                                used: Use::Attribute(Some(attribute)),
                                span,
                                attribute_span,
                            });
                        }
                    }
                }
                if let Some(variables) = variables {
                    variables.values().for_each(|e| each(e, in_conditions, visit));
                }
            }
            None => each(argument, in_conditions, visit),
        },
        Function::If => {
            let parts = argument.as_list().unwrap_or(&[]);
            if let Some((name, first)) = parts.first().and_then(|p| Some((p.as_str()?, p))) {
                visit(Reference::new(name, Use::Condition, place(first)));
            }
            parts.iter().for_each(|e| each(e, in_conditions, visit));
        }
        Function::FindInMap => {
            let parts = argument.as_list().unwrap_or(&[]);
            // A fourth argument is a default for what is not found.
            if let ([map, first, second], Some(name)) = (parts, parts.first().and_then(Expr::as_str)) {
                let used = Use::Mapping(first.as_str(), second.as_str());
                visit(Reference::new(name, used, place(map)));
            }
            parts.iter().for_each(|e| each(e, in_conditions, visit));
        }
        // What a macro or an unknown function does with its argument is its own affair.
        Function::Transform => {}
        Function::Other(name) if name.starts_with("Fn::ForEach") => {}
        Function::Condition
        | Function::Join
        | Function::ImportValue
        | Function::Select
        | Function::Split
        | Function::Base64
        | Function::Equals
        | Function::And
        | Function::Or
        | Function::Not
        | Function::GetAZs
        | Function::Cidr
        | Function::Other(_) => each(argument, in_conditions, visit),
    }
}

/// The path of keys to the first place in an expression where `wanted` holds for a reference, such as
/// `.Tags[0].Value`, and the place itself.
pub fn path_to(expr: &Expr, wanted: &dyn Fn(&Reference<'_>) -> bool) -> Option<(String, Option<Span>)> {
    let first = |expr: &Expr| {
        let mut found = None;
        each(expr, true, &mut |r| {
            if found.is_none() && wanted(&r) {
                found = Some(r.span);
            }
        });
        found
    };
    let (mut path, mut at, mut place) = (String::new(), expr, first(expr)?);
    loop {
        let next = match &at.kind {
            Kind::Map(map) => {
                map.iter().find_map(|(key, value)| Some((format!(".{key}"), value, first(value)?)))
            }
            Kind::List(items) => {
                items.iter().enumerate().find_map(|(i, value)| Some((format!("[{i}]"), value, first(value)?)))
            }
            _ => None,
        };
        let Some((step, value, span)) = next else { return Some((path, place)) };
        path += &step;
        (at, place) = (value, span);
    }
}

/// The names between `${` and `}`, with their byte offsets. `${!Name}` is text.
fn holes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find("${")? + 2;
            let len = text.get(start..)?.find('}')?;
            at = start + len + 1;
            let raw = text.get(start..start + len)?;
            let name = raw.trim();
            if !name.is_empty() && !name.starts_with('!') {
                return Some((name, start + (raw.len() - raw.trim_start().len())));
            }
        }
    })
}

/// The place of a part of a text, where the text stands in the source as it is, quoted or not.
fn within(span: Span, text: &str, offset: usize, len: usize) -> Span {
    let (written, real) = (span.len() as usize, text.len());
    let quote = match written.checked_sub(real) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    span.part((quote + offset) as u32, len as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_have_names_and_places() {
        let found: Vec<_> = holes("a${B}c${!D}${ E.F }${").collect();
        assert_eq!(found, [("B", 3), ("E.F", 14)]);
    }

    #[test]
    fn variables_of_a_substitution_are_not_references() {
        let expr = Expr::sub_with("${A}${B}", [("A", Expr::reference("C"))].into());
        let mut names = Vec::new();
        each(&expr, false, &mut |r| names.push(r.name));
        assert_eq!(names, ["B", "C"]);
    }
}
