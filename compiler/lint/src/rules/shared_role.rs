//! S307: functions that share a role although they need different things.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::application::FunctionView;

use crate::context::Context;
use crate::query::{at_property, name};
use crate::rule::{On, Profile, Rule};

/// Each function of them has what all of them need.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S307", "shared-role"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("shared_role.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let application = context.application();
    let mut by_role: IndexMap<&LogicalId, Vec<&FunctionView>, FxBuildHasher> = IndexMap::default();
    for function in &application.functions {
        if let Some(role) = &function.role {
            by_role.entry(role).or_default().push(function);
        }
    }
    for (role, functions) in by_role {
        let [first, rest @ ..] = functions.as_slice() else { continue };
        // What a function is told about says what it needs; where all are told the same, one role is right.
        let Some(other) = rest.iter().find(|f| needs(f) != needs(first)) else { continue };
        let Some((id, resource)) = context.graph.resources.get_key_value(role) else { continue };
        let message = format!(
            "{} functions share the role {}, so {} may also do what only {} needs",
            functions.len(),
            name(id, resource),
            first.source,
            other.source
        );
        let found = Diagnostic::warning(RULE.code, message)
            .label(other.span, "has other resources in its environment")
            .help("give each function a role of its own; SAM and app.yaml make one where none is named");
        diagnostics.push(at_property(found, id, resource, "", "one role for all"));
    }
}

/// The resources that a function's environment names, sorted.
fn needs(function: &FunctionView) -> Vec<&LogicalId> {
    let mut found: Vec<_> = function.environment.iter().filter_map(|(_, named)| named.as_ref()).collect();
    found.sort_unstable();
    found.dedup();
    found
}
