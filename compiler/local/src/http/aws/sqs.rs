//! Sending and receiving of SQS, in its JSON protocol.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Body, Fault, fault, json_answer};
use crate::messaging::{
    Attribute, AttributeValue, Message, Messaging, Queue, Received, Refused, Sent, Want, md5,
    md5_of_attributes,
};

const JSON: &str = "application/x-amz-json-1.0";
/// Entries of a batch and messages of a receive at most. Source: the API reference of SQS.
const MOST: usize = 10;
/// Seconds that a receive waits at most.
const LONGEST: u64 = 20;
/// Seconds that a message is hidden at most.
const HIDDEN: u64 = 43_200;

/// Answers a call.
pub(super) async fn answer(messaging: &Messaging, name: &str, host: &str, body: &Bytes) -> Response<Body> {
    json_answer(JSON, done(messaging, name, host, body).await)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: Option<String>,
    queue_name: Option<String>,
    #[serde(default)]
    entries: Vec<Value>,
    #[serde(default, alias = "MessageSystemAttributeNames")]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    receipt_handle: Option<String>,
    queue_name_prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    message_body: String,
    #[serde(default)]
    message_attributes: IndexMap<String, Attribute>,
    #[serde(default)]
    message_system_attributes: IndexMap<String, Attribute>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<u64>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<u64>,
}

impl Entry {
    fn message(self) -> Message {
        let trace = self.message_system_attributes.get("AWSTraceHeader").map(Attribute::as_text);
        Message {
            body: self.message_body,
            attributes: self.message_attributes,
            group_id: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            delay_seconds: self.delay_seconds,
            trace,
        }
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    T::deserialize(value)
        .map_err(|error| fault("com.amazon.coral.service#SerializationException", error.to_string()))
}

/// What SQS calls what was refused.
fn refused(refused: Refused) -> Fault {
    let message = refused.to_string();
    match refused {
        Refused::Unknown { .. } => Fault {
            code: Some("AWS.SimpleQueueService.NonExistentQueue"),
            ..fault("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.")
        },
        Refused::Full { .. } | Refused::CannotRun(_) => {
            Fault { code: Some("OverLimit"), ..fault("com.amazonaws.sqs#OverLimit", message) }
        }
        Refused::TooLarge { .. } | Refused::Invalid(_) => invalid(message),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    let kind = "com.amazon.coral.service#InvalidParameterValueException";
    Fault { code: Some("InvalidParameterValue"), ..fault(kind, message) }
}

async fn done(messaging: &Messaging, name: &str, host: &str, body: &Bytes) -> Result<Value, Fault> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| fault("com.amazon.coral.service#SerializationException", error.to_string()))?;
    let input: Input = read(value.clone())?;
    let url = |queue: &Queue| {
        let account = &messaging.functions().context().account;
        format!("http://{host}/{account}/{}", queue.name)
    };
    if name == "ListQueues" {
        let prefix = input.queue_name_prefix.unwrap_or_default();
        let urls = messaging.directory();
        let urls =
            urls.queues.values().filter(|queue| queue.name.starts_with(&prefix)).map(|queue| url(queue));
        return Ok(json!({ "QueueUrls": urls.collect::<Vec<_>>() }));
    }
    let named = input.queue_url.as_ref().or(input.queue_name.as_ref());
    let named = named.ok_or_else(|| invalid("The request must contain the parameter QueueUrl."))?;
    let queue = messaging.queue(named).map_err(refused)?;
    match name {
        "GetQueueUrl" => Ok(json!({ "QueueUrl": url(&queue) })),
        "SendMessage" => {
            let entry: Entry = read(value)?;
            Ok(sent(&queue.send(entry.message()).map_err(refused)?))
        }
        "SendMessageBatch" => each(input.entries, |entry| {
            let sent_one = queue.send(entry.message()).map_err(refused)?;
            Ok(sent(&sent_one))
        }),
        "ReceiveMessage" => receive(messaging, &queue, &input).await,
        "DeleteMessage" => {
            queue.delete(&receipt(input.receipt_handle)?);
            Ok(json!({}))
        }
        "DeleteMessageBatch" => each(input.entries, |entry| {
            queue.delete(&receipt(entry.receipt_handle)?);
            Ok(json!({}))
        }),
        "ChangeMessageVisibility" => hide(&queue, input.receipt_handle, input.visibility_timeout),
        "ChangeMessageVisibilityBatch" => {
            each(input.entries, |entry| hide(&queue, entry.receipt_handle, entry.visibility_timeout))
        }
        "GetQueueAttributes" => {
            Ok(json!({ "Attributes": attributes(messaging, &queue, &input.attribute_names) }))
        }
        "PurgeQueue" => {
            queue.purge();
            Ok(json!({}))
        }
        other => Err(fault(
            "com.amazon.coral.service#UnknownOperationException",
            format!("{other} of SQS is not there locally: queues are in the template"),
        )),
    }
}

fn receipt(receipt: Option<String>) -> Result<String, Fault> {
    receipt.ok_or_else(|| invalid("The request must contain the parameter ReceiptHandle."))
}

fn sent(sent: &Sent) -> Value {
    let mut answer = json!({ "MessageId": sent.message_id, "MD5OfMessageBody": sent.md5_of_body });
    if let Some(sum) = &sent.md5_of_attributes {
        answer["MD5OfMessageAttributes"] = sum.as_str().into();
    }
    if let Some(number) = &sent.sequence_number {
        answer["SequenceNumber"] = number.as_str().into();
    }
    answer
}

