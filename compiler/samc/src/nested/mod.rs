//! Nested stacks whose templates are local files: each is compiled once, and its documents are
//! written beside those of the template that names it.

mod checks;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use samc_base::{Diagnostic, Diagnostics, Label, LogicalId, Span, codes};
use samc_frontends::Options;
use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph, ValidGraph};
use samc_syntax::Document;
use samc_target::{Artifact, terraform};

use crate::compile::is_whole;
use crate::run::{Compiled, Place, Run, finish};
use crate::samconfig::Config;
use crate::{dialect, includes};

/// The type of a nested stack.
const STACK: &str = "AWS::CloudFormation::Stack";

/// The property that names its template.
const TEMPLATE: &str = "TemplateURL";

/// The folder of nested templates in a target's folder.
pub(crate) const FOLDER: &str = "nested";

/// A template on the way from the root to the one that is being compiled.
#[derive(Debug)]
struct Link {
    /// Its true place on disk.
    path: PathBuf,
    /// Its name in findings.
    shown: String,
    /// Where the template before it names it.
    at: Option<Span>,
}

/// A nested template that was compiled.
#[derive(Debug)]
pub(crate) struct Child {
    /// What its documents are called: the ids of the stacks that lead to it, with `.` between.
    name: String,
    /// Its file in findings.
    shown: String,
    /// Its sections, `Parameters` and `Outputs` among them.
    sections: Map,
    /// Its files for each back end.
    outputs: Vec<(&'static str, Vec<Artifact>)>,
    /// The path of its document among the artifacts for a bucket.
    uploaded: Option<String>,
}

impl Child {
    /// The document that a stack names: that of a back end whose documents are stacks.
    fn document(&self) -> Option<&Artifact> {
        let stacks = self.outputs.iter().find(|(target, _)| has_stacks(target));
        stacks.or(self.outputs.first())?.1.first()
    }
}

/// Whether the documents of a back end are stacks.
fn has_stacks(target: &str) -> bool {
    crate::TARGETS.iter().any(|known| known.name() == target && known.has_stacks())
}

/// A file and the parameter values it is compiled with.
type Key = (PathBuf, Vec<(String, String)>);

/// The nested templates of a run.
#[derive(Debug, Default)]
pub(crate) struct Nested {
    /// From the root to the template being compiled.
    chain: Vec<Link>,
    /// The texts, each read once.
    documents: BTreeMap<PathBuf, Rc<(Document, bool)>>,
    /// The templates by file and parameter values; none where one has errors.
    known: BTreeMap<Key, Option<Rc<Child>>>,
    /// The templates in the order they were done.
    children: Vec<Rc<Child>>,
}

impl Nested {
    /// Notes that a template is being compiled.
    pub(crate) fn enter(&mut self, path: &str, shown: &str, at: Option<Span>) {
        let path = Path::new(path).canonicalize().unwrap_or_else(|_| PathBuf::from(path));
        self.chain.push(Link { path, shown: shown.to_owned(), at });
    }

