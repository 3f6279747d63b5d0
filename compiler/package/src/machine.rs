//! The processors that Lambda has.

/// A processor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Machine {
    /// What a function that says nothing runs on.
    #[default]
    X86,
    Arm,
}

impl Machine {
    /// The processor of an architecture as CloudFormation names it.
    pub(crate) fn of(architecture: &str) -> Option<Machine> {
        match architecture {
            "x86_64" => Some(Machine::X86),
            "arm64" => Some(Machine::Arm),
            _ => None,
        }
    }

    /// Its name in CloudFormation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Machine::X86 => "x86_64",
            Machine::Arm => "arm64",
        }
    }

    /// Its name in Linux, Rust and Python.
    pub(crate) fn gnu_name(self) -> &'static str {
        match self {
            Machine::X86 => "x86_64",
            Machine::Arm => "aarch64",
        }
    }

    /// Its name in Node.js.
    pub(crate) fn node_name(self) -> &'static str {
        match self {
            Machine::X86 => "x64",
            Machine::Arm => "arm64",
        }
    }

    /// Its name in Go.
    pub(crate) fn go_name(self) -> &'static str {
        match self {
            Machine::X86 => "amd64",
            Machine::Arm => "arm64",
        }
    }
}
