//! `AWS::Serverless::Function`: the function with its role, version, alias, URL and events.

pub(crate) mod code;
pub(crate) mod deployment;
mod invoke_config;
mod url;
mod version;

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use super::events::{self, LambdaTarget};
use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::intrinsics::is_if;
use super::properties::{Property, Shape, check};
use super::rest;
use super::role::{self, ConditionalRole, Role};
use super::{arn, policy_documents, tags};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Function";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] = &[
    ("Alias", "AWS::Lambda::Alias"),
    ("Version", "AWS::Lambda::Version"),
    ("DestinationTopic", "AWS::SNS::Topic"),
    ("DestinationQueue", "AWS::SQS::Queue"),
];

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);

/// Source: property table of aws-sam-translator 1.115.0.
const PROPERTIES: &[Property] = &[
    Property::optional("FunctionName", TEXT_OR_MAP),
    Property::pass("Handler"),
    Property::pass("Runtime"),
    Property::pass("CodeUri"),
    Property::pass("ImageUri"),
    Property::pass("PackageType"),
    Property::pass("InlineCode"),
    Property::optional("DeadLetterQueue", Shape::Map),
    Property::pass("Description"),
    Property::pass("MemorySize"),
    Property::pass("Timeout"),
    Property::pass("VpcConfig"),
    Property::optional("Role", Shape::Text),
    Property::optional("AssumeRolePolicyDocument", Shape::Map),
    Property::optional("Policies", Shape::OneOf(&[Shape::Text, Shape::Map, Shape::ListOf(&TEXT_OR_MAP)])),
    Property::pass("RolePath"),
    Property::optional("PermissionsBoundary", Shape::Text),
    Property::optional("Environment", Shape::MapOf(&Shape::Map)),
    Property::optional("Events", Shape::PlainMap).literal(),
    Property::optional("Tags", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool),
    Property::optional("Tracing", TEXT_OR_MAP),
    Property::pass("KmsKeyArn"),
    Property::optional("DeploymentPreference", Shape::Map),
    Property::pass("ReservedConcurrentExecutions"),
    Property::optional("Layers", Shape::ListOf(&TEXT_OR_MAP)),
    Property::optional("EventInvokeConfig", Shape::Map),
    Property::pass("EphemeralStorage"),
    Property::optional("AutoPublishAlias", Shape::Text),
    Property::optional("AutoPublishCodeSha256", Shape::Text),
    Property::optional("AutoPublishAliasAllProperties", Shape::Bool).literal(),
    Property::pass("VersionDescription"),
    Property::pass("ProvisionedConcurrencyConfig"),
    Property::pass("FileSystemConfigs"),
    Property::pass("ImageConfig"),
    Property::pass("CodeSigningConfigArn"),
    Property::pass("Architectures"),
    Property::optional("SnapStart", Shape::Map),
    Property::optional("FunctionUrlConfig", Shape::Map),
    Property::pass("RuntimeManagementConfig"),
    Property::pass("LoggingConfig"),
    Property::pass("RecursiveLoop"),
    Property::pass("SourceKMSKeyArn"),
    Property::optional("CapacityProviderConfig", Shape::Map),
    Property::optional("FunctionScalingConfig", Shape::Map),
    Property::optional("VersionDeletionPolicy", Shape::Enum(&["Delete", "Retain"])),
    Property::pass("PublishToLatestPublished"),
    Property::pass("TenancyConfig"),
    Property::optional("DurableConfig", Shape::Map),
];

