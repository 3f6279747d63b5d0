//! `AWS::Serverless::NetworkConnector`: a way from Lambda's compute into a network of the author.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use super::capacity_provider::operator_role;
use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, main_attributes};
use super::properties::{Property, Shape, check, plain_map, section};
use super::tags;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::NetworkConnector";

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);

const PROPERTIES: &[Property] = &[
    Property::optional("Name", TEXT_OR_MAP),
    Property::required("VpcConfig", Shape::Map),
    Property::optional("ComputeTypes", Shape::ListOf(&TEXT_OR_MAP)).literal(),
    Property::optional("OperatorRole", TEXT_OR_MAP),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool).literal(),
];

const VPC: &[Property] = &[
    Property::required("SubnetIds", Shape::ListOf(&TEXT_OR_MAP)).literal(),
    Property::required("SecurityGroupIds", Shape::ListOf(&TEXT_OR_MAP)).literal(),
    Property::required("NetworkProtocol", Shape::Enum(&["IPv4", "DualStack"])),
];

const COMPUTE_TYPES: [&str; 2] = ["MicroVm", "WebFunction"];

/// Expands a network connector.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let compute_types = compute_types(ctx, properties);
    let vpc = section(ctx, properties, "VpcConfig", VPC)?.cloned().unwrap_or_default();
    let compute_types = compute_types?;
    let own_tags = plain_map(ctx, properties, "Tags")?;
    let (tag_list, role_tags) = tags::created_by_last(own_tags, properties.get("PropagateTags"));

    let mut generated = Vec::new();
    let role = match properties.get("OperatorRole").filter(|r| r.is_truthy()) {
        Some(given) => given.clone(),
        None => {
            let role = operator_role(ctx, id, source, "AWSLambdaNetworkConnectorOperatorPolicy", role_tags);
            generated.push(role.generate(ctx));
            role.arn()
        }
    };
    let mut made = Map::new();
    if properties.get("Name").is_some_and(Expr::is_truthy) {
        copy(properties, "Name", &mut made);
    }
    let mut egress = vpc;
    egress.insert("AssociatedComputeResourceTypes", compute_types);
    made.insert("Configuration", Expr::from([("VpcEgressConfiguration", egress)]));
    made.insert("OperatorRole", role);
    made.insert("Tags", tag_list);
    generated.push(
        Generated::new(id.clone(), "AWS::Lambda::NetworkConnector", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    );
    Ok(generated)
}

/// The one kind of compute that may use the connector: MicroVm where none is named.
fn compute_types(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Expr> {
    let Some(given) = properties.get("ComputeTypes").filter(|c| !c.is_null()) else {
        return Ok(vec![Expr::from(COMPUTE_TYPES[0])].into());
    };
    let path = format!("{}.ComputeTypes", ctx.current.path);
    let items = given.as_list().unwrap_or_default();
    let [one] = items else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::INVALID_VALUE,
                format!("ComputeTypes names {} kinds of compute, and takes exactly one", items.len()),
            )
            .at(given.span, "not a list of one")
            .path(path),
        ));
    };
    match one.as_str() {
        Some(text) if !COMPUTE_TYPES.contains(&text) => Err(ctx.report(
            Diagnostic::error(
                codes::INVALID_VALUE,
                format!("ComputeTypes takes {}, and not `{text}`", COMPUTE_TYPES.join(" or ")),
            )
            .at(one.span, "not a kind of compute")
            .path(path),
        )),
        _ => Ok(given.clone()),
    }
}
