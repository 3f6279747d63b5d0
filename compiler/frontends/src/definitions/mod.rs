//! Definitions that a template holds or names, in languages of their own: state machines and APIs.
//!
//! They are looked at as they are written, in the template or in a file, so that what is wrong is
//! told there. The expansion of templates knows nothing of this.

mod openapi;
mod states;
mod substitutions;

pub use openapi::check as check_api;
pub use states::check as check_machine;
pub use substitutions::check as check_substitutions;

use samc_base::{Diagnostic, Diagnostics};
use samc_syntax::Node;

/// Whose definition it is.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'o> {
    /// The logical id in the template.
    pub id: &'o str,
    /// The path of keys to the definition, for one in the template; empty in a file of its own.
    pub path: &'o str,
}

impl Owner<'_> {
    /// Collects a finding about a value at a path below the definition.
    fn report(&self, found: &mut Diagnostics, below: &str, finding: Diagnostic) {
        let path = format!("{}{below}", self.path);
        found.push(finding.resource(self.id).path(path.trim_start_matches('.')));
    }
}

/// Text that says what it is: no function of CloudFormation and nothing to be substituted.
fn literal(node: &Node) -> Option<&str> {
    let scalar = node.as_scalar().filter(|scalar| node.tag.is_none() && !scalar.text.contains("${"))?;
    Some(&scalar.text)
}

/// True for a value that a function of CloudFormation gives.
fn is_call(node: &Node) -> bool {
    let by_key = || {
        let entries = node.as_mapping().unwrap_or_default();
        matches!(entries, [only] if only.key.starts_with("Fn::") || &*only.key == "Ref")
    };
    node.tag.as_ref().is_some_and(|tag| !tag.text.starts_with("!!")) || by_key()
}
