//! `Metadata: {samc: ...}` of a template and of its resources: what it tells samc and nobody else.

use samc_base::{Diagnostics, Span};
use samc_syntax::{Entry, Node, NodeKind, Spanned, from_node_in_part};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};

use crate::app::{DataClass, DataKind, Framework};

/// What may stand under `samc`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Metadata {
    /// How code is built before it is packed; packaging reads it.
    pub build: Option<IgnoredAny>,
    /// Findings that are allowed.
    pub allow: Option<Vec<Spanned<Allow>>>,
    /// What the data are.
    pub compliance: Option<Spanned<DataFlags>>,
}

/// A finding that is allowed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allow {
    /// The rule, by code or name.
    pub rule: Spanned<String>,
    /// Why. It has to be there.
    pub reason: Option<Spanned<String>>,
    /// The last day, as `2027-01-31`. Default: for good.
    pub until: Option<Spanned<String>>,
    /// Who decided it.
    pub by: Option<Spanned<String>>,
}

/// What data are, in the words of app.yaml. A list stands for `frameworks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataFlags {
    /// The programmes: `pci`, `hipaa`, `gdpr`, `soc2`.
    pub frameworks: Option<Vec<Spanned<Framework>>>,
    /// How secret they are.
    pub data: Option<Spanned<DataClass>>,
    /// What they are about.
    pub contains: Option<Vec<Spanned<DataKind>>>,
}

impl<'de> Deserialize<'de> for DataFlags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = DataFlags;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of programmes such as `[pci]`, or a mapping")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, items: A) -> Result<DataFlags, A::Error> {
                let frameworks = Vec::deserialize(SeqAccessDeserializer::new(items))?;
                Ok(DataFlags { frameworks: Some(frameworks), ..DataFlags::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<DataFlags, A::Error> {
                DataFlags::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

/// What one resource, or the whole template, says to samc.
#[derive(Debug, Clone)]
pub struct Said {
    /// The logical id; none for the whole template.
    pub of: Option<String>,
    /// All that it is about: from the key of the resource to its end, or the whole text.
    pub scope: Span,
    /// What it says, as far as it could be read.
    pub metadata: Metadata,
}

/// Where a document says what it says to samc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Metadata` of the template, and of what stands under `Resources`.
    Template,
    /// `Metadata` of what stands under `resources` of app.yaml.
    App,
    /// `custom: {samc: ...}` of a serverless.yml, with `functions` and `resources` in it for single ones, and
    /// `Metadata` of what stands under `resources: {Resources: ...}`.
    Service,
}

impl Form {
    /// The form of a document, by the keys at its top.
    pub fn of(root: &Node) -> Form {
        if root.get("app").is_some() {
            Form::App
        } else if root.get("service").is_some() && root.get("provider").is_some() {
            Form::Service
        } else {
            Form::Template
        }
    }
}

/// Reads what a document says, first of itself and then of its resources.
pub fn read(root: &Node, form: Form, diagnostics: &mut Diagnostics) -> Vec<Said> {
    let mut said = Vec::new();
    match form {
        Form::Template => {
            said.extend(of_entry(None, root.get("Metadata"), "Metadata", root.span, diagnostics));
            of_resources(root.get("Resources"), "Resources", &mut said, diagnostics);
        }
        Form::App => of_resources(root.get("resources"), "resources", &mut said, diagnostics),
        Form::Service => of_service(root, &mut said, diagnostics),
    }
    said
}

/// What stands in `Metadata` of resources.
fn of_resources(section: Option<&Node>, path: &str, said: &mut Vec<Said>, diagnostics: &mut Diagnostics) {
    for entry in section.and_then(Node::as_mapping).unwrap_or_default() {
        let path = format!("{path}.{}.Metadata", entry.key);
        let metadata = entry.value.get("Metadata");
        said.extend(of_entry(Some(&entry.key), metadata, &path, scope(entry), diagnostics));
    }
}

/// All from a key to the end of its value.
fn scope(entry: &Entry) -> Span {
    Span::new(entry.key_span.file, entry.key_span.start, entry.value.span.end)
}

/// What stands under `samc` of a mapping.
fn of_entry(
    of: Option<&str>,
    holder: Option<&Node>,
    path: &str,
    scope: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Said> {
    let entry = holder.and_then(|holder| holder.entry("samc"))?;
    one(of, &entry.value, entry.key_span, &format!("{path}.samc"), scope, diagnostics)
}

fn one(
    of: Option<&str>,
    node: &Node,
    key_span: Span,
    path: &str,
    scope: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Said> {
    let mut found = Diagnostics::default();
    let read = from_node_in_part::<Metadata>(node, Some(key_span), path, &mut found);
    for finding in found.finish() {
        diagnostics.push(match of {
            Some(id) => finding.resource(id),
            None => finding,
        });
    }
    read.map(|part| Said { of: of.map(str::to_owned), scope, metadata: part.value })
}

/// The keys of `custom: {samc: ...}` that hold what is said of single functions and resources.
const SINGLE: [&str; 2] = ["functions", "resources"];

/// The mappings of functions or of resources of a service, each of which may be several in a list.
fn sections<'n>(root: &'n Node, section: &str) -> Vec<&'n Node> {
    let parts = |node: Option<&'n Node>| match node.and_then(Node::as_sequence) {
        Some(items) => items.iter().collect(),
        None => node.into_iter().collect::<Vec<_>>(),
    };
    match section {
        "functions" => parts(root.get("functions")),
        _ => parts(root.get("resources")).into_iter().filter_map(|part| part.get("Resources")).collect(),
    }
}

fn of_service(root: &Node, said: &mut Vec<Said>, diagnostics: &mut Diagnostics) {
    if let Some(entry) = root.get("custom").and_then(|custom| custom.entry("samc")) {
        let mut whole = entry.value.clone();
        if let NodeKind::Mapping(entries) = &mut whole.kind {
            entries.retain(|entry| !SINGLE.contains(&&*entry.key));
        }
        said.extend(one(None, &whole, entry.key_span, "custom.samc", root.span, diagnostics));
        for section in SINGLE {
            for single in entry.value.get(section).and_then(Node::as_mapping).unwrap_or_default() {
                let written = sections(root, section).into_iter().find_map(|part| part.entry(&single.key));
                let place = written.map_or(single.key_span, scope);
                let path = format!("custom.samc.{section}.{}", single.key);
                said.extend(one(
                    Some(&single.key),
                    &single.value,
                    single.key_span,
                    &path,
                    place,
                    diagnostics,
                ));
            }
        }
    }
    for part in sections(root, "resources") {
        of_resources(Some(part), "resources.Resources", said, diagnostics);
    }
}
