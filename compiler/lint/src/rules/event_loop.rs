//! R502: functions that send to what starts them, themselves or by way of others.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::Resource;
use samc_ir::application::{FunctionView, TriggerKind};

use super::cycle::{roots, shortest};
use crate::context::Context;
use crate::policy::covers;
use crate::query::{at_name, name, property, text};
use crate::rule::{On, Profile, Rule};

/// Each event makes another one, and each is paid for.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R502", "event-loop"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("event_loop.md"),
    check: |context, diagnostics| {
        let application = context.application();
        let strict = context.wants_more(RULE.code, &[Profile::Strict]);
        let meant = Meant::of(context);
        let mut told = FxHashSet::default();
        for trigger in &application.triggers {
            let resources = &context.graph.resources;
            let (Some((of, function)), Some((id, source))) = (
                resources.get_key_value(&trigger.function),
                trigger.source.as_ref().and_then(|s| resources.get_key_value(s)),
            ) else {
                continue;
            };
            let Some((actions, certain)) = sending(source) else { continue };
            let Some(view) = application.function(&trigger.function).filter(|_| certain || strict) else {
                continue;
            };
            let grant = application.grants_of(view).find(|grant| {
                let writes = grant.actions.iter().any(|a| actions.iter().any(|wanted| covers(a, wanted)));
                writes && grant.resources.contains(id)
            });
            let Some(grant) = grant.filter(|_| meant.is_for(view, id) && told.insert((of, id))) else {
                continue;
            };
            let message = format!(
                "{} is started by {} and may send to it: each event can make another one, without end",
                name(of, function),
                name(id, source)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(grant.span, "may send")
                .label(source.origin.key_span, "starts the function")
                .help(format!(
                    "send to another resource than {}, or take the right away; where it is meant, count the rounds",
                    name(id, source)
                ));
            let limited = !property(function, "RecursiveLoop").is_absent();
            if !limited {
                diagnostics.push(at_name(found, of, function, "sends to what starts it"));
            }
        }
        rings(context, &meant, strict, diagnostics);
    },
};

/// Who of those that share a role a right is meant for. All functions of a serverless.yml have one role: a right to
/// send somewhere is then that of the functions whose environment names the place, unless all of them are told it.
struct Meant<'c> {
    /// How many functions have a role.
    sharing: FxHashMap<Option<&'c str>, usize>,
    /// What the environment of a function names.
    told: FxHashMap<&'c str, FxHashSet<&'c str>>,
    /// How many functions of a role are told of a place.
    by_role: FxHashMap<(Option<&'c str>, &'c str), usize>,
}

impl<'c> Meant<'c> {
    fn of(context: &'c Context<'_>) -> Self {
        let mut meant = Meant {
            sharing: FxHashMap::default(),
            told: FxHashMap::default(),
            by_role: FxHashMap::default(),
        };
        for view in &context.application().functions {
            let role = view.role.as_ref().map(LogicalId::as_str);
            *meant.sharing.entry(role).or_default() += 1;
            let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
            let Some(environment) = function.property("Environment") else { continue };
            let told = meant.told.entry(id.as_str()).or_default();
            samc_ir::references::each(environment, true, &mut |reference| {
                if let Some((target, _)) = context.graph.resources.get_key_value(reference.name)
                    && told.insert(target.as_str())
                {
                    *meant.by_role.entry((role, target.as_str())).or_default() += 1;
                }
            });
        }
        meant
    }

    fn is_for(&self, view: &FunctionView, target: &LogicalId) -> bool {
        let role = view.role.as_ref().map(LogicalId::as_str);
        let sharing = self.sharing.get(&role).copied().unwrap_or_default();
        let told = self.by_role.get(&(role, target.as_str())).copied().unwrap_or_default();
        let is_told = self.told.get(view.id.as_str()).is_some_and(|told| told.contains(target.as_str()));
        sharing < 2 || is_told && told < sharing
    }
}

/// The actions that send to a resource, and whether what is sent surely comes out again: those that write to a stream, a
/// bucket or a table often end the loop themselves, by a prefix or by what they look at.
fn sending(source: &Resource) -> Option<(&'static [&'static str], bool)> {
    Some(match &*source.resource_type {
        "AWS::SQS::Queue" => (&["sqs:SendMessage"], true),
        "AWS::SNS::Topic" => (&["sns:Publish"], true),
        "AWS::Kinesis::Stream" => (&["kinesis:PutRecord", "kinesis:PutRecords"], false),
        "AWS::DynamoDB::Table" => (&["dynamodb:PutItem", "dynamodb:UpdateItem"], false),
        "AWS::S3::Bucket" => (&["s3:PutObject"], false),
        _ => return None,
    })
}

