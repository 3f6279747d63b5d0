//! Rules of event buses: each target is a resource of its own.

use samc_ir::Map;

use super::{given, items, properties, satellite, suffix_of};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};

/// `AWS::Events::Rule`.
pub(crate) fn rule(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["Targets"])?];
    let Some(targets) = given(&map, "Targets") else { return Some(blocks) };
    let targets = items(context, targets)?;
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
        fill(context, &mut block, target)?;
        blocks.push(block);
    }
    Some(blocks)
}

fn fill(context: &Context<'_>, block: &mut Block, target: &Map) -> Option<()> {
    let mut inner = Vec::new();
    for (key, value) in target.iter().filter(|(_, value)| !value.is_no_value()) {
        let rows: &[(&str, &str)] = match &**key {
            "Id" => {
                block.set("target_id", context.value(value));
                continue;
            }
            "Arn" | "RoleArn" | "Input" | "InputPath" => {
                block.set(crate::names::snake(key), context.value(value));
                continue;
            }
            "InputTransformer" => &[("InputPathsMap", "input_paths"), ("InputTemplate", "input_template")],
            "DeadLetterConfig" => &[("Arn", "arn")],
            "RetryPolicy" => &[
                ("MaximumEventAgeInSeconds", "maximum_event_age_in_seconds"),
                ("MaximumRetryAttempts", "maximum_retry_attempts"),
            ],
            "SqsParameters" => &[("MessageGroupId", "message_group_id")],
            "KinesisParameters" => &[("PartitionKeyPath", "partition_key_path")],
            "HttpParameters" => &[
                ("HeaderParameters", "header_parameters"),
                ("PathParameterValues", "path_parameter_values"),
                ("QueryStringParameters", "query_string_parameters"),
            ],
            _ => return None,
        };
        let name = match &**key {
            "InputTransformer" => "input_transformer",
            "DeadLetterConfig" => "dead_letter_config",
            "RetryPolicy" => "retry_policy",
            "SqsParameters" => "sqs_target",
            "KinesisParameters" => "kinesis_target",
            _ => "http_target",
        };
        let map = value.as_map()?;
        let mut made = Block::new(name, &[]);
        for (key, value) in map.iter().filter(|(_, value)| !value.is_no_value()) {
            let (_, argument) = rows.iter().find(|(from, _)| *from == &**key)?;
            made.set(*argument, context.value(value));
        }
        inner.push(made);
    }
    inner.into_iter().for_each(|made| {
        block.push(made);
    });
    Some(())
}
