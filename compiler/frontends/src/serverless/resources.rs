//! `resources` of the author laid over what the service becomes, and what the framework does before and after: each
//! output of its own is exported, and properties that are null go. Source: lib/plugins/aws/package/lib of osls 3.77.1
//! (merge-custom-provider-resources.js, add-export-name-for-outputs.js, strip-null-props-from-template-resources.js).

use samc_base::{Diagnostics, LogicalId, codes};
use samc_ir::{Entry, Expr, Kind, Map, Origin, Resource};

use super::output::Output;
use super::service::{Service, one_map, whole};
use super::value::{listed, merge, merge_maps};

/// The attributes of a resource that an extension replaces.
const REPLACED: [&str; 5] =
    ["Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy"];

/// Lays `resources` over the result, and completes it.
pub(super) fn merge_all(service: &Service, out: &mut Output<'_>) {
    let mut sections = Map::from([
        ("AWSTemplateFormatVersion", Expr::from("2010-09-09")),
        ("Description", "The AWS CloudFormation template for this Serverless application".into()),
    ]);
    let mut outputs = std::mem::take(&mut out.outputs);
    export(service, &mut outputs);
    let mut extensions = Map::new();
    for section in section(service, out.diagnostics) {
        match (&*section.key, section.value.kind) {
            ("Resources", Kind::Map(map)) => map.into_iter().for_each(|entry| lay(entry, out)),
            ("Outputs", Kind::Map(map)) => merge_maps(&mut outputs, map),
            ("extensions", Kind::Map(map)) => extensions = map,
            ("Resources" | "Outputs" | "extensions", Kind::Null) => {}
            ("Resources" | "Outputs" | "extensions", _) => {
                let origin = Origin { path: format!("resources.{}", section.key), ..Origin::default() };
                out.error(
                    codes::WRONG_TYPE,
                    &origin,
                    format!("resources.{} must be a mapping", section.key),
                    section.key_span,
                    "not a mapping",
                    "what belongs to the section is indented below it, each under its logical id",
                );
            }
            (key, kind) => {
                let value = Expr::new(kind, section.value.span);
                // The framework's schema has a list here, and makes one of a single text.
                let value = if key == "Transform" { listed(&value) } else { value };
                match sections.get_mut(&section.key) {
                    Some(there) => merge(there, value),
                    None => {
                        sections.insert_spanned(section.key, section.key_span, value);
                    }
                }
            }
        }
    }
    extensions.into_iter().for_each(|entry| extend(entry, out));
    sections.insert("Outputs", outputs);
    for resource in out.graph.resources.values_mut() {
        if let Some(properties) = &mut resource.properties {
            without_nulls(properties);
        }
    }
    out.graph.sections = sections;
}

/// Exports the outputs that the framework makes. Those of the author are exported only where they say so.
fn export(service: &Service, outputs: &mut Map) {
    for (key, output) in outputs.iter_mut() {
        if let Some(output) = output.as_map_mut() {
            output.insert("Export", Map::from([("Name", format!("sls-{}-{key}", service.prefix()))]));
        }
    }
}

/// `resources` of the author, as one mapping.
pub(super) fn section(service: &Service, diagnostics: &mut Diagnostics) -> Map {
    one_map(&service.root, "resources", diagnostics)
}

