//! `schedule`: times, as a rule of EventBridge or as a schedule of EventBridge Scheduler. Source:
//! lib/plugins/aws/package/compile/events/schedule.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{permission, wait_for_alias};
use super::rule;
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, set};

/// `method` of a schedule of EventBridge Scheduler. Without it a schedule is a rule.
const SCHEDULER: &str = "scheduler";

/// Settings that one of the two methods has not.
const OF_RULES: [&str; 2] = ["inputTransformer", "inputPath"];
const OF_SCHEDULER: [&str; 2] = ["timezone", "groupName"];

/// Lowers all schedules, and lets EventBridge Scheduler take on the role where one of them is its own.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut called = Vec::new();
    for function in &service.functions {
        let mut number = 0;
        let mut uses_scheduler = false;
        for event in function.events_of("schedule") {
            let Some(rates) = rates(function, event, out) else { continue };
            let is_scheduler = event.given("method").and_then(Expr::as_str) == Some(SCHEDULER);
            uses_scheduler |= is_scheduler;
            for rate in rates {
                number += 1;
                match is_scheduler {
                    true => schedule(function, event, number, rate, out),
                    false => rule(function, event, number, rate, out),
                }
            }
        }
        if uses_scheduler {
            called.push(arn(function, ""));
            called.push(arn(function, ":*"));
        }
    }
    if !called.is_empty() {
        out.trusted.push("scheduler.amazonaws.com");
        out.allow(&["lambda:InvokeFunction"], called);
    }
}

/// The ARN of a function by its name: a reference would be a cycle through the role.
fn arn(function: &Function, ending: &str) -> Expr {
    let head = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:";
    match function.name.as_str() {
        Some(name) => Expr::sub(format!("{head}{name}{ending}")),
        None => Expr::join("", vec![Expr::sub(head), function.name.clone(), ending.into()]),
    }
}

/// The rates of a schedule. None where they are missing, or where something else is wrong, which is reported.
fn rates<'a>(function: &Function, event: &'a Event, out: &mut Output<'_>) -> Option<&'a [Expr]> {
    let Some(settings) = event.value.as_map() else { return Some(std::slice::from_ref(&event.value)) };
    let key = &function.key;
    let Some(rate) = settings.get("rate").filter(|rate| !rate.is_null()) else {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a schedule of {key} has no rate"),
            event.value.span,
            "no `rate`",
            "add `rate: [rate(10 minutes)]`, or `rate: [cron(0 12 * * ? *)]`",
        );
        return None;
    };
    let rates = rate.as_list().unwrap_or(std::slice::from_ref(rate));
    if let (Some(name), 2..) = (given(settings, "name"), rates.len()) {
        out.error(
            codes::EXCLUSIVE_PROPERTIES,
            &event.origin,
            format!("a schedule of {key} has one name for {} rates", rates.len()),
            name.span,
            "each rate becomes a rule with a name of its own",
            "take out `name`, or make an event of each rate",
        );
        return None;
    }
    let is_scheduler = given(settings, "method").and_then(Expr::as_str) == Some(SCHEDULER);
    let (foreign, help): (_, &str) = match is_scheduler {
        true => {
            (OF_RULES, "take it out, or take out `method: scheduler`; the scheduler gives a fixed `input`")
        }
        false => (OF_SCHEDULER, "take it out, or add `method: scheduler`"),
    };
    for name in foreign {
        let Some(value) = given(settings, name) else { continue };
        let what = if is_scheduler { "EventBridge Scheduler" } else { "rules" };
        let message = format!("a schedule of {key} has {name}, which {what} cannot do");
        let label = if is_scheduler { "of rules only" } else { "of the scheduler only" };
        out.error(codes::EXCLUSIVE_PROPERTIES, &event.origin, message, value.span, label, help);
        return None;
    }
    Some(rates)
}

/// The input as text. Of a mapping with a `body` of JSON text, that is taken as the value it describes.
fn input(function: &Function, event: &Event, out: &mut Output<'_>) -> Option<Expr> {
    let input = event.given("input")?;
    let body = input.as_map().and_then(|map| map.get("body")).filter(|body| body.as_str().is_some());
    let Some(body) = body else { return Some(rule::input(input)) };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(body.as_str()?) else {
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!("the body of an input of {} is no JSON", function.key),
            body.span,
            "not JSON",
            "write JSON text, or the input as a mapping without `body`",
        );
        return None;
    };
    let mut made = input.clone();
    made.as_map_mut()?.insert("body", crate::template::expr_from_json(&value.to_string()));
    Some(rule::input(&made))
}

fn rule(function: &Function, event: &Event, number: usize, rate: &Expr, out: &mut Output<'_>) {
    let mut properties =
        Map::from([("ScheduleExpression", rate.clone()), ("State", rule::state(event).into())]);
    set(&mut properties, "Name", event.given("name"));
    set(&mut properties, "Description", event.given("description"));
    let mut target = Map::new();
    set(&mut target, "Input", input(function, event, out).as_ref());
    set(&mut target, "InputPath", event.given("inputPath"));
    set(&mut target, "InputTransformer", event.given("inputTransformer").map(rule::transformer).as_ref());
    target.insert("Arn", function.target());
    target.insert("Id", format!("{}Schedule", function.key));
    properties.insert("Targets", vec![Expr::from(target)]);
    let key = normalized(&function.key);
    let id = format!("{key}EventsRuleSchedule{number}");
    let resource = out.add(id.as_str(), "AWS::Events::Rule", properties, &event.origin);
    wait_for_alias(function, resource);
    let source = Expr::get_att(id, "Arn");
    let id = format!("{key}LambdaPermissionEventsRuleSchedule{number}");
    permission((function, event), id, "events.amazonaws.com", Some(source), out);
}

fn schedule(function: &Function, event: &Event, number: usize, rate: &Expr, out: &mut Output<'_>) {
    let role =
        event.given("roleArn").cloned().or_else(|| out.properties(&function.id())?.get("Role").cloned());
    let mut target = Map::from([("Arn", function.target())]);
    set(&mut target, "RoleArn", role.as_ref());
    set(&mut target, "Input", input(function, event, out).as_ref());
    let mut properties = Map::from([
        ("ScheduleExpression", rate.clone()),
        ("State", rule::state(event).into()),
        ("Target", target.into()),
        ("FlexibleTimeWindow", Expr::from([("Mode", "OFF")])),
    ]);
    for (key, property) in [
        ("name", "Name"),
        ("groupName", "GroupName"),
        ("description", "Description"),
        ("timezone", "ScheduleExpressionTimezone"),
    ] {
        set(&mut properties, property, event.setting(key));
    }
    let id = format!("{}SchedulerSchedule{number}", normalized(&function.key));
    let resource = out.add(id, "AWS::Scheduler::Schedule", properties, &event.origin);
    wait_for_alias(function, resource);
}
