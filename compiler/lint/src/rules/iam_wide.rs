//! S301, S302 and S303: policies that allow everything, every action of a service, or an action on
//! everything.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_data::iam_actions;
use samc_ir::Expr;

use crate::context::Context;
use crate::policy::{Kind, Statement, covers};
use crate::query::outline;
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// Who may do everything on everything.
pub(super) static ADMIN: Rule = Rule {
    code: Code::new("S301", "iam-admin"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("iam_admin.md"),
    check: admin,
};

/// A star in place of the actions that are needed.
pub(super) static ACTION: Rule = Rule {
    code: Code::new("S302", "iam-star-action"),
    level: Severity::Error,
    on: On::Profiles(PROFILES),
    page: include_str!("iam_star_action.md"),
    check: star_action,
};

/// A star in place of the resources that are meant.
pub(super) static RESOURCE: Rule = Rule {
    code: Code::new("S303", "iam-star-resource"),
    level: Severity::Warning,
    on: On::Profiles(PROFILES),
    page: include_str!("iam_star_resource.md"),
    check: star_resource,
};

/// What who has the identity is allowed, as far as its author wrote it.
fn granted<'c, 'g>(context: &'c Context<'g>) -> impl Iterator<Item = &'c Statement<'g>> {
    context.statements().iter().filter(|s| s.kind == Kind::Identity && s.allows())
}

fn every_action<'g>(statement: &Statement<'g>) -> Option<&'g Expr> {
    statement.actions().find(|(action, _)| matches!(*action, "*" | "*:*")).map(|(_, at)| at)
}

fn admin(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for statement in granted(context) {
        let Some(action) = every_action(statement) else { continue };
        if statement.every_resource().is_none() || statement.has_condition() {
            continue;
        }
        // Some roles are made for administrators and pipelines; one of a function never is.
        let runs_code = context.application().functions.iter().any(|f| f.role.as_ref() == Some(statement.id));
        if !runs_code && !context.wants_more(ADMIN.code, PROFILES) {
            continue;
        }
        let who = if runs_code { "the code of a function" } else { "whoever has it" };
        let message = format!("{} lets {who} do everything to everything in the account", statement.name());
        let found = Diagnostic::warning(ADMIN.code, message)
            .label(statement.every_resource().and_then(|r| r.span), "on every resource")
            .help("name the actions that are called, and the ARNs of what they are called on");
        diagnostics.push(statement.at(found, action.span, "every action"));
    }
}

fn star_action(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for statement in granted(context) {
        for (action, at) in statement.actions().filter(|(_, at)| at.span.is_some()) {
            let message = match action.split_once(':') {
                None if action == "*" => format!("{} allows every action there is", statement.name()),
                Some((service, "*")) if service != "*" => {
                    format!("{} allows every action of {service}, now and in future", statement.name())
                }
                Some(("*", "*")) => format!("{} allows every action there is", statement.name()),
                _ => continue,
            };
            let found = Diagnostic::warning(ACTION.code, message)
                .help("list the actions that the code calls; actions that only read can be `Get*`");
            diagnostics.push(statement.at(found, at.span, "every action"));
        }
    }
}

/// Rights on all objects of a bucket, where a prefix may be all that is needed: for who is strict.
fn every_object(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if !context.wants_more(RESOURCE.code, &[Profile::Strict]) {
        return;
    }
    for statement in granted(context).filter(|s| !s.has_condition()) {
        let objects = |r: &&Expr| r.span.is_some() && is_all_objects(context, r);
        let Some(at) = statement.items("Resource").find(objects) else { continue };
        let Some((action, _)) = statement.actions().find(|(a, _)| *a == "*" || a.starts_with("s3:")) else {
            continue;
        };
        let message = format!("{} allows {action} on every object of a bucket", statement.name());
        let found = Diagnostic::new(Severity::Info, RESOURCE.code, message)
            .help("where the code keeps to a prefix, name it: `bucket/prefix/*`");
        diagnostics.push(statement.at(found, at.span, "all objects"));
    }
}

