//! `overrides`: the last word on what a component became.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::Any;

/// A change to a resource of the finished template, for what the language has no key for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// The logical id of the resource; or a component, or a part of one, such as `create`, `create.role` or
    /// `work.dlq`. Parts: role, policy, permission, log-group, mapping, alias, stage, deployment, dlq.
    pub target: Spanned<String>,
    /// New values by their place: `Properties/MemorySize`, `Properties/Tags/0/Value`, `DeletionPolicy`.
    pub set: Option<IndexMap<String, Any>>,
    /// The places of what is taken out.
    pub remove: Option<Vec<Spanned<String>>>,
    /// Whether places that do not exist yet are made. Default false: a misspelt place is an error.
    pub create: Option<Spanned<bool>>,
}
