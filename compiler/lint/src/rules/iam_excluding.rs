//! S305: statements that allow everything but what they name.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::policy::Kind;
use crate::rule::{On, Profile, Rule};

/// What is not named is allowed, and nobody knows what that will be next year.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S305", "iam-not-allow"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("iam_not_allow.md"),
    check,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, PROFILES);
    for statement in context.statements().iter().filter(|s| s.kind != Kind::Resource && s.allows()) {
        let keys = [
            ("NotPrincipal", "everybody in the world but who is named", "Principal"),
            ("NotAction", "every action but those named, also actions AWS adds later", "Action"),
            ("NotResource", "its actions on everything but what is named", "Resource"),
        ];
        for (key, what, instead) in keys {
            // The first can hardly be meant; the others are a way to write policies for people.
            let Some(value) = statement.map.get(key).filter(|_| more || key == "NotPrincipal") else {
                continue;
            };
            let message = format!("{} allows {what}", statement.name());
            let found = Diagnostic::warning(RULE.code, message)
                .help(format!("say in {instead} what is allowed, or make it a statement with Effect Deny"));
            let at = statement.map.key_span(key).or(value.span);
            diagnostics.push(statement.at(found, at, format!("{key} with Effect Allow")));
        }
    }
}