/// True for the ARN of a bucket that is named, with `/*` behind it.
fn is_all_objects(context: &Context<'_>, value: &Expr) -> bool {
    if let [Part::Attribute(id, "Arn"), Part::Text(tail)] = parts(value).as_slice() {
        let bucket = context.graph.resources.get(*id);
        return tail == "/*" && bucket.is_some_and(|b| b.resource_type == *"AWS::S3::Bucket");
    }
    let Some(text) = outline(value).map(|text| text.replace("AWS::", "")) else { return false };
    let mut parts = text.splitn(6, ':');
    let (service, name) = (parts.nth(2), parts.nth(2).and_then(|rest| rest.strip_suffix("/*")));
    service == Some("s3") && name.is_some_and(|n| !n.is_empty() && !n.contains(['/', '*']))
}

fn star_resource(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    every_object(context, diagnostics);
    for statement in granted(context).filter(|s| !s.has_condition()) {
        let every = statement.every_resource().map(|r| (r, "resource".to_owned()));
        let wide = every.or_else(|| statement.items("Resource").find_map(|r| Some((r, every_of_a_kind(r)?))));
        let Some((resource, kind)) = wide.filter(|(r, _)| r.span.is_some()) else { continue };
        let narrow: Vec<&str> =
            statement.actions().map(|(action, _)| action).filter(|action| can_be_narrowed(action)).collect();
        let Some(first) = narrow.first() else { continue };
        let others = match narrow.len() {
            1 => String::new(),
            2 => " and one more action".to_owned(),
            n => format!(" and {} more actions", n - 1),
        };
        let message = format!("{} allows {first}{others} on every {kind}", statement.name());
        let found = Diagnostic::warning(RESOURCE.code, message)
            .help("name the ARNs that are meant; put actions that only take `*` in a statement of their own");
        diagnostics.push(statement.at(found, resource.span, format!("every {kind} of the account")));
    }
}

/// True where an action, or one that its stars stand for, can be allowed on certain resources. Of an
/// action that is not in the table it is not known that it cannot, so it counts.
fn can_be_narrowed(action: &str) -> bool {
    let Some((prefix, name)) = action.split_once(':') else { return action == "*" };
    let Some(service) = iam_actions::service(&prefix.to_ascii_lowercase()) else { return true };
    let named = |mut actions: Box<dyn Iterator<Item = &'static str>>| actions.any(|a| covers(name, a));
    named(Box::new(service.on_resources())) || !named(Box::new(service.on_all()))
}

/// What an ARN is for all of, where a star stands in place of the name: `table` for `…:table/*`.
fn every_of_a_kind(arn: &Expr) -> Option<String> {
    const KINDS: [&str; 12] = [
        "cluster",
        "domain",
        "event-bus",
        "function",
        "key",
        "layer",
        "log-group",
        "rule",
        "secret",
        "stateMachine",
        "stream",
        "table",
    ];
    // Colons inside of variables are none of the ARN's.
    let text = outline(arn)?.replace("AWS::", "");
    let mut parts = text.splitn(6, ':');
    let service = parts.nth(2)?.to_owned();
    let rest = parts.nth(2)?;
    match &*service {
        "s3" => rest.starts_with('*').then(|| "bucket".to_owned()),
        "sqs" => (rest == "*").then(|| "queue".to_owned()),
        "sns" => (rest == "*").then(|| "topic".to_owned()),
        _ => {
            let (kind, name) = rest.split_once(['/', ':'])?;
            (KINDS.contains(&kind) && matches!(name, "*" | "*:*" | "*/*")).then(|| kind.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_place_of_a_name_is_for_all_of_a_kind() {
        let kind = |arn: &str| every_of_a_kind(&Expr::sub(arn));
        assert_eq!(
            kind("arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*").as_deref(),
            Some("table")
        );
        assert_eq!(kind("arn:aws:s3:::*/*").as_deref(), Some("bucket"));
        assert_eq!(kind("arn:aws:logs:*:*:log-group:*:*").as_deref(), Some("log-group"));
        for narrow in
            ["arn:aws:s3:::reports/*", "arn:aws:dynamodb:*:*:table/orders/index/*", "*", "arn:aws:sqs:*:*:a*"]
        {
            assert_eq!(kind(narrow), None, "{narrow}");
        }
    }
}
