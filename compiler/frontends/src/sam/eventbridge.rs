//! What events of functions and of state machines have in common where EventBridge sends them.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::events::Event;
use super::expansion::{Expansion, Result};
use super::generated::Generated;

/// The longest id of a rule's target, in characters. Source: EventBridge API reference, `Target`.
const MAX_TARGET_ID: usize = 64;

/// The id of a rule's target: the event's id, cut where it is too long, and a suffix.
pub(crate) fn target_id(event_id: &str, suffix: &str) -> String {
    let kept: String = event_id.chars().take(MAX_TARGET_ID - suffix.len()).collect();
    kept + suffix
}

/// `State`, from `State` or `Enabled`; not both.
pub(crate) fn state(ctx: &mut Expansion<'_>, event: &Event, rule: &mut Map) -> Result {
    let (state, enabled) = (event.get("State").filter(|s| s.is_truthy()), event.get("Enabled"));
    if state.is_some() && enabled.is_some() {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("the event {} has both State and Enabled, which say the same", event.key),
            )
            .at(event.properties.key_span("Enabled"), "take one of the two out")
            .label(event.properties.key_span("State"), "the other"),
        ));
    }
    if let Some(state) = state {
        rule.insert("State", state.clone());
    }
    if let Some(enabled) = enabled {
        rule.insert("State", if enabled.is_truthy() { "ENABLED" } else { "DISABLED" });
    }
    Ok(())
}

/// A dead-letter queue of a rule or schedule.
pub(crate) struct DeadLetterQueue {
    /// Its ARN.
    pub(crate) arn: Expr,
    /// The queue and its policy, where they are made.
    pub(crate) generated: Vec<Generated>,
}

/// The dead-letter queue that `DeadLetterConfig` names or asks for, with a policy that lets the
/// rule send to it.
pub(crate) fn dead_letter_queue(
    ctx: &mut Expansion<'_>,
    event: &Event,
    rule_arn: &Expr,
    attributes: &Map,
) -> Result<Option<DeadLetterQueue>> {
    let Some(mut queue) = dead_letter_queue_alone(ctx, event, attributes)? else { return Ok(None) };
    if let Some(made) = queue.generated.first() {
        let statement = Expr::from([
            ("Effect", Expr::from("Allow")),
            ("Principal", Expr::from([("Service", "events.amazonaws.com")])),
            ("Action", Expr::from("sqs:SendMessage")),
            ("Resource", queue.arn.clone()),
            ("Condition", Expr::from([("ArnEquals", Expr::from([("aws:SourceArn", rule_arn.clone())]))])),
        ]);
        let document =
            Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", Expr::from([statement]))]);
        let properties =
            Map::from([("PolicyDocument", document), ("Queues", Expr::from([Expr::reference(&made.id)]))]);
        let id = format!("{}QueuePolicy", event.id);
        let policy = Generated::new(id, "AWS::SQS::QueuePolicy", properties, ctx.current.clone());
        queue.generated.push(policy.attributes(attributes));
    }
    Ok(Some(queue))
}

/// The dead-letter queue without a policy: schedulers send with a role of their own.
pub(crate) fn dead_letter_queue_alone(
    ctx: &mut Expansion<'_>,
    event: &Event,
    attributes: &Map,
) -> Result<Option<DeadLetterQueue>> {
    let Some(given) = event.get("DeadLetterConfig") else { return Ok(None) };
    let empty = Map::new();
    let config = given.as_map().unwrap_or(&empty);
    let span = given.span.or(event.properties.key_span("DeadLetterConfig"));
    let path = format!("{}.Properties.DeadLetterConfig", ctx.current.path);
    let fail = |ctx: &mut Expansion<'_>, message: String, label: &str| {
        Err(ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(span, label).path(path.clone())))
    };
    let key = &event.key;
    match (config.contains_key("Arn"), config.get("Type")) {
        (true, Some(_)) => {
            return fail(
                ctx,
                format!("DeadLetterConfig of {key} has both Arn and Type"),
                "give the one or the other",
            );
        }
        (false, None) => {
            return fail(ctx, format!("DeadLetterConfig of {key} needs Arn, or Type: SQS"), "has neither");
        }
        (false, Some(kind)) if kind.as_str() != Some("SQS") => {
            return fail(ctx, format!("Type of DeadLetterConfig of {key} must be SQS"), "another type");
        }
        _ => {}
    }
    if let Some(arn) = config.get("Arn").filter(|a| !a.is_null()) {
        return Ok(Some(DeadLetterQueue { arn: arn.clone(), generated: Vec::new() }));
    }
    let id = match config.get("QueueLogicalId").filter(|i| !i.is_null()) {
        None => format!("{}Queue", event.id),
        Some(id) => match id.as_str() {
            Some("") => format!("{}Queue", event.id),
            Some(id) => id.to_owned(),
            None => return fail(ctx, format!("QueueLogicalId of {key} must be text"), "not text"),
        },
    };
    ctx.check_logical_id(&id)?;
    let queue = Generated::new(id.as_str(), "AWS::SQS::Queue", Map::new(), ctx.current.clone());
    Ok(Some(DeadLetterQueue { arn: Expr::get_att(id, "Arn"), generated: vec![queue.attributes(attributes)] }))
}
