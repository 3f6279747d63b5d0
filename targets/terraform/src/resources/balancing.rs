//! Load balancers and service networks: their target groups and the conditions of their rules.

use samc_ir::{Expr, Map};

use super::{given, items, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, main, main_of, part};
use crate::reason::Reason;

/// What a health check is where nothing is said, by kind of target group: enabled, interval in seconds, healthy and
/// unhealthy threshold. Source: `CreateTargetGroup` in the reference of Elastic Load Balancing, 2025-06; the
/// provider has others.
const HEALTH: [(&str, bool, u16, u16, u16); 3] =
    [("lambda", false, 35, 5, 5), ("GENEVE", true, 10, 5, 2), ("", true, 30, 5, 2)];

/// `AWS::ElasticLoadBalancingV2::TargetGroup` with its targets.
pub(crate) fn target_group(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["Targets"])?;
    let mut kind = "";
    for key in ["TargetType", "Protocol"] {
        let Some(value) = given(&map, key) else { continue };
        let Some(word) = value.as_str() else { return context.lacks(Reason::Form(key.to_owned())) };
        if HEALTH.iter().any(|(known, ..)| *known == word) {
            kind = word;
        }
    }
    let (_, is_enabled, interval, healthy, unhealthy) = HEALTH.iter().find(|(known, ..)| *known == kind)?;
    let number = |n: &u16| Value::Number(n.to_string());
    let at = block.items.iter().position(|i| matches!(i, Item::Block(b) if b.kind == "health_check"));
    let mut check = match at.map(|at| block.items.remove(at)) {
        Some(Item::Block(check)) => check,
        Some(Item::Argument(..)) | None => Block::new("health_check", &[]),
    };
    let own = [
        ("enabled", Value::Bool(*is_enabled)),
        ("interval", number(interval)),
        ("healthy_threshold", number(healthy)),
        ("unhealthy_threshold", number(unhealthy)),
    ];
    for (name, value) in own {
        if !check.has(name) && (name != "enabled" || !is_enabled) {
            check.set(name, value);
        }
    }
    block.push(check);
    let mut blocks = vec![block];
    let Some(targets) = given(&map, "Targets") else { return Some(blocks) };
    for (i, item) in context.within("Targets", || items(context, targets))?.into_iter().enumerate() {
        let target = item.expr.as_map()?;
        let suffix = format!("{}", i + 1);
        let condition = item.condition.as_deref();
        let mut block = satellite(context, site.plan, "aws_lb_target_group_attachment", &suffix, condition);
        block.set("target_group_arn", Value::code(context.attribute(site.plan, "arn")));
        for (key, value) in target.iter().filter(|(_, value)| !value.is_no_value()) {
            let name = match &**key {
                "Id" => "target_id",
                "Port" => "port",
                "AvailabilityZone" => "availability_zone",
                key => return context.lacks(Reason::Property(format!("Targets.{key}"))),
            };
            block.set(name, context.value(value));
        }
        blocks.push(block);
    }
    Some(blocks)
}

/// `AWS::ElasticLoadBalancingV2::ListenerRule`: conditions name their field in one of two ways.
pub(crate) fn listener_rule(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut map = properties(site.resource)?.into_owned();
    if let Some(list) = given(&map, "Conditions") {
        let conditions = context.within("Conditions", || list.as_list())?;
        let conditions: Option<Vec<Expr>> = conditions.iter().map(condition).collect();
        let conditions = context.within("Conditions.Field", || conditions)?;
        map.insert("Conditions", conditions);
    }
    Some(vec![main_of(context, site, &map, &[])?])
}

/// `{Field: path-pattern, Values: …}` as `{PathPatternConfig: {Values: …}}`; what has a configuration stays.
fn condition(condition: &Expr) -> Option<Expr> {
    let map = condition.as_map()?;
    let mut made = Map::new();
    for (key, value) in map.iter().filter(|(key, _)| !matches!(&***key, "Field" | "Values")) {
        made.insert(key.clone(), value.clone());
    }
    if let Some(values) = given(map, "Values") {
        let config = match map.get("Field")?.as_str()? {
            "path-pattern" => "PathPatternConfig",
            "host-header" => "HostHeaderConfig",
            "http-request-method" => "HttpRequestMethodConfig",
            "source-ip" => "SourceIpConfig",
            _ => return None,
        };
        made.insert(config, Map::from([("Values", values.clone())]));
    }
    Some(Expr::from(made))
}

/// `AWS::VpcLattice::TargetGroup` with its targets.
pub(crate) fn lattice_group(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &[])?];
    let Some(targets) = given(&map, "Targets") else { return Some(blocks) };
    for (i, item) in context.within("Targets", || items(context, targets))?.into_iter().enumerate() {
        let (suffix, condition) = (format!("{}", i + 1), item.condition.as_deref());
        let kind = "aws_vpclattice_target_group_attachment";
        let mut block = satellite(context, site.plan, kind, &suffix, condition);
        block.set("target_group_identifier", Value::code(context.attribute(site.plan, "id")));
        part(context, site, "Targets", &mut block, item.expr.as_map()?, &[])?;
        blocks.push(block);
    }
    Some(blocks)
}
