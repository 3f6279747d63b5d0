//! L108: names that are too long once they are put together.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::length;
use crate::query::{at_property, name, property};
use crate::rule::{On, Rule};

/// Names that an author may give: type, property, limit.
const NAMES: &[(&str, &str, &str)] = &[
    ("AWS::DynamoDB::Table", "TableName", "name.dynamodb.table"),
    ("AWS::Events::Rule", "Name", "name.events.rule"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "name.iam.policy"),
    ("AWS::IAM::Role", "RoleName", "name.iam.role"),
    ("AWS::Lambda::Function", "FunctionName", "name.lambda.function"),
    ("AWS::Logs::LogGroup", "LogGroupName", "name.logs.group"),
    ("AWS::S3::Bucket", "BucketName", "name.s3.bucket"),
    ("AWS::SNS::Topic", "TopicName", "name.sns.topic"),
    ("AWS::SQS::Queue", "QueueName", "name.sqs.queue"),
    ("AWS::SecretsManager::Secret", "Name", "name.secretsmanager.secret"),
    ("AWS::Scheduler::Schedule", "Name", "name.events.rule"),
    ("AWS::StepFunctions::StateMachine", "StateMachineName", "name.states.machine"),
];

/// A name may fit in one region and not in another.
pub(super) static RULE: Rule = Rule {
    code: Code::new("L108", "name-length"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("name_length.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            let Some((_, key, which)) = NAMES.iter().find(|(t, ..)| resource.resource_type == **t) else {
                continue;
            };
            let (Some(value), Some(most)) = (property(resource, key).value(), limit(which)) else { continue };
            let length = length::of_text(value);
            // A name that is written out is held against the schema, if that has a limit.
            let is_told = context.violations().iter().any(|v| v.id == id && v.key() == *key);
            if length <= most.value || is_told {
                continue;
            }
            let at_least = if value.is_call() { "at least " } else { "" };
            let message = format!(
                "the name of {} has {at_least}{length} characters; {} takes {}",
                name(id, resource),
                resource.resource_type,
                most.value
            );
            let help = match value.span {
                Some(_) => "shorten it, or leave the name out: CloudFormation makes one that fits",
                None => {
                    "it is made of other names, such as that of the application: shorten one of them, or give it a name"
                }
            };
            let found = Diagnostic::error(RULE.code, message).help(help);
            diagnostics.push(at_property(found, id, resource, key, format!("at most {}", most.value)));
        }
    },
};
