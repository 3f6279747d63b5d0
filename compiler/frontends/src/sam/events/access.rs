//! Secrets, networks and registries that polled sources need access to.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Map};

use super::Event;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::policy_documents;

/// A statement that allows actions on one resource.
pub(super) fn statement(actions: &[&str], resource: Expr) -> Expr {
    let actions: Vec<Expr> = actions.iter().map(|a| Expr::from(*a)).collect();
    Expr::from([("Action", actions.into()), ("Effect", Expr::from("Allow")), ("Resource", resource)])
}

/// A statement that allows reading a secret.
pub(super) fn read_secret(secret: Expr) -> Expr {
    statement(&["secretsmanager:GetSecretValue"], secret)
}

/// A statement that lets Lambda reach into a VPC.
pub(super) fn network_interfaces() -> Expr {
    statement(
        &[
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeVpcs",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
        ],
        "*".into(),
    )
}

/// The ARN of the key that the secrets are encrypted with, if `SecretsManagerKmsKeyId` names one.
pub(super) fn kms_key(ctx: &mut Expansion<'_>, event: &Event) -> Result<Option<Expr>> {
    let Some(key) = event.get("SecretsManagerKmsKeyId").filter(|k| k.is_truthy()) else { return Ok(None) };
    match key.as_str() {
        Some(id) => {
            let arn = format!("arn:${{AWS::Partition}}:kms:${{AWS::Region}}:${{AWS::AccountId}}:key/{id}");
            Ok(Some(Expr::sub(arn)))
        }
        None => fail(ctx, event, "SecretsManagerKmsKeyId must be text".to_owned(), key.span, "not text"),
    }
}

fn fail<T>(
    ctx: &mut Expansion<'_>,
    event: &Event,
    message: String,
    at: Option<Span>,
    label: &str,
) -> Result<T> {
    let message = format!("{message} (event {})", event.key);
    Err(ctx.report(Diagnostic::error(codes::SOURCE_ACCESS, message).at(at.or(event.span), label)))
}

/// The URI of the one entry of `SourceAccessConfigurations` that is of the required type.
pub(super) fn required_uri(
    ctx: &mut Expansion<'_>,
    event: &Event,
    types: &[&str],
    required: &str,
) -> Result<Expr> {
    let given = event.get("SourceAccessConfigurations").filter(|c| c.is_truthy());
    let Some(configurations) = given else {
        return fail(
            ctx,
            event,
            format!("SourceAccessConfigurations must have {required}"),
            None,
            "not given here",
        );
    };
    let Some(list) = configurations.as_list() else {
        return fail(
            ctx,
            event,
            "SourceAccessConfigurations must be a list".to_owned(),
            configurations.span,
            "not a list",
        );
    };
    let mut found: Option<Expr> = None;
    for one in list {
        let kind = one.as_map().and_then(|c| c.get("Type")).and_then(Expr::as_str);
        let Some(kind) = kind.filter(|k| types.contains(k)) else {
            let message = format!("each of SourceAccessConfigurations needs a Type: {}", types.join(" or "));
            return fail(ctx, event, message, one.span, "another type, or none");
        };
        if kind != required {
            continue;
        }
        if found.is_some() {
            return fail(
                ctx,
                event,
                format!("SourceAccessConfigurations has {required} twice"),
                one.span,
                "the second",
            );
        }
        match one.as_map().and_then(|c| c.get("URI")).filter(|u| u.is_truthy()) {
            Some(uri) => found = Some(uri.clone()),
            None => {
                return fail(
                    ctx,
                    event,
                    format!("{required} needs URI, the ARN of a secret"),
                    one.span,
                    "URI is missing",
                );
            }
        }
    }
    match found {
        Some(uri) => Ok(uri),
        None => fail(
            ctx,
            event,
            format!("SourceAccessConfigurations must have {required}"),
            configurations.span,
            "it is not here",
        ),
    }
}

