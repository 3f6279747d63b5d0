//! Queues, topics, buckets, tables, streams, buses and layers.
//!
//! Each says what the language has keys for. What is left is found by comparing what becomes of the file
//! with what becomes of the template, and is said by overrides.

use samc_ir::{Expr, Map};

use crate::names::{Names, Role};
use crate::text::{duration, number, text, truth};

/// The component that a resource becomes; none where it does not fit.
pub(crate) fn component(names: &Names, role: Role, properties: &Map) -> Option<Map> {
    match role {
        Role::Queue => Some(queue(names, properties)),
        Role::Topic => Some(topic(names, properties)),
        Role::Bucket => Some(bucket(names, properties)),
        Role::Table | Role::TableWithStream => table(names, properties),
        Role::Stream => Some(stream(names, properties)),
        Role::Bus => Some(bus(names, properties)),
        Role::Layer => layer(names, properties),
        Role::Function
        | Role::RestApi
        | Role::HttpApi
        | Role::Execution
        | Role::Param
        | Role::Part
        | Role::Raw => None,
    }
}

/// Puts the text of a property under a key.
pub(crate) fn put_text(names: &Names, from: &Map, property: &str, to: &mut Map, key: &str) {
    if let Some(text) = from.get(property).and_then(|v| text(names, v)) {
        to.insert(key, text);
    }
}

/// Puts a length of time that a property has in seconds under a key.
pub(crate) fn put_seconds(from: &Map, property: &str, to: &mut Map, key: &str) {
    if let Some(seconds) = from.get(property).and_then(number).filter(|n| (0..=315_360_000).contains(n)) {
        to.insert(key, duration(seconds));
    }
}

/// Puts a number under a key.
pub(crate) fn put_number(from: &Map, property: &str, to: &mut Map, key: &str) {
    if let Some(n) = from.get(property).and_then(number) {
        to.insert(key, Expr::new(samc_ir::Kind::Int(n), None));
    }
}

fn put_truth(from: &Map, property: &str, to: &mut Map, key: &str) {
    if let Some(b) = from.get(property).and_then(truth) {
        to.insert(key, b);
    }
}

/// The component that a value names as a whole: by `Ref`, or by its ARN.
pub(crate) fn component_of<'n>(names: &'n Names, value: &Expr, roles: &[Role]) -> Option<&'n str> {
    if let Some((id, "Arn" | "TopicArn" | "StreamArn" | "Name")) = value.as_get_att() {
        return names.component(id, roles);
    }
    if let Some(id) = value.as_ref_to() {
        return names.component(id, roles);
    }
    let (template, None) = value.as_sub()? else { return None };
    let inner = template.strip_prefix("${")?.strip_suffix('}')?;
    names.component(inner.strip_suffix(".Arn").or(inner.strip_suffix(".StreamArn")).unwrap_or(inner), roles)
}

fn queue(names: &Names, properties: &Map) -> Map {
    let mut made = Map::new();
    if properties.get("FifoQueue").and_then(truth) == Some(true) {
        made.insert("fifo", true);
        if properties.get("ContentBasedDeduplication").and_then(truth) == Some(true) {
            made.insert("dedup", "content");
        }
    }
    // Left out the queue would wait as long as its functions need; the template waits 30 seconds.
    match properties.get("VisibilityTimeout") {
        Some(_) => put_seconds(properties, "VisibilityTimeout", &mut made, "visibility"),
        None => {
            made.insert("visibility", "30s");
        }
    }
    put_seconds(properties, "MessageRetentionPeriod", &mut made, "retain");
    put_seconds(properties, "DelaySeconds", &mut made, "delay");
    let redrive = properties.get("RedrivePolicy").and_then(Expr::as_map);
    let dead = redrive.and_then(|r| component_of(names, r.get("deadLetterTargetArn")?, &[Role::Queue]));
    match (redrive, dead) {
        (Some(redrive), Some(dead)) => {
            let mut dlq = Map::from([("queue", dead)]);
            put_number(redrive, "maxReceiveCount", &mut dlq, "after");
            made.insert("dlq", dlq);
        }
        _ => {
            made.insert("dlq", false);
        }
    }
    if properties.get("SqsManagedSseEnabled").and_then(truth) == Some(true) {
        made.insert("encrypt", "sqs");
    }
    put_text(names, properties, "QueueName", &mut made, "name");
    made
}

