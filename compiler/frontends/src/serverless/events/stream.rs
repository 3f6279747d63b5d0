//! `stream`: records of a stream of DynamoDB or Kinesis, by itself or through a consumer of its own. Source:
//! lib/plugins/aws/package/compile/events/stream.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Function as Call, Kind, Map};

use super::source;
use crate::serverless::names::{alphanumeric, normalized, upper_first};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, set};

/// Records in a batch where nothing is said.
const BATCH: i64 = 10;

/// What a function may do with what its streams are, in the order of [`Grants`].
const ACTIONS: [&[&str]; 6] = [
    &["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"],
    &["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"],
    &[
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
    ],
    &["kinesis:SubscribeToShard"],
    &["sns:Publish"],
    &["sqs:ListQueues", "sqs:SendMessage"],
];

/// The ARNs a function needs, by what it does with them.
type Grants = [Vec<Expr>; 6];

const DYNAMODB: usize = 0;
const KINESIS: usize = 1;
const KINESIS_OF_CONSUMER: usize = 2;
const CONSUMER: usize = 3;
const FAILED_TO_SNS: usize = 4;
const FAILED_TO_SQS: usize = 5;

/// A stream as an event names it.
struct Stream<'a> {
    arn: &'a Expr,
    /// `dynamodb` or `kinesis`.
    service: String,
    name: String,
}

/// Lowers the events, and lets the role read the streams of each function.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    for function in &service.functions {
        let mut grants = Grants::default();
        for event in function.events_of("stream") {
            one(service, function, event, &mut grants, out);
        }
        for (actions, resources) in ACTIONS.into_iter().zip(grants) {
            if !resources.is_empty() {
                out.allow(actions, resources);
            }
        }
    }
}

fn one(
    service: &Service,
    function: &Function,
    event: &Event,
    grants: &mut Grants,
    out: &mut Output<'_>,
) -> Option<()> {
    let stream = stream(function, event, out)?;
    let consumer = event.given("consumer");
    let consumer_of_kinesis = consumer.filter(|_| stream.service == "kinesis");
    check_position(function, event, consumer_of_kinesis, out);
    let of_stream = match (stream.service.as_str(), consumer) {
        ("dynamodb", _) => DYNAMODB,
        (_, Some(_)) => KINESIS_OF_CONSUMER,
        (_, None) => KINESIS,
    };
    grants[of_stream].push(stream.arn.clone());
    let mut properties = properties(function, event, stream.arn);
    if let Some((destination, grant)) = on_failure(function, event, out) {
        grants[grant].push(destination.clone());
        let on_failure = Expr::from([("Destination", destination)]);
        properties.insert("DestinationConfig", Map::from([("OnFailure", on_failure)]));
    }
    let mut wait_for = None;
    if let Some(consumer) = consumer_of_kinesis {
        let arn = match consumer.as_bool() {
            Some(_) => {
                let id = add_consumer(service, function, event, &stream, out);
                wait_for = Some(id.clone());
                Expr::reference(id)
            }
            None => consumer.clone(),
        };
        properties.insert("EventSourceArn", arn.clone());
        set(&mut properties, "StartingPositionTimestamp", event.given("startingPositionTimestamp"));
        grants[CONSUMER].push(arn);
    }
    let id = format!(
        "{}EventSourceMapping{}{}",
        normalized(&function.key),
        upper_first(&stream.service),
        alphanumeric(&stream.name)
    );
    let resource = source::map((service, function, event), id, properties, out);
    if let Some(consumer) = wait_for {
        let list = resource.attributes.get_or_insert_with("DependsOn", || Vec::<Expr>::new().into());
        list.as_list_mut()?.push(consumer.into());
    }
    Some(())
}

fn stream<'a>(function: &Function, event: &'a Event, out: &mut Output<'_>) -> Option<Stream<'a>> {
    let key = &function.key;
    let Some(arn) = source::arn(event) else {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a stream event of {key} names no stream"),
            event.value.span,
            "no ARN",
            "give the ARN of a stream: `- stream: arn:…`, or `- stream: {type: dynamodb, arn: !GetAtt Table.StreamArn}`",
        );
        return None;
    };
    let of_arn = || arn.as_str()?.split(':').nth(2).map(str::to_owned);
    let service = event.given("type").and_then(Expr::as_str).map(str::to_owned).or_else(of_arn);
    let Some(service) = service else {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a stream event of {key} does not say what kind of stream it reads"),
            event.value.span,
            "no `type`",
            "a reference does not show it: add `type: dynamodb` or `type: kinesis`",
        );
        return None;
    };
    let Some(name) = name(arn) else {
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!("the stream of an event of {key} has no name that its mapping could be called by"),
            arn.span,
            "no name in it",
            "give an ARN such as `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME`, or !GetAtt, !Ref, !ImportValue or !Join",
        );
        return None;
    };
    Some(Stream { arn, service, name })
}

