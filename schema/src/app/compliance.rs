//! `compliance`: which programmes an application answers to, and what its data are.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};

use super::scalars::Name;

/// What something must comply with. A list stands for `frameworks`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Compliance", transform = or_frameworks)]
pub struct Compliance {
    /// The programmes: `pci`, `hipaa`, `gdpr`, `soc2`.
    pub frameworks: Option<Vec<Spanned<Framework>>>,
    /// How secret its data are. Default `internal`, and `restricted` where it contains cards or health data.
    pub data: Option<Spanned<DataClass>>,
    /// What its data are about: `card` (numbers of payment cards), `pii` (persons), `phi` (health).
    pub contains: Option<Vec<Spanned<DataKind>>>,
    /// `apply` (the default) sets what is not set and refuses what contradicts; `check` reports only.
    pub mode: Option<Spanned<ComplianceMode>>,
    /// Controls that do not hold here, each with a reason.
    pub waive: Option<Vec<Spanned<Waiver>>>,
}

impl<'de> Deserialize<'de> for Compliance {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Compliance;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of programmes such as `[pci]`, or a mapping")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, items: A) -> Result<Compliance, A::Error> {
                let frameworks = Vec::deserialize(SeqAccessDeserializer::new(items))?;
                Ok(Compliance { frameworks: Some(frameworks), ..Compliance::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Compliance, A::Error> {
                Compliance::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

fn or_frameworks(schema: &mut schemars::Schema) {
    let frameworks = schema.get("properties").and_then(|p| p.get("frameworks")).cloned();
    super::forms::or(schema, frameworks.unwrap_or_else(|| serde_json::json!({"type": "array"})));
}

/// A programme of compliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Payment cards: PCI DSS 4.0.
    Pci,
    /// Health data in the United States.
    Hipaa,
    /// Personal data in the European Union.
    Gdpr,
    /// The trust criteria for service organisations.
    Soc2,
}

impl Framework {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Framework::Pci => "pci",
            Framework::Hipaa => "hipaa",
            Framework::Gdpr => "gdpr",
            Framework::Soc2 => "soc2",
        }
    }
}

/// How secret data are, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Everybody may see them.
    Public,
    /// They stay inside, and would do little harm outside.
    Internal,
    /// They would do harm outside.
    Confidential,
    /// They would do great harm outside.
    Restricted,
}

impl DataClass {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            DataClass::Public => "public",
            DataClass::Internal => "internal",
            DataClass::Confidential => "confidential",
            DataClass::Restricted => "restricted",
        }
    }
}

/// What data are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    /// Numbers of payment cards.
    Card,
    /// Persons.
    Pii,
    /// Health of persons.
    Phi,
}

impl DataKind {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            DataKind::Card => "card",
            DataKind::Pii => "pii",
            DataKind::Phi => "phi",
        }
    }
}

/// What is done about controls that do not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ComplianceMode {
    /// What is not set is set, and what contradicts is refused.
    Apply,
    /// Both are reported, and nothing is changed.
    Check,
}

/// A control that does not hold here.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// The control, such as `C8`.
    pub rule: Spanned<String>,
    /// Why not.
    pub reason: Spanned<String>,
    /// The last day on which it is waived, as `2027-01-31`. Default: for good.
    pub until: Option<Spanned<String>>,
    /// Who decided it.
    pub by: Option<Spanned<String>>,
    /// Components it is about. Default: all.
    pub of: Option<Vec<Spanned<Name>>>,
}
