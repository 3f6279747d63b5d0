//! R512: functions that are started again before they have to be done.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;
use samc_ir::application::TriggerKind;

use crate::numbers::{number_of, seconds};
use crate::query::{at_property, name, text};
use crate::rule::{On, Rule};

/// Two runs at once work on the same things, which the author of a schedule seldom means.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R512", "schedule-overlap"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("schedule_overlap.md"),
    check: |context, diagnostics| {
        let default = limit("lambda.timeout.default").map_or(3, |l| i128::from(l.value));
        for trigger in context.application().triggers.iter().filter(|t| t.kind == TriggerKind::Schedule) {
            let resources = &context.graph.resources;
            let Some((id, function)) = resources.get_key_value(&trigger.function) else { continue };
            let Some(schedule) = resources.get(&trigger.resource) else { continue };
            let Some(every) = text(schedule, "ScheduleExpression").and_then(period) else { continue };
            let runs = match function.property("Timeout") {
                Some(_) => number_of(function, "Timeout").map(|n| n.value),
                None => Some(default),
            };
            let one_at_a_time =
                number_of(function, "ReservedConcurrentExecutions").is_some_and(|n| n.value <= 1);
            let Some(runs) = runs.filter(|runs| *runs > every && !one_at_a_time) else { continue };
            let message = format!(
                "{} is started every {} and may run {}: two runs may be at work at once",
                name(id, function),
                seconds(every),
                seconds(runs)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(schedule.origin.key_span, format!("every {}", seconds(every)))
                .help(format!(
                    "set Timeout to {every} or less, or ReservedConcurrentExecutions to 1 so that runs never meet"
                ));
            diagnostics.push(at_property(found, id, function, "Timeout", format!("longer than {every} s")));
        }
    },
};

/// The seconds between two runs, where each is as far from the next: `rate(...)`, and crons that count minutes.
pub(super) fn period(expression: &str) -> Option<i128> {
    let inner = |head: &str| expression.trim().strip_prefix(head)?.strip_suffix(')');
    if let Some(rate) = inner("rate(") {
        let (count, unit) = rate.trim().split_once(' ')?;
        let length = match unit.trim() {
            "minute" | "minutes" => 60,
            "hour" | "hours" => 3_600,
            "day" | "days" => 86_400,
            _ => return None,
        };
        return Some(count.trim().parse::<i128>().ok()? * length);
    }
    let minutes = inner("cron(")?.split_whitespace().next()?;
    match minutes {
        "*" => Some(60),
        _ => Some(minutes.strip_prefix("0/").or(minutes.strip_prefix("*/"))?.parse::<i128>().ok()? * 60),
    }
}

#[cfg(test)]
mod tests {
    use super::period;

    #[test]
    fn periods_are_read() {
        assert_eq!(period("rate(5 minutes)"), Some(300));
        assert_eq!(period("rate(1 day)"), Some(86_400));
        assert_eq!(period("cron(0/10 * * * ? *)"), Some(600));
        assert_eq!(period("cron(0 2 * * ? *)"), None);
    }
}
