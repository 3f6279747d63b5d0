//! Log groups, and how a function writes its logs.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Duration, Kind, LogClass, LogFormat, Logs, Reference};
use samc_syntax::Spanned;

use super::function::part;
use super::lower::{Lower, Owner};
use super::names::upper_camel;
use super::{encryption, index, role};

/// How long logs are kept where nothing is said, in days.
const DAYS: i64 = 30;
const DAY: u64 = 86_400;

/// The numbers of days that CloudWatch can keep logs. Source: `RetentionInDays` of AWS::Logs::LogGroup.
const RETENTIONS: [u64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The keys of a function's logs, over those of the defaults.
pub(super) fn over(base: Logs, own: Logs) -> Logs {
    Logs {
        retention: own.retention.or(base.retention),
        level: own.level.or(base.level),
        system_level: own.system_level.or(base.system_level),
        format: own.format.or(base.format),
        class: own.class.or(base.class),
        encrypt: own.encrypt.or(base.encrypt),
        metrics: own.metrics.or(base.metrics),
        to: own.to.or(base.to),
        name: own.name.or(base.name),
        id: own.id.or(base.id),
    }
}

/// Makes the log group of a function, and sets `LoggingConfig`.
pub(super) fn for_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    logs: Option<&Logs>,
    properties: &mut Map,
) -> LogicalId {
    let group = match logs.and_then(|l| l.id.as_ref()) {
        Some(given) => {
            let id = given.value.to_string();
            index::claim(ctx, owner, "logs.id", &id, given.span);
            id.into()
        }
        None => part(ctx, id, "LogGroup"),
    };
    let mut group_properties = Map::new();
    if let Some(name) = logs.and_then(|l| l.name.as_ref()) {
        let name = ctx.text(owner, "logs.name", name);
        group_properties.insert("LogGroupName", name);
    }
    let kept = logs.and_then(|l| l.retention.as_ref());
    let length = kept.and_then(|kept| Some(Spanned::new(kept.value.duration()?, kept.span)));
    if kept.is_none() || length.is_some() {
        let days = retention(ctx, owner, "logs.retention", length.as_ref());
        group_properties.insert("RetentionInDays", days);
    }
    if let Some(class) = logs.and_then(|l| l.class.as_ref()) {
        let word = match class.value {
            LogClass::Standard => "STANDARD",
            LogClass::Infrequent => "INFREQUENT_ACCESS",
        };
        group_properties.insert("LogGroupClass", Expr::from(word).with_span(class.span));
    }
    if let Some(key) = logs.and_then(|l| l.encrypt.as_ref())
        && let Some(arn) = encryption::key(ctx, owner, "logs.encrypt", &key.value, key.span)
    {
        encryption::let_use_key(ctx, &arn, encryption::LOGS);
        group_properties.insert("KmsKeyId", arn);
    }
    ctx.add(&group, "AWS::Logs::LogGroup", group_properties, owner);
    if let Some(logs) = logs {
        metrics(ctx, owner, id, &group, logs);
        copies(ctx, owner, id, &group, logs);
    }
    let format = logs.and_then(|l| l.format.as_ref());
    let word = match format.map(|f| f.value) {
        Some(LogFormat::Text) => "Text",
        Some(LogFormat::Json) | None => "JSON",
    };
    let mut config = Map::from([("LogGroup", Expr::reference(&group))]);
    config.insert("LogFormat", Expr::from(word).with_span(format.and_then(|f| f.span)));
    let levels = logs.map(|l| [("ApplicationLogLevel", &l.level), ("SystemLogLevel", &l.system_level)]);
    for (key, level) in levels.into_iter().flatten() {
        let Some(level) = level else { continue };
        if word == "Text" {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "a level of logs needs the format `json`, and this function writes `text`",
            )
            .at(level.span, "has no effect on text")
            .label(format.and_then(|f| f.span), "the format");
            ctx.report(owner, "logs", finding);
        }
        config.insert(key, Expr::from(level.value.as_str()).with_span(level.span));
    }
    properties.insert("LoggingConfig", config);
    group
}

