//! What a rule is.

use samc_base::{Code, Diagnostics};

use crate::context::Context;

/// One rule: a problem it looks for, under a code of its own.
pub struct Rule {
    /// Its code and name.
    pub code: Code,
    /// The page for `samc explain`: what it checks, an example that is wrong and one that is right.
    pub page: &'static str,
    pub(crate) check: fn(&Context<'_>, &mut Diagnostics),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).finish_non_exhaustive()
    }
}
