//! The pipeline: text, tree, graph, findings, output.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use samc_base::{Code, Diagnostic, Diagnostics, Severity, SourceMap, Span, codes};
use samc_frontends::Options;
use samc_ir::ValidGraph;
use samc_package::{CacheSettings, Packaged};
use samc_target::{Artifact, Format};

use crate::baseline;
use crate::config::Loaded;
use crate::fix::Texts;
use crate::input;
use crate::run::Run;
use crate::suppress::Allow;

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
    /// True where no configuration beside a template is read.
    pub isolated: bool,
    /// Whether the rules run.
    pub lint: bool,
    /// The configuration that was found, with what its options do not say.
    pub config: Option<Arc<Loaded>>,
    /// Texts that stand in for files, by name.
    pub texts: Texts,
    /// The findings that were there before.
    pub baseline: Option<baseline::Text>,
    /// Codes of rules that are off.
    pub ignored: Vec<String>,
    /// The codes of the only rules that run, those of one's own among them; none for all.
    pub only: Option<Vec<String>>,
    /// Codes of rules that run although no profile asks for them.
    pub selected: Vec<String>,
    /// The profiles that are taken on.
    pub profiles: Vec<samc_lint::Profile>,
    /// Whether the application as it was written is kept beside the graph.
    pub keep_written: bool,
    /// How to package local code; none leaves local paths as they are.
    pub packaging: Option<Packaging>,
    /// Folders that are never code, whether or not anything is packed: those that builds write to.
    pub never_code: Vec<PathBuf>,
    /// The back ends to emit for, by name; none for findings alone.
    pub targets: Vec<String>,
    /// The form of documents.
    pub format: Format,
    /// The name and text of the template for the back end `template`.
    pub template: Option<(String, String)>,
    /// What only the back end for Terraform is told.
    pub terraform: samc_target::terraform::Options,
    /// The lowest severity that fails; errors always do.
    pub deny: Option<Severity>,
}

impl Settings {
    /// True where a rule of one's own runs.
    pub(crate) fn takes(&self, code: Code) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == code.id() || name == code.name());
        self.only.as_ref().is_none_or(|only| named(only)) && !named(&self.ignored)
    }
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
    /// Where what was packed before is kept.
    pub cache: Option<CacheSettings>,
    /// Whether code is built that declares packages which do not lie in it, without being asked to be.
    pub builds: bool,
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
    /// The application before SAM's transform, where it was asked for.
    pub written: Option<samc_ir::ResourceGraph>,
    /// The archives of local code.
    pub packaged: Packaged,
    /// The folders that `local` gets beside its files: code that is not run where it is written.
    pub trees: Vec<(String, samc_package::Tree)>,
    /// The folders of all code, where a back end runs it unpackaged: what is to be watched for changes.
    pub code: Vec<samc_package::Tree>,
    /// For each back end its name and files, the main document first. Empty where the input is wrong.
    pub outputs: Vec<(&'static str, Vec<Artifact>)>,
    /// The same for the templates that its stacks name by a local path.
    pub nested: Vec<(&'static str, Vec<Artifact>)>,
    /// The region it was compiled for.
    pub region: String,
    /// The bucket that the output names, if it names one, with what stands before the keys.
    pub bucket: Option<(String, Option<String>)>,
    /// The lowest severity that fails.
    pub denied: Option<Severity>,
    /// What of the configuration's allowances was of use: where it is written, and the rule.
    pub allowed: Vec<(Span, &'static str)>,
    /// What a baseline would have: every finding of a rule, whether or not one has it already.
    pub met: baseline::Counts,
    /// Questions of rules that only the deployment answers.
    pub undecided: usize,
    /// The variables of the process's environment that the input took, sorted.
    pub environment: Vec<String>,
    /// 0 done, 1 wrong input, 2 not readable.
    pub status: u8,
    /// The stages in their order, and how long each took.
    pub stages: Vec<(&'static str, Duration)>,
}

/// Reads the input and compiles it.
pub fn compile(settings: &Settings) -> Compilation {
    let changed = settings.texts.get(&settings.input).cloned();
    match changed.map_or_else(|| input::read(&settings.input), Ok) {
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
    let mut diagnostics = Diagnostics::default();
    let mut run = Run::new(settings.clone());
    let root = run.root(text, &mut diagnostics);
    let mut done = Compilation {
        dialect: root.dialect,
        title: root.title,
        graph: root.graph,
        written: root.written,
        outputs: root.outputs,
        nested: run.nested_outputs(),
        packaged: run.packaged,
        trees: run.trees,
        code: run.code,
        region: run.settings.options.region,
        bucket: run.settings.packaging.and_then(|p| Some((p.bucket?, p.prefix))),
        sources: run.sources,
        undecided: run.undecided,
        environment: run.environment.into_iter().collect(),
        stages: run.clock.stages,
        denied: settings.deny,
        met: run.baseline.map(|b| b.met).unwrap_or_default(),
        allowed: run.configured.iter().flat_map(Allow::uses).collect(),
        ..Compilation::default()
    };
    let denied = settings.deny.unwrap_or(Severity::Error);
    let fails = diagnostics.has_errors() || diagnostics.iter().any(|d| d.severity >= denied);
    if fails {
        done.status = 1;
        done.outputs.clear();
        done.nested.clear();
        done.packaged = Packaged::default();
        done.trees.clear();
    }
    done.diagnostics = diagnostics.finish();
    done
}

/// Whether the tree is worth a further look: what was found so far leaves no hole in it.
pub(crate) fn is_whole(diagnostics: &Diagnostics) -> bool {
    const HARMLESS: [Code; 3] = [codes::DUPLICATE_KEY, codes::SEVERAL_DOCUMENTS, codes::MERGE_KEY];
    diagnostics.iter().all(|d| d.severity < Severity::Error || HARMLESS.contains(&d.code()))
}
