//! S304: policies by which their holder can take more rights than they give.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::Expr;

use crate::context::Context;
use crate::policy::{Kind, Statement, covers};
use crate::query::arn_outline;
use crate::rule::{On, Profile, Rule};

/// Rights that lead to all others when they hold for every resource.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S304", "iam-escalation"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("iam_escalation.md"),
    check,
};

/// Actions that change rights, and what their holder can do with them.
const IDENTITY: &[(&str, &str)] = &[
    ("iam:PassRole", "start something under any role of the account"),
    ("iam:CreatePolicyVersion", "rewrite any policy"),
    ("iam:SetDefaultPolicyVersion", "bring back an older, wider version of any policy"),
    ("iam:AttachRolePolicy", "attach any policy to its own role"),
    ("iam:AttachUserPolicy", "attach any policy to any user"),
    ("iam:AttachGroupPolicy", "attach any policy to any group"),
    ("iam:PutRolePolicy", "write any policy into its own role"),
    ("iam:PutUserPolicy", "write any policy into any user"),
    ("iam:PutGroupPolicy", "write any policy into any group"),
    ("iam:AddUserToGroup", "put any user into any group"),
    ("iam:UpdateAssumeRolePolicy", "let itself take any role"),
    ("iam:CreateAccessKey", "make keys of any user"),
    ("iam:CreateLoginProfile", "set a password for any user"),
    ("iam:UpdateLoginProfile", "change the password of any user"),
    ("sts:AssumeRole", "take every role that trusts the account"),
];

/// Actions that let others in, by way of the policies of resources.
const RESOURCE: &[(&str, &str)] = &[
    ("s3:PutBucketPolicy", "open any bucket to anybody"),
    ("s3:PutBucketAcl", "open any bucket to anybody"),
    ("kms:PutKeyPolicy", "open any key to anybody"),
    ("kms:CreateGrant", "give rights to any key"),
    ("lambda:AddPermission", "let anybody call any function"),
    ("lambda:UpdateFunctionCode", "run code under the role of any function"),
    ("sns:SetTopicAttributes", "open any topic to anybody"),
    ("sqs:SetQueueAttributes", "open any queue to anybody"),
    ("secretsmanager:PutResourcePolicy", "open any secret to anybody"),
];

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, PROFILES);
    for statement in context.statements().iter().filter(|s| s.kind == Kind::Identity && s.allows()) {
        let every = statement.every_resource();
        let Some(resource) = every.or_else(|| every_identity(statement)) else { continue };
        if statement.has_condition() {
            continue;
        }
        let mut actions = statement.actions().filter(|(_, at)| at.span.is_some());
        let found = actions.find_map(|(action, at)| {
            // All of a service, or of all services, is S302's and S301's to say, unless more is wanted.
            let rows = IDENTITY.iter().chain(RESOURCE.iter().filter(|_| more));
            let wide = action == "*" || (action.ends_with(":*") && !covers(action, "iam:PassRole"));
            let mut rows =
                rows.filter(|(known, _)| (more || !wide) && covers(action, known)).filter(|(known, _)| {
                    every.is_some() || known.starts_with("iam:") || known.starts_with("sts:")
                });
            rows.next().map(|row| (action, at, row))
        });
        let Some((action, at, (known, power))) = found else { continue };
        let by = if action.eq_ignore_ascii_case(known) { String::new() } else { format!(" ({known})") };
        let what = if every.is_some() { "every resource" } else { "every role, user or policy" };
        let message = format!("by {action}{by} on {what}, who has {} can {power}", statement.name());
        let found = Diagnostic::warning(RULE.code, message).label(resource.span, format!("on {what}")).help(
            match *known {
                "iam:PassRole" => {
                    "name the ARN of the role that is handed on, with the condition iam:PassedToService"
                }
                _ => "name the ARNs that are meant, or leave the action out",
            },
        );
        diagnostics.push(statement.at(found, at.span, "leads to other rights"));
    }
}

/// The resource that stands for every role, user, group or policy: `arn:aws:iam::123456789012:role/*`.
fn every_identity<'g>(statement: &Statement<'g>) -> Option<&'g Expr> {
    statement.items("Resource").find(|arn| {
        let text = arn_outline(arn).unwrap_or_default();
        let mut parts = text.splitn(6, ':');
        parts.nth(2) == Some("iam")
            && parts
                .nth(2)
                .is_some_and(|rest| matches!(rest, "*" | "role/*" | "user/*" | "group/*" | "policy/*"))
    })
}
