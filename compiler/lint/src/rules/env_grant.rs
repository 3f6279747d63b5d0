//! C203: functions that are told the name of something they may not touch.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Map, references};

use crate::context::{Context, about};
use crate::policy::Kind;
use crate::query::{name, property};
use crate::rights::{Answer, Rights};
use crate::rule::{On, Rule};
use crate::text::{Part, parts};

/// The first call would be refused.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C203", "env-without-grant"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("env_grant.md"),
    check,
};

/// Types whose name a function needs for calls that IAM looks at, and the prefix of the actions.
const TYPES: &[(&str, &str)] = &[
    ("AWS::DynamoDB::GlobalTable", "dynamodb"),
    ("AWS::DynamoDB::Table", "dynamodb"),
    ("AWS::Events::EventBus", "events"),
    ("AWS::Kinesis::Stream", "kinesis"),
    ("AWS::KinesisFirehose::DeliveryStream", "firehose"),
    ("AWS::S3::Bucket", "s3"),
    ("AWS::SNS::Topic", "sns"),
    ("AWS::SQS::Queue", "sqs"),
    ("AWS::SSM::Parameter", "ssm"),
    ("AWS::SecretsManager::Secret", "secretsmanager"),
    ("AWS::StepFunctions::StateMachine", "states"),
];

/// Attributes by which something is called; others, such as the address of a website, need no right.
const NAMES: [&str; 9] =
    ["Arn", "Id", "Name", "QueueName", "QueueUrl", "StateMachineName", "TopicArn", "TopicName", "TableName"];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let shared = shared(context);
    for view in &context.application().functions {
        let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
        let variables = property(function, "Environment.Variables").value().and_then(|v| v.as_map());
        let Some(rights) = Rights::of(context, view) else { continue };
        for entry in variables.into_iter().flat_map(Map::entries) {
            // What all functions are given is for those that need it.
            let own = function.origin.span.zip(entry.key_span).is_none_or(|(own, key)| own.contains(key));
            if !own {
                continue;
            }
            let parts = parts(&entry.value);
            let target = match parts.as_slice() {
                [Part::Ref(target)] => *target,
                [Part::Attribute(target, attribute)] if NAMES.contains(attribute) => *target,
                _ => continue,
            };
            let Some((target_id, target)) = context.graph.resources.get_key_value(target) else { continue };
            let Some((_, service)) = TYPES.iter().find(|(name, _)| target.resource_type == **name) else {
                continue;
            };
            let (may, _) = rights.may(service, &[], target_id);
            if may != Answer::No || shared.contains(target_id.as_str()) {
                continue;
            }
            let (who, what) = (name(id, function), name(target_id, target));
            let message = format!("{who} is told the name of {what}, and its role allows nothing on it");
            let role = view.role.as_ref().and_then(|r| context.graph.resources.get(r));
            let found = Diagnostic::warning(RULE.code, message)
                .at(entry.value.span.or(entry.key_span).or(function.origin.key_span), format!("names {what}"))
                .label(role.and_then(|r| r.origin.key_span), format!("no `{service}:…` on {what}"))
                .help(format!(
                    "allow the actions that the code calls on {what}, or take `{}` out of the environment",
                    entry.key
                ));
            let path = format!("Resources.{id}.Properties.Environment.Variables.{}", entry.key);
            diagnostics.push(about(found, id, &function.origin, path));
        }
    }
}

/// The resources with a policy of their own, which may let in who has no right by its role.
fn shared<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    let mut found = FxHashSet::default();
    for document in context.documents().iter().filter(|d| d.kind == Kind::Resource) {
        found.insert(document.id.as_str());
        if let Some(properties) = &document.resource.properties {
            references::each(properties, false, &mut |r| {
                found.insert(r.name);
            });
        }
    }
    found
}
