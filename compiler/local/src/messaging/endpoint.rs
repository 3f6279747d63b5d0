//! One way in for all of them: something happens at a resource or a trigger, as JSON says. It is what
//! `samc local event` and the page send.

use bytes::Bytes;
use samc_schema::manifest::Source;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Messaging;
use super::message::{Change, StreamRecord};
use super::refused::Refused;

/// Reads what a kind of thing takes.
fn read<T: DeserializeOwned>(body: &Value, what: &str) -> Result<T, Refused> {
    T::deserialize(body).map_err(|error| Refused::Invalid(format!("this is no {what}: {error}")))
}

/// One thing, or all of a list.
fn several<T: DeserializeOwned>(body: &Value, what: &str) -> Result<Vec<T>, Refused> {
    match body.get("records").unwrap_or(body) {
        Value::Array(items) => items.iter().map(|item| read(item, what)).collect(),
        one => Ok(vec![read(one, what)?]),
    }
}

impl Messaging {
    /// Does what the resource, trigger or function of this id takes: sends, publishes, puts, fires, calls.
    /// It gives what became of it, as JSON.
    pub fn event(&self, id: &str, body: &Value) -> Result<Value, Refused> {
        let directory = self.directory();
        if let Some(queue) = directory.queue(id) {
            let message = match body {
                Value::Object(object) if object.contains_key("body") => read(body, "message of a queue")?,
                other => read(&json!({ "body": other }), "message of a queue")?,
            };
            return Ok(json!({ "queue": queue.id, "sent": queue.send(message)? }));
        }
        if let Some(topic) = directory.topic(id) {
            let message = match body {
                Value::Object(object) if object.contains_key("message") => read(body, "message of a topic")?,
                other => read(&json!({ "message": other }), "message of a topic")?,
            };
            let published = self.publish(&topic.id, message)?;
            return Ok(json!({ "topic": topic.id, "messageId": published.message_id }));
        }
        if let Some(bus) = directory.bus(id) {
            let event = self.put_event(&bus.id, read(body, "event")?)?;
            return Ok(json!({ "bus": bus.id, "eventId": event }));
        }
        if let Some(bucket) = directory.bucket(id) {
            let count = self.object(&bucket.id, &read(body, "event of an object")?)?;
            return Ok(json!({ "bucket": bucket.id, "notifications": count }));
        }
        if let Some(stream) = directory.stream(id) {
            let count = match self.changes(&stream.id, &[]) {
                Ok(_) => self.changes(&stream.id, &several::<Change>(body, "change of an item")?)?,
                Err(_) => self.records(&stream.id, &several::<StreamRecord>(body, "record of a stream")?)?,
            };
            return Ok(json!({ "stream": stream.id, "records": count }));
        }
        if let Some(listener) = directory.listeners.iter().find(|listener| listener.trigger.id == id) {
            return match &listener.trigger.source {
                Source::Schedule { .. } => {
                    self.fire(id)?;
                    Ok(json!({ "schedule": id }))
                }
                Source::Sqs { queue: at, .. }
                | Source::Sns { topic: at, .. }
                | Source::Event { bus: at, .. }
                | Source::S3 { bucket: at, .. }
                | Source::Stream { stream: at, .. }
                    if at != id =>
                {
                    self.event(at, body)
                }
                Source::Sqs { .. }
                | Source::Sns { .. }
                | Source::Event { .. }
                | Source::S3 { .. }
                | Source::Stream { .. } => Err(Refused::Unknown { kind: "resource", name: id.to_owned() }),
            };
        }
        if let Some(function) = self.functions().resolve(id) {
            let request = self.call(&function, Bytes::from(body.to_string()))?;
            return Ok(json!({ "function": function, "requestId": request }));
        }
        Err(Refused::Unknown {
            kind: "queue, topic, bus, bucket, stream, schedule or function",
            name: id.to_owned(),
        })
    }
}
