//! C217: schedules that EventBridge refuses, or that never come.

use samc_base::{Code, Diagnostic, Severity};

use crate::context::about;
use crate::rule::{On, Rule};

/// The types with a schedule in `ScheduleExpression`, and whether a time once (`at`) is one of its forms.
const TYPES: [(&str, bool); 2] = [("AWS::Events::Rule", false), ("AWS::Scheduler::Schedule", true)];

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C217", "schedule-expression"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("schedule_expression.md"),
    check: |context, diagnostics| {
        for (kind, takes_at) in TYPES {
            for (id, resource) in context.of_type(kind) {
                let Some(value) = resource.property("ScheduleExpression") else { continue };
                let Some(text) = value.as_str() else { continue };
                let Some(fault) = fault(text, takes_at) else { continue };
                let source = resource.origin.source.as_deref().unwrap_or(id);
                let found =
                    Diagnostic::error(RULE.code, format!("the schedule `{text}` of {source} {}", fault.what))
                        .at(value.span.or(resource.origin.key_span), fault.label)
                        .help(fault.help);
                let path = format!("Resources.{id}.Properties.ScheduleExpression");
                diagnostics.push(about(found, id, &resource.origin, path));
            }
        }
    },
};

/// What is wrong with an expression.
#[derive(Debug, PartialEq)]
struct Fault {
    what: String,
    label: String,
    help: String,
}

fn wrong(what: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Option<Fault> {
    Some(Fault { what: what.into(), label: label.into(), help: help.into() })
}

/// The first fault of an expression; variables that are replaced at deployment are not looked at.
fn fault(text: &str, takes_at: bool) -> Option<Fault> {
    if text.contains("${") || text.contains("{{resolve:") {
        return None;
    }
    let inner = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inner("rate") {
        return rate_fault(rate);
    }
    if let Some(cron) = inner("cron") {
        return cron_fault(cron);
    }
    if takes_at && inner("at").is_some() {
        return None;
    }
    let forms = if takes_at {
        "`rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2030-01-01T00:00:00)`"
    } else {
        "`rate(5 minutes)` or `cron(0 12 * * ? *)`"
    };
    wrong("is none of the forms there are", "not a schedule", format!("write {forms}"))
}

/// Source: "Rate expressions" in the user guides of EventBridge and EventBridge Scheduler.
fn rate_fault(inner: &str) -> Option<Fault> {
    let form = "a rate is a whole number and minutes, hours or days: `rate(5 minutes)`";
    let mut words = inner.split(' ');
    let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return wrong("is not a rate", "a number, a space, a unit", form);
    };
    let Ok(number) = number.parse::<u64>() else {
        return wrong("has no whole number", format!("`{number}`"), form);
    };
    if number == 0 {
        return wrong("never comes", "at least 1", form);
    }
    const UNITS: [&str; 3] = ["minute", "hour", "day"];
    let Some(one) =
        UNITS.into_iter().find(|u| unit.strip_prefix(u).is_some_and(|s| s.is_empty() || s == "s"))
    else {
        return wrong(format!("has no unit `{unit}`"), "minutes, hours or days", form);
    };
    match (number, unit == one) {
        (1, false) => wrong(
            "says one in the plural, which EventBridge refuses",
            format!("1 {one}"),
            format!("write `rate(1 {one})`"),
        ),
        (2.., true) => wrong(
            "says several in the singular, which EventBridge refuses",
            format!("{number} {one}s"),
            format!("write `rate({number} {one}s)`"),
        ),
        _ => None,
    }
}

/// A field of a cron expression: its name, the values it takes, and words for them.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Source: "Cron expressions" in the user guide of EventBridge.
const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, words: &[] },
    Field { name: "hours", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: MONTHS },
    Field { name: "day of the week", least: 1, most: 7, words: WEEKDAYS },
    Field { name: "year", least: 1970, most: 2199, words: &[] },
];
/// Where the days stand among the fields.
const DAY: usize = 2;
const WEEKDAY: usize = 4;

