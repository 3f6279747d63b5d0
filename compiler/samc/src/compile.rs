//! The pipeline: text, tree, graph, findings, output.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use samc_base::{Code, Diagnostic, Diagnostics, Severity, SourceMap, codes, nearest};
use samc_frontends::{Frontend, Options};
use samc_ir::{Expr, ResourceGraph, ValidGraph};
use samc_package::Packaged;
use samc_syntax::{Document, ParseOptions};
use samc_target::{Artifact, Format};

use crate::files::DiskFiles;
use crate::{FRONTENDS, TARGETS, distance, input, paths};

/// What to compile, and how.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The input file as the user typed it.
    pub input: String,
    /// The dialect, where the user names it.
    pub dialect: Option<String>,
    /// Region, parameters, stage and so on.
    pub options: Options,
    /// Names of parameters that the user gives values to one by one, and so must mean something.
    pub named_parameters: Vec<String>,
    /// Whether the rules run.
    pub lint: bool,
    /// Codes of rules that are off.
    pub ignored: Vec<String>,
    /// How to package local code; none leaves local paths as they are.
    pub packaging: Option<Packaging>,
    /// The back ends to emit for, by name; none for findings alone.
    pub targets: Vec<String>,
    /// The form of documents.
    pub format: Format,
    /// The lowest severity that fails; errors always do.
    pub deny: Option<Severity>,
}