/// Ways to authenticate at a Kafka cluster. Source: aws-sam-translator 1.115.0.
const AUTHENTICATION: [&str; 7] = [
    "SASL_SCRAM_256_AUTH",
    "SASL_SCRAM_512_AUTH",
    "BASIC_AUTH",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "OAUTHBEARER_AUTH",
    "IAM_AUTH",
    "IAM_OAUTHBEARER_AUTH",
];

/// Settings of OAuth, each with a URI that is no secret.
const OAUTH: [&str; 4] =
    ["OAUTHBEARER_SCOPE", "OAUTHBEARER_AUDIENCE", "OAUTHBEARER_LOGICAL_CLUSTER", "OAUTHBEARER_IDENTITY_POOL"];

/// The policy for a Kafka cluster of one's own.
pub(super) fn self_managed_kafka(ctx: &mut Expansion<'_>, event: &Event) -> Result<Option<Expr>> {
    let given = |name: &str| event.get(name).filter(|v| v.is_truthy());
    if given("KafkaBootstrapServers").is_none() {
        return fail(
            ctx,
            event,
            "a Kafka event needs KafkaBootstrapServers".to_owned(),
            None,
            "not given here",
        );
    }
    let Some(topics) = given("Topics") else {
        return fail(ctx, event, "a Kafka event needs Topics".to_owned(), None, "not given here");
    };
    if topics.as_list().is_some_and(|t| t.len() != 1) {
        return fail(ctx, event, "a Kafka event takes exactly one topic".to_owned(), topics.span, "not one");
    }
    let Some(configurations) = given("SourceAccessConfigurations") else {
        let message = "a Kafka event needs SourceAccessConfigurations".to_owned();
        return fail(ctx, event, message, None, "not given here");
    };
    let Some(list) = configurations.as_list() else {
        return fail(
            ctx,
            event,
            "SourceAccessConfigurations must be a list".to_owned(),
            configurations.span,
            "not a list",
        );
    };
    let access = kafka_access(ctx, event, list, configurations.span)?;
    let mut statements: Vec<Expr> = access.secrets.into_iter().map(read_secret).collect();
    if access.vpc {
        statements.push(network_interfaces());
    }
    if let Some(key) = kms_key(ctx, event)? {
        statements.push(statement(&["kms:Decrypt"], key));
    }
    statements.extend(schema_registry(ctx, event)?);
    if statements.is_empty() {
        return Ok(None);
    }
    let document = Expr::from([("Statement", Expr::from(statements)), ("Version", "2012-10-17".into())]);
    Ok(Some(policy_documents::inline("SelfManagedKafkaExecutionRolePolicy", document)))
}

/// What the entries of `SourceAccessConfigurations` come to.
struct KafkaAccess {
    secrets: Vec<Expr>,
    vpc: bool,
}

fn kafka_access(
    ctx: &mut Expansion<'_>,
    event: &Event,
    list: &[Expr],
    span: Option<Span>,
) -> Result<KafkaAccess> {
    let (mut secret, mut certificate) = (None, None);
    let (mut subnet, mut group, mut authenticated) = (false, false, false);
    for one in list {
        let Some(map) = one.as_map() else {
            return fail(
                ctx,
                event,
                "each of SourceAccessConfigurations must be a mapping".to_owned(),
                one.span,
                "not a mapping",
            );
        };
        let kind = map.get("Type").and_then(Expr::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "VPC_SUBNET" => {
                uri(ctx, event, map, one, &kind)?;
                subnet = true;
            }
            "VPC_SECURITY_GROUP" => {
                uri(ctx, event, map, one, &kind)?;
                group = true;
            }
            "SERVER_ROOT_CA_CERTIFICATE" => certificate = Some(uri(ctx, event, map, one, &kind)?),
            _ if AUTHENTICATION.contains(&kind.as_str()) => {
                if authenticated {
                    let message = "SourceAccessConfigurations has two ways to authenticate".to_owned();
                    return fail(ctx, event, message, one.span, "the second");
                }
                authenticated = true;
                if !matches!(kind.as_str(), "IAM_AUTH" | "IAM_OAUTHBEARER_AUTH") {
                    secret = Some(uri(ctx, event, map, one, &kind)?);
                }
            }
            _ if OAUTH.contains(&kind.as_str()) => {
                uri(ctx, event, map, one, &kind)?;
            }
            _ => {
                let message = format!("`{kind}` is not a type of SourceAccessConfigurations for Kafka");
                return fail(ctx, event, message, one.span, "of an unknown type");
            }
        }
    }
    if subnet != group {
        let message = "VPC_SUBNET and VPC_SECURITY_GROUP must be given together".to_owned();
        return fail(ctx, event, message, span, "only one of the two is here");
    }
    Ok(KafkaAccess { secrets: secret.into_iter().chain(certificate).collect(), vpc: subnet && group })
}

