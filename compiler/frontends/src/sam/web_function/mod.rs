//! `AWS::Serverless::WebFunction`: a function that serves the web, with a revision and an endpoint.

mod regions;
mod rules;

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{AssetKind, Expr, Function, Kind, Map, Resource};

use super::expansion::{Expansion, Result};
use super::function::code::location;
use super::generated::{Generated, copy, copy_as, main_attributes, passthrough_attributes};
use super::properties::{Property, Shape, check, missing, plain_map};
use super::role::Role;
use super::{arn, policy_documents, tags};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::WebFunction";

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);

const PROPERTIES: &[Property] = &[
    Property::optional("FunctionName", TEXT_OR_MAP),
    Property::optional("Tags", Shape::Map),
    Property::optional("ReplicaRegions", Shape::OneOf(&[Shape::List, Shape::Map])),
    Property::pass("AuthType"),
    Property::pass("Runtime"),
    Property::pass("CodeUri"),
    Property::pass("InlineCode"),
    Property::pass("RevisionDescription"),
    Property::pass("KmsKeyArn"),
    Property::optional("ExecutionRoleArn", Shape::Text),
    Property::optional("EnvironmentVariables", Shape::Map),
    Property::pass("EntryPoint"),
    Property::pass("MaxConcurrencyPerEnvironment"),
    Property::pass("EgressNetworkConnectorArn"),
    Property::optional("Timeout", Shape::Int),
    Property::pass("LoggingConfig"),
    Property::pass("RevisionWeights"),
    Property::pass("EndpointName"),
    Property::pass("EndpointType"),
    Property::pass("EndpointDescription"),
    Property::pass("ScalingConfig"),
    Property::pass("ThrottleConfig"),
    Property::pass("AutoDeploymentMode"),
];

/// Seconds a call may take where the author says nothing.
const DEFAULT_TIMEOUT: i128 = 30;

/// Expands a web function.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    let checked = check(ctx, properties, PROPERTIES, TYPE);
    let checked = checked.and(rules::check(ctx, properties));
    let regions = regions::list(ctx, properties);
    let build_config = build_config(ctx, properties);
    checked?;
    let (regions, build_config) = (regions?, build_config?);
    plain_map(ctx, properties, "Tags")?;
    let tag_list = tags::created_by_sam(ctx, "lambda:createdBy", properties.get("Tags"))?;

    let passthrough = passthrough_attributes(source);
    let name = function_name(id, properties);
    let mut generated = Vec::new();
    let role = match properties.get("ExecutionRoleArn").filter(|r| !r.is_null()) {
        Some(given) => given.clone(),
        None => {
            let trust = policy_documents::assume_role("lambda.amazonaws.com");
            let mut role = Role::new(id, trust, passthrough.clone());
            role.add_managed(arn::managed_policy(ctx, "service-role/AWSLambdaBasicExecutionRole"));
            role.tags = Some(tag_list.clone());
            generated.push(role.generate(ctx));
            role.arn()
        }
    };
    let function = Map::from([("FunctionName", name.clone()), ("Tags", tag_list)]);
    generated.push(
        Generated::new(id.clone(), "AWS::Lambda::WebFunction", function, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    );

    let revision_id = format!("{id}Revision");
    let mut revision = Map::from([("FunctionName", name.clone())]);
    copy_as(properties, "RevisionDescription", &mut revision, "Description");
    copy(properties, "KmsKeyArn", &mut revision);
    revision.insert("BuildConfig", build_config);
    revision.insert("ServiceConfig", service_config(ctx, properties, role)?);
    generated.push(
        Generated::new(
            revision_id.as_str(),
            "AWS::Lambda::WebFunctionRevision",
            revision,
            ctx.current.clone(),
        )
        .depends_on(Expr::from([Expr::from(id)]))
        .attributes(&passthrough),
    );

    let endpoint = endpoint(properties, name, &revision_id, regions);
    generated.push(
        Generated::new(
            format!("{id}Endpoint"),
            "AWS::Lambda::WebFunctionEndpoint",
            endpoint,
            ctx.current.clone(),
        )
        .depends_on(Expr::from([Expr::from(id), Expr::from(revision_id.as_str())]))
        .attributes(&passthrough),
    );
    Ok(generated)
}

/// The name that function, revision and endpoint share: the author's, or one that is unique in the
/// account and fits into 64 characters whatever the stack is called.
fn function_name(id: &LogicalId, properties: &Map) -> Expr {
    if let Some(given) = properties.get("FunctionName").filter(|n| n.is_truthy()) {
        return given.clone();
    }
    const ROOM_FOR_ID: usize = 64 - 1 - 8;
    let stem: String = id.chars().take(ROOM_FOR_ID).collect();
    let split = |delimiter: &str, text: Expr| Expr::call(Function::Split, vec![Expr::from(delimiter), text]);
    let select = |index: i32, list: Expr| Expr::call(Function::Select, vec![Expr::from(index), list]);
    let stack_guid = select(2, split("/", Expr::reference("AWS::StackId")));
    let suffix = select(0, split("-", stack_guid));
    Expr::sub_with(format!("{stem}-${{StackIdSuffix}}"), Map::from([("StackIdSuffix", suffix)]))
}

