//! `alarms`: what is measured for each kind of component, and the alarms on it.

use samc_base::{Diagnostic, Span, codes, nearest};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Alarm, Component as _, Kind, Missing, Reference};
use samc_syntax::Spanned;

use super::function::reference;
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
        Kind::Bucket | Kind::Layer | Kind::Role | Kind::Alarm | Kind::Secret | Kind::External => return None,
    })
}

/// Lowers one alarm.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, alarm: &Alarm) {
    let mut owner = ctx.owner("alarms", name, span, alarm.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    if let Some(severity) = &alarm.severity {
        owner.tags.insert("severity", Expr::from(severity.value.as_str()).with_span(severity.span));
    }
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "AlarmDescription", alarm.describe.as_ref());
    let actions = actions(ctx, &owner, alarm);
    if !actions.is_empty() {
        properties.insert("AlarmActions", actions.clone());
    }
    match (&alarm.on, &alarm.any, &alarm.all) {
        (Some(on), None, None) => {
            if !actions.is_empty() {
                properties.insert("OKActions", actions);
            }
            if lower_metric(ctx, &owner, on, alarm, &mut properties).is_some() {
                ctx.add_main(&id, "AWS::CloudWatch::Alarm", properties, &owner);
            }
        }
        (None, Some(names), None) => composite(ctx, &owner, &id, " OR ", names, properties),
        (None, None, Some(names)) => composite(ctx, &owner, &id, " AND ", names, properties),
        _ => {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`{}` must say what it watches", owner.origin.path),
            )
            .at(span, "one of `on`, `any` and `all`")
            .help("give the component under `on`, or other alarms under `any` or `all`");
            ctx.report(&owner, "on", finding);
        }
    }
}

fn actions(ctx: &mut Lower<'_>, owner: &Owner, alarm: &Alarm) -> Vec<Expr> {
    let items = alarm.notify.as_ref().map(|n| n.value.items(n.span)).unwrap_or_default();
    let mut actions = Vec::new();
    for item in items {
        let text = Spanned::new(item.value.clone(), item.span);
        if text.value.starts_with("arn:") || text.value.contains("${") {
            actions.push(ctx.text(owner, "notify", &text));
            continue;
        }
        let Some(name) = reference(ctx, owner, "notify", &text) else { continue };
        let Some(found) = ctx.component_of(owner, "notify", &name, &[Kind::Topic], "`notify`") else {
            continue;
        };
        actions.extend(ctx.needed(owner, "notify", &name, &found, "arn"));
    }
    actions
}

fn missing(ctx: &mut Lower<'_>, owner: &Owner, key: &str, what: &str) {
    let message = format!("`{}` needs the key `{key}`", owner.origin.path);
    let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
        .at(owner.origin.key_span, format!("`{key}` is missing in here"))
        .help(what);
    ctx.report(owner, key, finding);
}

fn lower_metric(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    on: &Spanned<Reference>,
    alarm: &Alarm,
    properties: &mut Map,
) -> Option<()> {
    let shown = on.value.to_string();
    let found = ctx.component(owner, "on", &shown, on.span)?;
    let Some((namespace, dimension, attribute)) = source(found.kind) else {
        let message = format!("nothing is measured of {shown}, which is {}", found.kind.word());
        let finding = Diagnostic::error(codes::WRONG_KIND, message)
            .at(on.span, format!("{} here", found.kind.word()))
            .label(found.span, format!("{shown} is declared here"));
        ctx.report(owner, "on", finding);
        return None;
    };
    let Some(word) = &alarm.metric else {
        missing(ctx, owner, "metric", &format!("one of {}", words(found.kind).join(", ")));
        return None;
    };
    let metric = METRICS.iter().find(|m| m.kind == found.kind && m.word == word.value);
    let Some(metric) = metric else {
        unknown_metric(ctx, owner, word, &shown, &found);
        return None;
    };
    let value = ctx.needed(owner, "on", on, &found, attribute)?;
    let mut dimensions = vec![Expr::from([("Name", Expr::from(dimension)), ("Value", value)])];
    // REST APIs count by name, and their metrics have other names.
    let is_rest = found.kind == Kind::Api && found.flag;
    let mut name = metric.name;
    if is_rest {
        let api_name = ctx.template.resources.get(&found.id).and_then(|r| r.property("Name")).cloned();
        let api_name = api_name.unwrap_or_else(|| Expr::from(format!("{}-{}-{shown}", ctx.name, ctx.stage)));
        dimensions = vec![Expr::from([("Name", Expr::from("ApiName")), ("Value", api_name)])];
        name = match metric.name {
            "4xx" => "4XXError",
            "5xx" => "5XXError",
            other => other,
        };
    }
    let period = period(ctx, owner, alarm);
    let name_span = word.span;
    if metric.word == ERROR_RATE {
        properties.insert("Metrics", error_rate(namespace, &dimensions, &period));
    } else {
        properties.insert("Namespace", namespace);
        properties.insert("MetricName", Expr::from(name).with_span(name_span));
        properties.insert("Dimensions", dimensions);
        properties.insert("Period", period);
        let statistic = statistic(ctx, owner, alarm, metric.statistic);
        let key = if statistic.as_str().is_some_and(|s| s.starts_with('p')) {
            "ExtendedStatistic"
        } else {
            "Statistic"
        };
        properties.insert(key, statistic);
    }
    threshold(ctx, owner, alarm, properties)
}

fn words(kind: Kind) -> Vec<&'static str> {
    METRICS.iter().filter(|m| m.kind == kind).map(|m| m.word).collect()
}

