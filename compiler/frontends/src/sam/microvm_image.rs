//! `AWS::Serverless::MicrovmImage`: the image of a small virtual machine, with the role that builds it.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::properties::{Property, Shape, check, plain_map, section};
use super::{policy_documents, tags};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::MicrovmImage";

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);
const HOOK: Shape = Shape::Enum(&["ENABLED", "DISABLED"]);

const PROPERTIES: &[Property] = &[
    Property::required("Name", TEXT_OR_MAP),
    Property::required("CodeUri", TEXT_OR_MAP),
    Property::required("BaseImageArn", TEXT_OR_MAP),
    Property::optional("BuildRoleArn", TEXT_OR_MAP),
    Property::required("BaseImageVersion", TEXT_OR_MAP),
    Property::optional("Description", TEXT_OR_MAP),
    Property::optional("Tags", Shape::Map),
    Property::optional("Logging", Shape::Map),
    Property::optional("EgressNetworkConnectors", Shape::ListOf(&TEXT_OR_MAP)).literal(),
    Property::optional("CpuConfigurations", Shape::ListOf(&Shape::Map)).literal(),
    Property::optional("Resources", Shape::ListOf(&Shape::Map)).literal(),
    Property::optional("AdditionalOsCapabilities", Shape::ListOf(&TEXT_OR_MAP)).literal(),
    Property::optional("Hooks", Shape::Map),
    Property::optional("EnvironmentVariables", Shape::Map),
    Property::optional("PropagateTags", Shape::Bool).literal(),
];

const LOGGING: &[Property] =
    &[Property::optional("Disabled", Shape::Bool).literal(), Property::optional("CloudWatch", Shape::Map)];

const CLOUD_WATCH: &[Property] =
    &[Property::optional("LogGroup", Shape::Text), Property::optional("LogStream", Shape::Text)];

const HOOKS: &[Property] = &[
    Property::optional("Port", Shape::Int),
    Property::optional("MicrovmHooks", Shape::Map),
    Property::optional("MicrovmImageHooks", Shape::Map),
];

const MACHINE_HOOKS: &[Property] = &[
    Property::optional("Run", HOOK),
    Property::optional("RunTimeoutInSeconds", Shape::Int),
    Property::optional("Resume", HOOK),
    Property::optional("ResumeTimeoutInSeconds", Shape::Int),
    Property::optional("Suspend", HOOK),
    Property::optional("SuspendTimeoutInSeconds", Shape::Int),
    Property::optional("Terminate", HOOK),
    Property::optional("TerminateTimeoutInSeconds", Shape::Int),
];

const IMAGE_HOOKS: &[Property] = &[
    Property::optional("Ready", HOOK),
    Property::optional("ReadyTimeoutInSeconds", Shape::Int),
    Property::optional("Validate", HOOK),
    Property::optional("ValidateTimeoutInSeconds", Shape::Int),
];

const CPU: &[Property] = &[Property::required("Architecture", Shape::Enum(&["ARM_64"]))];
const MEMORY: &[Property] = &[Property::required("MinimumMemoryInMiB", Shape::Int)];

/// Expands an image.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    let checked = check(ctx, properties, PROPERTIES, TYPE);
    let sections = check_sections(ctx, properties);
    let mut code = properties.get("CodeUri").cloned().unwrap_or_else(Expr::null);
    let placed = check_code(ctx, &code);
    checked.and(sections).and(placed)?;
    let own_tags = plain_map(ctx, properties, "Tags")?;
    let environment = plain_map(ctx, properties, "EnvironmentVariables")?;
    let (tag_list, role_tags) = tags::created_by_last(own_tags, properties.get("PropagateTags"));

    let mut generated = Vec::new();
    let role = match properties.get("BuildRoleArn").filter(|r| r.is_truthy()) {
        Some(given) => given.clone(),
        None => {
            // Looking for the bucket puts parameters into the location itself.
            code = ctx.resolve_within(&code);
            let role_id = format!("{id}BuildRole");
            let arn = Expr::get_att(role_id.as_str(), "Arn");
            generated.push(build_role(ctx, role_id, source, &code, role_tags)?);
            arn
        }
    };
    // CloudFormation requires every property: what is not given is written as empty.
    let given_or = |name: &str, default: Expr| {
        properties.get(name).filter(|v| v.is_truthy()).cloned().unwrap_or(default)
    };
    let mut made = Map::new();
    copy(properties, "Name", &mut made);
    made.insert("CodeArtifact", Expr::from([("Uri", code)]));
    copy(properties, "BaseImageArn", &mut made);
    made.insert("BuildRoleArn", role);
    copy(properties, "BaseImageVersion", &mut made);
    made.insert("Description", given_or("Description", "".into()));
    made.insert("Tags", tag_list);
    made.insert("Logging", given_or("Logging", Map::new().into()));
    for name in ["EgressNetworkConnectors", "CpuConfigurations", "Resources", "AdditionalOsCapabilities"] {
        made.insert(name, given_or(name, Vec::<Expr>::new().into()));
    }
    made.insert("Hooks", given_or("Hooks", Map::new().into()));
    let variables: Vec<Expr> = environment
        .map(Map::entries)
        .unwrap_or_default()
        .iter()
        .map(|e| Expr::from([("Key", Expr::from(&e.key).with_span(e.key_span)), ("Value", e.value.clone())]))
        .collect();
    made.insert("EnvironmentVariables", variables);
    generated.push(
        Generated::new(id.clone(), "AWS::Lambda::MicrovmImage", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    );
    Ok(generated)
}

