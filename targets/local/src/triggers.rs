//! What starts functions, routes aside.

use samc_ir::{Expr, Map};
use samc_schema::manifest::{Input, InputTransformer, Source, Target, Trigger};
use serde_json::Value;

use crate::functions::target;
use crate::world::{World, as_text, resource_of};

/// Every trigger, in the order of the graph.
pub(crate) fn all(world: &World<'_>) -> Vec<Trigger> {
    let mut found = Vec::new();
    for (id, resource) in &world.graph.resources {
        let Some(properties) = resource.properties_map().filter(|_| world.is_there(id)) else { continue };
        match &*resource.resource_type {
            "AWS::Lambda::EventSourceMapping" => found.extend(mapping(world, id, properties)),
            "AWS::SNS::Subscription" => found.extend(subscription(world, id, properties)),
            "AWS::SNS::Topic" => subscriptions_of_topic(world, id, properties, &mut found),
            "AWS::S3::Bucket" => notifications(world, id, properties, &mut found),
            "AWS::Events::Rule" => rule(world, id, properties, &mut found),
            "AWS::Scheduler::Schedule" => found.extend(schedule(world, id, properties)),
            _ => {}
        }
    }
    found
}

/// A list of mappings under a key.
fn maps<'e>(world: &World<'_>, map: &'e Map, key: &str) -> Vec<&'e Map> {
    let list = map.get(key).and_then(|value| world.chosen(value)?.as_list()).unwrap_or_default();
    list.iter().filter_map(|item| world.chosen(item)?.as_map()).collect()
}

/// A mapping under a key.
fn map<'e>(world: &World<'_>, map: &'e Map, key: &str) -> Option<&'e Map> {
    world.chosen(map.get(key)?)?.as_map()
}

/// The logical id of what a value leads to, else the value as text.
fn named(world: &World<'_>, value: &Expr, types: &[&str]) -> Option<String> {
    match resource_of(world.graph, value, types) {
        Some(id) => Some(id.to_string()),
        None => world.text(value).ok().flatten(),
    }
}

fn count(world: &World<'_>, properties: &Map, key: &str, default: u32) -> u32 {
    world.number(properties, key).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
}

/// Defaults: CreateEventSourceMapping in the API reference of Lambda.
fn mapping(world: &World<'_>, id: &str, properties: &Map) -> Option<Trigger> {
    let function = samc_ir::function_of(world.graph, properties.get("FunctionName")?)?;
    let arn = properties.get("EventSourceArn")?;
    let filters = map(world, properties, "FilterCriteria")
        .map(|criteria| maps(world, criteria, "Filters"))
        .unwrap_or_default()
        .iter()
        .filter_map(|filter| serde_json::from_str(&world.property(filter, "Pattern")?).ok())
        .collect();
    let partial_responses =
        world.texts(properties, "FunctionResponseTypes").iter().any(|t| t == "ReportBatchItemFailures");
    let enabled = properties.get("Enabled").is_none() || world.flag(properties, "Enabled");
    let window_seconds = world.number(properties, "MaximumBatchingWindowInSeconds").unwrap_or(0);
    let text = || world.text(arn).ok().flatten().unwrap_or_default();
    let streams = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Kinesis::Stream"];
    let source = if let Some(stream) = resource_of(world.graph, arn, &streams) {
        let table = world.graph.resources.get(&stream)?.resource_type != *"AWS::Kinesis::Stream";
        Some((stream.to_string(), table))
    } else if text().starts_with("arn:aws:dynamodb:") {
        Some((text(), true))
    } else if text().starts_with("arn:aws:kinesis:") {
        Some((text(), false))
    } else {
        None
    };
    let source = match source {
        Some((stream, table)) => Source::Stream {
            stream,
            table,
            batch_size: count(world, properties, "BatchSize", 100),
            window_seconds,
            start: world.property(properties, "StartingPosition").unwrap_or_else(|| "LATEST".to_owned()),
            parallel: count(world, properties, "ParallelizationFactor", 1),
            partial_responses,
            bisect: world.flag(properties, "BisectBatchOnFunctionError"),
            retries: world.number(properties, "MaximumRetryAttempts").and_then(|n| u32::try_from(n).ok()),
            on_failure: map(world, properties, "DestinationConfig")
                .and_then(|d| map(world, d, "OnFailure")?.get("Destination"))
                .map(|arn| target(world, arn)),
            filters,
            enabled,
        },
        None => Source::Sqs {
            queue: match resource_of(world.graph, arn, &["AWS::SQS::Queue"]) {
                Some(id) => id.to_string(),
                // Brokers and clusters have mappings as well.
                None => Some(text()).filter(|arn| arn.starts_with("arn:aws:sqs:"))?,
            },
            batch_size: count(world, properties, "BatchSize", 10),
            window_seconds,
            partial_responses,
            concurrency: map(world, properties, "ScalingConfig")
                .and_then(|s| u32::try_from(world.number(s, "MaximumConcurrency")?).ok()),
            filters,
            enabled,
        },
    };
    Some(Trigger { id: id.to_owned(), target: Target::Function(function.to_string()), source })
}

fn sns(world: &World<'_>, topic: String, properties: &Map) -> Source {
    Source::Sns {
        topic,
        filter: properties.get("FilterPolicy").and_then(|f| world.value(f).ok()?).unwrap_or(Value::Null),
        filter_on_body: world.property(properties, "FilterPolicyScope").as_deref() == Some("MessageBody"),
        raw: world.flag(properties, "RawMessageDelivery"),
        dead_letters: dead_letters(world, properties, "RedrivePolicy", "deadLetterTargetArn"),
    }
}

