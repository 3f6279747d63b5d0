//! Log groups, and how a function writes its logs.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Duration, Kind, LogClass, LogFormat, Logs, Reference};
use samc_syntax::Spanned;

use super::function::part;
use super::lower::{Lower, Owner};
use super::names::upper_camel;
use super::{encryption, role};

/// How long logs are kept where nothing is said, in days.
const DAYS: i64 = 30;
const DAY: u64 = 86_400;

/// The numbers of days that CloudWatch can keep logs. Source: `RetentionInDays` of AWS::Logs::LogGroup.
const RETENTIONS: [u64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The keys of a function's logs, over those of the defaults.
pub(super) fn over(base: Logs, own: Logs) -> Logs {
    // What the defaults say of log groups is about those that are made.
    let base = match own.group {
        Some(_) => Logs { level: base.level, system_level: base.system_level, format: base.format, ..Logs::default() },
        None => base,
    };
    Logs {
        retention: own.retention.or(base.retention),
        level: own.level.or(base.level),
        system_level: own.system_level.or(base.system_level),
        format: own.format.or(base.format),
        class: own.class.or(base.class),
        encrypt: own.encrypt.or(base.encrypt),
        metrics: own.metrics.or(base.metrics),
        to: own.to.or(base.to),
        group: own.group.or(base.group),
    }
}

/// Gives a function the log group it names or makes its own, and sets `LoggingConfig`. The ARN of its streams comes back.
pub(super) fn for_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    logs: Option<&Logs>,
    properties: &mut Map,
) -> Expr {
    let (name, streams) = match logs.and_then(|logs| logs.group.as_ref().zip(Some(logs))) {
        Some((given, logs)) => named(ctx, owner, given, logs),
        None => {
            let group = made(ctx, owner, id, logs);
            (Expr::reference(&group), Expr::get_att(&group, "Arn"))
        }
    };
    configure(ctx, owner, logs, name, properties);
    streams
}

/// The name of a log group that is there already, and the ARN of its streams.
fn named(ctx: &mut Lower<'_>, owner: &Owner, given: &Spanned<String>, logs: &Logs) -> (Expr, Expr) {
    let about_it: [(&str, Option<Option<Span>>); 5] = [
        ("retention", logs.retention.as_ref().map(|l| l.span)),
        ("class", logs.class.as_ref().map(|l| l.span)),
        ("encrypt", logs.encrypt.as_ref().map(|l| l.span)),
        ("metrics", logs.metrics.as_ref().map(|m| m.0.keys().next().and_then(|key| key.span()))),
        ("to", logs.to.as_ref().map(|l| l.span)),
    ];
    for (key, span) in about_it.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let finding = Diagnostic::error(
            codes::EXCLUSIVE_PROPERTIES,
            format!("`{key}` is about a log group that samc makes, and this function writes to one that is there"),
        )
        .at(span, "cannot be set here")
        .label(given.span, "the log group")
        .help(format!("take `{key}` out and set it where the log group is made, or take `group` out"));
        ctx.report(owner, "logs", finding);
    }
    let name = ctx.text(owner, "logs.group", given);
    let streams = Expr::join(
        "",
        vec![Expr::sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"), name.clone(), ":*".into()],
    );
    (name, streams)
}

/// Makes the log group of a function.
fn made(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, logs: Option<&Logs>) -> LogicalId {
    let group = part(ctx, id, "LogGroup");
    let days = super::function::log_days(ctx, owner, logs);
    let mut group_properties = Map::from([("RetentionInDays", days)]);
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
    group
}

/// Sets `LoggingConfig`.
fn configure(ctx: &mut Lower<'_>, owner: &Owner, logs: Option<&Logs>, group: Expr, properties: &mut Map) {
    let format = logs.and_then(|l| l.format.as_ref());
    let word = match format.map(|f| f.value) {
        Some(LogFormat::Text) => "Text",
        Some(LogFormat::Json) | None => "JSON",
    };
    let mut config = Map::from([("LogGroup", group)]);
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
