//! State machines and their aliases.

use samc_ir::Map;

use super::{given, iam, properties, stored};
use crate::context::Context;
use crate::document::filled;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

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
        [None, None, Some(location)] => stored(context, location)?,
        _ => return context.lacks(Reason::Form("Definition".to_owned())),
    };
    if value.as_literal().is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
        return context
            .lacks(Reason::Value("DefinitionString".to_owned(), "text that is no JSON".to_owned()));
    }
    if let Some(substitutions) = given(&map, "DefinitionSubstitutions") {
        value = substituted(context, value, substitutions.as_map()?)?;
    }
    let value = context.document_of(value);
    block.set("definition", value);
    if context.owners.contains(site.id) {
        block.set("publish", Value::Bool(true));
    }
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

/// A definition with `DefinitionSubstitutions` made in it: in the text itself where that can be seen, else by
/// Terraform.
fn substituted(context: &Context<'_>, value: Value, substitutions: &Map) -> Option<Value> {
    let mut by = Vec::with_capacity(substitutions.len());
    for (name, value) in substitutions.iter() {
        by.push((
            name.to_string(),
            match context.value(value) {
                Value::Number(n) => Value::text(n),
                Value::Bool(b) => Value::text(b.to_string()),
                value if value.is_composite() => {
                    return context.lacks(Reason::Form(format!("DefinitionSubstitutions.{name}")));
                }
                value => value,
            },
        ));
    }
    Some(match value {
        Value::Text(_) => filled(value, &by),
        // A value that JSON would write in another way is put in when the document is text already.
        Value::Call("jsonencode", arguments) if by.iter().all(|(_, value)| context.is_plain(value)) => {
            Value::Call("jsonencode", arguments.into_iter().map(|value| filled(value, &by)).collect())
        }
        value => by.into_iter().fold(value, |value, (name, by)| {
            Value::Call("replace", vec![value, Value::text(format!("${{{name}}}")), by])
        }),
    })
}

/// `AWS::StepFunctions::StateMachineAlias`: a preference that moves everything at once is a route like any other.
pub(crate) fn alias(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["DeploymentPreference"])?;
    let Some(preference) = given(&map, "DeploymentPreference") else { return Some(vec![block]) };
    let preference = context.within("DeploymentPreference", || preference.as_map())?;
    let is_gradual = preference.get("Type").is_none_or(|kind| kind.as_str() != Some("ALL_AT_ONCE"));
    let other = preference.keys().find(|key| !matches!(&***key, "StateMachineVersionArn" | "Type"));
    if is_gradual || other.is_some() {
        let name = other.map_or("Type", |key| &**key);
        return context.lacks(Reason::Property(format!("DeploymentPreference.{name}")));
    }
    let mut inner = Block::new("routing_configuration", &[]);
    inner.set("state_machine_version_arn", context.value(preference.get("StateMachineVersionArn")?));
    inner.set("weight", Value::Number("100".to_owned()));
    block.push(inner);
    Some(vec![block])
}
