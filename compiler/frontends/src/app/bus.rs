//! `buses`: event buses, their archives, and rules that send events on.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Bus, BusRule, Component as _, Kind, RuleTarget};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::upper_camel;
use super::{event_trigger, index, queue, role, topic};

/// Lowers one bus.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, bus: &Bus) {
    let owner = ctx.owner("buses", name, span, bus.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    // A bus must have a name, and one of its own in every stage of the account.
    let given = match &bus.name {
        Some(given) => ctx.text(&owner, "name", given),
        None => Expr::from(format!("{}-{}-{name}", ctx.name, ctx.stage)),
    };
    ctx.add_main(&id, "AWS::Events::EventBus", Map::from([("Name", given)]), &owner);
    if let Some(archive) = &bus.archive {
        let days = ctx.seconds(&owner, "archive", archive, "1d", "3650d") / 86_400;
        let made = index::derived(ctx, &id, "Archive");
        let mut properties = Map::from([("SourceArn", Expr::get_att(&id, "Arn"))]);
        properties.insert("RetentionDays", Expr::new(ExprKind::Int(days.into()), archive.span));
        ctx.add(&made, "AWS::Events::Archive", properties, &owner);
    }
    if bus.schema_discovery.as_ref().is_some_and(|s| s.value) {
        let made = index::derived(ctx, &id, "Discoverer");
        let properties = Map::from([("SourceArn", Expr::get_att(&id, "Arn"))]);
        ctx.add(&made, "AWS::EventSchemas::Discoverer", properties, &owner);
    }
    for account in bus.share_with.iter().flatten() {
        let principal = ctx.text(&owner, "share-with", account);
        let text = upper_camel(&account.value);
        let made = ctx.fresh_id(&format!("{id}From{text}"), "Policy");
        let statement = Expr::from([
            ("Effect", Expr::from("Allow")),
            ("Principal", Expr::from([("AWS", principal)])),
            ("Action", Expr::from("events:PutEvents")),
            ("Resource", Expr::get_att(&id, "Arn")),
        ]);
        let mut properties = Map::from([("EventBusName", Expr::reference(&id))]);
        properties.insert("StatementId", format!("{id}From{text}"));
        properties.insert("Statement", statement);
        ctx.add(&made, "AWS::Events::EventBusPolicy", properties, &owner);
    }
    for (key, rule) in bus.rules.iter().flat_map(|r| &r.0) {
        lower_rule(ctx, &owner, &id, key.name().as_str(), rule);
    }
}

fn lower_rule(ctx: &mut Lower<'_>, owner: &Owner, bus: &LogicalId, name: &str, rule: &BusRule) {
    let path = format!("rules.{name}");
    let id = ctx.fresh_id(&format!("{bus}{}", upper_camel(name)), "Rule");
    let mut targets = Vec::new();
    for (i, target) in rule.to.iter().enumerate() {
        let made = lower_target(ctx, owner, &format!("{path}.to[{i}]"), &id, target);
        if let Some(mut made) = made {
            made.insert("Id", format!("target{}", i + 1));
            targets.push(Expr::from(made));
        }
    }
    let pattern = event_trigger::pattern(&rule.event.value);
    let mut properties = Map::from([("EventBusName", Expr::reference(bus))]);
    properties.insert("EventPattern", Expr::from(pattern).with_span(rule.event.span));
    properties.insert("Targets", targets);
    ctx.add(&id, "AWS::Events::Rule", properties, owner);
}

/// A target of a rule, with the right to be one.
fn lower_target(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    rule: &LogicalId,
    target: &Spanned<RuleTarget>,
) -> Option<Map> {
    let given = &target.value;
    let all = [
        (&given.queue, Kind::Queue),
        (&given.topic, Kind::Topic),
        (&given.bus, Kind::Bus),
        (&given.function, Kind::Function),
        (&given.workflow, Kind::Workflow),
    ];
    let named: Vec<_> = all.into_iter().filter_map(|(name, kind)| Some((name.as_ref()?, kind))).collect();
    let (name, kind) = match named.as_slice() {
        [only] => *only,
        _ => {
            let message = format!("`{}` must name one target", owner.at(path));
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(target.span, "one of `queue`, `topic`, `bus`, `function` and `workflow`");
            ctx.report(owner, path, finding);
            return None;
        }
    };
    let found = ctx.component_of(owner, path, name, &[kind], "a target of a rule")?;
    let arn = ctx.needed(owner, path, name, &found, "arn")?;
    let source = Expr::get_att(rule, "Arn");
    let mut made = Map::from([("Arn", arn.clone())]);
    match kind {
        Kind::Queue => queue::let_send(ctx, &found, "events.amazonaws.com", source),
        Kind::Topic => topic::let_publish(ctx, &found, "events.amazonaws.com", source),
        Kind::Bus | Kind::Workflow => {
            let action = if kind == Kind::Bus { "events:PutEvents" } else { "states:StartExecution" };
            let statements = vec![role::allow(&[action], vec![arn])];
            let role = role::for_service(ctx, owner, rule, "Role", "events.amazonaws.com", statements);
            made.insert("RoleArn", Expr::get_att(&role, "Arn"));
        }
        _ => {
            let permission =
                ctx.fresh_id(&format!("{rule}{}Permission", upper_camel(&name.value.to_string())), "2");
            let mut properties = Map::from([("Action", Expr::from("lambda:InvokeFunction"))]);
            properties.insert("FunctionName", arn);
            properties.insert("Principal", "events.amazonaws.com");
            properties.insert("SourceArn", source);
            ctx.add(&permission, "AWS::Lambda::Permission", properties, owner);
        }
    }
    Some(made)
}