/// Functions that start each other in a ring.
fn rings(context: &Context<'_>, meant: &Meant<'_>, strict: bool, diagnostics: &mut Diagnostics) {
    let resources = &context.graph.resources;
    let mut edges = vec![Vec::new(); resources.len()];
    let mut places: FxHashMap<(usize, usize), (&str, Option<Span>)> = FxHashMap::default();
    let mut add = |from: Option<usize>, to: Option<usize>, how, span| {
        if let (Some(from), Some(to)) = (from, to)
            && places.insert((from, to), (how, span)).is_none()
        {
            edges[from].push(to);
        }
    };
    let by_role = crate::rights::grants_by_role(context.application());
    for view in &context.application().functions {
        let from = resources.get_index_of(&view.id);
        let limited = resources.get(&view.id).is_some_and(|f| !property(f, "RecursiveLoop").is_absent());
        let grants = view.role.as_ref().and_then(|role| by_role.get(role.as_str()));
        for grant in grants.into_iter().flatten().filter(|_| !limited) {
            for target in grant.resources.iter().filter(|target| meant.is_for(view, target)) {
                let Some((actions, certain)) = resources.get(target).and_then(sending) else { continue };
                let sends = grant.actions.iter().any(|a| actions.iter().any(|wanted| covers(a, wanted)));
                if sends && (certain || strict) {
                    add(from, resources.get_index_of(target), "may send there", grant.span);
                }
            }
        }
    }
    for trigger in &context.application().triggers {
        let Some(source) = trigger.source.as_ref().and_then(|s| resources.get(s)) else { continue };
        let through = resources.get(&trigger.resource);
        // What a filter lets through may be nothing of what is sent.
        let filtered = through.is_some_and(has_filter);
        let carries = matches!(trigger.kind, TriggerKind::Poll | TriggerKind::Topic | TriggerKind::Bucket);
        if sending(source).is_some_and(|(_, certain)| certain && !filtered || strict) && carries {
            let span = through.and_then(|t| t.origin.key_span);
            let from = trigger.source.as_ref().and_then(|s| resources.get_index_of(s));
            add(from, resources.get_index_of(&trigger.function), "starts the next function", span);
        }
    }
    for (_, subscription) in context.of_type("AWS::SNS::Subscription") {
        let named = |key: &str| {
            let value = property(subscription, key).value()?;
            value
                .as_ref_to()
                .or(value.as_get_att().map(|(id, _)| id))
                .and_then(|id| resources.get_index_of(id))
        };
        if text(subscription, "Protocol") == Some("sqs") && (strict || !has_filter(subscription)) {
            add(named("TopicArn"), named("Endpoint"), "sends on", subscription.origin.key_span);
        }
    }
    for root in roots(&edges) {
        let Some(ring) = shortest(&edges, root) else { continue };
        let is_function = |i: &&usize| {
            resources.get_index(**i).is_some_and(|(_, r)| r.resource_type == *"AWS::Lambda::Function")
        };
        // A function and what starts it are told already.
        let Some(first) = ring.iter().position(|i| is_function(&i)).filter(|_| ring.len() > 2) else {
            continue;
        };
        let members: Vec<usize> = ring.iter().cycle().skip(first).take(ring.len()).copied().collect();
        let names: Vec<&str> =
            members.iter().filter_map(|i| resources.get_index(*i).map(|(id, r)| name(id, r))).collect();
        let Some((id, function)) = members.first().and_then(|i| resources.get_index(*i)) else { continue };
        let way = names.join(" -> ");
        let start = names.first().copied().unwrap_or_default();
        let message = format!("events go round without end: {way} -> {start}");
        let mut found = Diagnostic::warning(RULE.code, message)
            .help("break the ring: send to another resource, filter what comes back, or count the rounds in the message");
        for (from, to) in members.iter().zip(members.iter().cycle().skip(1)) {
            if let (Some((how, span)), Some((id, r))) =
                (places.get(&(*from, *to)), resources.get_index(*from))
            {
                found = found.label(*span, format!("{} {how}", name(id, r)));
            }
        }
        diagnostics.push(at_name(found, id, function, "starts itself by way of others"));
    }
}

fn has_filter(resource: &Resource) -> bool {
    ["FilterCriteria", "FilterPolicy"].iter().any(|key| !property(resource, key).is_absent())
}
