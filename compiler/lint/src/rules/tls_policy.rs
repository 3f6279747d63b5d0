//! S317: buckets, queues and topics that also take requests over plain HTTP.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::{Expr, Map};

use crate::context::Context;
use crate::policy::{Kind, Statement};
use crate::query::{at_property, flag, items, name};
use crate::rule::{On, Profile, Rule};

/// What compliance programmes ask for; AWS's own libraries speak HTTPS anyway.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S317", "tls-policy"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("tls_policy.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut kept: FxHashSet<&LogicalId> = FxHashSet::default();
    for statement in context.statements().iter().filter(|s| s.kind == Kind::Resource && refuses_http(s)) {
        for key in ["Bucket", "Queues", "Queue", "Topics", "TopicArn"] {
            for value in items(statement.resource.property(key)) {
                let id = value.as_ref_to().or(value.as_get_att().map(|(id, _)| id));
                kept.extend(id.and_then(|id| context.graph.resources.get_key_value(id)).map(|(id, _)| id));
            }
        }
    }
    let kinds = [
        ("AWS::S3::Bucket", "a bucket policy"),
        ("AWS::SQS::Queue", "a queue policy"),
        ("AWS::SNS::Topic", "a topic policy"),
    ];
    for (resource_type, policy) in kinds {
        for (id, resource) in context.of_type(resource_type).filter(|(id, _)| !kept.contains(*id)) {
            let message = format!("{} also answers requests over plain HTTP", name(id, resource));
            let found = Diagnostic::new(samc_base::Severity::Info, RULE.code, message)
                .help(format!("add {policy} that denies all where aws:SecureTransport is false"));
            diagnostics.push(at_property(found, id, resource, "", "no policy refuses it"));
        }
    }
}

/// True for a statement that denies what comes without encryption.
fn refuses_http(statement: &Statement<'_>) -> bool {
    let denies = statement.map.get("Effect").and_then(Expr::as_str) == Some("Deny");
    let conditions = statement.map.get("Condition").and_then(Expr::as_map);
    denies
        && conditions.into_iter().flat_map(Map::values).filter_map(Expr::as_map).any(|keys| {
            keys.iter().any(|(key, value)| {
                key.eq_ignore_ascii_case("aws:SecureTransport")
                    && items(Some(value)).any(|v| flag(crate::query::Known::Is(v)) == Some(false))
            })
        })
}
