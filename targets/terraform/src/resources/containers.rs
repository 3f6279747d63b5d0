//! Containers of tasks and jobs, which are JSON as the service has it, and clusters that they run in.

use samc_ir::Expr;

use super::{given, items, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};

/// Members of a container whose keys are the user's own.
const FREE: &[&str] = &["DockerLabels", "DriverOpts", "Labels", "Options"];

/// Members of a container that are whole numbers: templates may have them as text, the service may not.
/// Source: `ContainerDefinition` in the reference of ECS and `ContainerProperties` in that of Batch, 2025-06; so are the two below.
const NUMBERS: &[&str] = &[
    "ContainerPort",
    "Cpu",
    "HardLimit",
    "HostPort",
    "Interval",
    "MaxSwap",
    "Memory",
    "MemoryReservation",
    "Retries",
    "SharedMemorySize",
    "Size",
    "SoftLimit",
    "StartPeriod",
    "StartTimeout",
    "StopTimeout",
    "Swappiness",
    "Timeout",
    "Vcpus",
];

/// Members of a container that are true or false.
const TRUTHS: &[&str] = &[
    "DisableNetworking",
    "Essential",
    "InitProcessEnabled",
    "Interactive",
    "Privileged",
    "PseudoTerminal",
    "ReadOnly",
    "ReadonlyRootFilesystem",
];

impl Context<'_> {
    /// A value as JSON text for a service that takes its own words rather than CloudFormation's.
    pub(crate) fn service_words(&self, expr: &Expr) -> Value {
        Value::Call("jsonencode", vec![service_words(self, self.value(expr), "")])
    }
}

/// `AWS::ECS::Cluster` with what gives it capacity.
pub(crate) fn cluster(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &[])?];
    let (providers, strategy) =
        (given(&map, "CapacityProviders"), given(&map, "DefaultCapacityProviderStrategy"));
    if providers.is_none() && strategy.is_none() {
        return Some(blocks);
    }
    let mut block = satellite(context, site.plan, "aws_ecs_cluster_capacity_providers", "", None);
    block.set("cluster_name", Value::code(context.attribute(site.plan, "name")));
    if let Some(providers) = providers {
        block.set("capacity_providers", context.value(providers));
    }
    if let Some(strategy) = strategy {
        let path = "DefaultCapacityProviderStrategy";
        for item in context
            .within(path, || items(context, strategy).filter(|l| l.iter().all(|i| i.condition.is_none())))?
        {
            let mut inner = Block::new("default_capacity_provider_strategy", &[]);
            for (key, value) in item.expr.as_map()?.iter() {
                let name = match &**key {
                    "Base" => "base",
                    "CapacityProvider" => "capacity_provider",
                    "Weight" => "weight",
                    _ => return context.within(path, || None),
                };
                inner.set(name, context.value(value));
            }
            block.push(inner);
        }
    }
    blocks.push(block);
    Some(blocks)
}

/// The same with keys that begin small, numbers that are numbers and texts that are text.
fn service_words(context: &Context<'_>, value: Value, key: &str) -> Value {
    let each = |value: Value| service_words(context, value, key);
    match value {
        Value::Object(members) if FREE.contains(&key) => {
            Value::Object(members.into_iter().map(|(key, value)| (key, text(value))).collect())
        }
        Value::Object(members) => {
            let member = |(key, value): (String, Value)| (small(&key), service_words(context, value, &key));
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(each).collect()),
        Value::Present(inner) => Value::Present(Box::new(each(*inner))),
        Value::Cond(condition, then, otherwise) => {
            Value::Cond(condition, Box::new(each(*then)), Box::new(each(*otherwise)))
        }
        Value::Call(name @ ("jsondecode" | "jsonencode"), arguments) => {
            Value::Call(name, arguments.into_iter().map(each).collect())
        }
        Value::Null => Value::Null,
        scalar if NUMBERS.contains(&key) => number(context, scalar),
        scalar if TRUTHS.contains(&key) => match scalar.as_literal().and_then(|text| text.parse().ok()) {
            Some(truth) => Value::Bool(truth),
            None => scalar,
        },
        scalar => text(scalar),
    }
}

/// `PortMappings` as `portMappings`.
fn small(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// A scalar as text, as CloudFormation hands it over.
fn text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::text(number),
        Value::Bool(truth) => Value::text(truth.to_string()),
        other => other,
    }
}

/// A number from its digits, whoever has them.
fn number(context: &Context<'_>, value: Value) -> Value {
    match value {
        Value::Number(_) => value,
        Value::Code(code) if context.is_number(&code) => Value::Code(code),
        value => match value.as_literal().map(str::trim) {
            Some(digits) if digits.parse::<i64>().is_ok() => Value::Number(digits.to_owned()),
            _ => Value::Call("tonumber", vec![value]),
        },
    }
}