/// The mappings inside the properties, each against its table.
fn check_sections(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let mut result = Ok(());
    if let Ok(Some(logging)) = section(ctx, properties, "Logging", LOGGING).map_err(|e| result = Err(e)) {
        result = result.and(inside(ctx, "Logging", |ctx| section(ctx, logging, "CloudWatch", CLOUD_WATCH)));
    }
    if let Ok(Some(hooks)) = section(ctx, properties, "Hooks", HOOKS).map_err(|e| result = Err(e)) {
        for (name, table) in [("MicrovmHooks", MACHINE_HOOKS), ("MicrovmImageHooks", IMAGE_HOOKS)] {
            result = result.and(inside(ctx, "Hooks", |ctx| section(ctx, hooks, name, table)));
        }
    }
    for (name, table) in [("CpuConfigurations", CPU), ("Resources", MEMORY)] {
        let items = properties.get(name).and_then(Expr::as_list).unwrap_or_default();
        for item in items.iter().filter_map(Expr::as_map) {
            result = result.and(inside(ctx, name, |ctx| check(ctx, item, table, name).map(|()| None)));
        }
    }
    result
}

/// Runs a check with the path of a mapping inside the properties.
fn inside<'p>(
    ctx: &mut Expansion<'_>,
    name: &str,
    step: impl FnOnce(&mut Expansion<'_>) -> Result<Option<&'p Map>>,
) -> Result {
    let mut origin = ctx.current.clone();
    origin.path = format!("{}.{name}", origin.path);
    ctx.within(origin, step).map(|_| ())
}

/// Code must be uploaded by the author: no packager knows this type's code.
fn check_code(ctx: &mut Expansion<'_>, code: &Expr) -> Result {
    let resolved = ctx.resolve(code);
    let Some(text) = resolved.as_str() else { return Ok(()) };
    let bucket = text.strip_prefix("s3://").map(|rest| rest.split('/').next().unwrap_or(rest));
    if bucket.is_some_and(|b| !b.is_empty()) {
        return Ok(());
    }
    Err(ctx.report(
        Diagnostic::error(codes::INVALID_VALUE, format!("CodeUri `{text}` is not a place in S3"))
            .at(code.span, "not of the form s3://bucket/key")
            .help("upload the code, and give its place as s3://bucket/key.zip")
            .path(format!("{}.CodeUri", ctx.current.path)),
    ))
}

/// The role that reads the code and writes the log of the build.
fn build_role(
    ctx: &mut Expansion<'_>,
    id: String,
    source: &Resource,
    code: &Expr,
    tags: Vec<Expr>,
) -> Result<Generated> {
    let statement = |actions: &[&str], resource: Expr| {
        let actions: Vec<Expr> = actions.iter().map(|a| Expr::from(*a)).collect();
        Expr::from([("Effect", Expr::from("Allow")), ("Action", actions.into()), ("Resource", resource)])
    };
    let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    let objects = objects_of_bucket(ctx, code);
    let document = Expr::from([
        ("Version", Expr::from("2012-10-17")),
        ("Statement", vec![statement(&["s3:GetObject"], objects), statement(&logs, "*".into())].into()),
    ]);
    let properties = Map::from([
        ("AssumeRolePolicyDocument", policy_documents::assume_role("lambda.amazonaws.com")),
        ("Policies", vec![policy_documents::inline("MicrovmImageBuildPolicy", document)].into()),
        ("Tags", tags.into()),
    ]);
    Ok(Generated::new(id, "AWS::IAM::Role", properties, ctx.current.clone())
        .attributes(&passthrough_attributes(source)))
}

/// The ARN of everything in the bucket where the code lies; CloudFormation takes a location apart
/// that is not known yet.
fn objects_of_bucket(ctx: &mut Expansion<'_>, code: &Expr) -> Expr {
    let resolved = ctx.resolve(code);
    if let Some(rest) = resolved.as_str().and_then(|text| text.strip_prefix("s3://")) {
        let bucket = rest.split('/').next().unwrap_or(rest);
        return Expr::sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/*"));
    }
    let parts = Expr::call(Function::Split, vec![Expr::from("/"), code.clone()]);
    let bucket = Expr::call(Function::Select, vec![Expr::from(2), parts]);
    Expr::sub_with("arn:${AWS::Partition}:s3:::${Bucket}/*", Map::from([("Bucket", bucket)]))
}
