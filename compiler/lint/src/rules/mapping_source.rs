//! C216, R517 and R511: what event source mappings say that their source does not have, or do not say that it
//! needs; batches that are tried again whole; readers that outnumber what is reserved.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::Resource;

use crate::context::Context;
use crate::numbers::number_of;
use crate::query::{Known, at_property, name, property};
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

/// What a mapping reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Queue,
    Kinesis,
    TableStream,
    Kafka,
    Broker,
    Documents,
}

impl Source {
    fn words(self) -> &'static str {
        match self {
            Source::Queue => "a queue",
            Source::Kinesis => "a Kinesis stream",
            Source::TableStream => "a table's stream",
            Source::Kafka => "Kafka",
            Source::Broker => "a message broker",
            Source::Documents => "a change stream",
        }
    }

    fn is_stream(self) -> bool {
        matches!(self, Source::Kinesis | Source::TableStream)
    }
}

/// Types of sources, and the service in their ARNs.
const SOURCES: &[(&str, &str, Source)] = &[
    ("AWS::AmazonMQ::Broker", "mq", Source::Broker),
    ("AWS::DocDB::DBCluster", "rds", Source::Documents),
    ("AWS::DynamoDB::GlobalTable", "dynamodb", Source::TableStream),
    ("AWS::DynamoDB::Table", "dynamodb", Source::TableStream),
    ("AWS::Kinesis::Stream", "kinesis", Source::Kinesis),
    ("AWS::Kinesis::StreamConsumer", "kinesis", Source::Kinesis),
    ("AWS::MSK::Cluster", "kafka", Source::Kafka),
    ("AWS::MSK::ServerlessCluster", "kafka", Source::Kafka),
    ("AWS::SQS::Queue", "sqs", Source::Queue),
];

/// Properties that only some sources have.
/// Source: API_CreateEventSourceMapping of Lambda.
const ONLY: &[(&str, &[Source])] = &[
    ("BisectBatchOnFunctionError", &[Source::Kinesis, Source::TableStream]),
    ("MaximumRecordAgeInSeconds", &[Source::Kinesis, Source::TableStream]),
    ("MaximumRetryAttempts", &[Source::Kinesis, Source::TableStream]),
    ("ParallelizationFactor", &[Source::Kinesis, Source::TableStream]),
    ("Queues", &[Source::Broker]),
    ("ScalingConfig", &[Source::Queue]),
    ("StartingPosition", &[Source::Kinesis, Source::TableStream, Source::Kafka, Source::Documents]),
    ("Topics", &[Source::Kafka]),
    ("TumblingWindowInSeconds", &[Source::Kinesis, Source::TableStream]),
];

fn source_of(context: &Context<'_>, mapping: &Resource) -> Option<Source> {
    if !property(mapping, "SelfManagedEventSource").is_absent() {
        return Some(Source::Kafka);
    }
    let arn = property(mapping, "EventSourceArn").value()?;
    let of_type = |id: &str| {
        let resource = context.graph.resources.get(id)?;
        SOURCES.iter().find(|(t, ..)| resource.resource_type == **t).map(|(_, _, source)| *source)
    };
    match parts(arn).as_slice() {
        [Part::Ref(id) | Part::Attribute(id, _)] => of_type(id),
        _ => {
            let text = crate::query::arn_outline(arn)?;
            let service = text.split(':').nth(2)?;
            SOURCES.iter().find(|(_, name, _)| *name == service).map(|(_, _, source)| *source)
        }
    }
}

fn mappings<'g>(context: &Context<'g>) -> impl Iterator<Item = (&'g LogicalId, &'g Resource, Source)> {
    context
        .of_type("AWS::Lambda::EventSourceMapping")
        .filter_map(|(id, mapping)| Some((id, mapping, source_of(context, mapping)?)))
}

