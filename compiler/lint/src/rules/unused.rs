//! C234: parts of a template that do nothing.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::references::{self, Use};
use samc_ir::{Expr, Function, Kind, Map, Resource};

use crate::context::{Context, about};
use crate::query::items;
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

/// What nothing uses, and what could be left out.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C234", "unused"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("unused.md"),
    check: |context, diagnostics| {
        sections(context, diagnostics);
        for (id, resource) in &context.graph.resources {
            dependencies(id, resource, diagnostics);
            if let Some(properties) = &resource.properties {
                calls(properties, &mut |found| {
                    let path = format!("Resources.{id}.Properties");
                    diagnostics.push(about(found, id, &resource.origin, path));
                });
            }
        }
        for section in ["Outputs", "Conditions"] {
            if let Some(values) = context.graph.sections.get(section) {
                calls(values, &mut |found| diagnostics.push(found.path(section)));
            }
        }
    },
};

/// A finding about a place that the author wrote; none about what the compiler made.
fn found(message: String, place: (&Expr, &str), help: &str) -> Option<Diagnostic> {
    let found = Diagnostic::new(Severity::Info, RULE.code, message).help(help);
    Some(found.at(Some(place.0.span?), place.1))
}

/// Parameters, conditions and mappings that nothing refers to.
fn sections(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = context.graph;
    // A macro may use anything, and what an expansion used up the graph does not show any more.
    let expanded = graph.resources.iter().any(|(id, r)| r.origin.source.as_ref().is_some_and(|s| s != id));
    if context.open || expanded {
        return;
    }
    let mut used: FxHashSet<(Section, &str)> = FxHashSet::default();
    let mut note = |expr, in_conditions| {
        references::each(expr, in_conditions, &mut |r| {
            let section = match r.used {
                Use::Condition => Section::Conditions,
                Use::Mapping(..) => Section::Mappings,
                Use::Value | Use::Attribute(_) => Section::Parameters,
            };
            used.insert((section, r.name));
        });
    };
    for resource in graph.resources.values() {
        resource.properties.iter().chain(resource.attributes.values()).for_each(|e| note(e, false));
    }
    for (name, section) in graph.sections.iter() {
        note(section, matches!(&**name, "Conditions" | "Rules"));
    }
    let outputs = graph.outputs().into_iter().flat_map(Map::values).filter_map(Expr::as_map);
    let conditions = graph.resources.values().map(|r| &r.attributes).chain(outputs);
    let mut computed = false;
    for condition in conditions.filter_map(|map| map.get("Condition")) {
        used.extend(condition.as_str().map(|name| (Section::Conditions, name)));
    }
    let all = graph.resources.values().filter_map(|r| r.properties.as_ref()).chain(graph.sections.values());
    for expr in all {
        // The name of a mapping may be computed.
        expr.walk(&mut |e| {
            let name = e.argument_of(&Function::FindInMap).and_then(|a| a.as_list()?.first());
            computed |= name.is_some_and(|n| n.as_str().is_none());
            let name = name.and_then(Expr::as_str);
            used.extend(name.map(|name| (Section::Mappings, name)));
        });
    }
    for section in [Section::Parameters, Section::Conditions, Section::Mappings] {
        if section == Section::Mappings && computed {
            continue;
        }
        let Some(entries) = graph.section(section.key()) else { continue };
        for name in entries.keys().filter(|name| !used.contains(&(section, &***name))) {
            let span = entries.key_span(name);
            let message = format!("the {} `{name}` is never used", section.word());
            let found = Diagnostic::new(Severity::Info, RULE.code, message)
                .at(span, "not used")
                .help("remove it")
                .path(format!("{}.{name}", section.key()));
            if span.is_some() {
                diagnostics.push(found);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Section {
    Parameters,
    Conditions,
    Mappings,
}

impl Section {
    fn key(self) -> &'static str {
        match self {
            Section::Parameters => "Parameters",
            Section::Conditions => "Conditions",
            Section::Mappings => "Mappings",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Section::Parameters => "parameter",
            Section::Conditions => "condition",
            Section::Mappings => "mapping",
        }
    }
}

/// `DependsOn` of what a property refers to anyway.
fn dependencies(id: &LogicalId, resource: &Resource, diagnostics: &mut Diagnostics) {
    let Some(properties) = &resource.properties else { return };
    let listed: Vec<_> = items(resource.attributes.get("DependsOn")).collect();
    if listed.is_empty() {
        return;
    }
    let mut referred: FxHashSet<&str> = FxHashSet::default();
    certain(properties, &mut |expr| {
        references::each(expr, false, &mut |r| {
            if !matches!(r.used, Use::Condition) {
                referred.insert(r.name);
            }
        });
    });
    for name in listed {
        let Some(on) = name.as_str().filter(|on| referred.contains(on)) else { continue };
        let message = format!("`{id}` waits for `{on}` without `DependsOn`: a property refers to it");
        if let Some(found) = found(message, (name, "not needed"), "remove it from DependsOn") {
            diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.DependsOn")));
        }
    }
}

/// Visits the parts of a value that are there whatever a condition says.
fn certain<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        Kind::Map(map) => map.values().for_each(|e| certain(e, visit)),
        Kind::List(items) => items.iter().for_each(|e| certain(e, visit)),
        Kind::Call(Function::If, _) => {}
        _ => visit(expr),
    }
}

/// Calls that say nothing, or say it the long way.
fn calls(expr: &Expr, push: &mut dyn FnMut(Diagnostic)) {
    expr.walk(&mut |e| {
        let Some((function, argument)) = e.as_call() else { return };
        let finding = match function {
            Function::Sub if e.as_sub().is_some_and(|(text, _)| !text.contains("${")) => found(
                "this Fn::Sub puts nothing in: its text has no variable".to_owned(),
                (argument, "no ${...}"),
                "write the text alone",
            ),
            Function::Sub => {
                let variables = e.as_sub().and_then(|(text, variables)| Some((text, variables?)));
                for (text, entry) in
                    variables.into_iter().flat_map(|(text, v)| v.entries().iter().map(move |e| (text, e)))
                {
                    if !text.contains(&format!("${{{}}}", entry.key)) && !entry.key.starts_with("Fn::") {
                        let message =
                            format!("the variable `{}` of this Fn::Sub is not in its text", entry.key);
                        let one = Diagnostic::new(Severity::Info, RULE.code, message)
                            .at(entry.key_span, "not used")
                            .help("remove it, or use it in the text");
                        if entry.key_span.is_some() {
                            push(one);
                        }
                    }
                }
                None
            }
            Function::Join if is_plain_join(argument) => found(
                "this Fn::Join has nothing to put between its parts".to_owned(),
                (argument, "an empty delimiter"),
                "one Fn::Sub with ${...} for each reference says the same and is easier to read",
            ),
            Function::Equals => argument.as_list().and_then(|sides| match sides {
                [one, other] => {
                    let constant = one.as_str().is_some() && other.as_str().is_some();
                    let word = if one == other { "always" } else { "never" };
                    let message = format!("these two are {word} equal: neither depends on anything");
                    constant.then(|| {
                        found(message, (argument, word), "compare a parameter, or remove the condition")
                    })?
                }
                _ => None,
            }),
            _ => None,
        };
        finding.into_iter().for_each(&mut *push);
    });
}

/// An `Fn::Join` without a delimiter, all parts of which could stand in one `Fn::Sub`.
fn is_plain_join(argument: &Expr) -> bool {
    let Some([delimiter, items]) = argument.as_list() else { return false };
    let simple = |item: &Expr| !parts(item).contains(&Part::Unknown);
    delimiter.as_str() == Some("") && items.as_list().is_some_and(|items| items.iter().all(simple))
}
