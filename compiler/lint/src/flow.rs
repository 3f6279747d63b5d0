//! Where flagged data goes: from what its author says is about cards, health or secrets, through functions, their rights and
//! what they are started by, to stores, channels, logs and dead-letter queues.
//!
//! Only ways that the template shows are gone: a right on `*` leads nowhere.

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, Span};
use samc_ir::application::TriggerKind;
use samc_ir::{Expr, references};

use crate::Profile;
use crate::context::Context;
use crate::flags;
use crate::policy::{Statement, covers};
use crate::query::{items, member, name, property};
use crate::rights::Rights;
use crate::rules::group_names;
use crate::text::parts;

/// How flagged data came to a resource.
#[derive(Debug, Clone)]
pub(crate) struct Mark<'g> {
    /// What is said, such as `compliance: pci`.
    pub(crate) flag: String,
    /// The profiles of the programmes that they fall under.
    profiles: Vec<Profile>,
    /// The resource before, with how the data get here; none where it is said.
    pub(crate) from: Option<Step<'g>>,
    /// Where it is said, or the resource.
    span: Option<Span>,
}

impl Mark<'_> {
    /// True where the data fall under the programme of a profile.
    pub(crate) fn is_of(&self, profile: Profile) -> bool {
        self.profiles.contains(&profile)
    }
}

/// One step of a way.
#[derive(Debug, Clone)]
pub(crate) struct Step<'g> {
    pub(crate) id: &'g str,
    how: &'static str,
    span: Option<Span>,
}

/// The resources that flagged data come to, in the order in which they are reached.
#[derive(Debug, Default)]
pub(crate) struct Flow<'g> {
    marks: IndexMap<&'g str, Mark<'g>>,
    /// Those that something in the template writes or sends to.
    fed: FxHashSet<&'g str>,
}

/// Source: the actions of each service in the Service Authorization Reference.
const WRITES: &[&str] = &[
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "events:PutEvents",
    "firehose:PutRecord",
    "firehose:PutRecordBatch",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "lambda:InvokeFunction",
    "s3:PutObject",
    "sns:Publish",
    "sqs:SendMessage",
    "states:StartExecution",
];
const READS: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kinesis:GetRecords",
    "s3:GetObject",
    "sqs:ReceiveMessage",
];

/// An edge of the graph of data.
type Edge<'g> = (&'g str, &'static str, Option<Span>);

impl<'g> Flow<'g> {
    /// Follows the data of a template.
    pub(crate) fn of(context: &Context<'g>) -> Flow<'g> {
        let mut flow = Flow::default();
        let mut queue = Vec::new();
        for (id, resource) in &context.graph.resources {
            if let Some((flag, span)) = flags::said(context.graph, id, resource) {
                let profiles = flags::profiles(context.graph, id, resource);
                flow.marks.insert(id, Mark { flag, profiles, from: None, span });
                queue.push(id.as_str());
            }
        }
        if queue.is_empty() {
            return flow;
        }
        let roots: FxHashSet<&str> = queue.iter().copied().collect();
        let edges = edges(context, &roots);
        flow.fed = edges.values().flatten().map(|(to, ..)| *to).collect();
        let mut next = 0;
        while let Some(id) = queue.get(next).copied() {
            next += 1;
            let Some((flag, profiles)) =
                flow.marks.get(id).map(|mark| (mark.flag.clone(), mark.profiles.clone()))
            else {
                continue;
            };
            for (to, how, span) in edges.get(id).into_iter().flatten() {
                if !flow.marks.contains_key(to) {
                    let here = context.graph.resources.get(*to).and_then(|r| r.origin.key_span);
                    let from = Some(Step { id, how, span: *span });
                    let (flag, profiles) = (flag.clone(), profiles.clone());
                    flow.marks.insert(to, Mark { flag, profiles, from, span: here });
                    queue.push(to);
                }
            }
        }
        flow
    }

    /// The resources that the data come to, those that it is said of first.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (&'g str, &Mark<'g>)> {
        self.marks.iter().map(|(id, mark)| (*id, mark))
    }

