//! C210 and K904: functions in a network without a way out, or with one that costs more than it must.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Severity};
use samc_ir::{Expr, Resource, references};

use crate::context::Context;
use crate::query::{Known, at_name, at_property, items, name, outline, property};
use crate::rights::Rights;
use crate::rule::{On, Profile, Rule};

/// What leads out of a network, or to AWS's services inside of it.
const WAYS: [&str; 10] = [
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::NetworkFirewall::Firewall",
    "AWS::EC2::Instance",
];

/// Services that a function reaches by what it does inside of its network, or not from its code at all.
const INSIDE: [&str; 6] = ["ec2", "logs", "xray", "rds-db", "elasticfilesystem", "kafka-cluster"];

/// Each call waits until it times out.
pub(super) static EGRESS: Rule = Rule {
    code: Code::new("C210", "vpc-no-egress"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("vpc_no_egress.md"),
    check: |context, diagnostics| {
        let leads_out =
            context.graph.resources.values().any(|r| WAYS.iter().any(|way| r.resource_type == **way));
        if leads_out || context.open {
            return;
        }
        for view in &context.application().functions {
            let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
            if !in_own_network(context, function) {
                continue;
            }
            let Some(rights) = Rights::of(context, view) else { continue };
            let called = rights.statements().iter().flat_map(|s| s.actions()).find_map(|(action, _)| {
                let (service, _) = action.split_once(':')?;
                (!INSIDE.contains(&service)).then_some(action)
            });
            let Some(action) = called else { continue };
            let message = format!(
                "{} may call {action}, and nothing leads there from its network: neither a NAT gateway nor an endpoint",
                name(id, function)
            );
            let found = Diagnostic::warning(EGRESS.code, message).help(
                "add an AWS::EC2::VPCEndpoint for each service that it calls, or a NAT gateway and a route to it",
            );
            diagnostics.push(at_property(found, id, function, "VpcConfig", "in a VPC without a way out"));
        }
    },
};

/// True where every subnet of a function is of a network that the template makes.
fn in_own_network(context: &Context<'_>, function: &Resource) -> bool {
    let Known::Is(subnets) = property(function, "VpcConfig.SubnetIds") else { return false };
    let made = |subnet: &Expr| {
        let subnet = subnet.as_ref_to().and_then(|id| context.graph.resources.get(id));
        let subnet = subnet.filter(|s| s.resource_type == *"AWS::EC2::Subnet");
        let network = subnet.and_then(|s| s.property("VpcId")?.as_ref_to());
        network
            .and_then(|id| context.graph.resources.get(id))
            .is_some_and(|v| v.resource_type == *"AWS::EC2::VPC")
    };
    subnets.as_list().is_some_and(|all| !all.is_empty() && all.iter().all(made))
}

/// A gateway endpoint costs nothing; what goes through a NAT gateway is paid for by the gigabyte.
pub(super) static NAT: Rule = Rule {
    code: Code::new("K904", "nat-for-aws"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Cost]),
    page: include_str!("nat_for_aws.md"),
    check: |context, diagnostics| {
        let Some((id, gateway)) = context.of_type("AWS::EC2::NatGateway").next() else { return };
        let mut missing: Vec<&str> = Vec::new();
        for service in ["dynamodb", "s3"] {
            let has = context.of_type("AWS::EC2::VPCEndpoint").any(|(_, endpoint)| {
                let named = property(endpoint, "ServiceName").value().and_then(outline);
                named.is_none_or(|text| text.ends_with(&format!(".{service}")))
            });
            if !has && uses(context, service) {
                missing.push(service);
            }
        }
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "functions in the network call {} through {}, and each gigabyte is paid for",
            missing.join(" and "),
            name(id, gateway)
        );
        let found = Diagnostic::new(Severity::Info, NAT.code, message).help(format!(
            "add an AWS::EC2::VPCEndpoint of type Gateway for {}; it costs nothing",
            missing.join(" and for ")
        ));
        diagnostics.push(at_name(found, id, gateway, "a NAT gateway"));
    },
};

/// True where a function in a network may call a service.
fn uses(context: &Context<'_>, service: &str) -> bool {
    let mut networked: FxHashSet<&str> = FxHashSet::default();
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        let subnets = items(property(function, "VpcConfig.SubnetIds").value());
        for subnet in subnets {
            references::each(subnet, false, &mut |_| {
                networked.insert(id);
            });
        }
    }
    context.application().functions.iter().filter(|f| networked.contains(f.id.as_str())).any(|view| {
        let rights = Rights::of(context, view);
        rights.is_some_and(|r| {
            r.statements().iter().flat_map(|s| s.actions()).any(|(action, _)| {
                action.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
            })
        })
    })
}
