//! The definition in Amazon States Language: inline, or in a file.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, JsonStyle, Kind, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::function::code::document_location;
use crate::sam::intrinsics::as_keys;

/// How the definition is written into the template: four blanks a level, keys sorted.
const STYLE: JsonStyle =
    JsonStyle { indent: Some(4), item_separator: ",", key_separator: ": ", sort_keys: true, ascii: true };

/// Sets `DefinitionString` or `DefinitionS3Location`, and the substitutions.
pub(super) fn add(ctx: &mut Expansion<'_>, properties: &Map, made: &mut Map) -> Result {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let mut substitutions = given("DefinitionSubstitutions").cloned();
    match (given("Definition"), given("DefinitionUri")) {
        (Some(_), Some(_)) => {
            return Err(super::exclusive(
                ctx,
                properties,
                "Definition",
                "DefinitionUri",
                "they say the same",
            ));
        }
        (None, None) => {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::MISSING_PROPERTY,
                    "a state machine needs Definition or DefinitionUri",
                )
                .at(ctx.current.key_span, "has no definition"),
            ));
        }
        (Some(definition), None) => {
            let mut definition = definition.clone();
            let mut found = Map::new();
            substitute(&mut definition, &mut found);
            if !found.is_empty() {
                // Beside a call they make a mapping that CloudFormation refuses, which is better than a
                // definition whose places stay unfilled.
                let given = substitutions.as_ref().and_then(as_keys);
                let mut all = given.map_or_else(Map::new, std::borrow::Cow::into_owned);
                all.extend(found);
                substitutions = Some(all.into());
            }
            let text = definition.to_json(STYLE);
            let lines: Vec<Expr> = text.split('\n').map(Expr::from).collect();
            made.insert("DefinitionString", Expr::join("\n", lines));
        }
        (None, Some(uri)) => {
            let location = document_location(ctx, uri, "DefinitionUri")?;
            made.insert("DefinitionS3Location", location);
        }
    }
    if let Some(substitutions) = substitutions {
        made.insert("DefinitionSubstitutions", substitutions);
    }
    Ok(())
}

/// Puts a variable in place of each value that is known only at deployment: JSON text has no
/// functions. They are numbered in the order of the sorted keys.
fn substitute(expr: &mut Expr, found: &mut Map) {
    match &mut expr.kind {
        Kind::List(items) => items.iter_mut().for_each(|e| substitute_one(e, found)),
        Kind::Map(map) => {
            let mut entries: Vec<_> = map.iter_mut().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            entries.into_iter().for_each(|(_, e)| substitute_one(e, found));
        }
        // The definition as a whole as a call is a map of one key to the transform.
        Kind::Call(_, argument) => substitute_one(argument, found),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {}
    }
}

fn substitute_one(expr: &mut Expr, found: &mut Map) {
    let is_dynamic = expr.as_str().is_some_and(|t| t.starts_with("{{resolve:") && t.ends_with("}}"));
    if expr.is_call() || is_dynamic {
        let name = format!("definition_substitution_{}", found.len() + 1);
        let variable = Expr::from(format!("${{{name}}}")).with_span(expr.span);
        found.insert(name, std::mem::replace(expr, variable));
    } else {
        substitute(expr, found);
    }
}
