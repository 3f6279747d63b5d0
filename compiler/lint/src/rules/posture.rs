//! P406 and P416: what some programmes ask for and most teams do without: functions in a network of
//! one's own, and policies that are resources of their own.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::{Context, about};
use crate::query::{at_property, items, name, name_span, outline, property};
use crate::rule::{On, Profile, Rule};

const PROFILES: &[Profile] = &[Profile::Pci, Profile::Hipaa];

/// Only in a network of one's own can it be said where a function may connect to.
pub(super) static NETWORK: Rule = Rule {
    code: Code::new("P406", "in-vpc"),
    level: Severity::Info,
    on: On::Profiles(PROFILES),
    page: include_str!("in_vpc.md"),
    check: network,
};

/// A policy inside of a role is seen by who looks at the role alone.
pub(super) static POLICY: Rule = Rule {
    code: Code::new("P416", "inline-policy"),
    level: Severity::Info,
    on: On::Profiles(PROFILES),
    page: include_str!("inline_policy.md"),
    check: policy,
};

fn network(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        if property(function, "VpcConfig").is_absent() {
            let message = format!("{} can connect to any address", name(id, function));
            let found = Diagnostic::new(Severity::Info, NETWORK.code, message)
                .help("give it VpcConfig with subnets and a security group that limits where it may connect");
            diagnostics.push(at_property(found, id, function, "VpcConfig", "not in a VPC"));
        }
    }
}

fn policy(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for resource_type in ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"] {
        for (id, holder) in context.of_type(resource_type) {
            // How the compiler writes the role of a function is not its author's choice.
            if holder.origin.source.as_deref().is_some_and(|source| source != id.as_str()) {
                continue;
            }
            let who = name(id, holder);
            let inline = property(holder, "Policies").value();
            let count = items(inline).count();
            if count > 0 {
                let policies = if count == 1 { "a policy".to_owned() } else { format!("{count} policies") };
                let message = format!("{who} has {policies} of its own inside");
                let found = Diagnostic::new(Severity::Info, POLICY.code, message)
                    .help("make it an AWS::IAM::ManagedPolicy, which can be listed and reviewed by itself");
                diagnostics.push(at_property(found, id, holder, "Policies", "inline"));
            }
            for arn in items(property(holder, "ManagedPolicyArns").value()) {
                let Some(text) = outline(arn).filter(|text| text.contains(":iam::aws:policy/")) else {
                    continue;
                };
                let policy = text.rsplit('/').next().unwrap_or(&text);
                let message = format!(
                    "{who} has AWS's policy {policy}, which AWS changes and which is for every resource"
                );
                let found = Diagnostic::new(Severity::Info, POLICY.code, message)
                    .at(arn.span.or(name_span(holder)), "kept by AWS")
                    .help("write a policy with the actions and ARNs that are needed");
                let path = format!("Resources.{id}.Properties.ManagedPolicyArns");
                diagnostics.push(about(found, id, &holder.origin, path));
            }
        }
    }
}