/// Metrics that are counted from log lines.
fn metrics(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, group: &LogicalId, logs: &Logs) {
    for (key, metric) in logs.metrics.iter().flat_map(|m| &m.0) {
        let name = key.name().as_str();
        let text = |given: &Option<Spanned<String>>, default: &str| match given {
            Some(given) => Expr::from(given.value.as_str()).with_span(given.span),
            None => Expr::from(default),
        };
        let mut transformation = Map::from([("MetricName", Expr::from(name).with_span(key.span()))]);
        let namespace = text(&metric.namespace, &ctx.name.clone());
        transformation.insert("MetricNamespace", namespace);
        transformation.insert("MetricValue", text(&metric.value, "1"));
        if let Some(unit) = &metric.unit {
            transformation.insert("Unit", Expr::from(unit.value.as_str()).with_span(unit.span));
        }
        let pattern = Expr::from(metric.pattern.value.as_str()).with_span(metric.pattern.span);
        let mut properties =
            Map::from([("LogGroupName", Expr::reference(group)), ("FilterPattern", pattern)]);
        properties.insert("MetricTransformations", vec![Expr::from(transformation)]);
        let made = part(ctx, id, &format!("{}Metric", upper_camel(name)));
        ctx.add(&made, "AWS::Logs::MetricFilter", properties, owner);
    }
}

/// Sends a copy of each line to a stream or a function.
fn copies(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, group: &LogicalId, logs: &Logs) {
    let Some(to) = &logs.to else { return };
    let reference = Reference { name: to.value.to_string(), part: None };
    let reference = Spanned::new(reference, to.span);
    let kinds = [Kind::Stream, Kind::Function];
    let Some(found) = ctx.component_of(owner, "logs.to", &reference, &kinds, "`logs.to`") else { return };
    // The logs of the one that gets them would go round in a circle.
    if found.id == *id {
        return;
    }
    let Some(arn) = ctx.needed(owner, "logs.to", &reference, &found, "arn") else { return };
    let mut properties =
        Map::from([("LogGroupName", Expr::reference(group)), ("FilterPattern", Expr::from(""))]);
    properties.insert("DestinationArn", arn.clone());
    let filter = part(ctx, id, "LogCopies");
    let mut after = None;
    if found.kind == Kind::Stream {
        let action = if found.flag { "firehose:PutRecord" } else { "kinesis:PutRecord" };
        let role = role::for_service(
            ctx,
            owner,
            id,
            "LogCopiesRole",
            "logs.amazonaws.com",
            vec![role::allow(&[action], vec![arn])],
        );
        properties.insert("RoleArn", Expr::get_att(&role, "Arn"));
    } else {
        let permission = part(ctx, id, "LogCopiesPermission");
        let mut allowed = Map::from([("Action", Expr::from("lambda:InvokeFunction")), ("FunctionName", arn)]);
        allowed.insert("Principal", "logs.amazonaws.com");
        allowed.insert("SourceArn", Expr::get_att(group, "Arn"));
        ctx.add(&permission, "AWS::Lambda::Permission", allowed, owner);
        after = Some(permission);
    }
    let resource = ctx.add(&filter, "AWS::Logs::SubscriptionFilter", properties, owner);
    if let Some(after) = after {
        resource.attributes.insert("DependsOn", after.as_str());
    }
}

/// `RetentionInDays` from a duration.
pub(super) fn retention(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: Option<&Spanned<Duration>>,
) -> Expr {
    let Some(given) = given else { return DAYS.into() };
    let seconds = given.value.seconds();
    let days = seconds / DAY;
    if !seconds.is_multiple_of(DAY) || !RETENTIONS.contains(&days) {
        let near = RETENTIONS.iter().find(|d| **d >= days).or(RETENTIONS.last()).copied().unwrap_or(days);
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!("CloudWatch cannot keep logs for {}", given.value),
        )
        .at(given.span, "not a length that CloudWatch has")
        .help(format!("the next longer is `{near}d`"));
        ctx.report(owner, path, finding);
    }
    Expr::new(ExprKind::Int(days.into()), given.span)
}
