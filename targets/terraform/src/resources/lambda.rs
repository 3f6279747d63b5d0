//! Functions, their versions and layers, who may call them and what calls them.

use samc_ir::{Expr, Kind};

use super::{given, iam, merged, one, properties, satellite, zip};
use crate::context::{Context, How};
use crate::hcl::{Block, Item, Part, Value};
use crate::names::snake;
use crate::native::{Site, main};
use crate::reason::Reason;

/// `AWS::Lambda::Function`.
pub(crate) fn function(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let elsewhere = ["Code", "SnapStart", "RecursiveLoop", "RuntimeManagementConfig"];
    let mut block = main(context, site, &elsewhere)?;
    let map = properties(site.resource)?;
    let at = block.items.iter().position(|item| matches!(item, Item::Argument(n, _) if n == "function_name"));
    let where_it_is = context.within("Code", || code(context, site, map.get("Code")?))?;
    if where_it_is.is_empty() {
        return context.lacks(Reason::Missing("filename".to_owned()));
    }
    let at = at.map_or(0, |at| at + 1);
    block
        .items
        .splice(at..at, where_it_is.into_iter().map(|(name, value)| Item::Argument(name.to_owned(), value)));
    if context.owners.contains(site.id) {
        block.set("publish", Value::Bool(true));
    }
    if let Some(snap) = given(&map, "SnapStart") {
        let apply = snap.as_map()?.get("ApplyOn")?;
        if apply.as_str() != Some("None") {
            let mut inner = Block::new("snap_start", &[]);
            inner.set("apply_on", context.value(apply));
            block.push(inner);
        }
    }
    let role = iam::permissions(context, map.get("Role"));
    if !role.is_empty() {
        block.set("depends_on", Value::List(role));
    }
    let mut blocks = vec![block];
    let name = Value::code(context.attribute(site.plan, "function_name"));
    if let Some(recursion) = given(&map, "RecursiveLoop") {
        let mut block = satellite(context, site.plan, "aws_lambda_function_recursion_config", "", None);
        block.set("function_name", name.clone());
        block.set("recursive_loop", context.value(recursion));
        blocks.push(block);
    }
    if let Some(runtime) = given(&map, "RuntimeManagementConfig") {
        let runtime = runtime.as_map()?;
        let mut block = satellite(context, site.plan, "aws_lambda_runtime_management_config", "", None);
        block.set("function_name", name);
        block.set("update_runtime_on", context.value(runtime.get("UpdateRuntimeOn")?));
        if let Some(arn) = given(runtime, "RuntimeVersionArn") {
            block.set("runtime_version_arn", context.value(arn));
        }
        blocks.push(block);
    }
    Some(blocks)
}

/// The arguments that say where the code is.
fn code(context: &Context<'_>, site: &Site<'_>, code: &Expr) -> Option<Vec<(&'static str, Value)>> {
    if matches!(code.kind, Kind::Asset(_) | Kind::String(_)) {
        return Some(vec![("filename", local_file(context, code))]);
    }
    let map = code.as_map()?;
    if let Some(text) = map.get("ZipFile") {
        let text = text.as_str()?;
        // Modules that only CloudFormation adds to code in a template.
        if text.contains("cfnresponse") || text.contains("cfn-response") || map.len() > 1 {
            return context.lacks(Reason::Form("Code.ZipFile".to_owned()));
        }
        let runtime = site.resource.property("Runtime")?.as_str()?;
        let name = if runtime.starts_with("python") { "index.py" } else { "index.js" };
        let bytes = zip::archive(name, text.as_bytes());
        let path = format!("artifacts/{}-{:08x}.zip", snake(site.id), zip::crc32(&bytes));
        context.files.borrow_mut().insert(path.clone(), bytes);
        return Some(vec![("filename", local_file(context, &Expr::from(path)))]);
    }
    map.iter()
        .filter(|(_, value)| !value.is_no_value())
        .map(|(key, value)| {
            let name = match &**key {
                "S3Bucket" => "s3_bucket",
                "S3Key" => "s3_key",
                "S3ObjectVersion" => "s3_object_version",
                "ImageUri" => "image_uri",
                _ => return None,
            };
            Some((name, context.value(value)))
        })
        .collect()
}

/// `AWS::Lambda::LayerVersion`.
pub(crate) fn layer(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &["Content"])?;
    let map = properties(site.resource)?;
    let content = map.get("Content")?;
    if matches!(content.kind, Kind::Asset(_) | Kind::String(_)) {
        block.set("filename", local_file(context, content));
        return Some(vec![block]);
    }
    for (key, value) in content.as_map()?.iter().filter(|(_, value)| !value.is_no_value()) {
        let name = match &**key {
            "S3Bucket" => "s3_bucket",
            "S3Key" => "s3_key",
            "S3ObjectVersion" => "s3_object_version",
            _ => return None,
        };
        block.set(name, context.value(value));
    }
    Some(vec![block])
}

