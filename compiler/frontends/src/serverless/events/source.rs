//! What events that poll have in common: the name of what is polled, and the mapping to the function.

use samc_ir::{Expr, Function as Call, Kind, Map};

use crate::serverless::names::ROLE;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};

/// The name of a queue or stream, by which its mapping is called: the last part of an ARN, or what refers to it.
pub(super) fn name(arn: &Expr) -> Option<String> {
    let last = |text: &str| text.rsplit(':').next().map(str::to_owned);
    match &arn.kind {
        Kind::String(text) => last(text),
        Kind::Call(Call::GetAtt, argument) => match &argument.kind {
            Kind::List(parts) => parts.first()?.as_str().map(str::to_owned),
            Kind::String(text) => text.split('.').next().map(str::to_owned),
            _ => None,
        },
        Kind::Call(Call::ImportValue, argument) => argument.as_str().map(str::to_owned),
        Kind::Call(Call::Join, argument) => {
            argument.as_list()?.get(1)?.as_list()?.last()?.as_str().map(str::to_owned)
        }
        Kind::Call(Call::Ref | Call::Sub, argument) => last(argument.as_str()?),
        _ => None,
    }
}

/// The setting of an event that is a mapping; none where the event is only an ARN.
pub(super) fn setting<'a>(event: &'a Event, key: &str) -> Option<&'a Expr> {
    event.value.as_map()?.get(key).filter(|value| !value.is_null())
}

/// The ARN of an event: its `arn`, or all of it.
pub(super) fn arn(event: &Event) -> Option<&Expr> {
    match event.value.as_map() {
        Some(map) => map.get("arn"),
        None => Some(&event.value).filter(|value| !value.is_null()),
    }
}

/// The patterns of `filterPatterns` as a mapping takes them: each as JSON text.
pub(super) fn filter_criteria(patterns: &Expr) -> Option<Expr> {
    let filter = |pattern: &Expr| {
        let text = pattern.to_json(samc_ir::JsonStyle {
            ascii: false,
            sort_keys: false,
            ..samc_ir::JsonStyle::CANONICAL
        });
        Expr::from([("Pattern", Expr::from(text).with_span(pattern.span))])
    };
    let filters: Vec<Expr> = patterns.as_list()?.iter().map(filter).collect();
    Some(Expr::from([("Filters", filters)]))
}

/// Adds a mapping of what is polled to a function. It waits for what lets the function poll: the role, where
/// that is made here, and the alias.
pub(super) fn map(
    (service, function, event): (&Service, &Function, &Event),
    id: String,
    properties: Map,
    out: &mut Output<'_>,
) {
    let mut depends_on: Vec<Expr> = role_to_wait_for(service, function).into_iter().map(Expr::from).collect();
    depends_on.extend(function.target_depends_on());
    let resource = out.add(id, "AWS::Lambda::EventSourceMapping", properties, &event.origin);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
}

/// The logical id of the role of a function, where it is one of this template.
pub(super) fn role_to_wait_for(service: &Service, function: &Function) -> Option<String> {
    let Some(role) = service.given_role(function) else { return Some(ROLE.to_owned()) };
    match role.as_str() {
        Some(text) => (!text.contains(':')).then(|| text.to_owned()),
        None => role.as_get_att().filter(|(_, attribute)| *attribute == "Arn").map(|(id, _)| id.to_owned()),
    }
}
