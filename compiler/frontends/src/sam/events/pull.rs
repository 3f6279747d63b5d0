//! Events that Lambda polls for: an event source mapping each, and what the function's role must
//! allow for it.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::access;
use super::{Event, EventType, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;
use crate::sam::{arn, policy_documents};

/// Properties that every polled source takes, in the order of the mapping's own.
macro_rules! polled {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            Property::optional("BatchSize", Shape::Int),
            Property::pass("StartingPosition"),
            Property::pass("StartingPositionTimestamp"),
            Property::optional("Enabled", Shape::Bool),
            Property::optional("MaximumBatchingWindowInSeconds", Shape::Int),
            Property::optional("MaximumRetryAttempts", Shape::Int),
            Property::optional("BisectBatchOnFunctionError", Shape::Bool),
            Property::optional("MaximumRecordAgeInSeconds", Shape::Int),
            Property::optional("DestinationConfig", Shape::Map),
            Property::optional("ParallelizationFactor", Shape::Int),
            Property::optional("Topics", Shape::List),
            Property::optional("Queues", Shape::List),
            Property::optional("SourceAccessConfigurations", Shape::List),
            Property::optional("SecretsManagerKmsKeyId", Shape::Text),
            Property::optional("TumblingWindowInSeconds", Shape::Int),
            Property::optional("FunctionResponseTypes", Shape::List),
            Property::optional("KafkaBootstrapServers", Shape::List),
            Property::optional("FilterCriteria", Shape::Map),
            Property::pass("KmsKeyArn"),
            Property::optional("ConsumerGroupId", Shape::Text),
            Property::optional("ScalingConfig", Shape::Map),
            Property::optional("ProvisionedPollerConfig", Shape::Map),
            Property::optional("SchemaRegistryConfig", Shape::Map),
            Property::optional("MetricsConfig", Shape::Map),
            Property::optional("LoggingConfig", Shape::Map),
        ]
    };
}

/// What the mapping takes over as it is.
const COPIED: &[&str] = &[
    "StartingPosition",
    "StartingPositionTimestamp",
    "BatchSize",
    "Enabled",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "TumblingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "KmsKeyArn",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "MetricsConfig",
    "LoggingConfig",
];

/// Messages of an SQS queue.
pub(super) const SQS: EventType =
    EventType { name: "SQS", properties: polled![Property::required("Queue", Shape::Any)], expand: sqs };

/// Records of a Kinesis stream.
pub(super) const KINESIS: EventType = EventType {
    name: "Kinesis",
    properties: polled![
        Property::required("Stream", Shape::Any),
        Property::required("StartingPosition", Shape::Any)
    ],
    expand: kinesis,
};

/// Changes of a DynamoDB table.
pub(super) const DYNAMODB: EventType = EventType {
    name: "DynamoDB",
    properties: polled![
        Property::required("Stream", Shape::Any),
        Property::required("StartingPosition", Shape::Any)
    ],
    expand: dynamodb,
};

/// Records of a topic of Amazon MSK.
pub(super) const MSK: EventType = EventType {
    name: "MSK",
    properties: polled![
        Property::required("Stream", Shape::Any),
        Property::required("StartingPosition", Shape::Any)
    ],
    expand: msk,
};

/// Messages of a queue of Amazon MQ.
pub(super) const MQ: EventType = EventType {
    name: "MQ",
    properties: polled![
        Property::required("Broker", Shape::Any),
        Property::optional("DynamicPolicyName", Shape::Bool).literal()
    ],
    expand: mq,
};

/// Records of a Kafka cluster of one's own.
pub(super) const SELF_MANAGED_KAFKA: EventType =
    EventType { name: "SelfManagedKafka", properties: polled![], expand: self_managed_kafka };

/// Changes of a DocumentDB cluster.
pub(super) const DOCUMENT_DB: EventType = EventType {
    name: "DocumentDB",
    properties: polled![
        Property::required("Cluster", Shape::Any),
        Property::required("DatabaseName", Shape::Any),
        Property::pass("CollectionName"),
        Property::pass("FullDocument")
    ],
    expand: document_db,
};

/// What a source needs beside the properties of all.
#[derive(Default)]
struct Source {
    arn: Option<Expr>,
    managed_policy: Option<&'static str>,
    policy: Option<Expr>,
    /// The property that holds the settings of Kafka, for sources that are Kafka.
    kafka: Option<&'static str>,
    /// Further properties of the mapping.
    extra: Map,
}

fn sqs(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let source = Source {
        arn: event.get("Queue").cloned(),
        managed_policy: Some("service-role/AWSLambdaSQSQueueExecutionRole"),
        ..Source::default()
    };
    mapping(ctx, event, target, role, source)
}

fn kinesis(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let source = Source {
        arn: event.get("Stream").cloned(),
        managed_policy: Some("service-role/AWSLambdaKinesisExecutionRole"),
        ..Source::default()
    };
    mapping(ctx, event, target, role, source)
}

