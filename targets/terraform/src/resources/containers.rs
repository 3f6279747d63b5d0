//! Tasks of containers, whose containers are JSON as the service has it.

use super::{given, properties};
use crate::context::{Context, Shape};
use crate::hcl::{Block, Value};
use crate::native::{Site, main};

/// Members of a container whose keys are the user's own.
const FREE: &[&str] = &["DockerLabels", "DriverOpts", "Labels", "Options"];

/// Members of a container that are whole numbers: templates may have them as text, the service may not.
/// Source: `ContainerDefinition` in the reference of ECS, 2025-06; so are the two below.
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

/// `AWS::ECS::TaskDefinition`.
pub(crate) fn task(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["ContainerDefinitions"])?;
    if let Some(containers) = given(&map, "ContainerDefinitions") {
        let containers = service_words(context, context.value(containers), "");
        block.set("container_definitions", Value::Call("jsonencode", vec![containers]));
    }
    Some(vec![block])
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
    let is_number = |code: &str| {
        context.variables.values().any(|variable| variable.code == code && variable.shape == Shape::Number)
    };
    match value {
        Value::Number(_) => value,
        Value::Code(code) if is_number(&code) => Value::Code(code),
        value => match value.as_literal().map(str::trim) {
            Some(digits) if digits.parse::<i64>().is_ok() => Value::Number(digits.to_owned()),
            _ => Value::Call("tonumber", vec![value]),
        },
    }
}
