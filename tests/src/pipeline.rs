//! The compiler as the driver runs it, on a case.

use samc::compile::{Packaging, Settings, compile};
use samc::render::{MessageFormat, render};
use samc_base::{Diagnostic, Diagnostics, SourceMap};
use samc_frontends::{NoFiles, Options, cloudformation};
use samc_ir::ResourceGraph;
use samc_syntax::ParseOptions;
use samc_target::terraform::Syntax;
use samc_target::{Artifact, Format};

use crate::case::Case;

/// What a case gives.
#[derive(Debug)]
pub struct Output {
    /// Name and text of the main document; none where there are errors.
    pub document: Option<(String, String)>,
    /// The same of the templates it nests, by path; for cases that are packaged.
    pub nested: Vec<(String, String)>,
    /// Whether the nested templates are parts of this application.
    pub is_laid_out: bool,
    /// The files of other back ends, by path with the name of the back end, for cases that ask for them.
    pub beside: Vec<(String, String)>,
    /// The map from the document to its source.
    pub source_map: Option<String>,
    /// The findings as a person reads them, without colour.
    pub rendered: String,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The graph that the document was written from.
    pub graph: Option<ResourceGraph>,
}

/// The settings of a case that is compiled from the root of the repository.
pub fn settings(case: &Case) -> Result<Settings, String> {
    let folder = folder(case);
    let mut options = Options { stage: case.settings.stage.clone(), ..Options::default() };
    if let Some(region) = case.region()? {
        options.region = region;
        options.region_given = true;
    }
    options.parameters.extend(case.settings.params.clone());
    options.variables.extend(case.settings.vars.clone());
    let templates = case.settings.sar_templates.iter();
    options.repository_templates.extend(templates.map(|(id, place)| {
        let is_url = place.contains("://");
        (id.clone(), if is_url { place.clone() } else { format!("{folder}{place}") })
    }));
    let format = match case.settings.format.as_deref() {
        None | Some("yaml") => Format::Yaml,
        Some("json") => Format::Json,
        Some(other) => return Err(format!("case.toml: no format `{other}`")),
    };
    let syntax = match case.settings.tf_syntax.as_deref() {
        None | Some("hcl") => Syntax::Hcl,
        Some("json") => Syntax::Json,
        Some(other) => return Err(format!("case.toml: no syntax `{other}`")),
    };
    Ok(Settings {
        input: format!("{folder}{}", case.input),
        options,
        lint: case.settings.lint.unwrap_or(true),
        // What must come out of a case is no code of it.
        never_code: vec![format!("{folder}out").into()],
        packaging: case
            .settings
            .package
            .then(|| Packaging { bucket: case.settings.bucket.clone(), ..Packaging::default() }),
        targets: std::iter::once("cloudformation")
            .chain(case.settings.terraform.then_some("terraform"))
            .chain(case.settings.local.then_some("local"))
            .map(str::to_owned)
            .collect(),
        format,
        terraform: samc_target::terraform::Options { syntax, import: import(case)?, ..Default::default() },
        ..Settings::default()
    })
}

/// The stack that a case takes over, in the file that its settings name.
fn import(case: &Case) -> Result<Option<samc_target::terraform::ImportedStack>, String> {
    let Some((stack, file)) = case.settings.import_stack.as_ref().zip(case.settings.stack_resources.as_ref())
    else {
        return Ok(None);
    };
    let read = samc::stack_resources::read(stack, &format!("{}{file}", folder(case)));
    read.map(Some).map_err(|fault| fault.message)
}

fn folder(case: &Case) -> String {
    format!("tests/cases/{}/", case.name)
}

