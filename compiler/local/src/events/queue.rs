//! The event of messages of a queue.

use serde_json::{Map, Value, json};

use super::Place;
use crate::ids;
use crate::messaging::{Attribute, AttributeValue, Message, Received, md5, md5_of_attributes};

/// The event of messages that a queue gives a function for the first time.
pub fn sqs(place: &Place<'_>, queue_arn: &str, messages: Vec<Message>) -> Value {
    let received = messages.into_iter().map(|message| Received {
        id: ids::uuid(),
        receipt: receipt(),
        receives: 1,
        sent_ms: place.now_ms,
        first_received_ms: place.now_ms,
        // As it is in a FIFO queue, which a group tells.
        sequence: message.group_id.as_ref().map(|_| "18849496460467696128".to_owned()),
        deduplication_id: message.deduplication_id.clone(),
        dead_letter_source: None,
        message: std::sync::Arc::new(message),
    });
    let received: Vec<Received> = received.collect();
    sqs_received(place, queue_arn, &received)
}

/// What stands for a receipt handle.
pub(crate) fn receipt() -> String {
    format!("AQEB{}{}", ids::hex(32), ids::hex(32))
}

/// The event of messages of a queue.
pub fn sqs_received(place: &Place<'_>, queue_arn: &str, messages: &[Received]) -> Value {
    let records: Vec<Value> = messages.iter().map(|message| sqs_record(place, queue_arn, message)).collect();
    json!({ "Records": records })
}

/// One message in such an event.
pub(crate) fn sqs_record(place: &Place<'_>, queue_arn: &str, received: &Received) -> Value {
    let message = &received.message;
    let attributes: Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), message_attribute(attribute)))
        .collect();
    let mut record = json!({
        "messageId": received.id,
        "receiptHandle": received.receipt,
        "body": message.body,
        "attributes": received.system_attributes(place.account),
        "messageAttributes": attributes,
        "md5OfBody": md5(message.body.as_bytes()),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": place.region,
    });
    if let Some(sum) = md5_of_attributes(&message.attributes) {
        record["md5OfMessageAttributes"] = sum.into();
    }
    record
}

fn message_attribute(attribute: &Attribute) -> Value {
    let name = match attribute.value {
        AttributeValue::Text(_) => "stringValue",
        AttributeValue::Binary(_) => "binaryValue",
    };
    json!({
        name: attribute.as_text(),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    })
}
