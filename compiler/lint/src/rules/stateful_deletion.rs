//! R516: what holds data and goes away with the stack, or when a change replaces it.

use samc_base::{Code, Diagnostic, Severity};

use crate::query::{at_name, name};
use crate::rule::{On, Profile, Rule};

/// Types whose content is lost with them. Those that cannot be deleted while they hold something, such
/// as buckets, are not among them.
const STATEFUL: &[&str] = &[
    "AWS::Backup::BackupVault",
    "AWS::CloudFormation::Stack",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    // A nested stack that could not be looked into.
    "AWS::Serverless::Application",
];

/// CloudFormation deletes what it is not told to keep.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R516", "stateful-deletion"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("stateful_deletion.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            if !STATEFUL.contains(&&*resource.resource_type) {
                continue;
            }
            let has = |key: &str| resource.attributes.contains_key(key);
            let (missing, when) = match (has("DeletionPolicy"), has("UpdateReplacePolicy")) {
                (true, true) => continue,
                (false, false) => {
                    ("DeletionPolicy and UpdateReplacePolicy", "with the stack, or when a change replaces it")
                }
                (false, true) => ("DeletionPolicy", "with the stack"),
                (true, false) => ("UpdateReplacePolicy", "when a change replaces it"),
            };
            let message = format!("what {} holds is deleted {when}", name(id, resource));
            let found = Diagnostic::warning(RULE.code, message)
                .help(format!("set {missing} to Retain, or to Delete if that is what you want"));
            diagnostics.push(at_name(found, id, resource, format!("no {missing}")));
        }
    },
};
