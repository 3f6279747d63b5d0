//! Policies of scaling, which name what they scale in one word or in three.

use super::{given, properties};
use crate::context::{Context, How};
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

/// `AWS::ApplicationAutoScaling::ScalingPolicy`.
pub(crate) fn policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let path = "ScalingTargetId";
    let mut block = main(context, site, &[path])?;
    let Some(target) = given(&map, path) else { return Some(vec![block]) };
    let names = ["resource_id", "scalable_dimension", "service_namespace"];
    let plan = target.as_ref_to().and_then(|id| context.plans.get(id));
    let values: Vec<Value> = match plan {
        Some(plan) if matches!(plan.how, How::Native(_)) => {
            names.iter().map(|name| Value::code(context.attribute(plan, name))).collect()
        }
        // `service/cluster/name|ecs:service:DesiredCount|ecs`.
        _ => {
            let value = context.value(target);
            value.as_literal().unwrap_or_default().split('|').map(Value::text).collect()
        }
    };
    if values.len() != names.len() {
        return context.lacks(Reason::Form(path.to_owned()));
    }
    for (name, value) in names.into_iter().zip(values) {
        if !block.has(name) {
            block.set(name, value);
        }
    }
    Some(vec![block])
}
