//! A topic in memory, and whom its messages go to.
//!
//! Source: the developer guide of SNS.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use samc_schema::manifest::{Source, Target, Trigger};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::directory::Directory;
use super::listener::Listener;
use super::message::{AttributeValue, Message, Publication, hex};
use super::refused::Refused;
use super::{Messaging, TopicState};
use crate::events::{self, Place, Subscription};
use crate::ids;

/// Bytes of a message at most, attributes included. Source: SNS quotas.
const LARGEST: usize = 256 * 1024;
/// For how long a FIFO topic knows messages that come again.
const KNOWN: Duration = Duration::from_secs(300);

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    fifo: bool,
    content_based_deduplication: bool,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    published: u64,
    known: HashMap<String, Published>,
    since: VecDeque<(Instant, String)>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its id.
    pub message_id: String,
    /// Where it stands among those of a FIFO topic.
    pub sequence_number: Option<String>,
}

impl Topic {
    pub(crate) fn new(
        id: String,
        name: String,
        arn: String,
        fifo: bool,
        content_based_deduplication: bool,
    ) -> Topic {
        Topic { id, name, arn, fifo, content_based_deduplication, memory: Mutex::default() }
    }

    /// Whether another is the same but for its messages.
    pub(crate) fn is_like(&self, other: &Topic) -> bool {
        let of = |topic: &Topic| (topic.name.clone(), topic.fifo, topic.content_based_deduplication);
        of(self) == of(other)
    }

    /// The triggers of its subscriptions.
    fn subscriptions<'a>(
        &'a self,
        directory: &'a Directory,
    ) -> impl Iterator<Item = &'a std::sync::Arc<Listener>> {
        directory.listeners.iter().filter(|listener| match &listener.trigger.source {
            Source::Sns { topic, .. } => directory.topic(topic).is_some_and(|topic| topic.id == self.id),
            _ => false,
        })
    }

    pub(crate) fn state(&self, directory: &Directory) -> TopicState {
        TopicState {
            id: self.id.clone(),
            name: self.name.clone(),
            arn: self.arn.clone(),
            fifo: self.fifo,
            published: self.memory.lock().unwrap_or_else(PoisonError::into_inner).published,
            subscriptions: self.subscriptions(directory).map(|listener| listener.state()).collect(),
        }
    }

    /// Counts a message. One that is known already gets its answer again, and goes nowhere.
    fn take(&self, deduplication_id: Option<&str>) -> Result<Published, Published> {
        let now = Instant::now();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((since, _)) = memory.since.front()
            && now.saturating_duration_since(*since) >= KNOWN
        {
            if let Some((_, id)) = memory.since.pop_front() {
                memory.known.remove(&id);
            }
        }
        if let Some(known) = deduplication_id.and_then(|id| memory.known.get(id)) {
            return Err(known.clone());
        }
        memory.published += 1;
        let sequence =
            format!("{:020}", 10_000_000_000_000_000_000_u128 + u128::from(memory.published) * 1000);
        let published = Published { message_id: ids::uuid(), sequence_number: self.fifo.then_some(sequence) };
        if let Some(id) = deduplication_id {
            memory.known.insert(id.to_owned(), published.clone());
            memory.since.push_back((now, id.to_owned()));
        }
        Ok(published)
    }
}

impl Messaging {
    /// Publishes a message to a topic: its logical id, name or ARN.
    pub fn publish(&self, topic: &str, message: Publication) -> Result<Published, Refused> {
        let directory = self.directory();
        let topic = directory
            .topic(topic)
            .ok_or_else(|| Refused::Unknown { kind: "topic", name: topic.to_owned() })?;
        let message = checked(&topic, message)?;
        let published = match topic.take(message.deduplication_id.as_deref()) {
            Ok(published) => published,
            Err(known) => return Ok(known),
        };
        for listener in topic.subscriptions(&directory) {
            if listener.is_on() && wants(listener, &message) {
                self.notify(listener, &topic, &message, &published);
            }
        }
        Ok(published)
    }

