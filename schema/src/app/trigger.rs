//! `on`: what makes a function run.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{Any, OneOrMany, shorthand};
use super::scalars::{Duration, Name, Rate, Reference, Route};

/// What makes a function run. One key says which kind of trigger it is: `route`, `schedule`, `queue`,
/// `message`, `topic`, `stream`, `bucket`, `event`, `user`, `log`, `alarm`, `kafka`, `mq`, `iot`, `alb`, `alexa`
/// or `config-rule`; the others belong to that kind. A route alone may be written
/// as text: `GET /hello`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Trigger", transform = crate::json_schema::trigger)]
pub struct Trigger {
    /// Requests to a route of an API, such as `GET /orders/{id}`.
    pub route: Option<Spanned<Route>>,
    /// The clock: `rate(5m)`, `cron(0 3 * * ? *)` or `at(2026-01-01T00:00:00)`.
    pub schedule: Option<Spanned<Rate>>,
    /// Messages of a queue.
    pub queue: Option<Spanned<Reference>>,
    /// Messages of a topic.
    pub topic: Option<Spanned<Reference>>,
    /// Records of a stream, or changes of a table that has `stream`.
    pub stream: Option<Spanned<Reference>>,
    /// What happens to the objects of a bucket.
    pub bucket: Option<Spanned<Reference>>,
    /// Events of a bus that match: a pattern of EventBridge, or a mapping of its parts.
    pub event: Option<Spanned<Any>>,

    /// Messages of a WebSocket API: `$connect`, `$disconnect`, `$default` or a word.
    pub message: Option<Spanned<String>>,
    /// What users of a pool do: the moment in their lives, such as `post-confirm`.
    pub user: Option<Spanned<UserMoment>>,
    /// Lines of the logs of a function, or of a log group by name.
    pub log: Option<Spanned<String>>,
    /// An alarm that rings.
    pub alarm: Option<Spanned<Name>>,
    /// Records of a topic of Kafka: the ARN of an MSK cluster, or `self-managed` with `servers`.
    pub kafka: Option<Spanned<String>>,
    /// Messages of a broker (Amazon MQ), by its ARN.
    pub mq: Option<Spanned<String>>,
    /// Messages of things: a statement of IoT SQL.
    pub iot: Option<Spanned<String>>,
    /// Requests to a load balancer: the ARN of its listener.
    pub alb: Option<Spanned<String>>,
    /// Requests of an Alexa skill: its id.
    pub alexa: Option<Spanned<String>>,
    /// Changes that AWS Config sees: types of resources such as `AWS::EC2::Instance`.
    pub config_rule: Option<Spanned<OneOrMany<String>>>,

    /// Route and message: the API it belongs to. Left out: the only API, or one called `api` that is then made.
    pub api: Option<Spanned<Name>>,
    /// Route: an authorizer of the API, `iam`, or `none`. Left out: as the API has it.
    pub auth: Option<Spanned<String>>,
    /// Route: OAuth scopes of which the caller needs one.
    pub scopes: Option<Vec<Spanned<String>>>,
    /// Route of a REST API: whether a call needs an API key.
    pub key: Option<Spanned<bool>>,
    /// Route of a REST API: the model of the API that a body must fit.
    pub model: Option<Spanned<String>>,
    /// Route of a REST API: parts of the request it must have, as `query.page` or `header.X-Shop`.
    pub params: Option<Vec<Spanned<String>>>,
    /// Route: how long the function may take to answer, 50ms to 29s in whole seconds. Default: as long as the API lets it.
    pub timeout: Option<Spanned<Duration>>,

