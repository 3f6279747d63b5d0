//! Schedules and patterns of EventBridge that call a function.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::permission::{self, Restriction};
use super::{Event, EventType, LambdaTarget};
use crate::sam::eventbridge::{self, target_id};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy, copy_as};
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;

/// A schedule kept by an EventBridge rule.
pub(super) const SCHEDULE: EventType = EventType {
    name: "Schedule",
    properties: &[
        Property::required("Schedule", Shape::Text),
        Property::optional("RuleName", Shape::Text),
        Property::optional("Input", Shape::Text),
        Property::optional("Enabled", Shape::Bool),
        Property::optional("State", Shape::Text),
        Property::optional("Name", Shape::Text),
        Property::optional("Description", Shape::Text),
        Property::optional("DeadLetterConfig", Shape::Map),
        Property::optional("RetryPolicy", Shape::Map),
    ],
    expand: schedule,
};

/// Events of a bus that match a pattern, under the service's old name.
pub(super) const CLOUDWATCH_EVENT: EventType =
    EventType { name: "CloudWatchEvent", properties: PATTERN_PROPERTIES, expand: pattern };

/// Events of a bus that match a pattern.
pub(super) const EVENT_BRIDGE_RULE: EventType =
    EventType { name: "EventBridgeRule", properties: PATTERN_PROPERTIES, expand: pattern };

const PATTERN_PROPERTIES: &[Property] = &[
    Property::optional("EventBusName", Shape::Text),
    Property::optional("RuleName", Shape::Text),
    Property::optional("Pattern", Shape::Map),
    Property::optional("DeadLetterConfig", Shape::Map),
    Property::optional("RetryPolicy", Shape::Map),
    Property::optional("Input", Shape::Text),
    Property::optional("InputPath", Shape::Text),
    Property::optional("Target", Shape::Map),
    Property::optional("Enabled", Shape::Bool),
    Property::optional("State", Shape::Text),
    Property::optional("InputTransformer", Shape::Map),
];

fn schedule(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let mut rule = Map::new();
    copy_as(&event.properties, "Schedule", &mut rule, "ScheduleExpression");
    eventbridge::state(ctx, event, &mut rule)?;
    copy(&event.properties, "Name", &mut rule);
    copy(&event.properties, "Description", &mut rule);
    finish(ctx, event, target, rule, &["Input"], None)
}

fn pattern(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let mut rule = Map::new();
    copy(&event.properties, "EventBusName", &mut rule);
    copy_as(&event.properties, "Pattern", &mut rule, "EventPattern");
    copy_as(&event.properties, "RuleName", &mut rule, "Name");
    eventbridge::state(ctx, event, &mut rule)?;
    let own_id = event.get("Target").and_then(Expr::as_map).and_then(|t| t.get("Id")).cloned();
    finish(ctx, event, target, rule, &["Input", "InputPath"], own_id)
}

/// Adds the target, the dead-letter queue and the permission.
fn finish(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    mut rule: Map,
    inputs: &[&str],
    own_id: Option<Expr>,
) -> Result<Vec<Generated>> {
    let rule_arn = Expr::get_att(event.id.as_str(), "Arn");
    let queue = eventbridge::dead_letter_queue(ctx, event, &rule_arn, &target.attributes)?;
    let id = own_id.unwrap_or_else(|| target_id(&event.id, "LambdaTarget").into());
    let mut destination = Map::from([("Arn", target.arn()), ("Id", id)]);
    for name in inputs {
        copy(&event.properties, name, &mut destination);
    }
    if let Some(queue) = &queue {
        destination.insert("DeadLetterConfig", Expr::from([("Arn", queue.arn.clone())]));
    }
    copy(&event.properties, "RetryPolicy", &mut destination);
    copy(&event.properties, "InputTransformer", &mut destination);
    rule.insert("Targets", Expr::from([Expr::from(destination)]));
    let rule = Generated::new(event.id.as_str(), "AWS::Events::Rule", rule, ctx.current.clone())
        .attributes(&target.attributes);
    let permission = permission::invoke(
        ctx,
        format!("{}Permission", event.id),
        target,
        "events.amazonaws.com",
        Restriction { source_arn: Some(rule_arn), ..Restriction::default() },
    );
    let made = queue.map(|q| q.generated).unwrap_or_default();
    Ok(std::iter::once(rule).chain(made).chain([permission]).collect())
}

/// Events of the Alexa Skills Kit.
pub(super) const ALEXA_SKILL: EventType = EventType {
    name: "AlexaSkill",
    properties: &[Property::optional("SkillId", Shape::Text)],
    expand: alexa_skill,
};

fn alexa_skill(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let restriction =
        Restriction { event_source_token: event.get("SkillId").cloned(), ..Restriction::default() };
    Ok(vec![permission::invoke(
        ctx,
        format!("{}Permission", event.id),
        target,
        "alexa-appkit.amazon.com",
        restriction,
    )])
}

/// Messages of devices that match a statement of AWS IoT's SQL.
pub(super) const IOT_RULE: EventType = EventType {
    name: "IoTRule",
    properties: &[
        Property::required("Sql", Shape::Text),
        Property::optional("AwsIotSqlVersion", Shape::Text),
    ],
    expand: iot_rule,
};

