//! Events that start a state machine.

use samc_base::LogicalId;
use samc_ir::{Expr, Map, Origin};

use crate::sam::eventbridge::{self, target_id};
use crate::sam::events::{self as frame, Event, scheduler};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy, copy_as};
use crate::sam::policy_documents;
use crate::sam::properties::{Property, Shape, check};
use crate::sam::rest;

/// What an event starts.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The state machine.
    pub(crate) machine: LogicalId,
    /// The state machine or its alias.
    pub(crate) id: LogicalId,
    /// `Condition` and the like, which what is made for an event gets as well.
    pub(crate) attributes: Map,
    /// The boundary of roles made for events.
    pub(crate) permissions_boundary: Option<Expr>,
}

impl Target {
    /// The ARN of what is started.
    pub(crate) fn arn(&self) -> Expr {
        Expr::reference(&self.id)
    }

    /// A role with which a service starts it.
    pub(crate) fn role(&self, ctx: &Expansion<'_>, event: &Event, service: &str) -> Generated {
        let id = format!("{}Role", event.id);
        let mut properties = Map::from([
            ("AssumeRolePolicyDocument", policy_documents::assume_role(service)),
            ("Policies", Expr::from([start_policy(self.arn(), &id)])),
        ]);
        if let Some(boundary) = &self.permissions_boundary {
            properties.insert("PermissionsBoundary", boundary.clone());
        }
        Generated::new(id, "AWS::IAM::Role", properties, ctx.current.clone()).attributes(&self.attributes)
    }
}

/// The policy that allows starting a state machine.
fn start_policy(machine: Expr, id: &str) -> Expr {
    policy_documents::inline(
        format!("{id}StartExecutionPolicy"),
        policy_documents::allow("states:StartExecution", machine),
    )
}

