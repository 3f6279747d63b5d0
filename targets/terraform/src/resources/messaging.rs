//! Topics, queues and their policies.

use samc_ir::Expr;

use super::{given, items, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Item, Part, Value};
use crate::native::{Site, main};

/// Gives a name that is made up the ending that first-in-first-out things must have.
fn fifo(block: &mut Block, is_fifo: bool, name: Option<&Expr>) {
    if !is_fifo || name.is_some() {
        return;
    }
    for item in &mut block.items {
        if let Item::Argument(key, Value::Text(parts)) = item
            && key == "name"
        {
            parts.push(Part::Lit(".fifo".to_owned()));
        }
    }
}

fn is_true(value: Option<&Expr>) -> bool {
    value.is_some_and(|v| v.as_bool() == Some(true) || v.as_str() == Some("true"))
}

/// `AWS::SQS::Queue`.
pub(crate) fn queue(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &[])?;
    fifo(&mut block, is_true(map.get("FifoQueue")), given(&map, "QueueName"));
    Some(vec![block])
}

/// `AWS::SNS::Topic` with its subscriptions.
pub(crate) fn topic(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["Subscription"])?;
    fifo(&mut block, is_true(map.get("FifoTopic")), given(&map, "TopicName"));
    let mut blocks = vec![block];
    if let Some(list) = given(&map, "Subscription") {
        for (i, item) in items(context, list)?.into_iter().enumerate() {
            let subscription = item.expr.as_map()?;
            let suffix = format!("{}", i + 1);
            let condition = item.condition.as_deref();
            let mut block = satellite(context, site.plan, "aws_sns_topic_subscription", &suffix, condition);
            block.set("topic_arn", Value::code(context.attribute(site.plan, "arn")));
            block.set("protocol", context.value(subscription.get("Protocol")?));
            block.set("endpoint", context.value(subscription.get("Endpoint")?));
            blocks.push(block);
        }
    }
    Some(blocks)
}

/// One policy for each thing that it is of.
fn each(
    context: &Context<'_>,
    site: &Site<'_>,
    key: &str,
    argument: &str,
    document: fn(&Expr) -> Expr,
) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    if map.keys().any(|k| &**k != key && &**k != "PolicyDocument") {
        return None;
    }
    let policy = document(map.get("PolicyDocument")?);
    let mut blocks: Vec<Block> = Vec::new();
    for item in items(context, map.get(key)?)? {
        // The first has the name of the resource itself, which others may depend on.
        let suffix = if blocks.is_empty() { String::new() } else { format!("{}", blocks.len() + 1) };
        let mut block = satellite(context, site.plan, &site.mapping.to, &suffix, item.condition.as_deref());
        block.set(argument, context.value(item.expr));
        block.set("policy", context.json(&policy));
        blocks.push(block);
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// `AWS::SQS::QueuePolicy`.
pub(crate) fn queue_policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    each(context, site, "Queues", "queue_url", |policy| {
        let mut policy = policy.clone();
        if let Some(map) = policy.as_map_mut()
            && !map.contains_key("Version")
        {
            // A queue without it gets the version of 2012 from the service, and would differ for ever.
            map.insert("Version", "2012-10-17");
        }
        policy
    })
}

/// `AWS::SNS::TopicPolicy`.
pub(crate) fn topic_policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    each(context, site, "Topics", "arn", Expr::clone)
}
