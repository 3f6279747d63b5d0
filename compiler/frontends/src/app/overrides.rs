//! `overrides`, applied to the resources of CloudFormation once they are made.

use samc_base::{Diagnostic, Diagnostics, LogicalId, Span, codes, nearest, nearest_list};
use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph};
use samc_schema::app::Override;
use samc_syntax::Spanned;

use super::raw;

/// Parts of a component, and the types that they are of.
const PARTS: [(&str, &[&str]); 8] = [
    ("role", &["AWS::IAM::Role"]),
    (
        "policy",
        &["AWS::IAM::Policy", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"],
    ),
    ("permission", &["AWS::Lambda::Permission"]),
    ("log-group", &["AWS::Logs::LogGroup"]),
    ("mapping", &["AWS::Lambda::EventSourceMapping"]),
    ("alias", &["AWS::Lambda::Alias", "AWS::KMS::Alias"]),
    ("stage", &["AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"]),
    ("deployment", &["AWS::ApiGateway::Deployment", "AWS::ApiGatewayV2::Deployment"]),
];

/// Applies them in their order.
pub(super) fn apply(graph: &mut ResourceGraph, overrides: &[Spanned<Override>], found: &mut Diagnostics) {
    for (i, given) in overrides.iter().enumerate() {
        let path = format!("overrides[{i}]");
        let Some(id) = target(graph, &given.value.target, &path, found) else { continue };
        let Some(resource) = graph.resources.get_mut(&id) else { continue };
        let creates = given.value.create.as_ref().is_some_and(|c| c.value);
        for (place, value) in given.value.set.iter().flatten() {
            let new = raw::expr(value);
            let span = Some(value.span);
            if let Err(missing) = set(resource, place, new, creates) {
                found.push(no_place(&id, place, &missing, span, true).path(path.clone()));
            }
        }
        for place in given.value.remove.iter().flatten() {
            if let Err(missing) = remove(resource, &place.value) {
                found.push(no_place(&id, &place.value, &missing, place.span, false).path(path.clone()));
            }
        }
    }
}

/// What there is where a place ends.
struct Missing {
    /// The part that is not there.
    part: String,
    /// The keys that are.
    known: Vec<String>,
}

fn no_place(id: &LogicalId, place: &str, missing: &Missing, span: Option<Span>, is_set: bool) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::OVERRIDE_PLACE,
        format!("{id} has no `{place}`: there is no `{}`", missing.part),
    )
    .at(span, "not there");
    let known = missing.known.iter().map(String::as_str);
    match nearest(&missing.part, known) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if is_set => finding.help("add `create: true` where it is to be made"),
        None if missing.known.is_empty() => finding,
        None => finding.help(format!("there is {}", missing.known.join(", "))),
    }
}

/// The resource that a target names.
fn target(
    graph: &ResourceGraph,
    target: &Spanned<String>,
    path: &str,
    found: &mut Diagnostics,
) -> Option<LogicalId> {
    let wanted = target.value.as_str();
    if graph.resources.contains_key(wanted) {
        return Some(LogicalId::new(wanted));
    }
    let fits: Vec<&LogicalId> = candidates(graph, wanted);
    match fits.as_slice() {
        [only] => return Some((*only).clone()),
        [] => {}
        several => {
            let ids: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            found.push(
                Diagnostic::error(
                    codes::OVERRIDE_TARGET,
                    format!("`{wanted}` could be {}", super::sentence(&ids, "or")),
                )
                .at(target.span, "several resources")
                .help("name one of them")
                .path(path),
            );
            return None;
        }
    }
    let sources = graph.resources.values().filter_map(|r| r.origin.source.as_ref());
    let mut known: Vec<&str> = sources.map(LogicalId::as_str).collect();
    known.extend(graph.resources.keys().map(LogicalId::as_str));
    let help = match nearest(wanted, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the nearest are {}", nearest_list(wanted, known, 3).join(", ")),
    };
    found.push(
        Diagnostic::error(codes::OVERRIDE_TARGET, format!("no resource is called `{wanted}`"))
            .at(target.span, "neither a logical id nor a component")
            .help(help)
            .path(path),
    );
    None
}

