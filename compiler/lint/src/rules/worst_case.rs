//! K901: what the work that nobody starts by hand costs at worst.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;
use samc_ir::Expr;

use super::function_defaults::seconds_of;
use super::schedule_overlap::period;
use crate::numbers::number_of;
use crate::query::{at_property, items, name, property};
use crate::rule::{On, Profile, Rule};

/// Dollars a month from which it is told.
const BUDGET: u64 = 50;
/// Seconds of a month of thirty days.
const MONTH: u64 = 30 * 24 * 3600;
/// Prices are in this part of a dollar.
const PART: u64 = 10_000_000_000;

/// A hanging call costs as much as one that works, all its time long.
pub(super) static RULE: Rule = Rule {
    code: Code::new("K901", "cost-worst-case"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Cost]),
    page: include_str!("worst_case.md"),
    check: |context, diagnostics| {
        for trigger in &context.application().triggers {
            let resources = &context.graph.resources;
            let (Some((_, rule)), Some((id, function))) =
                (resources.get_key_value(&trigger.resource), resources.get_key_value(&trigger.function))
            else {
                continue;
            };
            let Some(every) =
                property(rule, "ScheduleExpression").value().and_then(Expr::as_str).and_then(period)
            else {
                continue;
            };
            let memory = match function.property("MemorySize") {
                None => limit("lambda.memory.default").map(|l| l.value),
                Some(_) => number_of(function, "MemorySize").and_then(|n| u64::try_from(n.value).ok()),
            };
            let time = seconds_of(function).and_then(|t| u64::try_from(t).ok());
            let arm = items(property(function, "Architectures").value()).any(|a| a.as_str() == Some("arm64"));
            let which = if arm { "lambda.price.arm" } else { "lambda.price.x86" };
            let (Some(memory), Some(time), Some(price), Ok(every)) =
                (memory, time, limit(which), u64::try_from(every))
            else {
                continue;
            };
            let calls = MONTH / every.max(1);
            let seconds = u128::from(calls) * u128::from(time);
            let dollars = seconds * u128::from(memory) * u128::from(price.value) / 1024 / u128::from(PART);
            if dollars <= u128::from(BUDGET) {
                continue;
            }
            let message = format!(
                "{} costs up to {dollars} USD a month: {calls} calls of {time} s with {memory} MB, if each takes all its time",
                name(id, function)
            );
            let found = Diagnostic::new(Severity::Info, RULE.code, message)
                .label(rule.origin.key_span, format!("every {every} s"))
                .help(format!(
                    "lower Timeout to what a call takes at worst, or start it less often; prices as of {}",
                    samc_data::limits::as_of()
                ));
            diagnostics.push(at_property(found, id, function, "Timeout", format!("{time} s")));
        }
    },
};
