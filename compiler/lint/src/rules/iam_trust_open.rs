//! S306: roles that anybody can take.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::policy::Kind;
use crate::rule::{On, Profile, Rule};

/// A star among the principals of a trust policy means every AWS account.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S306", "iam-trust-open"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("iam_trust_open.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, &[Profile::Strict, Profile::Pci, Profile::Hipaa]);
    for statement in context.statements().iter().filter(|s| s.kind == Kind::Trust && s.allows()) {
        let Some(who) = statement.everybody().filter(|_| !statement.has_condition()) else {
            let wide = statement.actions().find(|(action, _)| matches!(*action, "*" | "sts:*"));
            if let Some((_, at)) = wide.filter(|_| more) {
                let message =
                    format!("who takes the role {} may do so in every way there is", statement.name());
                let found = Diagnostic::warning(RULE.code, message)
                    .help("write sts:AssumeRole, or the one way that is meant");
                diagnostics.push(statement.at(found, at.span, "every action"));
            }
            continue;
        };
        let message = format!("any AWS account can take the role {}", statement.name());
        let found = Diagnostic::warning(RULE.code, message)
            .help("name the service or the ARN that takes it, or add a condition such as aws:PrincipalOrgID");
        diagnostics.push(statement.at(found, who.span, "everybody"));
    }
}
