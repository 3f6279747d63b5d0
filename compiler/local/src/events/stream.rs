//! The events of streams: changes of tables, and records of Kinesis.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::Place;
use crate::ids;
use crate::messaging::{Change, StreamRecord};

/// The event of changes of a table; `view` is what its stream tells, such as `NEW_AND_OLD_IMAGES`.
pub fn dynamodb(place: &Place<'_>, table: &str, keys: &[&str], view: &str, changes: &[Change]) -> Value {
    let records: Vec<Value> = (1..)
        .zip(changes)
        .map(|(number, change)| dynamodb_record(place, table, keys, view, change, number))
        .collect();
    json!({ "Records": records })
}

/// One change in such an event.
pub(crate) fn dynamodb_record(
    place: &Place<'_>,
    table: &str,
    keys: &[&str],
    view: &str,
    change: &Change,
    number: u64,
) -> Value {
    let (new, old) = (change.new_image.as_ref(), change.old_image.as_ref());
    let kind = change.kind.as_deref().unwrap_or(match (new, old) {
        (Some(_), Some(_)) => "MODIFY",
        (None, Some(_)) => "REMOVE",
        (_, None) => "INSERT",
    });
    let key = change.keys.clone().unwrap_or_else(|| {
        let image = new.or(old);
        let found = keys.iter().filter_map(|key| Some(((*key).to_owned(), image?.get(*key)?.clone())));
        found.collect()
    });
    let mut size = length(&key);
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": place.now_ms / 1000,
        "Keys": key,
        "SequenceNumber": format!("{number:021}"),
    });
    for (name, image, views) in [
        ("NewImage", new, ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]),
        ("OldImage", old, ["OLD_IMAGE", "NEW_AND_OLD_IMAGES"]),
    ] {
        if let Some(image) = image.filter(|_| views.contains(&view)) {
            size += length(image);
            dynamodb[name] = Value::Object(image.clone());
        }
    }
    dynamodb["SizeBytes"] = size.into();
    dynamodb["StreamViewType"] = view.into();
    json!({
        "eventID": ids::hex(32),
        "eventName": kind,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": place.region,
        "dynamodb": dynamodb,
        "eventSourceARN": place.arn("dynamodb", &format!("table/{table}/stream/2026-01-01T00:00:00.000")),
    })
}

/// About as many bytes as an item counts for: names and values.
fn length(item: &Map<String, Value>) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Object(members) => members.values().map(of).sum(),
            Value::Array(items) => items.iter().map(of).sum(),
            Value::String(text) => text.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        }
    }
    item.iter().map(|(name, own)| name.len() + of(own)).sum()
}

/// The event of records of a stream.
pub fn kinesis(place: &Place<'_>, stream: &str, records: &[StreamRecord]) -> Value {
    let records: Vec<Value> =
        (1..).zip(records).map(|(number, record)| kinesis_record(place, stream, record, number, 0)).collect();
    json!({ "Records": records })
}

/// The name of a shard.
pub(crate) fn shard_id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

/// The partition key of a record; one that was put in without has this.
pub(crate) fn partition_key(record: &StreamRecord) -> &str {
    record.partition_key.as_deref().unwrap_or("local")
}

/// One record of a shard in such an event.
pub(crate) fn kinesis_record(
    place: &Place<'_>,
    stream: &str,
    record: &StreamRecord,
    number: u64,
    shard: u32,
) -> Value {
    let shard = shard_id(shard);
    let sequence = format!("4959033827149025660855969253836157{number:022}");
    let seconds = f64::from(u32::try_from(place.now_ms / 1000).unwrap_or(u32::MAX));
    let fraction = f64::from(u32::try_from(place.now_ms % 1000).unwrap_or(0)) / 1000.0;
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": partition_key(record),
            "sequenceNumber": sequence,
            "data": BASE64_STANDARD.encode(&record.data),
            "approximateArrivalTimestamp": seconds + fraction,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{shard}:{sequence}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": format!("arn:aws:iam::{}:role/local", place.account),
        "awsRegion": place.region,
        "eventSourceARN": place.arn("kinesis", &format!("stream/{stream}")),
    })
}
