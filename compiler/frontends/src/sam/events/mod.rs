//! Events of functions: each type is an entry of [`EVENTS`] and a file of its family.

mod access;
mod api;
mod http;
pub(crate) mod permission;
mod pull;
mod rule;
pub(crate) mod s3;
pub(crate) mod scheduler;
mod sns;

use samc_base::{Diagnostic, LogicalId, Span, codes, nearest, nearest_list};
use samc_ir::{Expr, Map, Origin, Str};

use super::expansion::{Expansion, Result};
use super::generated::Generated;
use super::properties::{Property, check};
use super::rest;
use super::role::Role;

/// What an event invokes: the function, or its alias where it publishes one.
#[derive(Debug, Clone)]
pub(crate) struct LambdaTarget {
    /// The function.
    pub(crate) function: LogicalId,
    /// The alias.
    pub(crate) alias: Option<LogicalId>,
    /// `Condition` and the like, which what is made for an event gets as well.
    pub(crate) attributes: Map,
}

impl LambdaTarget {
    /// The logical id of what is invoked.
    pub(crate) fn id(&self) -> &LogicalId {
        self.alias.as_ref().unwrap_or(&self.function)
    }

    /// `Ref` of it: the function's name, or the alias's ARN.
    pub(crate) fn name(&self) -> Expr {
        Expr::reference(self.id())
    }

    /// Its ARN.
    pub(crate) fn arn(&self) -> Expr {
        match &self.alias {
            Some(alias) => Expr::reference(alias),
            None => Expr::get_att(&self.function, "Arn"),
        }
    }
}

/// One event as written.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Its key under `Events`.
    pub(crate) key: Str,
    /// The owner's logical id followed by the key: the id of what is made for it.
    pub(crate) id: String,
    /// Its properties; empty where there are none.
    pub(crate) properties: Map,
    /// Where its properties, or the event, are written.
    pub(crate) span: Option<Span>,
}

impl Event {
    /// A property that is set and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&Expr> {
        self.properties.get(name).filter(|v| !v.is_null())
    }
}

/// One type of event.
pub(crate) struct EventType {
    /// `Type`, such as `SQS`.
    pub(crate) name: &'static str,
    /// The properties it takes.
    pub(crate) properties: &'static [Property],
    /// Makes its resources, and adds what the role must allow.
    pub(crate) expand: fn(&mut Expansion<'_>, &Event, &LambdaTarget, &mut Role) -> Result<Vec<Generated>>,
}

/// Every type of event of a function.
const EVENTS: &[EventType] = &[
    http::HTTP_API,
    pull::SQS,
    pull::KINESIS,
    pull::DYNAMODB,
    pull::MSK,
    pull::MQ,
    pull::SELF_MANAGED_KAFKA,
    pull::DOCUMENT_DB,
    s3::S3,
    sns::SNS,
    scheduler::SCHEDULE_V2,
    rule::SCHEDULE,
    rule::CLOUDWATCH_EVENT,
    rule::EVENT_BRIDGE_RULE,
    rule::CLOUDWATCH_LOGS,
    rule::IOT_RULE,
    rule::ALEXA_SKILL,
    rule::COGNITO,
    api::API,
];

/// Expands all events of a function: by path for those that have one, by key for the others, so
/// that an HTTP API's `$default` comes before its other routes. An event at fault is reported and left out.
pub(crate) fn expand_all(
    ctx: &mut Expansion<'_>,
    events: Option<&Expr>,
    target: &LambdaTarget,
    role: &mut Role,
) -> Vec<Generated> {
    let Some(events) = events.and_then(Expr::as_map) else { return Vec::new() };
    let order = rest::of_prepared_events(ctx, events);
    let mut entries: Vec<_> = order.iter().filter_map(|key| events.entry(key)).collect();
    entries.sort_by_key(|e| {
        let properties = e.value.as_map().and_then(|e| e.get("Properties")).and_then(Expr::as_map);
        properties.and_then(|p| p.get("Path")).and_then(Expr::as_str).unwrap_or(&e.key)
    });
    let mut generated = Vec::new();
    for entry in entries {
        let origin = Origin {
            key_span: entry.key_span,
            span: entry.value.span,
            path: format!("{}.Properties.Events.{}", ctx.current.path, entry.key),
            ..ctx.current.clone()
        };
        if ctx.faulty.contains(&origin.path) {
            continue;
        }
        let expanded = ctx.within(origin, |ctx| expand(ctx, &entry.key, &entry.value, target, role));
        generated.extend(expanded.unwrap_or_default());
    }
    generated
}

fn expand(
    ctx: &mut Expansion<'_>,
    key: &Str,
    value: &Expr,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let (event, kind) = read(ctx, key, value, &target.function)?;
    let Some(event_type) = EVENTS.iter().find(|t| *t.name == *kind.0) else {
        return Err(unknown_type(ctx, &kind.0, kind.1, EVENTS.iter().map(|t| t.name), "a function"));
    };
    let owner = format!("the {} event {}", event_type.name, event.id);
    check(ctx, &event.properties, event_type.properties, &owner)?;
    (event_type.expand)(ctx, &event, target, role)
}

/// Reads the frame of an event of any owner: its type, with the place of it, and its properties.
pub(crate) fn read(
    ctx: &mut Expansion<'_>,
    key: &Str,
    value: &Expr,
    owner: &LogicalId,
) -> Result<(Event, (Str, Option<Span>))> {
    let Some(map) = value.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!(
                    "the event {key} is {}, and must be a mapping with Type and Properties",
                    value.kind_name()
                ),
            )
            .at(value.span, "not a mapping"),
        ));
    };
    let kind = match map.get("Type") {
        Some(kind) => match kind.as_shared() {
            Some(text) => (text.clone(), kind.span),
            None => {
                return Err(ctx.report(
                    Diagnostic::error(codes::WRONG_TYPE, format!("Type of the event {key} must be text"))
                        .at(kind.span, "not text"),
                ));
            }
        },
        None => {
            return Err(ctx.report(
                Diagnostic::error(codes::MISSING_PROPERTY, format!("the event {key} needs a Type"))
                    .at(ctx.current.key_span, "Type is missing")
                    .help("for example SQS, Schedule, Api or HttpApi"),
            ));
        }
    };
    let properties = match map.get("Properties") {
        None => Map::new(),
        Some(properties) => match properties.as_map() {
            Some(properties) => properties.clone(),
            None => {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!(
                            "Properties of the event {key} is {}, and must be a mapping",
                            properties.kind_name()
                        ),
                    )
                    .at(properties.span.or(map.key_span("Properties")), "not a mapping"),
                ));
            }
        },
    };
    let id = format!("{owner}{key}");
    ctx.check_logical_id(&id)?;
    let span = map.get("Properties").and_then(|p| p.span).or(value.span);
    Ok((Event { key: key.clone(), id, properties, span }, kind))
}

/// Reports an event type that the owner does not have.
pub(crate) fn unknown_type(
    ctx: &mut Expansion<'_>,
    kind: &str,
    span: Option<Span>,
    known: impl Iterator<Item = &'static str> + Clone,
    owner: &str,
) -> samc_base::Reported {
    let finding =
        Diagnostic::error(codes::UNKNOWN_EVENT_TYPE, format!("{owner} has no event of type `{kind}`"));
    let finding = match nearest(kind, known.clone()) {
        Some(near) => finding.at(span, format!("did you mean `{near}`?")),
        None => finding
            .at(span, "not a type of event")
            .help(format!("the nearest types are {}", nearest_list(kind, known, 3).join(", "))),
    };
    ctx.report(finding)
}