/// The resources that a component, or a part of one, could mean.
fn candidates<'g>(graph: &'g ResourceGraph, wanted: &str) -> Vec<&'g LogicalId> {
    let (name, part) = wanted.split_once('.').map_or((wanted, None), |(name, part)| (name, Some(part)));
    let own = graph
        .resources
        .iter()
        .filter(|(_, r)| r.origin.source.as_ref().is_some_and(|source| source.as_str() == name));
    let camel = super::names::upper_camel(name);
    match part {
        // The main resource is called as the component is.
        None => own.filter(|(id, _)| id.as_str().starts_with(&camel)).take(1_000).fold(Vec::new(), shortest),
        Some("dlq") => own.filter(|(id, _)| id.as_str().ends_with("Dlq")).map(|(id, _)| id).collect(),
        Some(part) => {
            let types = PARTS.iter().find(|(word, _)| *word == part).map_or(&[][..], |(_, types)| types);
            own.filter(|(_, r)| types.contains(&r.resource_type.as_str())).map(|(id, _)| id).collect()
        }
    }
}

/// Keeps the shortest id.
fn shortest<'g>(kept: Vec<&'g LogicalId>, (id, _): (&'g LogicalId, &'g Resource)) -> Vec<&'g LogicalId> {
    match kept.first() {
        Some(first) if first.as_str().len() <= id.as_str().len() => kept,
        _ => vec![id],
    }
}

/// The parts of a place. A slash in a key is written `~1`, as in JSON pointers.
fn parts(place: &str) -> Vec<String> {
    place.trim_start_matches('/').split('/').map(|p| p.replace("~1", "/").replace("~0", "~")).collect()
}

fn set(resource: &mut Resource, place: &str, value: Expr, creates: bool) -> Result<(), Missing> {
    let parts = parts(place);
    let (first, rest) = parts.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    if first == "Properties" {
        let properties = resource.properties.get_or_insert_with(|| Map::new().into());
        return set_in(properties, rest, value, creates);
    }
    if rest.is_empty() {
        resource.attributes.insert(first, value);
        return Ok(());
    }
    let known = resource.attributes.iter().map(|(key, _)| key.to_string()).collect();
    match resource.attributes.get_mut(first) {
        Some(attribute) => set_in(attribute, rest, value, creates),
        None => Err(Missing { part: first.to_owned(), known }),
    }
}

fn set_in(at: &mut Expr, parts: &[String], value: Expr, creates: bool) -> Result<(), Missing> {
    let Some((part, rest)) = parts.split_first() else {
        *at = value;
        return Ok(());
    };
    let missing = |known: Vec<String>| Missing { part: part.clone(), known };
    match &mut at.kind {
        Kind::Map(map) => {
            let known: Vec<String> = map.iter().map(|(key, _)| key.to_string()).collect();
            if !creates && !map.contains_key(part) {
                return Err(missing(known));
            }
            set_in(map.get_or_insert_with(part, || Map::new().into()), rest, value, creates)
        }
        Kind::List(items) => {
            let index = if part == "-" { Some(items.len()) } else { part.parse::<usize>().ok() };
            match index {
                Some(i) if i < items.len() => set_in(&mut items[i], rest, value, creates),
                Some(i) if i == items.len() && creates && rest.is_empty() => {
                    items.push(value);
                    Ok(())
                }
                _ => Err(missing((0..items.len()).map(|i| i.to_string()).collect())),
            }
        }
        _ => Err(missing(Vec::new())),
    }
}

fn remove(resource: &mut Resource, place: &str) -> Result<(), Missing> {
    let parts = parts(place);
    let Some((last, before)) = parts.split_last() else { return Ok(()) };
    let keys = |map: &Map| map.iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>();
    if before.is_empty() {
        let known = keys(&resource.attributes);
        return match resource.attributes.remove(last) {
            Some(_) => Ok(()),
            None => Err(Missing { part: last.clone(), known }),
        };
    }
    let mut at = match before[0].as_str() {
        "Properties" => resource.properties.as_mut(),
        attribute => resource.attributes.get_mut(attribute),
    };
    for part in &before[1..] {
        at = match at.map(|e| &mut e.kind) {
            Some(Kind::Map(map)) => map.get_mut(part),
            Some(Kind::List(items)) => part.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            _ => None,
        };
    }
    match at.map(|e| &mut e.kind) {
        Some(Kind::Map(map)) => {
            let known = keys(map);
            map.remove(last).map(|_| ()).ok_or(Missing { part: last.clone(), known })
        }
        Some(Kind::List(items)) => match last.parse::<usize>() {
            Ok(i) if i < items.len() => {
                items.remove(i);
                Ok(())
            }
            _ => Err(Missing { part: last.clone(), known: Vec::new() }),
        },
        _ => Err(Missing { part: before.last().cloned().unwrap_or_default(), known: Vec::new() }),
    }
}
