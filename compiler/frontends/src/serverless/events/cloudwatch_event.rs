//! `cloudwatchEvent`: events of the default bus that fit a pattern. Source:
//! lib/plugins/aws/package/compile/events/cloud-watch-event.js of osls 3.77.1.

use samc_ir::{Expr, Kind, Map};

use super::common::{permission, required, wait_for_alias};
use super::rule;
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::set;

/// How an event is written.
const EXAMPLE: &str = "- cloudwatchEvent: {event: {source: [aws.ec2]}}";

/// Lowers the events.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    for (function, event, number) in service.events("cloudwatchEvent") {
        let of = (function, event);
        let Some([pattern]) = required(of, ["event"], EXAMPLE, out) else { continue };
        if !rule::has_one_input(of, out) {
            continue;
        }
        let mut properties =
            Map::from([("EventPattern", on_one_line(pattern)), ("State", rule::state(event).into())]);
        set(&mut properties, "Description", event.given("description"));
        set(&mut properties, "Name", event.given("name"));
        let mut target = Map::new();
        set(
            &mut target,
            "Input",
            event.given("input").map(|input| rule::input(&on_one_line(input))).as_ref(),
        );
        set(&mut target, "InputPath", event.given("inputPath").map(on_one_line).as_ref());
        set(&mut target, "InputTransformer", event.given("inputTransformer").map(rule::transformer).as_ref());
        target.insert("Arn", function.target());
        target.insert("Id", format!("{}CloudWatchEvent", function.key));
        properties.insert("Targets", vec![Expr::from(target)]);
        let key = normalized(&function.key);
        let id = format!("{key}EventsRuleCloudWatchEvent{number}");
        let resource = out.add(id.as_str(), "AWS::Events::Rule", properties, &event.origin);
        wait_for_alias(function, resource);
        let source = Expr::get_att(id, "Arn");
        let id = format!("{key}LambdaPermissionEventsRuleCloudWatchEvent{number}");
        permission(of, id, "events.amazonaws.com", Some(source), out);
    }
}

/// The value with its texts on one line each, as the framework writes them.
fn on_one_line(value: &Expr) -> Expr {
    let mut value = value.clone();
    value.walk_mut(&mut |part| {
        if let Kind::String(text) = &part.kind
            && text.contains(['\n', '\r'])
        {
            part.kind = Kind::String(text.replace(['\n', '\r'], "").into());
        }
    });
    value
}
