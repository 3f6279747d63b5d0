//! P402, P403 and S321: where flagged data goes, and who can get at it.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, references};

use super::profile_encryption::unprotected;
use super::{open_entry, resource_policy_open};
use crate::context::Context;
use crate::flags;
use crate::flow::Flow;
use crate::policy::covers;
use crate::query::{at_name, at_property, items, member, name, property, text};
use crate::rights::Rights;
use crate::rule::{On, Profile, Rule};

/// What holds flagged data must be protected as they are where the flag is.
pub(super) static FLOW: Rule = Rule {
    code: Code::new("P402", "flagged-flow"),
    level: Severity::Error,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("flagged_flow.md"),
    check: flow,
};

/// Flagged data leaves what the template protects.
pub(super) static ESCAPE: Rule = Rule {
    code: Code::new("P403", "flag-escape"),
    level: Severity::Error,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("flag_escape.md"),
    check: escape,
};

/// Who is not known can change flagged data.
pub(super) static TAINT: Rule = Rule {
    code: Code::new("S321", "taint-to-public"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("taint_to_public.md"),
    check: taint,
};

fn flow(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let flow = Flow::of(context);
    for (id, mark) in flow.marks().filter(|(_, mark)| mark.from.is_some()) {
        let Some((id, resource)) = context.graph.resources.get_key_value(id) else { continue };
        // What a function keeps in its environment is not what flows through it.
        if resource.resource_type == *"AWS::Lambda::Function" {
            continue;
        }
        let Some((path, missing)) = unprotected(resource) else { continue };
        let message = format!(
            "data under {} come to {}, which is not encrypted {missing}",
            mark.flag,
            name(id, resource)
        );
        let found = Diagnostic::warning(FLOW.code, message)
            .help(format!("name a key of your own in {path}, or take the right away from who sends there"));
        let found = at_property(found, id, resource, path, "no customer key");
        diagnostics.push(flow.path(context, id, found));
    }
}

fn escape(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let flow = Flow::of(context);
    let flags: FxHashMap<&str, &str> =
        flow.marks().filter(|(id, _)| flow.feeds(id)).map(|(id, mark)| (id, mark.flag.as_str())).collect();
    let flag_of = |value: Option<&Expr>| {
        let id = value.and_then(|v| v.as_ref_to().or(v.as_get_att().map(|(id, _)| id)));
        id.and_then(|id| flags.get_key_value(id))
    };
    for (id, subscription) in context.of_type("AWS::SNS::Subscription") {
        let protocol = text(subscription, "Protocol").unwrap_or("");
        let Some((topic, flag)) = flag_of(property(subscription, "TopicArn").value()) else { continue };
        if !is_outside(protocol, property(subscription, "Endpoint").value()) {
            continue;
        }
        let message = format!("data under {flag} leave by {protocol} through {}", name(id, subscription));
        let found = Diagnostic::warning(ESCAPE.code, message)
            .help("send a notice without the data, or to a queue of the application");
        let found = at_property(found, id, subscription, "Endpoint", "outside of the application");
        diagnostics.push(flow.path(context, topic, found));
    }
    for (id, topic) in context.of_type("AWS::SNS::Topic") {
        let Some(flag) = flags.get(id.as_str()) else { continue };
        for subscription in items(property(topic, "Subscription").value()) {
            let protocol = member(subscription, "Protocol").value().and_then(Expr::as_str).unwrap_or("");
            if is_outside(protocol, member(subscription, "Endpoint").value()) {
                let message = format!("data under {flag} leave by {protocol} through {}", name(id, topic));
                let found = Diagnostic::warning(ESCAPE.code, message)
                    .help("send a notice without the data, or to a queue of the application");
                let found = at_property(found, id, topic, "Subscription", "outside of the application");
                diagnostics.push(flow.path(context, id, found));
            }
        }
    }
    for (id, rule) in context.of_type("AWS::Events::Rule") {
        let Some((bus, flag)) = flag_of(property(rule, "EventBusName").value()) else { continue };
        for target in items(property(rule, "Targets").value()) {
            let arn = member(target, "Arn").value();
            let named = arn.and_then(|a| a.as_get_att()).and_then(|(id, _)| context.graph.resources.get(id));
            if named.is_some_and(|r| r.resource_type == *"AWS::Events::ApiDestination") {
                let message =
                    format!("data under {flag} leave through {} to an address outside", name(id, rule));
                let found = Diagnostic::warning(ESCAPE.code, message)
                    .help("hand over only what the other side may have, with InputTransformer or InputPath");
                // Who chooses what is sent has thought about it.
                if ["InputTransformer", "InputPath", "Input"]
                    .iter()
                    .all(|key| member(target, key).is_absent())
                {
                    let found = at_property(found, id, rule, "Targets", "to an address outside");
                    diagnostics.push(flow.path(context, bus, found));
                }
            }
        }
    }
    let open = resource_policy_open::open(context);
    for (id, mark) in flow.marks().filter(|(id, _)| open.contains(id)) {
        let Some((id, resource)) = context.graph.resources.get_key_value(id) else { continue };
        let message =
            format!("data under {} come to {}, which everybody can get at", mark.flag, name(id, resource));
        let found = Diagnostic::warning(ESCAPE.code, message)
            .help("name who may use it in its policy, or keep the data away from it");
        diagnostics.push(flow.path(context, id, at_name(found, id, resource, "open to everybody")));
    }
}

/// True where messages go to people or addresses rather than to what the template has.
fn is_outside(protocol: &str, endpoint: Option<&Expr>) -> bool {
    let is_own = endpoint.is_some_and(|e| e.as_get_att().is_some());
    matches!(protocol, "email" | "email-json" | "sms" | "http" | "https" | "application") && !is_own
}

fn taint(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut flagged = FxHashMap::default();
    for (id, resource) in &context.graph.resources {
        if let (Some((flag, _)), Some(writes)) =
            (flags::said(context.graph, id, resource), writing(&resource.resource_type))
        {
            flagged.insert(id.as_str(), (id, resource, flag, writes));
        }
    }
    if flagged.is_empty() {
        return;
    }
    let mut told = FxHashSet::default();
    for (function, entry, span) in open_entry::open(context) {
        let Some(view) = context.application().function(function) else { continue };
        let Some((id, resource)) = context.graph.resources.get_key_value(function) else { continue };
        for statement in Rights::of(context, view).iter().flat_map(|r| r.statements()) {
            let mut named = Vec::new();
            for target in statement.items("Resource") {
                references::each(target, false, &mut |r| named.extend(flagged.get(r.name)));
            }
            for (store_id, store, flag, writes) in named {
                let may = statement.actions().any(|(action, _)| writes.iter().any(|w| covers(action, w)));
                if !may || !told.insert((id, *store_id)) {
                    continue;
                }
                let what = name(store_id, store);
                let message = format!(
                    "who is not known can change {what}, which is under {flag}: {entry} calls {} without authentication",
                    name(id, resource)
                );
                let found = Diagnostic::warning(TAINT.code, message)
                    .label(span, format!("{entry} asks nobody who they are"))
                    .label(statement.span, format!("may write to {what}"))
                    .label(store.origin.key_span, format!("under {flag}"))
                    .help("give the entry an authorizer, or let the function only queue what comes in, to be checked");
                diagnostics.push(at_name(found, id, resource, "between the two"));
            }
        }
    }
}

/// The actions that write to a store.
fn writing(resource_type: &str) -> Option<&'static [&'static str]> {
    Some(match resource_type {
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => {
            &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        }
        "AWS::S3::Bucket" => &["s3:PutObject", "s3:DeleteObject"],
        "AWS::SQS::Queue" => &["sqs:SendMessage"],
        "AWS::SNS::Topic" => &["sns:Publish"],
        "AWS::Kinesis::Stream" => &["kinesis:PutRecord", "kinesis:PutRecords"],
        "AWS::Events::EventBus" => &["events:PutEvents"],
        _ => return None,
    })
}