fn topic(names: &Names, properties: &Map) -> Map {
    let mut made = Map::new();
    if properties.get("FifoTopic").and_then(truth) == Some(true) {
        made.insert("fifo", true);
        if properties.get("ContentBasedDeduplication").and_then(truth) == Some(true) {
            made.insert("dedup", "content");
        }
    }
    put_text(names, properties, "DisplayName", &mut made, "display");
    put_text(names, properties, "TopicName", &mut made, "name");
    made
}

fn bucket(names: &Names, properties: &Map) -> Map {
    let mut made = Map::new();
    let status = properties.get("VersioningConfiguration").and_then(|v| v.as_map()?.get("Status")?.as_str());
    if let Some(status) = status {
        made.insert("versions", status == "Enabled");
    }
    put_text(names, properties, "BucketName", &mut made, "name");
    made
}

fn table(names: &Names, properties: &Map) -> Option<Map> {
    let mut made = Map::from([("key", key(properties, properties.get("KeySchema")?)?)]);
    let mut indexes = Map::new();
    for (list, local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
        for index in properties.get(list).and_then(Expr::as_list).unwrap_or_default() {
            let index = index.as_map()?;
            let name = index.get("IndexName")?.as_str()?;
            // The language takes names of small letters only.
            let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !fits || name.len() > 40 || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            let mut one = Map::from([("key", key(properties, index.get("KeySchema")?)?)]);
            match projection(index)? {
                Projection::All => {}
                Projection::Keys => {
                    one.insert("project", "keys");
                }
                Projection::Some(names) => {
                    one.insert("project", names);
                }
            }
            if local {
                one.insert("local", true);
            }
            indexes.insert(name, one);
        }
    }
    if !indexes.is_empty() {
        made.insert("indexes", indexes);
    }
    let ttl = properties.get("TimeToLiveSpecification").and_then(Expr::as_map);
    if let Some(ttl) = ttl.filter(|t| t.get("Enabled").and_then(truth) == Some(true)) {
        put_text(names, ttl, "AttributeName", &mut made, "ttl");
    }
    let view =
        properties.get("StreamSpecification").and_then(|s| s.as_map()?.get("StreamViewType")?.as_str());
    let word = match view {
        Some("NEW_IMAGE") => Some("new"),
        Some("OLD_IMAGE") => Some("old"),
        Some("NEW_AND_OLD_IMAGES") => Some("both"),
        Some("KEYS_ONLY") => Some("keys"),
        _ => None,
    };
    if let Some(word) = word {
        made.insert("stream", word);
    }
    let throughput = properties.get("ProvisionedThroughput").and_then(Expr::as_map);
    if let Some(throughput) = throughput {
        let mut billing = Map::new();
        put_number(throughput, "ReadCapacityUnits", &mut billing, "read");
        put_number(throughput, "WriteCapacityUnits", &mut billing, "write");
        if billing.len() == 2 {
            made.insert("billing", billing);
        }
    }
    let backup = properties
        .get("PointInTimeRecoverySpecification")
        .and_then(|p| truth(p.as_map()?.get("PointInTimeRecoveryEnabled")?));
    if let Some(backup) = backup {
        made.insert("backup", backup);
    }
    put_text(names, properties, "TableName", &mut made, "name");
    Some(made)
}

