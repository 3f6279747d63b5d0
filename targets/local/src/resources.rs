//! Queues, topics, buses, buckets, tables and streams.

use indexmap::IndexMap;
use samc_base::LogicalId;
use samc_ir::{Expr, Map, Resource as GraphResource};
use samc_schema::manifest::{DeadLetters, Resource};
use serde_json::Value;

use crate::world::{World, resource_of};

/// What has an equal locally, by logical id.
pub(crate) fn all(world: &World<'_>) -> IndexMap<String, Resource> {
    let there = world.graph.resources.iter().filter(|(id, _)| world.is_there(id));
    there.filter_map(|(id, resource)| Some((id.to_string(), of(world, id, resource)?))).collect()
}

fn of(world: &World<'_>, id: &LogicalId, resource: &GraphResource) -> Option<Resource> {
    let name = world.name(id);
    let nothing = Map::new();
    let properties = resource.properties_map().unwrap_or(&nothing);
    Some(match &*resource.resource_type {
        "AWS::SQS::Queue" => queue(world, name, properties),
        "AWS::SNS::Topic" => Resource::Topic {
            name,
            fifo: world.flag(properties, "FifoTopic"),
            content_based_deduplication: world.flag(properties, "ContentBasedDeduplication"),
        },
        "AWS::Events::EventBus" => Resource::Bus { name },
        "AWS::S3::Bucket" => bucket(world, name, properties),
        "AWS::Kinesis::Stream" => Resource::Stream { shards: shards(world, properties), name },
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => table(world, name, properties),
        _ => return None,
    })
}

/// The shards of a stream; one on demand begins with four.
///
/// Source: `ShardCount` of AWS::Kinesis::Stream, and "Choose the right mode" in the guide of Kinesis: on demand a
/// new stream takes 4 MB in a second, and a shard takes 1 MB.
fn shards(world: &World<'_>, properties: &Map) -> u32 {
    const ON_DEMAND: u32 = 4;
    let given = world.number(properties, "ShardCount").and_then(|count| u32::try_from(count).ok());
    let mode = properties
        .get("StreamModeDetails")
        .and_then(|details| world.property(world.chosen(details)?.as_map()?, "StreamMode"));
    match (given, mode.as_deref()) {
        (Some(count), _) => count.max(1),
        (None, Some("PROVISIONED")) => 1,
        (None, _) => ON_DEMAND,
    }
}

fn bucket(world: &World<'_>, name: String, properties: &Map) -> Resource {
    let inner = |map: &Map, key: &str| world.chosen(map.get(key)?)?.as_map().cloned();
    let configuration = inner(properties, "NotificationConfiguration");
    let event_bridge = configuration.and_then(|c| inner(&c, "EventBridgeConfiguration"));
    // It is on where it is there, unless it says otherwise.
    let event_bridge = event_bridge
        .is_some_and(|e| e.get("EventBridgeEnabled").is_none() || world.flag(&e, "EventBridgeEnabled"));
    Resource::Bucket { name, event_bridge }
}

/// Defaults: CreateQueue in the API reference of SQS.
fn queue(world: &World<'_>, name: String, properties: &Map) -> Resource {
    let redrive = properties.get("RedrivePolicy").and_then(|r| world.chosen(r)?.as_map());
    let dead_letters = redrive.and_then(|redrive| {
        Some(DeadLetters {
            queue: resource_of(world.graph, redrive.get("deadLetterTargetArn")?, &["AWS::SQS::Queue"])?
                .to_string(),
            max_receives: u32::try_from(world.number(redrive, "maxReceiveCount")?).ok()?,
        })
    });
    let seconds = |key: &str, default: u64| world.number(properties, key).unwrap_or(default);
    Resource::Queue {
        fifo: world.flag(properties, "FifoQueue"),
        content_based_deduplication: world.flag(properties, "ContentBasedDeduplication"),
        visibility_seconds: seconds("VisibilityTimeout", 30),
        delay_seconds: seconds("DelaySeconds", 0),
        retention_seconds: seconds("MessageRetentionPeriod", 345_600),
        dead_letters,
        name,
    }
}

fn table(world: &World<'_>, name: String, properties: &Map) -> Resource {
    let mut keys = IndexMap::new();
    let types: Vec<(String, String)> = properties
        .get("AttributeDefinitions")
        .and_then(Expr::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|a| {
            let a = a.as_map()?;
            Some((world.property(a, "AttributeName")?, world.property(a, "AttributeType")?))
        })
        .collect();
    for key in properties.get("KeySchema").and_then(Expr::as_list).unwrap_or_default() {
        let Some(key) = key.as_map().and_then(|k| world.property(k, "AttributeName")) else { continue };
        let kind = types.iter().find(|(name, _)| *name == key).map_or("S", |(_, kind)| kind);
        keys.insert(key, kind.to_owned());
    }
    let stream = properties
        .get("StreamSpecification")
        .and_then(|s| world.property(world.chosen(s)?.as_map()?, "StreamViewType"));
    Resource::Table { create: create_table(world, &name, properties, stream.as_deref()), name, keys, stream }
}

/// What CreateTable takes of the properties. Source: CreateTable in the API reference of DynamoDB.
fn create_table(world: &World<'_>, name: &str, properties: &Map, stream: Option<&str>) -> Value {
    const TAKEN: [&str; 4] =
        ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let mut create = serde_json::Map::new();
    create.insert("TableName".to_owned(), name.into());
    for key in TAKEN {
        if let Some(Ok(Some(value))) = properties.get(key).map(|value| world.value(value)) {
            create.insert(key.to_owned(), value);
        }
    }
    // Throughput is of no use locally, and would have to be given for each index as well.
    create.insert("BillingMode".to_owned(), "PAY_PER_REQUEST".into());
    for index in create.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if let Some(index) = index.as_object_mut() {
            index.retain(|key, _| matches!(key.as_str(), "IndexName" | "KeySchema" | "Projection"));
        }
    }
    if let Some(view) = stream {
        let stream = serde_json::json!({"StreamEnabled": true, "StreamViewType": view});
        create.insert("StreamSpecification".to_owned(), stream);
    }
    create.into()
}
