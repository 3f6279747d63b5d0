//! Rules of event buses: each target is a resource of its own.

use super::{given, items, properties, satellite, suffix_of};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main, part};

/// `AWS::Events::Rule`.
pub(crate) fn rule(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["Targets"])?];
    let Some(targets) = given(&map, "Targets") else { return Some(blocks) };
    let targets = context.within("Targets", || items(context, targets))?;
    let is_one = targets.len() == 1;
    for (i, item) in targets.into_iter().enumerate() {
        let target = item.expr.as_map()?;
        let suffix = match is_one {
            true => String::new(),
            false => suffix_of(context, target.get("Id"), i, "target"),
        };
        let condition = item.condition.as_deref();
        let mut block = satellite(context, site.plan, "aws_cloudwatch_event_target", &suffix, condition);
        block.set("rule", Value::code(context.attribute(site.plan, "name")));
        if let Some(bus) = given(&map, "EventBusName") {
            block.set("event_bus_name", context.value(bus));
        }
        part(context, site, "Targets", &mut block, target, &[])?;
        blocks.push(block);
    }
    Some(blocks)
}
