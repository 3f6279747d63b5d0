//! CloudFormation templates in YAML and JSON, after SAM's transform and before it, with a map from each
//! resource to its source.

mod source_map;

use samc_base::Diagnostics;
use samc_ir::{Expr, JsonStyle, JsonWriter, Map, Resource, ResourceGraph, ValidGraph};
use samc_syntax::Writer;
use samc_target::{Artifact, Format, Options, Takes, Target};

/// The back end.
#[derive(Debug, Clone, Copy)]
pub struct CloudFormation;

impl Target for CloudFormation {
    fn name(&self) -> &'static str {
        "cloudformation"
    }

    fn has_stacks(&self) -> bool {
        true
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, _diagnostics: &mut Diagnostics) -> Vec<Artifact> {
        let (path, text) = match options.format {
            Format::Yaml => {
                let mut writer = Writer::new();
                write(graph, &mut writer);
                ("template.yaml", writer.finish())
            }
            Format::Json => {
                let mut writer = JsonWriter::new(JsonStyle::PRETTY);
                write(graph, &mut writer);
                ("template.json", writer.finish() + "\n")
            }
        };
        let map = source_map::write(graph, &options.sources);
        vec![
            Artifact { path: path.to_owned(), contents: text.into_bytes() },
            Artifact { path: "source-map.json".to_owned(), contents: map.into_bytes() },
        ]
    }
}

/// The back end for SAM templates: the same document, before the transform.
#[derive(Debug, Clone, Copy)]
pub struct Sam;

impl Target for Sam {
    fn name(&self) -> &'static str {
        "sam"
    }

    fn takes(&self) -> Takes {
        Takes::Written
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact> {
        CloudFormation.emit(graph, options, diagnostics)
    }
}

/// Sections that come before the resources; the others follow them in the order of the source.
const BEFORE_RESOURCES: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Transform",
    "Globals",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
];

/// What writes a document in one of its forms.
pub(crate) trait Form {
    /// Begins a map.
    fn begin_map(&mut self);
    /// The key of the next member.
    fn key(&mut self, key: &str);
    /// A text.
    fn string(&mut self, text: &str);
    /// A whole value.
    fn value(&mut self, value: &Expr);
    /// Ends the map begun last.
    fn end(&mut self);
}

/// Writes the whole template. Its parts stay where they are: a copy would double the memory.
fn write(graph: &ResourceGraph, form: &mut dyn Form) {
    form.begin_map();
    for name in BEFORE_RESOURCES {
        if let Some(section) = graph.sections.get(name) {
            form.key(name);
            form.value(section);
        }
    }
    form.key("Resources");
    form.begin_map();
    for (id, resource) in &graph.resources {
        form.key(id);
        member(resource, form);
    }
    entries(&graph.loops, form);
    form.end();
    for entry in graph.sections.entries().iter().filter(|e| !BEFORE_RESOURCES.contains(&&*e.key)) {
        form.key(&entry.key);
        form.value(&entry.value);
    }
    form.end();
}

/// A resource as it stands under `Resources`: type, attributes, properties.
fn member(resource: &Resource, form: &mut dyn Form) {
    form.begin_map();
    form.key("Type");
    form.string(&resource.resource_type);
    entries(&resource.attributes, form);
    if let Some(properties) = &resource.properties {
        form.key("Properties");
        form.value(properties);
    }
    form.end();
}

fn entries(map: &Map, form: &mut dyn Form) {
    for (key, value) in map.iter() {
        form.key(key);
        form.value(value);
    }
}

impl Form for JsonWriter {
    fn begin_map(&mut self) {
        self.begin_map();
    }

    fn key(&mut self, key: &str) {
        self.key(key);
    }

    fn string(&mut self, text: &str) {
        self.string(text);
    }

    fn value(&mut self, value: &Expr) {
        self.value(value);
    }

    fn end(&mut self) {
        self.end();
    }
}

impl Form for Writer {
    fn begin_map(&mut self) {
        self.begin_map();
    }

    fn key(&mut self, key: &str) {
        self.key(key);
    }

    fn string(&mut self, text: &str) {
        self.string(text);
    }

    fn value(&mut self, value: &Expr) {
        samc_target::yaml::value(self, value);
    }

    fn end(&mut self) {
        self.end();
    }
}
