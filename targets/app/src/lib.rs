//! A SAM or CloudFormation template as app.yaml: what the language can say as components, and the other
//! resources as they are.
//!
//! What comes out is a beginning: the driver compiles it again, compares the result with what becomes of
//! the template, and adds what is still missing.

mod api;
mod events;
mod function;
mod globals;
mod grants;
mod lambda;
mod names;
mod parts;
mod stores;
mod text;
mod top;
mod write;

use std::collections::BTreeSet;

use samc_ir::{Expr, Map, Resource, ResourceGraph};

use names::{Names, Role, section, upper_camel};
use parts::Part;

pub use write::write;

/// The logical id that the name of a component stands for.
pub fn logical_id(name: &str) -> String {
    upper_camel(name)
}

/// Writes a template anew.
///
/// `written` is the template as its author wrote it, `expanded` what SAM's transform makes of it, and
/// `name` becomes the name of the application. Resources in `as_it_is` do not become components.
pub fn import(
    written: &ResourceGraph,
    expanded: &ResourceGraph,
    name: &str,
    as_it_is: &BTreeSet<String>,
) -> Map {
    let mut names = Names::default();
    for (id, _) in written.parameters().into_iter().flat_map(Map::iter) {
        names.add(id, Role::Param);
    }
    // What cannot be said as a component stays as it is, and what refers to it has to know. References do
    // not matter yet: what no text can say is put in place afterwards.
    let params = names.clone();
    for (id, resource) in &written.resources {
        let fits = role(resource).filter(|role| {
            !as_it_is.contains(id.as_str())
                && component(&params, written, expanded, id, resource, *role).is_some()
        });
        names.add(id, fits.unwrap_or(Role::Raw));
    }
    let implicit = implicit_apis(written);
    for (id, role) in &implicit {
        names.add(id, *role);
    }
    let mut parts = Vec::new();
    let by_name = lambda::by_name(&names, written);
    let is_rule = |r: &Resource| r.resource_type == *"AWS::Events::Rule";
    let rules = written.resources.iter().filter(|(_, r)| is_rule(r));
    for (id, resource) in rules.chain(written.resources.iter().filter(|(_, r)| !is_rule(r))) {
        let part =
            if as_it_is.contains(id.as_str()) { None } else { parts::part(&names, &by_name, id, resource) };
        if let Some(part) = part {
            names.add(id, Role::Part);
            parts.push(part);
        }
    }
    let mut document = Map::from([("app", app_name(name))]);
    if let Some(text) = written.sections.get("Description").and_then(Expr::as_str) {
        document.insert("description", text);
    }
    let params = top::params(&names, written);
    put(&mut document, "params", params);
    let mut sections: Vec<(&'static str, Map)> = Vec::new();
    let mut raw = Map::new();
    for (id, role) in &implicit {
        let made = implicit_api(&names, written, *role);
        add(&mut sections, &names, id, *role, made);
    }
    for (id, resource) in &written.resources {
        let role = names.role(id).unwrap_or(Role::Raw);
        if role == Role::Part {
            continue;
        }
        match component(&names, written, expanded, id, resource, role) {
            Some(mut made) => {
                let is_kept =
                    |key: &str| resource.attributes.get(key).and_then(Expr::as_str) == Some("Retain");
                if is_kept("DeletionPolicy") && is_kept("UpdateReplacePolicy") {
                    made.insert("protect", true);
                }
                add(&mut sections, &names, id, role, made)
            }
            None => {
                raw.insert(id.shared(), whole(written, resource));
            }
        }
    }
    put_in(&mut sections, parts);
    let defaults = defaults(&mut sections);
    put(&mut document, "defaults", defaults);
    for section in
        ["apis", "functions", "queues", "topics", "buckets", "tables", "streams", "buses", "layers", "roles"]
    {
        if let Some((_, components)) = sections.iter().find(|(name, _)| *name == section) {
            document.insert(section, components.clone());
        }
    }
    for (key, name) in [("conditions", "Conditions"), ("mappings", "Mappings")] {
        if let Some(value) = written.sections.get(name) {
            document.insert(key, value.clone());
        }
    }
    put(&mut document, "resources", raw);
    let (outputs, _) = top::outputs(&names, written);
    put(&mut document, "outputs", outputs);
    document
}

/// Puts each part into its component.
fn put_in(sections: &mut [(&'static str, Map)], parts: Vec<Part>) {
    for part in parts {
        let components = sections.iter_mut().find(|(section, _)| *section == part.section);
        let component = components.and_then(|(_, c)| c.get_mut(&part.component)?.as_map_mut());
        let Some(component) = component else { continue };
        match (component.get_mut(part.key).and_then(Expr::as_list_mut), part.value.as_list()) {
            (Some(there), Some(more)) => there.extend(more.iter().cloned()),
            (None, Some([])) => {}
            _ => {
                component.insert(part.key, part.value);
            }
        }
    }
}

/// What all functions have in common, which they then need not say.
fn defaults(sections: &mut [(&'static str, Map)]) -> Map {
    let mut defaults = Map::new();
    let functions = sections.iter_mut().find(|(section, _)| *section == "functions");
    let Some((_, functions)) = functions else { return defaults };
    let mut shared = function::hoist(functions);
    // The template says which variables there are.
    shared.insert("inject", false);
    let mut logs = Map::from([("format", "text")]);
    if let Some(retention) = function::hoist_retention(functions) {
        logs.insert("retention", retention);
    }
    shared.insert("logs", logs);
    defaults.insert("function", shared);
    put(&mut defaults, "env", function::hoist_environment(functions));
    defaults
}

fn put(document: &mut Map, key: &str, value: Map) {
    if !value.is_empty() {
        document.insert(key, value);
    }
}

/// Adds a component to its section, with its logical id where its name does not say it.
fn add(sections: &mut Vec<(&'static str, Map)>, names: &Names, id: &str, role: Role, mut made: Map) {
    let Some(name) = names.name(id) else { return };
    if upper_camel(name) != id {
        made.insert("id", id);
    }
    let section = section(role);
    let at = sections.iter().position(|(s, _)| *s == section).unwrap_or_else(|| {
        sections.push((section, Map::new()));
        sections.len() - 1
    });
    if let Some((_, components)) = sections.get_mut(at) {
        components.insert(name, made);
    }
}

/// What a resource could become.
fn role(resource: &Resource) -> Option<Role> {
    Some(match &*resource.resource_type {
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => Role::Function,
        "AWS::IAM::Role" => Role::Execution,
        "AWS::Serverless::Api" => Role::RestApi,
        "AWS::Serverless::HttpApi" => Role::HttpApi,
        "AWS::Serverless::SimpleTable" => Role::Table,
        "AWS::Serverless::LayerVersion" => Role::Layer,
        "AWS::SQS::Queue" => Role::Queue,
        "AWS::SNS::Topic" => Role::Topic,
        "AWS::S3::Bucket" => Role::Bucket,
        "AWS::DynamoDB::Table" => match resource.property("StreamSpecification") {
            Some(_) => Role::TableWithStream,
            None => Role::Table,
        },
        "AWS::Kinesis::Stream" => Role::Stream,
        "AWS::Events::EventBus" => Role::Bus,
        _ => return None,
    })
}

fn component(
    names: &Names,
    written: &ResourceGraph,
    expanded: &ResourceGraph,
    id: &str,
    resource: &Resource,
    role: Role,
) -> Option<Map> {
    if matches!(role, Role::Raw | Role::Part) {
        return None;
    }
    let properties = globals::effective(written, resource);
    match role {
        Role::Function if resource.resource_type == *"AWS::Lambda::Function" => {
            let mut made =
                function::component(names, expanded, id, resource, &lambda::function(&properties)?)?;
            if let Some(build) = lambda::build(resource) {
                made.insert("build", build);
            }
            Some(made)
        }
        Role::Function => function::component(names, expanded, id, resource, &properties),
        Role::Execution => lambda::role(names, written, id, &properties),
        Role::RestApi => Some(api::rest(names, &properties)),
        Role::HttpApi => Some(api::http(names, &properties)),
        Role::Table if resource.resource_type == *"AWS::Serverless::SimpleTable" => {
            stores::simple_table(names, &properties)
        }
        _ => stores::component(names, role, &properties),
    }
}

/// The APIs that SAM makes for routes of functions that name none.
fn implicit_apis(written: &ResourceGraph) -> Vec<(String, Role)> {
    let mut found = Vec::new();
    for resource in written.resources.values() {
        let events = resource.property("Events").and_then(Expr::as_map);
        for event in events.into_iter().flat_map(Map::values).filter_map(Expr::as_map) {
            let kind = event.get("Type").and_then(Expr::as_str).unwrap_or_default();
            let api = events::api_of(kind, event.get("Properties").and_then(Expr::as_map));
            let role = match api.as_deref() {
                Some(events::IMPLICIT_REST) => Role::RestApi,
                Some(events::IMPLICIT_HTTP) => Role::HttpApi,
                _ => continue,
            };
            let entry = (api.unwrap_or_default(), role);
            if !found.contains(&entry) && !written.resources.contains_key(entry.0.as_str()) {
                found.push(entry);
            }
        }
    }
    found
}

/// An API that SAM makes by itself, with what `Globals` says of its kind.
fn implicit_api(names: &Names, written: &ResourceGraph, role: Role) -> Map {
    let shared = |kind: &str| globals::shared(written, kind).cloned().unwrap_or_default();
    match role {
        Role::RestApi => {
            let mut made = api::rest(names, &shared("AWS::Serverless::Api"));
            made.insert("stage-name", "Prod");
            made
        }
        _ => api::http(names, &shared("AWS::Serverless::HttpApi")),
    }
}

/// A resource as it stands under `resources`, with what `Globals` says of its type.
fn whole(written: &ResourceGraph, resource: &Resource) -> Map {
    let mut made = Map::from([("Type", Expr::from(&*resource.resource_type))]);
    // What `Globals` says stands with each resource from here on.
    for (key, value) in resource.attributes.iter().filter(|(key, _)| &***key != "IgnoreGlobals") {
        made.insert(key.clone(), value.clone());
    }
    match &resource.properties {
        Some(own) if own.as_map().is_none() => {
            made.insert("Properties", own.clone());
        }
        own => {
            let effective = globals::effective(written, resource);
            if own.is_some() || !effective.is_empty() {
                made.insert("Properties", effective);
            }
        }
    }
    made
}

/// The name of the application from that of a file or folder.
fn app_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    let out = out.trim_matches('-');
    match out.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => out[..out.len().min(40)].trim_end_matches('-').to_owned(),
        false => "imported".to_owned(),
    }
}
