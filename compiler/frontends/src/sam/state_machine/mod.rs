//! `AWS::Serverless::StateMachine`: the state machine with its role, version, alias and events.

mod definition;
mod events;

use samc_base::{Diagnostic, LogicalId, Reported, codes};
use samc_ir::{Expr, JsonStyle, Kind, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy_as, main_attributes, passthrough_attributes};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check};
use super::role::Role;
use super::{arn, policy_documents, tags};

pub(crate) use events::Target;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::StateMachine";

const PROPERTIES: &[Property] = &[
    Property::optional("Definition", Shape::Map),
    Property::optional("DefinitionUri", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("Logging", Shape::Map),
    Property::optional("Role", Shape::Text),
    Property::pass("RolePath"),
    Property::optional("DefinitionSubstitutions", Shape::Map),
    Property::optional("Events", Shape::PlainMap).literal(),
    Property::optional("Name", Shape::Text),
    Property::optional("Type", Shape::Text),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool),
    Property::optional(
        "Policies",
        // One document alone becomes a list of it before anything looks at it.
        Shape::OneOf(&[Shape::Text, Shape::Map, Shape::ListOf(&Shape::OneOf(&[Shape::Text, Shape::Map]))]),
    ),
    Property::optional("Tracing", Shape::Map),
    Property::optional("PermissionsBoundary", Shape::Text),
    Property::pass("AutoPublishAlias"),
    Property::pass("DeploymentPreference"),
    Property::optional("UseAliasAsEventTarget", Shape::Bool).literal(),
];

/// Expands a state machine.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    let checked = check(ctx, properties, PROPERTIES, TYPE);
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let passthrough = passthrough_attributes(source);

    let mut made = Map::new();
    definition::add(ctx, properties, &mut made)?;
    let tag_list = tag_list(properties);
    let mut role = None;
    match (given("Role"), given("Policies")) {
        (Some(_), Some(_)) => {
            return Err(exclusive(
                ctx,
                properties,
                "Role",
                "Policies",
                "policies belong to a role that SAM makes",
            ));
        }
        (Some(given), None) => {
            made.insert("RoleArn", given.clone());
        }
        (None, policies) => {
            let own = execution_role(ctx, id, properties, policies, &passthrough, &tag_list)?;
            made.insert("RoleArn", own.arn());
            role = Some(own.generate(ctx));
        }
    }
    copy_as(properties, "Name", &mut made, "StateMachineName");
    copy_as(properties, "Type", &mut made, "StateMachineType");
    copy_as(properties, "Logging", &mut made, "LoggingConfiguration");
    copy_as(properties, "Tracing", &mut made, "TracingConfiguration");
    made.insert("Tags", tag_list);

    let mut generated = vec![
        Generated::new(id.clone(), "AWS::StepFunctions::StateMachine", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    ];
    generated.extend(role);
    let published = publish(ctx, id, properties, &passthrough)?;
    let alias = published.last().map(|a| a.id.clone());
    generated.extend(published);
    let uses_alias = given("UseAliasAsEventTarget").is_some();
    let target = Target {
        machine: id.clone(),
        id: alias.filter(|_| uses_alias).unwrap_or_else(|| id.clone()),
        attributes: passthrough,
        permissions_boundary: given("PermissionsBoundary").cloned(),
    };
    generated.extend(events::expand_all(ctx, properties.get("Events"), &target));
    tags::propagate(&mut generated, properties.get("Tags"), properties.get("PropagateTags"));
    checked.map(|()| generated)
}

fn tag_list(properties: &Map) -> Vec<Expr> {
    let mut list = vec![Expr::from([("Key", "stateMachine:createdBy"), ("Value", "SAM")])];
    if let Some(own) = properties.get("Tags").and_then(as_keys) {
        list.extend(tags::tag_list(&own));
    }
    list
}

fn execution_role(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    policies: Option<&Expr>,
    attributes: &Map,
    tags: &[Expr],
) -> Result<Role> {
    let mut role = Role::new(id, policy_documents::assume_role("states.amazonaws.com"), attributes.clone());
    let mut policies = match policies {
        None => Vec::new(),
        Some(one) => one.as_list().map_or_else(|| vec![one.clone()], <[Expr]>::to_vec),
    };
    let tracing = properties.get("Tracing").and_then(Expr::as_map);
    if tracing.and_then(|t| t.get("Enabled")).and_then(Expr::as_bool) == Some(true) {
        policies.push(arn::xray_policy_name(ctx).into());
    }
    role.add_policies(ctx, Some(&policies.into()))?;
    role.path = properties.get("RolePath").cloned();
    role.permissions_boundary = properties.get("PermissionsBoundary").cloned();
    role.tags = Some(tags.to_vec().into());
    Ok(role)
}

/// The version and alias of a state machine that publishes itself.
fn publish(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    passthrough: &Map,
) -> Result<Vec<Generated>> {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let Some(name) = given("AutoPublishAlias") else {
        for needing in ["UseAliasAsEventTarget", "DeploymentPreference"] {
            if given(needing).is_some() {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::MISSING_PROPERTY,
                        format!("{needing} has a meaning only with AutoPublishAlias"),
                    )
                    .at(properties.key_span(needing), "AutoPublishAlias is not set"),
                ));
            }
        }
        return Ok(Vec::new());
    };
    // A number is as good as its digits.
    let digits = matches!(name.kind, Kind::Int(_)).then(|| name.to_json(JsonStyle::CANONICAL));
    let Some(text) = name.as_str().or(digits.as_deref()) else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "AutoPublishAlias of a state machine must be text")
                .at(name.span, "becomes part of a logical id"),
        ));
    };
    let alias_id = format!("{id}Alias{text}");
    ctx.check_logical_id(&alias_id)?;
    let mut attributes = passthrough.clone();
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        if !attributes.contains_key(policy) {
            attributes.insert(policy, "Retain");
        }
    }
    let version = Map::from([
        ("StateMachineArn", Expr::reference(id)),
        ("StateMachineRevisionId", Expr::get_att(id, "StateMachineRevisionId")),
    ]);
    let version_id = format!("{id}Version");
    let version = Generated::new(
        version_id.as_str(),
        "AWS::StepFunctions::StateMachineVersion",
        version,
        ctx.current.clone(),
    )
    .attributes(&attributes);
    let mut preference = match given("DeploymentPreference") {
        Some(preference) if preference.is_call() => {
            return Err(ctx.report(
                Diagnostic::error(codes::WRONG_TYPE, "DeploymentPreference must be a mapping written out")
                    .at(preference.span, "the version of the state machine is added to it")
                    .path(format!("{}.DeploymentPreference", ctx.current.path)),
            ));
        }
        Some(preference) => preference.as_map().cloned().unwrap_or_default(),
        None => Map::from([("Type", "ALL_AT_ONCE")]),
    };
    preference.insert("StateMachineVersionArn", Expr::reference(version_id));
    let alias = Map::from([("Name", name.clone()), ("DeploymentPreference", preference.into())]);
    let alias = Generated::new(alias_id, "AWS::StepFunctions::StateMachineAlias", alias, ctx.current.clone())
        .attributes(passthrough);
    Ok(vec![version, alias])
}

/// Reports two properties that exclude each other.
fn exclusive(ctx: &mut Expansion<'_>, properties: &Map, one: &str, other: &str, why: &str) -> Reported {
    ctx.report(
        Diagnostic::error(
            codes::EXCLUSIVE_PROPERTIES,
            format!("{one} and {other} of a state machine cannot both be set: {why}"),
        )
        .at(properties.key_span(other), "take one of the two out")
        .label(properties.key_span(one), "the other"),
    )
}