fn iot_rule(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let partition = ctx.options.partition();
    let arn = format!("arn:{partition}:iot:${{AWS::Region}}:${{AWS::AccountId}}:rule/${{RuleName}}");
    let restriction = Restriction {
        source_arn: Some(Expr::sub_with(arn, Map::from([("RuleName", Expr::reference(event.id.as_str()))]))),
        source_account: Some(Expr::sub("${AWS::AccountId}")),
        ..Restriction::default()
    };
    let permission =
        permission::invoke(ctx, format!("{}Permission", event.id), target, "iot.amazonaws.com", restriction);
    let action = Expr::from([("Lambda", Expr::from([("FunctionArn", target.arn())]))]);
    let mut payload = Map::new();
    copy(&event.properties, "Sql", &mut payload);
    payload.insert("RuleDisabled", false);
    payload.insert("Actions", Expr::from([action]));
    if event.get("AwsIotSqlVersion").is_some_and(Expr::is_truthy) {
        copy(&event.properties, "AwsIotSqlVersion", &mut payload);
    }
    let rule = Generated::new(
        event.id.as_str(),
        "AWS::IoT::TopicRule",
        Map::from([("TopicRulePayload", payload)]),
        ctx.current.clone(),
    )
    .attributes(&target.attributes);
    Ok(vec![permission, rule])
}

/// Lines of a log group.
pub(super) const CLOUDWATCH_LOGS: EventType = EventType {
    name: "CloudWatchLogs",
    properties: &[
        Property::required("LogGroupName", Shape::Text),
        Property::required("FilterPattern", Shape::Text),
    ],
    expand: cloudwatch_logs,
};

fn cloudwatch_logs(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let partition = ctx.options.partition();
    let arn = format!(
        "arn:{partition}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{__LogGroupName__}}:*"
    );
    let group = event.get("LogGroupName").cloned().unwrap_or_else(Expr::null);
    let restriction = Restriction {
        source_arn: Some(Expr::sub_with(arn, Map::from([("__LogGroupName__", group)]))),
        ..Restriction::default()
    };
    let permission =
        permission::invoke(ctx, format!("{}Permission", event.id), target, "logs.amazonaws.com", restriction);
    let mut filter = Map::new();
    copy(&event.properties, "LogGroupName", &mut filter);
    copy(&event.properties, "FilterPattern", &mut filter);
    filter.insert("DestinationArn", target.arn());
    let filter =
        Generated::new(event.id.as_str(), "AWS::Logs::SubscriptionFilter", filter, ctx.current.clone())
            .depends_on(Expr::from([Expr::from(&permission.id)]))
            .attributes(&target.attributes);
    Ok(vec![permission, filter])
}

/// Triggers of a user pool.
pub(super) const COGNITO: EventType = EventType {
    name: "Cognito",
    properties: &[
        Property::required("UserPool", Shape::Text),
        Property::required("Trigger", Shape::OneOf(&[Shape::Text, Shape::ListOf(&Shape::Text)])).literal(),
    ],
    expand: cognito,
};

fn cognito(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let given = event.get("UserPool").cloned().unwrap_or_else(Expr::null);
    let pool_id = given.as_ref_to().filter(|id| ctx.output.contains_key(*id)).map(str::to_owned);
    let Some(pool_id) = pool_id else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("the Cognito event {} must name a user pool of this template", event.key),
            )
            .at(given.span.or(event.span), "not a !Ref of a user pool here"),
        ));
    };
    let restriction =
        Restriction { source_arn: Some(Expr::get_att(pool_id.as_str(), "Arn")), ..Restriction::default() };
    let id = format!("{}CognitoPermission", target.id());
    let permission = permission::invoke(ctx, id, target, "cognito-idp.amazonaws.com", restriction);
    let trigger = event.get("Trigger").cloned().unwrap_or_else(Expr::null);
    let triggers = trigger.as_list().map_or_else(|| vec![trigger.clone()], <[Expr]>::to_vec);
    let pool_span = ctx.output.get(pool_id.as_str()).and_then(|p| p.origin.key_span);
    let mut fault = None;
    if let Some(properties) = ctx.output.get_mut(pool_id.as_str()).and_then(|p| p.properties_mut()) {
        let config = properties.get_or_insert_with("LambdaConfig", || Map::new().into());
        if config.is_null() {
            *config = Map::new().into();
        }
        match config.as_map_mut() {
            None => {
                fault =
                    Some((format!("LambdaConfig of {pool_id} must be a mapping"), config.span.or(pool_span)))
            }
            Some(config) => {
                for trigger in &triggers {
                    let name = trigger.as_str().unwrap_or_default();
                    if config.contains_key(name) {
                        let message = format!("the trigger {name} of {pool_id} has two functions");
                        fault = Some((message, trigger.span.or(event.span)));
                        break;
                    }
                    config.insert(name, target.arn());
                }
            }
        }
    }
    match fault {
        Some((message, at)) => {
            Err(ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(at, "here")))
        }
        None => Ok(vec![permission]),
    }
}
