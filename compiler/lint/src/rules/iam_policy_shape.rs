//! C225: policies that IAM refuses, or that cannot do what they were written for.

use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest};
use samc_data::iam_actions;
use samc_ir::{Expr, Map};

use crate::context::Context;
use crate::policy::{Document, Kind, Statement, covers};
use crate::query::arn_outline;
use crate::rule::{On, Profile, Rule};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C225", "iam-policy-shape"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("iam_policy_shape.md"),
    check,
};

const STATEMENT_KEYS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Fn::Transform",
];

/// Operators of conditions, without what may stand before (`ForAllValues:`) and after (`IfExists`).
const OPERATORS: [&str; 28] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
    "Fn::If",
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, &[Profile::Strict]);
    for document in context.documents() {
        version(document, more, diagnostics);
        let keys = || document.map.keys().map(|key| &**key);
        if !document.map.contains_key("Statement") && !keys().any(|key| key.starts_with("Fn::")) {
            let help = match keys().find(|key| nearest(key, ["Statement"]).is_some()) {
                Some(slip) => format!("did you mean Statement by `{slip}`?"),
                None => "add Statement with what it allows".to_owned(),
            };
            let message = format!("the policy of {} has no Statement", document.name());
            let found = Diagnostic::error(RULE.code, message).help(help);
            diagnostics.push(document.at(found, None, "no Statement"));
        }
    }
    for statement in context.statements() {
        strangers(statement, diagnostics);
        keys(statement, diagnostics);
        effect(statement, diagnostics);
        conditions(statement, diagnostics);
        for key in ["Action", "NotAction"] {
            for action in statement.items(key) {
                self::action(statement, action, more, diagnostics);
            }
        }
        for resource in statement.items("Resource").chain(statement.items("NotResource")) {
            self::resource(statement, resource, diagnostics);
        }
    }
}

/// Services whose actions and ARNs have one name, and whose actions are called on their own resources alone.
/// Source: Service Authorization Reference, the pages of these services.
const OF_ONE_NAME: [&str; 10] =
    ["dynamodb", "events", "firehose", "kinesis", "lambda", "s3", "secretsmanager", "sns", "sqs", "states"];

/// A resource of a service of which the statement has no action: it allows nothing on it.
fn strangers(statement: &Statement<'_>, diagnostics: &mut Diagnostics) {
    let service = |action: &str| action.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
    let services: Vec<String> = statement.actions().filter_map(|(action, _)| service(action)).collect();
    let all = statement.items("Action").count();
    // Any other action, or one that is not known yet, may be what the resource is for.
    if services.is_empty()
        || services.len() != all
        || !services.iter().all(|s| OF_ONE_NAME.contains(&s.as_str()))
    {
        return;
    }
    for resource in statement.items("Resource") {
        let text = arn_outline(resource).unwrap_or_default();
        let of = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        let Some(of) = of.filter(|of| OF_ONE_NAME.contains(of) && !services.iter().any(|own| own == of))
        else {
            continue;
        };
        let message = format!(
            "{} allows actions of {} on a resource of {of}, which is nothing",
            statement.name(),
            services.first().map_or("", String::as_str)
        );
        let found = Diagnostic::warning(RULE.code, message)
            .help("name the ARN of what the actions are called on, or the actions of its service");
        diagnostics.push(statement.at(found, resource.span, format!("of {of}")));
    }
}

/// The language of the policy: there are two.
fn version(document: &Document<'_>, more: bool, diagnostics: &mut Diagnostics) {
    let Some(value) = document.map.get("Version") else { return };
    let found = match value.as_str() {
        Some("2012-10-17") | None => return,
        Some("2008-10-17") if !more => return,
        Some("2008-10-17") => {
            let message = format!("the policy of {} is in the language of 2008", document.name());
            Diagnostic::new(Severity::Info, RULE.code, message)
                .help("write 2012-10-17; variables such as ${aws:username} need it")
        }
        Some(other) => {
            let message = format!(
                "the policy of {} has the version `{other}`, which IAM does not know",
                document.name()
            );
            Diagnostic::error(RULE.code, message)
                .help("write 2012-10-17: it names the language, not the policy")
        }
    };
    diagnostics.push(document.at(found, value.span, "the version of the policy language"));
}

