//! Messages of a topic, directly or through a queue.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::permission::{self, Restriction};
use super::{Event, EventType, LambdaTarget, pull};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::intrinsics::logical_id_of;
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;

/// Messages of an SNS topic.
pub(super) const SNS: EventType = EventType {
    name: "SNS",
    properties: &[
        Property::required("Topic", Shape::Text),
        Property::optional("Region", Shape::Text),
        Property::pass("FilterPolicy"),
        Property::pass("FilterPolicyScope"),
        Property::optional("SqsSubscription", Shape::OneOf(&[Shape::Bool, Shape::Map])),
        Property::optional("RedrivePolicy", Shape::Map),
    ],
    expand,
};

fn expand(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let topic = event.get("Topic").cloned().unwrap_or_else(Expr::null);
    let Some(through) = event.get("SqsSubscription").filter(|s| s.is_truthy()) else {
        let restriction = Restriction { source_arn: Some(topic.clone()), ..Restriction::default() };
        let permission = permission::invoke(
            ctx,
            format!("{}Permission", event.id),
            target,
            "sns.amazonaws.com",
            restriction,
        );
        return Ok(vec![permission, subscription(ctx, event, target, "lambda", target.arn(), topic)]);
    };
    if through.as_bool() == Some(true) {
        return Ok(through_own_queue(ctx, event, target, role, topic));
    }
    through_given_queue(ctx, event, target, role, topic, through)
}

fn through_own_queue(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
    topic: Expr,
) -> Vec<Generated> {
    let mut properties = Map::new();
    // A topic that keeps order delivers only to queues that do.
    let fifo = logical_id_of(&topic)
        .filter(|_| topic.is_call())
        .and_then(|id| ctx.output.get(id))
        .and_then(|t| t.property("FifoTopic").cloned());
    if let Some(fifo) = fifo.map(|f| ctx.resolve(&f)).filter(Expr::is_truthy) {
        properties.insert("FifoQueue", fifo);
    }
    let queue_id = format!("{}Queue", event.id);
    let queue = Generated::new(queue_id.as_str(), "AWS::SQS::Queue", properties, ctx.current.clone())
        .attributes(&target.attributes);
    let arn = Expr::get_att(queue_id.as_str(), "Arn");
    let policy_id = format!("{}QueuePolicy", event.id);
    let policy = queue_policy(ctx, policy_id, target, &topic, arn.clone(), Expr::reference(queue_id));
    let mapping_id = format!("{}EventSourceMapping", event.id);
    let mapping = pull::queue_mapping(ctx, mapping_id, target, role, arn.clone(), 10.into());
    let subscription = subscription(ctx, event, target, "sqs", arn, topic);
    vec![mapping, queue, policy, subscription]
}

fn through_given_queue(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
    topic: Expr,
    through: &Expr,
) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let settings = through.as_map().unwrap_or(&empty);
    let part = |name: &str| settings.get(name).filter(|v| v.is_truthy()).cloned();
    let (Some(arn), Some(url)) = (part("QueueArn"), part("QueueUrl")) else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!(
                    "SqsSubscription of {} needs QueueArn and QueueUrl, or `true` for a queue of its own",
                    event.key
                ),
            )
            .at(through.span.or(event.properties.key_span("SqsSubscription")), "one of the two is missing"),
        ));
    };
    let policy_id = part("QueuePolicyLogicalId").and_then(|id| id.as_str().map(str::to_owned));
    let policy_id = policy_id.unwrap_or_else(|| format!("{}QueuePolicy", event.id));
    let policy = queue_policy(ctx, policy_id, target, &topic, arn.clone(), url);
    let batch = part("BatchSize").unwrap_or_else(|| 10.into());
    let mapping_id = format!("{}EventSourceMapping", event.id);
    let mapping = pull::queue_mapping(ctx, mapping_id, target, role, arn.clone(), batch);
    Ok(vec![mapping, policy, subscription(ctx, event, target, "sqs", arn, topic)])
}

fn queue_policy(
    ctx: &Expansion<'_>,
    id: String,
    target: &LambdaTarget,
    topic: &Expr,
    queue: Expr,
    url: Expr,
) -> Generated {
    let statement = Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from("*")),
        ("Action", Expr::from("sqs:SendMessage")),
        ("Resource", queue),
        ("Condition", Expr::from([("ArnEquals", Expr::from([("aws:SourceArn", topic.clone())]))])),
    ]);
    let document =
        Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", Expr::from([statement]))]);
    let properties = Map::from([("PolicyDocument", document), ("Queues", Expr::from([url]))]);
    Generated::new(id, "AWS::SQS::QueuePolicy", properties, ctx.current.clone())
        .attributes(&target.attributes)
}

fn subscription(
    ctx: &Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    protocol: &str,
    endpoint: Expr,
    topic: Expr,
) -> Generated {
    let mut properties =
        Map::from([("Endpoint", endpoint), ("Protocol", Expr::from(protocol)), ("TopicArn", topic)]);
    for name in ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"] {
        copy(&event.properties, name, &mut properties);
    }
    Generated::new(event.id.as_str(), "AWS::SNS::Subscription", properties, ctx.current.clone())
        .attributes(&target.attributes)
}
