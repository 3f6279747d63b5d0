//! What `--target local` writes and `samc local` runs: the application with everything that is known
//! before a deployment, as `manifest.json`.
//!
//! Paths are relative to the folder of the manifest, with `/`. Nothing in it depends on the machine or
//! the day, so that the same input gives the same bytes.

mod api;
mod function;
mod resource;
mod trigger;

pub use api::{Api, ApiKind, Authorizer, Cors, Fixed, Payload, Route, WebSocket};
pub use function::{Architecture, Destinations, Function, Layer, ResponseMode};
pub use resource::{DeadLetters, Resource};
pub use trigger::{Input, InputTransformer, Source, Target, Trigger};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the form that this samc reads and writes.
pub const FORM: &str = "samc.local/1";

/// The account of everything that runs locally, as it stands in names and events.
pub const ACCOUNT: &str = "000000000000";

/// An application as it runs on a developer's own machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The form of this file: `samc.local/1`.
    pub manifest: String,
    /// The name of the application.
    pub app: String,
    /// The stage it was built for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The region in names and events.
    pub region: String,
    /// The account in names and events.
    pub account: String,
    /// The file it was built from.
    pub spec: String,
    /// The Lambda functions by logical id.
    #[serde(default)]
    pub functions: IndexMap<String, Function>,
    /// The APIs and function URLs by logical id; those of other stacks by what this one names them by.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub apis: IndexMap<String, Api>,
    /// What starts functions, routes aside, by the logical id of what says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Queues, topics, buses, tables, buckets and streams by logical id.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resources: IndexMap<String, Resource>,
    /// The outputs whose values are known.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub outputs: IndexMap<String, String>,
    /// What does not run locally.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<Unsupported>,
}

/// A part of the application that does not run locally.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unsupported {
    /// Its logical id.
    pub id: String,
    /// Its CloudFormation type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Why it does not run.
    pub why: String,
}
