//! What starts functions, routes aside.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resource::{is_one, one};

/// Something that happens, and what it starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// The logical id of the resource that says so, such as a rule or an event source mapping. A rule
    /// with several targets has a trigger for each.
    pub id: String,
    /// What it starts.
    pub target: Target,
    /// What happens.
    #[serde(flatten)]
    pub source: Source,
}

/// A function or another place that an event or a message goes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "to", content = "id", rename_all = "kebab-case")]
pub enum Target {
    /// A function, by logical id.
    Function(String),
    /// A queue, by logical id.
    Queue(String),
    /// A topic, by logical id.
    Topic(String),
    /// A bus, by logical id.
    Bus(String),
    /// Something that does not run locally: its logical id or what the input says of it.
    Unsupported(String),
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Source {
    /// Messages are in a queue.
    Sqs {
        /// The queue: its logical id, or its ARN where it is not of this application.
        queue: String,
        /// Messages in an event at most.
        batch_size: u32,
        /// Seconds to wait for a full batch.
        window_seconds: u64,
        /// Whether the function tells which messages of a batch failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        partial_responses: bool,
        /// Batches at once at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        concurrency: Option<u32>,
        /// Patterns of which a message must match one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filters: Vec<serde_json::Value>,
        /// Whether it is on.
        enabled: bool,
    },
    /// Records are in a stream of a table or of Kinesis.
    Stream {
        /// The table or the stream: its logical id, or its ARN where it is not of this application.
        stream: String,
        /// Whether it is the stream of a table.
        table: bool,
        /// Records in an event at most.
        batch_size: u32,
        /// Seconds to wait for a full batch.
        window_seconds: u64,
        /// `LATEST` or `TRIM_HORIZON`.
        start: String,
        /// Batches of a shard that are in the function at once, 1 unless it says otherwise. Records of one key
        /// come one after the other nevertheless.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        parallel: u32,
        /// Whether the function tells at which record of a batch it failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        partial_responses: bool,
        /// Whether a failed batch is cut in two.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        bisect: bool,
        /// How often a failed batch is tried again; none for as long as the records are kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// Where failed batches are told to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<Target>,
        /// Patterns of which a record must match one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filters: Vec<serde_json::Value>,
        /// Whether it is on.
        enabled: bool,
    },
    /// A message is published to a topic.
    Sns {
        /// The topic: its logical id, or its ARN where it is not of this application.
        topic: String,
        /// The filter policy; null for none.
        #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
        filter: serde_json::Value,
        /// Whether the filter is about the body rather than the attributes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        filter_on_body: bool,
        /// Whether queues get the message as it is, without the envelope.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        raw: bool,
        /// Where messages go that its target does not take: a queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_letters: Option<Target>,
    },
    /// Something happens to an object of a bucket.
    S3 {
        /// The bucket, by logical id.
        bucket: String,
        /// What happens, such as `s3:ObjectCreated:*`.
        events: Vec<String>,
        /// What keys begin with.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prefix: String,
        /// What keys end with.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        suffix: String,
    },
    /// An event of a bus matches a pattern.
    Event {
        /// The bus: its logical id, `default`, or its name or ARN where it is not of this application.
        bus: String,
        /// The pattern, as EventBridge takes it.
        pattern: serde_json::Value,
        /// What the target gets in place of the event.
        #[serde(default, skip_serializing_if = "Input::is_event")]
        input: Input,
        /// Whether it is on.
        enabled: bool,
        /// Where events go that its target does not take: a queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_letters: Option<Target>,
    },
    /// The time has come.
    Schedule {
        /// `rate(…)`, `cron(…)` or `at(…)`.
        expression: String,
        /// The time zone; UTC without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
        /// What the target gets in place of the event.
        #[serde(default, skip_serializing_if = "Input::is_event")]
        input: Input,
        /// Whether a rule of EventBridge says so, whose event tells it, rather than a schedule of the
        /// scheduler, which sends its input as it is.
        rule: bool,
        /// Whether it is on.
        enabled: bool,
        /// Where events go that its target does not take: a queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_letters: Option<Target>,
    },
}

/// What a target gets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The event.
    #[default]
    Event,
    /// This text.
    Constant(String),
    /// A part of the event, by a JSON path.
    Path(String),
    /// A text with parts of the event in it.
    Transformer(InputTransformer),
}

impl Input {
    /// Whether the target gets the event as it is.
    pub fn is_event(&self) -> bool {
        *self == Input::Event
    }
}

/// A text with parts of the event in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputTransformer {
    /// JSON paths of the parts by name.
    pub paths: IndexMap<String, String>,
    /// The text, with `<name>` for each part.
    pub template: String,
}
