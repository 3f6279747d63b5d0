//! F801: functions that somebody waits for and that start slowly.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Severity};

use crate::query::{at_property, name, property, text};
use crate::rule::{On, Profile, Rule};

/// Runtimes whose first call takes seconds: the virtual machine, then the classes of the program.
const SLOW: [&str; 2] = ["java", "dotnet"];

/// Who opens a page waits for the start of the function too.
pub(super) static RULE: Rule = Rule {
    code: Code::new("F801", "cold-start"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("cold_start.md"),
    check: |context, diagnostics| {
        // What is kept warm has an alias with provisioned concurrency.
        let warm: FxHashSet<&str> = context
            .of_type("AWS::Lambda::Alias")
            .filter(|(_, alias)| !property(alias, "ProvisionedConcurrencyConfig").is_absent())
            .filter_map(|(_, alias)| alias.property("FunctionName")?.as_ref_to())
            .collect();
        let mut told = FxHashSet::default();
        for route in &context.application().routes {
            let resources = &context.graph.resources;
            let Some((id, function)) = route.function.as_ref().and_then(|f| resources.get_key_value(f))
            else {
                continue;
            };
            let Some(runtime) = text(function, "Runtime") else { continue };
            let is_slow = SLOW.iter().any(|slow| runtime.starts_with(slow));
            let is_helped = !property(function, "SnapStart").is_absent() || warm.contains(id.as_str());
            if !is_slow || is_helped || !told.insert(id) {
                continue;
            }
            let message = format!(
                "whoever calls {} waits for {} to start, which takes seconds with {runtime}",
                route.path,
                name(id, function)
            );
            let found = Diagnostic::new(Severity::Info, RULE.code, message).help(
                "turn SnapStart on with a published alias, or keep copies warm by provisioned concurrency",
            );
            diagnostics.push(at_property(found, id, function, "Runtime", "starts slowly"));
        }
    },
};
