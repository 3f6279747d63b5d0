//! Rules about the expanded graph. Those here are CloudFormation's own: what it would refuse after
//! minutes of deployment is said before.
//!
//! Values that are known only at deployment are never guessed at: a rule speaks where it is sure.

mod context;
mod pattern;
mod rule;
pub mod rules;
mod scalars;
mod schema;

use samc_base::Diagnostics;
use samc_ir::ResourceGraph;

pub use rule::Rule;
pub use rules::RULES;
pub use scalars::resolve_scalars;

/// The settings of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Codes of rules to leave out, such as `C232`.
    pub off: Vec<String>,
}

/// Runs every rule that is not off.
pub fn run(graph: &ResourceGraph, options: &Options, diagnostics: &mut Diagnostics) {
    let context = context::Context::new(graph, options);
    for rule in RULES {
        if !options.off.iter().any(|off| off == rule.code.id()) {
            (rule.check)(&context, diagnostics);
        }
    }
}
