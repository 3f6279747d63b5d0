//! R507: queues that functions read from and that never set a bad message aside.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::application::TriggerKind;

use crate::context::Context;
use crate::query::{at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// Without a dead-letter queue a message that no function can handle is tried until it is too old.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R507", "queue-redrive"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("queue_redrive.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let polls = context.application().triggers.iter().filter(|t| t.kind == TriggerKind::Poll);
    let readers: FxHashMap<_, _> = polls.filter_map(|t| Some((t.source.as_ref()?, &t.function))).collect();
    for (id, queue) in context.of_type("AWS::SQS::Queue") {
        if !property(queue, "RedrivePolicy").is_absent() || context.is_dead_letter_queue(id) {
            continue;
        }
        let message = match readers.get(id) {
            Some(function) => format!(
                "a message of {} that `{function}` cannot handle is tried until it is too old, then lost",
                name(id, queue)
            ),
            None => format!("{} has no dead-letter queue for messages nobody can handle", name(id, queue)),
        };
        let found = Diagnostic::warning(RULE.code, message)
            .help("give it a RedrivePolicy with the ARN of a second queue, and maxReceiveCount 5");
        diagnostics.push(at_property(found, id, queue, "RedrivePolicy", "no RedrivePolicy"));
    }
}
