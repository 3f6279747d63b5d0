//! Databases: what becomes of their data in the end.

use samc_ir::Expr;

use crate::context::Context;
use crate::hcl::{Block, Part, Value};
use crate::native::{Site, main};

/// Types whose data CloudFormation keeps as a snapshot where the template says nothing of the end.
/// Source: `DeletionPolicy` in the template reference, 2025-06.
const KEPT: &[&str] = &["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"];

/// Clusters and instances of RDS and DocumentDB: Terraform wants to know of the last snapshot beforehand.
pub(crate) fn database(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let facts = context.facts(&site.mapping.to)?;
    // An instance of a cluster has no data of its own.
    if !facts.contains_key("skip_final_snapshot") {
        return Some(vec![block]);
    }
    let kind = site.resource.resource_type.as_str();
    let policy = site.resource.attributes.get("DeletionPolicy").and_then(Expr::as_str);
    let is_kept = match policy {
        Some(policy) => policy != "Delete",
        None => KEPT.contains(&kind),
    };
    if is_kept {
        let name = Value::template(vec![
            Part::Value(context.physical_name(site.id, 240)),
            Part::Lit("-final".to_owned()),
        ]);
        block.set("final_snapshot_identifier", Value::Call("lower", vec![name]));
    } else {
        block.set("skip_final_snapshot", Value::Bool(true));
    }
    Some(vec![block])
}
