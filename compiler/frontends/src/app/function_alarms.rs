//! `alarms` of functions: on errors, on calls that were turned away, and on slow calls.

use samc_base::LogicalId;
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::Function;

use super::function::{part, timeout};
use super::lower::{Lower, Owner};

/// The share of the timeout at which a function counts as slow, in percent.
const SLOW: u64 = 80;

/// Makes the alarms of a function.
pub(super) fn lower(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, function: &Function) {
    let Some(given) = function.alarms.as_ref().filter(|a| !a.value.is_off) else { return };
    let alarms = &given.value;
    let actions = match &alarms.notify {
        Some(notify) => super::alarm::topics(ctx, owner, "alarms.notify", notify),
        None => Vec::new(),
    };
    let share = alarms.slow.as_ref().map_or(SLOW, |s| s.value.value().into());
    let slow = timeout(function).saturating_mul(1000).saturating_mul(share) / 100;
    let count = |n: &Option<samc_syntax::Spanned<u64>>| n.as_ref().map_or(0, |n| n.value);
    let all = [
        ("Errors", "Errors", "Sum", count(&alarms.errors)),
        ("Throttles", "Throttles", "Sum", count(&alarms.throttles)),
        ("Slow", "Duration", "p99", slow),
    ];
    for (word, metric, statistic, threshold) in all {
        let dimension = [("Name", Expr::from("FunctionName")), ("Value", Expr::reference(id))];
        let mut properties = Map::from([
            ("Namespace", Expr::from("AWS/Lambda")),
            ("MetricName", Expr::from(metric)),
            ("Dimensions", vec![Expr::from(dimension)].into()),
            ("Period", Expr::from(60)),
            ("EvaluationPeriods", Expr::from(5)),
            ("DatapointsToAlarm", Expr::from(3)),
            ("ComparisonOperator", Expr::from("GreaterThanThreshold")),
            ("Threshold", Expr::new(ExprKind::Int(threshold.into()), given.span)),
            ("TreatMissingData", Expr::from("notBreaching")),
        ]);
        let key = if statistic == "Sum" { "Statistic" } else { "ExtendedStatistic" };
        properties.insert(key, statistic);
        if !actions.is_empty() {
            properties.insert("AlarmActions", actions.clone());
            properties.insert("OKActions", actions.clone());
        }
        let alarm = part(ctx, id, &format!("{word}Alarm"));
        ctx.add(&alarm, "AWS::CloudWatch::Alarm", properties, owner);
    }
}
