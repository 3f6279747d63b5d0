//! `workflows`: an `AWS::Serverless::StateMachine` with a role and a log group of its own.

use samc_base::{Diagnostic, Diagnostics, FileId, LogicalId, SourceFile, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Component as _, Kind, Step, Workflow, WorkflowLogs, WorkflowType};
use samc_syntax::{Node, NodeKind, ParseOptions, Spanned};

use super::function::reference;
use super::grants::{self, Injected};
use super::lower::{Lower, Owner};
use super::role::{self, Statements};
use super::states::{self, Rights};
use super::steps::Steps;
use super::{index, logs, raw, trigger};

/// What Step Functions does to write logs. None of these actions has a resource level. Source: "Logging
/// using CloudWatch Logs" in its guide.
const WRITE_LOGS: &[&str] = &[
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// What it does to trace.
const TRACE: &[&str] = &[
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
];

/// The longest run of a workflow of the type express, in seconds.
const EXPRESS: u64 = 300;

/// Lowers one workflow.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, workflow: &Workflow) {
    let owner = ctx.owner("workflows", name, span, workflow.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let Some((mut definition, rights)) = definition(ctx, &owner, workflow) else { return };
    let is_express = workflow.r#type.as_ref().is_some_and(|t| t.value == WorkflowType::Express);
    if let Some(timeout) = &workflow.timeout {
        let most = if is_express { "5m" } else { "365d" };
        let seconds = ctx.seconds(&owner, "timeout", timeout, "1s", most);
        if let Some(map) = definition.as_map_mut() {
            map.insert("TimeoutSeconds", Expr::new(ExprKind::Int(seconds.into()), timeout.span));
        }
    } else if is_express && let Some(map) = definition.as_map_mut() {
        map.insert("TimeoutSeconds", Expr::new(ExprKind::Int(EXPRESS.into()), None));
    }
    let mut properties = Map::from([("Definition", definition)]);
    match ctx.components.get(name).and_then(|c| c.physical.clone()) {
        Some(physical) => {
            properties.insert("Name", physical);
        }
        None => ctx.put_name(&owner, &mut properties, "Name", workflow.name.as_ref()),
    }
    let kind = if is_express { "EXPRESS" } else { "STANDARD" };
    properties.insert("Type", Expr::from(kind).with_span(workflow.r#type.as_ref().and_then(|t| t.span)));
    let mut statements = Statements { own: rights.statements, apart: Vec::new() };
    logging(ctx, &owner, (name, &id), workflow, &mut properties, &mut statements);
    if let Some(tracing) = workflow.tracing.as_ref().filter(|t| t.value) {
        properties.insert("Tracing", Map::from([("Enabled", Expr::from(true).with_span(tracing.span))]));
        statements.own.push(role::allow(TRACE, vec![Expr::from("*")]));
    }
    if let Some(can) = &workflow.can {
        grants::lower(ctx, &owner, "can", can, &mut statements, &mut Injected::default());
    }
    let events = trigger::of_workflow(ctx, &owner, (name, &id), workflow);
    if !events.is_empty() {
        properties.insert("Events", events);
    }
    role(ctx, &owner, &id, workflow, statements, &mut properties);
    ctx.add(&id, "AWS::Serverless::StateMachine", properties, &owner);
}

/// The functions that a workflow may run.
pub(super) fn functions_of(ctx: &mut Lower<'_>, workflow: &Workflow) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(steps) = &workflow.steps {
        run_by(steps, &mut found);
    }
    if let Some(given) = &workflow.definition {
        // What is wrong with the file is said where the workflow is lowered.
        let said = std::mem::take(ctx.diagnostics);
        let node = match given.value.as_scalar() {
            Some(path) => file(ctx, &Owner::default(), &path.text, given.span),
            None => Some(given.value.clone()),
        };
        *ctx.diagnostics = said;
        if let Some(node) = node {
            states::names_in(&node, &mut found);
        }
    }
    found
}

fn run_by(steps: &[Spanned<Step>], found: &mut Vec<String>) {
    for step in steps {
        found.extend(step.value.run.iter().map(|name| name.value.to_string()));
        run_by(step.value.r#do.as_deref().unwrap_or_default(), found);
        step.value.both.iter().flatten().for_each(|branch| run_by(branch, found));
    }
}

/// The definition, and the rights that it needs.
fn definition(ctx: &mut Lower<'_>, owner: &Owner, workflow: &Workflow) -> Option<(Expr, Rights)> {
    match (&workflow.definition, &workflow.steps) {
        (Some(given), None) => {
            let mut rights = Rights::default();
            let (node, place) = match given.value.as_scalar() {
                Some(path) => (file(ctx, owner, &path.text, given.span)?, Some(given.span)),
                None => (given.value.clone(), None),
            };
            states::collect(ctx, owner, &node, &mut rights);
            let mut definition = raw::data(&node);
            fill_in(ctx, owner, &mut definition, place.map(|p| p.or(owner.origin.key_span)));
            Some((definition.with_span(given.span), rights))
        }
        (None, Some(given)) => {
            let mut steps = Steps::new(owner);
            let mut definition = steps.list(ctx, "steps", given);
            if let Some(text) = &workflow.description {
                definition.insert("Comment", Expr::from(text.value.as_str()).with_span(text.span));
            }
            Some((definition.into(), steps.rights))
        }
        _ => {
            let message = format!("`{}` must say what it does", owner.origin.path);
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(owner.origin.key_span, "one of `definition` and `steps`")
                .help("list its `steps`, or name a file as `definition`");
            ctx.report(owner, "steps", finding);
            None
        }
    }
}

/// The content of a file with a definition, of a state machine or an API.
pub(super) fn file(ctx: &mut Lower<'_>, owner: &Owner, path: &str, span: Option<Span>) -> Option<Node> {
    let mut said = Diagnostics::default();
    let read = ctx.files.read(path).map(|text| {
        let file = SourceFile::new(FileId(u32::MAX), path, text);
        samc_syntax::parse(&file, &ParseOptions::default(), &mut said).root
    });
    let fault = match &read {
        Err(why) => Some(why.trim_start_matches(&format!("{path} cannot be read: ")).to_owned()),
        Ok(_) => said.iter().find(|d| d.severity == samc_base::Severity::Error).map(|d| d.message.clone()),
    };
    if let Some(why) = fault {
        let finding = Diagnostic::error(
            codes::INVALID_DEFINITION,
            format!("the definition {path} cannot be read: {why}"),
        )
        .at(span, "this file");
        ctx.report(owner, "definition", finding);
        return None;
    }
    let mut node = read.ok()?;
    if node.as_mapping().is_none() {
        let message = format!("the definition {path} is {}, and must be a mapping", node.kind_name());
        let finding = Diagnostic::error(codes::INVALID_DEFINITION, message).at(span, "this file");
        ctx.report(owner, "definition", finding);
        return None;
    }
    if let Some(span) = span {
        place_at(&mut node, span);
    }
    Some(node)
}

/// Gives a tree from another file, whose places would point into this one, the place of its name.
fn place_at(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.kind {
        NodeKind::Mapping(entries) => {
            for entry in entries {
                entry.key_span = span;
                place_at(&mut entry.value, span);
            }
        }
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| place_at(item, span)),
        NodeKind::Scalar(_) => {}
    }
}

/// Resolves `${...}` in every text of a definition.
fn fill_in(ctx: &mut Lower<'_>, owner: &Owner, value: &mut Expr, place: Option<Option<Span>>) {
    let span = place.unwrap_or(value.span);
    match &mut value.kind {
        ExprKind::String(text) if text.contains("${") => {
            let text = Spanned::new(text.to_string(), span);
            *value = ctx.text(owner, "definition", &text);
        }
        ExprKind::List(items) => items.iter_mut().for_each(|item| fill_in(ctx, owner, item, place)),
        ExprKind::Map(map) => map.iter_mut().for_each(|(_, item)| fill_in(ctx, owner, item, place)),
        _ => {}
    }
}

fn logging(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (name, id): (&str, &LogicalId),
    workflow: &Workflow,
    properties: &mut Map,
    statements: &mut Statements,
) {
    let level = match workflow.logs.as_ref().map(|l| l.value) {
        Some(WorkflowLogs::Off) => return,
        Some(WorkflowLogs::All) => "ALL",
        Some(WorkflowLogs::Errors) | None => "ERROR",
    };
    let group = index::derived(ctx, id, "LogGroup");
    let days = logs::retention(ctx, owner, "logs", None);
    // Groups with this beginning need no resource policy each, of which an account has ten.
    let group_name = format!("/aws/vendedlogs/states/{}-{}-{name}", ctx.name, ctx.stage);
    let mut group_properties = Map::from([("RetentionInDays", days)]);
    group_properties.insert("LogGroupName", group_name);
    ctx.add(&group, "AWS::Logs::LogGroup", group_properties, owner);
    let span = workflow.logs.as_ref().and_then(|l| l.span);
    let destination = Expr::from([("LogGroupArn", Expr::get_att(&group, "Arn"))]);
    let destination = Expr::from([("CloudWatchLogsLogGroup", destination)]);
    let logging = [
        ("Level", Expr::from(level).with_span(span)),
        ("IncludeExecutionData", Expr::from(level == "ALL")),
        ("Destinations", Expr::from(vec![destination])),
    ];
    properties.insert("Logging", Expr::from(logging));
    statements.own.push(role::allow(WRITE_LOGS, vec![Expr::from("*")]));
}

fn role(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    workflow: &Workflow,
    statements: Statements,
    properties: &mut Map,
) {
    let all: Vec<Expr> = statements.own.into_iter().chain(statements.apart).collect();
    let Some(given) = &workflow.role else {
        let made = role::for_service(ctx, owner, id, "Role", "states.amazonaws.com", all);
        properties.insert("Role", Expr::get_att(&made, "Arn"));
        return;
    };
    if given.value.starts_with("arn:") || given.value.contains("${") {
        let value = ctx.text(owner, "role", given);
        properties.insert("Role", value);
        return;
    }
    let Some(name) = reference(ctx, owner, "role", given) else { return };
    let Some(found) = ctx.component_of(owner, "role", &name, &[Kind::Role], "`role`") else { return };
    if let Some(arn) = ctx.needed(owner, "role", &name, &found, "arn") {
        properties.insert("Role", arn);
    }
    if found.external.is_none() {
        role::attach(ctx, owner, id, Expr::reference(&found.id), all);
    }
}
