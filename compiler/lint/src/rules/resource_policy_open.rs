//! S316: queues, topics, buses, keys and the like that everybody can use.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Map, Matter, references};

use crate::context::Context;
use crate::policy::{Kind, Statement};
use crate::query::{at_property, name, outline, property, text};
use crate::rule::{On, Profile, Rule};

/// A star as principal lets in every account, and callers without any.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S316", "resource-policy-open"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("resource_policy_open.md"),
    check,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, PROFILES);
    for statement in context.statements() {
        if statement.kind != Kind::Resource || !statement.allows() {
            continue;
        }
        // Buckets are S315's; that an API can be called by everybody is S311's.
        if matches!(&*statement.resource.resource_type, "AWS::S3::BucketPolicy" | "AWS::ApiGateway::RestApi")
        {
            continue;
        }
        if excluding(statement, RULE.code, more, diagnostics) {
            continue;
        }
        let everybody = statement.everybody().filter(|_| !is_narrowed(statement));
        let every_action = statement.actions().find(|(action, _)| *action == "*" || action.ends_with(":*"));
        if let Some(who) = everybody {
            let message = format!("{} lets everybody {}", statement.name(), does(statement));
            let found = Diagnostic::warning(RULE.code, message)
                .help("name the service or account, or add a condition such as aws:SourceArn");
            diagnostics.push(statement.at(found, who.span, "everybody"));
        } else if let Some(found) = for_anybody(statement, more) {
            diagnostics.push(found);
        } else if let Some((action, at)) = every_action.filter(|_| more && !is_key(statement)) {
            let message =
                format!("{} allows every action ({action}), also to change who may", statement.name());
            let found = Diagnostic::warning(RULE.code, message).help("list the actions that are needed");
            diagnostics.push(statement.at(found, at.span, "every action"));
        }
    }
    for (id, policy) in context.of_type("AWS::Events::EventBusPolicy") {
        if text(policy, "Principal") == Some("*") && property(policy, "Condition").is_absent() {
            let message = format!("{} lets every AWS account put events on the bus", name(id, policy));
            let found = Diagnostic::warning(RULE.code, message)
                .help("name the account, or add a Condition on aws:PrincipalOrgID");
            diagnostics.push(at_property(found, id, policy, "Principal", "everybody"));
        }
    }
}

/// A service that may act for every account: it works for all of them, and does what any of them sets up. That a
/// condition is meant and names nothing is told always; that there is none, of queues where it is asked for. Topics are
/// not among those, since rules of EventBridge publish to none that has a condition.
fn for_anybody(statement: &Statement<'_>, more: bool) -> Option<Diagnostic> {
    let service = statement.principals().into_iter().find(|(kind, _)| *kind == "Service")?.1;
    let service = outline(service).unwrap_or_else(|| "a service".to_owned());
    let is_queue = statement.resource.resource_type.starts_with("AWS::SQS::");
    let (why, at, label) = match statement.empty_condition() {
        Some((condition, Some(operator))) => {
            (format!("the condition {operator} names nothing"), condition.span, "asks nothing")
        }
        Some((condition, None)) => ("its condition is empty".to_owned(), condition.span, "asks nothing"),
        None if more && is_queue && !is_narrowed(statement) => {
            ("it has no condition".to_owned(), statement.map.key_span("Principal"), "for every account")
        }
        None => return None,
    };
    // What a dialect makes for a function is not the function.
    let policy = match statement.name() {
        own if own == statement.id.as_str() => own.to_owned(),
        of => format!("{} of {of}", statement.id),
    };
    let message = format!("{policy} lets {service} {} for everybody: {why}", does(statement));
    let help = statement.resource.origin.advice_on(Matter::Access);
    let found = Diagnostic::warning(RULE.code, message).help(
        help.unwrap_or("say for whom the service acts: a condition on aws:SourceArn or aws:SourceAccount"),
    );
    Some(statement.at(found, at, label))
}

/// A key's policy always allows everything to the account, which hands the question on to IAM.
fn is_key(statement: &Statement<'_>) -> bool {
    statement.resource.resource_type.starts_with("AWS::KMS::")
}

/// True where a condition says more than that the connection is encrypted.
fn is_narrowed(statement: &Statement<'_>) -> bool {
    let Some(condition) = statement.map.get("Condition") else { return false };
    let Some(operators) = condition.as_map() else { return true };
    operators.values().any(|keys| {
        let keys = keys.as_map().map(Map::keys);
        keys.is_none_or(|mut keys| keys.any(|key| !key.eq_ignore_ascii_case("aws:SecureTransport")))
    })
}

/// The resources that the policies of the template open to everybody.
pub(super) fn open<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    let mut found = FxHashSet::default();
    let statements = context.statements().iter().filter(|s| s.kind == Kind::Resource && s.allows());
    for statement in statements.filter(|s| s.everybody().is_some() && !is_narrowed(s)) {
        found.insert(statement.id.as_str());
        for place in ["Bucket", "Queues", "Topics"] {
            if let Some(value) = statement.resource.property(place) {
                references::each(value, false, &mut |r| {
                    found.insert(r.name);
                });
            }
        }
    }
    found
}

fn does(statement: &Statement<'_>) -> String {
    let actions: Vec<&str> = statement.actions().map(|(action, _)| action).collect();
    match actions.as_slice() {
        [] => "use it".to_owned(),
        ["*"] => "do everything with it".to_owned(),
        [one] => format!("call {one} on it"),
        [one, ..] => format!("call {one} and {} more on it", actions.len() - 1),
    }
}

/// Reports a statement that allows all but what it names; tells whether it is one.
pub(super) fn excluding(
    statement: &Statement<'_>,
    code: Code,
    more: bool,
    diagnostics: &mut Diagnostics,
) -> bool {
    let keys = [
        ("NotPrincipal", "everybody in the world but whom it names"),
        ("NotAction", "all actions but those it names"),
    ];
    for (key, what) in keys {
        if statement.map.contains_key(key) && (more || key == "NotPrincipal") {
            let found = Diagnostic::warning(code, format!("{} allows {what}", statement.name()))
                .help("name what is allowed, or make it a statement with Effect Deny");
            let at = statement.map.key_span(key);
            diagnostics.push(statement.at(found, at, format!("{key} with Effect Allow")));
            return true;
        }
    }
    false
}
