//! Roles and policies: what is one resource in CloudFormation is one for each policy here.

use samc_ir::{Expr, Resource};

use super::{given, items, properties, satellite, suffix_of};
use crate::context::{Context, How, Plan};
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;
use crate::soundness::is_arn;

const POLICY: &str = "aws_iam_role_policy";
const ATTACHMENT: &str = "aws_iam_role_policy_attachment";

/// `AWS::IAM::Role`.
pub(crate) fn role(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut blocks = vec![main(context, site, &["Policies", "ManagedPolicyArns"])?];
    blocks.extend(policies(context, site.plan, site.resource)?);
    Some(blocks)
}

/// What goes with a role.
fn policies(context: &Context<'_>, plan: &Plan, resource: &Resource) -> Option<Vec<Block>> {
    let map = properties(resource)?;
    let role = Value::code(context.attribute(plan, "name"));
    let mut blocks = Vec::new();
    if let Some(list) = given(&map, "Policies") {
        for (i, item) in items(context, list)?.into_iter().enumerate() {
            let policy = item.expr.as_map()?;
            let name = policy.get("PolicyName")?;
            let suffix = suffix_of(context, Some(name), i, "policy");
            let suffix = unlike(&blocks, &plan.label, suffix);
            let mut block = satellite(context, plan, POLICY, &suffix, item.condition.as_deref());
            block.set("name", context.value(name));
            block.set("role", role.clone());
            block.set("policy", context.json(policy.get("PolicyDocument")?));
            blocks.push(block);
        }
    }
    if let Some(list) = given(&map, "ManagedPolicyArns") {
        for (i, item) in items(context, list)?.into_iter().enumerate() {
            let suffix = suffix_of(context, Some(item.expr), i, "managed");
            let suffix = unlike(&blocks, &plan.label, suffix);
            let mut block = satellite(context, plan, ATTACHMENT, &suffix, item.condition.as_deref());
            let arn = context.value(item.expr);
            if let Some(text) = arn.as_literal().filter(|text| !is_arn(text)) {
                return context.lacks(Reason::Value("ManagedPolicyArns".to_owned(), format!("`{text}`")));
            }
            block.set("role", role.clone());
            block.set("policy_arn", arn);
            blocks.push(block);
        }
    }
    Some(blocks)
}

/// An ending that none of the blocks has, without the words that the label begins with anyway.
fn unlike(blocks: &[Block], label: &str, suffix: String) -> String {
    let suffix = suffix.strip_prefix(&format!("{label}_")).map(str::to_owned).unwrap_or(suffix);
    let is_taken = |suffix: &str| {
        let label = format!("{label}_{suffix}");
        blocks.iter().any(|b| b.labels.get(1).is_some_and(|known| *known == label))
    };
    let mut made = suffix.clone();
    let mut number = 2;
    while is_taken(&made) {
        made = format!("{suffix}_{number}");
        number += 1;
    }
    made
}

/// The addresses of all that goes with the role that a value names, for what needs its permissions
/// from the first moment.
pub(super) fn permissions(context: &Context<'_>, role: Option<&Expr>) -> Vec<Value> {
    let id = role.and_then(|role| role.as_get_att().map(|(id, _)| id).or_else(|| role.as_ref_to()));
    let Some((id, plan)) = id.and_then(|id| context.plans.get_key_value(id)) else { return Vec::new() };
    if let Some(known) = context.role_policies.borrow().get(id) {
        return known.iter().map(Value::code).collect();
    }
    let Some(resource) = context.resource(id).filter(|r| r.resource_type == "AWS::IAM::Role") else {
        return Vec::new();
    };
    if !matches!(plan.how, How::Native(_)) {
        return Vec::new();
    }
    let blocks = policies(context, plan, resource).unwrap_or_default();
    let addresses: Vec<String> = blocks.iter().map(|block| block.labels.join(".")).collect();
    let values = addresses.iter().map(Value::code).collect();
    context.role_policies.borrow_mut().insert(id, addresses);
    values
}

/// `AWS::IAM::Policy`: one for each role, user and group.
pub(crate) fn policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let known = ["PolicyName", "PolicyDocument", "Roles", "Users", "Groups"];
    if map.keys().any(|key| !known.contains(&&**key)) {
        return None;
    }
    let mut blocks: Vec<Block> = Vec::new();
    let kinds = [
        ("Roles", POLICY, "role"),
        ("Users", "aws_iam_user_policy", "user"),
        ("Groups", "aws_iam_group_policy", "group"),
    ];
    for (key, kind, argument) in kinds {
        let Some(list) = given(&map, key) else { continue };
        for item in items(context, list)? {
            // The first has the name of the resource itself, which others may depend on.
            let suffix = if blocks.is_empty() { String::new() } else { format!("{}", blocks.len() + 1) };
            if blocks.is_empty() && kind != POLICY {
                return None;
            }
            let mut block = satellite(context, site.plan, kind, &suffix, item.condition.as_deref());
            block.set("name", context.value(map.get("PolicyName")?));
            block.set(argument, context.value(item.expr));
            block.set("policy", context.json(map.get("PolicyDocument")?));
            blocks.push(block);
        }
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// `AWS::IAM::ManagedPolicy` with what it is attached to.
pub(crate) fn managed_policy(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut blocks = vec![main(context, site, &["Roles", "Users", "Groups"])?];
    let map = properties(site.resource)?;
    let kinds = [
        ("Roles", ATTACHMENT, "role"),
        ("Users", "aws_iam_user_policy_attachment", "user"),
        ("Groups", "aws_iam_group_policy_attachment", "group"),
    ];
    for (key, kind, argument) in kinds {
        let Some(list) = given(&map, key) else { continue };
        for (i, item) in items(context, list)?.into_iter().enumerate() {
            let suffix = format!("{argument}_{}", i + 1);
            let mut block = satellite(context, site.plan, kind, &suffix, item.condition.as_deref());
            block.set(argument, context.value(item.expr));
            block.set("policy_arn", Value::code(context.attribute(site.plan, "arn")));
            blocks.push(block);
        }
    }
    Some(blocks)
}

/// `AWS::IAM::InstanceProfile`, which has one role.
pub(crate) fn instance_profile(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &["Roles"])?;
    let map = properties(site.resource)?;
    let [role] = map.get("Roles")?.as_list()? else { return None };
    block.set("role", context.value(role));
    Some(vec![block])
}
