//! `AWS::Serverless::CapacityProvider`: instances for functions, with the role that manages them.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, copy_as, main_attributes, passthrough_attributes};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check, plain_map, section};
use super::role::Role;
use super::{arn, policy_documents, tags};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::CapacityProvider";

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);
/// A list of texts, or an intrinsic function in place of the list or of an item.
const TEXTS: Shape = Shape::OneOf(&[Shape::Map, Shape::ListOf(&TEXT_OR_MAP)]);

const PROPERTIES: &[Property] = &[
    Property::optional("CapacityProviderName", TEXT_OR_MAP),
    Property::required("VpcConfig", Shape::Map),
    Property::optional("OperatorRole", TEXT_OR_MAP),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool).literal(),
    Property::optional("InstanceRequirements", Shape::Map),
    Property::optional("ScalingConfig", Shape::Map),
    Property::optional("KmsKeyArn", TEXT_OR_MAP),
    Property::optional("LoggingConfig", Shape::Map),
    Property::optional("ManagedResourceTags", Shape::Map),
];

const VPC: &[Property] =
    &[Property::optional("SecurityGroupIds", TEXTS), Property::required("SubnetIds", TEXTS)];

const INSTANCES: &[Property] = &[
    Property::optional("Architectures", TEXTS),
    Property::optional("AllowedTypes", TEXTS),
    Property::optional("ExcludedTypes", TEXTS),
];

const SCALING: &[Property] = &[
    Property::optional("MaxVCpuCount", Shape::OneOf(&[Shape::Int, Shape::Map])),
    Property::optional("AverageCPUUtilization", Shape::OneOf(&[Shape::Number, Shape::Map])),
];

const MANAGED_TAGS: &[Property] = &[Property::optional("Tags", Shape::Map)];

/// Expands a capacity provider.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = &with_empty_mappings(source.properties_map().unwrap_or(&empty));
    // Every section is looked at before the first fault ends the work.
    let checked = check(ctx, properties, PROPERTIES, TYPE);
    let vpc = section(ctx, properties, "VpcConfig", VPC);
    let instances = instance_requirements(ctx, properties);
    let scaling = section(ctx, properties, "ScalingConfig", SCALING);
    let managed_tags = section(ctx, properties, "ManagedResourceTags", MANAGED_TAGS);
    checked?;
    let (vpc, instances, scaling, managed_tags) = (vpc?, instances?, scaling?, managed_tags?);
    let own_tags = plain_map(ctx, properties, "Tags")?;
    let (tag_list, role_tags) = tags::created_by_last(own_tags, properties.get("PropagateTags"));

    let mut generated = Vec::new();
    let mut made = Map::new();
    let copy_truthy = |name: &str, made: &mut Map| {
        if properties.get(name).is_some_and(Expr::is_truthy) {
            copy(properties, name, made);
        }
    };
    copy_truthy("CapacityProviderName", &mut made);
    if let Some(vpc) = vpc {
        let mut network = Map::new();
        copy(vpc, "SubnetIds", &mut network);
        copy(vpc, "SecurityGroupIds", &mut network);
        made.insert("VpcConfig", network);
    }
    let role = match properties.get("OperatorRole").filter(|r| r.is_truthy()) {
        Some(given) => given.clone(),
        None => {
            let role = operator_role(ctx, id, source, "AWSLambdaManagedEC2ResourceOperator", role_tags);
            generated.push(role.generate(ctx));
            role.arn()
        }
    };
    made.insert("PermissionsConfig", Expr::from([("CapacityProviderOperatorRoleArn", role)]));
    made.insert("Tags", tag_list);
    if let Some(instances) = instances {
        made.insert("InstanceRequirements", instances);
    }
    if let Some(scaling) = scaling.filter(|s| s.values().any(|v| !v.is_null())) {
        made.insert("CapacityProviderScalingConfig", scaling_config(scaling));
    }
    copy_truthy("KmsKeyArn", &mut made);
    if let Some(tags) = managed_tags.and_then(|t| t.get("Tags")).and_then(as_keys) {
        let explicit =
            Expr::from([("Mode", Expr::from("Explicit")), ("ExplicitTags", tags::tag_list(&tags).into())]);
        made.insert("PropagateTags", explicit);
    }
    if let Some(logging) = properties.get("LoggingConfig").filter(|l| l.is_truthy()) {
        made.insert("TelemetryConfig", Expr::from([("LoggingConfig", logging.clone())]));
    }
    generated.push(
        Generated::new(id.clone(), "AWS::Lambda::CapacityProvider", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    );
    Ok(generated)
}

