//! What became of each control on each component.

use samc_base::Span;

use super::controls::Control;

/// How it stands with a control on a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file says so, or it is always so.
    Held,
    /// Nothing was said, and it was set.
    Applied,
    /// It is not so.
    Missing,
    /// It is not so, and need not be.
    Waived,
}

impl State {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Applied => "applied",
            State::Missing => "missing",
            State::Waived => "waived",
        }
    }
}

/// One control on one component.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The control.
    pub control: Control,
    /// The path of the component, such as `tables.orders`.
    pub component: String,
    /// How it stands.
    pub state: State,
    /// What shows it, in words.
    pub text: String,
    /// Where that, or the component, is written.
    pub span: Option<Span>,
}

/// The whole of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The programmes that apply anywhere in the file.
    pub frameworks: Vec<&'static str>,
    /// Everything that was looked at, in the order of the file.
    pub evidence: Vec<Evidence>,
}
