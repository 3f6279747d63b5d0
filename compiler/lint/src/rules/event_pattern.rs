//! C218: patterns that match no event.

use std::net::IpAddr;

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span, nearest};
use samc_ir::{Expr, Kind, Resource};

use crate::context::Context;
use crate::policy::of_json;
use crate::query::{at_value, items, member, name, property};
use crate::rule::{On, Rule};

/// EventBridge and Lambda refuse a malformed pattern; one that never matches they take in silence.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C218", "event-pattern-shape"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("event_pattern_shape.md"),
    check,
};

/// Matchers in place of a value.
/// Source: "Comparison operators for use in event patterns" in the EventBridge User Guide.
const MATCHERS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, rule) in context.of_type("AWS::Events::Rule") {
        let Some(pattern) = property(rule, "EventPattern").value() else { continue };
        let mut problems = Vec::new();
        look(pattern, &mut problems);
        push(id, rule, "EventPattern", problems, diagnostics);
        wrong_bus(context, id, rule, pattern, diagnostics);
    }
    for (id, mapping) in context.of_type("AWS::Lambda::EventSourceMapping") {
        for filter in items(property(mapping, "FilterCriteria.Filters").value()) {
            let Some(pattern) = member(filter, "Pattern").value() else { continue };
            let mut problems = Vec::new();
            look(pattern, &mut problems);
            push(id, mapping, "FilterCriteria.Filters", problems, diagnostics);
        }
    }
}

struct Problem {
    message: String,
    help: String,
    span: Option<Span>,
}

/// A pattern, or one written as JSON.
fn look(pattern: &Expr, problems: &mut Vec<Problem>) {
    let Some(text) = pattern.as_str() else {
        if pattern.as_map().is_some() {
            object(pattern, "", problems);
        }
        return;
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) if json.is_object() => object(&of_json(&json, pattern.span), "", problems),
        // What is put in at deployment may stand anywhere.
        _ if text.contains("${") => {}
        Ok(_) => problems.push(Problem {
            message: "is no object".to_owned(),
            help: "write the fields of the event as an object".to_owned(),
            span: pattern.span,
        }),
        Err(error) => problems.push(Problem {
            message: format!("is no JSON: {error}"),
            help: "write the pattern as an object".to_owned(),
            span: pattern.span,
        }),
    }
}

fn object(value: &Expr, path: &str, problems: &mut Vec<Problem>) {
    for (key, inner) in value.as_map().into_iter().flat_map(samc_ir::Map::iter) {
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        let span = inner.span.or(value.span);
        match &inner.kind {
            Kind::Map(_) => object(inner, &path, problems),
            Kind::List(list) if &**key == "$or" => list.iter().for_each(|way| object(way, &path, problems)),
            Kind::List(list) if list.is_empty() => problems.push(Problem {
                message: format!("has an empty list for `{path}`, which no event matches"),
                help: "name at least one value".to_owned(),
                span,
            }),
            Kind::List(list) => list.iter().for_each(|item| matcher(item, &path, problems)),
            Kind::Call(..) | Kind::Asset(_) => {}
            Kind::String(_) | Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Null => {
                problems.push(Problem {
                    message: format!(
                        "has {} for `{path}`, where a list of values must be",
                        inner.kind_name()
                    ),
                    help: "put the value into a list".to_owned(),
                    span,
                });
            }
        }
    }
}

fn matcher(item: &Expr, path: &str, problems: &mut Vec<Problem>) {
    let Some(map) = item.as_map() else {
        if item.as_list().is_some() {
            problems.push(Problem {
                message: format!("has a list inside of the list for `{path}`"),
                help: "write the values one after the other".to_owned(),
                span: item.span,
            });
        }
        return;
    };
    for (key, operand) in map.iter() {
        let span = map.key_span(key).or(item.span);
        if !MATCHERS.contains(&&**key) {
            let help = match nearest(key, MATCHERS) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the matchers are {}", MATCHERS.join(", ")),
            };
            let message = format!("has the matcher `{key}` for `{path}`, which EventBridge does not know");
            problems.push(Problem { message, help, span });
        } else if let Some(wanted) = wrong_operand(key, operand) {
            problems.push(Problem {
                message: format!("has `{key}` for `{path}` with a value that it does not take"),
                help: format!("{key} takes {wanted}"),
                span: operand.span.or(span),
            });
        }
    }
}