/// Where goes what a target does not take.
fn dead_letters(world: &World<'_>, properties: &Map, key: &str, arn: &str) -> Option<Target> {
    Some(target(world, map(world, properties, key)?.get(arn)?))
}

/// Whether a subscription is one of a function or a queue: mail and telephones do not ring locally.
fn is_delivered(world: &World<'_>, properties: &Map) -> bool {
    matches!(world.property(properties, "Protocol").as_deref(), Some("lambda" | "sqs"))
}

fn subscription(world: &World<'_>, id: &str, properties: &Map) -> Option<Trigger> {
    if !is_delivered(world, properties) {
        return None;
    }
    let topic = named(world, properties.get("TopicArn")?, &["AWS::SNS::Topic"])?;
    let target = target(world, properties.get("Endpoint")?);
    Some(Trigger { id: id.to_owned(), target, source: sns(world, topic, properties) })
}

fn subscriptions_of_topic(world: &World<'_>, id: &str, properties: &Map, found: &mut Vec<Trigger>) {
    for subscription in maps(world, properties, "Subscription") {
        if let (true, Some(endpoint)) = (is_delivered(world, subscription), subscription.get("Endpoint")) {
            let source = sns(world, id.to_owned(), subscription);
            found.push(Trigger { id: id.to_owned(), target: target(world, endpoint), source });
        }
    }
}

fn notifications(world: &World<'_>, id: &str, properties: &Map, found: &mut Vec<Trigger>) {
    const KINDS: [(&str, &str); 3] = [
        ("LambdaConfigurations", "Function"),
        ("QueueConfigurations", "Queue"),
        ("TopicConfigurations", "Topic"),
    ];
    let Some(configuration) = map(world, properties, "NotificationConfiguration") else { return };
    for (list, key) in KINDS {
        for one in maps(world, configuration, list) {
            let Some(arn) = one.get(key) else { continue };
            let rules = map(world, one, "Filter")
                .and_then(|filter| map(world, filter, "S3Key"))
                .map(|key| maps(world, key, "Rules"))
                .unwrap_or_default();
            let rule = |wanted: &str| {
                let rule = rules.iter().find(|r| {
                    world.property(r, "Name").is_some_and(|name| name.eq_ignore_ascii_case(wanted))
                });
                rule.and_then(|r| world.property(r, "Value")).unwrap_or_default()
            };
            let source = Source::S3 {
                bucket: id.to_owned(),
                events: world.texts(one, "Event"),
                prefix: rule("prefix"),
                suffix: rule("suffix"),
            };
            found.push(Trigger { id: id.to_owned(), target: target(world, arn), source });
        }
    }
}

fn rule(world: &World<'_>, id: &str, properties: &Map, found: &mut Vec<Trigger>) {
    let enabled = world.property(properties, "State").is_none_or(|state| state != "DISABLED");
    let bus = properties
        .get("EventBusName")
        .and_then(|bus| named(world, bus, &["AWS::Events::EventBus"]))
        .unwrap_or_else(|| "default".to_owned());
    let pattern = properties.get("EventPattern").and_then(|pattern| world.value(pattern).ok()?);
    // CloudFormation takes JSON as text too.
    let pattern = pattern.map(|pattern| {
        let read = pattern.as_str().and_then(|text| serde_json::from_str(text).ok());
        read.unwrap_or(pattern)
    });
    let expression = world.property(properties, "ScheduleExpression");
    for one in maps(world, properties, "Targets") {
        let Some(arn) = one.get("Arn") else { continue };
        let target = target(world, arn);
        let input = input(world, one);
        let dead_letters = dead_letters(world, one, "DeadLetterConfig", "Arn");
        if let Some(expression) = &expression {
            let source = Source::Schedule {
                expression: expression.clone(),
                timezone: None,
                input: input.clone(),
                rule: true,
                enabled,
                dead_letters: dead_letters.clone(),
            };
            found.push(Trigger { id: id.to_owned(), target: target.clone(), source });
        }
        if let Some(pattern) = &pattern {
            let (bus, pattern) = (bus.clone(), pattern.clone());
            let source = Source::Event { bus, pattern, input, enabled, dead_letters };
            found.push(Trigger { id: id.to_owned(), target, source });
        }
    }
}

fn input(world: &World<'_>, target: &Map) -> Input {
    if let Some(text) = world.property(target, "Input") {
        return Input::Constant(text);
    }
    if let Some(path) = world.property(target, "InputPath") {
        return Input::Path(path);
    }
    let Some(transformer) = map(world, target, "InputTransformer") else { return Input::Event };
    let paths = transformer.get("InputPathsMap").and_then(|paths| world.value(paths).ok()?);
    let paths = paths.as_ref().and_then(Value::as_object).into_iter().flatten();
    Input::Transformer(InputTransformer {
        paths: paths.filter_map(|(name, path)| Some((name.clone(), as_text(path)?))).collect(),
        template: world.property(transformer, "InputTemplate").unwrap_or_default(),
    })
}

fn schedule(world: &World<'_>, id: &str, properties: &Map) -> Option<Trigger> {
    let one = map(world, properties, "Target")?;
    let source = Source::Schedule {
        expression: world.property(properties, "ScheduleExpression")?,
        timezone: world.property(properties, "ScheduleExpressionTimezone"),
        input: world.property(one, "Input").map_or(Input::Event, Input::Constant),
        rule: false,
        enabled: world.property(properties, "State").is_none_or(|state| state != "DISABLED"),
        dead_letters: dead_letters(world, one, "DeadLetterConfig", "Arn"),
    };
    Some(Trigger { id: id.to_owned(), target: target(world, one.get("Arn")?), source })
}
