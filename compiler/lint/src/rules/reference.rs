//! C229: names that do not exist, attributes that a type does not have, and names of the wrong kind.

use std::cell::RefCell;

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest};
use samc_ir::references::{self, Reference, Use};
use samc_ir::{Expr, Map, Origin};

use crate::context::{Context, a, about, first, named};
use crate::rule::{On, Rule};
use crate::schema::Problem;

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C229", "reference"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("reference.md"),
    check,
};

/// The names that are always there.
pub(super) const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = context.graph;
    let nowhere = Origin::default();
    let suggestions = &Suggestions::default();
    for (id, resource) in &graph.resources {
        let mut scope = Scope {
            context,
            suggestions,
            diagnostics,
            owner: id,
            origin: &resource.origin,
            path: format!("Resources.{id}"),
            in_conditions: false,
        };
        if let Some(properties) = &resource.properties {
            scope.expr(properties, "Properties");
        }
        for (key, value) in resource.attributes.iter() {
            match &**key {
                "DependsOn" => scope.depends_on(value),
                "Condition" => scope.condition(value),
                // What stands in metadata is read by others, each by its own rules.
                "Metadata" => {}
                key => scope.expr(value, key),
            }
        }
    }
    missing_at_times(context, diagnostics);
    for violation in context.violations() {
        let Problem::Refers { given, formats, instead } = &violation.problem else { continue };
        let whats: Vec<&str> = formats.iter().map(|f| f.what).collect();
        let what = if whats.is_empty() { "an ARN".to_owned() } else { whats.join(" or ") };
        let owner = &violation.resource.origin;
        let message = format!(
            "`{}` of {} is {given}, and must be {what}",
            violation.place(),
            named(violation.id, owner)
        );
        let help = match instead {
            Some(instead) => format!("write `{instead}`"),
            None => format!("refer to something that has {what}"),
        };
        let found =
            Diagnostic::error(RULE.code, message).at(violation.span, format!("not {what}")).help(help);
        diagnostics.push(about(found, violation.id, owner, violation.path()));
    }
    let mut scope = Scope {
        context,
        suggestions,
        diagnostics,
        owner: "Conditions",
        origin: &nowhere,
        path: "Conditions".to_owned(),
        in_conditions: true,
    };
    for (name, value) in graph.conditions().into_iter().flat_map(Map::iter) {
        if !name.starts_with("Fn::") {
            scope.expr(value, name);
        }
    }
    for (name, output) in graph.outputs().into_iter().flat_map(Map::iter) {
        if name.starts_with("Fn::") {
            continue;
        }
        let mut scope = Scope {
            context,
            suggestions,
            diagnostics,
            owner: name,
            origin: &nowhere,
            path: format!("Outputs.{name}"),
            in_conditions: false,
        };
        for (key, value) in output.as_map().into_iter().flat_map(Map::iter) {
            match &**key {
                "Condition" => scope.condition(value),
                key => scope.expr(value, key),
            }
        }
    }
}

/// References that stand whatever a condition says, to a resource that is there only where it holds.
fn missing_at_times(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let graph = context.graph;
    if context.open {
        return;
    }
    // Under a condition of its own it may well be that the one implies the other.
    for (id, resource) in graph.resources.iter().filter(|(_, r)| !r.attributes.contains_key("Condition")) {
        for (reference, needed) in resource.properties.iter().flat_map(|p| at_risk(context, p)) {
            let message =
                format!("`{id}` refers to `{}`, which is there only where {needed} holds", reference.name);
            let span = first([reference.span, resource.origin.key_span, None]);
            let path = format!("Resources.{id}.Properties");
            diagnostics.push(about(at_times(message, span, needed), id, &resource.origin, path));
        }
    }
    for (name, output) in graph.outputs().into_iter().flat_map(Map::iter) {
        let Some(output) = output.as_map().filter(|output| !output.contains_key("Condition")) else {
            continue;
        };
        for (reference, needed) in output.get("Value").into_iter().flat_map(|v| at_risk(context, v)) {
            let message = format!(
                "the output `{name}` refers to `{}`, which is there only where {needed} holds",
                reference.name
            );
            let found = at_times(message, reference.span, needed);
            diagnostics.push(found.path(format!("Outputs.{name}.Value")));
        }
    }
}

