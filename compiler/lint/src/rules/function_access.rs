//! C209 and C211: functions in a network, or with a file system, that cannot be made to work.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::Resource;

use crate::context::Context;
use crate::policy::covers;
use crate::query::{Known, at_property, name, property};
use crate::rule::{On, Rule};
use crate::text::{Part, parts};

/// Lambda makes network interfaces in the name of the function's role.
pub(super) static INTERFACE: Rule = Rule {
    code: Code::new("C209", "vpc-eni-permission"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("vpc_permission.md"),
    check: |context, diagnostics| {
        for view in &context.application().functions {
            let resources = &context.graph.resources;
            let Some((id, function)) = resources.get_key_value(&view.id) else { continue };
            let Some((role_id, role)) = view.role.as_ref().and_then(|r| resources.get_key_value(r)) else {
                continue;
            };
            let in_network =
                matches!(property(function, "VpcConfig.SubnetIds"), Known::Is(ids) if ids.is_truthy());
            let allowed = context.application().grants_of(view).any(|g| {
                g.actions.is_empty() || g.actions.iter().any(|a| covers(a, "ec2:CreateNetworkInterface"))
            });
            if !in_network || allowed || !only_plain_policies(context, role_id, role) {
                continue;
            }
            let message = format!(
                "{} is in a VPC, and its role may not make network interfaces there; Lambda refuses the function",
                name(id, function)
            );
            let found = Diagnostic::error(INTERFACE.code, message)
                .label(role.origin.key_span, "the role")
                .help("add the managed policy service-role/AWSLambdaVPCAccessExecutionRole to the role");
            diagnostics.push(at_property(found, id, function, "VpcConfig", "in a VPC"));
        }
    },
};

/// A file system is reached through the network.
pub(super) static FILES: Rule = Rule {
    code: Code::new("C211", "efs-without-vpc"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("efs_without_vpc.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let mounts = matches!(property(function, "FileSystemConfigs"), Known::Is(v) if v.as_list().is_some_and(|l| !l.is_empty()));
            if !mounts || !property(function, "VpcConfig").is_absent() {
                continue;
            }
            let message =
                format!("{} mounts a file system, and is in no VPC to reach it", name(id, function));
            let found = Diagnostic::error(FILES.code, message)
                .help("set VpcConfig with subnets that have a mount target of the file system");
            diagnostics.push(at_property(found, id, function, "FileSystemConfigs", "needs VpcConfig"));
        }
    },
};

/// AWS's policies for functions that say nothing about the network.
const PLAIN: [&str; 6] = [
    "/AWSLambdaBasicExecutionRole",
    "/AWSLambdaDynamoDBExecutionRole",
    "/AWSLambdaKinesisExecutionRole",
    "/AWSLambdaSQSQueueExecutionRole",
    "/AWSXRayDaemonWriteAccess",
    "/AWSXrayWriteOnlyAccess",
];

/// True where all of a role's policies are in the template, or are AWS's and known.
fn only_plain_policies(context: &Context<'_>, id: &LogicalId, role: &Resource) -> bool {
    let policies = match property(role, "ManagedPolicyArns") {
        Known::Absent => &[][..],
        Known::Unknown => return false,
        Known::Is(list) => match list.as_list() {
            Some(list) => list,
            None => return false,
        },
    };
    let is_plain = |policy| match parts(policy).last() {
        Some(Part::Text(text)) => PLAIN.iter().any(|name| text.ends_with(name)),
        _ => false,
    };
    // A policy that is attached by the role's name may be any.
    let by_name =
        property(role, "RoleName").value().is_some() && context.of_type("AWS::IAM::Policy").next().is_some();
    policies.iter().all(is_plain) && !by_name && !context.may_exist(&format!("{id}Policy"))
}
