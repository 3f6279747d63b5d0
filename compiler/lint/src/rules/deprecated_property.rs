//! D705: keys that are deprecated, and what is written instead.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::deprecated_properties;
use samc_ir::OldKey;

use crate::query::{at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// It works still, and gets nothing new.
pub(super) static RULE: Rule = Rule {
    code: Code::new("D705", "serverless-key-deprecated"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("deprecated_property.md"),
    check: |context, diagnostics| {
        for old in &context.graph.old_keys {
            diagnostics.push(old_key(old));
        }
        // What AWS calls deprecated works for as long as the resource does, and is a matter of taste.
        if !context.wants_more(RULE.code, &[Profile::Strict]) {
            return;
        }
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

/// A key of the source. Where it is written more than once it is told once, with all places.
fn old_key(old: &OldKey) -> Diagnostic {
    let (label, effect) = match old.is_read {
        true => ("deprecated", "which later versions of the Framework do not read"),
        false => ("not read", "which nothing reads any more"),
    };
    let message = match old.spans.len() {
        0 | 1 => format!("`{}` is a key of old, {effect}", old.key),
        count => format!("`{}` and {} more like it are keys of old, {effect}", old.key, count - 1),
    };
    let (first, more) = old.spans.split_first().map_or((None, [].as_slice()), |(first, more)| (*first, more));
    let mut found =
        Diagnostic::warning(RULE.code, message).at(first, label).help(&*old.to_do).path(&*old.key);
    for span in more {
        found = found.label(*span, label);
    }
    found.resource = old.resource.as_ref().map(ToString::to_string);
    found
}
