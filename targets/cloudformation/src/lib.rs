//! CloudFormation templates in YAML and JSON, with a map from each resource to its source.

mod source_map;
mod yaml;

use samc_base::Diagnostics;
use samc_ir::{Expr, JsonStyle, Map, Resource, ResourceGraph, ValidGraph};
use samc_target::{Artifact, Format, Options, Target};

/// The back end.
#[derive(Debug, Clone, Copy)]
pub struct CloudFormation;

impl Target for CloudFormation {
    fn name(&self) -> &'static str {
        "cloudformation"
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, _diagnostics: &mut Diagnostics) -> Vec<Artifact> {
        let template = template(graph);
        let (path, text) = match options.format {
            Format::Yaml => ("template.yaml", yaml::write(&template)),
            Format::Json => {
                let mut text = template.to_json(JsonStyle::PRETTY);
                text.push('\n');
                ("template.json", text)
            }
        };
        let map = source_map::write(graph, &options.sources);
        vec![
            Artifact { path: path.to_owned(), contents: text.into_bytes() },
            Artifact { path: "source-map.json".to_owned(), contents: map.into_bytes() },
        ]
    }
}

/// Sections that come before the resources; the others follow them in the order of the source.
const BEFORE_RESOURCES: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Transform",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
];

/// The whole template as one value.
pub fn template(graph: &ResourceGraph) -> Expr {
    let mut document = Map::new();
    for name in BEFORE_RESOURCES {
        if let Some(section) = graph.sections.get(name) {
            document.insert(*name, section.clone());
        }
    }
    let mut members = Map::new();
    for (id, resource) in &graph.resources {
        members.insert(id.shared(), member(resource));
    }
    members.extend(graph.loops.entries().iter().cloned());
    document.insert("Resources", members);
    for entry in graph.sections.entries().iter().filter(|e| !BEFORE_RESOURCES.contains(&&*e.key)) {
        document.insert(entry.key.clone(), entry.value.clone());
    }
    document.into()
}

/// A resource as it stands under `Resources`: type, attributes, properties.
fn member(resource: &Resource) -> Map {
    let mut member = Map::from([("Type", resource.resource_type.shared())]);
    member.extend(resource.attributes.entries().iter().cloned());
    if let Some(properties) = &resource.properties {
        member.insert("Properties", properties.clone());
    }
    member
}
