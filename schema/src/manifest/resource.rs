//! Queues, topics and other places that functions write to and are started from.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A resource that has an equal on this machine, or in an emulator that the user runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Resource {
    /// A queue of SQS, kept in memory.
    Queue {
        /// Its name.
        name: String,
        /// Whether it keeps the order of each group.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fifo: bool,
        /// Whether the body stands for the id that tells repeated messages. FIFO queues only.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        content_based_deduplication: bool,
        /// Seconds for which a message that was received is hidden from others.
        visibility_seconds: u64,
        /// Seconds before a new message can be received.
        delay_seconds: u64,
        /// Seconds for which messages are kept.
        retention_seconds: u64,
        /// Where messages go that were received too often.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_letters: Option<DeadLetters>,
    },
    /// A topic of SNS, kept in memory.
    Topic {
        /// Its name.
        name: String,
        /// Whether it keeps the order of each group.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fifo: bool,
        /// Whether the message stands for the id that tells repeated ones. FIFO topics only.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        content_based_deduplication: bool,
    },
    /// An event bus, kept in memory.
    Bus {
        /// Its name.
        name: String,
    },
    /// A bucket of S3: a folder that is watched, or a bucket of an emulator.
    Bucket {
        /// Its name.
        name: String,
        /// Whether it tells the default bus of its objects.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        event_bridge: bool,
    },
    /// A table of DynamoDB, in an emulator.
    Table {
        /// Its name.
        name: String,
        /// The types of its keys, such as `S`, by name.
        keys: IndexMap<String, String>,
        /// What its stream tells, such as `NEW_AND_OLD_IMAGES`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream: Option<String>,
        /// The properties that create it, as DynamoDB's CreateTable takes them.
        create: serde_json::Value,
    },
    /// A stream of Kinesis, kept in memory.
    Stream {
        /// Its name.
        name: String,
        /// How many shards it has, 1 unless it says otherwise.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        shards: u32,
    },
}

pub(super) fn one() -> u32 {
    1
}

pub(super) fn is_one(count: &u32) -> bool {
    *count == 1
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeadLetters {
    /// The queue, by logical id.
    pub queue: String,
    /// How often a message is received before.
    pub max_receives: u32,
}
