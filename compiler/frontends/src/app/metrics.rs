//! What CloudWatch measures of each kind of component.

use samc_base::{Diagnostic, Span, codes, nearest};
use samc_ir::Expr;
use samc_schema::app::{Kind, Reference};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;

/// A metric of a kind: its word, its name in CloudWatch, and how one measurement is taken.
struct Metric {
    kind: Kind,
    word: &'static str,
    name: &'static str,
    statistic: &'static str,
}

const fn metric(kind: Kind, word: &'static str, name: &'static str, statistic: &'static str) -> Metric {
    Metric { kind, word, name, statistic }
}

/// Every metric. Source: the pages on metrics in each service's guide.
const METRICS: &[Metric] = &[
    metric(Kind::Function, "errors", "Errors", "Sum"),
    metric(Kind::Function, "throttles", "Throttles", "Sum"),
    metric(Kind::Function, "invocations", "Invocations", "Sum"),
    metric(Kind::Function, "duration-p50", "Duration", "p50"),
    metric(Kind::Function, "duration-p90", "Duration", "p90"),
    metric(Kind::Function, "duration-p99", "Duration", "p99"),
    metric(Kind::Function, "concurrency", "ConcurrentExecutions", "Maximum"),
    metric(Kind::Function, "iterator-age", "IteratorAge", "Maximum"),
    metric(Kind::Function, "dead-letters", "DeadLetterErrors", "Sum"),
    metric(Kind::Function, ERROR_RATE, "Errors", "Sum"),
    metric(Kind::Queue, "depth", "ApproximateNumberOfMessagesVisible", "Maximum"),
    metric(Kind::Queue, "age", "ApproximateAgeOfOldestMessage", "Maximum"),
    metric(Kind::Queue, "empty-receives", "NumberOfEmptyReceives", "Sum"),
    metric(Kind::Table, "throttles", "ThrottledRequests", "Sum"),
    metric(Kind::Table, "read-used", "ConsumedReadCapacityUnits", "Sum"),
    metric(Kind::Table, "write-used", "ConsumedWriteCapacityUnits", "Sum"),
    metric(Kind::Table, "system-errors", "SystemErrors", "Sum"),
    metric(Kind::Stream, "age", "GetRecords.IteratorAgeMilliseconds", "Maximum"),
    metric(Kind::Stream, "throttles", "WriteProvisionedThroughputExceeded", "Sum"),
    metric(Kind::Topic, "failed", "NumberOfNotificationsFailed", "Sum"),
    metric(Kind::Workflow, "failed", "ExecutionsFailed", "Sum"),
    metric(Kind::Workflow, "timed-out", "ExecutionsTimedOut", "Sum"),
    metric(Kind::Workflow, "throttled", "ExecutionThrottled", "Sum"),
    metric(Kind::Workflow, "duration", "ExecutionTime", "p99"),
    metric(Kind::Bus, "failed", "FailedInvocations", "Sum"),
    metric(Kind::Api, "4xx", "4xx", "Sum"),
    metric(Kind::Api, "5xx", "5xx", "Sum"),
    metric(Kind::Api, "count", "Count", "Sum"),
    metric(Kind::Api, "latency-p90", "Latency", "p90"),
    metric(Kind::Api, "latency-p99", "Latency", "p99"),
];

/// The share of calls that fail, in percent: two metrics and a division.
const ERROR_RATE: &str = "error-rate";

/// The namespace of a kind, and its dimension with the attribute that is its value.
fn source(kind: Kind) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match kind {
        Kind::Function => ("AWS/Lambda", "FunctionName", "name"),
        Kind::Queue => ("AWS/SQS", "QueueName", "name"),
        Kind::Table => ("AWS/DynamoDB", "TableName", "name"),
        Kind::Stream => ("AWS/Kinesis", "StreamName", "name"),
        Kind::Topic => ("AWS/SNS", "TopicName", "name"),
        Kind::Bus => ("AWS/Events", "EventBusName", "name"),
        Kind::Api => ("AWS/ApiGateway", "ApiId", "id"),
        Kind::Workflow => ("AWS/States", "StateMachineArn", "arn"),
        Kind::Bucket
        | Kind::Userpool
        | Kind::Client
        | Kind::Key
        | Kind::Vpc
        | Kind::Layer
        | Kind::Role
        | Kind::Alarm
        | Kind::Dashboard
        | Kind::Secret
        | Kind::External => return None,
    })
}