fn dynamodb(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let source = Source {
        arn: event.get("Stream").cloned(),
        managed_policy: Some("service-role/AWSLambdaDynamoDBExecutionRole"),
        ..Source::default()
    };
    mapping(ctx, event, target, role, source)
}

fn msk(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let mut statements = access::schema_registry(ctx, event)?;
    for configuration in event.get("SourceAccessConfigurations").and_then(Expr::as_list).unwrap_or_default() {
        let part = |name: &str| configuration.as_map().and_then(|c| c.get(name)).filter(|v| v.is_truthy());
        if part("Type").and_then(Expr::as_str) == Some("CLIENT_CERTIFICATE_TLS_AUTH")
            && let Some(uri) = part("URI")
        {
            statements.push(access::read_secret(uri.clone()));
        }
    }
    let document = Expr::from([("Statement", Expr::from(statements.clone()))]);
    let source = Source {
        arn: event.get("Stream").cloned(),
        managed_policy: Some("service-role/AWSLambdaMSKExecutionRole"),
        policy: (!statements.is_empty())
            .then(|| policy_documents::inline("MSKExecutionRolePolicy", document)),
        kafka: Some("AmazonManagedKafkaEventSourceConfig"),
        ..Source::default()
    };
    mapping(ctx, event, target, role, source)
}

fn mq(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let secret = access::required_uri(ctx, event, &["BASIC_AUTH", "VIRTUAL_HOST"], "BASIC_AUTH")?;
    let broker = event.get("Broker").cloned();
    let mut statements = vec![
        access::read_secret(secret),
        access::statement(&["mq:DescribeBroker"], broker.clone().unwrap_or_else(Expr::null)),
    ];
    if let Some(key) = access::kms_key(ctx, event)? {
        let mut decrypt = access::statement(&["kms:Decrypt"], key);
        if let Some(map) = decrypt.as_map_mut() {
            map.insert("Action", "kms:Decrypt");
        }
        statements.push(decrypt);
    }
    let name = match event.get("DynamicPolicyName").is_some_and(Expr::is_truthy) {
        true => format!("{}AMQPolicy", event.id),
        false => "SamAutoGeneratedAMQPolicy".to_owned(),
    };
    let document = Expr::from([("Statement", Expr::from(statements))]);
    let source =
        Source { arn: broker, policy: Some(policy_documents::inline(name, document)), ..Source::default() };
    mapping(ctx, event, target, role, source)
}

fn self_managed_kafka(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let policy = access::self_managed_kafka(ctx, event)?;
    let source = Source { policy, kafka: Some("SelfManagedKafkaEventSourceConfig"), ..Source::default() };
    mapping(ctx, event, target, role, source)
}

fn document_db(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
) -> Result<Vec<Generated>> {
    let secret = access::required_uri(ctx, event, &["BASIC_AUTH"], "BASIC_AUTH")?;
    let cluster = event.get("Cluster").cloned();
    let own = |kind: &str| {
        Expr::sub(format!("arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:*"))
    };
    let mut statements = vec![
        access::read_secret(secret),
        access::statement(&["rds:DescribeDBClusterParameters"], own("cluster-pg")),
        access::statement(&["rds:DescribeDBSubnetGroups"], own("subgrp")),
        access::statement(&["rds:DescribeDBClusters"], cluster.clone().unwrap_or_else(Expr::null)),
        access::network_interfaces(),
    ];
    if let Some(key) = access::kms_key(ctx, event)? {
        statements.push(access::statement(&["kms:Decrypt"], key));
    }
    let mut settings = Map::new();
    copy(&event.properties, "DatabaseName", &mut settings);
    for name in ["CollectionName", "FullDocument"] {
        if event.get(name).is_some_and(Expr::is_truthy) {
            copy(&event.properties, name, &mut settings);
        }
    }
    let document = Expr::from([("Statement", Expr::from(statements))]);
    let source = Source {
        arn: cluster,
        policy: Some(policy_documents::inline("SamAutoGeneratedDocumentDBPolicy", document)),
        extra: Map::from([("DocumentDBEventSourceConfig", settings)]),
        ..Source::default()
    };
    mapping(ctx, event, target, role, source)
}

/// The mapping of an SNS event that goes through a queue.
pub(super) fn queue_mapping(
    ctx: &mut Expansion<'_>,
    id: String,
    target: &LambdaTarget,
    role: &mut Role,
    queue: Expr,
    batch_size: Expr,
) -> Generated {
    role.add_managed(arn::managed_policy(ctx, "service-role/AWSLambdaSQSQueueExecutionRole"));
    let properties = Map::from([
        ("FunctionName", target.name()),
        ("EventSourceArn", queue),
        ("BatchSize", batch_size),
        ("Enabled", true.into()),
    ]);
    Generated::new(id, "AWS::Lambda::EventSourceMapping", properties, ctx.current.clone())
        .attributes(&target.attributes)
}

