//! P401: stores and channels that are not encrypted with a key of one's own.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, Resource, references};

use super::secrets::looks::names_a_secret;
use crate::context::Context;
use crate::query::{Known, at_property, flag, name, property};
use crate::rule::{On, Profile, Rule};

/// A customer key says who may decrypt, records each use, and can be taken away.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P401", "profile-encryption"),
    level: Severity::Error,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("profile_encryption.md"),
    check,
};

/// How a resource says what it is encrypted with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// By the name of a key.
    Key,
    /// By a switch: without it nothing is encrypted.
    Switch,
}

const PLACES: &[(&str, &str, Says)] = &[
    ("AWS::DAX::Cluster", "SSESpecification.SSEEnabled", Says::Switch),
    ("AWS::DynamoDB::Table", "SSESpecification.KMSMasterKeyId", Says::Key),
    ("AWS::EFS::FileSystem", "KmsKeyId", Says::Key),
    ("AWS::ElastiCache::ReplicationGroup", "AtRestEncryptionEnabled", Says::Switch),
    ("AWS::Elasticsearch::Domain", "EncryptionAtRestOptions.Enabled", Says::Switch),
    ("AWS::Kinesis::Stream", "StreamEncryption.KeyId", Says::Key),
    ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamEncryptionConfigurationInput.KeyARN", Says::Key),
    ("AWS::Lambda::Function", "KmsKeyArn", Says::Key),
    ("AWS::Logs::LogGroup", "KmsKeyId", Says::Key),
    ("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions.Enabled", Says::Switch),
    ("AWS::SNS::Topic", "KmsMasterKeyId", Says::Key),
    ("AWS::SQS::Queue", "KmsMasterKeyId", Says::Key),
    ("AWS::SecretsManager::Secret", "KmsKeyId", Says::Key),
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let access_logs = access_logs(context);
    for (id, resource) in &context.graph.resources {
        if access_logs.contains(id.as_str()) {
            continue;
        }
        let Some((path, missing)) = unprotected(resource) else { continue };
        let message = format!("{} is not encrypted {missing}", called(resource, name(id, resource)));
        let help = match missing {
            NOT_AT_ALL => format!("set {path} to true"),
            _ => format!("make an AWS::KMS::Key and name it in {path}"),
        };
        let found = Diagnostic::warning(RULE.code, message).help(help);
        diagnostics.push(at_property(found, id, resource, path, "no customer key"));
    }
}

const NOT_AT_ALL: &str = "at rest at all";

/// The property that would protect a resource, and what is missing, where that is known.
pub(super) fn unprotected(resource: &Resource) -> Option<(&'static str, &'static str)> {
    const NO_KEY: &str = "with a key of one's own";
    if resource.resource_type == *"AWS::S3::Bucket" {
        return bucket_is_open(resource).then_some(("BucketEncryption", NO_KEY));
    }
    let (_, path, says) = PLACES.iter().find(|(name, ..)| resource.resource_type == **name)?;
    if is_exempt(resource) {
        return None;
    }
    match (property(resource, path), says) {
        (Known::Unknown, _) => None,
        (known, Says::Switch) => (flag(known) == Some(false)).then_some((path, NOT_AT_ALL)),
        (Known::Is(key), Says::Key) if !is_of_aws(key) => None,
        (Known::Is(_) | Known::Absent, Says::Key) => Some((path, NO_KEY)),
    }
}

/// What is not encrypted, in words: the author may have named something else that it was made for.
fn called(resource: &Resource, name: &str) -> String {
    match &*resource.resource_type {
        "AWS::Lambda::Function" => format!("the environment of {name}"),
        "AWS::Logs::LogGroup" => format!("the log group of {name}"),
        _ => name.to_owned(),
    }
}

/// The log groups that stages of APIs write who called to: no payload can get into those.
fn access_logs<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    const PLACES: [(&str, &str); 2] = [
        ("AWS::ApiGateway::Stage", "AccessLogSetting.DestinationArn"),
        ("AWS::ApiGatewayV2::Stage", "AccessLogSettings.DestinationArn"),
    ];
    let mut found = FxHashSet::default();
    for (kind, path) in PLACES {
        for (_, stage) in context.of_type(kind) {
            if let Some(arn) = property(stage, path).value() {
                references::each(arn, false, &mut |r| {
                    found.insert(r.name);
                });
            }
        }
    }
    found
}

/// True where an environment has more in it than names: what is called a secret, or is fetched from where secrets
/// are kept.
fn has_secrets(variables: &Expr) -> bool {
    variables.is_call()
        || variables.as_map().is_some_and(|map| {
            map.iter().any(|(name, value)| {
                names_a_secret(name) || value.as_str().is_some_and(|text| text.contains("{{resolve:"))
            })
        })
}

/// A function whose variables are names of tables and the like has nothing to encrypt, and what a stream hands on is
/// encrypted there.
fn is_exempt(resource: &Resource) -> bool {
    match &*resource.resource_type {
        "AWS::Lambda::Function" => {
            !property(resource, "Environment.Variables").value().is_some_and(has_secrets)
        }
        "AWS::KinesisFirehose::DeliveryStream" => {
            !property(resource, "KinesisStreamSourceConfiguration").is_absent()
        }
        _ => false,
    }
}

/// The keys that AWS keeps: `alias/aws/sqs`.
fn is_of_aws(key: &Expr) -> bool {
    key.as_str().is_some_and(|key| key.contains("alias/aws/"))
}

/// True where the default encryption of a bucket names no key of one's own.
fn bucket_is_open(bucket: &Resource) -> bool {
    let encryption = match property(bucket, "BucketEncryption") {
        Known::Absent => return true,
        Known::Unknown => return false,
        Known::Is(value) => value,
    };
    let mut keyed = encryption.is_call();
    encryption.walk(&mut |value| {
        keyed |= value.as_if().is_some();
        let key = value.as_map().and_then(|map| map.get("KMSMasterKeyID"));
        keyed |= key.is_some_and(|key| !is_of_aws(key));
    });
    !keyed
}