fn unknown_metric(ctx: &mut Lower<'_>, owner: &Owner, word: &Spanned<String>, name: &str, found: &Component) {
    let known = words(found.kind);
    let help = match nearest(&word.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its metrics are {}", known.join(", ")),
    };
    let message = format!("{name} is {}, which has no metric `{}`", found.kind.word(), word.value);
    let finding = Diagnostic::error(codes::UNKNOWN_METRIC, message)
        .at(word.span, "not measured")
        .label(found.span, format!("{name} is declared here"))
        .help(help);
    ctx.report(owner, "metric", finding);
}

/// Seconds of one measurement: 10, 30, or a multiple of 60 up to a day.
fn period(ctx: &mut Lower<'_>, owner: &Owner, alarm: &Alarm) -> Expr {
    let Some(given) = &alarm.period else { return 60.into() };
    let seconds = given.value.seconds();
    if !matches!(seconds, 10 | 30) && (seconds == 0 || seconds > 86_400 || !seconds.is_multiple_of(60)) {
        let message =
            format!("`{}` is {}, which CloudWatch cannot measure by", owner.at("period"), given.value);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(given.span, "not a period")
            .help("write 10s, 30s, or a multiple of 1m up to 1d");
        ctx.report(owner, "period", finding);
    }
    Expr::new(ExprKind::Int(seconds.into()), given.span)
}

fn statistic(ctx: &mut Lower<'_>, owner: &Owner, alarm: &Alarm, default: &str) -> Expr {
    let Some(given) = &alarm.statistic else { return default.into() };
    let word = match given.value.as_str() {
        "sum" => "Sum",
        "average" => "Average",
        "maximum" => "Maximum",
        "minimum" => "Minimum",
        "sample-count" => "SampleCount",
        percentile if percentile.strip_prefix('p').is_some_and(|n| n.parse::<f64>().is_ok()) => percentile,
        other => {
            let message = format!("`{other}` is not a way to take a measurement");
            let finding = Diagnostic::error(codes::INVALID_VALUE, message)
                .at(given.span, "not a statistic")
                .help("write sum, average, maximum, minimum, sample-count, or a percentile such as p99");
            ctx.report(owner, "statistic", finding);
            default
        }
    };
    Expr::from(word).with_span(given.span)
}

/// Errors per hundred calls.
fn error_rate(namespace: &str, dimensions: &[Expr], period: &Expr) -> Vec<Expr> {
    let part = |id: &str, name: &str| {
        let metric = Expr::from([
            ("Namespace", Expr::from(namespace)),
            ("MetricName", Expr::from(name)),
            ("Dimensions", dimensions.to_vec().into()),
        ]);
        let stat = Expr::from([("Metric", metric), ("Period", period.clone()), ("Stat", Expr::from("Sum"))]);
        Expr::from([("Id", Expr::from(id)), ("MetricStat", stat), ("ReturnData", Expr::from(false))])
    };
    let rate = Expr::from([
        ("Id", Expr::from("rate")),
        ("Expression", Expr::from("100 * errors / MAX([calls, 1])")),
        ("Label", Expr::from("errors per hundred calls")),
        ("ReturnData", Expr::from(true)),
    ]);
    vec![rate, part("errors", "Errors"), part("calls", "Invocations")]
}

/// When it rings.
fn threshold(ctx: &mut Lower<'_>, owner: &Owner, alarm: &Alarm, properties: &mut Map) -> Option<()> {
    let (operator, limit) = match (&alarm.over, &alarm.under) {
        (Some(over), None) => ("GreaterThanThreshold", over),
        (None, Some(under)) => ("LessThanThreshold", under),
        (Some(_), Some(under)) => {
            let finding =
                Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "`over` and `under` exclude each other")
                    .at(under.span, "excludes `over`")
                    .help("make two alarms");
            ctx.report(owner, "under", finding);
            return None;
        }
        (None, None) => {
            missing(ctx, owner, "over", "add `over` or `under` with a number");
            return None;
        }
    };
    properties.insert("ComparisonOperator", operator);
    properties.insert("Threshold", super::api::number(limit.value, limit.span));
    let (points, of) = alarm.r#for.as_ref().map_or((1, 1), |f| (f.value.points, f.value.of));
    let span = alarm.r#for.as_ref().and_then(|f| f.span);
    if points == 0 || points > of {
        let message = format!("`{}` wants {points} of {of} measurements", owner.at("for"));
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(span, "not possible")
            .help("write for example `3 of 5`");
        ctx.report(owner, "for", finding);
    }
    properties.insert("EvaluationPeriods", Expr::new(ExprKind::Int(of.into()), span));
    properties.insert("DatapointsToAlarm", Expr::new(ExprKind::Int(points.into()), span));
    let missing = match alarm.missing.as_ref().map(|m| m.value) {
        Some(Missing::Breach) => "breaching",
        Some(Missing::Ignore) => "ignore",
        Some(Missing::Ok) | None => "notBreaching",
    };
    properties.insert("TreatMissingData", missing);
    Some(())
}

/// An alarm on other alarms.
fn composite(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &samc_base::LogicalId,
    separator: &str,
    names: &[Spanned<samc_schema::app::Name>],
    mut properties: Map,
) {
    let mut parts = Vec::new();
    for name in names {
        let reference = Reference { name: name.value.to_string(), part: None };
        let reference = Spanned::new(reference, name.span);
        let found = ctx.component_of(owner, "any", &reference, &[Kind::Alarm], "an alarm on alarms");
        if let Some(found) = found {
            parts.push(format!("ALARM(\"${{{}}}\")", found.id));
        }
    }
    properties.insert("AlarmRule", Expr::sub(parts.join(separator)));
    ctx.add_main(id, "AWS::CloudWatch::CompositeAlarm", properties, owner);
}
