//! Events that Lambda polls for: an event source mapping each.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::{Event, EventType, LambdaTarget};
use crate::sam::arn;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;

/// Messages of an SQS queue.
pub(super) const SQS: EventType = EventType { name: "SQS", properties: SQS_PROPERTIES, expand: sqs };

const SQS_PROPERTIES: &[Property] = &[
    Property::required("Queue", Shape::Text),
    Property::optional("BatchSize", Shape::Int),
    Property::optional("Enabled", Shape::Bool),
    Property::optional("MaximumBatchingWindowInSeconds", Shape::Int),
    Property::optional("FunctionResponseTypes", Shape::List),
    Property::optional("FilterCriteria", Shape::Map),
    Property::pass("KmsKeyArn"),
    Property::optional("ScalingConfig", Shape::Map),
];

fn sqs(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    role.add_managed(arn::managed_policy(ctx, "service-role/AWSLambdaSQSQueueExecutionRole"));
    let queue = event.get("Queue").cloned();
    mapping(ctx, event, target, queue)
}

fn mapping(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    source: Option<Expr>,
) -> Result<Vec<Generated>> {
    let Some(source) = source else {
        return Err(ctx.report(Diagnostic::error(codes::MISSING_PROPERTY, "the event names no source")));
    };
    let mut made = Map::from([("FunctionName", target.name()), ("EventSourceArn", source)]);
    for name in [
        "BatchSize",
        "Enabled",
        "FilterCriteria",
        "FunctionResponseTypes",
        "KmsKeyArn",
        "MaximumBatchingWindowInSeconds",
        "ScalingConfig",
    ] {
        copy(&event.properties, name, &mut made);
    }
    let id = event.id.as_str();
    Ok(vec![
        Generated::new(id, "AWS::Lambda::EventSourceMapping", made, ctx.current.clone())
            .attributes(&target.attributes),
    ])
}
