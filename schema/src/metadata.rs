//! `Metadata: {samc: ...}` of a template and of its resources: what it tells samc and nobody else.

use samc_base::{Diagnostics, Span};
use samc_syntax::{Node, Spanned, from_node_in_part};
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

/// Reads what a template says, first of itself and then of its resources, which stand under `section`:
/// `Resources` of templates, `resources` of app.yaml.
pub fn read(root: &Node, section: &str, diagnostics: &mut Diagnostics) -> Vec<Said> {
    let mut said = Vec::new();
    let mut take = |of: Option<&str>, node: &Node, scope: Span, diagnostics: &mut Diagnostics| {
        let Some(entry) = node.get("Metadata").and_then(|m| m.entry("samc")) else { return };
        let path = match of {
            Some(id) => format!("{section}.{id}.Metadata.samc"),
            None => "Metadata.samc".to_owned(),
        };
        let mut found = Diagnostics::default();
        let read = from_node_in_part::<Metadata>(&entry.value, Some(entry.key_span), &path, &mut found);
        for finding in found.finish() {
            diagnostics.push(match of {
                Some(id) => finding.resource(id),
                None => finding,
            });
        }
        if let Some(part) = read {
            said.push(Said { of: of.map(str::to_owned), scope, metadata: part.value });
        }
    };
    take(None, root, root.span, diagnostics);
    for entry in root.get(section).and_then(Node::as_mapping).unwrap_or_default() {
        let scope = Span::new(entry.key_span.file, entry.key_span.start, entry.value.span.end);
        take(Some(&entry.key), &entry.value, scope, diagnostics);
    }
    said
}