/// The role by which Lambda manages what it makes in the author's account: `<id>OperatorRole` with
/// one managed policy of AWS.
pub(super) fn operator_role(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    source: &Resource,
    policy: &str,
    tags: Vec<Expr>,
) -> Role {
    let trust = policy_documents::assume_role("lambda.amazonaws.com");
    let mut role = Role::new(&format!("{id}Operator"), trust, passthrough_attributes(source));
    role.add_managed(arn::managed_policy(ctx, policy));
    role.tags = Some(tags.into());
    role
}

/// The properties with an empty mapping for each empty list where either may stand: the model of the
/// transform tries the mapping first, and reads an empty list as one.
fn with_empty_mappings(properties: &Map) -> Map {
    let mut properties = properties.clone();
    let emptied = |value: &mut Expr| {
        if value.as_list().is_some_and(<[_]>::is_empty) {
            value.kind = Kind::Map(Map::new());
        }
    };
    for section in ["VpcConfig", "InstanceRequirements"] {
        let Some(section) = properties.get_mut(section).and_then(Expr::as_map_mut) else { continue };
        for value in section.values_mut() {
            emptied(value);
            if let Kind::List(items) = &mut value.kind {
                items.iter_mut().for_each(emptied);
            }
        }
    }
    properties
}

/// Instance types and architectures under CloudFormation's names.
fn instance_requirements(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Option<Map>> {
    let Some(given) = section(ctx, properties, "InstanceRequirements", INSTANCES)? else { return Ok(None) };
    let is_set = |name: &str| given.get(name).is_some_and(|v| !v.is_null());
    if is_set("AllowedTypes") && is_set("ExcludedTypes") {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                "InstanceRequirements takes AllowedTypes or ExcludedTypes, not both",
            )
            .at(given.key_span("ExcludedTypes"), "excludes the other")
            .label(given.key_span("AllowedTypes"), "set here")
            .path(format!("{}.InstanceRequirements.ExcludedTypes", ctx.current.path)),
        ));
    }
    let mut made = Map::new();
    copy(given, "Architectures", &mut made);
    copy_as(given, "AllowedTypes", &mut made, "AllowedInstanceTypes");
    copy_as(given, "ExcludedTypes", &mut made, "ExcludedInstanceTypes");
    Ok(Some(made).filter(|m| !m.is_empty()))
}

/// A target for the load of the processors makes the scaling manual, in AWS's word.
fn scaling_config(given: &Map) -> Map {
    let mut made = Map::new();
    copy(given, "MaxVCpuCount", &mut made);
    match given.get("AverageCPUUtilization").filter(|v| !v.is_null()) {
        Some(target) => {
            made.insert("ScalingMode", "Manual");
            let policy = Expr::from([
                ("PredefinedMetricType", Expr::from("LambdaCapacityProviderAverageCPUUtilization")),
                ("TargetValue", percentage(target)),
            ]);
            made.insert("ScalingPolicies", vec![policy]);
        }
        None => {
            made.insert("ScalingMode", "Auto");
        }
    }
    made
}

/// A whole number of percent becomes one with a decimal point, as the transform writes it.
fn percentage(target: &Expr) -> Expr {
    match target.as_int().and_then(|i| i32::try_from(i).ok()) {
        Some(whole) => Expr::new(Kind::Float(f64::from(whole)), target.span),
        None => target.clone(),
    }
}
