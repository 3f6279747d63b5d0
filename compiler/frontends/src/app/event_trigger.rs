//! `on: {event: ...}`: rules on a bus, and the patterns of events.

use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Kind, Trigger};
use samc_syntax::{Node, NodeKind};

use super::lower::Lower;
use super::raw;
use super::text::followed_by;
use super::trigger::{Target, retry, state};

/// Adds the event of a rule.
pub(super) fn lower(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    given: &Node,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let span = Some(given.span);
    let mut pattern = pattern(given);
    for (key, value) in [("source", &trigger.source), ("detail-type", &trigger.r#type)] {
        let Some(value) = value else { continue };
        let items = value.value.items(value.span);
        let texts: Vec<Expr> =
            items.into_iter().map(|t| Expr::from(t.value.as_str()).with_span(t.span)).collect();
        pattern.insert(key, texts);
    }
    if let Some(detail) = &trigger.detail {
        pattern.insert("detail", listed(raw::data(&detail.value)));
    }
    let mut properties = Map::from([("Pattern", Expr::from(pattern).with_span(span))]);
    let mut words = "event".to_owned();
    if let Some(bus) = &trigger.bus {
        let Some(found) = ctx.component_of(owner, &format!("{path}.bus"), bus, &[Kind::Bus], "`bus`") else {
            return;
        };
        let Some(value) = ctx.needed(owner, path, bus, &found, "name") else { return };
        properties.insert("EventBusName", value);
        words = format!("{} event", bus.value);
    }
    if let Some(input) = &trigger.input {
        properties.insert("Input", Expr::from(raw::json(&input.value)).with_span(input.span));
    }
    state(&mut properties, trigger);
    retry(ctx, owner, path, trigger, &mut properties);
    if let Some(dlq) = &trigger.dlq
        && let Some(queue) = ctx.component_of(owner, path, dlq, &[Kind::Queue], "`dlq` of an event trigger")
        && let Some(arn) = ctx.needed(owner, path, dlq, &queue, "arn")
    {
        // The rule gets its name, and with it its ARN, only when it is made.
        let rules = Expr::sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/");
        super::queue::let_send_like(ctx, &queue, "events.amazonaws.com", followed_by(rules, "*"));
        properties.insert("DeadLetterConfig", Expr::from([("Arn", arn)]));
    }
    target.add(&words, "EventBridgeRule", properties, span);
}

/// A pattern in which single values stand for lists of one; a text alone is the type of the event.
pub(super) fn pattern(node: &Node) -> Map {
    if let NodeKind::Scalar(scalar) = &node.kind {
        let kind = Expr::from(&scalar.text).with_span(node.span);
        return Map::from([("detail-type", Expr::from(vec![kind]))]);
    }
    let pattern = listed(raw::data(node));
    let Some(map) = pattern.as_map() else { return Map::new() };
    let mut out = Map::new();
    for entry in map.entries() {
        let key = if &*entry.key == "type" { "detail-type".into() } else { entry.key.clone() };
        out.insert_spanned(key, entry.key_span, entry.value.clone());
    }
    out
}

/// Single values inside mappings become lists, as patterns of EventBridge want them.
fn listed(value: Expr) -> Expr {
    let ExprKind::Map(map) = value.kind else { return value };
    let mut out = Map::new();
    for entry in map {
        let inner = match &entry.value.kind {
            ExprKind::List(_) => entry.value,
            ExprKind::Map(_) => listed(entry.value),
            _ => {
                let span = entry.value.span;
                Expr::from(vec![entry.value]).with_span(span)
            }
        };
        out.insert_spanned(entry.key, entry.key_span, inner);
    }
    Expr::new(ExprKind::Map(out), value.span)
}
