//! Security groups with their rules, and records of names.

use samc_ir::{Expr, Map};

use super::{given, items, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::sections::scalar;

/// `AWS::EC2::SecurityGroup`: each rule is a resource of its own, so that groups may name each other.
pub(crate) fn security_group(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["SecurityGroupIngress", "SecurityGroupEgress"])?];
    let kinds = [
        ("SecurityGroupIngress", "aws_vpc_security_group_ingress_rule", "ingress"),
        ("SecurityGroupEgress", "aws_vpc_security_group_egress_rule", "egress"),
    ];
    for (key, kind, word) in kinds {
        let Some(list) = given(&map, key) else {
            // Without a word on it all traffic may leave; the provider takes that rule away.
            if word == "egress" {
                let mut block = satellite(context, site.plan, kind, "egress", None);
                block.set("security_group_id", Value::code(context.attribute(site.plan, "id")));
                block.set("ip_protocol", Value::text("-1"));
                block.set("cidr_ipv4", Value::text("0.0.0.0/0"));
                blocks.push(block);
            }
            continue;
        };
        for (i, item) in items(context, list)?.into_iter().enumerate() {
            let suffix = if i == 0 { word.to_owned() } else { format!("{word}_{}", i + 1) };
            let mut block = satellite(context, site.plan, kind, &suffix, item.condition.as_deref());
            block.set("security_group_id", Value::code(context.attribute(site.plan, "id")));
            rule(context, &mut block, item.expr.as_map()?)?;
            blocks.push(block);
        }
    }
    Some(blocks)
}

fn rule(context: &Context<'_>, block: &mut Block, rule: &Map) -> Option<()> {
    // All protocols have all ports, which must then not be named.
    let is_all = rule.get("IpProtocol").and_then(scalar).is_some_and(|p| p == "-1");
    for (key, value) in rule.iter().filter(|(_, value)| !value.is_no_value()) {
        let name = match &**key {
            "FromPort" | "ToPort" if is_all => continue,
            "IpProtocol" => "ip_protocol",
            "FromPort" => "from_port",
            "ToPort" => "to_port",
            "CidrIp" => "cidr_ipv4",
            "CidrIpv6" => "cidr_ipv6",
            "Description" => "description",
            "SourceSecurityGroupId" | "DestinationSecurityGroupId" => "referenced_security_group_id",
            "SourcePrefixListId" | "DestinationPrefixListId" => "prefix_list_id",
            _ => return None,
        };
        let value = match (name, scalar(value)) {
            ("ip_protocol", Some(text)) => Value::text(text),
            _ => context.value(value),
        };
        block.set(name, value);
    }
    Some(())
}

/// `AWS::Route53::RecordSet`.
pub(crate) fn record(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = Block::new("resource", &["aws_route53_record", &site.plan.label]);
    fill(context, &mut block, &map, &map)?;
    Some(vec![block])
}

/// `AWS::Route53::RecordSetGroup`: a record each.
pub(crate) fn records(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    if map.keys().any(|key| !matches!(&**key, "RecordSets" | "HostedZoneId" | "HostedZoneName" | "Comment")) {
        return None;
    }
    let mut blocks: Vec<Block> = Vec::new();
    for item in items(context, map.get("RecordSets")?)? {
        let suffix = if blocks.is_empty() { String::new() } else { format!("{}", blocks.len() + 1) };
        let condition = item.condition.as_deref();
        let mut block = satellite(context, site.plan, "aws_route53_record", &suffix, condition);
        fill(context, &mut block, item.expr.as_map()?, &map)?;
        blocks.push(block);
    }
    (!blocks.is_empty()).then_some(blocks)
}

fn fill(context: &Context<'_>, block: &mut Block, record: &Map, group: &Map) -> Option<()> {
    let zone = match (given(group, "HostedZoneId"), given(group, "HostedZoneName")) {
        (Some(id), _) => context.value(id),
        (None, Some(name)) => {
            let name = context.value(name);
            let wish = name.as_literal().unwrap_or("zone").to_owned();
            let address = context.named_lookup("aws_route53_zone", &wish, ("name", name), Vec::new());
            Value::code(format!("{address}.zone_id"))
        }
        (None, None) => return None,
    };
    block.set("zone_id", zone);
    let mut inner = Vec::new();
    for (key, value) in record.iter().filter(|(_, value)| !value.is_no_value()) {
        let (name, argument) = match &**key {
            "HostedZoneId" | "HostedZoneName" | "Comment" => continue,
            "Name" => ("", "name"),
            "Type" => ("", "type"),
            "TTL" => ("", "ttl"),
            "ResourceRecords" => ("", "records"),
            "SetIdentifier" => ("", "set_identifier"),
            "HealthCheckId" => ("", "health_check_id"),
            "MultiValueAnswer" => ("", "multivalue_answer_routing_policy"),
            "Weight" => ("weighted_routing_policy", "weight"),
            "Region" => ("latency_routing_policy", "region"),
            "Failover" => ("failover_routing_policy", "type"),
            "AliasTarget" => {
                let target = value.as_map()?;
                let mut alias = Block::new("alias", &[]);
                alias.set("name", context.value(target.get("DNSName")?));
                alias.set("zone_id", context.value(target.get("HostedZoneId")?));
                let health = given(target, "EvaluateTargetHealth");
                alias.set("evaluate_target_health", health.map_or(Value::Bool(false), |h| context.value(h)));
                inner.push(alias);
                continue;
            }
            _ => return None,
        };
        if name.is_empty() {
            block.set(argument, listed(context, argument, value));
        } else {
            let mut made = Block::new(name, &[]);
            made.set(argument, context.value(value));
            inner.push(made);
        }
    }
    for made in inner {
        block.push(made);
    }
    Some(())
}

/// Records are a list, whatever is given.
fn listed(context: &Context<'_>, argument: &str, value: &Expr) -> Value {
    let made = context.value(value);
    let is_one = argument == "records" && !made.is_composite() && !context.is_list(value);
    if is_one { Value::List(vec![made]) } else { made }
}
