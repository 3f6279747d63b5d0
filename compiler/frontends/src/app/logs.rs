//! Log groups, and how a function writes its logs.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Duration, LogClass, LogFormat, Logs};
use samc_syntax::Spanned;

use super::function::part;
use super::lower::{Lower, Owner};

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
    ctx.add(&group, "AWS::Logs::LogGroup", group_properties, owner);
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
