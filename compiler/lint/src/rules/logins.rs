//! P411 and P412: logins with a password alone, and secrets that stay the same.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::query::{Known, at_property, flag, name, property};
use crate::rule::{On, Profile, Rule};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// A password that was guessed or stolen is enough to get in.
pub(super) static MFA: Rule = Rule {
    code: Code::new("P411", "mfa"),
    level: Severity::Warning,
    on: On::Profiles(PROFILES),
    page: include_str!("mfa.md"),
    check: second_factor,
};

/// What leaked once stays good for ever.
pub(super) static ROTATION: Rule = Rule {
    code: Code::new("P412", "secret-rotation"),
    level: Severity::Warning,
    on: On::Profiles(PROFILES),
    page: include_str!("secret_rotation.md"),
    check: rotation,
};

fn second_factor(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, pool) in context.of_type("AWS::Cognito::UserPool") {
        let setting = property(pool, "MfaConfiguration");
        let off = match setting {
            Known::Absent => true,
            Known::Unknown => false,
            // `OFF` without quotes is read as false by some readers of YAML.
            Known::Is(value) => value.as_str() == Some("OFF") || flag(setting) == Some(false),
        };
        if off {
            let message = format!("users of {} get in with a password alone", name(id, pool));
            let found = Diagnostic::warning(MFA.code, message)
                .help("set MfaConfiguration to 'ON' and EnabledMfas to [SOFTWARE_TOKEN_MFA]");
            diagnostics.push(at_property(found, id, pool, "MfaConfiguration", "no second factor"));
        }
    }
}

fn rotation(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut rotated: FxHashSet<&str> = FxHashSet::default();
    for (_, schedule) in context.of_type("AWS::SecretsManager::RotationSchedule") {
        let Some(id) = property(schedule, "SecretId").value().and_then(|s| s.as_ref_to()) else { continue };
        rotated.insert(id);
        // The secret of a database is often named by what joins the two.
        let attachment = context.graph.resources.get(id);
        rotated.extend(attachment.and_then(|a| property(a, "SecretId").value()?.as_ref_to()));
    }
    for (id, secret) in context.of_type("AWS::SecretsManager::Secret") {
        if !rotated.contains(id.as_str()) {
            let message = format!("the secret {} is never changed", name(id, secret));
            let found = Diagnostic::warning(ROTATION.code, message)
                .help("add an AWS::SecretsManager::RotationSchedule that names it");
            diagnostics.push(at_property(found, id, secret, "", "no rotation"));
        }
    }
}
