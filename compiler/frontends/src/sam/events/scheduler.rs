//! Schedules of EventBridge Scheduler, for functions and state machines.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::{Event, EventType, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;
use crate::sam::{eventbridge, policy_documents};

/// A schedule kept by EventBridge Scheduler.
pub(super) const SCHEDULE_V2: EventType =
    EventType { name: "ScheduleV2", properties: PROPERTIES, expand: for_function };

/// The properties of the event, whatever it starts.
pub(crate) const PROPERTIES: &[Property] = &[
    Property::optional("PermissionsBoundary", Shape::Text),
    Property::required("ScheduleExpression", Shape::Text),
    Property::optional("FlexibleTimeWindow", Shape::Map),
    Property::optional("Name", Shape::Text),
    Property::optional("State", Shape::Text),
    Property::optional("Description", Shape::Text),
    Property::optional("StartDate", Shape::Text),
    Property::optional("EndDate", Shape::Text),
    Property::optional("ScheduleExpressionTimezone", Shape::Text),
    Property::optional("GroupName", Shape::Text),
    Property::optional("KmsKeyArn", Shape::Text),
    Property::optional("Input", Shape::Text),
    Property::optional("RoleArn", Shape::Text),
    Property::optional("DeadLetterConfig", Shape::Map),
    Property::optional("RetryPolicy", Shape::Map),
    Property::optional("OmitName", Shape::Bool).literal(),
];

fn for_function(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let policy = policy_documents::send_to("Lambda", target.arn(), &event.id);
    schedule(ctx, event, target.arn(), &target.attributes, policy)
}

/// The schedule, its dead-letter queue and its role. `policy` lets the role start the target.
pub(crate) fn schedule(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: Expr,
    attributes: &Map,
    policy: Option<Expr>,
) -> Result<Vec<Generated>> {
    let mut made = Map::new();
    copy(&event.properties, "ScheduleExpression", &mut made);
    let given = |name: &str| event.get(name).filter(|v| v.is_truthy());
    if given("State").is_some() {
        copy(&event.properties, "State", &mut made);
    }
    match (given("OmitName"), given("Name")) {
        (Some(_), Some(name)) => {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("the schedule {} has a Name, and OmitName that leaves it out", event.key),
                )
                .at(name.span.or(event.span), "take one of the two out")
                .label(event.properties.key_span("OmitName"), "the other"),
            ));
        }
        (Some(_), None) => {}
        (None, Some(name)) => {
            made.insert("Name", name.clone());
        }
        (None, None) => {
            made.insert("Name", event.id.as_str());
        }
    }
    copy(&event.properties, "Description", &mut made);
    let window = given("FlexibleTimeWindow").cloned().unwrap_or_else(|| Expr::from([("Mode", "OFF")]));
    made.insert("FlexibleTimeWindow", window);
    for name in ["StartDate", "EndDate", "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn"] {
        copy(&event.properties, name, &mut made);
    }
    let queue = eventbridge::dead_letter_queue_alone(ctx, event, attributes)?;
    let mut generated = Vec::new();
    let role_arn = match given("RoleArn") {
        Some(arn) => arn.clone(),
        None => {
            let mut policies: Vec<Expr> = policy.into_iter().collect();
            if let Some(queue) = &queue {
                policies.extend(policy_documents::send_to("SQS", queue.arn.clone(), &event.id));
            }
            let mut role = Map::from([
                ("AssumeRolePolicyDocument", policy_documents::assume_role("scheduler.amazonaws.com")),
                ("Policies", policies.into()),
            ]);
            if given("PermissionsBoundary").is_some() {
                copy(&event.properties, "PermissionsBoundary", &mut role);
            }
            let id = format!("{}Role", event.id);
            let role = Generated::new(id, "AWS::IAM::Role", role, ctx.current.clone()).attributes(attributes);
            let arn = Expr::get_att(&role.id, "Arn");
            generated.push(role);
            arn
        }
    };
    let mut destination = Map::from([("Arn", target), ("RoleArn", role_arn)]);
    copy(&event.properties, "Input", &mut destination);
    if let Some(queue) = &queue {
        destination.insert("DeadLetterConfig", Expr::from([("Arn", queue.arn.clone())]));
    }
    copy(&event.properties, "RetryPolicy", &mut destination);
    made.insert("Target", destination);
    let schedule = Generated::new(event.id.as_str(), "AWS::Scheduler::Schedule", made, ctx.current.clone())
        .attributes(attributes);
    let queues = queue.map(|q| q.generated).unwrap_or_default();
    Ok(std::iter::once(schedule).chain(queues).chain(generated).collect())
}
