//! What is in queues and who hears what, for the page and whoever asks.

use serde::Serialize;

/// Everything that drives functions, routes aside.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The queues.
    pub queues: Vec<QueueState>,
    /// The topics.
    pub topics: Vec<TopicState>,
    /// The buses.
    pub buses: Vec<BusState>,
    /// The schedules.
    pub schedules: Vec<ScheduleState>,
    /// The buckets.
    pub buckets: Vec<BucketState>,
    /// Streams of tables and of Kinesis that functions read.
    pub streams: Vec<StreamState>,
}

/// A queue.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    /// Its logical id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it keeps the order of each group.
    pub fifo: bool,
    /// Messages that can be received, groups aside.
    pub visible: usize,
    /// Messages that were received and are hidden.
    pub in_flight: usize,
    /// Messages that cannot be received yet.
    pub delayed: usize,
    /// Where messages go that were received too often, by logical id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<String>,
    /// The first messages.
    pub messages: Vec<MessageState>,
}

/// A message of a queue.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageState {
    /// Its id.
    pub id: String,
    /// The beginning of its body.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: u64,
    /// Its group, in a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `visible`, `inFlight` or `delayed`.
    pub state: &'static str,
}

/// A topic.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicState {
    /// Its logical id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it keeps the order of each group.
    pub fifo: bool,
    /// Messages that were published.
    pub published: u64,
    /// Who hears it.
    pub subscriptions: Vec<ListenerState>,
}

/// A bus.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BusState {
    /// Its logical id, or `default`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Events that were put on it.
    pub events: u64,
    /// Its rules, one for each target.
    pub rules: Vec<ListenerState>,
}

/// A subscription, or a rule and one of its targets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerState {
    /// The logical id of what says so.
    pub id: String,
    /// What it goes to: `function`, `queue`, `topic`, `bus` or `unsupported`.
    pub to: &'static str,
    /// The logical id of that.
    pub target: String,
    /// The filter or pattern; null for none.
    pub filter: serde_json::Value,
    /// Whether it is on.
    pub enabled: bool,
    /// What went there.
    pub delivered: u64,
}

/// A schedule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleState {
    /// The logical id of what says so.
    pub id: String,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// The time zone; UTC without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// What it goes to: `function`, `queue`, `topic`, `bus` or `unsupported`.
    pub to: &'static str,
    /// The logical id of that.
    pub target: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it comes by itself; otherwise only where somebody says so.
    pub clock: bool,
    /// When it comes next, such as `2026-03-01T12:00:00Z`; none for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What is wrong with the expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A bucket.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketState {
    /// Its logical id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The folder that is watched for it; none where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What hears of its objects.
    pub notifications: Vec<ListenerState>,
}

/// A stream of a table or of Kinesis.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamState {
    /// The logical id of the table or the stream.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `table` or `stream`.
    pub kind: &'static str,
    /// Records that were put in.
    pub records: u64,
    /// Who reads it.
    pub readers: Vec<ListenerState>,
}
