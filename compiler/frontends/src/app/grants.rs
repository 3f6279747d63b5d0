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
    let rows: Vec<&Row> = VERBS.iter().filter(|r| r.kind == found.kind && r.verb == verb).collect();
    if rows.is_empty() {
        unknown_verb(ctx, owner, path, verb, &shown, &found, name.span);
        return;
    }
    let Some(arn) = ctx.needed(owner, path, &name, &found, "arn") else { return };
    for row in rows {
        let resources = resources(ctx, owner, path, row.on, &found, &arn, target.value);
        let mut statement = super::role::allow(row.actions, resources).with_span(name.span);
        if let (Some(map), Some(condition)) =
            (statement.as_map_mut(), condition(ctx, owner, path, row, target.value))
        {
            map.insert("Condition", condition);
        }
        // What these are made of may need the function in turn.
        let is_apart = matches!(found.kind, Kind::Function | Kind::Api) && found.external.is_none();
        if is_apart { statements.apart.push(statement) } else { statements.own.push(statement) }
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
        Kind::Api | Kind::Layer | Kind::Role | Kind::Alarm | Kind::External => None,
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
