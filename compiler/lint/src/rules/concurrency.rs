//! R510 and L118: concurrency that sources want, and that functions and the account have.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::numbers::{number, number_of};
use crate::query::{at_name, at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// What a source hands over beyond the reserve is throttled, and counts as received.
pub(super) static SOURCE: Rule = Rule {
    code: Code::new("R510", "esm-vs-reserved"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("esm_reserved.md"),
    check: |context, diagnostics| {
        for trigger in &context.application().triggers {
            let resources = &context.graph.resources;
            let (Some((id, mapping)), Some((of, function))) =
                (resources.get_key_value(&trigger.resource), resources.get_key_value(&trigger.function))
            else {
                continue;
            };
            const PATH: &str = "ScalingConfig.MaximumConcurrency";
            let (Some(wants), Some(has)) = (
                property(mapping, PATH).value().and_then(number),
                number_of(function, "ReservedConcurrentExecutions"),
            ) else {
                continue;
            };
            if wants.value <= has.value {
                continue;
            }
            let message = format!(
                "{} reads with up to {} calls at once, and {} has {} reserved: the rest is throttled, and its \
                 messages count as received",
                name(id, mapping),
                wants.value,
                name(of, function),
                has.value
            );
            let found = Diagnostic::warning(SOURCE.code, message)
                .label(has.span, format!("{} reserved", has.value))
                .help(format!("set MaximumConcurrency to {} or less, or reserve more", has.value.max(2)));
            diagnostics.push(at_property(found, id, mapping, PATH, format!("more than {}", has.value)));
        }
    },
};

/// Lambda keeps a part of the account's concurrency for functions without a reserve.
pub(super) static BUDGET: Rule = Rule {
    code: Code::new("L118", "concurrency-budget"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("concurrency_budget.md"),
    check: |context, diagnostics| {
        let bound = |name: &str| limit(name).map(|l| i128::from(l.value));
        let (Some(account), Some(left)) =
            (bound("lambda.concurrency.account"), bound("lambda.concurrency.unreserved"))
        else {
            return;
        };
        let mut reserves = FxHashMap::default();
        let mut sum: i128 = 0;
        let mut largest = None;
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let Some(number) = number_of(function, "ReservedConcurrentExecutions") else { continue };
            sum = sum.saturating_add(number.value);
            reserves.insert(id, number);
            if largest.is_none_or(|(_, _, most)| number.value > most) {
                largest = Some((id, function, number.value));
            }
        }
        let Some((id, function, _)) = largest.filter(|_| sum > account - left) else { return };
        let message = format!(
            "{} functions reserve {sum} concurrent calls; an account has {account} unless it asked for more, and \
             {left} of them must stay unreserved",
            reserves.len()
        );
        let found = Diagnostic::warning(BUDGET.code, message)
            .help("reserve less, or have the account's quota raised before the deployment");
        let found = at_name(found, id, function, "the largest reserve");
        let span = reserves.get(id).and_then(|n| n.span);
        diagnostics.push(found.at(span, "the largest reserve"));
    },
};
