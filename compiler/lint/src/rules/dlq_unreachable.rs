//! C207: dead-letter queues that whoever fails to deliver may not send to.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Severity, Span};
use samc_ir::{Expr, ResourceGraph};

use crate::context::Context;
use crate::query::{at_name, items, name, property};
use crate::rule::{On, Rule};

/// EventBridge and SNS send as themselves: without a policy of the queue what failed is lost without a word.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C207", "dlq-unreachable"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("dlq_unreachable.md"),
    check: |context, diagnostics| {
        let open = with_policy(context.graph);
        for ((queue, who), senders) in senders(context) {
            let Some((id, resource)) = context.graph.resources.get_key_value(queue) else { continue };
            let is_queue = resource.resource_type == *"AWS::SQS::Queue";
            if !is_queue || open.contains(queue) || context.may_exist(&format!("{queue}Policy")) {
                continue;
            }
            let others = match senders.len() {
                0 => continue,
                1 => String::new(),
                2 => " and one more".to_owned(),
                n => format!(" and {} more", n - 1),
            };
            let first = senders.first().map_or("", |(name, _)| *name);
            let message = format!(
                "{who} may not send what {first}{others} cannot deliver to {}: no policy of the queue lets it",
                name(id, resource)
            );
            let mut found = Diagnostic::warning(RULE.code, message)
                .help(format!("add an AWS::SQS::QueuePolicy that allows sqs:SendMessage to {who}"));
            for (name, span) in senders.iter().take(SHOWN) {
                found = found.label(*span, format!("what {name} cannot deliver is lost"));
            }
            diagnostics.push(at_name(found, id, resource, "no policy lets anybody send to it"));
        }
    },
};

/// Most senders that a finding points at.
const SHOWN: usize = 3;

/// Who sends what it could not deliver to which queue, as which service: names and places.
type Senders<'g> = IndexMap<(&'g str, &'static str), Vec<(&'g str, Option<Span>)>>;

fn senders<'g>(context: &Context<'g>) -> Senders<'g> {
    let mut found = Senders::new();
    let mut add = |arn: Option<&'g Expr>, who, sender: &'g str, or: Option<Span>| {
        if let Some((queue, "Arn")) = arn.and_then(Expr::as_get_att) {
            let place = arn.and_then(|arn| arn.span).or(or);
            found.entry((queue, who)).or_default().push((sender, place));
        }
    };
    for (id, rule) in context.of_type("AWS::Events::Rule") {
        for target in items(property(rule, "Targets").value()) {
            let arn = target.as_map().and_then(|t| t.get("DeadLetterConfig")?.as_map()?.get("Arn"));
            add(arn, "events.amazonaws.com", name(id, rule), rule.origin.key_span);
        }
    }
    for (id, subscription) in context.of_type("AWS::SNS::Subscription") {
        let arn = property(subscription, "RedrivePolicy.deadLetterTargetArn").value();
        add(arn, "sns.amazonaws.com", name(id, subscription), subscription.origin.key_span);
    }
    found
}

/// The queues that a policy of the template is about.
fn with_policy(graph: &ResourceGraph) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    let policies = graph.resources.values().filter(|r| r.resource_type == *"AWS::SQS::QueuePolicy");
    for queues in policies.filter_map(|p| p.property("Queues")) {
        queues.walk(&mut |e| found.extend(e.as_ref_to().or(e.as_get_att().map(|(id, _)| id))));
    }
    found
}
