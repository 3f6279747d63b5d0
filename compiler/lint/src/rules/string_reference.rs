//! C226: the id of a resource written as text, where a reference was meant.

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::{Expr, Function, Kind, Resource};

use super::reference::PSEUDO;
use crate::context::{Context, a};
use crate::query::{at_value, name};
use crate::rule::{On, Rule};

/// The text stays as it is; what the resource is called once it is deployed is not its id.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C226", "string-looks-like-ref"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("string_reference.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            let Some(properties) = &resource.properties else { continue };
            let mut found = Vec::new();
            walk(context, id, properties, "", &mut found);
            for (target, path, span) in found {
                let Some((target_id, other)) = context.graph.resources.get_key_value(target) else {
                    continue;
                };
                let key = path.rsplit('.').next().unwrap_or(&path);
                let message = format!(
                    "{key} of {} is the text `{target}`, and the template has {} of that id",
                    name(id, resource),
                    a(&other.resource_type)
                );
                let wanted = if key.contains("Arn") || key == "Role" { "!GetAtt" } else { "!Ref" };
                let order = if wanted == "!Ref" { target.to_owned() } else { format!("{target}.Arn") };
                let found = Diagnostic::warning(RULE.code, message)
                    .label(
                        other.origin.key_span,
                        format!("{} is called something else", name(target_id, other)),
                    )
                    .help(format!("write {wanted} {order} if the resource is meant"));
                diagnostics.push(at_value(found, id, resource, (&path, span), "a text, no reference"));
            }
        }
        variables(context, diagnostics);
    },
};

/// Properties whose text has variables of its own, or is a program.
const OWN_VARIABLES: [&str; 11] = [
    "Body",
    "BuildSpec",
    "Code",
    "Content",
    "Definition",
    "DefinitionBody",
    "DefinitionString",
    "RequestMappingTemplate",
    "ResponseMappingTemplate",
    "UserData",
    "InlineCode",
];

/// Variables such as `${Queue}` in text that is not in `Fn::Sub`, which stay as they are written.
fn variables(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if context.open {
        return;
    }
    for (id, resource) in &context.graph.resources {
        let Some(properties) = &resource.properties else { continue };
        each_text(properties, "", &mut |text, path, span| {
            // A text of several lines is a program, or for one.
            let Some(variable) = variable(context, text).filter(|_| !text.contains('\n')) else { return };
            let message = format!(
                "{path} of {} has `${{{variable}}}` in a text that is not in Fn::Sub",
                name(id, resource)
            );
            let found = Diagnostic::warning(RULE.code, message).help("write !Sub before the text");
            diagnostics.push(at_value(found, id, resource, (path, span), "stays as it is written"));
        });
    }
    for (id, output) in context.graph.outputs().into_iter().flat_map(samc_ir::Map::iter) {
        let Some(value) = output.as_map().and_then(|output| output.get("Value")) else { continue };
        each_text(value, "Value", &mut |text, path, span| {
            let Some(variable) = variable(context, text) else { return };
            let message = format!("the output {id} has `${{{variable}}}` in a text that is not in Fn::Sub");
            let found = Diagnostic::warning(RULE.code, message)
                .at(span, "stays as it is written")
                .help("write !Sub before the text");
            diagnostics.push(found.path(format!("Outputs.{id}.{path}")));
        });
    }
}

