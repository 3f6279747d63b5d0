//! C223 and K905: queues whose properties contradict each other, or that are asked more often than needed.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::Resource;

use crate::numbers::number_of;
use crate::query::{at_property, flag, name, property, text};
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

const SUFFIX: &str = ".fifo";

/// Properties that only FIFO queues have.
const FIFO_ONLY: [&str; 3] = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

/// Where failed messages go.
const TARGET: &str = "RedrivePolicy.deadLetterTargetArn";

/// SQS refuses such a queue.
pub(super) static PROPERTIES: Rule = Rule {
    code: Code::new("C223", "sqs-properties"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("sqs_properties.md"),
    check: |context, diagnostics| {
        for (id, queue) in context.of_type("AWS::SQS::Queue") {
            let mut push = |key: &str, message: String, help: &str| {
                let found = Diagnostic::error(PROPERTIES.code, message).help(help);
                diagnostics.push(at_property(
                    found,
                    id,
                    queue,
                    key,
                    if key == TARGET { "of another kind" } else { "of a FIFO queue" },
                ));
            };
            let who = name(id, queue);
            let Some(fifo) = flag(property(queue, "FifoQueue")) else { continue };
            let ends = ends(queue);
            if fifo && ends == Some(false) {
                let message = format!("the name of {who}, a FIFO queue, does not end with {SUFFIX}");
                push("QueueName", message, "let the name end with .fifo, or leave it out");
            }
            if !fifo && ends == Some(true) {
                let message = format!("the name of {who} ends with {SUFFIX}, and it is no FIFO queue");
                push("QueueName", message, "set FifoQueue to true, or take .fifo from the name");
            }
            let dead = property(queue, TARGET).value().and_then(|t| t.as_get_att()).map(|(dead, _)| dead);
            let dead = dead.and_then(|dead| context.graph.resources.get_key_value(dead));
            if let Some((dead_id, dead)) = dead.filter(|(_, d)| d.resource_type == *"AWS::SQS::Queue")
                && flag(property(dead, "FifoQueue")) == Some(!fifo)
            {
                let kind = |fifo| if fifo { "a FIFO queue" } else { "a standard queue" };
                let message = format!(
                    "{who} is {}, and sets failed messages aside in {}, {}; SQS takes one of its own kind alone",
                    kind(fifo),
                    name(dead_id, dead),
                    kind(!fifo)
                );
                push(TARGET, message, "make both FIFO queues, or neither");
            }
            for key in FIFO_ONLY {
                let is_set = property(queue, key).value().is_some_and(samc_ir::Expr::is_truthy);
                if !fifo && is_set && text(queue, key) != Some("false") {
                    let message = format!("{who} has {key}, and is no FIFO queue");
                    push(key, message, "set FifoQueue to true, or take the property out");
                }
            }
            let (limit, scope) = (text(queue, "FifoThroughputLimit"), property(queue, "DeduplicationScope"));
            let other = scope.is_absent() || scope.value().and_then(|s| s.as_str()) == Some("queue");
            if fifo && limit == Some("perMessageGroupId") && other {
                let message = format!(
                    "{who} counts its throughput for each message group, and duplicates for the whole queue"
                );
                push("FifoThroughputLimit", message, "set DeduplicationScope to messageGroup");
            }
        }
    },
};

/// Whether the name ends as that of a FIFO queue must; none where that is not known.
fn ends(queue: &Resource) -> Option<bool> {
    let value = property(queue, "QueueName").value()?;
    match parts(value).last() {
        Some(Part::Text(text)) => Some(text.ends_with(SUFFIX)),
        _ => None,
    }
}

/// An empty answer costs as much as a full one.
pub(super) static POLL: Rule = Rule {
    code: Code::new("K905", "poll-empty"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Cost]),
    page: include_str!("poll_empty.md"),
    check: |context, diagnostics| {
        // Lambda waits for messages by itself, and nobody waits at a dead-letter queue.
        let polled: FxHashSet<&LogicalId> =
            context.application().triggers.iter().filter_map(|t| t.source.as_ref()).collect();
        for (id, queue) in context.of_type("AWS::SQS::Queue") {
            const KEY: &str = "ReceiveMessageWaitTimeSeconds";
            let waits = property(queue, KEY);
            let short = waits.is_absent() || number_of(queue, KEY).is_some_and(|n| n.value == 0);
            if !short || polled.contains(id) || context.is_dead_letter_queue(id) {
                continue;
            }
            let message = format!(
                "who asks {} for messages gets an empty answer at once, and pays for it",
                name(id, queue)
            );
            let found = Diagnostic::new(Severity::Info, POLL.code, message)
                .help("set ReceiveMessageWaitTimeSeconds to 20, the most there is");
            diagnostics.push(at_property(found, id, queue, KEY, "0 s"));
        }
    },
};
