//! The API that `Api` events make when they name none, and the paths of every API whose body the
//! transform manages.

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Origin, Resource, Str};

use super::body::{Body, method_name};
use super::py27::{Py, Text};
use super::{RestApi, TYPE};
use crate::sam::conditions::shared_condition;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::retention::Retention;
use crate::sam::tags;
use crate::sam::{function, state_machine};

/// The logical id of the implicit API.
pub(super) const IMPLICIT: &str = "ServerlessRestApi";
/// The condition of the implicit API where its functions have different ones.
const CONDITION: &str = "ServerlessRestApiCondition";

/// Conditions of the owners of an API's methods, by path and method.
type Conditions = IndexMap<Str, IndexMap<Str, Option<Str>>>;

/// Gives every API its body, adds the paths of all `Api` events, and makes the implicit API.
pub(super) fn prepare(ctx: &mut Expansion<'_>) -> Result {
    read_bodies(ctx);
    let displaced = ctx.source.get(IMPLICIT).or_else(|| ctx.output.get(IMPLICIT)).cloned();
    ctx.rest.apis.insert(IMPLICIT.into(), RestApi { body: Some(Body::skeleton()), managed: true });
    let mut retention = Retention::default();
    let mut conditions: IndexMap<LogicalId, Conditions> = IndexMap::new();
    let mut implicit_tags = Map::new();
    let mut origin = None;
    let mut result = Ok(());
    for owner in super::order::of_resources(ctx, &[]) {
        let Some(resource) = ctx.source.get(&owner) else { continue };
        if resource.resource_type != function::TYPE && resource.resource_type != state_machine::TYPE {
            continue;
        }
        let resource = resource.clone();
        let added = ctx.within(resource.origin.clone(), |ctx| {
            add_events(ctx, &owner, &resource, &mut conditions, &mut retention, &mut implicit_tags)
        });
        match added {
            Ok(true) => origin = origin.or(Some(resource.origin)),
            Ok(false) => {}
            Err(reported) => result = Err(reported),
        }
    }
    let used = ctx.rest.apis.get(IMPLICIT).and_then(|a| a.body.as_ref()).is_some_and(|b| b.path_count() > 0);
    if used {
        insert_implicit(ctx, &retention, conditions.get(IMPLICIT), implicit_tags, origin);
    } else {
        ctx.rest.apis.shift_remove(IMPLICIT);
        if displaced.is_some_and(|d| d.resource_type == TYPE) {
            read_body(ctx, &IMPLICIT.into());
        }
    }
    make_paths_conditional(ctx, &conditions);
    result
}

/// Reads the bodies that authors wrote, and starts those that they left out.
fn read_bodies(ctx: &mut Expansion<'_>) {
    let apis: Vec<LogicalId> =
        ctx.source.iter().filter(|(_, r)| r.resource_type == TYPE).map(|(id, _)| id.clone()).collect();
    for id in apis {
        read_body(ctx, &id);
    }
}

fn read_body(ctx: &mut Expansion<'_>, id: &LogicalId) {
    let Some(resource) = ctx.source.get(id) else { return };
    let given = |name: &str| resource.property(name).filter(|v| v.is_truthy());
    let api = match (given("DefinitionBody"), given("DefinitionUri")) {
        (None, None) => RestApi { body: Some(Body::skeleton()), managed: true },
        (Some(body), _) => RestApi { body: Body::written(body), managed: false },
        (None, Some(_)) => RestApi { body: None, managed: false },
    };
    ctx.rest.apis.insert(id.clone(), api);
}

/// Adds the paths of an owner's events; true where one of them is of the implicit API.
fn add_events(
    ctx: &mut Expansion<'_>,
    owner: &LogicalId,
    resource: &Resource,
    conditions: &mut IndexMap<LogicalId, Conditions>,
    retention: &mut Retention,
    implicit_tags: &mut Map,
) -> Result<bool> {
    let Some(events) = resource.property("Events").and_then(Expr::as_map) else { return Ok(false) };
    let mut implicit = false;
    for key in super::order::of_api_events(ctx, events) {
        let Some(entry) = events.entry(&key) else { continue };
        let event = entry.value.as_map();
        let is_api = event.and_then(|e| e.get("Type")).and_then(Expr::as_str) == Some("Api");
        let Some(properties) =
            event.filter(|_| is_api).and_then(|e| e.get("Properties")).filter(|p| p.is_truthy())
        else {
            continue;
        };
        let origin = Origin {
            key_span: entry.key_span,
            span: entry.value.span,
            path: format!("{}.Properties.Events.{key}", ctx.current.path),
            ..ctx.current.clone()
        };
        implicit |= ctx.within(origin, |ctx| {
            let Some(properties) = properties.as_map() else {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("Properties of the event {key} must be a mapping"),
                    )
                    .at(properties.span, "not a mapping"),
                ));
            };
            let found = read_event(ctx, &key, properties)?;
            if found.implicit {
                if let Some(tags) = tags::for_implicit_api(ctx, resource) {
                    implicit_tags.extend(tags.entries().iter().cloned());
                }
                set_api_id(ctx, owner, &key);
            }
            let condition = resource.attributes.get("Condition").and_then(Expr::as_shared).cloned();
            let methods =
                conditions.entry(found.api.clone()).or_default().entry(found.path.text.clone()).or_default();
            methods.insert(found.method.clone(), condition);
            if &*found.api == IMPLICIT {
                retention.add(resource);
            }
            add_path(ctx, &key, &found)?;
            Ok(found.implicit)
        })?;
    }
    Ok(implicit)
}