/// Does something for each entry of a batch, and tells of each what became of it.
fn each(entries: Vec<Value>, mut act: impl FnMut(Entry) -> Result<Value, Fault>) -> Result<Value, Fault> {
    let entries: Vec<Entry> = entries.into_iter().map(read).collect::<Result<_, _>>()?;
    let whole = |kind, code, message: String| Err(Fault { code: Some(code), ..fault(kind, message) });
    if entries.is_empty() {
        let code = "AWS.SimpleQueueService.EmptyBatchRequest";
        return whole("com.amazonaws.sqs#EmptyBatchRequest", code, "The batch has no entries.".to_owned());
    }
    if entries.len() > MOST {
        let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
        let message = format!("The batch has {} entries: {MOST} at most are possible.", entries.len());
        return whole("com.amazonaws.sqs#TooManyEntriesInBatchRequest", code, message);
    }
    let ids: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    if ids.len() < entries.len() {
        let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
        return whole(
            "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            code,
            "Two entries have one id.".to_owned(),
        );
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = entry.id.clone();
        match act(entry) {
            Ok(mut done) => {
                done["Id"] = id.into();
                successful.push(done);
            }
            Err(fault) => failed.push(json!({
                "Id": id,
                "SenderFault": true,
                "Code": fault.code.unwrap_or(fault.kind),
                "Message": fault.message,
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

async fn receive(messaging: &Messaging, queue: &Arc<Queue>, input: &Input) -> Result<Value, Fault> {
    let messages = input.max_number_of_messages.unwrap_or(1);
    let wait = input.wait_time_seconds.unwrap_or(0);
    if !(1..=MOST).contains(&messages)
        || wait > LONGEST
        || input.visibility_timeout.is_some_and(|s| s > HIDDEN)
    {
        return Err(invalid(format!(
            "Value for parameter MaxNumberOfMessages (1 to {MOST}), WaitTimeSeconds (0 to {LONGEST}) or VisibilityTimeout (0 to {HIDDEN}) is invalid."
        )));
    }
    let visibility = input.visibility_timeout.map(Duration::from_secs);
    let want = Want { messages, bytes: usize::MAX, visibility };
    let received = messaging.receive(queue, &want, Duration::from_secs(wait)).await;
    let sender = &messaging.functions().context().account;
    let all: Vec<Value> = received.iter().map(|message| told(message, sender, input)).collect();
    // An answer without messages has no list of them.
    Ok(if all.is_empty() { json!({}) } else { json!({ "Messages": all }) })
}

fn told(received: &Received, sender: &str, input: &Input) -> Value {
    let message = &received.message;
    let mut answer = json!({
        "MessageId": received.id,
        "ReceiptHandle": received.receipt,
        "MD5OfBody": md5(message.body.as_bytes()),
        "Body": message.body,
    });
    let mut system = received.system_attributes(sender);
    system.retain(|name, _| input.attribute_names.iter().any(|wanted| wanted == "All" || wanted == name));
    if !system.is_empty() {
        answer["Attributes"] = system.into();
    }
    let wanted = |name: &str| {
        input.message_attribute_names.iter().any(|wanted| match wanted.strip_suffix(".*") {
            Some(start) => name.starts_with(start),
            None => wanted == "All" || wanted == name,
        })
    };
    let own: IndexMap<String, Attribute> = message
        .attributes
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(n, a)| (n.clone(), a.clone()))
        .collect();
    if let Some(sum) = md5_of_attributes(&own) {
        answer["MD5OfMessageAttributes"] = sum.into();
        let own: Map<String, Value> = own.iter().map(|(name, a)| (name.clone(), attribute(a))).collect();
        answer["MessageAttributes"] = own.into();
    }
    answer
}

fn attribute(attribute: &Attribute) -> Value {
    let name = match attribute.value {
        AttributeValue::Text(_) => "StringValue",
        AttributeValue::Binary(_) => "BinaryValue",
    };
    json!({ name: attribute.as_text(), "DataType": attribute.data_type })
}

fn hide(queue: &Queue, handle: Option<String>, seconds: Option<u64>) -> Result<Value, Fault> {
    let handle = receipt(handle)?;
    let seconds = seconds.filter(|seconds| *seconds <= HIDDEN);
    let seconds =
        seconds.ok_or_else(|| invalid(format!("VisibilityTimeout is a number from 0 to {HIDDEN}.")))?;
    if !queue.hide(&handle, Duration::from_secs(seconds)) {
        return Err(Fault {
            code: Some("AWS.SimpleQueueService.MessageNotInflight"),
            ..fault("com.amazonaws.sqs#MessageNotInflight", "The message is not in flight.")
        });
    }
    Ok(json!({}))
}

fn attributes(messaging: &Messaging, queue: &Queue, names: &[String]) -> Map<String, Value> {
    let (state, settings) = (queue.state(), queue.settings());
    let mut all = Map::new();
    let mut set = |name: &str, value: String| {
        if names.iter().any(|wanted| wanted == "All" || wanted == name) {
            all.insert(name.to_owned(), value.into());
        }
    };
    set("QueueArn", queue.arn.clone());
    set("ApproximateNumberOfMessages", state.visible.to_string());
    set("ApproximateNumberOfMessagesNotVisible", state.in_flight.to_string());
    set("ApproximateNumberOfMessagesDelayed", state.delayed.to_string());
    set("VisibilityTimeout", settings.visibility.as_secs().to_string());
    set("DelaySeconds", settings.delay.as_secs().to_string());
    set("MessageRetentionPeriod", settings.retention.as_secs().to_string());
    if settings.fifo {
        set("FifoQueue", "true".to_owned());
        set("ContentBasedDeduplication", settings.content_based_deduplication.to_string());
    }
    if let Some(dead) = settings.dead_letters
        && let Ok(to) = messaging.queue(&dead.queue)
    {
        let policy = json!({ "deadLetterTargetArn": to.arn, "maxReceiveCount": dead.max_receives });
        set("RedrivePolicy", policy.to_string());
    }
    all
}
