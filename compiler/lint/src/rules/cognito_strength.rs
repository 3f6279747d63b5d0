//! S320: weak passwords, and guests.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::numbers::number;
use crate::query::{Known, at_property, flag, member, name, property};
use crate::rule::{On, Profile, Rule};

/// Passwords that can be guessed, and identities for who has none.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S320", "cognito-strength"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("cognito_strength.md"),
    check,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// The fewest characters that NIST SP 800-63B allows, which is also Cognito's default.
const FEWEST: i128 = 8;

/// The length from which PCI DSS 4.0.1 (8.3.6) asks for letters and digits alone.
const LONG: i128 = 12;

const KINDS: [(&str, &str); 4] = [
    ("RequireLowercase", "small letters"),
    ("RequireUppercase", "capital letters"),
    ("RequireNumbers", "digits"),
    ("RequireSymbols", "symbols"),
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    const POLICY: &str = "Policies.PasswordPolicy";
    const LENGTH: &str = "Policies.PasswordPolicy.MinimumLength";
    let more = context.wants_more(RULE.code, PROFILES);
    for (id, pool) in context.of_type("AWS::Cognito::UserPool") {
        let length = property(pool, LENGTH).value().and_then(number);
        if let Some(length) = length.filter(|n| n.value < FEWEST) {
            let message = format!("{} takes passwords of {} characters", name(id, pool), length.value);
            let found = Diagnostic::warning(RULE.code, message).help("set MinimumLength to 12 or more");
            diagnostics.push(at_property(found, id, pool, LENGTH, format!("at least {FEWEST}")));
            continue;
        }
        let policy = property(pool, POLICY);
        let lacks: Vec<&str> = match policy {
            _ if !more => continue,
            Known::Unknown => continue,
            Known::Absent => KINDS.iter().map(|(_, words)| *words).collect(),
            Known::Is(policy) => {
                let open = KINDS.iter().filter(|(key, _)| flag(member(policy, key)) == Some(false));
                // Length counts for more than kinds of characters: then letters and digits are enough.
                let long = length.is_some_and(|n| n.value >= LONG);
                open.map(|(_, words)| *words).filter(|words| !long || *words == "digits").collect()
            }
        };
        if lacks.is_empty() {
            continue;
        }
        let message = format!("passwords of {} need no {}", name(id, pool), lacks.join(", no "));
        let found = Diagnostic::warning(RULE.code, message)
            .help("set MinimumLength and the four Require… keys in Policies.PasswordPolicy");
        diagnostics.push(at_property(found, id, pool, POLICY, "weak passwords are taken"));
    }
    for (id, pool) in context.of_type("AWS::Cognito::IdentityPool").filter(|_| more) {
        if flag(property(pool, "AllowUnauthenticatedIdentities")) == Some(true) {
            let message = format!("{} gives AWS credentials to everybody, without a login", name(id, pool));
            let found =
                Diagnostic::warning(RULE.code, message).help("set AllowUnauthenticatedIdentities to false");
            diagnostics.push(at_property(found, id, pool, "AllowUnauthenticatedIdentities", "guests"));
        }
    }
}
