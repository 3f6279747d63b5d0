//! C233: resources that wait for each other.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::references::{self, Reference, Use};
use samc_ir::{Expr, Resource, ResourceGraph};

use crate::context::{Context, about};
use crate::rule::{On, Rule};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C233", "cycle"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("cycle.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = context.graph;
    let edges: Vec<Vec<usize>> = graph.resources.values().map(|r| targets(graph, r)).collect();
    for start in roots(&edges) {
        let Some(cycle) = shortest(&edges, start) else { continue };
        report(graph, &cycle, diagnostics);
    }
}

/// The numbers of the resources that one refers to, each once.
fn targets(graph: &ResourceGraph, resource: &Resource) -> Vec<usize> {
    let mut found = Vec::new();
    // What a front end left as it is refers otherwise once it is expanded.
    if resource.resource_type.starts_with("AWS::Serverless::") {
        return found;
    }
    uses(resource, &mut |name, _| found.extend(graph.resources.get_index_of(name)));
    found.sort_unstable();
    found.dedup();
    found
}

/// Calls `visit` for every name that makes a resource wait for another.
fn uses<'g>(resource: &'g Resource, visit: &mut dyn FnMut(&'g str, Option<Span>)) {
    if let Some(depends) = resource.attributes.get("DependsOn") {
        let items = depends.as_list().unwrap_or(std::slice::from_ref(depends));
        for item in items {
            if let Some(name) = item.as_str() {
                visit(name, item.span);
            }
        }
    }
    if let Some(properties) = &resource.properties {
        each_resource(properties, visit);
    }
}

fn each_resource<'g>(expr: &'g Expr, visit: &mut dyn FnMut(&'g str, Option<Span>)) {
    references::each(expr, false, &mut |r| {
        if matches!(r.used, Use::Value | Use::Attribute(_)) {
            visit(r.name, r.span);
        }
    });
}

/// One resource of each group in which all wait for each other: the first in order. Tarjan's
/// algorithm, with its own stack, so that long chains do not exhaust the machine's.
pub(super) fn roots(edges: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut number = vec![NEW; edges.len()];
    let mut low = vec![0; edges.len()];
    let mut on_stack = vec![false; edges.len()];
    let (mut stack, mut roots, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..edges.len() {
        if number[start] != NEW {
            continue;
        }
        let mut work = vec![(start, 0)];
        while let Some((node, done)) = work.pop() {
            if done == 0 {
                (number[node], low[node]) = (next, next);
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                let child = edges[node][done - 1];
                low[node] = low[node].min(low[child]);
            }
            let mut waits = false;
            for (i, target) in edges[node].iter().enumerate().skip(done) {
                if number[*target] == NEW {
                    work.push((node, i + 1));
                    work.push((*target, 0));
                    waits = true;
                    break;
                }
                if on_stack[*target] {
                    low[node] = low[node].min(number[*target]);
                }
            }
            if waits || low[node] != number[node] {
                continue;
            }
            let at = stack.iter().rposition(|n| *n == node).unwrap_or(0);
            let group = stack.split_off(at);
            group.iter().for_each(|n| on_stack[*n] = false);
            if group.len() > 1 || edges[node].contains(&node) {
                roots.extend(group.iter().min());
            }
        }
    }
    roots.sort_unstable();
    roots
}

/// A shortest way from a node back to itself.
pub(super) fn shortest(edges: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut came_from = FxHashMap::default();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for target in &edges[node] {
            if *target == start {
                let mut path = vec![node];
                while let Some(last) = path.last().filter(|n| **n != start) {
                    path.push(*came_from.get(last)?);
                }
                path.reverse();
                return Some(path);
            }
            if !came_from.contains_key(target) {
                came_from.insert(*target, node);
                queue.push_back(*target);
            }
        }
    }
    None
}

fn report(graph: &ResourceGraph, cycle: &[usize], diagnostics: &mut Diagnostics) {
    let members: Vec<(&LogicalId, &Resource)> =
        cycle.iter().filter_map(|i| graph.resources.get_index(*i)).collect();
    let Some((first, origin)) = members.first().map(|(id, resource)| (*id, &resource.origin)) else { return };
    let mut places = Vec::new();
    for (i, (id, resource)) in members.iter().enumerate() {
        let (next, _) = members[(i + 1) % members.len()];
        let (path, span) = place_of(resource, next);
        places.push((id, next, path, span.or(resource.origin.key_span)));
    }
    // The way that each refers to the next stands behind the next one's name.
    let mut text = first.to_string();
    for (_, next, path, _) in &places {
        text += &format!(" -> {next} ({path})");
    }
    let message = if members.len() == 1 {
        format!("`{first}` refers to itself: {text}")
    } else {
        format!("{} resources wait for each other: {text}", members.len())
    };
    let mut found = Diagnostic::error(RULE.code, message).help(
        "CloudFormation makes a resource only after all it refers to: take one of these references out, \
         for example by building a name from parameters instead",
    );
    for (i, (id, next, _, span)) in places.iter().enumerate() {
        let label = format!("`{id}` needs `{next}`");
        found = if i == 0 { found.at(*span, label) } else { found.label(*span, label) };
    }
    diagnostics.push(about(found, first, origin, format!("Resources.{first}")));
}

/// Where a resource refers to another: the path of keys, and the place.
fn place_of(resource: &Resource, target: &str) -> (String, Option<Span>) {
    let wanted = |r: &Reference<'_>| r.name == target && matches!(r.used, Use::Value | Use::Attribute(_));
    if let Some((path, span)) = resource.properties.as_ref().and_then(|p| references::path_to(p, &wanted)) {
        return (format!("Properties{path}"), span);
    }
    let mut found = None;
    uses(resource, &mut |name, span| {
        if name == target && found.is_none() {
            found = span;
        }
    });
    ("DependsOn".to_owned(), found)
}
