//! `${source(parameters):address, fallback}`: the variables of a service, resolved on the tree before
//! anything else reads it. The semantics are those of osls 3.77.1; where a value can be known only by
//! asking AWS, it is left to CloudFormation or asked of the user.

mod cells;
mod dotenv;
mod env_file;
mod faults;
mod files;
mod lookups;
pub(super) mod numbers;
mod output;
mod resolver;
mod sources;
mod syntax;
mod text;

use indexmap::IndexSet;
use samc_base::{Diagnostics, Reported, Span};
use samc_syntax::Document;

use crate::Options;

/// What variables may ask of the machine. Paths are relative to the folder of the service, with `/`.
///
/// Of files that are not there nothing is said, since a fallback may follow; everything else that is
/// wrong with one is added to `found`, and an error stands for the value.
pub trait Surroundings {
    /// A file as YAML or JSON; `at` is what names it.
    ///
    /// # Errors
    /// Where the file is there and cannot be used.
    fn document(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<Document>, Reported>;

    /// A file as text, and where that stands.
    ///
    /// # Errors
    /// Where the file is there and cannot be used.
    fn text(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<(String, Span)>, Reported>;

    /// The file with nearly this name that is there.
    fn near(&self, path: &str) -> Option<String>;

    /// A variable of the process's environment.
    fn environment(&mut self, name: &str) -> Option<String>;
}

/// What was asked for from outside the document.
#[derive(Debug, Default)]
pub struct Asked {
    /// The names of parameters, in the order of their first use.
    pub parameters: IndexSet<String>,
}

/// Puts values in the place of all variables of a service.
///
/// What has none keeps its text, and `found` says why: the document is then good for nothing more.
/// A value from elsewhere keeps the place where it is written, and `document.aliases` says what brought
/// it.
pub fn resolve(
    document: &mut Document,
    options: &Options,
    surroundings: &mut dyn Surroundings,
    found: &mut Diagnostics,
) -> Asked {
    let nothing = output::nothing(document.root.span);
    let root = std::mem::replace(&mut document.root, nothing);
    let mut resolver = resolver::Resolver::new(root, options, surroundings, found);
    let (root, aliases) = resolver.finish();
    document.root = root;
    document.aliases.extend(aliases);
    resolver.asked
}