fn cron_fault(inner: &str) -> Option<Fault> {
    let fields: Vec<&str> = inner.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let note = if fields.len() == 5 { ": the year is missing, `*` is every year" } else { "" };
        return wrong(
            format!("has {} fields, and a cron expression has 6{note}", fields.len()),
            "minutes hours day month weekday year",
            "such as `cron(0 12 * * ? *)`, every day at 12:00 UTC",
        );
    }
    for (index, (text, field)) in fields.iter().zip(&FIELDS).enumerate() {
        if *text == "?" && (index == DAY || index == WEEKDAY) {
            continue;
        }
        if let Some(bad) = text.split(',').find(|part| !is_part(part, index, field)) {
            return wrong(
                format!("has `{bad}` as {}", field.name),
                format!("{} to {}", field.least, field.most),
                format!(
                    "the {} is {} to {}, `*`, a range `a-b`, a step `a/b` or a list of these",
                    field.name, field.least, field.most
                ),
            );
        }
    }
    let (day, weekday) = (fields.get(DAY), fields.get(WEEKDAY));
    match (day == Some(&"?"), weekday == Some(&"?")) {
        (true, true) => wrong(
            "names no day",
            "both are `?`",
            "give the day of the month or the day of the week, `*` for each",
        ),
        (false, false) => wrong(
            "names days in two ways",
            "one of the two must be `?`",
            "write `?` for the day of the week where the day of the month counts, or the other way round",
        ),
        _ => None,
    }
}

/// Whether a part of a list in a field is of a form it has.
fn is_part(part: &str, index: usize, field: &Field) -> bool {
    let value = |text: &str| -> Option<u32> {
        let number = text.parse().ok().filter(|n| (field.least..=field.most).contains(n));
        let word =
            || field.words.iter().position(|w| w.eq_ignore_ascii_case(text)).map(|i| i as u32 + field.least);
        number.or_else(word)
    };
    let last = part.strip_suffix('L');
    match index {
        DAY if last == Some("") || part.strip_suffix('W').is_some_and(|n| value(n).is_some() || n == "L") => {
            return true;
        }
        WEEKDAY if last.is_some_and(|n| n.is_empty() || value(n).is_some()) => return true,
        WEEKDAY => {
            if let Some((day, nth)) = part.split_once('#') {
                return value(day).is_some() && nth.parse::<u32>().is_ok_and(|n| (1..=5).contains(&n));
            }
        }
        _ => {}
    }
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|n| n > 0)) {
        return false;
    }
    match range.split_once('-') {
        _ if range == "*" => true,
        Some((from, to)) => value(from).is_some() && value(to).is_some(),
        None => value(range).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_that_are_right_have_no_fault() {
        for text in [
            "rate(1 minute)",
            "rate(12 hours)",
            "cron(0 12 * * ? *)",
            "cron(0/15 8-18 ? * MON-FRI *)",
            "cron(0 9 ? * 2#1 *)",
            "cron(15 10 ? * 6L 2022-2025)",
            "cron(0 8 L * ? *)",
            "cron(0 8 3W JAN,JUL ? *)",
            "cron(0 18 ? * fri *)",
            "rate(${Minutes} minutes)",
        ] {
            assert_eq!(fault(text, false), None, "{text}");
        }
        assert_eq!(fault("at(2030-01-01T00:00:00)", true), None);
    }

    #[test]
    fn schedules_that_are_refused_have_one() {
        for (text, what) in [
            ("rate(5 minute)", "singular"),
            ("rate(1 minutes)", "plural"),
            ("rate(0 days)", "never"),
            ("rate(5 weeks)", "no unit"),
            ("rate(5minutes)", "not a rate"),
            ("cron(0 12 * * ?)", "5 fields"),
            ("cron(0 12 * * * *)", "two ways"),
            ("cron(0 12 ? * ? *)", "no day"),
            ("cron(60 12 * * ? *)", "`60` as minutes"),
            ("cron(0 24 * * ? *)", "`24` as hours"),
            ("cron(0 12 * 13 ? *)", "`13` as month"),
            ("cron(0 12 ? * MOO *)", "`MOO` as day of the week"),
            ("every day", "none of the forms"),
            ("at(2030-01-01T00:00:00)", "none of the forms"),
        ] {
            let found = fault(text, false);
            assert!(found.as_ref().is_some_and(|f| f.what.contains(what)), "{text}: {found:?}");
        }
    }
}