/// Lambda refuses a mapping with a property that its source does not have.
pub(super) static PROPERTIES: Rule = Rule {
    code: Code::new("C216", "esm-source-props"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("esm_source_props.md"),
    check: |context, diagnostics| {
        for (id, mapping, source) in mappings(context) {
            let needs_start = source.is_stream() || source == Source::Kafka;
            if needs_start && property(mapping, "StartingPosition").is_absent() {
                let message = format!(
                    "{} reads {} and does not say from where on; Lambda refuses the mapping",
                    name(id, mapping),
                    source.words()
                );
                let found = Diagnostic::error(PROPERTIES.code, message)
                    .help("set StartingPosition to LATEST or TRIM_HORIZON");
                diagnostics.push(at_property(found, id, mapping, "StartingPosition", "no StartingPosition"));
            }
            for (key, having) in ONLY {
                let Known::Is(value) = property(mapping, key) else { continue };
                if having.contains(&source) || !value.is_truthy() {
                    continue;
                }
                let message = format!(
                    "{} reads {}, which has no {key}; Lambda refuses the mapping",
                    name(id, mapping),
                    source.words()
                );
                let found = Diagnostic::error(PROPERTIES.code, message).help(format!("take {key} out"));
                diagnostics.push(at_property(found, id, mapping, key, "not for this source"));
            }
        }
    },
};

/// Without it one failed message brings back all of its batch.
pub(super) static PARTIAL: Rule = Rule {
    code: Code::new("R517", "partial-batch"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("partial_batch.md"),
    check: |context, diagnostics| {
        for (id, mapping, source) in mappings(context) {
            let whole = number_of(mapping, "BatchSize").is_some_and(|n| n.value == 1);
            let answers = property(mapping, "FunctionResponseTypes");
            if !(source == Source::Queue || source.is_stream()) || whole || !answers.is_absent() {
                continue;
            }
            let message =
                format!("one message that fails brings back the whole batch of {}", name(id, mapping));
            let found = Diagnostic::new(Severity::Info, PARTIAL.code, message).help(
                "set FunctionResponseTypes to [ReportBatchItemFailures], and return the ids of those that failed",
            );
            diagnostics.push(at_property(found, id, mapping, "FunctionResponseTypes", "all or nothing"));
        }
    },
};

/// What cannot run at once waits, and holds up its shard or comes back to its queue.
pub(super) static READERS: Rule = Rule {
    code: Code::new("R511", "fanout-concurrency"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("fanout_concurrency.md"),
    check: |context, diagnostics| {
        for trigger in &context.application().triggers {
            let resources = &context.graph.resources;
            let (Some((id, mapping)), Some((of, function))) =
                (resources.get_key_value(&trigger.resource), resources.get_key_value(&trigger.function))
            else {
                continue;
            };
            let stream = trigger.source.as_ref().and_then(|s| resources.get_key_value(s));
            let Some((stream_id, stream)) =
                stream.filter(|(_, s)| s.resource_type == *"AWS::Kinesis::Stream")
            else {
                continue;
            };
            let Some(reserved) = number_of(function, "ReservedConcurrentExecutions") else { continue };
            let shards = number_of(stream, "ShardCount").map_or(1, |n| n.value);
            let factor = number_of(mapping, "ParallelizationFactor").map_or(1, |n| n.value);
            let wants = shards.saturating_mul(factor);
            if wants <= reserved.value {
                continue;
            }
            let message = format!(
                "{} reads {shards} shards of {} with {factor} calls each, {wants} at once, and {} has {} reserved: \
                 shards wait for each other",
                name(id, mapping),
                name(stream_id, stream),
                name(of, function),
                reserved.value
            );
            let found = Diagnostic::new(Severity::Info, READERS.code, message)
                .label(reserved.span, format!("{} reserved", reserved.value))
                .help(format!("reserve {wants}, or lower ParallelizationFactor"));
            diagnostics.push(at_property(
                found,
                id,
                mapping,
                "ParallelizationFactor",
                format!("{wants} at once"),
            ));
        }
    },
};
