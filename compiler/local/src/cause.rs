//! What a call comes from, told by its event: for the line that shows it.

use std::borrow::Cow;

use serde::Deserialize;

/// Events beyond this size are not looked into, in bytes.
const LARGEST: usize = 1024 * 1024;

/// What is looked at of an event.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "Records", default)]
    records: Vec<Item<'a>>,
    #[serde(borrow, default)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "detail-type", default)]
    detail_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resources: Vec<Cow<'a, str>>,
}

/// What is looked at of a record.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "eventSourceARN", default)]
    arn: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "Sns", default)]
    message: Option<Message<'a>>,
    #[serde(borrow, default)]
    s3: Option<Object<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "TopicArn", default)]
    topic: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    bucket: Option<Bucket<'a>>,
}

#[derive(Deserialize)]
struct Bucket<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

/// Such as `work ×3` for three messages of a queue `work`; `invoke` for events of nobody we know.
pub(crate) fn of(event: &[u8]) -> String {
    known(event).unwrap_or_else(|| "invoke".to_owned())
}

fn known(event: &[u8]) -> Option<String> {
    // Most events that are no event of a service are told by their first bytes.
    if event.len() > LARGEST || event.len() < 16 {
        return None;
    }
    let event: Event<'_> = serde_json::from_slice(event).ok()?;
    if let Some(first) = event.records.first() {
        let from = match first {
            Item { arn: Some(arn), .. } => stream_of(arn),
            Item { message: Some(Message { topic: Some(topic) }), .. } => last(topic),
            Item { s3: Some(Object { bucket: Some(Bucket { name: Some(name) }) }), .. } => name,
            Item { .. } => return None,
        };
        return Some(match event.records.len() {
            1 => from.to_owned(),
            count => format!("{from} ×{count}"),
        });
    }
    match (event.source?, event.detail_type?) {
        (source, kind) if source == "aws.events" && kind == "Scheduled Event" => {
            Some(event.resources.first().map_or("schedule", |arn| last(arn)).to_owned())
        }
        (_, kind) => Some(kind.into_owned()),
    }
}

/// The last part of an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

/// The queue, table or stream of an ARN: that of a table's stream ends in a date.
fn stream_of(arn: &str) -> &str {
    match arn.split_once(":table/") {
        Some((_, table)) => table.split('/').next().unwrap_or(table),
        None => last(arn),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn events_tell_where_they_come_from() {
        let cases = [
            (r#"{"Records":[{"eventSourceARN":"arn:aws:sqs:r:0:work"},{"eventSourceARN":"x"}]}"#, "work ×2"),
            (
                r#"{"Records":[{"eventSourceARN":"arn:aws:dynamodb:r:0:table/T/stream/2026-01-01T00:00:00.000"}]}"#,
                "T",
            ),
            (r#"{"Records":[{"EventSource":"aws:sns","Sns":{"TopicArn":"arn:aws:sns:r:0:news"}}]}"#, "news"),
            (r#"{"Records":[{"s3":{"bucket":{"name":"in"}}}]}"#, "in"),
            (r#"{"source":"shop","detail-type":"Order placed","detail":{}}"#, "Order placed"),
            (
                r#"{"source":"aws.events","detail-type":"Scheduled Event","resources":["arn:aws:events:r:0:rule/nightly"]}"#,
                "nightly",
            ),
            (r#"{"Records":[{"a":1}]}"#, "invoke"),
            (r#"{"Records":7,"source":"a"}"#, "invoke"),
            ("[1,2,3,4,5,6,7,8,9,10]", "invoke"),
            ("{}", "invoke"),
        ];
        for (event, what) in cases {
            assert_eq!(of(event.as_bytes()), what, "{event}");
        }
    }
}
