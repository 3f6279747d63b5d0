//! The part of C232 that looks beside properties: policies of resources, and parameters.

use samc_base::{Code, Diagnostic, Diagnostics, nearest};
use samc_ir::{Expr, Map};

use crate::context::{Context, about};

/// What may become of a resource that leaves its stack. Source: the reference of `DeletionPolicy`.
const DELETION: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

/// What may become of a resource that is replaced. Source: the reference of `UpdateReplacePolicy`.
const REPLACEMENT: &[&str] = &["Delete", "Retain", "Snapshot"];

/// Types of parameters, those of services (`AWS::…`, `List<AWS::…>`) aside.
const PARAMETER_TYPES: &[&str] = &["String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"];

/// Checks the values, under the code of the rule.
pub(super) fn check(code: Code, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        for (key, allowed) in [("DeletionPolicy", DELETION), ("UpdateReplacePolicy", REPLACEMENT)] {
            let Some(value) = resource.attributes.get(key) else { continue };
            if let Some(found) = not_among(code, &format!("`{key}` of `{id}`"), value, allowed) {
                diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.{key}")));
            }
        }
    }
    for (name, parameter) in context.graph.parameters().into_iter().flat_map(Map::iter) {
        let Some(parameter) = parameter.as_map() else { continue };
        let kind = parameter.get("Type");
        let of_service = kind.and_then(Expr::as_str).is_some_and(|k| k.contains("AWS::"));
        if let Some(found) = kind.filter(|_| !of_service).and_then(|kind| {
            not_among(code, &format!("the type of the parameter `{name}`"), kind, PARAMETER_TYPES)
        }) {
            diagnostics.push(found.path(format!("Parameters.{name}.Type")));
        }
        // The default of a list is several values in one text.
        let is_list = kind.and_then(Expr::as_str).is_some_and(|k| k.contains("List"));
        let allowed: Option<Vec<String>> =
            parameter.get("AllowedValues").and_then(Expr::as_list).and_then(|l| l.iter().map(text).collect());
        if let (Some(default), Some(allowed), false) =
            (parameter.get("Default"), allowed, is_list || of_service)
        {
            let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
            if let Some(found) =
                not_among(code, &format!("the default of the parameter `{name}`"), default, &allowed)
            {
                diagnostics.push(found.path(format!("Parameters.{name}.Default")));
            }
        }
    }
}

fn text(value: &Expr) -> Option<String> {
    match &value.kind {
        samc_ir::Kind::String(text) => Some(text.to_string()),
        samc_ir::Kind::Int(_) | samc_ir::Kind::Float(_) | samc_ir::Kind::Bool(_) => {
            Some(value.to_json(samc_ir::JsonStyle::CANONICAL))
        }
        _ => None,
    }
}

fn not_among(code: Code, subject: &str, value: &Expr, allowed: &[&str]) -> Option<Diagnostic> {
    let text = text(value)?;
    // Numbers and truth values become text when they are compared, in a form of their own.
    let plain = value.as_str().is_none();
    let same = |a: &&str| *a == text || plain && (a.eq_ignore_ascii_case(&text) || is_same_number(a, &text));
    if allowed.iter().any(same) {
        return None;
    }
    let message = format!("{subject} is `{text}`, which is not one of the values it takes");
    let help = match nearest(&text, allowed.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", allowed.join(", ")),
    };
    Some(Diagnostic::error(code, message).at(value.span, "").help(help))
}

fn is_same_number(a: &str, b: &str) -> bool {
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}
