//! `samc import`: a template written anew as app.yaml, and proved by compiling both.
//!
//! What the language has no word for is put in place by `overrides`; what is missing altogether is added as
//! resources of CloudFormation. What comes out deploys what the template deploys, under the same logical ids.

mod canon;
mod compare;
mod framework;
mod roles;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use samc_base::{Diagnostic, Severity, codes};
use samc_ir::{Expr, Map, Resource, ResourceGraph};

use crate::compile::{Compilation, Settings, compile, compile_text};
use compare::{Change, Gap, compare};

/// How often the file is tried; each try says more of it as it is in the template.
const TRIES: usize = 8;

/// What came of it.
#[derive(Debug, Default)]
pub struct Imported {
    /// The compilation of the template, or where the file would not compile, that of the file.
    pub compilation: Compilation,
    /// The file; empty where there is none.
    pub text: String,
    /// What the author should know, a line each.
    pub notes: Vec<String>,
    /// Types of the resources that stay as they are, and how many there are of each.
    pub raw: BTreeMap<String, usize>,
}

/// Writes a template anew.
pub fn import(settings: &Settings) -> Imported {
    let plain = Settings {
        lint: false,
        packaging: None,
        targets: Vec::new(),
        keep_written: true,
        ..settings.clone()
    };
    let mut original = compile(&plain);
    let (Some(graph), Some(mut written)) = (original.graph.take(), original.written.take()) else {
        return Imported { compilation: original, ..Imported::default() };
    };
    // AWS takes the last of two equal keys; they are told, and stop nothing here.
    let stops = |d: &Diagnostic| d.severity == Severity::Error && d.code() != codes::DUPLICATE_KEY;
    if original.diagnostics.iter().any(stops) {
        return Imported { compilation: original, ..Imported::default() };
    }
    if original.dialect == Some(samc_frontends::app::FRONTEND.name) {
        let message = format!("{} is an app.yaml already", settings.input);
        original.diagnostics.push(
            Diagnostic::error(codes::IMPORT_SOURCE, message).help("import a SAM or CloudFormation template"),
        );
        original.status = 1;
        return Imported { compilation: original, ..Imported::default() };
    }
    let again = Settings {
        input: Path::new(&settings.input).with_file_name("app.yaml").to_string_lossy().into_owned(),
        dialect: Some(samc_frontends::app::FRONTEND.name.to_owned()),
        isolated: true,
        named_parameters: Vec::new(),
        keep_written: false,
        options: samc_frontends::Options {
            parameters: Default::default(),
            stage: None,
            ..settings.options.clone()
        },
        ..plain
    };
    let mut graph = graph.into_graph();
    let mut notes = Vec::new();
    let name = match original.dialect == Some(samc_frontends::serverless::FRONTEND.name) {
        true => {
            notes = framework::take_out([&mut graph, &mut written]);
            original.title.split(" · ").next().unwrap_or_default().to_owned()
        }
        false => name_of(&settings.input),
    };
    let mut as_it_is: BTreeSet<String> = BTreeSet::new();
    let mut attempt = Attempt::default();
    for _ in 0..TRIES {
        let mut document = samc_target_app::import(&written, &graph, &name, &as_it_is);
        attempt.apply(&mut document, &graph);
        let text = samc_target_app::write(&document);
        let compiled = compile_text(text.clone(), &again);
        let Some(made) = compiled.graph.as_ref().filter(|_| compiled.status == 0) else {
            let mut more = components_at_fault(&compiled, &document);
            if more.iter().all(|id| as_it_is.contains(id)) {
                // What refers to something stays as it is, and so must what it refers to.
                let is_api = |r: &Resource| r.resource_type.ends_with("Api");
                let apis = written.resources.iter().filter(|(_, r)| is_api(r));
                more.extend(apis.map(|(id, _)| id.to_string()));
            }
            if more.is_empty() || more.iter().all(|id| as_it_is.contains(id)) {
                return Imported { compilation: compiled, ..Imported::default() };
            }
            as_it_is.extend(more);
            attempt = Attempt::default();
            continue;
        };
        let gap = compare(&graph, made);
        if gap.is_closed() || !attempt.learn(gap) {
            return finished(original, document, attempt, notes);
        }
    }
    let mut document = samc_target_app::import(&written, &graph, &name, &as_it_is);
    attempt.apply(&mut document, &graph);
    finished(original, document, attempt, notes)
}

/// What was learned from earlier tries.
#[derive(Debug, Default)]
struct Attempt {
    lost: Vec<String>,
    changes: BTreeMap<String, Change>,
    ids: canon::Ids,
    added: Vec<(String, String)>,
    open: Vec<String>,
}