/// Where the code lies and what runs it.
fn build_config(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Expr> {
    let given = |name: &str| properties.entry(name).filter(|e| !e.value.is_null());
    if let (Some(_), Some(inline)) = (given("CodeUri"), given("InlineCode")) {
        return Err(ctx.report(
            Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "CodeUri and InlineCode cannot both be set")
                .at(inline.key_span, "excludes the other")
                .label(properties.key_span("CodeUri"), "set here"),
        ));
    }
    if let Some(inline) = given("InlineCode") {
        return Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "a web function cannot have its code in InlineCode")
                .at(inline.key_span, "not available for this type")
                .help("put the code into S3, and give its place as CodeUri"),
        ));
    }
    let Some(uri) = given("CodeUri").filter(|e| e.value.is_truthy()) else {
        return Err(missing(ctx, "CodeUri", TYPE));
    };
    let code = location(ctx, &uri.value, "CodeUri", AssetKind::FunctionCode)?;
    let Some(place) = code.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "CodeUri of a web function must be a place in S3")
                .at(uri.value.span, "a local path")
                .help("zip and upload the code, and give its place as s3://bucket/key.zip")
                .path(format!("{}.CodeUri", ctx.current.path)),
        ));
    };
    let Some(runtime) = given("Runtime") else { return Err(missing(ctx, "Runtime", TYPE)) };
    let mut object = Map::new();
    for (name, new_name) in [("S3Bucket", "Bucket"), ("S3Key", "Key"), ("S3ObjectVersion", "VersionId")] {
        copy_as(place, name, &mut object, new_name);
    }
    Ok(Expr::from([
        ("CodeConfig", Expr::from([("S3Object", object)])),
        ("RuntimeConfig", Expr::from([("Runtime", runtime.value.clone())])),
    ]))
}

/// How the code runs: role, variables, logging, limits.
fn service_config(ctx: &mut Expansion<'_>, properties: &Map, role: Expr) -> Result<Map> {
    let mut made = Map::from([("ExecutionRoleArn", role)]);
    let entry_point = properties.get("EntryPoint").filter(|e| e.is_truthy());
    match properties.get("EnvironmentVariables").filter(|e| e.is_truthy()) {
        Some(call) if call.is_call() => {
            if entry_point.is_some() {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::EXCLUSIVE_PROPERTIES,
                        "EntryPoint becomes an environment variable, and EnvironmentVariables is an intrinsic function to which none can be added",
                    )
                    .at(properties.key_span("EntryPoint"), "cannot be added")
                    .label(call.span, "an intrinsic function"),
                ));
            }
            made.insert("EnvironmentVariables", call.clone());
        }
        given => {
            let mut variables = given.and_then(Expr::as_map).cloned().unwrap_or_default();
            variables.values_mut().for_each(make_text);
            if let Some(entry_point) = entry_point {
                variables.insert("AWS_LAMBDA_NODEJS_ENTRYPOINT", entry_point.clone());
            }
            if !variables.is_empty() {
                made.insert("EnvironmentVariables", variables);
            }
        }
    }
    if let Some(logging) = properties.get("LoggingConfig").filter(|l| l.is_truthy()) {
        made.insert("TelemetryConfig", Expr::from([("LoggingConfig", logging.clone())]));
    }
    copy(properties, "MaxConcurrencyPerEnvironment", &mut made);
    copy(properties, "EgressNetworkConnectorArn", &mut made);
    match properties.get("Timeout").filter(|t| t.is_truthy()) {
        Some(timeout) => made.insert("TimeoutSeconds", timeout.clone()),
        None => made.insert("TimeoutSeconds", Expr::new(Kind::Int(DEFAULT_TIMEOUT), None)),
    };
    Ok(made)
}

/// Variables are text: numbers and truth values are written as such.
fn make_text(value: &mut Expr) {
    let text = match &value.kind {
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => format!("{f:?}"),
        Kind::Null | Kind::String(_) | Kind::List(_) | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => {
            return;
        }
    };
    value.kind = Kind::String(text.into());
}

/// The endpoint: all traffic goes to the revision made here, unless the author shares it out.
fn endpoint(properties: &Map, name: Expr, revision_id: &str, regions: Option<Expr>) -> Map {
    let given_or = |name: &str, default: &str| {
        properties.get(name).filter(|v| v.is_truthy()).cloned().unwrap_or_else(|| default.into())
    };
    let mut made = Map::from([
        ("FunctionName", name),
        ("EndpointName", given_or("EndpointName", "prod")),
        ("EndpointType", given_or("EndpointType", "HomeRegion")),
    ]);
    copy(properties, "AuthType", &mut made);
    let weight = |revision: Expr, weight: Expr| Expr::from([("RevisionId", revision), ("Weight", weight)]);
    let weights = match properties.get("RevisionWeights").and_then(Expr::as_map).filter(|w| !w.is_empty()) {
        Some(weights) => weights
            .entries()
            .iter()
            .map(|e| weight(Expr::from(&e.key).with_span(e.key_span), e.value.clone()))
            .collect(),
        None => vec![weight(Expr::get_att(revision_id, "RevisionId"), Expr::from(100))],
    };
    made.insert("RevisionWeights", weights);
    if let Some(regions) = regions {
        made.insert("Regions", regions);
    }
    copy_as(properties, "EndpointDescription", &mut made, "Description");
    copy(properties, "ScalingConfig", &mut made);
    copy(properties, "ThrottleConfig", &mut made);
    made
}
