//! C228: places for failed events at functions that get none.

use rustc_hash::FxHashMap;
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
    let called = |id: &str| {
        context.statements().iter().filter(|s| s.allows()).any(|statement| {
            let invokes = statement
                .actions()
                .any(|(a, _)| covers(a, "lambda:InvokeFunction") || covers(a, "lambda:InvokeAsync"));
            let mut named = false;
            for resource in statement.items("Resource") {
                named |= resource.as_str().is_some();
                references::each(resource, false, &mut |r| named |= r.name == id);
            }
            invokes && named
        })
    };
    let machines = context.of_type("AWS::StepFunctions::StateMachine").next().is_some();
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        let Some(how) = waits.get(id.as_str()) else { continue };
        if started.contains(id.as_str()) || called(id) || machines || has_permission(context, id) {
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
        for (config_id, config) in context.of_type("AWS::Lambda::EventInvokeConfig") {
            let mut own = false;
            if let Some(target) = config.property("FunctionName") {
                references::each(target, false, &mut |r| own |= r.name == id.as_str());
            }
            if own && !property(config, "DestinationConfig.OnFailure").is_absent() {
                push(config_id, config, "DestinationConfig.OnFailure", "the OnFailure destination");
            }
        }
    }
}

/// True where others than APIs may call it: they may do so without waiting.
fn has_permission(context: &Context<'_>, id: &str) -> bool {
    context.of_type("AWS::Lambda::Permission").any(|(_, permission)| {
        let mut own = false;
        if let Some(target) = permission.property("FunctionName") {
            references::each(target, false, &mut |r| own |= r.name == id);
        }
        let principal = permission.property("Principal").and_then(samc_ir::Expr::as_str);
        own && principal.is_none_or(|p| {
            !matches!(
                p,
                "apigateway.amazonaws.com"
                    | "cognito-idp.amazonaws.com"
                    | "elasticloadbalancing.amazonaws.com"
            )
        })
    })
}
