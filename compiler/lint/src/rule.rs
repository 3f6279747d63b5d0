//! What a rule is.

use samc_base::{Code, Diagnostics, Severity, Span};

use crate::context::Context;

/// One rule: a problem it looks for, under a code of its own.
pub struct Rule {
    /// Its code and name.
    pub code: Code,
    /// How grave what it finds is at most.
    pub level: Severity,
    /// When it runs.
    pub on: On,
    /// The page for `samc explain`: what it checks, an example that is wrong and one that is right.
    pub page: &'static str,
    pub(crate) check: fn(&Context<'_>, &mut Diagnostics),
}

/// When a rule runs without being selected by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Always: nearly everybody would act on what it finds.
    Default,
    /// With one of these profiles: an opinion, or what a programme such as PCI DSS asks for.
    Profiles(&'static [Profile]),
}

/// A set of rules that a team takes on together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Advice that not every team follows.
    Strict,
    /// What PCI DSS asks for.
    Pci,
    /// What the HIPAA security rule asks for.
    Hipaa,
    /// What costs money.
    Cost,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 4] = [Profile::Strict, Profile::Pci, Profile::Hipaa, Profile::Cost];

    /// What `--profile` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Strict => "strict",
            Profile::Pci => "pci",
            Profile::Hipaa => "hipaa",
            Profile::Cost => "cost",
        }
    }
}

/// Something that is allowed of what rules find, as far as a rule asks about it.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The codes of the rules.
    pub rules: Vec<&'static str>,
    /// Whether it says who decided it.
    pub has_owner: bool,
    /// Whether it ends.
    pub has_end: bool,
    /// Where it is written.
    pub span: Span,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).field("on", &self.on).finish_non_exhaustive()
    }
}