/// Expands a function.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    // A fault in one property does not hide those in others: the function is expanded to its end,
    // so that the rules see it too. Nothing is written after an error, whatever the graph holds.
    let _ = check(ctx, properties, PROPERTIES, TYPE);
    let _ = check_together(ctx, properties);

    rest::note_function_name(ctx, properties);
    let passthrough = passthrough_attributes(source);
    let mut function = match lambda_function(ctx, id, source, properties) {
        Ok(function) => function,
        Err(reported) => {
            let _ = execution_role(ctx, id, properties, passthrough.clone(), Vec::new());
            look_at_events(ctx, id, properties, passthrough);
            return Err(reported);
        }
    };
    let mut generated = Vec::new();

    let published = version::publish(ctx, id, properties, &passthrough, &mut function).unwrap_or_default();
    let alias = published.as_ref().map(|p| p.alias.id.clone());
    let (version, mut alias_resource) = match published {
        Some(published) => (Some(published.version), Some(published.alias)),
        None => (None, None),
    };
    let urls = url::generate(ctx, id, alias.as_ref(), properties, &passthrough).unwrap_or_default();
    let _ = deployment::add(ctx, id, properties, &passthrough, alias_resource.as_mut());
    let invoke = invoke_config::generate(ctx, id, source, properties, alias_resource.as_ref());
    let invoke = invoke.unwrap_or_default();

    let mut role = match execution_role(ctx, id, properties, passthrough.clone(), invoke.policies) {
        Ok(role) => role,
        Err(_) => {
            // The role is at fault, and not that there is none.
            let no_role = Role::new(id, Expr::null(), passthrough.clone());
            function.properties().insert("Role", no_role.arn());
            look_at_events(ctx, id, properties, passthrough);
            return Ok(vec![function]);
        }
    };
    let mut role_is_made = false;
    match properties.get("Role").filter(|r| !r.is_null()) {
        None => {
            function.properties().insert("Role", role.arn());
            role_is_made = true;
        }
        Some(given) if is_if(given) => match role::conditional(ctx, given, &mut role)? {
            ConditionalRole::Made(value) => {
                function.properties().insert("Role", value);
                role_is_made = true;
            }
            ConditionalRole::Given => {}
        },
        Some(_) => {}
    }

    let target = LambdaTarget { function: id.clone(), alias, attributes: passthrough };
    let event_resources = events::expand_all(ctx, properties.get("Events"), &target, &mut role);

    generated.push(function);
    generated.extend(version);
    generated.extend(alias_resource);
    generated.extend(urls);
    generated.extend(invoke.generated);
    if role_is_made {
        generated.push(role.generate(ctx));
    }
    generated.extend(event_resources);
    tags::propagate(&mut generated, properties.get("Tags"), properties.get("PropagateTags"));
    events::s3::propagate_tags(ctx, properties);
    Ok(generated)
}

/// Expands the events of a function that cannot be made, for the findings about them.
fn look_at_events(ctx: &mut Expansion<'_>, id: &LogicalId, properties: &Map, passthrough: Map) {
    let target = LambdaTarget { function: id.clone(), alias: None, attributes: passthrough.clone() };
    let mut no_role = Role::new(id, Expr::null(), passthrough);
    events::expand_all(ctx, properties.get("Events"), &target, &mut no_role);
}

/// Rules about properties that exclude or need each other.
fn check_together(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let is_set = |name: &str| properties.get(name).is_some_and(|v| !v.is_null());
    let mut result = Ok(());
    for (one, other) in
        [("CapacityProviderConfig", "ProvisionedConcurrencyConfig"), ("CapacityProviderConfig", "VpcConfig")]
    {
        if is_set(one) && is_set(other) {
            result = Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("{one} and {other} cannot both be set"),
                )
                .at(properties.key_span(other), "excludes the other")
                .label(properties.key_span(one), "set here"),
            ));
        }
    }
    for (one, needed) in
        [("FunctionScalingConfig", "CapacityProviderConfig"), ("VersionDeletionPolicy", "AutoPublishAlias")]
    {
        if is_set(one) && !is_set(needed) {
            result = Err(ctx.report(
                Diagnostic::error(codes::MISSING_PROPERTY, format!("{one} has a meaning only with {needed}"))
                    .at(properties.key_span(one), format!("{needed} is not set")),
            ));
        }
    }
    check_dead_letter_queue(ctx, properties)?;
    check_tenancy(ctx, properties)?;
    result
}

