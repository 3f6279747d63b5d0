//! R505 and R506: rules, schedules and subscriptions that drop what they cannot deliver.

use samc_base::{Code, Diagnostic, Severity};
use samc_ir::Expr;

use crate::query::{at_property, at_value, items, member, name, property};
use crate::rule::{On, Profile, Rule};

/// EventBridge tries for a day and drops the event then.
pub(super) static TARGET: Rule = Rule {
    code: Code::new("R505", "rule-dlq"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("rule_dlq.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            let key = match &*resource.resource_type {
                "AWS::Events::Rule" => "Targets",
                "AWS::Scheduler::Schedule" => "Target",
                _ => continue,
            };
            for (i, target) in items(resource.property(key)).enumerate() {
                if !member(target, "DeadLetterConfig").is_absent() {
                    continue;
                }
                let message =
                    format!("an event that {} cannot deliver is dropped after a day", name(id, resource));
                let found = Diagnostic::warning(TARGET.code, message)
                    .help("give the target a DeadLetterConfig with the ARN of a queue");
                let path = if key == "Targets" { format!("Targets[{i}]") } else { key.to_owned() };
                let arn = target.as_map().and_then(|t| t.get("Arn")).and_then(|a| a.span);
                let place = (path.as_str(), target.span.and(arn).or(target.span));
                diagnostics.push(at_value(found, id, resource, place, "target without DeadLetterConfig"));
            }
        }
    },
};

/// SNS tries for a while and drops the message then.
pub(super) static SUBSCRIPTION: Rule = Rule {
    code: Code::new("R506", "sns-redrive"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("sns_redrive.md"),
    check: |context, diagnostics| {
        for (id, subscription) in context.of_type("AWS::SNS::Subscription") {
            // People have no dead-letter queue.
            let protocol = subscription.property("Protocol").and_then(Expr::as_str);
            let to_people = protocol.is_some_and(|p| p.starts_with("email") || p == "sms");
            if to_people || !property(subscription, "RedrivePolicy").is_absent() {
                continue;
            }
            let message = format!("a message that {} cannot deliver is dropped", name(id, subscription));
            let found = Diagnostic::warning(SUBSCRIPTION.code, message)
                .help("set RedrivePolicy with deadLetterTargetArn, the ARN of a queue");
            diagnostics.push(at_property(found, id, subscription, "RedrivePolicy", "no RedrivePolicy"));
        }
    },
};
