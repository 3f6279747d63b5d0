//! C237: keys of the template around the properties: sections, attributes of resources, parts of
//! parameters and outputs.

use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest};
use samc_ir::{Entry, Expr, Map, ResourceGraph};

use crate::context::{Context, about};
use crate::rule::{On, Rule};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C237", "template-keys"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("template_keys.md"),
    check,
};

/// Source: CloudFormation User Guide, "Template anatomy".
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
    "Hooks",
];

/// Source: CloudFormation User Guide, "Parameters".
const OF_PARAMETERS: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// Source: CloudFormation User Guide, "Outputs".
const OF_OUTPUTS: &[&str] = &["Condition", "Description", "Export", "Value"];

/// Source: CloudFormation template reference, "Resource attribute reference".
const OF_RESOURCES: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// The one version of the language that there is. Source: CloudFormation User Guide, "Format version".
const VERSION: &str = "2010-09-09";

/// What a template says about its language, if it is not the one that CloudFormation has.
fn version(graph: &ResourceGraph) -> Option<Diagnostic> {
    let value = graph.sections.get("AWSTemplateFormatVersion")?;
    let text = value.as_str().filter(|text| *text != VERSION)?;
    let message = format!("the format of a template is `{text}`, which CloudFormation does not know");
    let found = Diagnostic::error(RULE.code, message).at(value.span, "not a version");
    Some(found.help(format!("write {VERSION}, or leave it out")).path("AWSTemplateFormatVersion"))
}

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = context.graph;
    if let Some(found) = version(graph) {
        diagnostics.push(found);
    }
    for entry in graph.parameters().into_iter().flat_map(Map::entries) {
        if let Some((id, resource)) = graph.resources.get_key_value(&*entry.key) {
            let message = format!("`{id}` is a parameter and a resource, and !Ref {id} could be either");
            let found = Diagnostic::error(RULE.code, message)
                .at(entry.key_span, "a parameter")
                .label(resource.origin.key_span, "a resource")
                .help("give one of them another name");
            diagnostics.push(found.path(format!("Parameters.{id}")));
        }
    }
    for entry in graph.sections.entries() {
        if let Some(found) = unknown(entry, SECTIONS, "a template has no section") {
            diagnostics.push(found.path(entry.key.to_string()));
        }
    }
    let declared = [("Parameters", OF_PARAMETERS, "a parameter"), ("Outputs", OF_OUTPUTS, "an output")];
    for (section, keys, what) in declared {
        for (name, declaration) in graph.section(section).into_iter().flat_map(Map::iter) {
            for entry in declaration.as_map().into_iter().flat_map(Map::entries) {
                if let Some(found) = unknown(entry, keys, &format!("`{name}`, {what}, has no key")) {
                    diagnostics.push(found.path(format!("{section}.{name}.{}", entry.key)));
                }
            }
        }
    }
    // SAM's own types are only here when they could not be expanded, which is reported already.
    let plain = graph.resources.iter().filter(|(_, r)| !r.resource_type.starts_with("AWS::Serverless::"));
    for (id, resource) in plain {
        for entry in resource.attributes.entries() {
            let path = format!("Resources.{id}.{}", entry.key);
            if let Some(found) = unknown(entry, OF_RESOURCES, &format!("the resource `{id}` has no key")) {
                diagnostics.push(about(found, id, &resource.origin, path));
            }
        }
    }
    without_type(context, diagnostics);
}

/// Members of `Resources` that are neither resources nor loops.
fn without_type(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for entry in context.graph.loops.entries().iter().filter(|e| !e.key.starts_with("Fn::")) {
        let keys = entry.value.as_map().map(Map::keys).into_iter().flatten();
        let slip = keys.map(|k| &**k).find(|k| nearest(k, ["Type"]).is_some());
        let help = match slip {
            Some(slip) => format!("did you mean `Type` by `{slip}`?"),
            None => "say what it is, for example `Type: AWS::SQS::Queue`".to_owned(),
        };
        diagnostics.push(
            Diagnostic::error(RULE.code, format!("the resource `{}` has no Type", entry.key))
                .at(entry.key_span, "needs `Type`")
                .help(help)
                .resource(&*entry.key)
                .path(format!("Resources.{}", entry.key)),
        );
    }
}

/// A finding about a key that is not among those known. Keys of loops and macros are let through.
fn unknown(entry: &Entry, known: &[&str], message: &str) -> Option<Diagnostic> {
    if known.contains(&&*entry.key) || entry.key.starts_with("Fn::") || is_made(&entry.value, entry) {
        return None;
    }
    let help = match nearest(&entry.key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    let found = Diagnostic::error(RULE.code, format!("{message} `{}`", entry.key));
    Some(found.at(entry.key_span, "not known to CloudFormation").help(help))
}

/// True for what a front end made: only keys that somebody wrote can be misspelt.
fn is_made(value: &Expr, entry: &Entry) -> bool {
    entry.key_span.is_none() && value.span.is_none()
}
