//! Before Globals: the implicit API, bodies for APIs without one, and the routes of events in them.

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Origin, Resource, Str};

use super::body::{self, ANY, DEFAULT_PATH};
use super::{IMPLICIT, TYPE};
use crate::sam::conditions::shared_condition;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::function;
use crate::sam::rest;
use crate::sam::retention::Retention;
use crate::sam::tags;

/// The HTTP APIs of a template while events add to their bodies.
#[derive(Debug, Default)]
pub(crate) struct HttpApis {
    /// APIs whose body is made from events.
    pub(crate) managed: FxHashSet<LogicalId>,
    /// By API and path, the conditions of the functions that answer it.
    pub(super) conditions: FxHashMap<LogicalId, IndexMap<Str, Vec<Option<Str>>>>,
    /// What is kept of the functions of the implicit API.
    retention: Retention,
}

/// Makes the implicit API and the bodies that events add to; runs before Globals.
pub(crate) fn prepare(ctx: &mut Expansion<'_>) -> Result {
    give_bodies(ctx);
    let written = ctx.source.get(IMPLICIT).cloned();
    let functions: Vec<LogicalId> = ctx
        .source
        .iter()
        .filter(|(_, r)| &*r.resource_type == function::TYPE)
        .map(|(id, _)| id.clone())
        .collect();
    let mut result = Ok(());
    let mut is_used = false;
    for id in functions {
        let Some(resource) = ctx.source.get(&id) else { continue };
        let Some(events) = resource.property("Events").and_then(Expr::as_map) else { continue };
        let is_http =
            |e: &Expr| e.as_map().is_some_and(|e| e.get("Type").and_then(Expr::as_str) == Some("HttpApi"));
        let keys: Vec<Str> = events.iter().filter(|(_, e)| is_http(e)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            let outcome = add_event(ctx, &id, &key, &mut is_used);
            if outcome.is_err() {
                result = outcome;
            }
        }
    }
    if is_used {
        implicit_attributes(ctx);
    } else {
        ctx.source.shift_remove(IMPLICIT);
        ctx.http.managed.remove(IMPLICIT);
        if let Some(written) = written {
            ctx.source.insert(LogicalId::new(IMPLICIT), written);
        }
    }
    result
}

/// An API with neither a body nor the address of one gets an empty body.
fn give_bodies(ctx: &mut Expansion<'_>) {
    for (id, resource) in &mut ctx.source {
        if &*resource.resource_type != TYPE {
            continue;
        }
        let is_set = |name: &str| resource.property(name).is_some_and(Expr::is_truthy);
        if is_set("DefinitionBody") || is_set("DefinitionUri") {
            continue;
        }
        if let Some(properties) = resource.properties_mut() {
            properties.insert("DefinitionBody", body::skeleton());
            ctx.http.managed.insert(id.clone());
        }
    }
}

fn make_implicit(ctx: &mut Expansion<'_>, origin: &Origin) {
    let id = LogicalId::new(IMPLICIT);
    let properties = Map::from([("DefinitionBody", body::skeleton())]);
    ctx.source.insert(id.clone(), Resource::new(TYPE, properties, origin.clone()));
    ctx.source_types.insert(id.clone(), TYPE.into());
    ctx.http.managed.insert(id);
}

/// The event of a function, to be changed.
fn event_of<'c>(ctx: &'c mut Expansion<'_>, id: &LogicalId, key: &str) -> Option<&'c mut Map> {
    let events = ctx.source.get_mut(id)?.properties_mut()?.get_mut("Events")?.as_map_mut()?;
    events.get_mut(key)?.as_map_mut()
}

