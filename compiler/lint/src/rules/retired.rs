//! D704: resources of services that AWS has closed, or is closing.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::lifecycles::{self, State, lifecycle};

use crate::context::{about, first};
use crate::query::name;
use crate::rule::{On, Rule};

/// What cannot be made any more, or not for long.
pub(super) static RULE: Rule = Rule {
    code: Code::new("D704", "resource-retired"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("retired.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            let Some((state, day)) = lifecycle(&resource.resource_type) else { continue };
            let kind = &resource.resource_type;
            let is_past = day.is_some_and(|day| !context.as_of.is_empty() && day <= context.as_of);
            let since = day.map_or(String::new(), |day| format!(" on {day}"));
            let (severity, what, label) = match state {
                State::Shutdown => (Severity::Error, format!("a service that AWS closed{since}"), "closed"),
                State::Sunset if is_past => (
                    Severity::Warning,
                    format!("a service whose last day was announced as {}", day.unwrap_or("past")),
                    "closed",
                ),
                State::Sunset => (
                    Severity::Warning,
                    format!(
                        "a service that AWS closes{}",
                        if day.is_some() { since } else { " soon".to_owned() }
                    ),
                    "closing",
                ),
                State::Maintenance => {
                    (Severity::Info, "a service that AWS no longer develops".to_owned(), "in maintenance")
                }
            };
            let message = format!("{} is of {kind}, {what}", name(id, resource));
            let place = first([resource.origin.type_span, resource.origin.key_span, resource.origin.span]);
            let found = Diagnostic::new(severity, RULE.code, message)
                .at(place, label)
                .help(format!(
                    "AWS names what to move to on the page of the service; keep what it holds before the last day \
                     (dates as of {})",
                    lifecycles::as_of()
                ));
            diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Type")));
        }
    },
};
