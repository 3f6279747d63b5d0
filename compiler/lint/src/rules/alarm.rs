//! O603 and O604: failures that nobody hears of.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::{Resource, references};

use crate::context::Context;
use crate::query::{at_name, at_property, flag, items, name, property, text};
use crate::rule::{On, Profile, Rule};

/// Who would notice?
pub(super) static MISSING: Rule = Rule {
    code: Code::new("O603", "alarm-missing"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("alarm_missing.md"),
    check: |context, diagnostics| {
        // An alarm on a whole namespace, or one of expressions, may be about anything.
        let mut watched: FxHashSet<&str> = FxHashSet::default();
        let mut texts: Vec<&str> = Vec::new();
        for kind in
            ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::AnomalyDetector"]
        {
            for (_, alarm) in context.of_type(kind) {
                let Some(properties) = &alarm.properties else { continue };
                references::each(properties, false, &mut |r| {
                    watched.insert(r.name);
                });
                properties.walk(&mut |e| texts.extend(e.as_str()));
            }
        }
        let is_watched = |id: &LogicalId, resource: &Resource, key: &str| {
            watched.contains(id.as_str()) || text(resource, key).is_some_and(|name| texts.contains(&name))
        };
        let mut push = |id: &LogicalId, resource: &Resource, what: &str, metric: &str| {
            let message = format!("nobody hears of it when {}: no alarm watches {what}", name(id, resource));
            let found = Diagnostic::new(Severity::Info, MISSING.code, message)
                .help(format!("add an AWS::CloudWatch::Alarm on {metric} with a topic in AlarmActions"));
            diagnostics.push(at_name(found, id, resource, "no alarm"));
        };
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            if !is_watched(id, function, "FunctionName") {
                push(id, function, "its errors", "Errors of AWS/Lambda");
            }
        }
        for (id, queue) in context.of_type("AWS::SQS::Queue") {
            if context.is_dead_letter_queue(id) && !is_watched(id, queue, "QueueName") {
                push(
                    id,
                    queue,
                    "whether messages arrive there",
                    "ApproximateNumberOfMessagesVisible of AWS/SQS",
                );
            }
        }
    },
};

/// An alarm that does nothing is a line on a page that nobody looks at.
pub(super) static ACTION: Rule = Rule {
    code: Code::new("O604", "alarm-action"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("alarm_action.md"),
    check: |context, diagnostics| {
        let composed = composed(context);
        for kind in ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"] {
            for (id, alarm) in context.of_type(kind) {
                let acts = |key: &str| {
                    let value = property(alarm, key);
                    !value.is_absent()
                        && value.value().is_none_or(|v| v.is_call() || items(Some(v)).next().is_some())
                };
                let off = flag(property(alarm, "ActionsEnabled")) == Some(false)
                    && !property(alarm, "ActionsEnabled").is_absent();
                let silent = !["AlarmActions", "InsufficientDataActions", "OKActions"].into_iter().any(acts);
                if !(off || silent) || composed.contains(id.as_str()) {
                    continue;
                }
                let (path, label) =
                    if off { ("ActionsEnabled", "switched off") } else { ("AlarmActions", "no actions") };
                let message = format!("nobody is told when {} goes off", name(id, alarm));
                let found = Diagnostic::warning(ACTION.code, message)
                    .help("name a topic in AlarmActions, with a subscription of who is to be told");
                diagnostics.push(at_property(found, id, alarm, path, label));
            }
        }
    },
};

/// Alarms that others look at: scaling, deployments, alarms over alarms.
fn composed<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    let mut found = FxHashSet::default();
    for resource in context.graph.resources.values() {
        if resource.resource_type == *"AWS::CloudWatch::Alarm" {
            continue;
        }
        if let Some(properties) = &resource.properties {
            references::each(properties, false, &mut |r| {
                found.insert(r.name);
            });
        }
    }
    found
}