/// The name of a stream: what follows the first slash of an ARN, or what refers to it.
fn name(arn: &Expr) -> Option<String> {
    match &arn.kind {
        Kind::String(text) => text.split('/').nth(1).map(str::to_owned),
        Kind::Call(Call::Join, _) => {
            source::name(arn).map(|last| last.rsplit('/').next().unwrap_or_default().to_owned())
        }
        Kind::Call(Call::GetAtt | Call::ImportValue | Call::Ref, _) => source::name(arn),
        _ => None,
    }
}

/// Reading from a time needs the time; osls writes that for consumers alone.
fn check_position(function: &Function, event: &Event, consumer: Option<&Expr>, out: &mut Output<'_>) {
    let Some(position) = event.given("startingPosition").filter(|p| p.as_str() == Some("AT_TIMESTAMP"))
    else {
        return;
    };
    if event.given("startingPositionTimestamp").is_none() {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a stream of {} is read from a time, and no time is given", function.key),
            position.span,
            "from which time",
            "add `startingPositionTimestamp`, in seconds since 1970",
        );
    } else if consumer.is_none() {
        out.warn(
            codes::EVENT_WITHOUT_EFFECT,
            &event.origin,
            format!(
                "the stream of {} is read without a consumer, and the framework leaves startingPositionTimestamp out then",
                function.key
            ),
            event.setting("startingPositionTimestamp").and_then(|time| time.span).or(position.span),
            "left out, and Lambda refuses AT_TIMESTAMP without it",
            "add `consumer: true`, or start at LATEST or TRIM_HORIZON",
        );
    }
}

fn properties(function: &Function, event: &Event, arn: &Expr) -> Map {
    let mut properties = Map::from([
        ("BatchSize", event.given("batchSize").cloned().unwrap_or_else(|| BATCH.into())),
        ("Enabled", source::enabled(event).unwrap_or_else(|| true.into())),
        ("EventSourceArn", arn.clone()),
        ("FunctionName", function.target()),
        (
            "StartingPosition",
            event.given("startingPosition").cloned().unwrap_or_else(|| source::FROM_THE_START.into()),
        ),
    ]);
    set(&mut properties, "ParallelizationFactor", event.given("parallelizationFactor"));
    for (key, property) in [
        ("batchWindow", "MaximumBatchingWindowInSeconds"),
        ("maximumRetryAttempts", "MaximumRetryAttempts"),
        ("bisectBatchOnFunctionError", "BisectBatchOnFunctionError"),
        ("tumblingWindowInSeconds", "TumblingWindowInSeconds"),
    ] {
        set(&mut properties, property, event.setting(key));
    }
    set(&mut properties, "MaximumRecordAgeInSeconds", event.given("maximumRecordAgeInSeconds"));
    if let Some(kind) = event.setting("functionResponseType") {
        properties.insert("FunctionResponseTypes", vec![kind.clone()]);
    }
    source::set_filters(&mut properties, event);
    properties
}

/// Where records go that could not be worked off, and what that needs.
fn on_failure(function: &Function, event: &Event, out: &mut Output<'_>) -> Option<(Expr, usize)> {
    let destinations = event.given("destinations")?;
    let place = destinations.as_map().and_then(|map| given(map, "onFailure"));
    let read = || {
        let place = place?;
        let (arn, kind) = match place.as_map() {
            Some(map) => (map.get("arn")?, given(map, "type").and_then(Expr::as_str)),
            None => (place, None),
        };
        let kind = kind.or_else(|| arn.as_str()?.split(':').nth(2))?;
        Some((arn.clone(), if kind == "sns" { FAILED_TO_SNS } else { FAILED_TO_SQS }))
    };
    let read = read();
    if read.is_none() {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("the destination of a stream event of {} does not say what it is", function.key),
            place.unwrap_or(destinations).span,
            "neither an ARN nor a `type`",
            "write `onFailure: arn:…`, or `onFailure: {type: sqs, arn: !GetAtt Queue.Arn}` (or sns)",
        );
    }
    read
}

/// Adds a consumer of the stream for the function, and gives its logical id.
fn add_consumer(
    service: &Service,
    function: &Function,
    event: &Event,
    stream: &Stream<'_>,
    out: &mut Output<'_>,
) -> String {
    let of_service = match service.provider_at(&["kinesis", "consumerNamingMode"]) {
        Some(_) => format!("{}{}", service.name, service.stage),
        None => String::new(),
    };
    let name = format!("{}{}{of_service}Consumer", function.key, stream.name);
    let id = format!("{}StreamConsumer", normalized(&name));
    let properties = Map::from([("StreamARN", stream.arn.clone()), ("ConsumerName", name.into())]);
    out.add(id.as_str(), "AWS::Kinesis::StreamConsumer", properties, &event.origin);
    id
}