/// One type of event.
struct EventType {
    name: &'static str,
    properties: &'static [Property],
    expand: fn(&mut Expansion<'_>, &Event, &Target) -> Result<Vec<Generated>>,
}

const EVENTS: &[EventType] = &[
    EventType {
        name: "Schedule",
        properties: &[
            Property::required("Schedule", Shape::Text),
            Property::optional("Input", Shape::Text),
            Property::optional("Enabled", Shape::Bool),
            Property::optional("State", Shape::Text),
            Property::optional("Name", Shape::Text),
            Property::optional("Description", Shape::Text),
            Property::optional("DeadLetterConfig", Shape::Map),
            Property::optional("RetryPolicy", Shape::Map),
            Property::optional("Target", Shape::Map).literal(),
            Property::optional("RoleArn", Shape::Text).literal(),
        ],
        expand: schedule,
    },
    EventType {
        name: "Api",
        properties: &[
            Property::required("Path", Shape::Text),
            Property::required("Method", Shape::Text),
            Property::required("RestApiId", Shape::Text),
            Property::optional("Stage", Shape::Text),
            Property::optional("Auth", Shape::Map),
            Property::optional("UnescapeMappingTemplate", Shape::Bool).literal(),
        ],
        expand: rest::add_state_machine_event,
    },
    EventType { name: "ScheduleV2", properties: scheduler::PROPERTIES, expand: schedule_v2 },
    EventType { name: "CloudWatchEvent", properties: PATTERN_PROPERTIES, expand: pattern },
    EventType { name: "EventBridgeRule", properties: PATTERN_PROPERTIES, expand: pattern },
];

const PATTERN_PROPERTIES: &[Property] = &[
    Property::optional("EventBusName", Shape::Text),
    Property::optional("RuleName", Shape::Text),
    Property::optional("Pattern", Shape::Map),
    Property::optional("Input", Shape::Text),
    Property::optional("InputPath", Shape::Text),
    Property::optional("DeadLetterConfig", Shape::Map),
    Property::optional("RetryPolicy", Shape::Map),
    Property::optional("State", Shape::Text),
    Property::optional("Target", Shape::Map).literal(),
    Property::optional("InputTransformer", Shape::Map),
];

/// Expands all events of a state machine, in order. An event at fault is reported and left out.
pub(super) fn expand_all(ctx: &mut Expansion<'_>, events: Option<&Expr>, target: &Target) -> Vec<Generated> {
    let Some(events) = events.and_then(Expr::as_map) else { return Vec::new() };
    let mut generated = Vec::new();
    let order = rest::of_prepared_events(ctx, events);
    for entry in order.iter().filter_map(|key| events.entry(key)) {
        let origin = Origin {
            key_span: entry.key_span,
            span: entry.value.span,
            path: format!("{}.Properties.Events.{}", ctx.current.path, entry.key),
            ..ctx.current.clone()
        };
        if ctx.faulty.contains(&origin.path) {
            continue;
        }
        let expanded = ctx.within(origin, |ctx| {
            let (event, kind) = frame::read(ctx, &entry.key, &entry.value, &target.machine)?;
            let Some(event_type) = EVENTS.iter().find(|t| *t.name == *kind.0) else {
                let names = EVENTS.iter().map(|t| t.name);
                return Err(frame::unknown_type(ctx, &kind.0, kind.1, names, "a state machine"));
            };
            let owner = format!("the {} event {}", event_type.name, event.id);
            check(ctx, &event.properties, event_type.properties, &owner)?;
            (event_type.expand)(ctx, &event, target)
        });
        generated.extend(expanded.unwrap_or_default());
    }
    generated
}

fn schedule(ctx: &mut Expansion<'_>, event: &Event, target: &Target) -> Result<Vec<Generated>> {
    let mut rule = Map::new();
    copy_as(&event.properties, "Schedule", &mut rule, "ScheduleExpression");
    eventbridge::state(ctx, event, &mut rule)?;
    copy(&event.properties, "Name", &mut rule);
    copy(&event.properties, "Description", &mut rule);
    finish(ctx, event, target, rule)
}

fn pattern(ctx: &mut Expansion<'_>, event: &Event, target: &Target) -> Result<Vec<Generated>> {
    let mut rule = Map::new();
    copy(&event.properties, "EventBusName", &mut rule);
    copy_as(&event.properties, "Pattern", &mut rule, "EventPattern");
    copy_as(&event.properties, "RuleName", &mut rule, "Name");
    if event.get("State").is_some_and(Expr::is_truthy) {
        copy(&event.properties, "State", &mut rule);
    }
    finish(ctx, event, target, rule)
}

/// Adds the target, the role and the dead-letter queue.
fn finish(ctx: &mut Expansion<'_>, event: &Event, target: &Target, mut rule: Map) -> Result<Vec<Generated>> {
    let rule_arn = Expr::get_att(event.id.as_str(), "Arn");
    let mut generated = Vec::new();
    let role_arn = match event.get("RoleArn") {
        Some(given) => given.clone(),
        None => {
            let role = target.role(ctx, event, "events.amazonaws.com");
            let arn = Expr::get_att(&role.id, "Arn");
            generated.push(role);
            arn
        }
    };
    let queue = eventbridge::dead_letter_queue(ctx, event, &rule_arn, &target.attributes)?;
    let own_id = event.get("Target").and_then(Expr::as_map).and_then(|t| t.get("Id")).cloned();
    let id = own_id.unwrap_or_else(|| target_id(&event.id, "StepFunctionsTarget").into());
    let mut destination = Map::from([("Arn", target.arn()), ("Id", id), ("RoleArn", role_arn)]);
    copy(&event.properties, "Input", &mut destination);
    copy(&event.properties, "InputPath", &mut destination);
    if let Some(queue) = &queue {
        destination.insert("DeadLetterConfig", Expr::from([("Arn", queue.arn.clone())]));
    }
    copy(&event.properties, "RetryPolicy", &mut destination);
    copy(&event.properties, "InputTransformer", &mut destination);
    rule.insert("Targets", Expr::from([Expr::from(destination)]));
    let rule = Generated::new(event.id.as_str(), "AWS::Events::Rule", rule, ctx.current.clone())
        .attributes(&target.attributes);
    generated.extend(queue.into_iter().flat_map(|q| q.generated));
    Ok(std::iter::once(rule).chain(generated).collect())
}

fn schedule_v2(ctx: &mut Expansion<'_>, event: &Event, target: &Target) -> Result<Vec<Generated>> {
    let policy = start_policy(target.arn(), &event.id);
    scheduler::schedule(ctx, event, target.arn(), &target.attributes, Some(policy))
}
