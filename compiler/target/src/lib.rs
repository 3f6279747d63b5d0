//! What every back end has in common: the trait, and the files it gives back.

pub mod terraform;
pub mod yaml;

use std::collections::BTreeMap;

use samc_base::{Diagnostics, LogicalId};
use samc_ir::ValidGraph;

/// A file a back end made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the target's folder, with `/`.
    pub path: String,
    /// The bytes.
    pub contents: Vec<u8>,
}

/// The form of a document that has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

/// What the application is called and where it goes, as far as the input says.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The name of the application; for a template that of its file.
    pub name: String,
    /// The stage, where there is one.
    pub stage: Option<String>,
    /// All stages, in their order.
    pub stages: Vec<String>,
    /// The region, where it is given.
    pub region: Option<String>,
    /// The name of the input file, without folders.
    pub spec: String,
}

/// The form of the application that a back end writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Resources of CloudFormation alone.
    Expanded,
    /// Resources of CloudFormation, with code as it lies on disk rather than in archives.
    Unpackaged,
    /// As it is before SAM's transform.
    Written,
}

/// The folder with the code of a function or the content of a layer, for back ends that run it in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFolder {
    /// The logical id of the function or layer.
    pub resource: LogicalId,
    /// The folder, from the target's folder, with `/`.
    pub root: String,
    /// What the author edits, where the folder is made from it by a build; written the same way.
    pub built_from: Option<String>,
}

/// What a back end is told beside the graph.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form of the main document.
    pub format: Format,
    /// Names and texts of the source files, for maps from output to source.
    pub sources: samc_base::SourceMap,
    /// What the application is called.
    pub about: About,
    /// The name and text of the user's template, for the back end that renders it.
    pub template: Option<(String, String)>,
    /// The values of CloudFormation parameters that are given.
    pub parameters: BTreeMap<String, String>,
    /// Where code lies on disk. Only for back ends that take the application unpackaged.
    pub code: Vec<CodeFolder>,
    /// What only the back end for Terraform is told.
    pub terraform: terraform::Options,
}

/// One back end.
pub trait Target: Sync {
    /// What `--target` calls it; also the name of its folder.
    fn name(&self) -> &'static str;

    /// The form of the application that it writes.
    fn takes(&self) -> Takes {
        Takes::Expanded
    }

    /// True where its documents are stacks, and an application may be several of them.
    fn has_stacks(&self) -> bool {
        false
    }

    /// The files, the main document first. Findings of level error where the target cannot say something.
    fn emit(&self, graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact>;
}
