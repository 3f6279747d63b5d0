//! The order in which resources and events are visited: Python 2.7's, where the template has a
//! REST API, or else that of the text.

use samc_base::LogicalId;
use samc_ir::{Expr, Map, Str};

use super::py27::{Keys, hash};
use super::{IMPLICIT, TYPE};
use crate::sam::expansion::Expansion;
use crate::sam::{function, http, state_machine};

/// The logical id of the implicit HTTP API.
const HTTP_IMPLICIT: &str = "ServerlessHttpApi";

/// True where the transform takes the template through the forms of Python 2.7: it has a REST API,
/// an `Api` event, or an HTTP API with a default authorizer.
pub(super) fn is_converted(ctx: &Expansion<'_>) -> bool {
    let has_event = |resource: &samc_ir::Resource, kind: &str| {
        let events = resource.property("Events").and_then(Expr::as_map);
        events
            .into_iter()
            .flat_map(Map::values)
            .any(|e| e.as_map().and_then(|e| e.get("Type")).and_then(Expr::as_str) == Some(kind))
    };
    let default_authorizer = |auth: Option<&Expr>| {
        auth.and_then(Expr::as_map).and_then(|a| a.get("DefaultAuthorizer")).is_some_and(Expr::is_truthy)
    };
    let globals = ctx.globals.as_map().and_then(|g| g.get("HttpApi")).and_then(Expr::as_map);
    let global_default = default_authorizer(globals.and_then(|g| g.get("Auth")));
    ctx.source.values().any(|r| {
        let is = |kind: &str| r.resource_type == *kind;
        is(TYPE)
            || (is(function::TYPE) || is(state_machine::TYPE)) && has_event(r, "Api")
            || is(http::TYPE) && (global_default || default_authorizer(r.property("Auth")))
            || is(function::TYPE) && global_default && has_event(r, "HttpApi")
    })
}

/// All resources in the order of their visit. `made` are ids added to the template on the way.
pub(super) fn of_resources(ctx: &Expansion<'_>, made: &[LogicalId]) -> Vec<LogicalId> {
    if !ctx.rest.converted {
        return ctx.source.keys().cloned().collect();
    }
    let mut ids = ctx.template_order.clone();
    let implicit = [LogicalId::from(IMPLICIT), LogicalId::from(HTTP_IMPLICIT)];
    for id in implicit.iter().chain(made) {
        ids.insert(id.clone());
    }
    let hashes: Vec<u64> = ids.iter().map(|id| hash(id)).collect();
    let number = |id: &LogicalId| ids.get_index_of(id).map(|n| n as u32);
    let mut keys = Keys::default();
    (0..ctx.template_order.len() as u32).for_each(|n| keys.add(n, &hashes));
    for id in &implicit {
        // Each is added before it is known whether events need it, and taken out again if not.
        let Some(n) = number(id) else { continue };
        keys.add(n, &hashes);
        let stays = ctx.template_order.contains(id) || ctx.source.contains_key(id);
        if !stays {
            keys.remove(n, &hashes);
        }
    }
    let made: Vec<u32> = made.iter().filter_map(number).collect();
    keys.merge(&made, &hashes);
    keys.iter().map(|n| ids[n as usize].clone()).collect()
}

/// The keys of the `Api` events in the order in which their paths are added: the transform first
/// gathers them in a dictionary of their own, whose order can differ from that of all events.
pub(super) fn of_api_events(ctx: &Expansion<'_>, events: &Map) -> Vec<Str> {
    let is_api =
        |event: &Expr| event.as_map().and_then(|e| e.get("Type")).and_then(Expr::as_str) == Some("Api");
    let names: Vec<Str> = events.keys().cloned().collect();
    let is_gathered = |n: &u32| events.get(&names[*n as usize]).is_some_and(is_api);
    let numbers = 0..names.len() as u32;
    if !ctx.rest.converted {
        return numbers.filter(is_gathered).map(|n| names[n as usize].clone()).collect();
    }
    let hashes: Vec<u64> = names.iter().map(|n| hash(n)).collect();
    let (mut all, mut gathered) = (Keys::default(), Keys::default());
    numbers.for_each(|n| all.add(n, &hashes));
    all.iter().filter(is_gathered).for_each(|n| gathered.add(n, &hashes));
    gathered.iter().map(|n| names[n as usize].clone()).collect()
}

/// The keys of events in the order of their visit, once those of APIs were written back, as the
/// transform does for implicit APIs.
pub(crate) fn of_prepared_events(ctx: &Expansion<'_>, events: &Map) -> Vec<Str> {
    let names: Vec<Str> = events.keys().cloned().collect();
    if !ctx.rest.converted {
        return names;
    }
    let hashes: Vec<u64> = names.iter().map(|n| hash(n)).collect();
    let mut keys = Keys::default();
    (0..names.len() as u32).for_each(|n| keys.add(n, &hashes));
    for kind in ["Api", "HttpApi"] {
        let is_kind = |n: &u32| {
            let event = events.get(&names[*n as usize]).and_then(Expr::as_map);
            event.and_then(|e| e.get("Type")).and_then(Expr::as_str) == Some(kind)
        };
        let mut written = Keys::default();
        keys.iter().filter(is_kind).for_each(|n| written.add(n, &hashes));
        let written: Vec<u32> = written.iter().collect();
        keys.merge(&written, &hashes);
    }
    keys.iter().map(|n| names[n as usize].clone()).collect()
}

/// A mapping that the author wrote for an API, with its members in the order in which the transform
/// visits them. What it put together itself for an implicit API is in the order of its making.
pub(crate) fn of_written(ctx: &Expansion<'_>, api: &LogicalId, map: &Map) -> Map {
    if !ctx.rest.converted || [IMPLICIT, HTTP_IMPLICIT].contains(&api.as_str()) {
        return map.clone();
    }
    let entries = map.entries();
    let hashes: Vec<u64> = entries.iter().map(|entry| hash(&entry.key)).collect();
    let mut keys = Keys::default();
    (0..entries.len() as u32).for_each(|n| keys.add(n, &hashes));
    let mut ordered = Map::new();
    ordered.extend(keys.iter().map(|n| entries[n as usize].clone()));
    ordered
}
