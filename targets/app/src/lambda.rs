//! Functions, event source mappings and roles of CloudFormation, in the form in which SAM would have them.

use rustc_hash::FxHashMap;
use samc_base::LogicalId;
use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph};

use crate::names::{Names, Role};
use crate::stores::put_text;
use crate::text::{number, text};
use crate::{events, grants};

/// Properties that are the same in both.
const SAME: [&str; 13] = [
    "Architectures",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "Layers",
    "MemorySize",
    "PackageType",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Timeout",
];

/// The properties of a function as `AWS::Serverless::Function` has them; none where its code stands in the template.
pub(crate) fn function(given: &Map) -> Option<Map> {
    let mut made = Map::new();
    for property in SAME {
        if let Some(value) = given.get(property) {
            made.insert(property, value.clone());
        }
    }
    if let Some(mode) = given.get("TracingConfig").and_then(|t| t.as_map()?.get("Mode")) {
        made.insert("Tracing", mode.clone());
    }
    let code = given.get("Code")?;
    let Some(place) = code.as_map() else {
        made.insert("CodeUri", code.clone());
        return Some(made);
    };
    if let Some(image) = place.get("ImageUri") {
        made.insert("ImageUri", image.clone());
        return Some(made);
    }
    let mut object = Map::new();
    for (property, key) in [("S3Bucket", "Bucket"), ("S3Key", "Key"), ("S3ObjectVersion", "Version")] {
        if let Some(value) = place.get(property) {
            object.insert(key, value.clone());
        }
    }
    made.insert("CodeUri", object);
    (!place.contains_key("ZipFile")).then_some(made)
}

/// What is left out of the archive of a function, as `Metadata` tells packaging.
pub(crate) fn build(resource: &Resource) -> Option<Map> {
    let metadata =
        resource.origin.metadata.as_deref().or_else(|| resource.attributes.get("Metadata"))?.as_map()?;
    let exclude = metadata.get("samc")?.as_map()?.get("build")?.as_map()?.get("exclude")?;
    Some(Map::from([("exclude", exclude.clone())]))
}

/// Functions of CloudFormation that write to the log group of their name, by that name.
pub(crate) type ByName = FxHashMap<String, LogicalId>;

/// Gathers them.
pub(crate) fn by_name(names: &Names, graph: &ResourceGraph) -> ByName {
    let is_function =
        |r: &Resource| r.resource_type == *"AWS::Lambda::Function" && r.property("LoggingConfig").is_none();
    let functions = graph.resources.iter().filter(|(_, r)| is_function(r));
    functions.filter_map(|(id, r)| Some((text(names, r.property("FunctionName")?)?, id.clone()))).collect()
}

/// The function that a log group is of by its name, and the logs of that function.
pub(crate) fn logs(names: &Names, by_name: &ByName, id: &str, group: &Resource) -> Option<(String, Map)> {
    let name = text(names, group.property("LogGroupName")?)?;
    let function = by_name.get(name.strip_prefix("/aws/lambda/")?)?;
    let component = names.component(function, &[Role::Function])?.to_owned();
    let retention = match group.property("RetentionInDays") {
        Some(days) => format!("{}d", number(days)?),
        None => "forever".to_owned(),
    };
    Some((component, Map::from([("name", name), ("id", id.to_owned()), ("retention", retention)])))
}

/// The kinds of SAM's events that are event source mappings, and the property of each that names the source.
const MAPPINGS: [(&str, &str); 3] = [("SQS", "Queue"), ("DynamoDB", "Stream"), ("Kinesis", "Stream")];

/// The trigger that an event source mapping becomes.
pub(crate) fn trigger(names: &Names, given: &Map) -> Option<Map> {
    let source = given.get("EventSourceArn")?;
    MAPPINGS.iter().find_map(|(kind, property)| {
        let mut event = given.clone();
        event.insert(*property, source.clone());
        events::trigger(names, kind, &event)
    })
}

/// The role that a resource becomes: one that functions alone take on.
pub(crate) fn role(names: &Names, graph: &ResourceGraph, id: &str, given: &Map) -> Option<Map> {
    let statements = given.get("AssumeRolePolicyDocument")?.as_map()?.get("Statement")?;
    let [Expr { kind: Kind::Map(only), .. }] = statements.as_list()? else { return None };
    let service = only.get("Principal")?.as_map().filter(|p| p.len() == 1)?.get("Service")?;
    let service = match service.as_list() {
        Some([only]) => only,
        _ => service,
    };
    let is_lambda = service.as_str() == Some("lambda.amazonaws.com") && !only.contains_key("Condition");
    if !is_lambda {
        return None;
    }
    let mut made = Map::new();
    put_text(names, given, "RoleName", &mut made, "name");
    put_text(names, given, "PermissionsBoundary", &mut made, "boundary");
    let managed = given.get("ManagedPolicyArns").and_then(Expr::as_list).unwrap_or_default();
    let managed: Option<Vec<Expr>> = managed.iter().map(|arn| text(names, arn).map(Expr::from)).collect();
    if let Some(managed) = managed.filter(|arns| !arns.is_empty()) {
        made.insert("policies", managed);
    }
    if let Some(can) = grants::of_role(names, graph, id) {
        made.insert("can", can);
    }
    Some(made)
}
