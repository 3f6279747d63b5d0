//! D705: keys that are deprecated, and what is written instead.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::deprecated_properties;

use crate::query::{at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// It works still, and gets nothing new.
pub(super) static RULE: Rule = Rule {
    code: Code::new("D705", "serverless-key-deprecated"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("deprecated_property.md"),
    check: |context, diagnostics| {
        for (id, resource) in &context.graph.resources {
            for (path, instead) in deprecated_properties::of(&resource.resource_type) {
                if property(resource, path).is_absent() {
                    continue;
                }
                let key = path.rsplit('.').next().unwrap_or(path);
                let message = format!(
                    "{key} of {} is a key of old: AWS's reference calls it deprecated",
                    name(id, resource)
                );
                let found = Diagnostic::warning(RULE.code, message).help(format!("write {instead} instead"));
                diagnostics.push(at_property(found, id, resource, path, "deprecated"));
            }
        }
    },
};