    /// Schedule and event: what the function is given in place of the event.
    pub input: Option<Spanned<Any>>,
    /// Schedule: whether a rule of EventBridge keeps the time, as in older templates, in place of EventBridge
    /// Scheduler. Default false.
    pub rule: Option<Spanned<bool>>,
    /// Schedule: the time zone of the clock, such as `Europe/Berlin`. Default UTC.
    pub timezone: Option<Spanned<String>>,
    /// Schedule: how late it may run, 1m to 1d. Stream: the tumbling window, 0s to 15m.
    pub window: Option<Spanned<Duration>>,
    /// Whether it runs at all. Default true.
    pub enabled: Option<Spanned<bool>>,
    /// Schedule and event: how often and how long to try again.
    pub retry: Option<TriggerRetry>,
    /// Schedule, event, topic and stream: the queue (stream: or topic) for what could not be handled.
    pub dlq: Option<Spanned<Reference>>,

    /// Queue: messages handed over at once, 1 to 10000, default 10. Stream: records, default 100.
    #[schemars(range(min = 1, max = 10000))]
    pub batch: Option<Spanned<u64>>,
    /// Queue and stream: how long to gather a batch, 0s to 5m. A queue needs it above 10 messages.
    pub wait: Option<Spanned<Duration>>,
    /// Queue: how many copies of the function may work at once, 2 to 1000.
    #[schemars(range(min = 2, max = 1000))]
    pub concurrency: Option<Spanned<u64>>,
    /// Queue and stream: the function answers which items failed, and only those come again. Default true.
    pub partial: Option<Spanned<bool>>,
    /// Queue, topic and stream: patterns of which one must match.
    pub filter: Option<Spanned<Any>>,
    /// Topic: what the filter looks at: `attributes` (the default) or `body`.
    pub filter_on: Option<Spanned<FilterOn>>,

    /// Stream: where to begin: `latest` (the default) or `start`.
    pub from: Option<Spanned<StartingPosition>>,
    /// Stream: batches of one shard worked on at once, 1 to 10. Default 1.
    #[schemars(range(min = 1, max = 10))]
    pub parallel: Option<Spanned<u64>>,
    /// Stream: whether a batch that fails is tried again in halves. Default false.
    pub split_on_error: Option<Spanned<bool>>,
    /// Stream: how often a batch that fails is tried again, 0 to 10000. Default: until it expires.
    #[schemars(range(max = 10000))]
    pub retries: Option<Spanned<u64>>,
    /// Stream: records older than this are left out, 1m to 7d.
    pub max_age: Option<Spanned<Duration>>,

    /// Bucket: what happens: `created` (the default), `removed`, `restored`, `tagged`, or an `s3:` event.
    pub events: Option<Vec<Spanned<String>>>,
    /// Bucket: only objects whose keys begin so.
    pub prefix: Option<Spanned<String>>,
    /// Bucket: only objects whose keys end so.
    pub suffix: Option<Spanned<String>>,
    /// Bucket: how it hears of it: `direct` (the default), or by way of `eventbridge`.
    pub via: Option<Spanned<Via>>,

    /// Event: the bus. Left out: the account's default bus.
    pub bus: Option<Spanned<Reference>>,
    /// Event: the sources of the events, for a pattern in parts.
    pub source: Option<Spanned<OneOrMany<String>>>,
    /// Event: the types of the events (`detail-type`), for a pattern in parts.
    pub r#type: Option<Spanned<OneOrMany<String>>>,
    /// Event: the pattern of the detail, for a pattern in parts.
    pub detail: Option<Spanned<Any>>,

    /// User: the pool. Left out: the only one.
    pub userpool: Option<Spanned<Reference>>,
    /// Log: the lines, as a filter pattern of CloudWatch. Default: all.
    pub pattern: Option<Spanned<String>>,
    /// Kafka: the topic.
    pub topics: Option<Spanned<OneOrMany<String>>>,
    /// Kafka, self-managed: the servers, as `host:port`.
    pub servers: Option<Vec<Spanned<String>>>,
    /// Kafka and mq: the secret with the name and password, under `secrets` or as an ARN.
    pub secret: Option<Spanned<String>>,
    /// Kafka: the group of consumers. Default: Lambda names it.
    pub group: Option<Spanned<String>>,
    /// Mq: the queue of the broker.
    pub from_queue: Option<Spanned<String>>,
    /// Mq: what the broker is: `active` (the default) or `rabbit`.
    pub broker: Option<Spanned<Broker>>,
    /// Alb: its place among the rules of the listener, 1 to 50000.
    #[schemars(range(min = 1, max = 50000))]
    pub priority: Option<Spanned<u64>>,
    /// Alb: the paths, such as `/shop/*`.
    pub path: Option<Spanned<OneOrMany<String>>>,
    /// Alb: the hosts.
    pub host: Option<Spanned<OneOrMany<String>>>,

