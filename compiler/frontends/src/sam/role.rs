//! Execution roles.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_data::managed_policies;
use samc_ir::{Expr, Kind, Map};

use super::expansion::{Expansion, Result};
use super::generated::Generated;
use super::policies::{self, PolicyKind};
use super::policy_documents;

/// A role under construction: event sources add to it until it is emitted.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    /// The logical id.
    pub(crate) id: LogicalId,
    /// `Condition` and the like, as the resource it is for has them.
    pub(crate) attributes: Map,
    /// The trust policy.
    pub(crate) assume_role: Expr,
    /// ARNs of managed policies, without repetition.
    pub(crate) managed: Vec<Expr>,
    /// Inline policies: maps of `PolicyName` and `PolicyDocument`, or `Fn::If` of such.
    pub(crate) inline: Vec<Expr>,
    /// `Path`.
    pub(crate) path: Option<Expr>,
    /// `PermissionsBoundary`.
    pub(crate) permissions_boundary: Option<Expr>,
    /// `Tags`, as a list.
    pub(crate) tags: Option<Expr>,
}

impl Role {
    /// A role for one service without policies. `owner` is the resource it is for; its id is the owner's with `Role`.
    pub(crate) fn new(owner: &str, assume_role: Expr, attributes: Map) -> Self {
        Role {
            id: format!("{owner}Role").into(),
            attributes,
            assume_role,
            managed: Vec::new(),
            inline: Vec::new(),
            path: None,
            permissions_boundary: None,
            tags: None,
        }
    }

    /// `Fn::GetAtt` of its ARN.
    pub(crate) fn arn(&self) -> Expr {
        Expr::get_att(&self.id, "Arn")
    }

    /// Adds a managed policy, unless it is there already.
    pub(crate) fn add_managed(&mut self, arn: impl Into<Expr>) {
        let arn = arn.into();
        if !self.managed.contains(&arn) {
            self.managed.push(arn);
        }
    }

    /// Adds the entries of a resource's `Policies`.
    pub(crate) fn add_policies(&mut self, ctx: &mut Expansion<'_>, policies: Option<&Expr>) -> Result {
        for (index, policy) in policies::read(ctx, policies)?.into_iter().enumerate() {
            match policy.kind {
                PolicyKind::Statement => {
                    let name = format!("{}Policy{index}", self.id);
                    let document = |value: &Expr| match value.is_no_value() {
                        true => value.clone(),
                        false => policy_documents::inline(name.clone(), value.clone()),
                    };
                    let entry = match policy.value.as_if() {
                        Some((condition, then, otherwise)) => {
                            Expr::if_else(condition.clone(), document(then), document(otherwise))
                        }
                        None => document(&policy.value),
                    };
                    self.inline.push(entry);
                }
                PolicyKind::Managed | PolicyKind::Template | PolicyKind::Unknown => {
                    let arn = managed_arn(ctx, &policy.value);
                    self.add_managed(arn);
                }
            }
        }
        Ok(())
    }

    /// The finished resource.
    pub(crate) fn generate(&self, ctx: &Expansion<'_>) -> Generated {
        let mut properties = Map::from([("AssumeRolePolicyDocument", self.assume_role.clone())]);
        properties.insert("ManagedPolicyArns", self.managed.clone());
        if !self.inline.is_empty() {
            properties.insert("Policies", self.inline.clone());
        }
        let optional =
            [("Path", &self.path), ("PermissionsBoundary", &self.permissions_boundary), ("Tags", &self.tags)];
        for (name, value) in optional {
            if let Some(value) = value.as_ref().filter(|v| !v.is_null()) {
                properties.insert(name, value.clone());
            }
        }
        Generated::new(self.id.clone(), "AWS::IAM::Role", properties, ctx.current.clone())
            .attributes(&self.attributes)
    }
}

/// A managed policy by name, ARN or intrinsic function, with names turned to ARNs, also inside `Fn::If`.
fn managed_arn(ctx: &Expansion<'_>, policy: &Expr) -> Expr {
    let by_name = |expr: &Expr| match expr.as_str() {
        Some(name) => match managed_policies::arn(ctx.options.partition(), name) {
            Some(arn) => Expr::from(arn).with_span(expr.span),
            None => expr.clone(),
        },
        None => expr.clone(),
    };
    match policy.as_if() {
        Some((condition, then, otherwise)) => {
            Expr::if_else(condition.clone(), by_name(then), by_name(otherwise)).with_span(policy.span)
        }
        None => by_name(policy),
    }
}

/// What becomes of a role that the author gives as `Fn::If`.
pub(crate) enum ConditionalRole {
    /// It is used as it is.
    Given,
    /// A role is made, and this is the value of the property.
    Made(Expr),
}

/// A `Role` of the form `Fn::If` with `AWS::NoValue` in an arm stands for a role of our own there:
/// the role gets the condition of that arm.
pub(crate) fn conditional(ctx: &mut Expansion<'_>, given: &Expr, role: &mut Role) -> Result<ConditionalRole> {
    let resolved = ctx.resolve(given);
    let Some((condition, then, otherwise)) = resolved.as_if() else {
        return Err(ctx.report(
            Diagnostic::error(codes::INTRINSIC_ARGUMENTS, "Fn::If in Role takes a list of three values")
                .at(given.span, "not a list of three")
                .path(format!("{}.Role", ctx.current.path)),
        ));
    };
    Ok(match (then.is_no_value(), otherwise.is_no_value()) {
        (true, true) => ConditionalRole::Made(role.arn()),
        (true, false) => {
            role.attributes.insert("Condition", condition.clone());
            ConditionalRole::Made(Expr::if_else(condition.clone(), role.arn(), otherwise.clone()))
        }
        (false, true) => {
            let name = match &condition.kind {
                Kind::String(name) => name.clone(),
                _ => "".into(),
            };
            let negated = format!("NOT{name}");
            role.attributes.insert("Condition", negated.as_str());
            let value = Expr::call(
                samc_ir::Function::Not,
                vec![Expr::call(samc_ir::Function::Condition, condition.clone())],
            );
            ctx.add_condition(&negated, value);
            ConditionalRole::Made(Expr::if_else(condition.clone(), then.clone(), role.arn()))
        }
        (false, false) => ConditionalRole::Given,
    })
}
