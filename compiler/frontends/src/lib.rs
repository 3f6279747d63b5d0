//! From a document in one of the dialects to the resource graph.
//!
//! Each dialect is a folder; they do not use each other, except that `app` lowers to `sam`'s model.
//! What they share stands in `template`: reading YAML values as CloudFormation's expressions.

pub mod app;
pub mod cloudformation;
pub mod definitions;
mod flags;
mod options;
pub mod sam;
pub mod serverless;
pub mod template;

pub use options::{Files, NoFiles, Options};

use samc_base::Diagnostics;
use samc_ir::ResourceGraph;
use samc_syntax::Document;

/// One dialect of input.
#[derive(Debug, Clone, Copy)]
pub struct Frontend {
    /// What `--dialect` calls it.
    pub name: &'static str,
    /// True where the content of a document is of this dialect. The name of the file says nothing.
    pub detect: fn(&Document) -> bool,
    /// Compiles a document. None only where findings of level error say why.
    pub compile: fn(&Document, &Options, &dyn Files, &mut Diagnostics) -> Option<ResourceGraph>,
    /// The same before SAM's transform: a document that the transform makes the same graph of. What is
    /// wrong with the input is said by `compile`.
    pub written: fn(&Document, &Options, &dyn Files) -> Option<ResourceGraph>,
}
