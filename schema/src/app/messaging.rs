//! `queues`, `topics`, `streams` and `buses`.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Components;
use super::encryption::{QueueEncryption, TopicEncryption};
use super::forms::{Any, Off, component, or_false_or_text, shorthand};
use super::scalars::{Duration, Name, Reference, Size};

component! {
    /// A queue. It has a dead-letter queue of its own, `<name>.dlq`, unless `dlq` says otherwise.
    #[schemars(rename = "Queue")]
    pub struct Queue {
        /// Whether messages keep their order and come once. Default false.
        pub fifo: Option<Spanned<bool>>,
        /// Fifo: how repeated messages are told: by their `content`, or by `none` other than the sender's id.
        pub dedup: Option<Spanned<Dedup>>,
        /// How long a message stays hidden while it is worked on, 0s to 12h. Default: six times the
        /// longest timeout of the functions it triggers, else 30s.
        pub visibility: Option<Spanned<Duration>>,
        /// How long a message is kept, 1m to 14d. Default 4d.
        pub retain: Option<Spanned<Duration>>,
        /// How long a new message stays hidden, 0s to 15m. Default 0s.
        pub delay: Option<Spanned<Duration>>,
        /// The size of the largest message, 1KB to 1MB. Default 256KB.
        pub max_size: Option<Spanned<Size>>,
        /// Where messages go that failed too often: a mapping for the queue's own (also the default),
        /// the name of another queue, or `false`.
        pub dlq: Option<Spanned<QueueDlq>>,
        /// How messages are encrypted: `sqs` (the default), `kms` (the key that AWS manages), or a key under `keys`.
        pub encrypt: Option<Spanned<QueueEncryption>>,
        /// A resource policy as it is: a list of statements, beside those that triggers and subscriptions need.
        pub policy: Option<Any>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// How repeated messages of a fifo queue or topic are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dedup {
    /// By a digest of the content.
    Content,
    /// By the id that the sender gives.
    None,
}

/// The dead-letter queue of a queue. A name stands for `queue`; `false` means that there is none.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "QueueDlq", transform = or_false_or_text)]
pub struct QueueDlq {
    /// Another queue. Left out: a queue of its own.
    pub queue: Option<Spanned<Name>>,
    /// So many times a message is received before it goes there, 1 to 1000. Default 5.
    #[schemars(range(min = 1, max = 1000))]
    pub after: Option<Spanned<u64>>,
    /// How long its own dead-letter queue keeps messages, 1m to 14d. Default 14d.
    pub retain: Option<Spanned<Duration>>,
    /// Set where `dlq: false` is written.
    #[serde(skip)]
    #[schemars(skip)]
    pub is_off: bool,
}

shorthand!(QueueDlq, "`false`, the name of a queue, or a mapping", |text| match text {
    "false" => Some(QueueDlq { is_off: true, ..QueueDlq::default() }),
    "true" => None,
    name => Name::parse(name).map(|n| QueueDlq { queue: Some(n.into()), ..QueueDlq::default() }),
});

component! {
    /// A topic: whoever subscribes gets a copy of each message.
    #[schemars(rename = "Topic")]
    pub struct Topic {
        /// Whether messages keep their order and come once; only fifo queues can subscribe. Default false.
        pub fifo: Option<Spanned<bool>>,
        /// Fifo: how repeated messages are told.
        pub dedup: Option<Spanned<Dedup>>,
        /// How messages are encrypted: `none` (the default), `kms` (the key that AWS manages), or a key under `keys`.
        pub encrypt: Option<Spanned<TopicEncryption>>,
        /// Subscribers that are no functions; a function subscribes by its trigger `topic`.
        pub subscribe: Option<Vec<Spanned<Subscription>>>,
        /// The name that messages show as their sender.
        pub display: Option<Spanned<String>>,
        /// A resource policy as it is: a list of statements, beside those that services of this file need.
        pub policy: Option<Any>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// A subscriber of a topic: one of `queue`, `email`, `url` and `sms`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subscription {
    /// A queue.
    pub queue: Option<Spanned<Reference>>,
    /// An address that has to confirm.
    pub email: Option<Spanned<String>>,
    /// An address `https://...` that has to confirm.
    pub url: Option<Spanned<String>>,
    /// A telephone number such as `+491701234567`.
    pub sms: Option<Spanned<String>>,
    /// Patterns of which one must match.
    pub filter: Option<Any>,
    /// What the filter looks at: `attributes` (the default) or `body`.
    pub filter_on: Option<super::FilterOn>,
    /// Queue and url: the message alone, without SNS's envelope. Default false.
    pub raw: Option<Spanned<bool>>,
}

component! {
    /// A stream of records (Kinesis).
    #[schemars(rename = "Stream")]
    pub struct Stream {
        /// The number of shards, or `on-demand` (the default).
        pub shards: Option<Spanned<Shards>>,
        /// How long records are kept, 24h to 365d. Default 24h.
        pub retain: Option<Spanned<Duration>>,
        /// How records are encrypted: `none` (the default), `kms` (the key that AWS manages), or a key under `keys`.
        pub encrypt: Option<Spanned<TopicEncryption>>,
        /// Consumers that each have a share of their own.
        pub consumers: Option<Vec<Spanned<Name>>>,
        /// `kinesis` (the default: functions read it) or `firehose` (it writes to a bucket by itself).
        pub r#type: Option<Spanned<StreamType>>,
        /// Firehose: where the records go.
        pub to: Option<FirehoseTo>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamType {
    /// A data stream.
    Kinesis,
    /// A delivery stream.
    Firehose,
}

/// Where the records of a delivery stream go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FirehoseTo {
    /// The bucket.
    pub bucket: Spanned<Name>,
    /// The beginning of the keys; `!{timestamp:yyyy}` and the like stand for the time.
    pub prefix: Option<Spanned<String>>,
    /// How files are compressed: `none`, `gzip` (the default), `zip` or `snappy`.
    pub format: Option<Spanned<FirehoseFormat>>,
    /// When a file is written: whichever comes first.
    pub buffer: Option<Buffer>,
    /// A function that changes the records before.
    pub transform: Option<Spanned<Name>>,
}

/// How the files of a delivery stream are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum FirehoseFormat {
    None,
    Gzip,
    Zip,
    Snappy,
}

/// When a delivery stream writes a file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Buffer {
    /// At this size, 1MB to 128MB. Default 5MB.
    pub size: Option<Spanned<Size>>,
    /// After this time, 0s to 15m. Default 5m.
    pub time: Option<Spanned<Duration>>,
}

/// The capacity of a stream: a number of shards, or the word `on-demand`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Shards", transform = shards_schema)]
pub struct Shards {
    /// The number; none means as many as it takes.
    #[serde(skip)]
    pub count: Option<u64>,
}

shorthand!(Shards, "a number of shards, or `on-demand`", |text| match text {
    "on-demand" => Some(Shards { count: None }),
    text => text.parse().ok().filter(|n| *n > 0).map(|n| Shards { count: Some(n) }),
});

fn shards_schema(schema: &mut schemars::Schema) {
    let description = schema.get("description").cloned();
    *schema = schemars::json_schema!({"anyOf": [{"const": "on-demand"}, {"type": "integer", "exclusiveMinimum": 0}]});
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}

component! {
    /// A bus of events (EventBridge).
    #[schemars(rename = "Bus")]
    pub struct Bus {
        /// How long events are archived, so that they can be played again. Default: not at all.
        pub archive: Option<Spanned<Duration>>,
        /// Rules that send events on to components; a function listens by its trigger `event`.
        pub rules: Option<Components<BusRule>>,
        /// Whether EventBridge finds out the shapes of the events. Default false.
        pub schema_discovery: Option<Spanned<bool>>,
        /// Account ids that may put events.
        pub share_with: Option<Vec<Spanned<String>>>,
        /// Its physical name. Default `<app>-<stage>-<name>`.
        pub name: Option<Spanned<String>>,
    }
}

/// A rule of a bus.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BusRule {
    /// The pattern of the events.
    pub event: Spanned<Any>,
    /// The components they go to.
    pub to: Vec<Spanned<RuleTarget>>,
}

/// Where a rule sends events: one of `queue`, `topic`, `bus`, `function` and `workflow`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleTarget {
    /// A queue, which gets each event as a message.
    pub queue: Option<Spanned<Reference>>,
    /// A topic, which gets each event as a message.
    pub topic: Option<Spanned<Reference>>,
    /// Another bus, also of another account.
    pub bus: Option<Spanned<Reference>>,
    /// A function, which is called with each event.
    pub function: Option<Spanned<Reference>>,
    /// A workflow, which is started with each event.
    pub workflow: Option<Spanned<Reference>>,
}

/// `false` or a duration.
pub type DurationOrFalse = Off<Duration>;