/// How local code is packaged.
#[derive(Debug, Clone, Default)]
pub struct Packaging {
    /// The folder the build writes to, which is never code.
    pub out_dir: PathBuf,
    /// The bucket artifacts will lie in.
    pub bucket: Option<String>,
    /// What stands before their names there.
    pub prefix: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Compilation {
    /// The files read.
    pub sources: SourceMap,
    /// The findings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The name of the front end.
    pub dialect: Option<&'static str>,
    /// What is built: the name of the application and its stage, or of the file.
    pub title: String,
    /// The graph, as far as it was made.
    pub graph: Option<ValidGraph>,
    /// The archives of local code.
    pub packaged: Packaged,
    /// For each back end its name and files, the main document first. Empty where the input is wrong.
    pub outputs: Vec<(&'static str, Vec<Artifact>)>,
    /// 0 done, 1 wrong input, 2 not readable.
    pub status: u8,
    /// The stages in their order, and how long each took.
    pub stages: Vec<(&'static str, Duration)>,
}

/// Measures stages one after the other.
struct Clock(Instant);

impl Clock {
    /// What passed since the last call belongs to this stage.
    fn lap(&mut self, stages: &mut Vec<(&'static str, Duration)>, stage: &'static str) {
        let now = Instant::now();
        stages.push((stage, now - self.0));
        self.0 = now;
    }
}

/// Reads the input and compiles it.
pub fn compile(settings: &Settings) -> Compilation {
    match input::read(&settings.input) {
        Ok(text) => compile_text(text, settings),
        Err(no_text) => Compilation {
            diagnostics: vec![no_text.diagnostic],
            status: if no_text.is_system { 2 } else { 1 },
            ..Compilation::default()
        },
    }
}

/// Compiles a text under the name of the settings' input.
pub fn compile_text(text: String, settings: &Settings) -> Compilation {
    let mut done = Compilation::default();
    let mut diagnostics = Diagnostics::default();
    let mut clock = Clock(Instant::now());
    let file = done.sources.add(settings.input.as_str(), text);
    let document = samc_syntax::parse(done.sources.file(file), &ParseOptions::default(), &mut diagnostics);
    clock.lap(&mut done.stages, "parse");
    if is_whole(&diagnostics)
        && let Some(frontend) = choose(&document, settings, &mut diagnostics)
    {
        done.dialect = Some(frontend.name);
        done.title = title(&document, settings);
        run(frontend, &document, settings, &mut done, &mut clock, &mut diagnostics);
    }
    paths::fill(&mut diagnostics, &document);
    distance::explain(&mut diagnostics, &document, done.graph.as_deref());
    let denied = settings.deny.unwrap_or(Severity::Error);
    let fails = diagnostics.has_errors() || diagnostics.iter().any(|d| d.severity >= denied);
    if fails {
        done.status = 1;
        done.outputs.clear();
        done.packaged = Packaged::default();
    }
    done.diagnostics = diagnostics.finish();
    done
}

/// Whether the tree is worth a further look: what was found so far leaves no hole in it.
fn is_whole(diagnostics: &Diagnostics) -> bool {
    const HARMLESS: [Code; 3] = [codes::DUPLICATE_KEY, codes::SEVERAL_DOCUMENTS, codes::MERGE_KEY];
    diagnostics.iter().all(|d| d.severity < Severity::Error || HARMLESS.contains(&d.code()))
}

fn run(
    frontend: &Frontend,
    document: &Document,
    settings: &Settings,
    done: &mut Compilation,
    clock: &mut Clock,
    diagnostics: &mut Diagnostics,
) {
    let root = folder_of(&settings.input);
    let excluded: Vec<PathBuf> = settings.packaging.iter().map(|p| p.out_dir.clone()).collect();
    let files = DiskFiles { root: root.clone(), excluded: excluded.clone() };
    let Some(mut graph) = (frontend.compile)(document, &settings.options, &files, diagnostics) else {
        return;
    };
    clock.lap(&mut done.stages, "expand");
    undeclared_parameters(&graph, document, settings, diagnostics);
    samc_lint::resolve_scalars(&mut graph, &done.sources, diagnostics);
    let mut graph = samc_ir::validate(graph, diagnostics);
    clock.lap(&mut done.stages, "validate");
    if settings.lint {
        let options = samc_lint::Options { off: settings.ignored.clone() };
        samc_lint::run(&graph, &options, diagnostics);
    }
    clock.lap(&mut done.stages, "lint");
    if let Some(packaging) = &settings.packaging {
        let options = samc_package::Options {
            root,
            excluded,
            bucket: packaging.bucket.clone(),
            prefix: packaging.prefix.clone(),
        };
        // Where nothing will be written nothing is packed, but code that is not there is told.
        if diagnostics.has_errors() {
            samc_package::check(&graph, &options, diagnostics);
        } else {
            let mut packed = graph.into_graph();
            done.packaged = samc_package::build(&mut packed, &options, diagnostics);
            graph = samc_ir::validate(packed, diagnostics);
        }
    }
    clock.lap(&mut done.stages, "package");
    if !diagnostics.has_errors() {
        let options = samc_target::Options { format: settings.format, sources: done.sources.clone() };
        for target in TARGETS.iter().filter(|t| settings.targets.iter().any(|name| name == t.name())) {
            done.outputs.push((target.name(), target.emit(&graph, &options, diagnostics)));
        }
    }
    clock.lap(&mut done.stages, "emit");
    done.graph = Some(graph);
}

/// Reports values for parameters that the template does not have.
fn undeclared_parameters(
    graph: &ResourceGraph,
    document: &Document,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) {
    let section = graph.sections.get("Parameters").and_then(Expr::as_map);
    let mut known: Vec<&str> = section.into_iter().flat_map(samc_ir::Map::keys).map(|name| &**name).collect();
    // app.yaml calls them otherwise than the template that becomes of it.
    let params = document.root.get("params").and_then(|p| p.as_mapping()).unwrap_or_default();
    known.extend(params.iter().map(|entry| &*entry.key));
    for name in settings.named_parameters.iter().filter(|name| !known.contains(&name.as_str())) {
        let message =
            format!("--param gives a value to `{name}`, which is no parameter of {}", settings.input);
        let finding = Diagnostic::warning(codes::PARAMETER_NOT_DECLARED, message)
            .at(graph.sections.key_span("Parameters"), "the parameters there are");
        diagnostics.push(match nearest(name, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("declare it under `Parameters`, or leave the option out"),
        });
    }
}

/// "orders · dev · eu-central-1": what is built, for which stage (the first one where none is given),
/// and where it is to go, as far as that is said.
fn title(document: &Document, settings: &Settings) -> String {
    let text = |key| Some(document.root.get(key)?.as_scalar()?.text.to_string());
    let mut parts = Vec::new();
    if let Some(app) = text("app") {
        let stages = document.root.get("stages").and_then(|s| s.as_mapping()).unwrap_or_default();
        let first = || stages.first().map(|entry| entry.key.to_string());
        parts.push(app);
        parts.extend(settings.options.stage.clone().or_else(first));
    } else {
        parts.push(settings.input.clone());
    }
    parts.extend(settings.options.region_given.then(|| settings.options.region.clone()));
    parts.join(" · ")
}

/// The folder that paths in the input are relative to.
fn folder_of(input: &str) -> PathBuf {
    let parent = Path::new(input).parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// The front end the user names, or the one whose dialect the content is of.
fn choose(
    document: &Document,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Option<&'static Frontend> {
    if let Some(name) = &settings.dialect {
        return FRONTENDS.iter().find(|f| f.name == name);
    }
    let Some(entries) = document.root.as_mapping() else {
        diagnostics.push(
            Diagnostic::error(
                codes::NOT_A_MAPPING,
                format!(
                    "{} is {} at its top level, and must be a mapping",
                    settings.input,
                    document.root.kind_name()
                ),
            )
            .at(document.root.span.part(0, 1), format!("{} begins here", document.root.kind_name()))
            .help("begin with `app:` (app.yaml), or with a section of a template such as `Resources:`")
            .path(""),
        );
        return None;
    };
    let fitting: Vec<&Frontend> = FRONTENDS.iter().filter(|f| (f.detect)(document)).collect();
    if let [only] = fitting.as_slice() {
        return Some(only);
    }
    let finding = match fitting.as_slice() {
        [] => {
            let finding = Diagnostic::error(
                codes::UNKNOWN_DIALECT,
                format!("{} is none of the kinds of file samc compiles", settings.input),
            )
            .help(
                "looked for a mapping with `app:` (app.yaml), `Transform: AWS::Serverless-2016-10-31` (SAM) or \
                 `Resources:` (CloudFormation)",
            );
            let slip = entries.iter().find_map(|e| Some((e, nearest(&e.key, ["app", "Resources"])?)));
            match slip {
                Some((entry, near)) => finding.at(entry.key_span, format!("did you mean `{near}`?")),
                None => finding.at(document.root.span.part(0, 1), "nothing here tells what it is"),
            }
        }
        several => {
            let names: Vec<_> = several.iter().map(|f| f.name).collect();
            Diagnostic::error(
                codes::UNKNOWN_DIALECT,
                format!("{} could be {}", settings.input, names.join(" or ")),
            )
            .at(document.root.span.part(0, 1), "has the marks of each")
            .help("say which with --dialect")
        }
    };
    diagnostics.push(finding.path(""));
    None
}
