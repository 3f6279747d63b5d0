//! The events that functions get from queues, topics, buckets, buses, schedules and streams, as pure
//! functions of what happened.
//!
//! Source: the pages "Using Lambda with …" of each service in the guide of Lambda.

mod bucket;
mod bus;
mod queue;
mod stream;
mod topic;

pub use bucket::{object_event, s3, s3_key};
pub use bus::{eventbridge, schedule};
pub(crate) use queue::sqs_record;
pub use queue::{sqs, sqs_received};
pub use stream::{dynamodb, kinesis};
pub(crate) use stream::{dynamodb_record, kinesis_record, partition_key, shard_id};
pub(crate) use topic::envelope;
pub use topic::{Subscription, sns};

/// Where and when something happens.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// The time in milliseconds since 1970.
    pub now_ms: u64,
}

impl Place<'_> {
    /// The ARN of something of a service, such as `arn:aws:sqs:eu-west-1:000000000000:jobs`.
    pub fn arn(&self, service: &str, name: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{name}", self.region, self.account)
    }
}
