//! Roles: that of each function, and those under `roles`.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Component as _, Function, Kind, Role};

use super::function::{part, reference};
use super::grants::{self, Injected};
use super::lower::{Lower, Owner};

/// What a role may do.
#[derive(Debug, Clone, Default)]
pub(super) struct Statements {
    /// Statements that stand in the role.
    pub(super) own: Vec<Expr>,
    /// Statements that name what may in turn need the function, and so stand in a policy of their own.
    pub(super) apart: Vec<Expr>,
}

/// A statement that allows.
pub(super) fn allow(actions: &[&str], mut resources: Vec<Expr>) -> Expr {
    let actions: Vec<Expr> = actions.iter().map(|a| Expr::from(*a)).collect();
    let resource = if resources.len() == 1 { resources.remove(0) } else { resources.into() };
    Expr::from([("Effect", Expr::from("Allow")), ("Action", actions.into()), ("Resource", resource)])
}

/// A document of statements.
pub(super) fn document(statements: Vec<Expr>) -> Expr {
    Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", statements.into())])
}

/// A document that lets principals of one kind take a role on.
pub(super) fn trust(principal: Expr) -> Expr {
    document(vec![Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", principal),
        ("Action", Expr::from("sts:AssumeRole")),
    ])])
}

fn service(name: &str) -> Expr {
    Expr::from([("Service", name)])
}

/// Gives a function its role: one of its own, one under `roles`, or one that exists.
pub(super) fn for_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    function: &Function,
    statements: Statements,
    properties: &mut Map,
) {
    let Some(role) = &function.role else {
        let role = part(ctx, id, "Role");
        let mut made = Map::from([("AssumeRolePolicyDocument", trust(service("lambda.amazonaws.com")))]);
        made.insert("Policies", vec![grants_policy(statements.own)]);
        if let Some(boundary) = &function.boundary {
            let value = ctx.text(owner, "boundary", boundary);
            made.insert("PermissionsBoundary", value);
        }
        ctx.add(&role, "AWS::IAM::Role", made, owner);
        properties.insert("Role", Expr::get_att(&role, "Arn"));
        if !statements.apart.is_empty() {
            attach(ctx, owner, id, Expr::reference(&role), statements.apart);
        }
        return;
    };
    if role.value.starts_with("arn:") || role.value.contains("${") {
        if function.can.is_some() {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!(
                    "{} has a role that exists already, whose rights `can` cannot change",
                    owner.origin.path
                ),
            )
            .at(role.span, "this role is not part of the file")
            .help("leave out `can`, or declare the role under `roles`");
            ctx.report(owner, "role", finding);
        }
        let value = ctx.text(owner, "role", role);
        properties.insert("Role", value);
        return;
    }
    let Some(name) = reference(ctx, owner, "role", role) else { return };
    let Some(found) = ctx.component_of(owner, "role", &name, &[Kind::Role], "`role`") else { return };
    if let Some(arn) = ctx.needed(owner, "role", &name, &found, "arn") {
        properties.insert("Role", arn);
    }
    if found.external.is_none() {
        let all: Vec<Expr> = statements.own.into_iter().chain(statements.apart).collect();
        attach(ctx, owner, id, Expr::reference(&found.id), all);
    }
}

/// A policy of its own on a role.
pub(super) fn attach(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, role: Expr, statements: Vec<Expr>) {
    let policy = part(ctx, id, "Policy");
    let mut properties = Map::from([("PolicyName", Expr::from(&policy))]);
    properties.insert("PolicyDocument", document(statements));
    properties.insert("Roles", vec![role]);
    ctx.add(&policy, "AWS::IAM::Policy", properties, owner);
}

/// Makes a role that a service of AWS takes on, for something that belongs to `id`.
pub(super) fn for_service(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    suffix: &str,
    principal: &str,
    statements: Vec<Expr>,
) -> LogicalId {
    let role = part(ctx, id, suffix);
    let mut properties = Map::from([("AssumeRolePolicyDocument", trust(service(principal)))]);
    properties.insert("Policies", vec![grants_policy(statements)]);
    ctx.add(&role, "AWS::IAM::Role", properties, owner);
    role
}

fn grants_policy(statements: Vec<Expr>) -> Expr {
    Expr::from([("PolicyName", Expr::from("grants")), ("PolicyDocument", document(statements))])
}

/// Lowers a role under `roles`.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, role: &Role) {
    let owner = ctx.owner("roles", name, span, role.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut statements = Statements::default();
    if let Some(can) = &role.can {
        grants::lower(ctx, &owner, "can", can, &mut statements, &mut Injected::default());
    }
    let mut services = Vec::new();
    let mut accounts = Vec::new();
    for one in role.trust.iter().flatten() {
        let value = ctx.text(&owner, "trust", one);
        if one.value.ends_with(".amazonaws.com") { services.push(value) } else { accounts.push(value) }
    }
    let mut principal = Map::new();
    if services.is_empty() && accounts.is_empty() {
        services.push("lambda.amazonaws.com".into());
    }
    for (key, values) in [("Service", services), ("AWS", accounts)] {
        if !values.is_empty() {
            principal.insert(key, values);
        }
    }
    let mut properties = Map::from([("AssumeRolePolicyDocument", trust(principal.into()))]);
    ctx.put_name(&owner, &mut properties, "RoleName", role.name.as_ref());
    if let Some(policies) = &role.policies {
        let values: Vec<Expr> = policies.iter().map(|p| ctx.text(&owner, "policies", p)).collect();
        properties.insert("ManagedPolicyArns", values);
    }
    if let Some(boundary) = &role.boundary {
        let value = ctx.text(&owner, "boundary", boundary);
        properties.insert("PermissionsBoundary", value);
    }
    if !statements.own.is_empty() {
        properties.insert("Policies", vec![grants_policy(statements.own)]);
    }
    ctx.add_main(&id, "AWS::IAM::Role", properties, &owner);
    if !statements.apart.is_empty() {
        attach(ctx, &owner, &id, Expr::reference(&id), statements.apart);
    }
}
