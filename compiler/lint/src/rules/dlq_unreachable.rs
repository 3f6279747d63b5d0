//! C207: dead-letter queues that whoever fails to deliver may not send to.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, LogicalId};
use samc_ir::{Expr, Resource, ResourceGraph};

use crate::query::{at_property, items, name, property};
use crate::rule::{On, Rule};

/// EventBridge and SNS send as themselves: without a policy of the queue what failed is lost without a word.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C207", "dlq-unreachable"),
    on: On::Default,
    page: include_str!("dlq_unreachable.md"),
    check: |context, diagnostics| {
        let open = with_policy(context.graph);
        let mut check = |id: &LogicalId, resource: &Resource, arn: Option<&Expr>, place: &str, who: &str| {
            let Some((queue, "Arn")) = arn.and_then(Expr::as_get_att) else { return };
            let Some(found) = context.graph.resources.get_key_value(queue) else { return };
            let is_queue = found.1.resource_type == *"AWS::SQS::Queue";
            if !is_queue || open.contains(queue) || context.may_exist(&format!("{queue}Policy")) {
                return;
            }
            let message = format!(
                "{who} may not send what {} fails to deliver to {}: no policy of the queue lets it",
                name(id, resource),
                name(found.0, found.1)
            );
            let finding = Diagnostic::warning(RULE.code, message)
                .label(found.1.origin.key_span, "no AWS::SQS::QueuePolicy names this queue")
                .help(format!("add a queue policy that allows sqs:SendMessage to {who}"));
            diagnostics.push(at_property(finding, id, resource, place, "what failed is lost"));
        };
        for (id, rule) in context.of_type("AWS::Events::Rule") {
            for target in items(property(rule, "Targets").value()) {
                let arn = target.as_map().and_then(|t| t.get("DeadLetterConfig")?.as_map()?.get("Arn"));
                check(id, rule, arn, "Targets", "events.amazonaws.com");
            }
        }
        for (id, subscription) in context.of_type("AWS::SNS::Subscription") {
            let arn = property(subscription, "RedrivePolicy.deadLetterTargetArn").value();
            check(id, subscription, arn, "RedrivePolicy", "sns.amazonaws.com");
        }
    },
};

/// The queues that a policy of the template is about.
fn with_policy(graph: &ResourceGraph) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    let policies = graph.resources.values().filter(|r| r.resource_type == *"AWS::SQS::QueuePolicy");
    for queues in policies.filter_map(|p| p.property("Queues")) {
        queues.walk(&mut |e| found.extend(e.as_ref_to().or(e.as_get_att().map(|(id, _)| id))));
    }
    found
}
