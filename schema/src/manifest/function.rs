//! A Lambda function as a process on this machine.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Target;

/// A Lambda function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Function {
    /// Its name in AWS, as far as it is known; else application and logical id.
    pub name: String,
    /// What the author calls it.
    pub source: String,
    /// The runtime, such as `python3.13`; none for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The entry point, such as `app.handler`; none for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// The image it runs in, where its code is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The folder with its code, which stands for `/var/task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The file or folder the author edits, where `root` is made from it by a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_from: Option<String>,
    /// The processor its code is for.
    pub architecture: Architecture,
    /// Milliseconds until a call is ended.
    pub timeout_ms: u64,
    /// Memory in MiB. It is told to the function and reported, not enforced.
    pub memory_mib: u32,
    /// Its environment variables.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub environment: IndexMap<String, String>,
    /// Environment variables whose values are known only at deployment, and why.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub unknown_environment: IndexMap<String, String>,
    /// Its layers, in the order in which they are unpacked; later ones win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
    /// How many calls run at once at most, where it is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// How it answers calls of its URL.
    #[serde(default, skip_serializing_if = "ResponseMode::is_buffered")]
    pub response_mode: ResponseMode,
    /// How often a failed asynchronous call is tried again: 0 to 2.
    pub retries: u32,
    /// Where the outcome of asynchronous calls goes.
    #[serde(default, skip_serializing_if = "Destinations::is_empty")]
    pub destinations: Destinations,
    /// The port a debugger attaches to, with `--debug`; none for runtimes without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug_port: Option<u16>,
    /// The group its log lines go to.
    pub log_group: String,
}

/// A processor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// 64 bits of Intel and AMD.
    #[default]
    X86_64,
    /// 64 bits of ARM, such as Graviton.
    Arm64,
}

/// A layer of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layer {
    /// The logical id, or the ARN of one that is not of this application.
    pub name: String,
    /// The folder with its content, which stands for `/opt`; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// How a function answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResponseMode {
    /// When it is done.
    #[default]
    Buffered,
    /// Piece by piece.
    Streaming,
}

impl ResponseMode {
    /// Whether it answers when it is done.
    pub fn is_buffered(&self) -> bool {
        *self == ResponseMode::Buffered
    }
}

/// Where the outcome of asynchronous calls goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destinations {
    /// Of calls that succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<Target>,
    /// Of calls that fail for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Target>,
    /// Where the events of such calls go as they are: the dead-letter queue or topic of the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<Target>,
}

impl Destinations {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Destinations::default()
    }
}