fn keys(statement: &Statement<'_>, diagnostics: &mut Diagnostics) {
    let map = statement.map;
    let has = |key: &str| map.get(key).is_some_and(|v| !v.is_no_value());
    let mut wrong = |message: String, at: Option<&str>, label: String, help: &str| {
        let at = at.and_then(|key| map.key_span(key));
        diagnostics.push(statement.at(Diagnostic::error(RULE.code, message).help(help), at, label));
    };
    let name = statement.name();
    for key in map.keys().filter(|key| !STATEMENT_KEYS.contains(&&***key)) {
        let label = match nearest(key, STATEMENT_KEYS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "not a key of statements".to_owned(),
        };
        let message = format!("a statement of {name} has the key `{key}`, which statements do not have");
        wrong(
            message,
            Some(key),
            label,
            "a statement has Sid, Effect, Principal, Action, Resource and Condition",
        );
    }
    for (key, other) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")]
    {
        if has(key) && has(other) {
            let message = format!("a statement of {name} has both {key} and {other}, of which IAM takes one");
            wrong(message, Some(other), format!("beside {key}"), "leave one of them out");
        }
    }
    if !has("Action") && !has("NotAction") {
        let message = format!("a statement of {name} says nothing about actions");
        wrong(message, None, "no Action".to_owned(), "add Action with what is allowed or denied");
    }
    let names_resources = has("Resource") || has("NotResource");
    match statement.kind {
        Kind::Identity if !names_resources => {
            let message = format!("a statement of {name} says nothing about resources, so IAM refuses it");
            wrong(message, None, "no Resource".to_owned(), "add Resource with ARNs, or with `*`");
        }
        Kind::Trust if names_resources => {
            let message =
                format!("the trust policy of {name} names a resource; it is always the role itself");
            let key = if has("Resource") { "Resource" } else { "NotResource" };
            wrong(message, Some(key), "IAM refuses it here".to_owned(), "leave it out");
        }
        Kind::Identity | Kind::Trust | Kind::Resource => {}
    }
    let names_principals = has("Principal") || has("NotPrincipal");
    match statement.kind {
        Kind::Identity if names_principals => {
            let message = format!("a statement of {name} names a principal; it is always who has the policy");
            let key = if has("Principal") { "Principal" } else { "NotPrincipal" };
            wrong(message, Some(key), "IAM refuses it here".to_owned(), "leave it out");
        }
        Kind::Trust | Kind::Resource if !names_principals => {
            let message = format!("a statement of {name} does not say whom it is for");
            wrong(message, None, "no Principal".to_owned(), "add Principal with a service or an ARN");
        }
        Kind::Identity | Kind::Trust | Kind::Resource => {}
    }
    for key in ["Action", "NotAction"] {
        if let Some(value) = map.get(key).filter(|v| v.as_map().is_some()) {
            let message =
                format!("{key} in a statement of {name} is {}, not the names of actions", value.kind_name());
            wrong(message, Some(key), "not text".to_owned(), "write one action or a list of them");
        }
    }
}

fn effect(statement: &Statement<'_>, diagnostics: &mut Diagnostics) {
    let name = statement.name();
    let (message, at) = match statement.map.get("Effect") {
        None => (format!("a statement of {name} neither allows nor denies"), None),
        Some(value) => match value.as_str() {
            Some("Allow" | "Deny") => return,
            None if value.is_call() => return,
            Some(other) => (
                format!("a statement of {name} has the effect `{other}`, which IAM does not know"),
                value.span,
            ),
            None => (format!("the effect of a statement of {name} is {}", value.kind_name()), value.span),
        },
    };
    let found = Diagnostic::error(RULE.code, message).help("write `Allow` or `Deny`");
    diagnostics.push(statement.at(found, at, "Effect"));
}

