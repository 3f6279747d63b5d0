//! `alarms`: what is measured for each kind of component, and the alarms on it.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Alarm, AlarmMetric, Component as _, Kind, Missing, OneOrMany, Reference};
use samc_syntax::Spanned;

use super::function::reference;
use super::lower::{Lower, Owner};
use super::{encryption, metrics};

/// Lowers one alarm.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, alarm: &Alarm) {
    let mut owner = ctx.owner("alarms", name, span, alarm.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    if let Some(severity) = &alarm.severity {
        owner.tags.insert("severity", Expr::from(severity.value.as_str()).with_span(severity.span));
    }
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "AlarmDescription", alarm.describe.as_ref());
    let actions = match &alarm.notify {
        Some(notify) => topics(ctx, &owner, "notify", notify),
        None => Vec::new(),
    };
    let called = ctx.listeners.alarms.get(name).cloned().unwrap_or_default();
    let functions = called.iter().filter_map(|f| ctx.components.get(f)?.attribute("arn"));
    let ringing: Vec<Expr> = actions.iter().cloned().chain(functions).collect();
    if !ringing.is_empty() {
        properties.insert("AlarmActions", ringing);
    }
    let any_metric = alarm.metric.as_ref().filter(|m| m.value.word.is_none());
    let made = match (&alarm.on, any_metric, &alarm.expression, &alarm.any, &alarm.all) {
        (Some(on), None, None, None, None) => lower_metric(ctx, &owner, on, alarm, &mut properties),
        (None, Some(metric), None, None, None) => other_metric(ctx, &owner, metric, alarm, &mut properties),
        (None, None, Some(sum), None, None) => expression(ctx, &owner, sum, alarm, &mut properties),
        (None, None, None, Some(names), None) => {
            return composite(ctx, &owner, &id, " OR ", names, properties);
        }
        (None, None, None, None, Some(names)) => {
            return composite(ctx, &owner, &id, " AND ", names, properties);
        }
        _ => {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`{}` must say what it watches", owner.origin.path),
            )
            .at(span, "one of `on`, `metric` with a namespace, `expression`, `any` and `all`")
            .help("give the component under `on`, or other alarms under `any` or `all`");
            ctx.report(&owner, "on", finding);
            return;
        }
    };
    if !actions.is_empty() {
        properties.insert("OKActions", actions);
    }
    if made.is_some() {
        ctx.add_main(&id, "AWS::CloudWatch::Alarm", properties, &owner);
    }
}

/// The topics, by name or ARN, that hear of something.
pub(super) fn topics(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    notify: &Spanned<OneOrMany<String>>,
) -> Vec<Expr> {
    let mut topics = Vec::new();
    for item in notify.value.items(notify.span) {
        let text = Spanned::new(item.value.clone(), item.span);
        if text.value.starts_with("arn:") || text.value.contains("${") {
            topics.push(ctx.text(owner, path, &text));
            continue;
        }
        let Some(name) = reference(ctx, owner, path, &text) else { continue };
        let Some(found) = ctx.component_of(owner, path, &name, &[Kind::Topic], &format!("`{path}`")) else {
            continue;
        };
        encryption::let_use(ctx, &found, "cloudwatch.amazonaws.com");
        topics.extend(ctx.needed(owner, path, &name, &found, "arn"));
    }
    topics
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
    let found = metrics::component(ctx, owner, "on", on)?;
    let word = alarm.metric.as_ref().and_then(|m| Some((m.value.word.as_deref()?, m.span)));
    let Some((word, span)) = word else {
        missing(ctx, owner, "metric", &format!("one of {}", metrics::words(found.kind).join(", ")));
        return None;
    };
    let measured = metrics::metric_of(ctx, owner, "metric", (on, &found), (word, span))?;
    let period = period(ctx, owner, alarm);
    if measured.is_error_rate {
        properties.insert("Metrics", error_rate(measured.namespace, &measured.dimension_list(), &period));
    } else {
        properties.insert("Namespace", measured.namespace);
        properties.insert("MetricName", Expr::from(measured.name).with_span(span));
        properties.insert("Dimensions", measured.dimension_list());
        properties.insert("Period", period);
        put_statistic(ctx, owner, alarm, measured.statistic, properties);
    }
    threshold(ctx, owner, alarm, properties)
}

fn put_statistic(ctx: &mut Lower<'_>, owner: &Owner, alarm: &Alarm, default: &str, properties: &mut Map) {
    let statistic = statistic(ctx, owner, alarm, default);
    let is_percentile = statistic.as_str().is_some_and(|s| s.starts_with('p'));
    properties.insert(if is_percentile { "ExtendedStatistic" } else { "Statistic" }, statistic);
}

/// A metric of CloudWatch that belongs to no component.
fn other_metric(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    metric: &Spanned<AlarmMetric>,
    alarm: &Alarm,
    properties: &mut Map,
) -> Option<()> {
    let (Some(namespace), Some(name)) = (&metric.value.namespace, &metric.value.name) else {
        missing(ctx, owner, "metric", "give `namespace` and `name`");
        return None;
    };
    let namespace = ctx.text(owner, "metric.namespace", namespace);
    let name = ctx.text(owner, "metric.name", name);
    properties.insert("Namespace", namespace);
    properties.insert("MetricName", name);
    let mut dimensions = Vec::new();
    for (key, value) in metric.value.dimensions.iter().flatten() {
        let value = ctx.text(owner, "metric.dimensions", value);
        dimensions.push(Expr::from([("Name", Expr::from(key.as_str())), ("Value", value)]));
    }
    if !dimensions.is_empty() {
        properties.insert("Dimensions", dimensions);
    }
    let period = period(ctx, owner, alarm);
    properties.insert("Period", period);
    put_statistic(ctx, owner, alarm, "Average", properties);
    threshold(ctx, owner, alarm, properties)
}

/// A sum on metrics of components.
fn expression(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    sum: &Spanned<String>,
    alarm: &Alarm,
    properties: &mut Map,
) -> Option<()> {
    let period = period(ctx, owner, alarm);
    let result = Expr::from([
        ("Id", Expr::from("result")),
        ("Expression", Expr::from(sum.value.as_str()).with_span(sum.span)),
        ("ReturnData", Expr::from(true)),
    ]);
    let mut parts = vec![result];
    for (name, curve) in alarm.metrics.iter().flatten() {
        let path = format!("metrics.{name}");
        let measured = metrics::curve(ctx, owner, &path, curve)?;
        let metric = Expr::from([
            ("Namespace", Expr::from(measured.namespace)),
            ("MetricName", Expr::from(measured.name)),
            ("Dimensions", measured.dimension_list().into()),
        ]);
        let stat = Expr::from([
            ("Metric", metric),
            ("Period", period.clone()),
            ("Stat", Expr::from(measured.statistic)),
        ]);
        parts.push(Expr::from([
            ("Id", Expr::from(name.as_str()).with_span(curve.span)),
            ("MetricStat", stat),
            ("ReturnData", Expr::from(false)),
        ]));
    }
    if parts.len() == 1 {
        missing(ctx, owner, "metrics", "name the metrics in it, as in `metrics: {errors: create errors}`");
        return None;
    }
    properties.insert("Metrics", parts);
    threshold(ctx, owner, alarm, properties)
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