/// A metric of a component.
pub(super) struct Measured {
    /// The namespace.
    pub(super) namespace: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// The dimensions.
    pub(super) dimensions: Vec<(String, Expr)>,
    /// How one measurement is taken.
    pub(super) statistic: &'static str,
    /// True for the share of calls that fail, which is made from two metrics.
    pub(super) is_error_rate: bool,
}

impl Measured {
    /// The dimensions as CloudFormation writes them.
    pub(super) fn dimension_list(&self) -> Vec<Expr> {
        let dimension = |(key, value): &(String, Expr)| {
            Expr::from([("Name", Expr::from(key.as_str())), ("Value", value.clone())])
        };
        self.dimensions.iter().map(dimension).collect()
    }
}

/// The component of which something is measured, with its kind checked.
pub(super) fn component(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    on: &Spanned<Reference>,
) -> Option<Component> {
    let shown = on.value.to_string();
    let found = ctx.component(owner, path, &shown, on.span)?;
    if source(found.kind).is_some() {
        return Some(found);
    }
    let message = format!("nothing is measured of {shown}, which is {}", found.kind.word());
    let finding = Diagnostic::error(codes::WRONG_KIND, message)
        .at(on.span, format!("{} here", found.kind.word()))
        .label(found.span, format!("{shown} is declared here"));
    ctx.report(owner, path, finding);
    None
}

/// The metric of a component that a word names.
pub(super) fn metric_of(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    (on, found): (&Spanned<Reference>, &Component),
    (word, span): (&str, Option<Span>),
) -> Option<Measured> {
    let shown = on.value.to_string();
    let (namespace, dimension, attribute) = source(found.kind)?;
    let Some(metric) = METRICS.iter().find(|m| m.kind == found.kind && m.word == word) else {
        unknown(ctx, owner, path, (word, span), &shown, found);
        return None;
    };
    let value = ctx.needed(owner, path, on, found, attribute)?;
    let mut dimensions = vec![(dimension.to_owned(), value)];
    let mut name = metric.name;
    // REST APIs count by name, and the metrics of the kinds of API have other names.
    if found.kind == Kind::Api && found.is_websocket {
        name = match metric.name {
            "4xx" => "ClientError",
            "5xx" => "ExecutionError",
            "Count" => "MessageCount",
            _ => "IntegrationLatency",
        };
    } else if found.kind == Kind::Api && found.flag {
        let api_name = ctx.template.resources.get(&found.id).and_then(|r| r.property("Name")).cloned();
        let api_name = api_name.unwrap_or_else(|| Expr::from(format!("{}-{}-{shown}", ctx.name, ctx.stage)));
        dimensions = vec![("ApiName".to_owned(), api_name)];
        name = match metric.name {
            "4xx" => "4XXError",
            "5xx" => "5XXError",
            other => other,
        };
    }
    let is_error_rate = metric.word == ERROR_RATE;
    Some(Measured { namespace, name, dimensions, statistic: metric.statistic, is_error_rate })
}

/// A component and a metric of it as one text: `create errors`, `work.dlq depth`.
pub(super) fn curve(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    text: &Spanned<String>,
) -> Option<Measured> {
    let parts = text.value.split_once(' ').and_then(|(on, word)| Some((Reference::parse(on)?, word.trim())));
    let Some((on, word)) = parts else {
        let message = format!("`{}` does not say what is measured of which component", text.value);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(text.span, "not a component and a metric")
            .help("write for example `create errors`");
        ctx.report(owner, path, finding);
        return None;
    };
    let on = Spanned::new(on, text.span);
    let found = component(ctx, owner, path, &on)?;
    metric_of(ctx, owner, path, (&on, &found), (word, text.span))
}

/// The words for what is measured of a kind.
pub(super) fn words(kind: Kind) -> Vec<&'static str> {
    METRICS.iter().filter(|m| m.kind == kind).map(|m| m.word).collect()
}

fn unknown(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    (word, span): (&str, Option<Span>),
    name: &str,
    found: &Component,
) {
    let known = words(found.kind);
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its metrics are {}", known.join(", ")),
    };
    let message = format!("{name} is {}, which has no metric `{word}`", found.kind.word());
    let finding = Diagnostic::error(codes::UNKNOWN_METRIC, message)
        .at(span, "not measured")
        .label(found.span, format!("{name} is declared here"))
        .help(help);
    ctx.report(owner, path, finding);
}