    /// The stages in which the trigger exists. Left out: all.
    pub only: Option<Vec<Name>>,
    /// The stages in which the trigger does not exist.
    pub not: Option<Vec<Name>>,
}

shorthand!(Trigger, "a route such as `GET /hello`, or a mapping with the kind of trigger as a key", |text| {
    Route::parse(text).map(|route| Trigger { route: Some(route.into()), ..Trigger::default() })
});

/// A moment in the life of a user of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserMoment {
    /// Before somebody signs up: may refuse.
    PreSignup,
    /// After somebody confirmed the address.
    PostConfirm,
    /// Before somebody signs in: may refuse.
    PreAuth,
    /// After somebody signed in.
    PostAuth,
    /// Before a token is made: may change it.
    PreToken,
    /// When the next question of a way of one's own is chosen.
    DefineAuth,
    /// When that question is made.
    CreateAuth,
    /// When its answer is checked.
    VerifyAuth,
    /// When somebody signs in who is not in the pool yet.
    Migrate,
    /// Before a message is sent: may write it.
    Message,
}

/// What a broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Broker {
    /// ActiveMQ.
    Active,
    /// RabbitMQ.
    Rabbit,
}

/// How often and how long a trigger tries again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TriggerRetry {
    /// Tries after the first, 0 to 185. Default 185.
    #[schemars(range(max = 185))]
    pub attempts: Option<Spanned<u64>>,
    /// How old an event may become, 1m to 1d. Default 1d.
    pub max_age: Option<Spanned<Duration>>,
}

/// What the filter of a topic looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterOn {
    /// The attributes of the message.
    Attributes,
    /// The text of the message, which must be JSON.
    Body,
}

/// Where reading of a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartingPosition {
    /// With what comes from now on.
    Latest,
    /// With the oldest record there is.
    Start,
}

/// How a function hears of what happens in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The bucket invokes the function.
    Direct,
    /// The bucket tells EventBridge, and a rule invokes the function.
    Eventbridge,
}

/// The kinds of trigger, by the key that says so, and the keys of each beside `only` and `not`.
pub const TRIGGER_KEYS: &[(&str, &[&str])] = &[
    ("route", &["api", "auth", "scopes", "key", "model", "params", "timeout"]),
    ("message", &["api", "auth"]),
    ("schedule", &["input", "rule", "timezone", "window", "enabled", "retry", "dlq"]),
    ("queue", &["batch", "wait", "concurrency", "partial", "filter", "enabled"]),
    ("topic", &["filter", "filter-on", "dlq"]),
    (
        "stream",
        &[
            "from",
            "batch",
            "wait",
            "parallel",
            "split-on-error",
            "retries",
            "max-age",
            "dlq",
            "filter",
            "window",
            "partial",
            "enabled",
        ],
    ),
    ("bucket", &["events", "prefix", "suffix", "via"]),
    ("event", &["bus", "source", "type", "detail", "input", "dlq", "retry", "enabled"]),
    ("user", &["userpool"]),
    ("log", &["pattern"]),
    ("alarm", &[]),
    ("kafka", &["topics", "servers", "secret", "group", "from", "batch", "wait", "filter", "enabled"]),
    ("mq", &["from-queue", "broker", "secret", "batch", "wait", "filter", "enabled"]),
    ("iot", &[]),
    ("alb", &["priority", "path", "host"]),
    ("alexa", &[]),
    ("config-rule", &["input"]),
];