    /// True where something in the template writes or sends to a resource.
    pub(crate) fn feeds(&self, id: &str) -> bool {
        self.fed.contains(id)
    }

    /// Adds the way to a resource to a finding: one label a step.
    pub(crate) fn path(&self, context: &Context<'g>, id: &str, found: Diagnostic) -> Diagnostic {
        /// More steps than these nobody reads.
        const SHOWN: usize = 6;
        let mut found = found;
        let mut at = self.marks.get(id);
        for _ in 0..SHOWN {
            let Some(Mark { from: Some(step), .. }) = at else { break };
            let resource = context.graph.resources.get_key_value(step.id);
            let who = resource.map_or(step.id, |(id, r)| name(id, r));
            let span = step.span.or(resource.and_then(|(_, r)| r.origin.key_span));
            found = found.label(span, format!("{who} {}", step.how));
            at = self.marks.get(step.id);
        }
        match at {
            Some(Mark { flag, from: None, span, .. }) => found.label(*span, format!("here it says {flag}")),
            _ => found,
        }
    }
}

/// Every way that data can take, by where it begins.
fn edges<'g>(context: &Context<'g>, roots: &FxHashSet<&'g str>) -> FxHashMap<&'g str, Vec<Edge<'g>>> {
    let mut found: FxHashMap<&'g str, Vec<Edge<'g>>> = FxHashMap::default();
    let resources = &context.graph.resources;
    let known = |id: &str| resources.get_key_value(id).map(|(id, _)| id.as_str());
    for view in &context.application().functions {
        let Some((id, function)) = resources.get_key_value(&view.id) else { continue };
        let rights = Rights::of(context, view);
        let statements = rights.iter().flat_map(|r| r.statements()).copied();
        by_rights(context, id, statements, roots.contains(id.as_str()), &mut found);
        let mut to = |value: Option<&'g Expr>, how: &'static str| {
            each(context, value, &mut |target, span| found.entry(id).or_default().push((target, how, span)));
        };
        to(property(function, "DeadLetterConfig.TargetArn").value(), "puts failed events there");
        to(property(function, "LoggingConfig.LogGroup").value(), "logs there");
        if property(function, "LoggingConfig.LogGroup").is_absent() {
            let names = group_names(id, function);
            for (group, resource) in context.of_type("AWS::Logs::LogGroup") {
                let name = resource.property("LogGroupName");
                if name.is_some_and(|name| names.contains(&parts(name))) {
                    let span = name.and_then(|name| name.span);
                    found.entry(id).or_default().push((group, "logs there", span));
                }
            }
        }
    }
    // The steps of a machine call services by themselves, with the rights of its role.
    for (id, machine) in context.of_type("AWS::StepFunctions::StateMachine") {
        let role = property(machine, "RoleArn").value().and_then(Expr::as_get_att).map(|(role, _)| role);
        let numbers = role.and_then(|role| context.by_role().get(role)).map_or(&[][..], Vec::as_slice);
        let statements = numbers.iter().filter_map(|n| context.statements().get(*n));
        by_rights(context, id, statements, roots.contains(id.as_str()), &mut found);
    }
    for trigger in &context.application().triggers {
        let carries = matches!(
            trigger.kind,
            TriggerKind::Poll | TriggerKind::Topic | TriggerKind::Event | TriggerKind::Step
        );
        if let (true, Some(source), Some(function)) =
            (carries, trigger.source.as_deref().and_then(known), known(&trigger.function))
        {
            let span = resources.get(&trigger.resource).and_then(|r| r.origin.key_span);
            found.entry(source).or_default().push((function, "starts it", span));
        }
    }
    for (id, resource) in resources {
        let mut way = |from: Option<&'g Expr>, to: Option<&'g Expr>, how: &'static str| {
            let mut sources = Vec::new();
            match from {
                Some(value) => each(context, Some(value), &mut |source, _| sources.push(source)),
                None => sources.push(id.as_str()),
            }
            for source in sources {
                each(context, to, &mut |target, span| {
                    found.entry(source).or_default().push((target, how, span))
                });
            }
        };
        let at = |path: &str| property(resource, path).value();
        match &*resource.resource_type {
            "AWS::SQS::Queue" => {
                way(None, at("RedrivePolicy.deadLetterTargetArn"), "sets failed messages aside there")
            }
            "AWS::SNS::Subscription" => {
                way(at("TopicArn"), at("Endpoint"), "sends it on");
                way(
                    at("TopicArn"),
                    at("RedrivePolicy.deadLetterTargetArn"),
                    "sets failed messages aside there",
                );
            }
            "AWS::Events::Rule" if at("ScheduleExpression").is_none() => {
                for target in items(at("Targets")) {
                    way(at("EventBusName"), member(target, "Arn").value(), "sends it on");
                    way(
                        at("EventBusName"),
                        member(target, "DeadLetterConfig.Arn").value(),
                        "sets failed events aside there",
                    );
                }
            }
            "AWS::Lambda::EventSourceMapping" => {
                way(
                    at("EventSourceArn"),
                    at("DestinationConfig.OnFailure.Destination"),
                    "sets failed records aside there",
                );
            }
            "AWS::Lambda::EventInvokeConfig" => {
                way(
                    at("FunctionName"),
                    at("DestinationConfig.OnFailure.Destination"),
                    "puts failed events there",
                );
                way(
                    at("FunctionName"),
                    at("DestinationConfig.OnSuccess.Destination"),
                    "sends its results there",
                );
            }
            "AWS::KinesisFirehose::DeliveryStream" => {
                way(None, at("ExtendedS3DestinationConfiguration.BucketARN"), "delivers to it");
                way(None, at("S3DestinationConfiguration.BucketARN"), "delivers to it");
            }
            _ => {}
        }
    }
    found
}