/// Calls `visit` with the texts that are written in a value, outside of other calls than `Fn::If` and `Fn::Join`.
fn each_text<'g>(value: &'g Expr, path: &str, visit: &mut dyn FnMut(&'g str, &str, Option<Span>)) {
    match &value.kind {
        Kind::Map(map) => {
            for (key, inner) in map.iter().filter(|(key, _)| !OWN_VARIABLES.contains(&&***key)) {
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                each_text(inner, &path, visit);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| each_text(item, path, visit)),
        Kind::Call(Function::If, argument) => {
            argument.as_list().unwrap_or_default().iter().skip(1).for_each(|arm| each_text(arm, path, visit));
        }
        Kind::Call(Function::Join, argument) => {
            let items = argument.as_list().and_then(|a| a.get(1)?.as_list()).unwrap_or_default();
            items.iter().for_each(|item| each_text(item, path, visit));
        }
        Kind::String(text) => visit(text, path, value.span),
        _ => {}
    }
}

/// The first variable of a text that is the name of something in the template, or of AWS.
fn variable<'t>(context: &Context<'_>, text: &'t str) -> Option<&'t str> {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.into_iter().find(|variable| {
        let id = variable.split('.').next().unwrap_or(variable);
        let is_parameter =
            || context.graph.parameters().is_some_and(|parameters| parameters.contains_key(id));
        PSEUDO.contains(&id) || context.graph.resources.contains_key(id) || is_parameter()
    })
}

/// What keys that name other resources end with.
const NAMING: [&str; 12] = [
    "Arn",
    "Arns",
    "Role",
    "TableName",
    "QueueName",
    "BucketName",
    "FunctionName",
    "TopicName",
    "StreamName",
    "Endpoint",
    "UserPoolId",
    "RestApiId",
];

/// Types that other resources name.
const NAMED: [&str; 12] = [
    "AWS::ApiGateway::RestApi",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
];

/// What was found: the id, the path of keys, and the place.
type Found<'g> = (&'g str, String, Option<Span>);

fn walk<'g>(context: &Context<'g>, own: &LogicalId, value: &'g Expr, path: &str, found: &mut Vec<Found<'g>>) {
    let key = path.rsplit('.').next().unwrap_or(path);
    match &value.kind {
        Kind::Map(map) => {
            for (key, inner) in map.iter() {
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                walk(context, own, inner, &path, found);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| walk(context, own, item, path, found)),
        Kind::Call(Function::If, argument) => {
            argument.as_list().unwrap_or_default().iter().skip(1).for_each(|branch| {
                walk(context, own, branch, path, found);
            });
        }
        // The parts of an ARN that is put together.
        Kind::Call(Function::Join, argument) => {
            let items = argument.as_list().and_then(|a| a.get(1)?.as_list()).unwrap_or_default();
            let is_arn = items.first().and_then(Expr::as_str).is_some_and(|text| text.starts_with("arn:"));
            for item in items.iter().filter(|_| is_arn) {
                found.extend(
                    item.as_str()
                        .and_then(|t| wanted(context, own, t))
                        .map(|t| (t, path.to_owned(), item.span)),
                );
            }
        }
        Kind::String(text) => {
            let in_environment = path.starts_with("Environment.Variables.");
            if in_environment || NAMING.iter().any(|end| key.ends_with(end)) {
                found.extend(wanted(context, own, text).map(|t| (t, path.to_owned(), value.span)));
            }
        }
        _ => {}
    }
}

/// The id that a text is, where nothing in the template is really called that.
fn wanted<'g>(context: &Context<'g>, own: &LogicalId, text: &str) -> Option<&'g str> {
    let (id, resource) = context.graph.resources.get_key_value(text)?;
    // Short names and words without a hump are words of everyday.
    let humps = text.chars().skip(1).filter(char::is_ascii_uppercase).count();
    let is_named = NAMED.iter().any(|t| resource.resource_type == **t);
    let made = resource.origin.source.as_deref().is_some_and(|source| source != id.as_str());
    if id == own || !is_named || made || humps == 0 || text.len() < 6 {
        return None;
    }
    let called = |resource: &Resource| {
        let own = resource.properties_map();
        own.into_iter().flat_map(samc_ir::Map::iter).any(|(key, value)| {
            key.ends_with("Name") && (value.as_str() == Some(text) || value.is_call()) || &**key == "Name"
        })
    };
    (!called(resource)).then_some(id.as_str())
}
