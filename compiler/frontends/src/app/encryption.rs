//! `keys`, and what it takes to use them: who names a key under `encrypt` also lets the services that
//! write there on their own use it.

use samc_base::Span;
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    BucketEncryption, Component as _, Key, Kind, QueueEncryption, TableEncryption, TopicEncryption,
};
use samc_syntax::Spanned;

use super::function::reference;
use super::index;
use super::lower::{Lower, Owner};
use super::names::Component;
use super::role::document;

const DAY: u64 = 86_400;

/// The service that writes logs, which has another name in each region.
pub(super) const LOGS: &str = "logs";

/// What a service that writes with a key of its own accord must do. Source: the key policies in the
/// guides of SNS and SQS.
const WRITE: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey*"];

/// What CloudWatch Logs must do. Source: "Encrypt log data" in its user guide.
const KEEP_LOGS: [&str; 5] =
    ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"];

/// The ARN of the key that `encrypt` names.
pub(super) fn key(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: &str,
    span: Option<Span>,
) -> Option<Expr> {
    // What compliance has set may stand nowhere.
    let given = Spanned::new(given.to_owned(), span.or(owner.origin.key_span));
    if given.value.starts_with("arn:") || given.value.contains("${") {
        return Some(ctx.text(owner, path, &given));
    }
    let name = reference(ctx, owner, path, &given)?;
    let found = ctx.component_of(owner, path, &name, &[Kind::Key], &format!("`{path}`"))?;
    ctx.needed(owner, path, &name, &found, "arn")
}

/// Notes the keys of all components, which grants need to know.
pub(super) fn describe(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    let mut named: Vec<(String, String, Option<Span>)> = Vec::new();
    macro_rules! collect {
        ($($section:ident $type:ident;)*) => {$(
            for (name, component) in app.$section.iter().flat_map(|c| &c.0) {
                if let Some(Spanned { value: $type::Key(key), span }) = &component.encrypt {
                    named.push((name.name().to_string(), key.clone(), *span));
                }
            }
        )*};
    }
    collect! {
        queues QueueEncryption;
        topics TopicEncryption;
        buckets BucketEncryption;
        tables TableEncryption;
        streams TopicEncryption;
    }
    for (name, secret) in app.secrets.iter().flat_map(|s| &s.0) {
        if let Some(key) = &secret.encrypt {
            named.push((name.name().to_string(), key.value.clone(), key.span));
        }
    }
    // What is wrong with a key is said where its component is lowered.
    let said = std::mem::take(ctx.diagnostics);
    for (name, given, span) in named {
        let arn = key(ctx, &Owner::default(), "encrypt", &given, span);
        for of in [name.clone(), format!("{name}.dlq")] {
            if let Some(component) = ctx.components.get_mut(&of).or(ctx.secrets.get_mut(&of)) {
                component.key = arn.clone();
            }
        }
    }
    *ctx.diagnostics = said;
}

/// Lets a service use the key of a component that it writes to.
pub(super) fn let_use(ctx: &mut Lower<'_>, component: &Component, service: &str) {
    if let Some(arn) = &component.key {
        let_use_key(ctx, &arn.clone(), service);
    }
}

/// What it takes besides to send to a queue or topic that is encrypted with a key.
pub(super) fn to_send(component: &Component) -> Option<Expr> {
    let key = component.key.clone()?;
    Some(super::role::allow(&["kms:Decrypt", "kms:GenerateDataKey"], vec![key]))
}

/// Lets a service use a key, if the key is one of this file.
pub(super) fn let_use_key(ctx: &mut Lower<'_>, arn: &Expr, service: &str) {
    let Some((id, _)) = arn.as_get_att() else { return };
    let users = ctx.key_users.entry(id.into()).or_default();
    if !users.iter().any(|user| user == service) {
        users.push(service.to_owned());
    }
}

/// Lowers one key.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, key: &Key) {
    let owner = ctx.owner("keys", name, span, key.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "Description", key.description.as_ref());
    let rotate = key.rotate.as_ref();
    let is_on = rotate.is_none_or(|r| r.value.is_on);
    properties.insert("EnableKeyRotation", Expr::from(is_on).with_span(rotate.and_then(|r| r.span)));
    if let Some(Spanned { value, span }) = rotate
        && let Some(every) = value.every
    {
        let days = ctx.seconds(&owner, "rotate", &Spanned::new(every, *span), "90d", "2560d") / DAY;
        properties.insert("RotationPeriodInDays", Expr::new(ExprKind::Int(days.into()), *span));
    }
    if let Some(pending) = &key.pending {
        let days = ctx.seconds(&owner, "pending", pending, "7d", "30d") / DAY;
        properties.insert("PendingWindowInDays", Expr::new(ExprKind::Int(days.into()), pending.span));
    }
    if let Some(regions) = key.multi_region.as_ref().filter(|m| m.value) {
        properties.insert("MultiRegion", Expr::from(true).with_span(regions.span));
    }
    let policy = policy(ctx, &owner, &id, key);
    properties.insert("KeyPolicy", policy);
    ctx.add_main(&id, "AWS::KMS::Key", properties, &owner);
    let alias = match &key.alias {
        Some(alias) => super::text::join(vec![
            super::text::Part::Text("alias/".to_owned()),
            super::text::Part::Value(ctx.text(&owner, "alias", alias)),
        ]),
        None => Expr::from(format!("alias/{}-{}-{name}", ctx.name, ctx.stage)),
    };
    let made = index::derived(ctx, &id, "Alias");
    let properties = Map::from([("AliasName", alias), ("TargetKeyId", Expr::reference(&id))]);
    ctx.add(&made, "AWS::KMS::Alias", properties, &owner);
}

/// The policy of a key: the account by its IAM policies, services that write, and those it is shared with.
fn policy(ctx: &mut Lower<'_>, owner: &Owner, id: &samc_base::LogicalId, key: &Key) -> Expr {
    let statement = |principal: Expr, actions: &[&str], condition: Option<Expr>| {
        let actions: Vec<Expr> = actions.iter().map(|a| Expr::from(*a)).collect();
        let mut made = Map::from([("Effect", Expr::from("Allow")), ("Principal", principal)]);
        made.insert("Action", actions);
        // In the policy of a key this is the key itself.
        made.insert("Resource", "*");
        if let Some(condition) = condition {
            made.insert("Condition", condition);
        }
        Expr::from(made)
    };
    let root = Expr::sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root");
    let mut statements = vec![statement(Expr::from([("AWS", root)]), &["kms:*"], None)];
    for service in ctx.key_users.get(id).cloned().unwrap_or_default() {
        if service == LOGS {
            let context = Expr::sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*");
            let condition =
                Expr::from([("ArnLike", Expr::from([("kms:EncryptionContext:aws:logs:arn", context)]))]);
            let principal = Expr::from([("Service", Expr::sub("logs.${AWS::Region}.amazonaws.com"))]);
            statements.push(statement(principal, &KEEP_LOGS, Some(condition)));
            continue;
        }
        let account = Expr::from([("aws:SourceAccount", Expr::reference("AWS::AccountId"))]);
        let condition = Expr::from([("StringEquals", account)]);
        let principal = Expr::from([("Service", Expr::from(service.as_str()))]);
        statements.push(statement(principal, &WRITE, Some(condition)));
    }
    let shared: Vec<Expr> =
        key.share_with.iter().flatten().map(|p| ctx.text(owner, "share-with", p)).collect();
    if !shared.is_empty() {
        let actions =
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
        statements.push(statement(Expr::from([("AWS", Expr::from(shared))]), &actions, None));
    }
    document(statements)
}