/// The ways that rights open: what writes to a store brings data there, and what reads it takes them from there.
/// Where data are `declared` to be, they may be what it reads.
fn by_rights<'c, 'g: 'c>(
    context: &Context<'g>,
    id: &'g str,
    statements: impl Iterator<Item = &'c Statement<'g>>,
    declared: bool,
    found: &mut FxHashMap<&'g str, Vec<Edge<'g>>>,
) {
    for statement in statements {
        let may =
            |wanted: &[&str]| statement.actions().any(|(action, _)| wanted.iter().any(|w| covers(action, w)));
        let (reads, writes) = (may(READS), may(WRITES));
        for target in statement.items("Resource") {
            references::each(target, false, &mut |r| {
                let known = context.graph.resources.get_key_value(r.name).map(|(id, _)| id.as_str());
                let Some(target) = known.filter(|t| is_store(context, t)) else { return };
                if writes || declared && reads {
                    let how = match writes {
                        true if runs(context, target) => "may start it",
                        true => "may write to it",
                        false => "reads it",
                    };
                    found.entry(id).or_default().push((target, how, statement.span));
                }
                if reads {
                    found.entry(target).or_default().push((id, "is read", statement.span));
                }
            });
        }
    }
}

/// Calls `visit` for the resources of the template that a value names.
fn each<'g>(context: &Context<'g>, value: Option<&'g Expr>, visit: &mut dyn FnMut(&'g str, Option<Span>)) {
    let Some(value) = value else { return };
    references::each(value, false, &mut |r| {
        if let Some((id, _)) = context.graph.resources.get_key_value(r.name) {
            visit(id, value.span);
        }
    });
}

/// True for what is started rather than written to.
fn runs(context: &Context<'_>, id: &str) -> bool {
    const RUN: [&str; 3] =
        ["AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"];
    context.graph.resources.get(id).is_some_and(|r| RUN.iter().any(|name| r.resource_type == **name))
}

/// True for what holds or carries data: of a statement about a table also the key may be named.
fn is_store(context: &Context<'_>, id: &str) -> bool {
    const STORES: [&str; 11] = [
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Lambda::Function",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
        "AWS::Lambda::Alias",
    ];
    context.graph.resources.get(id).is_some_and(|r| STORES.iter().any(|name| r.resource_type == **name))
}