/// `customer + created:N` from a key schema and the types of attributes.
fn key(properties: &Map, schema: &Expr) -> Option<String> {
    let definitions = properties.get("AttributeDefinitions")?.as_list()?;
    let kind_of = |name: &str| {
        definitions.iter().find_map(|d| {
            let d = d.as_map()?;
            (d.get("AttributeName")?.as_str()? == name).then(|| d.get("AttributeType")?.as_str())?
        })
    };
    let parts: Option<Vec<String>> = schema
        .as_list()?
        .iter()
        .map(|element| {
            let name = element.as_map()?.get("AttributeName")?.as_str()?;
            let fits = !name.contains(|c: char| c.is_whitespace() || c == '+' || c == ':');
            match (kind_of(name)?, fits) {
                ("S", true) => Some(name.to_owned()),
                (kind, true) => Some(format!("{name}:{kind}")),
                (_, false) => None,
            }
        })
        .collect();
    Some(parts?.join(" + "))
}

/// The attributes that an index holds.
enum Projection {
    All,
    Keys,
    Some(Vec<Expr>),
}

fn projection(index: &Map) -> Option<Projection> {
    let given = index.get("Projection")?.as_map()?;
    match given.get("ProjectionType")?.as_str()? {
        "ALL" => Some(Projection::All),
        "KEYS_ONLY" => Some(Projection::Keys),
        "INCLUDE" => Some(Projection::Some(given.get("NonKeyAttributes")?.as_list()?.to_vec())),
        _ => None,
    }
}

/// The table that a SimpleTable of SAM is.
pub(crate) fn simple_table(names: &Names, properties: &Map) -> Option<Map> {
    let key = match properties.get("PrimaryKey") {
        None => "id".to_owned(),
        Some(given) => {
            let given = given.as_map()?;
            let kind = match given.get("Type")?.as_str()? {
                "String" => "",
                "Number" => ":N",
                "Binary" => ":B",
                _ => return None,
            };
            format!("{}{kind}", given.get("Name")?.as_str()?)
        }
    };
    let mut made = Map::from([("key", key)]);
    if let Some(throughput) = properties.get("ProvisionedThroughput").and_then(Expr::as_map) {
        let mut billing = Map::new();
        put_number(throughput, "ReadCapacityUnits", &mut billing, "read");
        put_number(throughput, "WriteCapacityUnits", &mut billing, "write");
        if billing.len() == 2 {
            made.insert("billing", billing);
        }
    }
    put_text(names, properties, "TableName", &mut made, "name");
    Some(made)
}

fn stream(names: &Names, properties: &Map) -> Map {
    let mut made = Map::new();
    put_number(properties, "ShardCount", &mut made, "shards");
    if let Some(hours) = properties.get("RetentionPeriodHours").and_then(number) {
        made.insert("retain", format!("{hours}h"));
    }
    put_text(names, properties, "Name", &mut made, "name");
    made
}

fn bus(names: &Names, properties: &Map) -> Map {
    let mut made = Map::new();
    put_text(names, properties, "Name", &mut made, "name");
    made
}

/// A layer of SAM whose files lie beside the template.
fn layer(names: &Names, properties: &Map) -> Option<Map> {
    let path = properties.get("ContentUri")?.as_str()?;
    let mut made = Map::from([("path", path)]);
    for (property, key) in [("CompatibleRuntimes", "runtimes"), ("CompatibleArchitectures", "arch")] {
        if let Some(list) = properties.get(property).and_then(Expr::as_list) {
            let texts: Option<Vec<Expr>> = list.iter().map(|v| Some(Expr::from(v.as_str()?))).collect();
            if let Some(texts) = texts {
                made.insert(key, texts);
            }
        }
    }
    put_truth(properties, "RetentionPolicy", &mut made, "keep");
    put_text(names, properties, "LicenseInfo", &mut made, "licence");
    put_text(names, properties, "Description", &mut made, "description");
    put_text(names, properties, "LayerName", &mut made, "name");
    Some(made)
}