fn check_dead_letter_queue(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let Some(queue) = properties.get("DeadLetterQueue").filter(|q| q.is_truthy()) else { return Ok(()) };
    let part = |name: &str| queue.as_map().and_then(|q| q.get(name)).filter(|v| v.is_truthy());
    let path = format!("{}.DeadLetterQueue", ctx.current.path);
    let place = queue.span.or(properties.key_span("DeadLetterQueue"));
    match (part("Type"), part("TargetArn")) {
        (Some(kind), Some(_)) if kind.as_str().is_some_and(|k| k == "SQS" || k == "SNS") => Ok(()),
        (Some(kind), Some(_)) => Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "Type of DeadLetterQueue must be SQS or SNS")
                .at(kind.span.or(place), "neither SQS nor SNS")
                .path(path),
        )),
        _ => Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                "DeadLetterQueue needs Type (SQS or SNS) and TargetArn",
            )
            .at(place, "one of the two is missing")
            .path(path),
        )),
    }
}

fn check_tenancy(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    if !properties.get("TenancyConfig").is_some_and(Expr::is_truthy) {
        return Ok(());
    }
    let mut result = Ok(());
    for name in ["ProvisionedConcurrencyConfig", "FunctionUrlConfig", "SnapStart"] {
        if properties.get(name).is_some_and(Expr::is_truthy) {
            result = Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("{name} is not available for functions with TenancyConfig"),
                )
                .at(properties.key_span(name), "take this out")
                .label(properties.key_span("TenancyConfig"), "set here"),
            ));
        }
    }
    let events = properties.get("Events").and_then(Expr::as_map);
    for entry in events.into_iter().flat_map(Map::entries) {
        let kind = entry.value.as_map().and_then(|e| e.get("Type")).and_then(Expr::as_str);
        if let Some(kind) = kind.filter(|k| *k != "Api" && *k != "HttpApi") {
            result = Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("a {kind} event is not available for functions with TenancyConfig"),
                )
                .at(entry.key_span, "only Api and HttpApi events are")
                .label(properties.key_span("TenancyConfig"), "set here"),
            ));
        }
    }
    result
}

fn lambda_function(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    source: &Resource,
    properties: &Map,
) -> Result<Generated> {
    let mut made = Map::new();
    if properties.get("FunctionName").is_some_and(Expr::is_truthy) {
        copy(properties, "FunctionName", &mut made);
    }
    for name in
        ["Handler", "Runtime", "Description", "MemorySize", "Timeout", "VpcConfig", "Role", "Environment"]
    {
        copy(properties, name, &mut made);
    }
    // Where the place of the code is at fault, there is code all the same.
    made.insert(
        "Code",
        code::generate(ctx, id, source, properties).unwrap_or_else(|_| code::template_folder()),
    );
    for name in ["KmsKeyArn", "ReservedConcurrentExecutions"] {
        copy(properties, name, &mut made);
    }
    made.insert("Tags", tags::created_by_sam(ctx, "lambda:createdBy", properties.get("Tags"))?);
    for name in [
        "Layers",
        "FileSystemConfigs",
        "ImageConfig",
        "PackageType",
        "Architectures",
        "SnapStart",
        "EphemeralStorage",
    ] {
        copy(properties, name, &mut made);
    }
    if let Some(mode) = active_tracing(ctx, properties) {
        made.insert("TracingConfig", Expr::from([("Mode", mode)]));
    }
    if let Some(target) = dead_letter_target(properties) {
        made.insert("DeadLetterConfig", Expr::from([("TargetArn", target.1)]));
    }
    for name in [
        "CodeSigningConfigArn",
        "RuntimeManagementConfig",
        "LoggingConfig",
        "TenancyConfig",
        "RecursiveLoop",
        "DurableConfig",
    ] {
        copy(properties, name, &mut made);
    }
    if let Some(config) = capacity_provider_config(ctx, properties)? {
        made.insert("CapacityProviderConfig", config);
    }
    if properties.get("FunctionScalingConfig").is_some_and(Expr::is_truthy) {
        copy(properties, "FunctionScalingConfig", &mut made);
    }
    copy(properties, "PublishToLatestPublished", &mut made);
    code::check_package_type(ctx, &mut made, properties);
    Ok(Generated::new(id.clone(), "AWS::Lambda::Function", made, ctx.current.clone())
        .depends_on(source.attributes.get("DependsOn").cloned())
        .attributes(&main_attributes(source)))
}

