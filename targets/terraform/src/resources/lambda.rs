//! Functions, their versions and layers, who may call them and what calls them.

use samc_ir::{Expr, Kind, Resource};

use super::{given, iam, properties, satellite, zip};
use crate::context::{Context, How};
use crate::hcl::{Block, Item, Part, Value};
use crate::names::snake;
use crate::native::{Site, main};

/// The function whose version a resource is, where the two are one in Terraform.
fn function_of_version<'g>(context: &Context<'g>, id: &str, resource: &'g Resource) -> Option<&'g str> {
    if resource.resource_type != "AWS::Lambda::Version" {
        return None;
    }
    let map = resource.properties_map()?;
    if map.keys().any(|key| !matches!(&**key, "FunctionName" | "Description")) {
        return None;
    }
    let function = map.get("FunctionName")?.as_ref_to()?;
    let owner = context.resource(function)?;
    let asked = context.asked.get(id).map(Vec::as_slice).unwrap_or_default();
    let is_known = asked.iter().all(|a| matches!(a, Some("Ref" | "Version" | "FunctionArn")));
    let is_same = owner.attributes.get("Condition") == resource.attributes.get("Condition");
    (is_known && is_same && owner.resource_type == "AWS::Lambda::Function").then_some(function)
}

/// Whether a resource is part of another one in Terraform, as far as it looks.
pub(crate) fn may_merge(context: &Context<'_>, id: &str, resource: &Resource) -> bool {
    if resource.resource_type == "AWS::AppSync::GraphQLSchema" {
        return super::appsync::may_merge(context, id, resource);
    }
    context
        .resource(id)
        .is_some_and(|r| std::ptr::eq(r, resource) && function_of_version(context, id, r).is_some())
}

/// The resource that a resource would be part of, where that one is not there to hold it.
pub(crate) fn missing_owner(context: &Context<'_>, id: &str, resource: &Resource) -> Option<String> {
    let owner = match resource.resource_type.as_str() {
        "AWS::AppSync::GraphQLSchema" => super::appsync::api_of(resource),
        _ => context.resource(id).and_then(|r| function_of_version(context, id, r)),
    };
    let plan = owner.and_then(|owner| context.plans.get(owner));
    let is_there = plan.is_some_and(|plan| matches!(plan.how, How::Native(_)));
    (!is_there).then(|| owner.unwrap_or_default().to_owned())
}

impl Context<'_> {
    /// What a reference to a resource is that is part of another one.
    pub(crate) fn merged(&self, id: &str, attribute: Option<&str>) -> Value {
        if let Some(value) = super::appsync::merged(self, id) {
            return value;
        }
        let function = self.resource(id).and_then(|r| function_of_version(self, id, r));
        let Some(plan) = function.and_then(|f| self.plans.get(f)) else { return Value::Null };
        let attribute = if attribute == Some("Version") { "version" } else { "qualified_arn" };
        Value::code(self.attribute(plan, attribute))
    }
}

/// `AWS::Lambda::Function`.
pub(crate) fn function(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let elsewhere = ["Code", "SnapStart", "RecursiveLoop", "RuntimeManagementConfig"];
    let mut block = main(context, site, &elsewhere)?;
    let map = properties(site.resource)?;
    let at = block.items.iter().position(|item| matches!(item, Item::Argument(n, _) if n == "function_name"));
    let where_it_is = code(context, site, map.get("Code")?)?;
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
            return None;
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
                let plan = context.plans.get(function_of_version(context, id, resource)?)?;
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
    let mut block = main(context, site, &[])?;
    let map = properties(site.resource)?;
    let function =
        map.get("FunctionName").and_then(|f| f.as_ref_to().or_else(|| f.as_get_att().map(|(id, _)| id)));
    let role = function.and_then(|id| context.resource(id)).and_then(|function| function.property("Role"));
    let permissions = iam::permissions(context, role);
    if !permissions.is_empty() {
        block.set("depends_on", Value::List(permissions));
    }
    Some(vec![block])
}

/// `AWS::StepFunctions::StateMachine`: its definition as text, with the substitutions made.
pub(crate) fn state_machine(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let elsewhere = [
        "Definition",
        "DefinitionString",
        "DefinitionS3Location",
        "DefinitionSubstitutions",
        "LoggingConfiguration",
    ];
    let mut block = main(context, site, &elsewhere)?;
    let map = properties(site.resource)?;
    let definitions = ["DefinitionString", "Definition", "DefinitionS3Location"].map(|key| given(&map, key));
    let mut value = match definitions {
        [Some(text), None, None] => context.value(text),
        [None, Some(object), None] => context.json(object),
        [None, None, Some(location)] => super::stored(context, location)?,
        _ => return None,
    };
    if value.as_literal().is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
        return None;
    }
    if let Some(substitutions) = given(&map, "DefinitionSubstitutions") {
        let substitutions = substitutions.as_map()?;
        for (name, by) in substitutions.iter() {
            let by = match context.value(by) {
                Value::Number(n) => Value::text(n),
                Value::Bool(b) => Value::text(b.to_string()),
                by if by.is_composite() => return None,
                by => by,
            };
            let hole = Value::text(format!("${{{name}}}"));
            value = Value::Call("replace", vec![value, hole, by]);
        }
    }
    block.set("definition", value);
    if let Some(logging) = given(&map, "LoggingConfiguration") {
        let mut inner = Block::new("logging_configuration", &[]);
        for (key, value) in logging.as_map()?.iter().filter(|(_, value)| !value.is_no_value()) {
            match &**key {
                "Level" => inner.set("level", context.value(value)),
                "IncludeExecutionData" => inner.set("include_execution_data", context.value(value)),
                "Destinations" => {
                    let [destination] = value.as_list()? else { return None };
                    let group = destination.as_map()?.get("CloudWatchLogsLogGroup")?.as_map()?;
                    inner.set("log_destination", context.value(group.get("LogGroupArn")?))
                }
                _ => return None,
            };
        }
        block.push(inner);
    }
    let role = iam::permissions(context, map.get("RoleArn"));
    if !role.is_empty() {
        block.set("depends_on", Value::List(role));
    }
    Some(vec![block])
}

/// A file beside the files of Terraform, wherever the module is used from.
pub(crate) fn local_file(context: &Context<'_>, path: &Expr) -> Value {
    Value::template(vec![
        Part::Value(Value::code("path.module")),
        Part::Lit("/".to_owned()),
        Part::Value(context.value(path)),
    ])
}

/// `AWS::Lambda::Alias` with the concurrency that is kept ready for it.
pub(crate) fn alias(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut blocks = vec![main(context, site, &["ProvisionedConcurrencyConfig"])?];
    let map = properties(site.resource)?;
    if let Some(ready) = given(&map, "ProvisionedConcurrencyConfig") {
        let count = ready.as_map()?.get("ProvisionedConcurrentExecutions")?;
        let mut block = satellite(context, site.plan, "aws_lambda_provisioned_concurrency_config", "", None);
        block.set("function_name", Value::code(context.attribute(site.plan, "function_name")));
        block.set("qualifier", Value::code(context.attribute(site.plan, "name")));
        block.set("provisioned_concurrent_executions", context.value(count));
        blocks.push(block);
    }
    Some(blocks)
}
