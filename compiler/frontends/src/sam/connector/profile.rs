//! Profiles with the values of the two ends put in.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Function, Kind, Map};

use super::ends::End;
use crate::sam::expansion::{Expansion, Result};

/// The profile with each `%{Source.Arn}` and the like replaced: by the value where it is the whole
/// text, by a variable of `Fn::Sub` where it is a part of it.
pub(super) fn fill(ctx: &mut Expansion<'_>, profile: &Expr, source: &End, destination: &End) -> Result<Expr> {
    let values = [
        ("Source.Arn", &source.arn),
        ("Destination.Arn", &destination.arn),
        ("Source.ResourceId", &source.resource_id),
        ("Destination.ResourceId", &destination.resource_id),
        ("Source.Name", &source.name),
        ("Destination.Name", &destination.name),
        ("Source.Qualifier", &source.qualifier),
        ("Destination.Qualifier", &destination.qualifier),
    ];
    let mut filled = profile.clone();
    let mut missing = None;
    put_in(&mut filled, &values, &mut missing);
    match missing {
        None => Ok(filled),
        Some(name) => Err(ctx.report(
            Diagnostic::error(codes::CONNECTOR_END, format!("the connector needs {name}"))
                .help("name a resource of this template by Id, or give the value yourself"),
        )),
    }
}

fn put_in(expr: &mut Expr, values: &[(&'static str, &Option<Expr>)], missing: &mut Option<&'static str>) {
    match &mut expr.kind {
        Kind::List(items) => items.iter_mut().for_each(|e| put_in(e, values, missing)),
        Kind::Map(map) => map.values_mut().for_each(|e| put_in(e, values, missing)),
        Kind::Call(_, argument) => put_in(argument, values, missing),
        Kind::String(text) => {
            if let Some(new) = put_in_text(text, values, missing) {
                *expr = new;
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Asset(_) => {}
    }
}

fn put_in_text(
    text: &str,
    values: &[(&'static str, &Option<Expr>)],
    missing: &mut Option<&'static str>,
) -> Option<Expr> {
    let mut replaced = text.to_owned();
    let mut variables = Map::new();
    for (name, value) in values {
        let pattern = format!("%{{{name}}}");
        if !replaced.contains(&pattern) {
            continue;
        }
        let Some(value) = value else {
            *missing = Some(name);
            return None;
        };
        if replaced == pattern {
            return Some(value.clone());
        }
        let variable: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        replaced = replaced.replace(&pattern, &format!("${{{variable}}}"));
        variables.insert(variable, value.clone());
    }
    let has_variable = replaced.find("${").is_some_and(|at| replaced[at..].contains('}'));
    match (has_variable, variables.is_empty()) {
        (false, _) => None,
        (true, true) => Some(Expr::call(Function::Sub, replaced)),
        (true, false) => Some(Expr::sub_with(replaced, variables)),
    }
}
