//! P405: keys that stay the same for ever.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::query::{at_property, flag, name, property};
use crate::rule::{On, Profile, Rule};

/// AWS makes new key material every year, and keeps the old for what it encrypted.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P405", "key-rotation"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("key_rotation.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, key) in context.of_type("AWS::KMS::Key") {
        // Only symmetric keys whose material AWS makes can be rotated by it.
        let is = |path: &str, wanted: &str| {
            let known = property(key, path);
            known.is_absent() || known.value().and_then(|v| v.as_str()) == Some(wanted)
        };
        let can = is("KeySpec", "SYMMETRIC_DEFAULT")
            && is("KeyUsage", "ENCRYPT_DECRYPT")
            && is("Origin", "AWS_KMS");
        if can && flag(property(key, "EnableKeyRotation")) == Some(false) {
            let found = Diagnostic::warning(RULE.code, format!("the key {} is never rotated", name(id, key)))
                .help("set EnableKeyRotation to true; nothing that uses the key notices");
            diagnostics.push(at_property(found, id, key, "EnableKeyRotation", "no rotation"));
        }
    }
}