/// What a matcher takes, where it is given something else. What only the deployment decides may be anything.
/// Source: as for [`MATCHERS`].
fn wrong_operand(matcher: &str, operand: &Expr) -> Option<&'static str> {
    if operand.is_call() || operand.as_str().is_some_and(|text| text.contains("${")) {
        return None;
    }
    let is_text = |e: &Expr| e.as_str().is_some() || e.is_call();
    let only = |key: &str| operand.as_map().is_some_and(|map| map.len() == 1 && map.contains_key(key));
    let (fits, wanted) = match matcher {
        "exists" => (operand.as_bool().is_some(), "true or false"),
        "prefix" | "suffix" => {
            (is_text(operand) || only("equals-ignore-case"), "text, or {equals-ignore-case: text}")
        }
        "equals-ignore-case" => (is_text(operand), "text"),
        "wildcard" => {
            let fits = operand.as_str().is_some_and(|text| !text.contains("**"));
            (fits, "text, with single stars for any run of characters")
        }
        "cidr" => (operand.as_str().is_some_and(is_range), "a range of addresses, such as 10.0.0.0/24"),
        "numeric" => {
            let list = operand.as_list().unwrap_or_default();
            let pair = |pair: &[Expr]| {
                let sign = pair.first().and_then(Expr::as_str).unwrap_or("");
                let number = pair.get(1).map(|n| &n.kind);
                ["<", "<=", "=", ">", ">="].contains(&sign)
                    && matches!(number, Some(Kind::Int(_) | Kind::Float(_) | Kind::Call(..)))
            };
            let fits = matches!(list.len(), 2 | 4) && list.chunks(2).all(pair);
            (fits, "a sign and a number, once or twice: [\">\", 0, \"<=\", 10]")
        }
        _ => return None,
    };
    (!fits).then_some(wanted)
}

/// True for an address with the number of its fixed bits.
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

fn push(
    id: &LogicalId,
    resource: &Resource,
    property: &str,
    problems: Vec<Problem>,
    diagnostics: &mut Diagnostics,
) {
    for problem in problems {
        let message = format!("the pattern of {} {}", name(id, resource), problem.message);
        let found = Diagnostic::error(RULE.code, message).help(problem.help);
        diagnostics.push(at_value(found, id, resource, (property, problem.span), "this part"));
    }
}

/// Events of AWS's services come to the default bus alone.
fn wrong_bus(
    context: &Context<'_>,
    id: &LogicalId,
    rule: &Resource,
    pattern: &Expr,
    diagnostics: &mut Diagnostics,
) {
    let bus = property(rule, "EventBusName").value().and_then(Expr::as_ref_to);
    let own = bus.and_then(|b| context.graph.resources.get_key_value(b));
    let Some((bus_id, bus)) = own.filter(|(_, b)| b.resource_type == *"AWS::Events::EventBus") else {
        return;
    };
    let partner = !property(bus, "EventSourceName").is_absent();
    let Some(sources) = member(pattern, "source").value().and_then(Expr::as_list) else { return };
    let aws = |s: &Expr| s.as_str().is_some_and(|s| s.starts_with("aws."));
    if partner || sources.is_empty() || !sources.iter().all(aws) {
        return;
    }
    // A rule of the default bus may pass events on to this one.
    let passed_on = context.of_type("AWS::Events::Rule").any(|(_, other)| {
        items(other.property("Targets"))
            .filter_map(|t| member(t, "Arn").value())
            .any(|arn| arn.as_get_att().is_some_and(|(target, _)| target == bus_id.as_str()))
    });
    if passed_on {
        return;
    }
    let message = format!(
        "{} waits for events of AWS on the bus {}; they come to the default bus alone",
        name(id, rule),
        name(bus_id, bus)
    );
    let found = Diagnostic::new(Severity::Warning, RULE.code, message)
        .label(bus.origin.key_span, "a bus of its own")
        .help("take EventBusName out, or pass the events on with a rule of the default bus");
    let place = ("EventPattern.source", member(pattern, "source").value().and_then(|s| s.span));
    diagnostics.push(at_value(found, id, rule, place, "never comes to this bus"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operand(matcher: &str, json: &str) -> Option<&'static str> {
        wrong_operand(matcher, &of_json(&serde_json::from_str(json).unwrap(), None))
    }

    #[test]
    fn operands_are_those_of_their_matchers() {
        let rows = [
            ("exists", &["true", "false"][..], &["\"yes\"", "1"][..]),
            ("prefix", &["\"a\"", "{\"equals-ignore-case\": \"a\"}"], &["5", "[\"a\"]"]),
            ("wildcard", &["\"a*b*\""], &["\"a**\"", "true"]),
            ("cidr", &["\"10.0.0.0/24\"", "\"2001:db8::/32\""], &["\"10.0.0.0\"", "\"10.0.0.0/33\"", "5"]),
            (
                "numeric",
                &["[\">\", 5]", "[\">\", 0, \"<=\", 5.5]"],
                &["[\">\"]", "5", "[\"!=\", 5]", "[\">\", \"5\"]"],
            ),
            ("anything-but", &["\"a\"", "[\"a\", 5]", "{\"prefix\": \"a\"}"], &[]),
        ];
        for (matcher, sound, wrong) in rows {
            for json in sound {
                assert_eq!(operand(matcher, json), None, "{matcher} {json}");
            }
            for json in wrong {
                assert!(operand(matcher, json).is_some(), "{matcher} {json}");
            }
        }
    }
}