/// What an event says about where it belongs.
struct Found {
    api: LogicalId,
    path: Text,
    method: Str,
    implicit: bool,
}

fn read_event(ctx: &mut Expansion<'_>, key: &str, properties: &Map) -> Result<Found> {
    let wrong = |ctx: &mut Expansion<'_>, name: &str, value: Option<&Expr>, needed: &str| {
        Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, format!("the Api event {key} needs {name} {needed}"))
                .at(value.and_then(|v| v.span).or(properties.key_span(name)), "not as it must be"),
        ))
    };
    let mut texts = Vec::new();
    for name in ["Path", "Method"] {
        let value = properties.get(name).filter(|v| !v.is_null());
        match value.and_then(Expr::as_shared) {
            Some(text) => texts.push(text.clone()),
            None => return wrong(ctx, name, value, "as text"),
        }
    }
    let given = properties.get("RestApiId");
    let api: Option<LogicalId> = match given {
        None => Some(IMPLICIT.into()),
        Some(id) => id.as_ref_to().or_else(|| id.as_str()).map(LogicalId::from),
    };
    let Some(api) = api else {
        return wrong(ctx, "RestApiId", given, "as the name of an API of this template, or !Ref of it");
    };
    Ok(Found {
        api,
        path: Text::unicode(texts[0].clone()),
        method: texts[1].clone(),
        implicit: given.is_none(),
    })
}

/// Writes into an event which API it belongs to.
fn set_api_id(ctx: &mut Expansion<'_>, owner: &LogicalId, key: &str) {
    let events = ctx.source.get_mut(owner).and_then(|r| r.properties_mut()).and_then(|p| p.get_mut("Events"));
    let properties = events
        .and_then(Expr::as_map_mut)
        .and_then(|e| e.get_mut(key)?.as_map_mut()?.get_mut("Properties"))
        .and_then(Expr::as_map_mut);
    if let Some(properties) = properties {
        properties.insert("RestApiId", Expr::reference(IMPLICIT));
    }
}

fn add_path(ctx: &mut Expansion<'_>, key: &str, found: &Found) -> Result {
    let kind = ctx.source_types.get(&found.api).map(|t| t.to_string());
    let is_known =
        &*found.api == IMPLICIT || kind.as_deref().is_some_and(|k| k != "AWS::Serverless::HttpApi");
    if !is_known {
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("RestApiId of the event {key} must name an AWS::Serverless::Api of this template"),
            )
            .help(match kind {
                Some(_) => format!("{} is an HTTP API: make this an HttpApi event", found.api),
                None => format!("there is no resource {}", found.api),
            }),
        ));
    }
    let Some(api) = ctx.rest.apis.get_mut(&found.api).filter(|a| a.managed) else { return Ok(()) };
    let Some(body) = api.body.as_mut() else { return Ok(()) };
    let method = method_name(&found.method);
    match body.edit(|body| body.add_path(&found.path, &method)) {
        Ok(()) => Ok(()),
        Err(fault) => {
            Err(ctx.report(Diagnostic::error(codes::INVALID_VALUE, fault.message).at(fault.span, "")))
        }
    }
}

fn insert_implicit(
    ctx: &mut Expansion<'_>,
    retention: &Retention,
    conditions: Option<&Conditions>,
    tags: Map,
    origin: Option<Origin>,
) {
    let id = LogicalId::from(IMPLICIT);
    let mut properties = Map::from([("StageName", Expr::from("Prod"))]);
    if !tags.is_empty() {
        properties.insert("Tags", tags);
        properties.insert("PropagateTags", true);
    }
    let origin = Origin { source: Some(id.clone()), ..origin.unwrap_or_default() };
    let mut resource = Resource::new(TYPE, properties, origin);
    let all: Vec<&Option<Str>> =
        conditions.into_iter().flat_map(IndexMap::values).flat_map(IndexMap::values).collect();
    if let Some(name) = shared_condition(ctx, &all, CONDITION) {
        resource.attributes.insert("Condition", name);
    }
    retention.write(&mut resource);
    ctx.output.shift_remove(IMPLICIT);
    ctx.source.shift_remove(IMPLICIT);
    ctx.source_types.insert(id.clone(), TYPE.into());
    ctx.source.insert(id, resource);
}

/// A path is there only where one of its methods is.
fn make_paths_conditional(ctx: &mut Expansion<'_>, conditions: &IndexMap<LogicalId, Conditions>) {
    let managed: Vec<LogicalId> =
        ctx.rest.apis.iter().filter(|(_, a)| a.managed).map(|(id, _)| id.clone()).collect();
    for id in managed {
        let paths = {
            let Some(body) = ctx.rest.apis.get_mut(&id).and_then(|a| a.body.as_mut()) else { continue };
            body.clock += 1;
            body.path_names()
        };
        for path in paths {
            let methods = conditions.get(&id).and_then(|c| c.get(&path.text));
            let all: Vec<&Option<Str>> = methods.into_iter().flat_map(IndexMap::values).collect();
            let own_name = path.text.replace('/', "SLASH").replace('{', "OB").replace('}', "CB");
            let own_name = format!("{id}{own_name}PathCondition");
            let condition = shared_condition(ctx, &all, &own_name);
            let Some(condition) = condition else { continue };
            let is_own = *condition == *own_name;
            let text = Text { text: condition, unicode: !is_own };
            if let Some(body) = ctx.rest.apis.get_mut(&id).and_then(|a| a.body.as_mut()) {
                body.make_path_conditional(&path, Py::from(text));
            }
        }
        if let Some(body) = ctx.rest.apis.get_mut(&id).and_then(|a| a.body.as_mut()) {
            body.clock += 1;
        }
    }
}