/// The references of a value to resources under a condition, with the conditions. What stands in an `Fn::If` somewhere
/// in the value is left alone: its author has thought of it.
fn at_risk<'g>(context: &Context<'g>, value: &'g Expr) -> Vec<(Reference<'g>, &'g str)> {
    let mut chosen: FxHashSet<&str> = FxHashSet::default();
    value.walk(&mut |e| {
        if e.as_if().is_some() {
            references::each(e, false, &mut |r| {
                chosen.insert(r.name);
            });
        }
    });
    let mut found = Vec::new();
    references::each(value, false, &mut |r| {
        let resource = context.graph.resources.get(r.name).filter(|_| !chosen.contains(r.name));
        let condition = resource.and_then(|other| other.attributes.get("Condition")?.as_str());
        if let Some(condition) = condition.filter(|_| matches!(r.used, Use::Value | Use::Attribute(_))) {
            found.push((r, condition));
        }
    });
    found
}

fn at_times(message: String, span: Option<samc_base::Span>, condition: &str) -> Diagnostic {
    Diagnostic::warning(RULE.code, message)
        .at(span, "not always there")
        .help(format!("add Condition: {condition} here too, or choose with !If"))
}

/// The part of the template in which references are looked at.
struct Scope<'c, 'g, 'd> {
    context: &'c Context<'g>,
    suggestions: &'c Suggestions,
    diagnostics: &'d mut Diagnostics,
    owner: &'c str,
    origin: &'c Origin,
    path: String,
    in_conditions: bool,
}

