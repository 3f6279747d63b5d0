//! What a template becomes beside what its app.yaml becomes: what is lost, and what is otherwise.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph};

use super::canon::{Ids, canon, renamed};
use super::{roles, waits};

/// A change to a resource that `overrides` can make.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// New values by their place.
    pub(super) set: Map,
    /// Places to take out.
    pub(super) remove: Vec<String>,
}

/// What is to be done so that both are the same.
#[derive(Debug, Default)]
pub(super) struct Gap {
    /// Resources that are missing, by logical id.
    pub(super) lost: Vec<String>,
    /// Resources that differ, by their logical id in what app.yaml becomes.
    pub(super) changes: Vec<(String, Change)>,
    /// Resources that only app.yaml makes.
    pub(super) added: Vec<(String, String)>,
    /// The logical ids that are not the same in both.
    pub(super) ids: Ids,
}

impl Gap {
    /// True where nothing is missing and nothing differs.
    pub(super) fn is_closed(&self) -> bool {
        self.lost.is_empty() && self.changes.is_empty()
    }
}

/// Types whose logical ids are made up, with the properties that say which of them it is.
const KEYED: [(&str, &[&str]); 8] = [
    ("AWS::ApiGateway::Deployment", &["RestApiId"]),
    ("AWS::Events::Rule", &["EventPattern", "ScheduleExpression", "Targets"]),
    ("AWS::Lambda::EventSourceMapping", &["FunctionName", "EventSourceArn", "Topics", "Queues"]),
    ("AWS::Lambda::LayerVersion", &["LayerName"]),
    ("AWS::Lambda::Version", &["FunctionName"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::SNS::TopicPolicy", &["Topics"]),
    ("AWS::SQS::QueuePolicy", &["Queues"]),
];

/// Properties that only app.yaml sets, and that change nothing that works: its tags and logs, what S3 does
/// by itself since 2023, and defaults of the service that it says aloud.
const ADDED: [(&str, &str); 16] = [
    ("AWS::Lambda::Function", "LoggingConfig"),
    ("AWS::Lambda::Function", "MemorySize"),
    ("AWS::Lambda::Function", "Timeout"),
    ("AWS::Lambda::Function", "Tags"),
    ("AWS::S3::Bucket", "PublicAccessBlockConfiguration"),
    ("AWS::S3::Bucket", "BucketEncryption"),
    ("AWS::Lambda::EventSourceMapping", "BatchSize"),
    ("AWS::ApiGateway::RestApi", "Name"),
    ("AWS::ApiGateway::RestApi", "EndpointConfiguration"),
    ("AWS::ApiGateway::RestApi", "Parameters"),
    ("AWS::ApiGatewayV2::Api", "Name"),
    ("AWS::DynamoDB::Table", "BillingMode"),
    ("AWS::SQS::Queue", "VisibilityTimeout"),
    ("AWS::Events::EventBus", "Tags"),
    ("AWS::Kinesis::Stream", "StreamModeDetails"),
    ("AWS::Scheduler::Schedule", "GroupName"),
];

/// Properties that say what holds without them as well.
const SAID: [(&str, &str, &str); 4] = [
    ("AWS::Events::Rule", "State", "ENABLED"),
    ("AWS::IAM::Role", "Path", "/"),
    ("AWS::Lambda::EventSourceMapping", "Enabled", "true"),
    ("AWS::Scheduler::Schedule", "State", "ENABLED"),
];

/// True where a property says what holds without it.
pub(super) fn is_default(kind: &str, key: &str, value: &Expr) -> bool {
    let text = match (value.as_str(), value.as_bool()) {
        (Some(text), _) => text,
        (_, Some(true)) => "true",
        _ => return false,
    };
    SAID.contains(&(kind, key, text))
}

/// Compares two graphs.
pub(super) fn compare(original: &ResourceGraph, again: &ResourceGraph) -> Gap {
    let mut gap = Gap { ids: matched(original, again), ..Gap::default() };
    let mut met: FxHashSet<&str> = FxHashSet::default();
    let mut beside = roles::Beside::new(original, again);
    for (id, resource) in &original.resources {
        let other = gap.ids.get(id.as_str()).map_or(id.as_str(), String::as_str);
        match again.resources.get_key_value(other) {
            Some((other, found)) if found.resource_type == resource.resource_type => {
                met.insert(other.as_str());
                let mut change = Change::default();
                beside.role = other;
                differences(resource, (found, again), &beside, &gap.ids, &mut change);
                if !change.set.is_empty() || !change.remove.is_empty() {
                    gap.changes.push((other.to_string(), change));
                }
            }
            _ => gap.lost.push(id.to_string()),
        }
    }
    let is_new = |id: &str, kind: &str| !met.contains(id) && kind != "AWS::IAM::Policy";
    let added = again.resources.iter().filter(|(id, r)| is_new(id, &r.resource_type));
    gap.added = added.map(|(id, r)| (id.to_string(), r.resource_type.to_string())).collect();
    gap
}

/// Finds, for resources whose logical ids were made up, those that stand for the same.
fn matched(original: &ResourceGraph, again: &ResourceGraph) -> Ids {
    let mut ids = Ids::default();
    let same = |id: &str, resource: &Resource, other: &ResourceGraph| {
        other.resources.get(id).is_some_and(|r| r.resource_type == resource.resource_type)
    };
    let key_of = |resource: &Resource, ids: &Ids| {
        let kind = &*resource.resource_type;
        match KEYED.iter().find(|(keyed, _)| *keyed == kind) {
            Some((_, keys)) => {
                let mut own = resource.properties_map().cloned().unwrap_or_default();
                normal(kind, &mut own);
                let values = keys.iter().map(|p| own.get(p).map_or_else(String::new, |v| canon(v, ids)));
                format!("{kind} {}", values.collect::<Vec<_>>().join(" "))
            }
            None => {
                let mut properties = resource.properties_map().cloned().unwrap_or_default();
                properties.remove("Tags");
                normal(kind, &mut properties);
                format!("{kind} {}", canon(&properties.into(), ids))
            }
        }
    };
    // What was matched makes more of what refers to it match.
    for _ in 0..3 {
        let mut free: FxHashMap<String, Vec<&str>> = FxHashMap::default();
        let taken: FxHashSet<&str> = ids.values().map(String::as_str).collect();
        for (id, resource) in again.resources.iter().rev() {
            if !same(id, resource, original) && !taken.contains(id.as_str()) {
                free.entry(key_of(resource, &Ids::default())).or_default().push(id);
            }
        }
        let mut found = Vec::new();
        for (id, resource) in &original.resources {
            if same(id, resource, again) || ids.contains_key(id.as_str()) {
                continue;
            }
            if let Some(other) = free.get_mut(&key_of(resource, &ids)).and_then(Vec::pop) {
                found.push((id.to_string(), other.to_owned()));
            }
        }
        if found.is_empty() {
            break;
        }
        ids.extend(found);
    }
    ids
}

fn differences(
    original: &Resource,
    (again, graph): (&Resource, &ResourceGraph),
    beside: &roles::Beside<'_>,
    ids: &Ids,
    change: &mut Change,
) {
    let kind = &*original.resource_type;
    // These follow from what they are of, and their logical ids change with it.
    if matches!(kind, "AWS::ApiGateway::Deployment" | "AWS::Lambda::Version") {
        return;
    }
    for (key, value) in original.attributes.iter() {
        let other = again.attributes.get(key);
        let value = if &**key == "DependsOn" { &waits::renamed(value, ids) } else { value };
        let differs = other.is_none_or(|o| canon(o, &Ids::default()) != canon(value, ids));
        if differs && !(&**key == "DependsOn" && other.is_none() && waits::is_implied(graph, again, value)) {
            change.set.insert(key.clone(), renamed(value, ids));
        }
    }
    let own = |resource: &Resource| {
        let mut properties = resource.properties_map().cloned().unwrap_or_default();
        normal(kind, &mut properties);
        properties
    };
    let (ours, theirs) = (&own(original), &own(again));
    match kind {
        "AWS::IAM::Role" => return roles::compare(ours, theirs, beside, ids, change),
        "AWS::S3::BucketPolicy" | "AWS::SNS::TopicPolicy" | "AWS::SQS::QueuePolicy" => {
            return roles::documents(ours, theirs, ids, change);
        }
        _ => {}
    }
    for (key, value) in ours.iter().filter(|(_, v)| !v.is_no_value()) {
        let place = format!("Properties/{}", pointer(key));
        match (&**key, theirs.get(key)) {
            ("Tags", Some(other)) => tags(value, other, ids, &place, change),
            ("Body", Some(other)) => {
                if routes(value, ids) != routes(other, &Ids::default()) {
                    change.set.insert(place, renamed(value, ids));
                }
            }
            ("Name", Some(_)) if kind == "AWS::ApiGateway::RestApi" || kind == "AWS::ApiGatewayV2::Api" => {}
            (_, Some(other)) => tree(value, other, ids, place, change),
            (_, None) if is_default(kind, key, value) => {}
            (_, None) => {
                change.set.insert(place, renamed(value, ids));
            }
        }
    }
    for (key, _) in theirs.iter().filter(|(key, _)| !ours.contains_key(key)) {
        if &**key != "Tags" && !ADDED.contains(&(kind, &**key)) {
            change.remove.push(format!("Properties/{}", pointer(key)));
        }
    }
}

/// Takes out what says nothing: names of a rule's targets, which are made up, and whether a function is named
/// by its ARN.
fn normal(kind: &str, properties: &mut Map) {
    match kind {
        "AWS::Events::Rule" => {
            let targets = properties.get_mut("Targets").and_then(Expr::as_list_mut);
            for target in targets.into_iter().flatten().filter_map(Expr::as_map_mut) {
                target.remove("Id");
            }
        }
        "AWS::Lambda::Permission" | "AWS::Lambda::EventSourceMapping" => {
            let by_arn = properties.get("FunctionName").and_then(Expr::as_get_att);
            if let Some((id, "Arn")) = by_arn {
                let reference = Expr::reference(id);
                properties.insert("FunctionName", reference);
            }
        }
        _ => {}
    }
}

/// A key as part of a place.
fn pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The differences of two values at the narrowest places.
fn tree(ours: &Expr, theirs: &Expr, ids: &Ids, place: String, change: &mut Change) {
    if canon(ours, ids) == canon(theirs, &Ids::default()) {
        return;
    }
    if let (Kind::Map(own), Kind::Map(other)) = (&ours.kind, &theirs.kind) {
        for (key, value) in own.iter() {
            let inner = format!("{place}/{}", pointer(key));
            match other.get(key) {
                Some(other) => tree(value, other, ids, inner, change),
                None => {
                    change.set.insert(inner, renamed(value, ids));
                }
            }
        }
        for (key, _) in other.iter().filter(|(key, _)| !own.contains_key(key)) {
            change.remove.push(format!("{place}/{}", pointer(key)));
        }
        return;
    }
    change.set.insert(place, renamed(ours, ids));
}

/// Tags that the template has must be there; app.yaml has one more.
fn tags(ours: &Expr, theirs: &Expr, ids: &Ids, place: &str, change: &mut Change) {
    match (&ours.kind, &theirs.kind) {
        (Kind::List(own), Kind::List(other)) => {
            let there: FxHashSet<String> = other.iter().map(|t| canon(t, &Ids::default())).collect();
            let missing: Vec<Expr> =
                own.iter().filter(|t| !there.contains(&canon(t, ids))).map(|t| renamed(t, ids)).collect();
            if !missing.is_empty() {
                let all: Vec<Expr> = other.iter().cloned().chain(missing).collect();
                change.set.insert(place, all);
            }
        }
        (Kind::Map(own), Kind::Map(other)) => {
            for (key, value) in own.iter() {
                if other.get(key).is_none_or(|o| canon(o, &Ids::default()) != canon(value, ids)) {
                    change.set.insert(format!("{place}/{}", pointer(key)), renamed(value, ids));
                }
            }
        }
        _ => tree(ours, theirs, ids, place.to_owned(), change),
    }
}

/// The routes of an OpenAPI document: path, method, what answers and who may call.
fn routes(body: &Expr, ids: &Ids) -> Vec<String> {
    let mut found = Vec::new();
    let Some(paths) = body.as_map().and_then(|b| b.get("paths")?.as_map()) else {
        return vec![canon(body, ids)];
    };
    for (path, methods) in paths.iter() {
        let Some(methods) = methods.as_map() else { return vec![canon(body, ids)] };
        for (method, operation) in methods.iter() {
            let part = |key: &str| {
                let value = operation.as_map().and_then(|o| o.get(key));
                value.map_or_else(String::new, |v| canon(v, ids))
            };
            let method = if &**method == "x-amazon-apigateway-any-method" { "any" } else { method };
            let integration = part("x-amazon-apigateway-integration");
            found.push(format!("{path} {method} {integration} {}", part("security")));
        }
    }
    let security = body.as_map().and_then(|b| {
        let definitions =
            b.get("securityDefinitions").or_else(|| b.get("components")?.as_map()?.get("securitySchemes"));
        definitions.map(|d| canon(d, ids))
    });
    found.extend(security);
    found.sort();
    found
}