impl Attempt {
    /// Takes up what is still missing; false where nothing of it is new.
    fn learn(&mut self, gap: Gap) -> bool {
        let mut is_new = false;
        self.open.clear();
        for id in gap.lost {
            if self.lost.contains(&id) {
                self.open.push(id);
            } else {
                self.lost.push(id);
                is_new = true;
            }
        }
        for (id, change) in gap.changes {
            let known = self.changes.entry(id.clone()).or_default();
            for (place, value) in change.set.iter() {
                let value_is_new = known.set.get(place).is_none_or(|v| v != value);
                is_new |= value_is_new;
                if !value_is_new {
                    self.open.push(format!("{id} {place}"));
                }
                known.set.insert(place.clone(), value.clone());
            }
            for place in change.remove {
                if known.remove.contains(&place) {
                    self.open.push(format!("{id} {place}"));
                } else {
                    known.remove.push(place);
                    is_new = true;
                }
            }
        }
        self.ids = gap.ids;
        self.added = gap.added;
        is_new
    }

    /// Adds it to the file.
    fn apply(&self, document: &mut Map, graph: &ResourceGraph) {
        if !self.lost.is_empty() {
            let resources = document.get_or_insert_with("resources", || Map::new().into());
            if let Some(resources) = resources.as_map_mut() {
                for id in &self.lost {
                    if let Some(resource) = graph.resources.get(id.as_str()) {
                        resources.insert(id.as_str(), as_written(resource, &self.ids));
                    }
                }
            }
        }
        let resources = document.get_mut("resources").and_then(Expr::as_map_mut);
        for resource in resources.into_iter().flat_map(Map::values_mut).filter_map(Expr::as_map_mut) {
            if let Some(waits) = resource.get("DependsOn").map(|w| waits::renamed(w, &self.ids)) {
                resource.insert("DependsOn", waits);
            }
        }
        let overrides: Vec<Expr> =
            self.changes.iter().map(|(id, change)| change_as_written(id, change)).collect();
        if !overrides.is_empty() {
            document.insert("overrides", overrides);
        }
    }
}

fn as_written(resource: &Resource, ids: &canon::Ids) -> Map {
    let mut made = Map::from([("Type", Expr::from(&*resource.resource_type))]);
    for (key, value) in resource.attributes.iter() {
        made.insert(key.clone(), canon::renamed(value, ids));
    }
    if let Some(properties) = &resource.properties {
        made.insert("Properties", canon::renamed(properties, ids));
    }
    made
}

fn change_as_written(id: &str, change: &Change) -> Expr {
    let mut made = Map::from([("target", Expr::from(id))]);
    if !change.set.is_empty() {
        made.insert("set", change.set.clone());
        made.insert("create", true);
    }
    if !change.remove.is_empty() {
        made.insert("remove", change.remove.iter().map(|p| Expr::from(p.as_str())).collect::<Vec<_>>());
    }
    made.into()
}

/// The logical ids of the components in which something is wrong.
fn components_at_fault(compiled: &Compilation, document: &Map) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for finding in compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error) {
        let path = finding.path.as_deref().unwrap_or_default();
        let mut words = path.split('.');
        let (Some(section), Some(name)) = (words.next(), words.next()) else { continue };
        let name = name.split('[').next().unwrap_or(name);
        let component = document.get(section).and_then(|s| s.as_map()?.get(name)?.as_map());
        let Some(component) = component else { continue };
        let id = component.get("id").and_then(Expr::as_str).map(str::to_owned);
        found.insert(id.unwrap_or_else(|| samc_target_app::logical_id(name)));
    }
    found
}

fn finished(original: Compilation, document: Map, attempt: Attempt, mut notes: Vec<String>) -> Imported {
    let mut raw: BTreeMap<String, usize> = BTreeMap::new();
    let resources = document.get("resources").and_then(Expr::as_map);
    for resource in resources.into_iter().flat_map(Map::values) {
        if let Some(kind) = resource.as_map().and_then(|r| r.get("Type")?.as_str()) {
            *raw.entry(kind.to_owned()).or_default() += 1;
        }
    }
    for place in &attempt.open {
        notes.push(format!("differs from the template: {place}"));
    }
    for (id, kind) in attempt.added.iter().filter(|(_, kind)| kind != "AWS::Logs::LogGroup") {
        notes.push(format!("new: {id} ({kind})"));
    }
    let text = samc_target_app::write(&document);
    Imported { compilation: original, text, notes, raw }
}

/// What the application is called: the template's folder, or its file where that says more.
fn name_of(input: &str) -> String {
    let path = Path::new(input);
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    if !matches!(stem.as_str(), "template" | "sam" | "cloudformation" | "stack") {
        return stem;
    }
    let absolute = std::path::absolute(path).ok();
    let folder = absolute.as_deref().and_then(Path::parent).and_then(Path::file_name);
    folder.map_or(stem, |f| f.to_string_lossy().into_owned())
}
