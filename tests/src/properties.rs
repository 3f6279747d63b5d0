//! What holds for every case, whatever it is about.

use samc_ir::{Expr, JsonStyle, Map, ResourceGraph};
use samc_target::terraform::Syntax;

use crate::case::Case;
use crate::hcl;
use crate::pipeline::{self, Output};

/// Findings that point at no line of the input.
pub fn every_finding_has_a_place(output: &Output) -> Vec<String> {
    output
        .diagnostics
        .iter()
        .filter(|found| found.span().is_none())
        .map(|found| format!("{} has no place: {}", found.code(), found.message))
        .collect()
}

/// Resources of which nobody could say where they come from.
pub fn every_resource_has_an_origin(output: &Output) -> Vec<String> {
    let Some(graph) = &output.graph else { return Vec::new() };
    graph
        .resources
        .iter()
        .filter(|(_, resource)| resource.origin.span.is_none() && resource.origin.key_span.is_none())
        .map(|(id, resource)| format!("{id} ({}) has no origin", resource.resource_type))
        .collect()
}

/// Differences between the two syntaxes that Terraform is written in.
pub fn both_syntaxes_say_the_same(case: &Case) -> Result<Vec<String>, String> {
    let hcl = pipeline::terraform(case, Syntax::Hcl)?;
    let json = pipeline::terraform(case, Syntax::Json)?;
    Ok(hcl::differences(&hcl, &json))
}

/// Differences between a graph and what reading its document again gives.
pub fn reads_back_as_the_same_graph(output: &Output) -> Vec<String> {
    let (Some(graph), Some((name, text))) = (&output.graph, &output.document) else { return Vec::new() };
    if output.is_laid_out {
        return every_resource_is_in_one_stack(output, graph);
    }
    let again = match pipeline::read_back(name, text) {
        Ok(again) => again,
        Err(why) => return vec![format!("the document cannot be read again: {why}")],
    };
    let (before, after) = (flat(graph), flat(&again));
    let mut faults = Vec::new();
    for (key, value) in before.iter() {
        match after.get(key) {
            None => faults.push(format!("{key} is lost in the document")),
            Some(other) if plain(other) != plain(value) => {
                faults.push(format!("{key} changes\n  from {}\n  to   {}", plain(value), plain(other)));
            }
            Some(_) => {}
        }
    }
    faults.extend(after.keys().filter(|key| !before.contains_key(key)).map(|key| format!("{key} is new")));
    faults
}

/// Resources of an application in several stacks that are in none of them, or in two.
fn every_resource_is_in_one_stack(output: &Output, graph: &ResourceGraph) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    let mut faults = Vec::new();
    for (name, text) in output.document.iter().chain(&output.nested) {
        match pipeline::read_back(name, text) {
            Ok(part) => met.extend(part.resources.iter().map(|(id, r)| format!("{id} {}", r.resource_type))),
            Err(why) => faults.push(format!("{name} cannot be read again: {why}")),
        }
    }
    for (id, resource) in &graph.resources {
        let wanted = format!("{id} {}", resource.resource_type);
        let times = met.iter().filter(|m| **m == wanted).count();
        if times != 1 {
            faults.push(format!("{id} is in {times} stacks"));
        }
    }
    faults
}

fn plain(value: &Expr) -> String {
    value.to_json(JsonStyle::CANONICAL)
}

/// A graph as one map: each resource and each section under its name.
fn flat(graph: &ResourceGraph) -> Map {
    let mut map = Map::new();
    for (id, resource) in &graph.resources {
        let mut whole = resource.attributes.clone();
        whole.insert("Type", resource.resource_type.as_str());
        if let Some(properties) = &resource.properties {
            whole.insert("Properties", properties.clone());
        }
        map.insert(format!("Resources.{id}"), whole);
    }
    for (key, value) in graph.loops.iter() {
        map.insert(format!("Resources.{key}"), value.clone());
    }
    for (key, value) in graph.sections.iter() {
        map.insert(key.clone(), value.clone());
    }
    map
}