/// Lays a resource of the author over the one of its id, or adds it.
fn lay(entry: Entry, out: &mut Output<'_>) {
    let path = format!("resources.Resources.{}", entry.key);
    let origin = Origin {
        source: Some(LogicalId::new(entry.key.clone())),
        key_span: entry.key_span,
        type_span: entry.value.as_map().and_then(|map| map.get("Type")).and_then(|kind| kind.span),
        span: whole(entry.key_span, entry.value.span),
        path,
        metadata: None,
        route: None,
        advice: None,
    };
    let given = match entry.value.kind {
        Kind::Map(map) => map,
        Kind::Null => return,
        _ => {
            let message =
                format!("the resource {} is {}, and must be a mapping", entry.key, entry.value.kind_name());
            let help = "what belongs to a resource is indented below its name: Type, Properties";
            out.error(codes::WRONG_TYPE, &origin, message, entry.value.span, "not a mapping", help);
            return;
        }
    };
    let there = out.graph.resources.get_mut(&*entry.key);
    let mut attributes = Map::new();
    let (mut resource_type, mut properties) = (None, None);
    for part in given {
        match &*part.key {
            "Type" => resource_type = Some(part.value),
            "Properties" => properties = Some(part.value),
            _ => {
                attributes.insert_spanned(part.key, part.key_span, part.value);
            }
        }
    }
    let resource_type = resource_type.as_ref().and_then(Expr::as_shared).cloned();
    match there {
        Some(resource) => {
            if let Some(resource_type) = resource_type {
                resource.resource_type = resource_type.into();
            }
            if let Some(properties) = properties {
                merge(resource.properties.get_or_insert_with(|| Map::new().into()), properties);
            }
            merge_maps(&mut resource.attributes, attributes);
        }
        None => {
            let Some(resource_type) = resource_type else {
                let message = format!(
                    "the resource {} has no Type, and samc made none of that id to be changed",
                    entry.key
                );
                let help = "add `Type`, or look for the logical id of what is meant in the built template";
                out.error(codes::MISSING_PROPERTY, &origin, message, None, "Type missing", help);
                return;
            };
            let resource = Resource { resource_type: resource_type.into(), properties, attributes, origin };
            out.graph.resources.insert(LogicalId::new(entry.key), resource);
        }
    }
}

/// Changes a resource as `resources.extensions` says.
fn extend(entry: Entry, out: &mut Output<'_>) {
    let path = format!("resources.extensions.{}", entry.key);
    let origin = Origin {
        source: Some(LogicalId::new(entry.key.clone())),
        key_span: entry.key_span,
        path,
        ..Origin::default()
    };
    let Kind::Map(changes) = entry.value.kind else {
        let message = format!("the extension of {} must be a mapping", entry.key);
        out.error(
            codes::WRONG_TYPE,
            &origin,
            message,
            entry.value.span,
            "not a mapping",
            "give Properties, or attributes such as DependsOn",
        );
        return;
    };
    if !out.has(&entry.key) {
        let known: Vec<String> = out.graph.resources.keys().map(ToString::to_string).collect();
        let help = match samc_base::nearest(&entry.key, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the logical ids are those of the built template".to_owned(),
        };
        let message = format!("{} cannot be extended: the service makes no such resource", entry.key);
        out.error(codes::INVALID_VALUE, &origin, message, None, "no resource of that id", &help);
        return;
    }
    for change in changes {
        let Some(resource) = out.graph.resources.get_mut(&*entry.key) else { return };
        match (&*change.key, change.value.kind) {
            ("Properties", Kind::Map(map)) => {
                if let Some(properties) = resource.properties_mut() {
                    properties.extend(map);
                }
            }
            ("Metadata", Kind::Map(map)) => {
                let metadata = resource.attributes.get_or_insert_with("Metadata", || Map::new().into());
                if let Some(metadata) = metadata.as_map_mut() {
                    metadata.extend(map);
                }
            }
            ("DependsOn", kind) => {
                let given = Expr::new(kind, change.value.span);
                let more = given.as_list().map_or_else(|| vec![given.clone()], <[Expr]>::to_vec);
                let mut all = match resource.attributes.get("DependsOn") {
                    Some(there) => there.as_list().map_or_else(|| vec![there.clone()], <[Expr]>::to_vec),
                    None => Vec::new(),
                };
                all.extend(more);
                resource.attributes.insert("DependsOn", all);
            }
            (name, kind) if REPLACED.contains(&name) => {
                resource.attributes.insert_spanned(
                    change.key,
                    change.key_span,
                    Expr::new(kind, change.value.span),
                );
            }
            (name, _) => {
                let message = format!("`{name}` of {} cannot be extended", entry.key);
                let help = "extensions change Properties, Metadata, DependsOn, Condition and the policies; other attributes go under `resources.Resources`";
                out.error(codes::INVALID_VALUE, &origin, message, change.key_span, "not one of these", help);
            }
        }
    }
}

/// Takes out what is null, at any depth.
fn without_nulls(value: &mut Expr) {
    match &mut value.kind {
        Kind::Map(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Kind::List(items) => items.iter_mut().for_each(without_nulls),
        Kind::Call(_, argument) => without_nulls(argument),
        _ => {}
    }
}