/// SAM's capacity provider settings in the form of CloudFormation.
fn capacity_provider_config(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Option<Expr>> {
    const TABLE: &[Property] = &[
        Property::required("Arn", Shape::Text),
        Property::optional("PerExecutionEnvironmentMaxConcurrency", Shape::Any),
        Property::optional("ExecutionEnvironmentMemoryGiBPerVCpu", Shape::Any),
    ];
    let Some(config) = properties.get("CapacityProviderConfig").filter(|c| c.is_truthy()) else {
        return Ok(None);
    };
    let Some(config) = config.as_map() else { return Ok(None) };
    check(ctx, config, TABLE, "CapacityProviderConfig")?;
    let mut made = Map::new();
    super::generated::copy_as(config, "Arn", &mut made, "CapacityProviderArn");
    copy(config, "PerExecutionEnvironmentMaxConcurrency", &mut made);
    copy(config, "ExecutionEnvironmentMemoryGiBPerVCpu", &mut made);
    Ok(Some(Expr::from([("LambdaManagedInstancesCapacityProviderConfig", made)])))
}

/// The value of `Tracing`, unless it is absent or says `Disabled`.
fn active_tracing(ctx: &mut Expansion<'_>, properties: &Map) -> Option<Expr> {
    let tracing = properties.get("Tracing").filter(|t| t.is_truthy())?;
    (ctx.resolve(tracing).as_str() != Some("Disabled")).then(|| ctx.resolve_within(tracing))
}

/// Kind and ARN of the dead-letter queue.
fn dead_letter_target(properties: &Map) -> Option<(Expr, Expr)> {
    let queue = properties.get("DeadLetterQueue")?.as_map()?;
    Some((queue.get("Type")?.clone(), queue.get("TargetArn")?.clone()))
}

fn execution_role(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    attributes: Map,
    invoke_policies: Vec<Expr>,
) -> Result<Role> {
    let given = |name: &str| properties.get(name).filter(|v| !v.is_null()).cloned();
    let trust = given("AssumeRolePolicyDocument")
        .unwrap_or_else(|| policy_documents::assume_role("lambda.amazonaws.com"));
    let mut role = Role::new(id, trust, attributes);
    let basic = if properties.get("DurableConfig").is_some_and(Expr::is_truthy) {
        "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
    } else {
        "service-role/AWSLambdaBasicExecutionRole"
    };
    role.add_managed(arn::managed_policy(ctx, basic));
    if active_tracing(ctx, properties).is_some() {
        role.add_managed(arn::managed_policy(ctx, arn::xray_policy_name(ctx)));
    }
    if properties.get("VpcConfig").is_some_and(Expr::is_truthy) {
        role.add_managed(arn::managed_policy(ctx, "service-role/AWSLambdaVPCAccessExecutionRole"));
    }
    if let Some((kind, target)) = dead_letter_target(properties) {
        let action = if kind.as_str() == Some("SNS") { "sns:Publish" } else { "sqs:SendMessage" };
        role.inline.push(policy_documents::dead_letter_queue(action, target));
    }
    role.inline.extend(invoke_policies);
    role.add_policies(ctx, properties.get("Policies"))?;
    role.path = given("RolePath");
    role.permissions_boundary = given("PermissionsBoundary");
    role.tags = Some(tags::created_by_sam(ctx, "lambda:createdBy", properties.get("Tags"))?);
    Ok(role)
}