/// `AWS::Lambda::Permission`: an alias or a version is named apart from the function.
pub(crate) fn permission(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let function = map.get("FunctionName")?;
    let named = function.as_ref_to().and_then(|id| Some((id, context.plans.get(id)?, context.resource(id)?)));
    let mut qualified = None;
    if let Some((id, plan, resource)) = named {
        match (resource.resource_type.as_str(), plan.how) {
            ("AWS::Lambda::Alias", How::Native(_)) => {
                qualified = Some((context.attribute(plan, "function_name"), context.attribute(plan, "name")));
            }
            ("AWS::Lambda::Version", How::Merged) => {
                let plan = context.plans.get(merged::owner_of_version(context, id, resource)?)?;
                qualified =
                    Some((context.attribute(plan, "function_name"), context.attribute(plan, "version")));
            }
            _ => {}
        }
    }
    let Some((name, qualifier)) = qualified else {
        let mut block = main(context, site, &[])?;
        block.items.insert(0, Item::Argument("statement_id".to_owned(), Value::text(statement(site))));
        return Some(vec![block]);
    };
    let mut block = main(context, site, &["FunctionName"])?;
    let first = [
        ("statement_id", Value::text(statement(site))),
        ("function_name", Value::code(name)),
        ("qualifier", Value::code(qualifier)),
    ];
    for (at, (name, value)) in first.into_iter().enumerate() {
        block.items.insert(at, Item::Argument(name.to_owned(), value));
    }
    Some(vec![block])
}

/// The id of a permission within its policy, which has a longest form.
fn statement(site: &Site<'_>) -> String {
    crate::names::shortened(site.id, 0, 100)
}

/// `AWS::Lambda::EventSourceMapping`: waits for the permissions of the function's role.
pub(crate) fn mapping(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["SelfManagedEventSource", "StartingPositionTimestamp"])?;
    if let Some(seconds) = given(&map, "StartingPositionTimestamp") {
        let seconds = context.within("StartingPositionTimestamp", || {
            crate::sections::scalar(seconds)?.trim().parse::<f64>().ok()
        })?;
        block.set("starting_position_timestamp", Value::text(time(seconds)));
    }
    if let Some(source) = given(&map, "SelfManagedEventSource") {
        block.push(context.within("SelfManagedEventSource.Endpoints", || brokers(context, source))?);
    }
    let function =
        map.get("FunctionName").and_then(|f| f.as_ref_to().or_else(|| f.as_get_att().map(|(id, _)| id)));
    let role = function.and_then(|id| context.resource(id)).and_then(|function| function.property("Role"));
    let permissions = iam::permissions(context, role);
    if !permissions.is_empty() {
        block.set("depends_on", Value::List(permissions));
    }
    Some(vec![block])
}

/// Servers of Kafka, which the provider takes as one text.
fn brokers(context: &Context<'_>, source: &Expr) -> Option<Block> {
    let endpoints = source.as_map()?.get("Endpoints")?.as_map()?;
    let servers = endpoints.get("KafkaBootstrapServers").filter(|_| endpoints.len() == 1)?;
    let servers = match context.value(servers) {
        Value::List(servers) if servers.iter().all(|server| server.as_literal().is_some()) => {
            let servers: Vec<&str> = servers.iter().filter_map(Value::as_literal).collect();
            Value::text(servers.join(","))
        }
        servers => Value::Call("join", vec![Value::text(","), servers]),
    };
    let mut block = Block::new("self_managed_event_source", &[]);
    block.set("endpoints", Value::Object(vec![("KAFKA_BOOTSTRAP_SERVERS".to_owned(), servers)]));
    Some(block)
}

/// Seconds since 1970 as a time in UTC.
fn time(seconds: f64) -> String {
    // Years are counted from March, so that the day that comes and goes is the last of one.
    let seconds = seconds.clamp(0.0, 2.5e11) as u64;
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A file beside the files of Terraform, wherever the module is used from.
pub(crate) fn local_file(context: &Context<'_>, path: &Expr) -> Value {
    // A called module lies one folder deeper than the document that the path was made for.
    let is_above = path.as_str().is_some_and(|path| path.starts_with("../"))
        || matches!(&path.kind, Kind::Asset(asset) if asset.path.starts_with("../"));
    let way = if context.options.terraform.is_called && is_above { "/../" } else { "/" };
    Value::template(vec![
        Part::Value(Value::code("path.module")),
        Part::Lit(way.to_owned()),
        Part::Value(context.value(path)),
    ])
}

/// `AWS::Lambda::Alias` with the concurrency that is kept ready for it.
pub(crate) fn alias(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut blocks = vec![main(context, site, &["ProvisionedConcurrencyConfig"])?];
    let map = properties(site.resource)?;
    if let Some(ready) = given(&map, "ProvisionedConcurrencyConfig") {
        let path = "ProvisionedConcurrencyConfig";
        for (i, arm) in context.within(path, || one(context, ready))?.into_iter().enumerate() {
            let count = arm.expr.as_map()?.get("ProvisionedConcurrentExecutions")?;
            let suffix = if i == 0 { String::new() } else { format!("{}", i + 1) };
            let kind = "aws_lambda_provisioned_concurrency_config";
            let mut block = satellite(context, site.plan, kind, &suffix, arm.condition.as_deref());
            block.set("function_name", Value::code(context.attribute(site.plan, "function_name")));
            block.set("qualifier", Value::code(context.attribute(site.plan, "name")));
            block.set("provisioned_concurrent_executions", context.value(count));
            blocks.push(block);
        }
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn seconds_are_a_time() {
        assert_eq!(time(0.0), "1970-01-01T00:00:00Z");
        assert_eq!(time(951_782_400.0), "2000-02-29T00:00:00Z");
        assert_eq!(time(1_671_489_395.0), "2022-12-19T22:36:35Z");
    }
}
