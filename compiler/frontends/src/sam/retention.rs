//! What is kept of a resource that several others share, such as the implicit API of functions.

use samc_ir::{Expr, Resource, Str};

/// `DeletionPolicy` and its possible values, the most careful first.
const DELETION: (&str, &[&str]) = ("DeletionPolicy", &["Retain", "Delete"]);

/// `UpdateReplacePolicy` and its possible values, the most careful first.
const REPLACEMENT: (&str, &[&str]) = ("UpdateReplacePolicy", &["Retain", "Snapshot", "Delete"]);

/// The policies of those who share a resource.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    deletion: Vec<Str>,
    replacement: Vec<Str>,
}

impl Retention {
    /// Notes the policies of one that shares the resource.
    pub(crate) fn add(&mut self, resource: &Resource) {
        let policy = |name: &str| resource.attributes.get(name).and_then(Expr::as_shared).cloned();
        self.deletion.extend(policy(DELETION.0));
        self.replacement.extend(policy(REPLACEMENT.0));
    }

    /// Adds what another has noted.
    pub(crate) fn extend(&mut self, other: Retention) {
        self.deletion.extend(other.deletion);
        self.replacement.extend(other.replacement);
    }

    /// Gives the shared resource the most careful policy of all.
    pub(crate) fn write(&self, shared: &mut Resource) {
        for ((name, values), given) in [(DELETION, &self.deletion), (REPLACEMENT, &self.replacement)] {
            let careful = values.iter().find(|value| given.iter().any(|policy| **policy == ***value));
            if let Some(value) = careful {
                shared.attributes.insert(name, *value);
            }
        }
    }
}
