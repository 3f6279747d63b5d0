//! S301, S302 and S303: policies that allow everything, every action of a service, or an action on
//! everything.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_data::{iam_actions, managed_policies};
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::policy::{Kind, Statement, covers};
use crate::query::{arn_outline, at_value, items, name, outline, property};
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
    const HELP: &str = "name the actions that are called, and the ARNs of what they are called on";
    // Some roles are made for administrators and pipelines; one of a function never is.
    let of_functions: FxHashSet<&LogicalId> =
        context.application().functions.iter().filter_map(|f| f.role.as_ref()).collect();
    let told = |id: &LogicalId, name: &str| {
        let runs_code = of_functions.contains(id);
        let who = if runs_code { "the code of a function" } else { "whoever has it" };
        let message = format!("{name} lets {who} do everything to everything in the account");
        (runs_code || context.wants_more(ADMIN.code, PROFILES))
            .then(|| Diagnostic::warning(ADMIN.code, message).help(HELP))
    };
    for statement in granted(context) {
        let Some(action) = every_action(statement) else { continue };
        let Some(resource) = statement.every_resource().filter(|_| !statement.has_condition()) else {
            continue;
        };
        if let Some(found) = told(statement.id, statement.name()) {
            let found = found.label(resource.span, "on every resource");
            diagnostics.push(statement.at(found, action.span, "every action"));
        }
    }
    for one in attached(context).filter(|one| one.services == ["*"]) {
        if let Some(found) = told(one.id, name(one.id, one.holder)) {
            diagnostics.push(one.at(found));
        }
    }
}

fn star_action(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    const HELP: &str = "list the actions that the code calls; actions that only read can be `Get*`";
    for statement in granted(context) {
        for (action, at) in statement.actions().filter(|(_, at)| at.span.is_some()) {
            let message = match action.split_once(':') {
                None if action == "*" => format!("{} allows every action there is", statement.name()),
                Some((service, "*")) if service != "*" => {
                    format!("{} allows every action of {service}, now and in future", statement.name())
                }
                Some(("*", "*")) => format!("{} allows every action there is", statement.name()),
                Some((service, name)) if changes_by_prefix(name) => {
                    let whose = statement.name();
                    format!("{whose} allows every action of {service} that is like {name}, now and in future")
                }
                _ => continue,
            };
            let found = Diagnostic::warning(ACTION.code, message).help(HELP);
            diagnostics.push(statement.at(found, at.span, "every action"));
        }
    }
    for one in attached(context) {
        let what = match one.services.as_slice() {
            ["*"] => "every action there is".to_owned(),
            services => format!("every action of {}", services.join(", ")),
        };
        let (who, policy) = (name(one.id, one.holder), &one.policy);
        let message = format!("{who} has AWS's policy {policy}, which allows {what} on every resource");
        diagnostics.push(one.at(Diagnostic::warning(ACTION.code, message).help(
            "write a policy with the actions that are called, and the ARNs of what they are called on",
        )));
    }
}

/// True for a star behind a verb that changes something: `Put*`, `Delete*`.
fn changes_by_prefix(name: &str) -> bool {
    const READING: [&str; 7] = ["BatchGet", "Describe", "Get", "List", "Lookup", "Query", "Search"];
    let verb = name.strip_suffix('*').unwrap_or_default();
    let is_verb = !verb.is_empty() && verb.bytes().all(|b| b.is_ascii_alphanumeric());
    is_verb && !READING.iter().any(|reading| verb.starts_with(reading))
}

/// A policy of AWS that somebody has, and the services of which it allows every action on every resource.
struct Attached<'g> {
    id: &'g LogicalId,
    holder: &'g Resource,
    arn: &'g Expr,
    policy: String,
    services: Vec<&'static str>,
}

impl Attached<'_> {
    fn at(&self, found: Diagnostic) -> Diagnostic {
        let place = ("ManagedPolicyArns", self.arn.span);
        at_value(found, self.id, self.holder, place, "every action, on every resource")
    }
}

/// Policies of AWS that allow every action of a service, and who has them.
fn attached<'g>(context: &Context<'g>) -> impl Iterator<Item = Attached<'g>> {
    let types = ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"];
    types.into_iter().flat_map(|name| context.of_type(name)).flat_map(|(id, holder)| {
        items(property(holder, "ManagedPolicyArns").value()).filter_map(move |arn| {
            let text = outline(arn).filter(|text| text.contains(":iam::aws:policy/"))?;
            let policy = text.rsplit('/').next()?.to_owned();
            let services: Vec<_> = managed_policies::wide(&policy).collect();
            (!services.is_empty()).then_some(Attached { id, holder, arn, policy, services })
        })
    })
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
    let Some(text) = arn_outline(value) else { return false };
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
    let text = arn_outline(arn)?;
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
    fn a_star_behind_a_verb_that_changes_something_is_wide() {
        for wide in ["Put*", "CreateLog*", "Delete*"] {
            assert!(changes_by_prefix(wide), "{wide}");
        }
        for narrow in ["Get*", "Describe*", "DescribeTable*", "*", "PutItem", "*Item", "BatchGet*"] {
            assert!(!changes_by_prefix(narrow), "{narrow}");
        }
    }

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
