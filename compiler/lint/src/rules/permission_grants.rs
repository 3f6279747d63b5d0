//! S308 and S309: permissions by which others than the meant callers can call a function.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::query::{Known, arn_outline, at_property, flag, name, property, text};
use crate::rule::{On, Profile, Rule};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// Anybody may call.
pub(super) static PUBLIC: Rule = Rule {
    code: Code::new("S308", "permission-public"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("permission_public.md"),
    check: public,
};

/// A service may call, on behalf of anybody.
pub(super) static SOURCE: Rule = Rule {
    code: Code::new("S309", "permission-source"),
    level: Severity::Warning,
    on: On::Profiles(PROFILES),
    page: include_str!("permission_source.md"),
    check: source,
};

fn public(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(PUBLIC.code, PROFILES);
    for (id, permission) in context.of_type("AWS::Lambda::Permission") {
        if text(permission, "Principal") != Some("*") {
            continue;
        }
        // The permissions of a URL without authentication; the URL itself is what to look at.
        let of_url = text(permission, "Action").is_some_and(|a| a.ends_with(":InvokeFunctionUrl"))
            || flag(property(permission, "InvokedViaFunctionUrl")) != Some(false);
        let narrowed = ["PrincipalOrgID", "SourceAccount", "SourceArn"]
            .into_iter()
            .find(|key| !property(permission, key).is_absent());
        let (message, help) = match narrowed {
            _ if of_url => continue,
            None => (
                format!("{} lets anybody with an AWS account call the function", name(id, permission)),
                "name the service that calls and its ARN, or the account",
            ),
            Some(_) if !more => continue,
            Some(key) => (
                format!(
                    "{} lets anybody call the function whom {key} does not keep out",
                    name(id, permission)
                ),
                "name the service, the account or the role that calls",
            ),
        };
        let found = Diagnostic::warning(PUBLIC.code, message).help(help);
        diagnostics.push(at_property(found, id, permission, "Principal", "everybody"));
    }
    for (id, permission) in context.of_type("AWS::Lambda::LayerVersionPermission").filter(|_| more) {
        if text(permission, "Principal") == Some("*") && property(permission, "OrganizationId").is_absent() {
            let message = format!("{} lets anybody with an AWS account use the layer", name(id, permission));
            let found = Diagnostic::warning(PUBLIC.code, message)
                .help("name the account, or the organisation in OrganizationId");
            diagnostics.push(at_property(found, id, permission, "Principal", "everybody"));
        }
    }
}

fn source(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, permission) in context.of_type("AWS::Lambda::Permission") {
        let Some(principal) = text(permission, "Principal").filter(|p| *p == "*" || is_service(p)) else {
            continue;
        };
        let account = property(permission, "SourceAccount");
        let arn = property(permission, "SourceArn");
        if !account.is_absent() || !property(permission, "PrincipalOrgID").is_absent() {
            continue;
        }
        // A skill is told by a token, and has no ARN.
        if principal.starts_with("alexa") && !property(permission, "EventSourceToken").is_absent() {
            continue;
        }
        let (message, at, help) = match arn {
            Known::Unknown => continue,
            // Anybody at all is S308's.
            Known::Absent if principal == "*" => continue,
            Known::Absent => (
                format!(
                    "{} lets {principal} call the function on behalf of any AWS account",
                    name(id, permission)
                ),
                "Principal",
                "add SourceArn with the ARN of what calls",
            ),
            Known::Is(arn) if is_without_account(arn) => (
                format!(
                    "{} names a source whose ARN has no account, so another account's can take its place",
                    name(id, permission)
                ),
                "SourceArn",
                "add `SourceAccount: !Ref AWS::AccountId`",
            ),
            Known::Is(_) => continue,
        };
        let label = if at == "Principal" { "whoever uses this service" } else { "no account" };
        let found = Diagnostic::warning(SOURCE.code, message).help(help);
        diagnostics.push(at_property(found, id, permission, at, label));
    }
}

/// `s3.amazonaws.com` and the like, rather than an account or an ARN.
fn is_service(principal: &str) -> bool {
    [".amazonaws.com", ".amazon.com", ".amazonaws.com.cn", ".amazonaws.eu"]
        .iter()
        .any(|end| principal.ends_with(end))
}

/// True where an ARN that is written out has no account in it: `arn:aws:s3:::uploads`.
fn is_without_account(arn: &samc_ir::Expr) -> bool {
    // The ARN of a bucket of the template has none either.
    if let Some((_, "Arn")) = arn.as_get_att() {
        return false;
    }
    let Some(text) = arn_outline(arn) else { return false };
    let mut parts = text.split(':');
    parts.next() == Some("arn") && parts.nth(3) == Some("") && parts.next().is_some()
}
