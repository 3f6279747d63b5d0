//! C202 and R501: queues whose messages come back while a function still works on them.

use samc_base::{Applicability, Change, Code, Diagnostic, Diagnostics, LogicalId, Put, Severity, What};
use samc_data::limits::limit;
use samc_ir::Resource;

use crate::context::{Context, about};
use crate::numbers::{Number, number_of};
use crate::rule::{On, Profile, Rule};

/// Lambda refuses a mapping whose queue shows messages again before the function's time is up.
pub(super) static FLOOR: Rule = Rule {
    code: Code::new("C202", "sqs-visibility-floor"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("sqs_visibility_floor.md"),
    check: |context, diagnostics| {
        each(context, |poll| {
            if poll.visibility.value >= poll.timeout.value {
                return;
            }
            let message = format!(
                "{} shows its messages again after {} s, while {} may work on them for {} s; Lambda does not allow it",
                poll.queue_name(),
                poll.visibility.value,
                poll.function_name(),
                poll.timeout.value
            );
            let label = format!("at least {} s", poll.timeout.value);
            let found = Diagnostic::error(FLOOR.code, message).at(poll.visibility.span, label);
            poll.push(found, diagnostics);
        });
    },
};

/// AWS's advice, so that a message is tried again only after all retries of the function.
pub(super) static FACTOR: Rule = Rule {
    code: Code::new("R501", "sqs-visibility-6x"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("sqs_visibility.md"),
    check: |context, diagnostics| {
        // Where C202 refuses the queue, its fix sets what is wanted here too.
        let more = context.wants_more(FACTOR.code, &[Profile::Strict]);
        each(context, |poll| {
            let seen = poll.visibility.value;
            if seen < poll.timeout.value && !more || seen >= poll.wanted {
                return;
            }
            let message = format!(
                "messages of {} can be delivered again while {} still works on them",
                poll.queue_name(),
                poll.function_name()
            );
            let window =
                if poll.window > 0 { format!(" and the {} s window", poll.window) } else { String::new() };
            let label = format!(
                "{seen} s; {} times the function's {} s{window} is {} s",
                poll.factor, poll.timeout.value, poll.wanted
            );
            let found = Diagnostic::warning(FACTOR.code, message).at(poll.visibility.span, label);
            poll.push(found, diagnostics);
        });
    },
};

/// A function that reads from a queue, with the numbers that matter, in seconds.
struct Poll<'g> {
    queue: (&'g LogicalId, &'g Resource),
    function: (&'g LogicalId, &'g Resource),
    visibility: Number,
    timeout: Number,
    /// How long Lambda collects a batch.
    window: i128,
    factor: i128,
    /// What the visibility should be.
    wanted: i128,
}

impl Poll<'_> {
    fn queue_name(&self) -> &str {
        self.queue.1.origin.source.as_deref().unwrap_or(self.queue.0)
    }

    fn function_name(&self) -> &str {
        self.function.1.origin.source.as_deref().unwrap_or(self.function.0)
    }

    /// Adds the function's side and what to do.
    fn push(&self, found: Diagnostic, diagnostics: &mut Diagnostics) {
        let (id, queue) = self.queue;
        let max = limit("sqs.visibility.max").map_or(i128::MAX, |l| i128::from(l.value));
        let wanted = self.wanted.min(max);
        let order = format!("set VisibilityTimeout to {wanted}");
        let mut found = found;
        if self.timeout.span != self.visibility.span {
            let (function, time) = (self.function.1, self.timeout.value);
            let own = |span| function.origin.span.is_none_or(|own| own.contains(span));
            let words = match self.timeout.span {
                _ if function.property("Timeout").is_none() => {
                    format!("without `Timeout` it may run {time} s")
                }
                Some(span) if !own(span) => format!("{} takes its {time} s from here", self.function_name()),
                _ => format!("{} may run {time} s", self.function_name()),
            };
            found = found.label(self.timeout.span, words);
        }
        found = found.help(order.clone()).change(Change {
            message: order,
            applicability: Applicability::Safe,
            what: What::Property {
                resource: self.queue_name().to_owned(),
                resource_type: queue.resource_type.to_string(),
                path: vec!["VisibilityTimeout".to_owned()],
                value: Put::Number(wanted),
            },
        });
        diagnostics.push(about(
            found,
            id,
            &queue.origin,
            format!("Resources.{id}.Properties.VisibilityTimeout"),
        ));
    }
}

/// Calls `check` for every function that reads from a queue of this template.
fn each<'g>(context: &Context<'g>, mut check: impl FnMut(&Poll<'g>)) {
    let graph = context.graph;
    let default = |name: &str| limit(name).map(|l| i128::from(l.value));
    let (Some(visible), Some(runs), Some(factor)) = (
        default("sqs.visibility.default"),
        default("lambda.timeout.default"),
        default("sqs.visibility.factor"),
    ) else {
        return;
    };
    for trigger in &context.application().triggers {
        let Some(queue) = trigger.source.as_ref().and_then(|id| graph.resources.get_key_value(id)) else {
            continue;
        };
        let Some(function) = graph.resources.get_key_value(&trigger.function) else { continue };
        let mapping = graph.resources.get(&trigger.resource);
        let is_mapping = mapping.is_some_and(|m| m.resource_type == *"AWS::Lambda::EventSourceMapping");
        if queue.1.resource_type != *"AWS::SQS::Queue" || !is_mapping {
            continue;
        }
        let visibility = or_default(queue.1, "VisibilityTimeout", visible);
        let (Some(visibility), Some(timeout)) = (visibility, or_default(function.1, "Timeout", runs)) else {
            continue;
        };
        let window =
            mapping.and_then(|m| number_of(m, "MaximumBatchingWindowInSeconds")).map_or(0, |n| n.value);
        let wanted = factor.saturating_mul(timeout.value).saturating_add(window);
        check(&Poll { queue, function, visibility, timeout, window, factor, wanted });
    }
}

/// A number, or where there is no such property, the default at the resource's key.
fn or_default(resource: &Resource, property: &str, default: i128) -> Option<Number> {
    match resource.property(property) {
        Some(value) if !value.is_no_value() => number_of(resource, property),
        _ => Some(Number { value: default, span: resource.origin.key_span }),
    }
}
