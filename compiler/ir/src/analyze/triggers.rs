//! What starts functions, apart from routes.

use samc_base::LogicalId;

use super::{first_of, function_of};
use crate::application::{Trigger, TriggerKind};
use crate::expr::Expr;
use crate::graph::{Resource, ResourceGraph};

pub(super) fn find(graph: &ResourceGraph, triggers: &mut Vec<Trigger>) {
    for (id, resource) in &graph.resources {
        let Some((kind, targets, source)) = parts(resource) else { continue };
        let source = match source {
            Source::None => None,
            Source::This => Some(id.clone()),
            Source::Property(name) => resource.property(name).and_then(|s| first_of(graph, s, |_| true)),
        };
        let mut seen: Vec<LogicalId> = Vec::new();
        for target in targets.iter().filter_map(|name| resource.property(name)) {
            each_function(graph, target, &mut |function| {
                if !seen.contains(&function) {
                    seen.push(function);
                }
            });
        }
        triggers.extend(seen.into_iter().map(|function| Trigger {
            function,
            kind,
            resource: id.clone(),
            source: source.clone(),
        }));
    }
}

/// Where the event comes from.
enum Source {
    /// From outside the template.
    None,
    /// From the resource itself.
    This,
    /// From what a property refers to.
    Property(&'static str),
}

/// How a resource starts functions, the properties that name them, and the source.
fn parts(resource: &Resource) -> Option<(TriggerKind, &'static [&'static str], Source)> {
    Some(match &*resource.resource_type {
        "AWS::Lambda::EventSourceMapping" => {
            (TriggerKind::Poll, &["FunctionName"], Source::Property("EventSourceArn"))
        }
        "AWS::S3::Bucket" => (TriggerKind::Bucket, &["NotificationConfiguration"], Source::This),
        "AWS::SNS::Subscription" => (TriggerKind::Topic, &["Endpoint"], Source::Property("TopicArn")),
        "AWS::SNS::Topic" => (TriggerKind::Topic, &["Subscription"], Source::This),
        "AWS::Events::Rule" if resource.property("ScheduleExpression").is_some() => {
            (TriggerKind::Schedule, &["Targets"], Source::None)
        }
        "AWS::Events::Rule" => (TriggerKind::Event, &["Targets"], Source::Property("EventBusName")),
        "AWS::Scheduler::Schedule" => (TriggerKind::Schedule, &["Target"], Source::None),
        "AWS::Logs::SubscriptionFilter" => {
            (TriggerKind::Log, &["DestinationArn"], Source::Property("LogGroupName"))
        }
        "AWS::Cognito::UserPool" => (TriggerKind::UserPool, &["LambdaConfig"], Source::This),
        "AWS::IoT::TopicRule" => (TriggerKind::Device, &["TopicRulePayload"], Source::None),
        "AWS::StepFunctions::StateMachine" => {
            (TriggerKind::Step, &["DefinitionString", "Definition", "DefinitionSubstitutions"], Source::This)
        }
        "AWS::Lambda::Url" => (TriggerKind::Url, &["TargetFunctionArn"], Source::None),
        _ => return None,
    })
}

/// Calls `visit` for every function that a value leads to: a list of targets may have several.
fn each_function(graph: &ResourceGraph, value: &Expr, visit: &mut dyn FnMut(LogicalId)) {
    if let Some(items) = value.as_list() {
        items.iter().for_each(|item| each_function(graph, item, visit));
    } else if let Some(map) = value.as_map() {
        map.values().for_each(|item| each_function(graph, item, visit));
    } else if let Some((function, argument)) = value.as_call()
        && !matches!(function, crate::Function::GetAtt | crate::Function::Ref)
        && let Some(items) = argument.as_list()
    {
        // A text put together of parts may name a function in each.
        items.iter().for_each(|item| each_function(graph, item, visit));
        visit_one(graph, value, visit);
    } else {
        visit_one(graph, value, visit);
    }
}

fn visit_one(graph: &ResourceGraph, value: &Expr, visit: &mut dyn FnMut(LogicalId)) {
    if let Some(function) = function_of(graph, value) {
        visit(function);
    }
}