    fn notify(&self, listener: &Listener, topic: &Topic, message: &Publication, published: &Published) {
        let place = self.place();
        let to = Subscription {
            topic_arn: &topic.arn,
            arn: &format!("{}:{}", topic.arn, listener.trigger.id),
            message_id: &published.message_id,
            sequence: published.sequence_number.as_deref(),
        };
        let protocol = match &listener.trigger.target {
            Target::Queue(_) => "sqs",
            _ => "lambda",
        };
        let message = &for_protocol(message, protocol);
        let Target::Queue(queue) = &listener.trigger.target else {
            let event = bytes::Bytes::from(events::sns(&place, &to, message).to_string());
            self.hand(listener, event, 0);
            return;
        };
        let sent = queue_message(&place, &listener.trigger, &to, message, published);
        let done = self.send(queue, sent.clone()).map(|_| ());
        self.handed(listener, done, Some(sent));
    }
}

/// The message as a queue gets it.
fn queue_message(
    place: &Place<'_>,
    trigger: &Trigger,
    to: &Subscription<'_>,
    message: &Publication,
    published: &Published,
) -> Message {
    let raw = matches!(&trigger.source, Source::Sns { raw: true, .. });
    let fifo = published.sequence_number.is_some();
    Message {
        body: if raw { message.message.clone() } else { events::envelope(place, to, message).to_string() },
        attributes: if raw { message.attributes.clone() } else { Default::default() },
        group_id: message.group_id.clone(),
        deduplication_id: message.deduplication_id.clone().filter(|_| fifo),
        ..Message::default()
    }
}

/// What SNS refuses of any message, and what it adds.
fn checked(topic: &Topic, mut message: Publication) -> Result<Publication, Refused> {
    let invalid = |text: &str| Err(Refused::Invalid(format!("Invalid parameter: {text}")));
    let attributes = message.attributes.iter().map(|(name, a)| name.len() + a.size()).sum::<usize>();
    let bytes = message.message.len() + attributes;
    if bytes > LARGEST {
        return Err(Refused::TooLarge { bytes, limit: LARGEST });
    }
    if message.message.is_empty() {
        return invalid("Empty message");
    }
    if message.subject.as_ref().is_some_and(|subject| subject.is_empty() || subject.chars().count() > 100) {
        return invalid("Subject: 1 to 100 characters are possible");
    }
    match message.structure.as_deref() {
        None | Some("") => {}
        Some("json") => {
            let all: Option<Map<String, Value>> = serde_json::from_str(&message.message).ok();
            let Some(all) = all else {
                return invalid("Message Structure - JSON message body failed to parse");
            };
            if !all.get("default").is_some_and(Value::is_string) {
                return invalid("Message Structure - No default entry in JSON message body");
            }
        }
        Some(_) => return invalid("MessageStructure is json or not there"),
    }
    if !topic.fifo {
        if message.deduplication_id.is_some() {
            return invalid("MessageDeduplicationId is for FIFO topics only");
        }
        return Ok(message);
    }
    if message.group_id.is_none() {
        return invalid("The MessageGroupId parameter is required for FIFO topics");
    }
    if message.deduplication_id.is_none() {
        if !topic.content_based_deduplication {
            return invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            );
        }
        message.deduplication_id = Some(hex(&Sha256::digest(message.message.as_bytes())));
    }
    Ok(message)
}

/// The text for a protocol, where there is one for each.
fn for_protocol(message: &Publication, protocol: &str) -> Publication {
    let mut own = message.clone();
    if message.structure.as_deref() == Some("json")
        && let Ok(Value::Object(all)) = serde_json::from_str(&message.message)
        && let Some(text) = all.get(protocol).or_else(|| all.get("default")).and_then(Value::as_str)
    {
        own.message = text.to_owned();
    }
    own
}

/// Whether a subscription wants a message.
fn wants(listener: &Listener, message: &Publication) -> bool {
    let Some(pattern) = listener.patterns.first() else { return true };
    let on_body = matches!(&listener.trigger.source, Source::Sns { filter_on_body: true, .. });
    if on_body {
        return serde_json::from_str::<Map<String, Value>>(&message.message)
            .is_ok_and(|body| pattern.matches(&body));
    }
    pattern.matches(&filtered(message))
}

/// The attributes as filters see them: texts, numbers and lists; bytes have no filters.
fn filtered(message: &Publication) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, attribute) in &message.attributes {
        let AttributeValue::Text(text) = &attribute.value else { continue };
        let value = match attribute.data_type.as_str() {
            "Number" => serde_json::from_str(text).ok().filter(Value::is_number),
            "String.Array" => serde_json::from_str(text).ok().filter(Value::is_array),
            _ => Some(Value::from(text.as_str())),
        };
        if let Some(value) = value {
            all.insert(name.clone(), value);
        }
    }
    all
}
