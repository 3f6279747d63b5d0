//! Resources held against the schemas of policies.

use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Diagnostics, Span};
use samc_frontends::Options;
use samc_ir::{Expr, Resource, ResourceGraph};
use serde_json::{Map, Value};

use super::Policy;
use super::value::{Known, json};

/// Most characters of what a schema says that are shown.
const LONGEST: usize = 160;

/// Tells of the resources that do not fit.
pub(crate) fn check(policies: &[Policy], graph: &ResourceGraph, options: &Options, found: &mut Diagnostics) {
    if policies.is_empty() {
        return;
    }
    let known = Known::of(graph, options);
    for (id, resource) in &graph.resources {
        let fitting = policies.iter().filter(|policy| policy.types.is_match(&*resource.resource_type));
        let mut instance = None;
        for policy in fitting {
            let (value, unknown) = instance.get_or_insert_with(|| {
                let mut unknown = Vec::new();
                let value = match &resource.properties {
                    Some(properties) => json(properties, &known, "", &mut unknown),
                    None => Value::Object(Map::new()),
                };
                (value, unknown)
            });
            let mut told = FxHashSet::default();
            for error in policy.validator.iter_errors(value) {
                let pointer = error.instance_path().as_str().to_owned();
                if !is_certain(&error, &pointer, unknown, &policy.schema) || !told.insert(pointer.clone()) {
                    continue;
                }
                let what: String = error.to_string().chars().take(LONGEST).collect();
                found.push(finding(policy, (id, resource), &pointer, what));
            }
        }
    }
}

/// Keywords that look at a value alone and at nothing below it.
const OF_THE_VALUE: [&str; 11] = [
    "type",
    "required",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// True where an error holds whatever the parts are that are not known yet.
fn is_certain(
    error: &jsonschema::ValidationError<'_>,
    pointer: &str,
    unknown: &[String],
    schema: &Value,
) -> bool {
    let is_at_or_above = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if unknown.iter().any(|u| is_at_or_above(u, pointer)) {
        return false;
    }
    let path = error.schema_path().as_str().to_owned();
    let keyword = path.rsplit('/').next().unwrap_or_default();
    let is_below = unknown.iter().any(|u| is_at_or_above(pointer, u));
    if is_below && !OF_THE_VALUE.contains(&keyword) {
        return false;
    }
    // What depends on something else is as certain as that.
    let full = error.evaluation_path().as_str().to_owned();
    if unknown.is_empty() || !["/then", "/else", "/dependent"].iter().any(|part| full.contains(part)) {
        return true;
    }
    if full.contains("/dependent") {
        return false;
    }
    let mut names = FxHashSet::default();
    for part in ["/then", "/else"] {
        for (at, _) in path.match_indices(part) {
            match path.get(..at).and_then(|holder| schema.pointer(&format!("{holder}/if"))) {
                Some(condition) => collect_names(condition, &mut names),
                None => return false,
            }
        }
    }
    // A condition that is reached by a reference is not looked for.
    !names.is_empty() && !unknown.iter().any(|u| u.split('/').any(|segment| names.contains(segment)))
}

/// The names of properties that a condition speaks of.
fn collect_names<'v>(value: &'v Value, names: &mut FxHashSet<&'v str>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                if key == "properties"
                    && let Value::Object(properties) = inner
                {
                    names.extend(properties.keys().map(String::as_str));
                }
                if key == "required"
                    && let Value::Array(items) = inner
                {
                    names.extend(items.iter().filter_map(Value::as_str));
                }
                collect_names(inner, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn finding(
    policy: &Policy,
    (id, resource): (&samc_base::LogicalId, &Resource),
    pointer: &str,
    what: String,
) -> Diagnostic {
    let (span, path) = place(resource.properties.as_ref(), pointer);
    let name = resource.origin.source.as_deref().unwrap_or(id);
    let key = resource.origin.key_span;
    // Something made from a resource is at fault where its author wrote the value, or else the resource.
    let at = span.filter(|_| !pointer.is_empty()).or(key);
    let (message, label) = match &policy.message {
        Some(message) => (format!("{name}: {message}"), what),
        None => (format!("{name} does not keep to {}: {what}", policy.code.name()), String::new()),
    };
    let mut found = Diagnostic::new(policy.severity, policy.code, message).at(at, label).resource(name);
    if at != key && resource.origin.span.zip(at).is_some_and(|(own, at)| !own.contains(at)) {
        found = found.label(key, format!("used by `{name}`"));
    }
    found.help.clone_from(&policy.help);
    found.url.clone_from(&policy.url);
    found.path(format!("Resources.{id}.Properties{path}"))
}

/// Where a part of the properties is written, or what it is in, and the path to it.
fn place(properties: Option<&Expr>, pointer: &str) -> (Option<Span>, String) {
    let mut node = properties;
    let mut span = properties.and_then(|p| p.span);
    let mut path = String::new();
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        let list = node.and_then(Expr::as_list);
        match list {
            Some(_) => path.push_str(&format!("[{name}]")),
            None => path.push_str(&format!(".{name}")),
        }
        node = match list {
            Some(items) => name.parse::<usize>().ok().and_then(|i| items.get(i)),
            None => node.and_then(Expr::as_map).and_then(|map| map.get(&name)),
        };
        span = node.and_then(|n| n.span).or(span);
    }
    (span, path)
}
