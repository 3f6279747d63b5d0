//! C228: places for failed events at functions that get none.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::application::TriggerKind;
use samc_ir::references;

use super::async_failure::started;
use crate::context::Context;
use crate::policy::covers;
use crate::query::{at_property, name, property};
use crate::rule::{On, Rule};

/// Only Lambda's own queue for events knows of them.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C228", "dlq-no-effect"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("dlq_no_effect.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let started = started(context);
    // Who starts a function and waits for its answer.
    let mut waits: FxHashMap<&str, &str> = FxHashMap::default();
    for trigger in &context.application().triggers {
        let how = match trigger.kind {
            TriggerKind::Poll => "reads it from a queue or stream, which keeps what failed",
            TriggerKind::Url | TriggerKind::UserPool => "waits for its answer",
            _ => continue,
        };
        waits.entry(trigger.function.as_str()).or_insert(how);
    }
    for route in &context.application().routes {
        if let Some(function) = &route.function {
            waits.entry(function.as_str()).or_insert("waits for its answer");
        }
    }
    // Whoever may call it may call it without waiting.
    let called = called(context);
    let machines = context.of_type("AWS::StepFunctions::StateMachine").next().is_some();
    let permitted = permitted(context);
    let mut configs: FxHashMap<&str, Vec<_>> = FxHashMap::default();
    for (config_id, config) in context.of_type("AWS::Lambda::EventInvokeConfig") {
        if let Some(target) = config.property("FunctionName") {
            references::each(target, false, &mut |r| {
                configs.entry(r.name).or_default().push((config_id, config))
            });
        }
    }
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        let Some(how) = waits.get(id.as_str()) else { continue };
        let Some(called) = &called else { continue };
        let id_text = id.as_str();
        if started.contains(id_text) || called.contains(id_text) || machines || permitted.contains(id_text) {
            continue;
        }
        let mut push = |found_id, resource, path: &str, what: &str| {
            let message = format!(
                "{what} of {} is never used: what starts it {how}, and no event is sent to it",
                name(id, function)
            );
            let found = Diagnostic::warning(RULE.code, message).help(
                "take it out; for a queue set RedrivePolicy there, for a stream DestinationConfig of the mapping",
            );
            diagnostics.push(at_property(found, found_id, resource, path, "has no effect"));
        };
        if !property(function, "DeadLetterConfig.TargetArn").is_absent() {
            push(id, function, "DeadLetterConfig", "the dead-letter queue");
        }
        for (config_id, config) in configs.get(id.as_str()).into_iter().flatten().copied() {
            if !property(config, "DestinationConfig.OnFailure").is_absent() {
                push(config_id, config, "DestinationConfig.OnFailure", "the OnFailure destination");
            }
        }
    }
}

/// The functions that policies let somebody call; none where one of them says a name that may be that of any.
fn called<'c>(context: &'c Context<'_>) -> Option<FxHashSet<&'c str>> {
    let mut called = FxHashSet::default();
    for statement in context.statements().iter().filter(|statement| statement.allows()) {
        let invokes =
            |action: &str| covers(action, "lambda:InvokeFunction") || covers(action, "lambda:InvokeAsync");
        if !statement.actions().any(|(action, _)| invokes(action)) {
            continue;
        }
        for resource in statement.items("Resource") {
            if resource.as_str().is_some() {
                return None;
            }
            references::each(resource, false, &mut |r| {
                called.insert(r.name);
            });
        }
    }
    Some(called)
}

/// The functions that others than APIs may call: they may do so without waiting.
fn permitted<'c>(context: &'c Context<'_>) -> FxHashSet<&'c str> {
    const WAIT: [&str; 3] =
        ["apigateway.amazonaws.com", "cognito-idp.amazonaws.com", "elasticloadbalancing.amazonaws.com"];
    let mut permitted = FxHashSet::default();
    for (_, permission) in context.of_type("AWS::Lambda::Permission") {
        let principal = permission.property("Principal").and_then(samc_ir::Expr::as_str);
        let Some(target) = permission.property("FunctionName") else { continue };
        if principal.is_none_or(|principal| !WAIT.contains(&principal)) {
            references::each(target, false, &mut |r| {
                permitted.insert(r.name);
            });
        }
    }
    permitted
}
