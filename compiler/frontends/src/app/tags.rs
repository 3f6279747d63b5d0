//! Which resource types have tags, and in which form.

use samc_ir::{Expr, Map};

/// The tag that every resource carries.
pub(super) const APP: &str = "samc:app";

/// Types whose `Tags` is a list of `Key` and `Value`.
const LISTS: &[&str] = &[
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Types whose `Tags` is a map.
const MAPS: &[&str] = &["AWS::Serverless::Api", "AWS::Serverless::Function", "AWS::Serverless::HttpApi"];

/// Puts tags into the properties of a type that has some; those that are there already win.
pub(super) fn put(resource_type: &str, properties: &mut Map, tags: &Map) {
    if MAPS.contains(&resource_type) {
        properties.insert("Tags", tags.clone());
    } else if LISTS.contains(&resource_type) {
        let tag = |(key, value): (&samc_ir::Str, &Expr)| {
            Expr::from([("Key", Expr::from(key)), ("Value", value.clone())])
        };
        properties.insert("Tags", tags.iter().map(tag).collect::<Vec<Expr>>());
    }
}