impl Scope<'_, '_, '_> {
    fn expr(&mut self, expr: &Expr, key: &str) {
        let mut found = Vec::new();
        references::each(expr, self.in_conditions, &mut |r| {
            if !self.is_sound(&r) {
                found.push(r);
            }
        });
        for reference in found {
            self.report(&reference, key, expr);
        }
    }

    fn condition(&mut self, value: &Expr) {
        if let Some(name) = value.as_str() {
            let reference = Reference { name, used: Use::Condition, span: value.span, attribute_span: None };
            if !self.is_sound(&reference) {
                self.report(&reference, "Condition", value);
            }
        }
    }

    fn depends_on(&mut self, value: &Expr) {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        for item in items {
            let Some(name) = item.as_str() else { continue };
            if !self.context.graph.resources.contains_key(name) && !self.context.may_exist(name) {
                let (kind, help) = self.instead(name, &[Kind::Resource]);
                let message = format!("`{}` depends on `{name}`, which is {kind}", self.owner);
                let span = first([item.span, value.span, self.origin.key_span]);
                self.push(message, span, help, "DependsOn");
            }
        }
    }

    /// True where the name exists, is of the right kind and has the attribute; or may be so.
    fn is_sound(&self, reference: &Reference<'_>) -> bool {
        let (graph, name) = (self.context.graph, reference.name);
        let has = |section: Option<&Map>| section.is_some_and(|s| s.contains_key(name));
        let open = |section: Option<&Map>| {
            self.context.open || section.is_some_and(|s| s.keys().any(|k| k.starts_with("Fn::")))
        };
        match reference.used {
            Use::Value => {
                has(graph.parameters())
                    || PSEUDO.contains(&name)
                    || !self.in_conditions && graph.resources.contains_key(name)
                    || self.context.may_exist(name)
                    // Names of macros and of the services' own, such as `AWS::Include`'s.
                    || name.starts_with("AWS::") && !self.known_case(name)
            }
            Use::Attribute(attribute) => match graph.resources.get(name) {
                Some(resource) => match (attribute, self.context.schema(resource)) {
                    (Some(attribute), Some(schema)) => schema.has_attribute(attribute),
                    _ => true,
                },
                None => self.context.may_exist(name),
            },
            Use::Condition => has(graph.conditions()) || open(graph.conditions()),
            Use::Mapping(top, second) => match graph.mappings().and_then(|m| m.get(name)) {
                Some(mapping) => has_keys(mapping, top, second),
                None => open(graph.mappings()),
            },
        }
    }

    /// True for a slip of the keyboard in a pseudo parameter.
    fn known_case(&self, name: &str) -> bool {
        nearest(name, PSEUDO).is_some()
    }

    fn report(&mut self, reference: &Reference<'_>, key: &str, within: &Expr) {
        let (owner, name) = (named(self.owner, self.origin), reference.name);
        let graph = self.context.graph;
        // Where the resource is there, it is the attribute that is wrong.
        let wrong = match reference.used {
            Use::Attribute(_) if graph.resources.contains_key(name) => reference.attribute_span,
            _ => None,
        };
        let span = first([wrong.or(reference.span), within.span, self.origin.key_span]);
        let (message, help) = match reference.used {
            Use::Value => {
                let wanted: &[Kind] = if self.in_conditions {
                    &[Kind::Parameter]
                } else {
                    &[Kind::Resource, Kind::Parameter, Kind::Pseudo]
                };
                let (kind, help) = self.instead(name, wanted);
                (format!("{owner} refers to `{name}`, which is {kind}"), help)
            }
            Use::Attribute(attribute) => match (graph.resources.get(name), attribute) {
                (Some(resource), Some(attribute)) => {
                    let schema = self.context.schema(resource);
                    let names: Vec<&str> =
                        schema.map_or(Vec::new(), |s| s.attributes.iter().map(|a| a.as_str()).collect());
                    let kind = &resource.resource_type;
                    let help = match nearest(attribute, names.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if names.is_empty() => {
                            format!("{} has no attributes; `!Ref {name}` gives its name or id", a(kind))
                        }
                        None => format!("there are: {}", names.join(", ")),
                    };
                    let message = format!(
                        "{owner} asks for `{name}.{attribute}`, and {} has no such attribute",
                        a(kind)
                    );
                    (message, help)
                }
                _ => {
                    let (kind, help) = self.instead(name, &[Kind::Resource]);
                    (format!("{owner} asks for an attribute of `{name}`, which is {kind}"), help)
                }
            },
            Use::Condition => {
                let (kind, help) = self.instead(name, &[Kind::Condition]);
                (format!("{owner} has the condition `{name}`, which is {kind}"), help)
            }
            Use::Mapping(top, second) => {
                let mapping = graph.mappings().and_then(|m| m.get(name));
                match mapping {
                    None => {
                        let (kind, help) = self.instead(name, &[Kind::Mapping]);
                        (format!("{owner} looks in the mapping `{name}`, which is {kind}"), help)
                    }
                    Some(mapping) => {
                        let (key, keys) = missing_key(mapping, top, second);
                        let help = match nearest(key, keys.iter().copied()) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("there are: {}", keys.join(", ")),
                        };
                        let message =
                            format!("{owner} looks up `{key}`, which the mapping `{name}` does not have");
                        (message, help)
                    }
                }
            }
        };
        // Found again with its path only now that it is needed.
        let below = references::path_to(within, &|r| r == reference).map_or(String::new(), |(path, _)| path);
        self.push(message, span, help, &format!("{key}{below}"));
    }

    fn push(&mut self, message: String, span: Option<samc_base::Span>, help: String, key: &str) {
        let found = Diagnostic::error(RULE.code, message);
        // Which name was meant belongs under the name that is wrong.
        let found = if span.is_some() && help.starts_with("did you mean") {
            found.at(span, help)
        } else {
            found.at(span, "").help(help)
        };
        self.diagnostics.push(about(found, self.owner, self.origin, format!("{}.{key}", self.path)));
    }

    /// What a name is that is not of a wanted kind, and what to do.
    fn instead(&self, name: &str, wanted: &[Kind]) -> (&'static str, String) {
        for kind in Kind::ALL {
            if !wanted.contains(&kind) && kind.has(self.context, name) {
                let wanted: Vec<&str> = wanted.iter().map(|k| k.word()).collect();
                return (kind.word(), format!("only {} can stand here", wanted.join(" or ")));
            }
        }
        let help = match self.nearest(name, wanted) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it, or refer to {} that is there",
                wanted.first().map_or("one", |k| k.word())
            ),
        };
        ("not declared", help)
    }

    /// The nearest name of a wanted kind. It is looked for once for each name, and only for the first
    /// of them: in a template with thousands of wrong names, suggestions are not what is missing.
    fn nearest(&self, name: &str, wanted: &[Kind]) -> Option<String> {
        const LOOKED_FOR: usize = 200;
        let mut seen = self.suggestions.borrow_mut();
        if let Some((_, _, near)) = seen.iter().find(|(n, w, _)| n == name && w == wanted) {
            return near.clone();
        }
        if seen.len() >= LOOKED_FOR {
            return None;
        }
        let names = wanted.iter().flat_map(|kind| kind.names(self.context));
        let near = nearest(name, names).map(str::to_owned);
        seen.push((name.to_owned(), wanted.to_vec(), near.clone()));
        near
    }
}

