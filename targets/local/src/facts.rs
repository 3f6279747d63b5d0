//! The table of types: how resources are named, and what stands for them locally.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What the table says of a type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// The property with its name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// What `Ref` gives, where that is not the name.
    #[serde(default, rename = "ref")]
    pub(crate) reference: Option<String>,
    /// What the attribute `Arn` gives.
    #[serde(default)]
    pub(crate) arn: Option<String>,
    /// What other attributes give.
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, String>,
    /// Why nothing runs for it.
    #[serde(default)]
    pub(crate) why: Option<String>,
    /// Whether that goes without saying: rights, versions, groups of log lines.
    #[serde(default)]
    pub(crate) quiet: bool,
}

static TYPES: LazyLock<BTreeMap<String, Fact>> =
    LazyLock::new(|| toml::from_str(include_str!("../mapping/types.toml")).unwrap_or_default());

/// What is known of a type.
pub(crate) fn of(resource_type: &str) -> Option<&'static Fact> {
    TYPES.get(resource_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let read: Result<BTreeMap<String, Fact>, _> = toml::from_str(include_str!("../mapping/types.toml"));
        assert_eq!(read.map(|types| types.len() > 40), Ok(true));
        assert!(of("AWS::SQS::Queue").is_some_and(|fact| fact.arn.is_some()));
    }
}
