//! C205: functions that use what a customer key encrypts, and may not use the key.

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::{Expr, Resource, references};

use crate::context::Context;
use crate::policy::{Kind, covers};
use crate::query::{at_name, items, name, property};
use crate::rights::{Answer, Rights};
use crate::rule::{On, Rule};

/// The services decrypt and encrypt in the name of who calls.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C205", "kms-grant-missing"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("key_grant.md"),
    check,
};

/// How a type is encrypted and used.
struct Store {
    name: &'static str,
    /// The property that names the key; under lists, every key of that name below it.
    key: &'static str,
    service: &'static str,
    reads: &'static [&'static str],
    writes: &'static [&'static str],
    /// What writing needs of the key; reading needs `kms:Decrypt`.
    to_write: &'static str,
}

/// Source: the guides of the services, on the permissions that a customer managed key asks of their callers.
const STORES: &[Store] = &[
    Store {
        name: "AWS::DynamoDB::Table",
        key: "SSESpecification.KMSMasterKeyId",
        service: "dynamodb",
        reads: &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem"],
        writes: &[
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:BatchWriteItem",
        ],
        to_write: "kms:Decrypt",
    },
    Store {
        name: "AWS::Kinesis::Stream",
        key: "StreamEncryption.KeyId",
        service: "kinesis",
        reads: &["kinesis:GetRecords", "kinesis:SubscribeToShard"],
        writes: &["kinesis:PutRecord", "kinesis:PutRecords"],
        to_write: "kms:GenerateDataKey",
    },
    Store {
        name: "AWS::S3::Bucket",
        key: "BucketEncryption",
        service: "s3",
        reads: &["s3:GetObject"],
        writes: &["s3:PutObject"],
        to_write: "kms:GenerateDataKey",
    },
    Store {
        name: "AWS::SNS::Topic",
        key: "KmsMasterKeyId",
        service: "sns",
        reads: &[],
        writes: &["sns:Publish"],
        to_write: "kms:GenerateDataKey",
    },
    Store {
        name: "AWS::SQS::Queue",
        key: "KmsMasterKeyId",
        service: "sqs",
        reads: &["sqs:ReceiveMessage"],
        writes: &["sqs:SendMessage"],
        to_write: "kms:GenerateDataKey",
    },
    Store {
        name: "AWS::SecretsManager::Secret",
        key: "KmsKeyId",
        service: "secretsmanager",
        reads: &["secretsmanager:GetSecretValue"],
        writes: &["secretsmanager:PutSecretValue"],
        to_write: "kms:GenerateDataKey",
    },
];

/// A store of the template under a key of the template.
struct Kept<'g> {
    store: &'static Store,
    id: &'g LogicalId,
    resource: &'g Resource,
    key: (&'g LogicalId, &'g Resource),
    span: Option<samc_base::Span>,
}

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let kept = kept(context);
    if kept.is_empty() {
        return;
    }
    for view in &context.application().functions {
        let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
        let Some(rights) = Rights::of(context, view) else { continue };
        for kept in &kept {
            let Kept { store, resource, key, .. } = kept;
            let says = |actions: &'static [&'static str]| match actions {
                [] => None,
                actions => match rights.may(store.service, actions, kept.id) {
                    // A right on everything may well be for something else.
                    (Answer::Yes, Some(s)) if s.every_resource().is_none() => Some(s),
                    _ => None,
                },
            };
            let lacks = |action: &'static str| rights.may("kms", &[action], key.0).0 == Answer::No;
            let (read, write) = (says(store.reads), says(store.writes));
            let mut missing = Vec::new();
            if read.is_some() && lacks("kms:Decrypt") {
                missing.push("kms:Decrypt");
            }
            if write.is_some() && lacks(store.to_write) && !missing.contains(&store.to_write) {
                missing.push(store.to_write);
            }
            let by_key = lets_in(context, key.0, view.role.as_deref().unwrap_or(""));
            let Some(statement) = read.or(write).filter(|_| !missing.is_empty() && !by_key) else { continue };
            let message = format!(
                "{} may use {}, which the key {} encrypts, and lacks {} on the key",
                name(id, function),
                name(kept.id, resource),
                name(key.0, key.1),
                missing.join(" and ")
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(statement.span, format!("may use {}", name(kept.id, resource)))
                .label(kept.span, format!("encrypted with {}", name(key.0, key.1)))
                .help(format!(
                    "allow {} on the ARN of the key in the role of {}",
                    missing.join(" and "),
                    name(id, function)
                ));
            diagnostics.push(at_name(found, id, function, "its calls are refused"));
        }
    }
}

fn kept<'g>(context: &Context<'g>) -> Vec<Kept<'g>> {
    let mut found = Vec::new();
    for (id, resource) in &context.graph.resources {
        let Some(store) = STORES.iter().find(|s| resource.resource_type == *s.name) else { continue };
        let Some(value) = property(resource, store.key).value() else { continue };
        let mut key = None;
        references::each(value, false, &mut |r| {
            let named = context.graph.resources.get_key_value(r.name);
            let named = match named {
                Some((_, alias)) if alias.resource_type == *"AWS::KMS::Alias" => {
                    let target = alias
                        .property("TargetKeyId")
                        .and_then(|t| t.as_ref_to().or(t.as_get_att().map(|(id, _)| id)));
                    target.and_then(|target| context.graph.resources.get_key_value(target))
                }
                other => other,
            };
            key = key.or(named.filter(|(_, k)| k.resource_type == *"AWS::KMS::Key"));
        });
        if let Some(key) = key {
            found.push(Kept { store, id, resource, key, span: value.span });
        }
    }
    found
}

/// True where the policy of the key itself may let a role in: by its name, by everybody who comes through a service, or
/// by a way that is not known before deployment.
fn lets_in(context: &Context<'_>, key: &LogicalId, role: &str) -> bool {
    let statements =
        context.statements().iter().filter(|s| s.kind == Kind::Resource && *s.id == *key && s.allows());
    let mut seen = false;
    for statement in statements {
        seen = true;
        let uses =
            statement.actions().any(|(a, _)| covers(a, "kms:Decrypt") || covers(a, "kms:GenerateDataKey"));
        if !uses {
            continue;
        }
        let principal = statement.map.get("Principal");
        let mut named = false;
        if let Some(principal) = principal {
            references::each(principal, false, &mut |r| named |= r.name == role);
        }
        let open = |value: &Expr| value.as_str().map_or(!is_account(value), |text| !text.ends_with(":root"));
        let aws = principal.and_then(Expr::as_map).map_or(principal, |map| map.get("AWS"));
        if named || items(aws).any(open) {
            return true;
        }
    }
    // Without a policy in the template the key has the default one: the account decides, by IAM.
    !seen && context.graph.resources.get(key).is_some_and(|k| !property(k, "KeyPolicy").is_absent())
}

/// True for the account as a whole, by which IAM decides: `arn:…:iam::…:root`.
fn is_account(value: &Expr) -> bool {
    crate::query::outline(value).is_some_and(|text| text.ends_with(":root"))
}
