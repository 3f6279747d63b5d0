//! R508 and R509: dead-letter queues that forget too soon, or get messages too soon.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_data::limits::limit;
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::numbers::{number, number_of};
use crate::query::{Known, at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// The age of a message counts from when it was first sent.
pub(super) static RETENTION: Rule = Rule {
    code: Code::new("R508", "dlq-retention"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("dlq_retention.md"),
    check: |context, diagnostics| {
        let (Some(default), Some(most)) = (limit("sqs.retention.default"), limit("sqs.retention.max")) else {
            return;
        };
        let keeps = |queue: &Resource| match property(queue, "MessageRetentionPeriod") {
            Known::Absent => Some(i128::from(default.value)),
            _ => number_of(queue, "MessageRetentionPeriod").map(|n| n.value),
        };
        for (id, source, queue_id, queue) in redriven(context) {
            let (Some(source_keeps), Some(queue_keeps)) = (keeps(source), keeps(queue)) else { continue };
            // The same time for both is what comes of writing nothing.
            let is_equal = source_keeps == queue_keeps;
            let strict = context.wants_more(RETENTION.code, &[Profile::Strict]);
            // Nothing is kept for longer than the longest time.
            let is_longest = source_keeps >= i128::from(most.value);
            if queue_keeps > source_keeps || is_equal && (is_longest || !strict) {
                continue;
            }
            let than = if is_equal { "no longer than" } else { "shorter than" };
            let message = format!(
                "{} keeps failed messages for {queue_keeps} s, {than} {} ({source_keeps} s); their age counts \
                 from when they were first sent",
                name(queue_id, queue),
                name(id, source)
            );
            let found = Diagnostic::warning(RETENTION.code, message)
                .label(source.origin.key_span, format!("keeps messages for {source_keeps} s"))
                .help(format!("set MessageRetentionPeriod to {}, the most there is", most.value));
            diagnostics.push(at_property(found, queue_id, queue, "MessageRetentionPeriod", "too short"));
        }
    },
};

/// One hiccup is no reason to give a message up.
pub(super) static RECEIVES: Rule = Rule {
    code: Code::new("R509", "dlq-max-receive"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("dlq_max_receive.md"),
    check: |context, diagnostics| {
        for (id, queue) in context.of_type("AWS::SQS::Queue") {
            const PATH: &str = "RedrivePolicy.maxReceiveCount";
            let Some(count) =
                property(queue, PATH).value().and_then(number).filter(|n| (1..3).contains(&n.value))
            else {
                continue;
            };
            let times = if count.value == 1 { "once".to_owned() } else { format!("{} times", count.value) };
            let message = format!(
                "{} sets a message aside after it was received {times}; a throttled or restarted reader counts too",
                name(id, queue)
            );
            let found = Diagnostic::warning(RECEIVES.code, message)
                .help("set maxReceiveCount to 5, AWS's advice for queues that functions read, or 3 at least");
            diagnostics.push(at_property(found, id, queue, PATH, "less than 3"));
        }
    },
};

/// Queues with their dead-letter queues, where the template has both.
fn redriven<'g>(
    context: &Context<'g>,
) -> impl Iterator<Item = (&'g LogicalId, &'g Resource, &'g LogicalId, &'g Resource)> {
    let graph = context.graph;
    context.of_type("AWS::SQS::Queue").filter_map(move |(id, source)| {
        let arn = property(source, "RedrivePolicy.deadLetterTargetArn").value().and_then(Expr::as_get_att)?.0;
        let (queue_id, queue) = graph.resources.get_key_value(arn)?;
        (queue.resource_type == *"AWS::SQS::Queue").then_some((id, source, queue_id, queue))
    })
}