fn mapping(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    role: &mut Role,
    source: Source,
) -> Result<Vec<Generated>> {
    let mut made = Map::from([("FunctionName", target.name())]);
    if let Some(arn) = source.arn.filter(|a| !a.is_null()) {
        made.insert("EventSourceArn", arn);
    }
    for name in COPIED {
        copy(&event.properties, name, &mut made);
    }
    check_filter(ctx, event)?;
    if let Some(servers) = event.get("KafkaBootstrapServers").filter(|s| s.is_truthy()) {
        let endpoints = Expr::from([("KafkaBootstrapServers", servers.clone())]);
        made.insert("SelfManagedEventSource", Expr::from([("Endpoints", endpoints)]));
    }
    kafka_settings(ctx, event, source.kafka, &mut made)?;
    let sends = destination(ctx, event, &mut made)?;
    made.extend(source.extra);
    if let Some(policy) = source.managed_policy {
        role.add_managed(arn::managed_policy(ctx, policy));
    }
    for policy in source.policy.into_iter().chain(sends) {
        add_once(role, policy);
    }
    let id = event.id.as_str();
    Ok(vec![
        Generated::new(id, "AWS::Lambda::EventSourceMapping", made, ctx.current.clone())
            .attributes(&target.attributes),
    ])
}

/// Adds a policy unless one with the same document is there, under whatever name.
fn add_once(role: &mut Role, policy: Expr) {
    let document = |p: &Expr| p.as_map().and_then(|p| p.get("PolicyDocument")).cloned();
    let new = document(&policy);
    if !role.inline.iter().any(|p| document(p) == new) {
        role.inline.push(policy);
    }
}

fn check_filter(ctx: &mut Expansion<'_>, event: &Event) -> Result {
    let Some(filter) = event.get("FilterCriteria").and_then(Expr::as_map) else { return Ok(()) };
    let Some(entry) = filter.entries().iter().find(|e| &*e.key != "Filters") else { return Ok(()) };
    Err(ctx.report(
        Diagnostic::error(
            codes::UNKNOWN_PROPERTY,
            format!("FilterCriteria of the event {} takes only Filters", event.key),
        )
        .at(entry.key_span, "not known here")
        .path(format!("{}.Properties.FilterCriteria", ctx.current.path)),
    ))
}

fn kafka_settings(ctx: &mut Expansion<'_>, event: &Event, property: Option<&str>, made: &mut Map) -> Result {
    let group = event.get("ConsumerGroupId").filter(|g| g.is_truthy());
    let registry = event.get("SchemaRegistryConfig").filter(|r| r.is_truthy());
    let Some(property) = property else {
        if group.is_some() {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::UNKNOWN_PROPERTY,
                    format!(
                        "the event {} has no consumer group: only MSK and SelfManagedKafka have",
                        event.key
                    ),
                )
                .at(event.properties.key_span("ConsumerGroupId"), "not known here"),
            ));
        }
        return Ok(());
    };
    let mut settings = Map::new();
    if let Some(group) = group {
        settings.insert("ConsumerGroupId", group.clone());
    }
    if let Some(registry) = registry {
        settings.insert("SchemaRegistryConfig", registry.clone());
    }
    if !settings.is_empty() {
        made.insert(property, settings);
    }
    Ok(())
}

/// `DestinationConfig` without the type that SAM adds, and the policy to send there.
fn destination(ctx: &mut Expansion<'_>, event: &Event, made: &mut Map) -> Result<Option<Expr>> {
    let Some(config) = event.get("DestinationConfig").filter(|c| c.is_truthy()) else { return Ok(None) };
    let path = format!("{}.Properties.DestinationConfig.OnFailure", ctx.current.path);
    let mut config = config.clone();
    let span = config.span.or(event.span);
    let Some(failure) = config.as_map_mut().and_then(|c| c.get_mut("OnFailure")) else {
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, "DestinationConfig needs OnFailure")
                .at(span, "OnFailure is missing")
                .path(path),
        ));
    };
    let failure_span = failure.span.or(span);
    // What a call comes to, a condition say, has no type that is known here.
    if failure.as_call().is_some() {
        made.insert("DestinationConfig", config);
        return Ok(None);
    }
    let Some(failure) = failure.as_map_mut() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "OnFailure must be a mapping with Destination")
                .at(failure_span, "not a mapping")
                .path(path),
        ));
    };
    let mut policy = None;
    if let Some(kind) = failure.get("Type").filter(|t| t.is_truthy()).cloned() {
        failure.remove("Type");
        match kind.as_str() {
            Some("Kafka") => {}
            Some(name @ ("SQS" | "SNS" | "S3")) => {
                let target = failure.get("Destination").cloned().unwrap_or_else(Expr::null);
                policy = policy_documents::send_to(name, target, &event.id);
            }
            _ => {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        "Type of OnFailure must be SQS, SNS, S3 or Kafka",
                    )
                    .at(kind.span.or(failure_span), "not a kind of destination")
                    .path(format!("{path}.Type")),
                ));
            }
        }
    }
    made.insert("DestinationConfig", config);
    Ok(policy)
}