fn uri(ctx: &mut Expansion<'_>, event: &Event, map: &Map, whole: &Expr, kind: &str) -> Result<Expr> {
    match map.get("URI").filter(|u| u.is_truthy()) {
        Some(uri) if uri.as_str().is_some() || uri.is_call() => Ok(uri.clone()),
        Some(uri) => fail(ctx, event, format!("URI of {kind} must be text"), uri.span, "not text"),
        None => fail(ctx, event, format!("{kind} needs URI"), whole.span, "URI is missing"),
    }
}

/// Statements to read from the schema registry of a Kafka event.
pub(super) fn schema_registry(ctx: &mut Expansion<'_>, event: &Event) -> Result<Vec<Expr>> {
    let Some(config) = event.get("SchemaRegistryConfig").filter(|c| c.is_truthy()) else {
        return Ok(Vec::new());
    };
    let span = config.span;
    let Some(config) = config.as_map() else {
        return fail(ctx, event, "SchemaRegistryConfig must be a mapping".to_owned(), span, "not a mapping");
    };
    for name in ["SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"] {
        if !config.contains_key(name) {
            return fail(
                ctx,
                event,
                format!("SchemaRegistryConfig needs {name}"),
                span,
                "it is missing here",
            );
        }
    }
    let format = config.get("EventRecordFormat").and_then(Expr::as_str);
    if !matches!(format, Some("JSON" | "SOURCE")) {
        let at = config.get("EventRecordFormat").and_then(|f| f.span).or(span);
        return fail(
            ctx,
            event,
            "EventRecordFormat must be JSON or SOURCE".to_owned(),
            at,
            "neither of the two",
        );
    }
    if config.get("SchemaValidationConfigs").is_some_and(|c| c.as_list().is_none()) {
        return fail(ctx, event, "SchemaValidationConfigs must be a list".to_owned(), span, "not a list");
    }
    let mut statements = Vec::new();
    if let Some(access) = config.get("AccessConfigs").filter(|a| a.is_truthy()) {
        let Some(list) = access.as_list() else {
            return fail(ctx, event, "AccessConfigs must be a list".to_owned(), access.span, "not a list");
        };
        for one in list {
            let map = one.as_map().filter(|m| m.contains_key("Type"));
            let Some(uri) = map.and_then(|m| m.get("URI")) else {
                return fail(
                    ctx,
                    event,
                    "each of AccessConfigs needs Type and URI".to_owned(),
                    one.span,
                    "lacks one of the two",
                );
            };
            statements.push(read_secret(uri.clone()));
        }
    }
    let registry = config.get("SchemaRegistryURI").cloned().unwrap_or_else(Expr::null);
    let resolved = ctx.resolve(&registry);
    let arn = resolved.as_str().or_else(|| resolved.as_sub().map(|(text, _)| text));
    if let Some(name) = arn.and_then(registry_name) {
        let schemas =
            format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:schema/{name}/*");
        statements.push(statement(&["glue:GetRegistry"], registry));
        statements.push(statement(&["glue:GetSchemaVersion"], Expr::from([Expr::sub(schemas)])));
    }
    Ok(statements)
}

/// The name of a registry of AWS Glue, from its ARN. Variables of `Fn::Sub` hold colons of their own.
fn registry_name(arn: &str) -> Option<String> {
    let part = arn.starts_with("arn").then(|| arn.split(':').nth(5))??;
    part.strip_prefix("registry/").map(str::to_owned)
}
