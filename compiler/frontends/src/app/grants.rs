//! `can`: verbs to the exact actions of IAM, on the exact resources.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Effect, Grants, Kind, Target};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::raw;
use super::role::Statements;
use super::text::followed_by;

/// What is told to a function of the targets of its `can`: name of the component, ending of the
/// variable, and value.
#[derive(Debug, Clone, Default)]
pub(super) struct Injected {
    pub(super) values: Vec<(String, &'static str, Expr)>,
}

/// Which ARNs of a component a row of the table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// Its own.
    Itself,
    /// Its own, and those of its indexes.
    WithIndexes,
    /// Those of what lies in it: `<arn>/*`.
    Contents,
    /// Its own, and those of its versions and aliases: `<arn>:*`.
    Qualified,
    /// Those of its runs.
    Executions,
    /// Those of its connections: `<arn>/<stage>/*/@connections/*`.
    Connections,
}

/// A verb on a kind: the actions, and what they are on. A verb with two rows makes two statements.
struct Row {
    kind: Kind,
    verb: &'static str,
    on: On,
    actions: &'static [&'static str],
}

const fn row(kind: Kind, verb: &'static str, on: On, actions: &'static [&'static str]) -> Row {
    Row { kind, verb, on, actions }
}

/// Every verb of every kind. Source: the IAM action of each call of the service's API.
const VERBS: &[Row] = &[
    row(
        Kind::Table,
        "read",
        On::WithIndexes,
        &[
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DescribeTable",
        ],
    ),
    row(
        Kind::Table,
        "query",
        On::WithIndexes,
        &["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
    ),
    row(
        Kind::Table,
        "write",
        On::Itself,
        &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"],
    ),
    row(Kind::Table, "delete", On::Itself, &["dynamodb:DeleteItem"]),
    row(Kind::Bucket, "read", On::Contents, &["s3:GetObject", "s3:GetObjectVersion"]),
    row(Kind::Bucket, "read", On::Itself, &["s3:ListBucket"]),
    row(Kind::Bucket, "get", On::Contents, &["s3:GetObject"]),
    row(
        Kind::Bucket,
        "write",
        On::Contents,
        &["s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectTagging"],
    ),
    row(Kind::Bucket, "delete", On::Contents, &["s3:DeleteObject"]),
    row(Kind::Bucket, "list", On::Itself, &["s3:ListBucket"]),
    row(Kind::Queue, "send", On::Itself, &["sqs:SendMessage", "sqs:GetQueueUrl"]),
    row(Kind::Queue, "receive", On::Itself, RECEIVE),
    row(Kind::Queue, "purge", On::Itself, &["sqs:PurgeQueue"]),
    row(Kind::Topic, "publish", On::Itself, &["sns:Publish"]),
    row(
        Kind::Stream,
        "put",
        On::Itself,
        &["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"],
    ),
    row(Kind::Bus, "publish", On::Itself, &["events:PutEvents"]),
    row(Kind::Function, "invoke", On::Qualified, &["lambda:InvokeFunction"]),
    row(Kind::Workflow, "start", On::Itself, &["states:StartExecution"]),
    row(Kind::Workflow, "run", On::Itself, &["states:StartSyncExecution"]),
    row(Kind::Workflow, "watch", On::Executions, &["states:DescribeExecution", "states:GetExecutionHistory"]),
    row(Kind::Workflow, "stop", On::Executions, &["states:StopExecution"]),
    row(
        Kind::Workflow,
        "resume",
        On::Itself,
        &["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"],
    ),
    row(Kind::Userpool, "read", On::Itself, &["cognito-idp:AdminGetUser", "cognito-idp:ListUsers"]),
    row(
        Kind::Userpool,
        "manage",
        On::Itself,
        &[
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminUpdateUserAttributes",
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminEnableUser",
            "cognito-idp:AdminAddUserToGroup",
            "cognito-idp:AdminRemoveUserFromGroup",
        ],
    ),
    row(Kind::Userpool, "delete", On::Itself, &["cognito-idp:AdminDeleteUser"]),
    row(Kind::Key, "encrypt", On::Itself, &["kms:Encrypt", "kms:GenerateDataKey"]),
    row(Kind::Key, "decrypt", On::Itself, &["kms:Decrypt"]),
    row(Kind::Api, "push", On::Connections, &["execute-api:ManageConnections"]),
    row(Kind::Api, "call", On::Contents, &["execute-api:Invoke"]),
    row(
        Kind::Secret,
        "read",
        On::Itself,
        &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
    ),
    row(Kind::Secret, "write", On::Itself, &["secretsmanager:PutSecretValue"]),
];

/// The actions of a function that a queue triggers.
pub(super) const RECEIVE: &[&str] =
    &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"];

/// The actions on a stream that is delivered, in place of those on one that is read.
const DELIVER: &[&str] = &["firehose:PutRecord", "firehose:PutRecordBatch"];

/// What else it takes to do something to what is encrypted with a key. Source: each service's guide on
/// keys of one's own.
fn key_actions(kind: Kind, verb: &str) -> &'static [&'static str] {
    match (kind, verb) {
        (Kind::Table, "read" | "query" | "delete") => &["kms:Decrypt", "kms:DescribeKey"],
        (Kind::Table, _) => &[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        (_, "read" | "get" | "receive") => &["kms:Decrypt"],
        (_, "write" | "send" | "publish" | "put") => &["kms:Decrypt", "kms:GenerateDataKey"],
        _ => &[],
    }
}

/// The actions on parameters of the parameter store.
const READ_PARAMETER: &[&str] = &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"];
const WRITE_PARAMETER: &[&str] = &["ssm:PutParameter"];

/// Adds the statements of `can`.
pub(super) fn lower(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    grants: &Grants,
    statements: &mut Statements,
    injected: &mut Injected,
) {
    for (verb, targets) in grants.verbs() {
        let path = format!("{path}.{verb}");
        for target in targets.value.items(targets.span) {
            lower_target(ctx, owner, &path, verb, target, statements, injected);
        }
    }
    mail(ctx, owner, &format!("{path}.mail"), grants, statements);
    for raw in grants.aws.iter().flatten() {
        let mut texts = |values: &[Spanned<String>]| -> Vec<Expr> {
            values.iter().map(|v| ctx.text(owner, &format!("{path}.aws"), v)).collect()
        };
        let (actions, resources) = (texts(&raw.value.actions), texts(&raw.value.resources));
        let effect = if raw.value.effect == Some(Effect::Deny) { "Deny" } else { "Allow" };
        let names_others = resources.iter().any(|r| r.as_str().is_none());
        let mut statement = Map::from([("Effect", Expr::from(effect))]);
        statement.insert("Action", actions);
        statement.insert("Resource", resources);
        if let Some(condition) = &raw.value.r#where {
            statement.insert("Condition", raw::data(condition));
        }
        let statement = Expr::from(statement).with_span(raw.span);
        if names_others { statements.apart.push(statement) } else { statements.own.push(statement) }
    }
}

/// The right to send mail from identities: addresses, domains or ARNs.
fn mail(ctx: &mut Lower<'_>, owner: &Owner, path: &str, grants: &Grants, statements: &mut Statements) {
    let Some(mail) = &grants.mail else { return };
    let mut identities = Vec::new();
    for item in mail.value.items(mail.span) {
        let text = Spanned::new(item.value.clone(), item.span);
        let value = ctx.text(owner, path, &text);
        identities.push(match text.value.starts_with("arn:") {
            true => value,
            false => super::text::join(vec![
                super::text::Part::Value(Expr::sub(
                    "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/",
                )),
                super::text::Part::Value(value),
            ]),
        });
    }
    let statement = super::role::allow(&["ses:SendEmail", "ses:SendRawEmail"], identities);
    statements.own.push(statement.with_span(mail.span));
}

fn lower_target(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    verb: &str,
    target: Spanned<&Target>,
    statements: &mut Statements,
    injected: &mut Injected,
) {
    let name = Spanned::new(target.value.name.value.clone(), target.value.name.span.or(target.span));
    let shown = name.value.to_string();
    if !ctx.components.contains_key(&shown) && parameter(ctx, verb, &name, statements, injected) {
        return;
    }
    let found = match ctx.secrets.get(&shown) {
        Some(secret) if !ctx.components.contains_key(&shown) => Some(secret.clone()),
        _ => ctx.component(owner, path, &shown, name.span),
    };
    let Some(found) = found else { return };
    let fits = |r: &&Row| match r.on {
        On::Connections => found.is_websocket || found.external.is_some(),
        // Only express workflows answer at once, and only the others keep their runs.
        _ if r.kind == Kind::Workflow && found.external.is_none() => match r.verb {
            "run" => found.flag,
            "watch" | "stop" | "resume" => !found.flag,
            _ => true,
        },
        _ => true,
    };
    let rows: Vec<&Row> =
        VERBS.iter().filter(|r| r.kind == found.kind && r.verb == verb).filter(fits).collect();
    if rows.is_empty() {
        unknown_verb(ctx, owner, path, verb, &shown, &found, name.span);
        return;
    }
    let Some(arn) = ctx.needed(owner, path, &name, &found, "arn") else { return };
    for row in rows {
        let resources = resources(ctx, owner, path, row.on, &found, &arn, target.value);
        let actions = if found.kind == Kind::Stream && found.flag { DELIVER } else { row.actions };
        let mut statement = super::role::allow(actions, resources).with_span(name.span);
        if let (Some(map), Some(condition)) =
            (statement.as_map_mut(), condition(ctx, owner, path, row, target.value))
        {
            map.insert("Condition", condition);
        }
        // What these are made of may need the function in turn.
        let is_apart =
            matches!(found.kind, Kind::Function | Kind::Api | Kind::Userpool) && found.external.is_none();
        if is_apart { statements.apart.push(statement) } else { statements.own.push(statement) }
    }
    if let Some(key) = &found.key {
        let actions = key_actions(found.kind, verb);
        let statement = super::role::allow(actions, vec![key.clone()]).with_span(name.span);
        if !actions.is_empty() && !statements.own.contains(&statement) {
            statements.own.push(statement);
        }
    }
    let variable = match found.kind {
        Kind::Table => Some(("TABLE", "name")),
        Kind::Bucket => Some(("BUCKET", "name")),
        Kind::Queue => Some(("QUEUE_URL", "url")),
        Kind::Topic => Some(("TOPIC_ARN", "arn")),
        Kind::Stream => Some(("STREAM", "name")),
        Kind::Bus => Some(("BUS", "name")),
        Kind::Function => Some(("FUNCTION_ARN", "arn")),
        Kind::Secret => Some(("SECRET_ARN", "arn")),
        // The address of an API needs its routes, and with them the functions.
        Kind::Api if !found.is_websocket => None,
        Kind::Api => Some(("PUSH_URL", "push-url")),
        Kind::Workflow => Some(("WORKFLOW_ARN", "arn")),
        // A pool that calls functions needs them first.
        Kind::Userpool if super::userpool::is_listened(ctx, &name.value) => None,
        Kind::Userpool => Some(("USERPOOL_ID", "id")),
        Kind::Key => Some(("KEY_ARN", "arn")),
        Kind::Client
        | Kind::Vpc
        | Kind::Dashboard
        | Kind::Layer
        | Kind::Role
        | Kind::Alarm
        | Kind::External => None,
    };
    if let Some((suffix, attribute)) = variable
        && let Some(value) = found.attribute(attribute)
    {
        injected.values.push((shown, suffix, value.with_span(name.span)));
    }
}

/// Grants on a parameter of the file that stands in the parameter store. False where it is none.
fn parameter(
    ctx: &Lower<'_>,
    verb: &str,
    name: &Spanned<samc_schema::app::Reference>,
    statements: &mut Statements,
    injected: &mut Injected,
) -> bool {
    let shown = name.value.to_string();
    let Some(path) = ctx.params.get(&shown).and_then(|p| p.store_path.clone()) else { return false };
    let actions = match verb {
        "read" => READ_PARAMETER,
        "write" => WRITE_PARAMETER,
        _ => return false,
    };
    let text = path.as_str().unwrap_or_default();
    let arn = Expr::sub(format!(
        "arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/{}",
        text.trim_start_matches('/')
    ));
    statements.own.push(super::role::allow(actions, vec![arn]).with_span(name.span));
    injected.values.push((shown, "PARAM", path));
    true
}

fn unknown_verb(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    verb: &str,
    name: &str,
    found: &Component,
    span: Option<samc_base::Span>,
) {
    let mut verbs: Vec<&str> = VERBS.iter().filter(|r| r.kind == found.kind).map(|r| r.verb).collect();
    verbs.dedup();
    let finding = Diagnostic::error(
        codes::UNKNOWN_VERB,
        format!("`{verb}` cannot be done to {name}, which is {}", found.kind.word()),
    )
    .at(span, format!("{} here", found.kind.word()))
    .label(found.span, format!("{name} is declared here"));
    let finding = match verbs.is_empty() {
        true => finding,
        false => {
            finding.help(format!("with {} one can {}", found.kind.word(), super::sentence(&verbs, "or")))
        }
    };
    ctx.report(owner, path, finding);
}

/// The resources of a statement.
fn resources(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    on: On,
    found: &Component,
    arn: &Expr,
    target: &Target,
) -> Vec<Expr> {
    let sub = |text: &str| followed_by(arn.clone(), text);
    match on {
        On::Itself => vec![arn.clone()],
        On::WithIndexes => match &target.index {
            Some(index) => vec![sub(&format!("/index/{}", index.value))],
            None if found.has_indexes => vec![arn.clone(), sub("/index/*")],
            None => vec![arn.clone()],
        },
        On::Contents => match &target.prefix {
            Some(prefix) => {
                let prefix = ctx.text(owner, path, prefix);
                let parts = vec![
                    super::text::Part::Value(arn.clone()),
                    super::text::Part::Text("/".to_owned()),
                    super::text::Part::Value(prefix),
                    super::text::Part::Text("*".to_owned()),
                ];
                vec![super::text::join(parts).with_span(arn.span)]
            }
            None => vec![sub("/*")],
        },
        On::Qualified => vec![arn.clone(), sub(":*")],
        On::Connections => match found.stage.as_ref().and_then(Expr::as_str) {
            Some(stage) => vec![sub(&format!("/{stage}/*/@connections/*"))],
            None => vec![sub("/*/*/@connections/*")],
        },
        On::Executions => {
            let head = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:";
            let name = found.attribute("name").unwrap_or_else(|| Expr::from("*"));
            let parts = vec![
                super::text::Part::Value(Expr::sub(head)),
                super::text::Part::Value(name),
                super::text::Part::Text(":*".to_owned()),
            ];
            vec![super::text::join(parts)]
        }
    }
}

/// The condition of a statement: of the list of a bucket in part, of the items of a table, or as given.
fn condition(ctx: &mut Lower<'_>, owner: &Owner, path: &str, row: &Row, target: &Target) -> Option<Expr> {
    let mut condition = match &target.r#where {
        Some(given) => raw::data(given),
        None => Map::new().into(),
    };
    let map = condition.as_map_mut()?;
    if let Some(prefix) = target.prefix.as_ref().filter(|_| row.kind == Kind::Bucket && row.on == On::Itself)
    {
        let value = followed_by(ctx.text(owner, path, prefix), "*");
        map.insert("StringLike", Expr::from([("s3:prefix", value)]));
    }
    if let Some(items) = target.items.as_ref().filter(|_| row.kind == Kind::Table) {
        let value = ctx.text(owner, path, items);
        map.insert(
            "ForAllValues:StringEquals",
            Map::from([("dynamodb:LeadingKeys", Expr::from(vec![value]))]),
        );
    }
    (!map.is_empty()).then_some(condition)
}
