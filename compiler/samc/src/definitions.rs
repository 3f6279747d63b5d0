//! Definitions of state machines and APIs, in the template and in files that it names, each given
//! to the checks of its language.

use std::path::Path;
use std::rc::Rc;

use samc_base::Diagnostics;
use samc_frontends::definitions::{Owner, check_api, check_machine, check_substitutions};
use samc_ir::{Expr, Kind, Map, ResourceGraph};
use samc_syntax::{Document, Node};

use crate::compile::is_whole;
use crate::nested::relative;
use crate::run::{Place, Run, finish};

/// The languages of definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    States,
    /// States that a rule looks at.
    StatesOfRule,
    OpenApi,
}

/// Where definitions stand: type, property, language. In files first, then in the template.
const IN_FILES: [(&str, &str, Language); 3] = [
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", Language::States),
    ("AWS::ApiGateway::RestApi", "BodyS3Location", Language::OpenApi),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location", Language::OpenApi),
];

const IN_TEMPLATES: [(&str, &str, Language); 6] = [
    ("AWS::Serverless::StateMachine", "Definition", Language::States),
    ("AWS::StepFunctions::StateMachine", "Definition", Language::StatesOfRule),
    ("AWS::Serverless::Api", "DefinitionBody", Language::OpenApi),
    ("AWS::Serverless::HttpApi", "DefinitionBody", Language::OpenApi),
    ("AWS::ApiGateway::RestApi", "Body", Language::OpenApi),
    ("AWS::ApiGatewayV2::Api", "Body", Language::OpenApi),
];

const SUBSTITUTIONS: &str = "DefinitionSubstitutions";

/// Checks every definition of a template.
pub(crate) fn check(
    run: &mut Run,
    graph: &ResourceGraph,
    document: &Document,
    place: &Place,
    found: &mut Diagnostics,
) {
    in_template(run, graph, document, found);
    in_files(run, graph, place, found);
}

fn in_template(run: &Run, graph: &ResourceGraph, document: &Document, found: &mut Diagnostics) {
    for entry in document.root.get("Resources").and_then(Node::as_mapping).unwrap_or_default() {
        let Some(kind) = entry.value.get("Type").and_then(Node::as_scalar) else { continue };
        let Some((_, property, language)) = IN_TEMPLATES.iter().find(|(t, _, _)| *t == &*kind.text) else {
            continue;
        };
        let definition = entry.value.get("Properties").and_then(|p| p.get(property));
        let Some(definition) = definition.filter(|d| d.as_mapping().is_some()) else { continue };
        let path = format!("Resources.{}.Properties.{property}", entry.key);
        let owner = Owner { id: &entry.key, path: &path };
        let substitutions = graph.resources.get(&*entry.key).and_then(|r| r.property(SUBSTITUTIONS));
        one(run, definition, *language, substitutions, owner, found);
    }
}

fn in_files(run: &mut Run, graph: &ResourceGraph, place: &Place, found: &mut Diagnostics) {
    for (id, resource) in &graph.resources {
        let kind = resource.resource_type.as_str();
        let Some((_, property, language)) = IN_FILES.iter().find(|(t, _, _)| *t == kind) else { continue };
        let Some(value) = resource.property(property) else { continue };
        let path = match &value.kind {
            Kind::Asset(asset) => &asset.path,
            Kind::String(text) if !text.contains("://") => text,
            _ => continue,
        };
        let shown = relative(&place.folder(), path);
        // What is not there is for packaging to tell, which a run may leave out.
        if !Path::new(&shown).is_file() {
            continue;
        }
        let document = document(run, &shown);
        let Some(document) = document else { continue };
        let name = resource.origin.source.as_ref().unwrap_or(id);
        let owner = Owner { id: name.as_str(), path: "" };
        let mut own = Diagnostics::default();
        one(run, &document.root, *language, resource.property(SUBSTITUTIONS), owner, &mut own);
        found.append(own);
    }
}

/// A file as a document, read once, with its faults among the findings of the run; none where it
/// has any.
pub(crate) fn document(run: &mut Run, shown: &str) -> Option<Rc<Document>> {
    if let Some(known) = run.definitions.get(shown) {
        return known.clone();
    }
    let mut own = Diagnostics::default();
    // A file that cannot be read is told by packaging, with the place that names it.
    let read = run.text_of(shown).ok().map(|text| run.read(shown, text, &mut own));
    let is_whole = is_whole(&own);
    if let Some(document) = &read {
        finish(&mut own, document, None, &run.sources);
    }
    let document = read.filter(|_| is_whole);
    run.found.append(own);
    let document = document.map(Rc::new);
    run.definitions.insert(shown.to_owned(), document.clone());
    document
}

fn one(
    run: &Run,
    definition: &Node,
    language: Language,
    substitutions: Option<&Expr>,
    owner: Owner<'_>,
    found: &mut Diagnostics,
) {
    if language == Language::OpenApi {
        return check_api(definition, owner, found);
    }
    // One that CloudFormation reads itself is looked at by a rule (C224), with the text of others.
    if language != Language::StatesOfRule {
        check_machine(definition, owner, found);
    }
    let none = Map::new();
    let substitutions = match substitutions {
        None => &none,
        Some(given) => match given.as_map() {
            Some(map) => map,
            None => return,
        },
    };
    let path = format!("Resources.{}.Properties.{SUBSTITUTIONS}", owner.id);
    check_substitutions(definition, substitutions, &path, owner, &run.sources, found);
}