fn add_event(ctx: &mut Expansion<'_>, id: &LogicalId, key: &Str, is_used: &mut bool) -> Result {
    let Some(function) = ctx.source.get(id) else { return Ok(()) };
    let condition = function.attributes.get("Condition").and_then(Expr::as_shared).cloned();
    let mut retention = Retention::default();
    retention.add(function);
    let tags = tags::for_implicit_api(ctx, function).cloned();
    let entry = function.property("Events").and_then(|e| e.as_map()?.entry(key));
    let origin = Origin {
        key_span: entry.and_then(|e| e.key_span),
        span: entry.and_then(|e| e.value.span),
        path: format!("{}.Properties.Events.{key}", function.origin.path),
        ..function.origin.clone()
    };
    let Some(event) = event_of(ctx, id, key) else { return Ok(()) };
    let Some(properties) = event.get_or_insert_with("Properties", || Map::new().into()).as_map_mut() else {
        // The expansion of the event says what is wrong with it.
        return Ok(());
    };
    let is_implicit = !properties.contains_key("ApiId");
    if is_implicit {
        properties.insert("ApiId", Expr::reference(IMPLICIT));
    }
    let is_set = |p: &Map, name: &str| p.get(name).is_some_and(Expr::is_truthy);
    if !is_set(properties, "Path") && !is_set(properties, "Method") {
        properties.insert("Path", DEFAULT_PATH);
        properties.insert("Method", ANY);
    }
    let properties = properties.clone();
    ctx.within(origin.clone(), |ctx| {
        let mut texts = Vec::new();
        for name in ["Path", "Method"] {
            match properties.get(name).and_then(Expr::as_str) {
                Some(text) => texts.push(text.to_owned()),
                None => {
                    let finding = Diagnostic::error(
                        codes::MISSING_PROPERTY,
                        format!("the event {key} needs `{name}` as text"),
                    );
                    let at = properties.get(name).and_then(|v| v.span).or(ctx.current.key_span);
                    return Err(ctx.report(finding.at(at, format!("`{name}` is missing here"))));
                }
            }
        }
        let [path, method] = texts.as_slice() else { return Ok(()) };
        if is_implicit && !*is_used {
            make_implicit(ctx, &origin);
            *is_used = true;
        }
        let given = properties.get("ApiId").map(|id| ctx.resolve(id));
        let api = given.as_ref().and_then(|id| id.as_ref_to().or(id.as_str())).map(LogicalId::new);
        let kind = api.as_ref().and_then(|api| ctx.source.get(api)).map(|resource| &*resource.resource_type);
        if kind == Some(rest::TYPE) {
            // The expansion of the event adds the route there, and says what is wrong with it.
            return Ok(());
        }
        let Some(api) = api.filter(|_| kind == Some(TYPE)) else {
            let at = properties.get("ApiId").and_then(|v| v.span);
            let finding = Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("ApiId of the event {key} is not an HTTP API of this template"),
            );
            return Err(ctx.report(
                finding
                    .at(at, "not an AWS::Serverless::HttpApi")
                    .help("refer to one with `!Ref`, or leave ApiId out"),
            ));
        };
        let conditions = ctx.http.conditions.entry(api.clone()).or_default();
        conditions.entry(path.as_str().into()).or_default().push(condition.clone());
        if is_implicit {
            ctx.http.retention.extend(retention);
        }
        let is_managed = ctx.http.managed.contains(&api);
        let Some(api_properties) = ctx.source.get_mut(&api).and_then(Resource::properties_mut) else {
            return Ok(());
        };
        if let Some(body) =
            api_properties.get_mut("DefinitionBody").filter(|b| is_managed && body::is_valid(b))
        {
            body::add_path(body, path, method);
        }
        if let Some(tags) = tags.filter(|_| is_implicit) {
            let own = api_properties.get_or_insert_with("Tags", || Map::new().into());
            if let Some(own) = own.as_map_mut() {
                own.extend(tags.entries().iter().cloned());
            }
            api_properties.insert("PropagateTags", true);
        }
        if let Some(settings) = properties.get("RouteSettings") {
            if settings.as_map().is_none() && !settings.is_call() {
                let message = format!(
                    "RouteSettings of the event {key} is {}, and must be a mapping",
                    settings.kind_name()
                );
                let at = settings.span.or(properties.key_span("RouteSettings"));
                return Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "not a mapping")));
            }
            let route =
                if method == ANY { path.clone() } else { format!("{} {path}", method.to_uppercase()) };
            let settings = match &condition {
                Some(condition) => body::conditional(condition, settings.clone()),
                None => settings.clone(),
            };
            let all = api_properties.get_or_insert_with("RouteSettings", || Map::new().into());
            if let Some(all) = all.as_map_mut() {
                match (all.get_mut(&route).and_then(Expr::as_map_mut), settings.as_map()) {
                    (Some(there), Some(settings)) => there.extend(settings.entries().iter().cloned()),
                    _ => drop(all.insert(route, settings)),
                }
            }
        }
        Ok(())
    })
}

/// The implicit API is conditional where all of its functions are, and kept where one of them is.
fn implicit_attributes(ctx: &mut Expansion<'_>) {
    let all: Vec<Option<Str>> =
        ctx.http.conditions.get(IMPLICIT).into_iter().flat_map(|c| c.values().flatten().cloned()).collect();
    let condition = shared_condition(ctx, &all.iter().collect::<Vec<_>>(), "ServerlessHttpApiCondition");
    let retention = std::mem::take(&mut ctx.http.retention);
    let Some(api) = ctx.source.get_mut(IMPLICIT) else { return };
    if let Some(condition) = condition {
        api.attributes.insert("Condition", condition);
    }
    retention.write(api);
}
