//! The event of a message of a topic, and the same for queues.

use serde_json::{Map, Value, json};

use super::Place;
use crate::messaging::Publication;
use crate::{clock, ids};

/// Whom a message of a topic goes to.
#[derive(Debug, Clone, Copy)]
pub struct Subscription<'a> {
    /// The topic.
    pub topic_arn: &'a str,
    /// The subscription.
    pub arn: &'a str,
    /// The id of the message.
    pub message_id: &'a str,
    /// Where the message stands among those of a FIFO topic.
    pub sequence: Option<&'a str>,
}

/// The event of a message that a topic gives a function.
pub fn sns(place: &Place<'_>, to: &Subscription<'_>, message: &Publication) -> Value {
    json!({ "Records": [sns_record(place, to, message)] })
}

/// The message in such an event.
pub(crate) fn sns_record(place: &Place<'_>, to: &Subscription<'_>, message: &Publication) -> Value {
    let mut sns = body(place, to, message);
    // A function finds these in names of another form than a queue does, and null where there is nothing.
    sns.insert("SigningCertUrl".to_owned(), certificate(place).into());
    sns.insert("UnsubscribeUrl".to_owned(), unsubscribe(place, to).into());
    sns.entry("Subject").or_insert(Value::Null);
    sns.insert("MessageAttributes".to_owned(), attributes(message).into());
    json!({
        "EventVersion": "1.0",
        "EventSubscriptionArn": to.arn,
        "EventSource": "aws:sns",
        "Sns": sns,
    })
}

/// The message as a queue gets it, unless the subscription wants it as it is.
pub(crate) fn envelope(place: &Place<'_>, to: &Subscription<'_>, message: &Publication) -> Value {
    let mut sns = body(place, to, message);
    sns.insert("SigningCertURL".to_owned(), certificate(place).into());
    sns.insert("UnsubscribeURL".to_owned(), unsubscribe(place, to).into());
    if !message.attributes.is_empty() {
        sns.insert("MessageAttributes".to_owned(), attributes(message).into());
    }
    sns.into()
}

fn body(place: &Place<'_>, to: &Subscription<'_>, message: &Publication) -> Map<String, Value> {
    let mut sns = Map::new();
    let mut set = |name: &str, value: Value| {
        sns.insert(name.to_owned(), value);
    };
    set("Type", "Notification".into());
    set("MessageId", to.message_id.into());
    if let Some(sequence) = to.sequence {
        set("SequenceNumber", sequence.into());
    }
    set("TopicArn", to.topic_arn.into());
    if let Some(subject) = &message.subject {
        set("Subject", subject.as_str().into());
    }
    set("Message", message.message.as_str().into());
    set("Timestamp", clock::iso(place.now_ms).into());
    set("SignatureVersion", "1".into());
    // Nobody signs locally: who checks it sees that.
    set("Signature", format!("local{}", ids::hex(16)).into());
    sns
}

fn attributes(message: &Publication) -> Map<String, Value> {
    let all = message.attributes.iter();
    all.map(|(name, a)| (name.clone(), json!({ "Type": a.data_type, "Value": a.as_text() }))).collect()
}

fn certificate(place: &Place<'_>) -> String {
    format!("https://sns.{}.amazonaws.com/SimpleNotificationService-local.pem", place.region)
}

fn unsubscribe(place: &Place<'_>, to: &Subscription<'_>) -> String {
    format!("https://sns.{}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={}", place.region, to.arn)
}
