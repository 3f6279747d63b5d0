//! A stack against the template it nests: its parameters, and the outputs others take from it.

use samc_base::{Diagnostic, Diagnostics, LogicalId, codes, nearest};
use samc_ir::references::{Use, each};
use samc_ir::{Expr, Map, Resource, ResourceGraph};

use super::{Child, Stack};

/// The start of an attribute that is an output of the nested template.
const OUTPUT: &str = "Outputs.";

/// Parameters that the template has no name for, and those it needs and does not get.
pub(super) fn parameters(
    graph: &ResourceGraph,
    id: &LogicalId,
    resource: &Resource,
    child: &Child,
    found: &mut Diagnostics,
) {
    let properties = resource.properties_map();
    let empty = Map::new();
    let passed = match properties.and_then(|p| p.get("Parameters")) {
        Some(value) => match value.as_map() {
            Some(map) => map,
            // What a function gives is not known before the deployment.
            None => return,
        },
        None => &empty,
    };
    let name = resource.origin.source.as_ref().unwrap_or(id);
    let path = format!("{}.Properties.Parameters", resource.origin.path);
    let declared = child.sections.get("Parameters").and_then(Expr::as_map);
    let known = || declared.into_iter().flat_map(Map::keys).map(|key| &**key);
    for entry in passed.entries().iter().filter(|entry| !known().any(|key| *key == *entry.key)) {
        let message =
            format!("{} has no parameter `{}`, to which {name} gives a value", child.shown, entry.key);
        let near = nearest(&entry.key, known());
        let label = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "not a parameter there".to_owned(),
        };
        let there = match near.and_then(|near| declared?.key_span(near)) {
            Some(span) => Some((span, "declared here")),
            None => child.sections.key_span("Parameters").map(|span| (span, "the parameters there are")),
        };
        let mut finding = Diagnostic::error(codes::NESTED_PARAMETER_UNKNOWN, message)
            .at(entry.key_span.or(resource.origin.key_span), label)
            .help(
                "CloudFormation refuses a stack that gives a value to a parameter its template does not have",
            )
            .resource(name.as_str())
            .path(format!("{path}.{}", entry.key));
        if let Some((span, words)) = there {
            finding = finding.label(span, words);
        }
        found.push(finding);
    }
    let is_needed = |declaration: &Expr| declaration.as_map().is_some_and(|d| !d.contains_key("Default"));
    for entry in declared.into_iter().flat_map(Map::entries).filter(|e| is_needed(&e.value)) {
        // A misspelt name is told as such; that the right one is missing says nothing more.
        let misspelt = || passed.keys().any(|key| nearest(key, known()) == Some(&*entry.key));
        if passed.contains_key(&entry.key) || misspelt() {
            continue;
        }
        let at = properties.and_then(|p| p.key_span("Parameters")).or(resource.origin.key_span);
        let message = format!("{name} gives no value to `{}`, which {} needs", entry.key, child.shown);
        found.push(
            Diagnostic::error(codes::NESTED_PARAMETER_MISSING, message)
                .at(at, format!("no `{}` here", entry.key))
                .label(entry.key_span, "has no Default")
                .help(pass_on(graph, &entry.key))
                .resource(name.as_str())
                .path(path.clone()),
        );
    }
}

/// What to write: the parent's own parameter of that name is most often what is meant.
fn pass_on(graph: &ResourceGraph, name: &str) -> String {
    if graph.parameters().is_some_and(|p| p.contains_key(name)) {
        format!("add `{name}: !Ref {name}` under Parameters of the stack")
    } else {
        format!("add `{name}` under Parameters of the stack, or give it a Default in the template")
    }
}

/// References to outputs that the nested templates do not have.
pub(super) fn outputs(graph: &ResourceGraph, stacks: &[Stack], found: &mut Diagnostics) {
    if stacks.is_empty() {
        return;
    }
    let mut check = |expr: &Expr, resource: Option<&str>| {
        each(expr, false, &mut |reference| {
            let Use::Attribute(Some(attribute)) = reference.used else { return };
            let Some(output) = attribute.strip_prefix(OUTPUT) else { return };
            let stack = stacks.iter().find(|(id, _)| id.as_str() == reference.name);
            let Some((id, child)) = stack else { return };
            if let Some(finding) = missing_output(id, child, output) {
                let at = reference.attribute_span.or(reference.span);
                let finding = match finding.1 {
                    Some(near) => finding.0.at(at, format!("did you mean `{OUTPUT}{near}`?")),
                    None => finding.0.at(at, "not an output there"),
                };
                found.push(match resource {
                    Some(name) => finding.resource(name),
                    None => finding,
                });
            }
        });
    };
    for (id, resource) in &graph.resources {
        let name = resource.origin.source.as_ref().unwrap_or(id).as_str();
        if let Some(properties) = &resource.properties {
            check(properties, Some(name));
        }
    }
    if let Some(outputs) = graph.sections.get("Outputs") {
        check(outputs, None);
    }
}

/// The finding about an output a template does not have, and the name that is nearly it.
fn missing_output(id: &LogicalId, child: &Child, output: &str) -> Option<(Diagnostic, Option<String>)> {
    let declared = child.sections.get("Outputs").and_then(Expr::as_map);
    let names: Vec<&str> = declared.into_iter().flat_map(Map::keys).map(|key| &**key).collect();
    // A loop makes outputs of names that are not written anywhere.
    if names.iter().any(|name| *name == output || name.starts_with("Fn::")) {
        return None;
    }
    let near = nearest(output, names).map(str::to_owned);
    let message = format!("{}, the template of {id}, has no output `{output}`", child.shown);
    let finding = Diagnostic::error(codes::NESTED_OUTPUT_UNKNOWN, message)
        .label(child.sections.key_span("Outputs"), "the outputs there are")
        .help("the outputs of a nested stack are those under `Outputs` of its template");
    Some((finding, near))
}