fn conditions(statement: &Statement<'_>, diagnostics: &mut Diagnostics) {
    let Some(conditions) = statement.map.get("Condition").and_then(Expr::as_map) else { return };
    for key in Map::keys(conditions) {
        let bare = key.rsplit_once(':').filter(|(set, _)| set.starts_with("For")).map_or(&**key, |(_, o)| o);
        let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
        if OPERATORS.iter().any(|o| o.eq_ignore_ascii_case(bare)) || bare.starts_with("Fn::") {
            continue;
        }
        let message = format!("`{key}` in a statement of {} is no operator of conditions", statement.name());
        let label = match nearest(bare, OPERATORS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "not an operator".to_owned(),
        };
        let found = Diagnostic::error(RULE.code, message)
            .help("an operator such as StringEquals comes first, the key it compares below it");
        diagnostics.push(statement.at(found, conditions.key_span(key), label));
    }
}

fn action(statement: &Statement<'_>, value: &Expr, more: bool, diagnostics: &mut Diagnostics) {
    let Some(action) = value.as_str().filter(|a| *a != "*") else { return };
    let name = statement.name();
    let (prefix, rest) = match action.split_once(':') {
        Some((prefix, rest)) if !prefix.is_empty() && !rest.is_empty() => (prefix.to_ascii_lowercase(), rest),
        _ => {
            let message = format!("{name} names the action `{action}`, which has no `service:Action`");
            let found =
                Diagnostic::error(RULE.code, message).help("write the service, a colon and the action");
            diagnostics.push(statement.at(found, value.span, "not an action"));
            return;
        }
    };
    if prefix.contains(['*', '?', '$', '{']) || rest.contains('$') || value.span.is_none() {
        return;
    }
    // A service or an action may be newer than the table, so only what looks like a slip is told without being
    // asked.
    let (message, near) = match iam_actions::service(&prefix) {
        None => {
            let near = nearest(&prefix, iam_actions::prefixes()).filter(|_| prefix.len() > 4);
            (
                format!("{name} names the action `{action}` of a service that is not known"),
                near.map(str::to_owned),
            )
        }
        Some(service) => {
            if service.actions().any(|known| covers(rest, known)) || service.actions().next().is_none() {
                return;
            }
            let lower = rest.to_ascii_lowercase();
            let near = nearest(&lower, service.actions()).map(|near| format!("{prefix}:{near}"));
            (format!("{name} names the action `{action}`, which {prefix} does not have"), near)
        }
    };
    if near.is_none() && !more {
        return;
    }
    let label = near.map_or_else(|| "not known".to_owned(), |near| format!("did you mean `{near}`?"));
    let found = Diagnostic::warning(RULE.code, message)
        .help("an unknown action allows nothing; look it up in the Service Authorization Reference");
    diagnostics.push(statement.at(found, value.span, label));
}

fn resource(statement: &Statement<'_>, value: &Expr, diagnostics: &mut Diagnostics) {
    // What the compiler writes of an author's own words, such as a dead-letter queue's, is no policy of theirs.
    let Some(text) = value.as_str().filter(|_| statement.span.is_some()) else { return };
    // API Gateway fills in what is short, and CloudFormation or a person what stands in braces and brackets.
    let short = ["arn:", "execute-api:/", "{{", "${", "<"];
    if text == "*" || short.iter().any(|start| text.starts_with(start)) {
        return;
    }
    let message = format!("{} names the resource `{text}`, which is no ARN", statement.name());
    let found = Diagnostic::error(RULE.code, message)
        .help("write its ARN, such as !GetAtt Table.Arn, or `*` for every resource");
    diagnostics.push(statement.at(found, value.span, "not an ARN"));
}
