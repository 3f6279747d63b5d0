//! What events that poll have in common: the name of what is polled, and the mapping to the function.

use samc_ir::{Expr, Function as Call, Kind, Map, Resource};

use crate::serverless::names::ROLE;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{set, stringify};

/// Where reading a stream or topic begins where nothing is said.
pub(super) const FROM_THE_START: &str = "TRIM_HORIZON";

/// What Lambda does to reach brokers in a VPC, which is allowed on everything.
pub(super) const NETWORK: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
];

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

/// The ARN of an event: its `arn`, or all of it.
pub(super) fn arn(event: &Event) -> Option<&Expr> {
    match event.value.as_map() {
        Some(map) => map.get("arn"),
        None => Some(&event.value).filter(|value| !value.is_null()),
    }
}

/// Sets the patterns of `filterPatterns` as a mapping takes them: each as JSON text.
pub(super) fn set_filters(properties: &mut Map, event: &Event) {
    if event.given("filterPatterns").is_none() {
        return;
    }
    let filter =
        |pattern: &Expr| Expr::from([("Pattern", Expr::from(stringify(pattern)).with_span(pattern.span))]);
    let filters: Vec<Expr> = event.items("filterPatterns").iter().map(filter).collect();
    properties.insert("FilterCriteria", Map::from([("Filters", filters)]));
}

/// Whether a mapping is on, where the event says so.
pub(super) fn enabled(event: &Event) -> Option<Expr> {
    let value = event.setting("enabled");
    match event.flag("enabled") {
        Some(flag) => Some(Expr::from(flag).with_span(value.and_then(|value| value.span))),
        None => value.cloned(),
    }
}

/// Sets the size of a batch and what else brokers have in common.
pub(super) fn set_batch(properties: &mut Map, event: &Event) {
    set(properties, "BatchSize", event.given("batchSize"));
    set(properties, "MaximumBatchingWindowInSeconds", event.given("maximumBatchingWindow"));
    set(properties, "Enabled", enabled(event).as_ref());
    set_filters(properties, event);
}

/// Adds a mapping of what is polled to a function. It waits for what lets the function poll: the role, where
/// that is made here, and the alias.
pub(super) fn map<'a>(
    (service, function, event): (&Service, &Function, &Event),
    id: String,
    properties: Map,
    out: &'a mut Output<'_>,
) -> &'a mut Resource {
    let mut depends_on: Vec<Expr> = role_to_wait_for(service, function).into_iter().map(Expr::from).collect();
    depends_on.extend(function.target_depends_on());
    let resource = out.add(id, "AWS::Lambda::EventSourceMapping", properties, &event.origin);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
    resource
}

/// The logical id of the role of a function, where it is one of this template.
pub(super) fn role_to_wait_for(service: &Service, function: &Function) -> Option<String> {
    let Some(role) = service.given_role(function) else { return Some(ROLE.to_owned()) };
    match role.as_str() {
        Some(text) => (!text.contains(':')).then(|| text.to_owned()),
        None => role.as_get_att().filter(|(_, attribute)| *attribute == "Arn").map(|(id, _)| id.to_owned()),
    }
}
