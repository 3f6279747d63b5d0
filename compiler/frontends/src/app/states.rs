//! What a state machine uses, read from its definition, and the rights that follow.

use samc_ir::Expr;
use samc_schema::app::{Kind, Reference};
use samc_syntax::{Node, NodeKind, Spanned};

use super::lower::{Lower, Owner};
use super::role;
use super::text::{Segment, segments};

/// What a service integration does: the part of its resource after `arn:aws:states:::`, the kind of
/// component, and the actions. Source: "IAM policies for integrated services" of Step Functions.
const INTEGRATIONS: &[(&str, Kind, &[&str])] = &[
    ("lambda:invoke", Kind::Function, &["lambda:InvokeFunction"]),
    ("sqs:sendMessage", Kind::Queue, &["sqs:SendMessage"]),
    ("sns:publish", Kind::Topic, &["sns:Publish"]),
    ("events:putEvents", Kind::Bus, &["events:PutEvents"]),
    ("dynamodb:getItem", Kind::Table, &["dynamodb:GetItem"]),
    ("dynamodb:putItem", Kind::Table, &["dynamodb:PutItem"]),
    ("dynamodb:updateItem", Kind::Table, &["dynamodb:UpdateItem"]),
    ("dynamodb:deleteItem", Kind::Table, &["dynamodb:DeleteItem"]),
    ("states:startExecution", Kind::Workflow, &["states:StartExecution"]),
    ("aws-sdk:dynamodb:query", Kind::Table, &["dynamodb:Query"]),
    ("aws-sdk:dynamodb:scan", Kind::Table, &["dynamodb:Scan"]),
    ("aws-sdk:kinesis:putRecord", Kind::Stream, &["kinesis:PutRecord"]),
    ("aws-sdk:kinesis:putRecords", Kind::Stream, &["kinesis:PutRecords"]),
    ("aws-sdk:s3:getObject", Kind::Bucket, &["s3:GetObject"]),
    ("aws-sdk:s3:putObject", Kind::Bucket, &["s3:PutObject"]),
    ("aws-sdk:s3:deleteObject", Kind::Bucket, &["s3:DeleteObject"]),
    ("aws-sdk:secretsmanager:getSecretValue", Kind::Secret, &["secretsmanager:GetSecretValue"]),
    ("aws-sdk:sfn:startSyncExecution", Kind::Workflow, &["states:StartSyncExecution"]),
];

/// Statements for the components that a state machine uses.
#[derive(Debug, Default)]
pub(super) struct Rights {
    pub(super) statements: Vec<Expr>,
}

impl Rights {
    /// Lets the machine do something to a component.
    pub(super) fn allow(&mut self, actions: &[&str], resources: Vec<Expr>) {
        let statement = role::allow(actions, resources);
        if !self.statements.contains(&statement) {
            self.statements.push(statement);
        }
    }

    /// Lets the machine invoke a function, any version of it.
    pub(super) fn invoke(&mut self, arn: Expr) {
        let versions = super::text::followed_by(arn.clone(), ":*");
        self.allow(&["lambda:InvokeFunction"], vec![arn, versions]);
    }

    /// Lets the machine start another and wait for it, which takes a rule that Step Functions keeps.
    /// Source: the policy for `startExecution.sync` in the same guide.
    pub(super) fn wait_for(&mut self, arn: &Expr) {
        let executions = match arn.as_get_att() {
            Some((id, _)) => Expr::sub(format!(
                "arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:execution:${{{id}.Name}}:*"
            )),
            None => super::text::followed_by(arn.clone(), ":*"),
        };
        self.allow(&["states:DescribeExecution", "states:StopExecution"], vec![executions]);
        let rule = Expr::sub(
            "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
        );
        self.allow(&["events:PutTargets", "events:PutRule", "events:DescribeRule"], vec![rule]);
    }
}

/// Goes through a definition and collects the rights of its states. What is named and not declared is
/// reported where the definition is lowered.
pub(super) fn collect(ctx: &mut Lower<'_>, owner: &Owner, node: &Node, rights: &mut Rights) {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            let scalar = |key: &str| node.get(key).and_then(Node::as_scalar).map(|s| s.text.clone());
            if scalar("Type").is_some_and(|t| &*t == "Task")
                && let Some(resource) = scalar("Resource")
            {
                task(ctx, owner, node, &resource, rights);
            }
            for entry in entries {
                collect(ctx, owner, &entry.value, rights);
            }
        }
        NodeKind::Sequence(items) => items.iter().for_each(|item| collect(ctx, owner, item, rights)),
        NodeKind::Scalar(_) => {}
    }
}

fn task(ctx: &mut Lower<'_>, owner: &Owner, node: &Node, resource: &str, rights: &mut Rights) {
    if resource.starts_with("${") {
        for name in names(resource) {
            if let Some(arn) = arn_of(ctx, &name, Kind::Function) {
                rights.invoke(arn);
            }
        }
        return;
    }
    let Some((_, integration)) = resource.split_once(":states:::") else { return };
    let is_sync = integration.contains(".sync");
    let plain = integration.split('.').next().unwrap_or(integration);
    let Some((_, kind, actions)) = INTEGRATIONS.iter().find(|(name, ..)| *name == plain) else { return };
    let mut named = Vec::new();
    for key in ["Parameters", "Arguments"] {
        if let Some(parameters) = node.get(key) {
            names_in(parameters, &mut named);
        }
    }
    for name in named {
        let Some(arn) = arn_of(ctx, &name, *kind) else { continue };
        match kind {
            Kind::Function => rights.invoke(arn),
            Kind::Bucket => rights.allow(actions, vec![super::text::followed_by(arn, "/*")]),
            Kind::Workflow if is_sync => {
                rights.allow(actions, vec![arn.clone()]);
                rights.wait_for(&arn);
            }
            _ => rights.allow(actions, vec![arn]),
        }
        let key = ctx.components.get(&name).and_then(|c| c.key.clone());
        if let Some(key) = key {
            rights.allow(&["kms:Decrypt", "kms:GenerateDataKey"], vec![key]);
        }
    }
    let _ = owner;
}

/// The ARN of a component, if it is of the kind.
fn arn_of(ctx: &Lower<'_>, name: &str, kind: Kind) -> Option<Expr> {
    let found = ctx.components.get(name).or(ctx.secrets.get(name)).filter(|c| c.kind == kind)?;
    found.attribute("arn")
}

/// The components that a text names.
fn names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in segments(text).unwrap_or_default() {
        if let Segment::Reference { path, .. } = part {
            let path = path.strip_prefix("secrets.").unwrap_or(path);
            found.push(path.split('.').next().unwrap_or(path).to_owned());
        }
    }
    found
}

/// The components that all texts of a tree name.
pub(super) fn names_in(node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().for_each(|e| names_in(&e.value, found)),
        NodeKind::Sequence(items) => items.iter().for_each(|item| names_in(item, found)),
        NodeKind::Scalar(scalar) => found.extend(names(&scalar.text)),
    }
}

/// The name of a component in a step.
pub(super) type Name = Spanned<Reference>;
