//! The compiler as the driver runs it, on a case.

use samc_base::{Diagnostic, Diagnostics, SourceMap};
use samc_frontends::{Frontend, NoFiles, Options};
use samc_ir::{JsonStyle, Map, ResourceGraph};

use crate::case::Case;

/// What a case gives.
#[derive(Debug)]
pub struct Output {
    /// Name and text of the main document; none where there are errors.
    pub document: Option<(String, String)>,
    /// The map from the document to its source.
    pub source_map: Option<String>,
    /// The findings as a person reads them, without colour.
    pub rendered: String,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The graph that the document was written from.
    pub graph: Option<ResourceGraph>,
}

/// Compiles a case.
pub fn run(case: &Case) -> Result<Output, String> {
    let text = std::fs::read_to_string(case.folder.join(&case.input)).map_err(|e| e.to_string())?;
    let mut options = Options { stage: case.settings.stage.clone(), ..Options::default() };
    if let Some(region) = case.region()? {
        options.region = region;
        options.region_given = true;
    }
    for (key, value) in &case.settings.params {
        options.parameters.insert(key.clone(), value.clone());
    }
    let mut diagnostics = Diagnostics::default();
    let mut sources = SourceMap::default();
    let id = sources.add(case.input.as_str(), text);
    let graph = compile(sources.file(id), &options, &mut diagnostics);
    if let Some(graph) = &graph {
        if case.settings.lint != Some(false) {
            samc_lint::run(graph, &samc_lint::Options::default(), &mut diagnostics);
        }
    }
    let graph = graph.filter(|_| !diagnostics.has_errors());
    let document = graph.as_ref().map(|g| ("template.json".to_owned(), emit(g)));
    let diagnostics = diagnostics.finish();
    let rendered = diagnostics
        .iter()
        .map(|d| {
            let at = |span: samc_base::Span| {
                let at = sources.file(span.file).line_column(span.start);
                format!("{}:{} {:?}", at.line, at.column, sources.slice(span).lines().next().unwrap_or(""))
            };
            let mut text = format!("{}[{}]: {}\n", d.severity.as_str(), d.code(), d.message);
            for label in d.primary.iter().chain(&d.labels) {
                text += &format!("   {} -- {}\n", at(label.span), label.message);
            }
            if let Some(help) = &d.help {
                text += &format!("   help: {help}\n");
            }
            text
        })
        .collect();
    Ok(Output { document, source_map: None, rendered, diagnostics, graph })
}

/// Reads a document that the compiler wrote.
pub fn read_back(name: &str, text: &str) -> Result<ResourceGraph, String> {
    let mut sources = SourceMap::default();
    let id = sources.add(name, text);
    let mut diagnostics = Diagnostics::default();
    let graph = compile(sources.file(id), &Options::default(), &mut diagnostics);
    graph.ok_or_else(|| diagnostics.finish().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; "))
}

fn compile(
    file: &samc_base::SourceFile,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    let document = samc_syntax::parse(file, &samc_syntax::ParseOptions::default(), diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    const FRONTENDS: [Frontend; 2] =
        [samc_frontends::sam::FRONTEND, samc_frontends::cloudformation::FRONTEND];
    let frontend = FRONTENDS.iter().find(|f| (f.detect)(&document))?;
    (frontend.compile)(&document, options, &NoFiles, diagnostics)
}

fn emit(graph: &ResourceGraph) -> String {
    let mut resources = Map::new();
    for (id, r) in &graph.resources {
        let mut whole = Map::from([("Type", r.resource_type.as_str())]);
        if let Some(properties) = &r.properties {
            whole.insert("Properties", properties.clone());
        }
        for (k, v) in r.attributes.iter() {
            whole.insert(k.clone(), v.clone());
        }
        resources.insert(id.shared(), whole);
    }
    let mut top = graph.sections.clone();
    top.insert("Resources", resources);
    samc_ir::Expr::from(top).to_json(JsonStyle::PRETTY)
}

/// Single stages, for the benchmarks.
pub mod stages {
    use samc_base::{Diagnostics, SourceMap};
    use samc_frontends::{NoFiles, Options, sam};
    use samc_ir::ResourceGraph;
    use samc_syntax::{Document, ParseOptions};

    /// Text to tree.
    pub fn read(text: &str) -> Document {
        let mut sources = SourceMap::default();
        let id = sources.add("template.yaml", text);
        samc_syntax::parse(sources.file(id), &ParseOptions::default(), &mut Diagnostics::default())
    }

    /// Tree of a SAM template to graph.
    pub fn expand(document: &Document) -> Option<ResourceGraph> {
        (sam::FRONTEND.compile)(document, &Options::default(), &NoFiles, &mut Diagnostics::default())
    }

    /// Graph to document.
    pub fn emit(graph: &ResourceGraph) -> String {
        super::emit(graph)
    }
}
