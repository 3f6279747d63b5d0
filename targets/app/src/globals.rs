//! `Globals` of a SAM template, laid under the properties of each resource.

use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph};

/// The properties of a resource with those that `Globals` has for its type: mappings are joined, lists
/// are put one behind the other, and anything else of the resource wins. Source: "Globals section of the
/// AWS SAM template", Overridable properties.
pub(crate) fn effective(graph: &ResourceGraph, resource: &Resource) -> Map {
    let empty = Map::new();
    let own = resource.properties_map().unwrap_or(&empty);
    match shared(graph, &resource.resource_type) {
        Some(shared) => join(&wanted(shared, resource), own),
        None => own.clone(),
    }
}

/// What `Globals` says of a type.
pub(crate) fn shared<'g>(graph: &'g ResourceGraph, resource_type: &str) -> Option<&'g Map> {
    let section = resource_type.strip_prefix("AWS::Serverless::")?;
    graph.sections.get("Globals")?.as_map()?.get(section)?.as_map()
}

/// The shared properties without those that the resource does not take.
fn wanted(shared: &Map, resource: &Resource) -> Map {
    let mut wanted = shared.clone();
    match resource.attributes.get("IgnoreGlobals").map(|i| (i.as_str(), i.as_list())) {
        Some((Some(_), _)) => return Map::new(),
        Some((_, Some(names))) => names.iter().filter_map(Expr::as_str).for_each(|name| {
            wanted.remove(name);
        }),
        _ => {}
    }
    wanted
}

fn join(shared: &Map, own: &Map) -> Map {
    let mut joined = shared.clone();
    for (key, value) in own.iter() {
        let merged = match (joined.get(key).map(|v| &v.kind), &value.kind) {
            (Some(Kind::Map(shared)), Kind::Map(own)) => Expr::from(join(shared, own)),
            // A function has one architecture.
            (Some(Kind::List(shared)), Kind::List(own)) if &**key != "Architectures" => {
                shared.iter().chain(own).cloned().collect::<Vec<_>>().into()
            }
            _ => value.clone(),
        };
        joined.insert(key.clone(), merged);
    }
    joined
}