    /// What was made of the same file before, if it is the same document.
    fn same(&self, shown: &str, outputs: &[(&'static str, Vec<Artifact>)]) -> Option<Rc<Child>> {
        let document = |outputs: &[(&'static str, Vec<Artifact>)]| outputs.first()?.1.first().cloned();
        let wanted = document(outputs)?;
        let is_same = |c: &&Rc<Child>| c.shown == shown && document(&c.outputs).as_ref() == Some(&wanted);
        self.children.iter().find(is_same).cloned()
    }
}

/// A stack and the template it nests.
pub(crate) type Stack = (LogicalId, Rc<Child>);

/// Compiles the local templates that the stacks of a graph name, and checks the stacks against them.
pub(crate) fn compile_children(
    run: &mut Run,
    graph: &ValidGraph,
    place: &Place,
    options: &Options,
    found: &mut Diagnostics,
) -> Vec<Stack> {
    let mut stacks = Vec::new();
    for (id, resource) in &graph.resources {
        let Some((location, span)) = local_template(resource) else { continue };
        let shown = relative(&place.folder(), &location);
        // What is not there is for packaging to tell, which a run may leave out.
        if !Path::new(&shown).is_file() {
            continue;
        }
        let name = resource.origin.source.as_ref().unwrap_or(id);
        let child = Request { id: name, resource, shown: &shown, span, place };
        if let Some(child) = compile_child(run, graph, options, &child, found) {
            // AWS's transform looks at no nested template, and neither do those who want it alone.
            if run.settings.lint {
                checks::parameters(graph, id, resource, &child, found);
            }
            stacks.push((id.clone(), child));
        }
    }
    if run.settings.lint {
        checks::outputs(graph, &stacks, found);
    }
    stacks
}

/// One stack's wish for a template.
struct Request<'r> {
    id: &'r LogicalId,
    resource: &'r Resource,
    shown: &'r str,
    span: Option<Span>,
    place: &'r Place,
}

fn compile_child(
    run: &mut Run,
    graph: &ResourceGraph,
    options: &Options,
    request: &Request<'_>,
    found: &mut Diagnostics,
) -> Option<Rc<Child>> {
    let path = Path::new(request.shown).canonicalize().unwrap_or_else(|_| PathBuf::from(request.shown));
    if let Some(from) = run.nested.chain.iter().position(|link| link.path == path) {
        found.push(cycle(run.nested.chain.get(from..).unwrap_or_default(), request));
        return None;
    }
    let parameters = values(graph, options, request.resource);
    let key = (path.clone(), parameters.clone());
    if let Some(known) = run.nested.known.get(&key) {
        return known.clone();
    }
    let document = document(run, &path, request, found)?;
    let name = match &request.place.name {
        Some(outer) => format!("{outer}.{}", request.id),
        None => request.id.to_string(),
    };
    let place = Place { input: request.shown.to_owned(), name: Some(name.clone()) };
    let mut own = Diagnostics::default();
    let mut compiled = Compiled::default();
    if document.1 {
        match dialect::choose(&document.0, request.shown, None, &mut own) {
            Some(frontend) => {
                let options = Options { parameters: parameters.into_iter().collect(), ..options.clone() };
                run.nested.enter(request.shown, request.shown, request.span);
                let config = Config::default();
                run.unit(frontend, &document.0, &place, &options, &config, &mut own, &mut compiled);
                run.nested.chain.pop();
            }
            // Why it should be a template at all stands in the one that names it.
            None => own.iter_mut().for_each(|finding| {
                let message = format!("{} takes it for a template", request.id);
                finding.labels.extend(request.span.map(|span| Label { span, message }));
            }),
        }
    }
    finish(&mut own, &document.0, compiled.graph.as_deref(), &run.sources);
    run.found.append(own);
    let child = compiled.graph.map(|graph| {
        // Other values of parameters often change nothing in the document.
        if let Some(same) = run.nested.same(request.shown, &compiled.outputs) {
            return same;
        }
        let sections = graph.into_graph().sections;
        let shown = request.shown.to_owned();
        let mut child = Child { name, shown, sections, outputs: compiled.outputs, uploaded: None };
        upload(run, &mut child);
        let child = Rc::new(child);
        run.nested.children.push(child.clone());
        child
    });
    run.nested.known.insert(key, child.clone());
    child
}

/// The document of a file, read and parsed the first time it is asked for, and whether it is whole.
fn document(
    run: &mut Run,
    path: &Path,
    request: &Request<'_>,
    found: &mut Diagnostics,
) -> Option<Rc<(Document, bool)>> {
    if let Some(known) = run.nested.documents.get(path) {
        return Some(known.clone());
    }
    let text = match run.text_of(request.shown) {
        Ok(text) => text,
        Err(no_text) => {
            found.push(no_text.diagnostic.at(request.span, "the template of this stack"));
            return None;
        }
    };
    let mut own = Diagnostics::default();
    let mut document = run.read(request.shown, text, &mut own);
    let is_whole = is_whole(&own);
    if is_whole {
        let place = Place { input: request.shown.to_owned(), name: None };
        includes::resolve(run, &mut document, &place, &mut own);
        dialect::mend(&mut document, request.shown, None, &mut own);
    }
    finish(&mut own, &document, None, &run.sources);
    run.found.append(own);
    let document = Rc::new((document, is_whole));
    run.nested.documents.insert(path.to_owned(), document.clone());
    Some(document)
}

/// The path that a stack names its template by, where that is one on disk.
fn local_template(resource: &Resource) -> Option<(String, Option<Span>)> {
    if resource.resource_type.as_str() != STACK {
        return None;
    }
    let template = resource.property(TEMPLATE)?;
    let path = match &template.kind {
        Kind::Asset(asset) => &asset.path,
        Kind::String(text) if !text.contains("://") && !text.starts_with("{{resolve:") => text,
        _ => return None,
    };
    (!path.is_empty()).then(|| (path.to_string(), template.span))
}

/// The values a stack gives to parameters, as far as they are known while compiling.
fn values(graph: &ResourceGraph, options: &Options, resource: &Resource) -> Vec<(String, String)> {
    let text = |value: &Expr| match &value.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    let default = |name: &str| text(graph.parameters()?.get(name)?.as_map()?.get("Default")?);
    let value = |value: &Expr| match value.as_ref_to() {
        Some("AWS::Region") => Some(options.region.clone()),
        Some(name) => options.parameters.get(name).cloned().or_else(|| default(name)),
        None => text(value),
    };
    let passed = resource.property("Parameters").and_then(Expr::as_map);
    let mut values: Vec<(String, String)> = passed
        .into_iter()
        .flat_map(Map::iter)
        .filter_map(|(name, v)| Some((name.to_string(), value(v)?)))
        .collect();
    values.sort();
    values
}

/// `orders/template.yaml` from the folder of the template that names it, without detours.
pub(crate) fn relative(folder: &Path, location: &str) -> String {
    let mut path = PathBuf::new();
    for part in folder.join(location).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(path.components().next_back(), Some(Component::Normal(_))) => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path.display().to_string()
}

fn cycle(links: &[Link], request: &Request<'_>) -> Diagnostic {
    let mut names: Vec<&str> = links.iter().map(|link| link.shown.as_str()).collect();
    let first = names.first().copied().unwrap_or(request.shown);
    names.push(first);
    let message = format!("{first} nests itself: {}", names.join(" → "));
    let mut finding = Diagnostic::error(codes::NESTING_CYCLE, message)
        .at(request.span, format!("back to {first} from here"))
        .help("a stack cannot hold itself: take one of these out, or move what both need into a template of its own")
        .resource(request.id.as_str());
    for link in links.iter().skip(1) {
        finding = finding.label(link.at, format!("nests {}", link.shown));
    }
    finding
}

/// What the back end for Terraform is told of the template at a place and of those that it nests.
pub(crate) fn terraform(run: &Run, place: &Place, stacks: &[Stack]) -> terraform::Options {
    let mut options = run.settings.terraform.clone();
    options.is_called = place.name.is_some();
    if options.is_called {
        // What a stack holds says nothing of those that it nests.
        options.import = None;
    }
    options.modules = stacks
        .iter()
        .map(|(id, child)| {
            let folder = terraform::module_folder(&child.name);
            let source = match folder.split_once('/') {
                Some((_, name)) if options.is_called => format!("../{name}"),
                _ => format!("./{folder}"),
            };
            let asks = |file: &Artifact| {
                file.path.starts_with("variables.tf")
                    && String::from_utf8_lossy(&file.contents).contains(terraform::ARTIFACT_BUCKET)
            };
            let mut files = child.outputs.iter().filter(|(name, _)| *name == "terraform");
            let needs_bucket = files.any(|(_, files)| files.iter().any(asks));
            let sections = child.sections.clone();
            (id.to_string(), terraform::Module { source, sections, needs_bucket })
        })
        .collect();
    options
}

/// Where a bucket is named, the document becomes one of the artifacts for it.
fn upload(run: &mut Run, child: &mut Child) {
    let Some(packaging) = &run.settings.packaging else { return };
    if packaging.bucket.is_none() {
        return;
    }
    let Some(document) = child.document() else { return };
    let (suffix, bytes) = (&document.path, document.contents.clone());
    let path = run.packaged.add_document(&child.name, suffix, bytes, packaging.prefix.as_deref());
    child.uploaded = Some(path);
}

/// The address of a document in a bucket, as stacks name it.
pub(crate) fn address(bucket: &str, key: &str) -> Expr {
    Expr::sub(format!("https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{bucket}/{key}"))
}

/// Writes into the stacks of a graph where their templates lie after the build.
pub(crate) fn point_at_children(run: &Run, graph: &mut ResourceGraph, place: &Place, stacks: &[Stack]) {
    for (id, child) in stacks {
        let Some(document) = child.document() else { continue };
        let properties = graph.resources.get_mut(id).and_then(Resource::properties_mut);
        let Some(template) = properties.and_then(|p| p.get_mut(TEMPLATE)) else { continue };
        let url = match &child.uploaded {
            Some(path) => run.packaged.artifacts.iter().find(|a| a.path == *path).and_then(|artifact| {
                let bucket = run.settings.packaging.as_ref()?.bucket.as_ref()?;
                let key = artifact.s3_key.as_ref()?;
                Some(address(bucket, key))
            }),
            None => {
                let file = format!("{}.{}", child.name, document.path);
                let folder = if place.name.is_none() { format!("{FOLDER}/") } else { String::new() };
                Some(Expr::from(format!("{folder}{file}")))
            }
        };
        if let Some(url) = url {
            template.kind = url.kind;
        }
    }
}

impl Run {
    /// The files of all nested templates for each back end, under their names below its folder.
    pub(crate) fn nested_outputs(&self) -> Vec<(&'static str, Vec<Artifact>)> {
        let mut outputs: Vec<(&'static str, Vec<Artifact>)> = Vec::new();
        for child in &self.nested.children {
            for (target, files) in &child.outputs {
                // The document itself lies among the artifacts where it goes to a bucket.
                let skipped = usize::from(child.uploaded.is_some() && has_stacks(target));
                let folder = terraform::module_folder(&child.name);
                let files = files.iter().skip(skipped).map(|file| Artifact {
                    path: match *target {
                        "terraform" => format!("{folder}/{}", file.path),
                        _ => format!("{FOLDER}/{}.{}", child.name, file.path),
                    },
                    contents: file.contents.clone(),
                });
                match outputs.iter_mut().find(|(name, _)| name == target) {
                    Some((_, all)) => all.extend(files),
                    None => outputs.push((target, files.collect())),
                }
            }
        }
        outputs
    }
}
