//! L113 and L114: batches that an event source mapping cannot have.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_data::limits::limit;
use samc_ir::{Expr, Resource};

use crate::context::{Context, about};
use crate::numbers::{Number, number_of};
use crate::rule::{On, Rule};

/// The rule about the size of a batch.
pub(super) static BATCH: Rule = Rule {
    code: Code::new("L113", "esm-batch"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("esm_batch.md"),
    check: |context, diagnostics| {
        each(context, |id, mapping, batch, source| {
            let bound = |name: &str| limit(name).map_or(i128::MAX, |l| i128::from(l.value));
            let (most, what) = match source {
                Source::Fifo => (bound("esm.batch.fifo"), "a FIFO queue hands over"),
                Source::Queue(_) | Source::Other => (bound("esm.batch.max"), "an event source mapping takes"),
            };
            if (1..=most).contains(&batch.value) {
                return;
            }
            let source = mapping.origin.source.as_deref().unwrap_or(id);
            let message = if batch.value < 1 {
                format!("{source} takes batches of {}; the least is 1", batch.value)
            } else {
                format!("{source} takes batches of {}; {what} at most {most} at once", batch.value)
            };
            let found = Diagnostic::error(BATCH.code, message)
                .at(batch.span, format!("1 to {most}"))
                .help(format!("set BatchSize to {}", batch.value.clamp(1, most)));
            diagnostics.push(about(found, id, &mapping.origin, path(id)));
        });
    },
};

/// The rule about the window that large batches of a queue need.
pub(super) static WINDOW: Rule = Rule {
    code: Code::new("L114", "esm-batch-window"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("esm_batch_window.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("esm.batch.sqs.windowless").map(|l| i128::from(l.value)) else { return };
        each(context, |id, mapping, batch, source| {
            let window = mapping.property("MaximumBatchingWindowInSeconds");
            // Where the window is known only at deployment it may well be long enough.
            let has_window = window.is_some_and(|w| crate::numbers::number(w).is_none_or(|n| n.value > 0));
            let Source::Queue(queue) = source else { return };
            if batch.value <= most || has_window {
                return;
            }
            let source = mapping.origin.source.as_deref().unwrap_or(id);
            let message = format!(
                "{source} takes batches of {} messages of {queue} without a window to gather them; Lambda \
                 hands over at most {most} then, and refuses the mapping",
                batch.value
            );
            let found = Diagnostic::error(WINDOW.code, message)
                .at(batch.span, format!("above {most} needs a window"))
                .help("add MaximumBatchingWindowInSeconds of 1 or more, or set BatchSize to 10 or less");
            diagnostics.push(about(found, id, &mapping.origin, path(id)));
        });
    },
};

/// What a mapping reads from, as far as the template says.
enum Source<'g> {
    /// A queue, by how it is called.
    Queue(&'g str),
    /// A FIFO queue.
    Fifo,
    /// Anything else.
    Other,
}

fn path(id: &LogicalId) -> String {
    format!("Resources.{id}.Properties.BatchSize")
}

/// Looks at every mapping with a size of batches that is known.
fn each<'g>(context: &Context<'g>, mut look: impl FnMut(&'g LogicalId, &'g Resource, Number, Source<'g>)) {
    for (id, mapping) in context.of_type("AWS::Lambda::EventSourceMapping") {
        let Some(batch) = number_of(mapping, "BatchSize") else { continue };
        look(id, mapping, batch, source_of(context, mapping));
    }
}

fn source_of<'g>(context: &Context<'g>, mapping: &'g Resource) -> Source<'g> {
    let Some(arn) = mapping.property("EventSourceArn") else { return Source::Other };
    if let Some((id, _)) = arn.as_get_att() {
        let found = context.graph.resources.get_key_value(id);
        let Some((id, queue)) = found.filter(|(_, r)| r.resource_type == *"AWS::SQS::Queue") else {
            return Source::Other;
        };
        let name = queue.origin.source.as_deref().unwrap_or(id);
        let is_fifo = |name: &str| {
            let value = queue.property(name);
            value.and_then(Expr::as_bool).unwrap_or(value.and_then(Expr::as_str) == Some("true"))
        };
        return if is_fifo("FifoQueue") { Source::Fifo } else { Source::Queue(name) };
    }
    match arn.as_str() {
        Some(text) if text.contains(":sqs:") && text.ends_with(".fifo") => Source::Fifo,
        Some(text) if text.contains(":sqs:") => Source::Queue(text),
        _ => Source::Other,
    }
}