/// Names that were looked for, with the kinds wanted, and what is near.
type Suggestions = RefCell<Vec<(String, Vec<Kind>, Option<String>)>>;

/// What a name can stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Resource,
    Parameter,
    Pseudo,
    Condition,
    Mapping,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Resource, Kind::Parameter, Kind::Pseudo, Kind::Condition, Kind::Mapping];

    fn word(self) -> &'static str {
        match self {
            Kind::Resource => "a resource",
            Kind::Parameter => "a parameter",
            Kind::Pseudo => "a pseudo parameter",
            Kind::Condition => "a condition",
            Kind::Mapping => "a mapping",
        }
    }

    fn has(self, context: &Context<'_>, name: &str) -> bool {
        let graph = context.graph;
        let in_section = |section: Option<&Map>| section.is_some_and(|s| s.contains_key(name));
        match self {
            Kind::Resource => graph.resources.contains_key(name),
            Kind::Parameter => in_section(graph.parameters()),
            Kind::Pseudo => PSEUDO.contains(&name),
            Kind::Condition => in_section(graph.conditions()),
            Kind::Mapping => in_section(graph.mappings()),
        }
    }

    fn names<'g>(self, context: &Context<'g>) -> Box<dyn Iterator<Item = &'g str> + 'g> {
        let graph = context.graph;
        let section = |s: Option<&'g Map>| Box::new(s.into_iter().flat_map(Map::keys).map(|k| &**k));
        match self {
            Kind::Resource => Box::new(graph.resources.keys().map(|id| id.as_str())),
            Kind::Parameter => section(graph.parameters()),
            Kind::Pseudo => Box::new(PSEUDO.into_iter()),
            Kind::Condition => section(graph.conditions()),
            Kind::Mapping => section(graph.mappings()),
        }
    }
}

/// True where both keys are there, or cannot be told.
fn has_keys(mapping: &Expr, top: Option<&str>, second: Option<&str>) -> bool {
    let Some(rows) = mapping.as_map().filter(|m| !m.keys().any(|k| k.starts_with("Fn::"))) else {
        return true;
    };
    match (top, second) {
        (Some(top), second) => match rows.get(top) {
            Some(row) => match (row.as_map(), second) {
                (Some(row), Some(second)) => row.contains_key(second),
                _ => true,
            },
            None => false,
        },
        // A row chosen at deployment: the key must be in one row at least.
        (None, Some(second)) => {
            rows.is_empty() || rows.values().any(|r| r.as_map().is_none_or(|r| r.contains_key(second)))
        }
        (None, None) => true,
    }
}

/// The key that is not there, and those that are.
fn missing_key<'a>(
    mapping: &'a Expr,
    top: Option<&'a str>,
    second: Option<&'a str>,
) -> (&'a str, Vec<&'a str>) {
    let rows = mapping.as_map();
    match (top, top.and_then(|t| rows?.get(t))) {
        (Some(top), None) => (top, rows.into_iter().flat_map(Map::keys).map(|k| &**k).collect()),
        (_, row) => {
            let row = row.or_else(|| rows?.values().next()).and_then(Expr::as_map);
            (second.unwrap_or_default(), row.into_iter().flat_map(Map::keys).map(|k| &**k).collect())
        }
    }
}
