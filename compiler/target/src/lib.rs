//! What every back end has in common: the trait, and the files it gives back.

use samc_base::Diagnostics;
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

/// What a back end is told beside the graph.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form of the main document.
    pub format: Format,
    /// Names and texts of the source files, for maps from output to source.
    pub sources: samc_base::SourceMap,
}

/// One back end.
pub trait Target: Sync {
    /// What `--target` calls it; also the name of its folder.
    fn name(&self) -> &'static str;

    /// The files, the main document first. Findings of level error where the target cannot say something.
    fn emit(&self, graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact>;
}
