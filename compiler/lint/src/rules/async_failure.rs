//! R503: functions that are started by events, and whose failed events go nowhere.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::application::TriggerKind;
use samc_ir::references;

use crate::context::Context;
use crate::query::{Known, at_name, name, property};
use crate::rule::{On, Profile, Rule};

/// After two more tries Lambda drops the event.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R503", "async-failure"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("async_failure.md"),
    check,
};

/// The services that Lambda takes events from without anybody waiting for an answer.
pub(super) const SERVICES: [&str; 9] = [
    "codecommit.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "iot.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    "scheduler.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com",
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let started = started(context);
    let (caught, open) = caught(context);
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        if open || !started.contains(id.as_str()) || caught.contains(id.as_str()) {
            continue;
        }
        if !property(function, "DeadLetterConfig.TargetArn").is_absent() {
            continue;
        }
        let message =
            format!("an event that {} fails on three times is dropped without a trace", name(id, function));
        let found = Diagnostic::warning(RULE.code, message)
            .help("add an OnFailure destination (EventInvokeConfig) or a DeadLetterConfig");
        diagnostics.push(at_name(found, id, function, "started by events, no place for failed ones"));
    }
}

/// The functions that events start without waiting.
pub(super) fn started<'c>(context: &'c Context<'_>) -> FxHashSet<&'c str> {
    let kinds = [
        TriggerKind::Bucket,
        TriggerKind::Topic,
        TriggerKind::Event,
        TriggerKind::Schedule,
        TriggerKind::Log,
        TriggerKind::Device,
    ];
    let triggers = context.application().triggers.iter().filter(|t| kinds.contains(&t.kind));
    let mut started: FxHashSet<&str> = triggers.map(|t| t.function.as_str()).collect();
    for (_, permission) in context.of_type("AWS::Lambda::Permission") {
        let principal = permission.property("Principal").and_then(samc_ir::Expr::as_str);
        if let (true, Some(target)) =
            (principal.is_some_and(|p| SERVICES.contains(&p)), permission.property("FunctionName"))
        {
            references::each(target, false, &mut |r| {
                started.extend(context.graph.resources.get_key_value(r.name).map(|(id, _)| id.as_str()));
            });
        }
    }
    started
}

/// The functions whose failed events go somewhere; true where a configuration may be any function's.
fn caught<'g>(context: &Context<'g>) -> (FxHashSet<&'g str>, bool) {
    let (mut caught, mut open) = (FxHashSet::default(), false);
    for (_, config) in context.of_type("AWS::Lambda::EventInvokeConfig") {
        if property(config, "DestinationConfig.OnFailure").is_absent() {
            continue;
        }
        let Known::Is(target) = property(config, "FunctionName") else {
            open = true;
            continue;
        };
        if let Some(text) = target.as_str() {
            let named = context.of_type("AWS::Lambda::Function").filter(|(_, function)| {
                function.property("FunctionName").and_then(samc_ir::Expr::as_str) == Some(text)
            });
            caught.extend(named.map(|(id, _)| id.as_str()));
        }
        references::each(target, false, &mut |r| {
            caught.insert(r.name);
        });
    }
    (caught, open)
}
