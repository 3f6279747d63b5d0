//! `samc explain SPEC#COMPONENT`: what one component became, and where each part of that is written.

use std::fmt::Write;

use samc_base::{Diagnostic, SourceMap, Span, codes, nearest};
use samc_ir::{Expr, JsonStyle, Map, Resource, ResourceGraph};

use crate::compile::{Compilation, Settings, compile};

/// JSON on one line.
const LINE: JsonStyle =
    JsonStyle { indent: None, item_separator: ", ", key_separator: ": ", sort_keys: false, ascii: false };

/// The longest value that is shown whole, in characters.
const LONG: usize = 100;

/// What came of it: the compilation with its findings, and the text.
#[derive(Debug, Default)]
pub struct Explained {
    /// The findings and the files read.
    pub compilation: Compilation,
    /// The text; empty where there is no such component.
    pub text: String,
}

/// Explains a component: `functions.create`, `create`, or a logical id.
pub fn explain(settings: &Settings, wanted: &str) -> Explained {
    let mut compilation = compile(settings);
    let Some(graph) = compilation.graph.take() else { return Explained { compilation, text: String::new() } };
    let own = resources(&graph, wanted);
    if own.is_empty() {
        let known: Vec<String> = names(&graph);
        let finding = Diagnostic::error(
            codes::UNKNOWN_REFERENCE,
            format!("{} has nothing called `{wanted}`", settings.input),
        );
        let finding = match nearest(wanted, known.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("there is {}", known.join(", "))),
        };
        compilation.diagnostics.push(finding);
        compilation.status = 1;
        return Explained { compilation, text: String::new() };
    }
    let text = page(&graph, &own, wanted, &compilation.sources);
    Explained { compilation, text }
}

/// A resource with its logical id.
type Named<'g> = (&'g samc_base::LogicalId, &'g Resource);

/// The resources that were made for a component, its main one first.
fn resources<'g>(graph: &'g ResourceGraph, wanted: &str) -> Vec<Named<'g>> {
    let is_own = |(id, r): &Named<'_>| {
        let path = r.origin.path.as_str();
        let inner = path.strip_prefix("Resources.").unwrap_or(path);
        let named = inner == wanted || r.origin.source.as_ref().is_some_and(|s| s.as_str() == wanted);
        named || path == wanted || id.as_str() == wanted
    };
    let mut own: Vec<Named<'g>> = graph.resources.iter().filter(is_own).collect();
    // A function among them is what the component is about.
    own.sort_by_key(|(_, r)| r.resource_type.as_str() != "AWS::Lambda::Function");
    own
}

/// What can be asked for.
fn names(graph: &ResourceGraph) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (id, resource) in &graph.resources {
        let path = resource.origin.path.as_str();
        let name = if path.contains('.') && !path.starts_with("Resources.") { path } else { id.as_str() };
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn place(span: Option<Span>, sources: &SourceMap) -> Option<String> {
    let span = span?;
    let file = sources.file(span.file);
    Some(format!("{}:{}", file.name(), file.line_column(span.start).line))
}

fn page(graph: &ResourceGraph, own: &[Named<'_>], wanted: &str, sources: &SourceMap) -> String {
    let mut out = String::new();
    let Some((id, main)) = own.first() else { return out };
    let title = if main.origin.path.is_empty() { wanted } else { main.origin.path.as_str() };
    let at = place(main.origin.key_span, sources).unwrap_or_default();
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{title}  {at}\n{} {}", main.resource_type.as_str(), id.as_str());
    let empty = Map::new();
    let properties = main.properties_map().unwrap_or(&empty);
    out.push_str("\nsettings\n");
    for entry in properties.entries() {
        if !matches!(&*entry.key, "Environment" | "Tags") {
            line(&mut out, &entry.key, &entry.value, entry.key_span, main, sources);
        }
    }
    let variables = properties.get("Environment").and_then(|e| e.as_map()?.get("Variables")?.as_map());
    if let Some(variables) = variables {
        out.push_str("\nenvironment\n");
        for entry in variables.entries() {
            line(&mut out, &entry.key, &entry.value, entry.key_span, main, sources);
        }
    }
    rights(&mut out, graph, properties, own, sources);
    out.push_str("\nresources\n");
    for (id, resource) in own {
        let at = place(resource.origin.key_span, sources).unwrap_or_default();
        let _ = writeln!(out, "  {:36} {:36} {at}", id.as_str(), resource.resource_type.as_str());
    }
    out
}

/// A setting with its value, and the line it is written at, or that nobody wrote it.
fn line(
    out: &mut String,
    key: &str,
    value: &Expr,
    key_span: Option<Span>,
    main: &Resource,
    sources: &SourceMap,
) {
    let mut shown = value.as_str().map_or_else(|| value.to_json(LINE), str::to_owned);
    if shown.chars().count() > LONG {
        shown = shown.chars().take(LONG - 1).collect::<String>() + "…";
    }
    // What has the place of the whole component was made for it.
    let span = value.span.or(key_span).or_else(|| first_span(value));
    let own = span.filter(|s| Some(*s) != main.origin.key_span);
    let at = place(own, sources).unwrap_or_else(|| "default".to_owned());
    let _ = writeln!(out, "  {key:28} {shown:40} {at}");
}

/// The first place inside a value.
fn first_span(value: &Expr) -> Option<Span> {
    let mut found = None;
    value.walk(&mut |inner| found = found.or(inner.span));
    found
}

/// What the role of a function allows, statement by statement.
fn rights(out: &mut String, graph: &ResourceGraph, properties: &Map, own: &[Named<'_>], sources: &SourceMap) {
    let role = properties.get("Role").and_then(|r| r.as_get_att()).map(|(id, _)| id.to_owned());
    let Some(role) = role else { return };
    let Some(resource) = graph.resources.get(role.as_str()) else { return };
    let _ = writeln!(out, "\nrole {role}");
    let mut documents: Vec<&Expr> = Vec::new();
    for policy in resource.property("Policies").and_then(Expr::as_list).into_iter().flatten() {
        documents.extend(policy.as_map().and_then(|p| p.get("PolicyDocument")));
    }
    for (_, policy) in own.iter().filter(|(_, r)| r.resource_type.as_str() == "AWS::IAM::Policy") {
        documents.extend(policy.property("PolicyDocument"));
    }
    for managed in resource.property("ManagedPolicyArns").and_then(Expr::as_list).into_iter().flatten() {
        let _ = writeln!(out, "  managed policy {}", managed.to_json(LINE));
    }
    for document in documents {
        let statements = document.as_map().and_then(|d| d.get("Statement")).and_then(Expr::as_list);
        for statement in statements.into_iter().flatten() {
            let part = |key: &str| statement.as_map().and_then(|s| s.get(key));
            let actions: Vec<String> = match part("Action") {
                Some(action) => match action.as_list() {
                    Some(list) => list.iter().map(|a| a.as_str().unwrap_or("…").to_owned()).collect(),
                    None => vec![action.as_str().unwrap_or("…").to_owned()],
                },
                None => Vec::new(),
            };
            let on = part("Resource").map(|r| r.to_json(LINE)).unwrap_or_default();
            let at = place(statement.span, sources).map_or_else(String::new, |at| format!("  {at}"));
            let _ = writeln!(out, "  {}\n      on {on}{at}", actions.join(" "));
        }
    }
}