/// Compiles a case. Local code stays where it is: cases are about documents, and most name code that is
/// not there. Those that are about packaging say so.
pub fn run(case: &Case) -> Result<Output, String> {
    let folder = folder(case);
    let done = compile(&settings(case)?);
    // Nested templates are documents of their own, or modules.
    let (modules, nested): (Vec<_>, Vec<_>) =
        done.nested.into_iter().partition(|(target, _)| *target == "terraform");
    let nested = nested.into_iter().flat_map(|(_, artifacts)| artifacts);
    let uploaded = done.packaged.artifacts.into_iter().map(|a| Artifact {
        path: a.path,
        contents: a.contents.read().expect("nothing was cached, so it is in memory"),
    });
    let is_document = |a: &Artifact| a.path.ends_with(".template.yaml") || a.path.ends_with(".template.json");
    let (documents, beside): (Vec<_>, Vec<_>) =
        done.outputs.into_iter().partition(|(target, _)| *target == "cloudformation");
    // Archives are no text; that they are the same each time is tested where they are made.
    let is_text = |a: &Artifact| a.path.contains(".tf") || a.path == "manifest.json";
    let beside: Vec<(String, String)> = beside
        .into_iter()
        .chain(modules)
        .flat_map(|(target, artifacts)| artifacts.into_iter().map(move |a| (target, a)))
        .filter(|(_, a)| is_text(a))
        .map(|(target, a)| {
            (format!("{target}/{}", a.path), String::from_utf8_lossy(&a.contents).into_owned())
        })
        .collect();
    let (mut files, parts): (Vec<Artifact>, Vec<Artifact>) = documents
        .into_iter()
        .flat_map(|(_, artifacts)| artifacts)
        .partition(|a| !a.path.starts_with("nested/"));
    let is_laid_out = !parts.is_empty();
    let nested: Vec<(String, String)> = nested
        .chain(uploaded)
        .chain(parts)
        .filter(is_document)
        .map(|a| (a.path, String::from_utf8_lossy(&a.contents).into_owned()))
        .collect();
    let mut artifacts = files.drain(..);
    let mut next = || {
        let artifact = artifacts.next()?;
        Some((artifact.path, String::from_utf8_lossy(&artifact.contents).into_owned()))
    };
    let document = next();
    // The folder of the cases is of no interest to who reads the findings of one.
    let rendered = render(&done.diagnostics, &done.sources, MessageFormat::Human, false).replace(&folder, "");
    Ok(Output {
        source_map: next().map(|(_, text)| text),
        nested,
        beside,
        is_laid_out,
        graph: done.graph.map(|graph| (*graph).clone()).filter(|_| document.is_some()),
        document,
        rendered,
        diagnostics: done.diagnostics,
    })
}

/// The files of Terraform of a case in one of the syntaxes; none where the case is wrong, or nothing that
/// Terraform can say.
pub fn terraform(case: &Case, syntax: Syntax) -> Result<Vec<(String, String)>, String> {
    let mut settings = settings(case)?;
    settings.targets = vec!["terraform".to_owned()];
    settings.terraform.syntax = syntax;
    let done = compile(&settings);
    let files = done.outputs.into_iter().chain(done.nested).flat_map(|(_, files)| files);
    let text = |file: Artifact| (file.path, String::from_utf8_lossy(&file.contents).into_owned());
    Ok(files.filter(|file| file.path.contains(".tf")).map(text).collect())
}

/// Reads a document that the compiler wrote.
pub fn read_back(name: &str, text: &str) -> Result<ResourceGraph, String> {
    let mut sources = SourceMap::default();
    let id = sources.add(name, text);
    let mut diagnostics = Diagnostics::default();
    let document = samc_syntax::parse(sources.file(id), &ParseOptions::default(), &mut diagnostics);
    let graph =
        (cloudformation::FRONTEND.compile)(&document, &Options::default(), &NoFiles, &mut diagnostics);
    let why: Vec<String> = diagnostics.finish().iter().map(|found| found.message.clone()).collect();
    graph.filter(|_| why.is_empty()).ok_or_else(|| why.join("; "))
}

/// Single stages, for the benchmarks.
pub mod stages {
    use samc_base::{Diagnostics, SourceMap};
    use samc_frontends::{NoFiles, Options, sam};
    use samc_ir::{ResourceGraph, ValidGraph};
    use samc_syntax::{Document, ParseOptions};
    use samc_target::Artifact;

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

    /// The graph as emitters take it.
    pub fn validate(graph: ResourceGraph) -> ValidGraph {
        samc_ir::validate(graph, &mut Diagnostics::default())
    }

    /// Graph to document.
    pub fn emit(graph: &ValidGraph) -> Vec<Artifact> {
        emit_for("cloudformation", graph)
    }

    /// Graph to the files of a back end.
    pub fn emit_for(name: &str, graph: &ValidGraph) -> Vec<Artifact> {
        let mut sources = SourceMap::default();
        sources.add("template.yaml", "");
        let options = samc_target::Options { sources, ..samc_target::Options::default() };
        let target = samc::TARGETS.iter().find(|target| target.name() == name);
        target.map(|target| target.emit(graph, &options, &mut Diagnostics::default())).unwrap_or_default()
    }
}
