//! Which resource types have tags, and in which form.

use samc_ir::{Expr, Map};

/// The tag that every resource carries.
pub(super) const APP: &str = "samc:app";

/// Types whose `Tags` is a list of `Key` and `Value`.
const LISTS: &[&str] = &[
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::UsagePlan",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::DynamoDB::Table",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::EventBus",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Types with a map of tags, and the property that it stands under.
const MAPS: &[(&str, &str)] = &[
    ("AWS::Cognito::UserPool", "UserPoolTags"),
    ("AWS::Serverless::Api", "Tags"),
    ("AWS::Serverless::Function", "Tags"),
    ("AWS::Serverless::HttpApi", "Tags"),
    ("AWS::Serverless::StateMachine", "Tags"),
    ("AWS::Serverless::WebSocketApi", "Tags"),
];

/// Puts tags into the properties of a type that has some; those that are there already win.
pub(super) fn put(resource_type: &str, properties: &mut Map, tags: &Map) {
    if let Some((_, key)) = MAPS.iter().find(|(name, _)| *name == resource_type) {
        properties.insert(*key, tags.clone());
    } else if LISTS.contains(&resource_type) {
        let tag = |(key, value): (&samc_ir::Str, &Expr)| {
            Expr::from([("Key", Expr::from(key)), ("Value", value.clone())])
        };
        properties.insert("Tags", tags.iter().map(tag).collect::<Vec<Expr>>());
    }
}
