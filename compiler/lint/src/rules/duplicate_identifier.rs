//! C235: two resources that would be one thing at AWS.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, JsonStyle, Resource};

use crate::context::Context;
use crate::query::{at_property, name, property};
use crate::rule::{On, Rule};

/// The second of two resources of one name cannot be made.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C235", "duplicate-identifier"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("duplicate_identifier.md"),
    check,
};

/// Types that AWS knows by an address of its own making, with the properties that must differ all the same.
const NAMES: &[(&str, &[&str])] = &[
    ("AWS::ApiGatewayV2::Route", &["ApiId", "RouteKey"]),
    ("AWS::Events::Rule", &["EventBusName", "Name"]),
    ("AWS::SNS::Topic", &["TopicName"]),
    ("AWS::SQS::Queue", &["QueueName"]),
    ("AWS::StepFunctions::StateMachine", &["StateMachineName"]),
];

/// The resources of each type and identity, with their ids.
type Groups<'g> = FxHashMap<(&'g str, Vec<String>), Vec<(&'g str, &'g Resource)>>;

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut groups: Groups<'_> = FxHashMap::default();
    let named: Vec<_> = context
        .graph
        .resources
        .iter()
        .filter_map(|(id, resource)| identity(context, resource).map(|(keys, own)| (id, resource, keys, own)))
        .collect();
    for (id, resource, _, own) in &named {
        groups.entry((&*resource.resource_type, own.clone())).or_default().push((id, resource));
    }
    // Either may be the one to change, so each of them is told.
    for (id, resource, keys, own) in &named {
        let group = groups.get(&(&*resource.resource_type, own.clone())).map_or(&[][..], Vec::as_slice);
        // Under different conditions there may be only one of them.
        let condition = resource.attributes.get("Condition");
        let another = |(other, r): &&(&str, &Resource)| {
            *other != id.as_str() && r.attributes.get("Condition") == condition
        };
        let Some((other, first)) = group.iter().find(another) else { continue };
        let values: Vec<String> = keys.iter().map(|key| format!("{key} {}", shown(resource, key))).collect();
        let other = first.origin.source.as_deref().unwrap_or(*other);
        let message = format!(
            "{} and `{other}` are both the {} of {}",
            quoted(name(id, resource)),
            kind(resource),
            values.join(", ")
        );
        let last = keys.last().copied().unwrap_or_default();
        let place = property(first, last).value().and_then(|v| v.span).or(first.origin.key_span);
        let found = Diagnostic::error(RULE.code, message)
            .label(place, format!("the same in `{other}`"))
            .help("give one of them another name, or remove it");
        diagnostics.push(at_property(found, id, resource, last, "taken already"));
    }
}

/// The properties that name a resource at AWS, with their values; none where AWS makes the name.
fn identity<'s>(context: &'s Context<'_>, resource: &Resource) -> Option<(Vec<&'s str>, Vec<String>)> {
    let own = NAMES.iter().find(|(name, _)| resource.resource_type == **name);
    let keys: Vec<&str> = match own {
        Some((_, keys)) => keys.to_vec(),
        None => context.schema(resource)?.primary_identifier.iter().map(|k| k.as_str()).collect(),
    };
    // Without its bus a rule is one of the default bus.
    let value = |key: &str| match property(resource, key).value() {
        Some(value) => Some(value.to_json(JsonStyle::PYTHON)),
        None if key == "EventBusName" && property(resource, key).is_absent() => Some(String::new()),
        None => None,
    };
    let values: Option<Vec<String>> = keys.iter().map(|key| value(key)).collect();
    values.filter(|v| !v.is_empty()).map(|values| (keys, values))
}

fn shown(resource: &Resource, key: &str) -> String {
    let value = property(resource, key).value();
    match value.and_then(Expr::as_str) {
        Some(text) => format!("`{text}`"),
        None => value.map_or("of the default bus".to_owned(), |v| v.to_json(JsonStyle::PYTHON)),
    }
}

/// The last word of a type: `Queue`.
fn kind(resource: &Resource) -> &str {
    resource.resource_type.rsplit("::").next().unwrap_or("resource")
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}
