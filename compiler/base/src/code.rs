//! The stable name of a kind of finding.

use std::fmt;

/// A code such as `E102`, with the name of the problem. Codes are never reused for another meaning.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    id: &'static str,
    name: &'static str,
}

impl Code {
    /// A code of the registry in [`codes`](crate::codes), or of a lint rule.
    pub const fn new(id: &'static str, name: &'static str) -> Self {
        Code { id, name }
    }

    /// The short form, such as `E102`.
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// The problem in kebab case, such as `unknown-property`.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
