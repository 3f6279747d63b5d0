//! One run: the template that was asked for, and those that it nests, each through all stages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use samc_base::{Diagnostic, Diagnostics, SourceMap, codes, nearest};
use samc_frontends::{Frontend, Options};
use samc_ir::{Expr, ResourceGraph, ValidGraph};
use samc_package::Packaged;
use samc_syntax::{Document, ParseOptions};
use samc_target::{Artifact, Takes};

use crate::baseline::Baseline;
use crate::compile::{Settings, is_whole};
use crate::config;
use crate::files::DiskFiles;
use crate::nested::{self, Nested};
use crate::policies;
use crate::samconfig::{self, Config};
use crate::suppress::{Allow, View};
use crate::{
    TARGETS, definitions, dialect, distance, fix, includes, inline, input, layout, local, modules, paths,
    suppress, variables, written,
};

/// Measures stages; what several templates take for one stage is added up.
pub(crate) struct Clock {
    last: Instant,
    /// The stages in the order they first came.
    pub(crate) stages: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// What passed since the last call belongs to this stage.
    pub(crate) fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        let time = now - self.last;
        self.last = now;
        match self.stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, sum)) => *sum += time,
            None => self.stages.push((stage, time)),
        }
    }
}

/// The back end whose nested templates are modules.
const TERRAFORM: &str = "terraform";

/// What the templates of a run share.
pub(crate) struct Run {
    /// What was asked for, with the configuration beside the input laid under it.
    pub(crate) settings: Settings,
    /// Every file read so far.
    pub(crate) sources: SourceMap,
    /// The archives of all templates.
    pub(crate) packaged: Packaged,
    /// The folders of code that is not run where it is written, below that of the back end.
    pub(crate) trees: Vec<(String, samc_package::Tree)>,
    /// The folders of all code that runs in place or is unpacked for it.
    pub(crate) code: Vec<samc_package::Tree>,
    /// The templates that others nest.
    pub(crate) nested: Nested,
    /// The files with definitions, by their names in findings; none where one has faults.
    pub(crate) definitions: BTreeMap<String, Option<Rc<Document>>>,
    /// The names of the modules that app.yaml includes, sorted.
    pub(crate) modules: Vec<String>,
    /// The variables of the process's environment that the input took, sorted.
    pub(crate) environment: BTreeSet<String>,
    /// The names that variables of the input asked parameters for.
    pub(crate) asked_parameters: BTreeSet<String>,
    /// What the configuration allows.
    pub(crate) configured: Vec<Allow>,
    /// The rules of one's own that run.
    policies: Vec<policies::Policy>,
    /// What was found before.
    pub(crate) baseline: Option<Baseline>,
    /// The codes of the rules that ran.
    pub(crate) ran: BTreeSet<&'static str>,
    /// Questions of rules that only the deployment answers.
    pub(crate) undecided: usize,
    /// The findings of the templates that are done.
    pub(crate) found: Diagnostics,
    /// How long it took.
    pub(crate) clock: Clock,
}

/// One template of the run.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its file as findings name it.
    pub(crate) input: String,
    /// What its documents are called; none for the template that was asked for.
    pub(crate) name: Option<String>,
}

impl Place {
    /// The folder that paths in the file are relative to.
    pub(crate) fn folder(&self) -> PathBuf {
        let parent = Path::new(&self.input).parent().filter(|p| !p.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).to_owned()
    }
}

/// What became of a template.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    /// The name of the front end.
    pub(crate) dialect: Option<&'static str>,
    /// What it is called in the closing lines.
    pub(crate) title: String,
    /// The graph, as far as it was made.
    pub(crate) graph: Option<ValidGraph>,
    /// The application before SAM's transform, where it was asked for.
    pub(crate) written: Option<ResourceGraph>,
    /// The files for each back end.
    pub(crate) outputs: Vec<(&'static str, Vec<Artifact>)>,
}

impl Run {
    /// A run that has read nothing yet.
    pub(crate) fn new(settings: Settings) -> Self {
        let mut found = Diagnostics::default();
        let (mut configured, mut own) = (Vec::new(), Vec::new());
        let mut sources = SourceMap::default();
        if let Some(loaded) = &settings.config {
            sources = loaded.sources.clone();
            loaded.found.iter().for_each(|finding| found.push(finding.clone()));
            configured = suppress::of_config(loaded, &mut found);
            if settings.lint {
                own = policies::of_config(loaded, &mut sources, &mut found);
                own.retain(|policy| settings.takes(policy.code));
            }
        }
        let baseline = settings.baseline.as_ref();
        let baseline = baseline.map(|given| Baseline::read(given, &mut sources, &mut found));
        Run {
            settings,
            configured,
            policies: own,
            baseline,
            ran: BTreeSet::new(),
            undecided: 0,
            sources,
            packaged: Packaged::default(),
            trees: Vec::new(),
            code: Vec::new(),
            nested: Nested::default(),
            definitions: BTreeMap::new(),
            modules: Vec::new(),
            environment: BTreeSet::new(),
            asked_parameters: BTreeSet::new(),
            found,
            clock: Clock { last: Instant::now(), stages: Vec::new() },
        }
    }

    /// Compiles the template that was asked for, and gives every finding of the run.
    pub(crate) fn root(&mut self, text: String, diagnostics: &mut Diagnostics) -> Compiled {
        let place = Place { input: self.settings.input.clone(), name: None };
        let mut found = Diagnostics::default();
        let mut document = self.read(&place.input, text, &mut found);
        let mut compiled = Compiled::default();
        let named = self.settings.dialect.clone();
        let mut is_whole = is_whole(&found);
        if is_whole {
            includes::resolve(self, &mut document, &place, &mut found);
            dialect::mend(&mut document, &place.input, named.as_deref(), &mut found);
            if document.root.get("app").is_some() {
                modules::merge(self, &mut document, &place, &mut found);
            }
            if samc_frontends::serverless::is_service(&document) {
                is_whole = variables::resolve(self, &mut document, &place, &mut found);
            }
            self.clock.lap("include");
        }
        if is_whole
            && let Some(frontend) = dialect::choose(&document, &place.input, named.as_deref(), &mut found)
        {
            let mut config = Config::default();
            if has_samconfig(frontend) && !self.settings.isolated {
                config = samconfig::apply(&mut self.settings, &document.root, &mut self.sources, &mut found);
            }
            dialect::settle_region(&document, &mut self.settings);
            compiled.title = dialect::title(&document, &self.settings, config.stage.clone());
            self.nested.enter(&place.input, &place.input, None);
            let options = self.settings.options.clone();
            self.unit(frontend, &document, &place, &options, &config, &mut found, &mut compiled);
        }
        finish(&mut found, &document, compiled.graph.as_deref(), &self.sources);
        diagnostics.append(found);
        diagnostics.append(std::mem::take(&mut self.found));
        if self.settings.lint {
            let today = &self.settings.options.today;
            suppress::tell(&self.configured, today, |rule| self.ran.contains(rule), diagnostics);
            if let Some(baseline) = &self.baseline {
                baseline.tell(&self.sources, &self.ran, diagnostics);
            }
        }
        compiled
    }

    /// The text of a file: as fixes have changed it, else as it is on disk.
    pub(crate) fn text_of(&self, name: &str) -> Result<String, input::NoText> {
        self.settings.texts.get(name).map_or_else(|| input::read(name), |text| Ok(text.clone()))
    }

    /// Adds a text to the files of the run and parses it.
    pub(crate) fn read(&mut self, name: &str, text: String, found: &mut Diagnostics) -> Document {
        let file = self.sources.add(name, text);
        let document = samc_syntax::parse(self.sources.file(file), &ParseOptions::default(), found);
        self.clock.lap("parse");
        document
    }

    /// Whether anything is wrong so far, with which nothing may be written.
    fn is_faulty(&self, found: &Diagnostics) -> bool {
        found.has_errors() || self.found.has_errors()
    }

    /// Whether a back end is asked for that takes the application so.
    fn wants(&self, takes: Takes) -> bool {
        let asked = |name: &str| self.settings.targets.iter().any(|target| target == name);
        TARGETS.iter().any(|target| target.takes() == takes && asked(target.name()))
    }

    /// Whether code is to be packed: it is not where only back ends are asked for that run it in place.
    fn wants_archives(&self) -> bool {
        !self.wants(Takes::Unpackaged) || self.wants(Takes::Expanded) || self.wants(Takes::Written)
    }

    /// Takes one document through all stages.
    #[expect(clippy::too_many_arguments, reason = "the stages of one template, each with what it needs")]
    pub(crate) fn unit(
        &mut self,
        frontend: &Frontend,
        document: &Document,
        place: &Place,
        options: &Options,
        config: &Config,
        found: &mut Diagnostics,
        compiled: &mut Compiled,
    ) {
        compiled.dialect = Some(frontend.name);
        let root = place.folder();
        let packed = self.settings.packaging.iter().map(|p| p.out_dir.clone());
        let excluded: Vec<PathBuf> = packed.chain(self.settings.never_code.iter().cloned()).collect();
        let cache = self.settings.packaging.as_ref().and_then(|p| p.cache.clone());
        let developments = samc_package::Developments::default();
        let files = DiskFiles::new(samc_package::Options {
            root: root.clone(),
            excluded: excluded.clone(),
            cache: cache.clone(),
            developments: developments.clone(),
            ..samc_package::Options::default()
        });
        let mut located = options.clone();
        for template in located.repository_templates.values_mut() {
            *template = from_folder(&root, template);
        }
        let Some(mut graph) = (frontend.compile)(document, &located, &files, found) else {
            return;
        };
        self.clock.lap("expand");
        if place.name.is_none() {
            undeclared_parameters(&graph, document, &self.settings, &self.asked_parameters, config, found);
        }
        let plain = if frontend.name == samc_frontends::serverless::FRONTEND.name {
            samc_lint::PlainText::AsRead
        } else {
            samc_lint::PlainText::AsWritten
        };
        samc_lint::resolve_scalars(&mut graph, &self.sources, plain, found);
        let mut graph = samc_ir::validate(graph, found);
        self.clock.lap("validate");
        let (mut allows, mut names) = (Vec::new(), Vec::new());
        if self.settings.lint {
            let mut options = samc_lint::Options {
                off: self.settings.ignored.clone(),
                on: self.settings.selected.clone(),
                profiles: self.settings.profiles.clone(),
                as_of: options.today.clone(),
                waivers: Vec::new(),
            };
            let mut told = Diagnostics::default();
            let loaded = self.settings.config.clone();
            allows = suppress::of_document(document, &self.sources, loaded.as_deref(), &mut told);
            options.waivers = suppress::waivers(&allows);
            if place.name.is_none() {
                options.waivers.extend(suppress::waivers(&self.configured));
            }
            names = suppress::names(document, &graph);
            self.undecided += samc_lint::run(&graph, &options, found);
            definitions::check(self, &graph, document, place, found);
            policies::check(&self.policies, &graph, &located, found);
            samc_frontends::serverless::without_repetitions(found);
            paths::fill(found, document);
            self.take_out(found, document, (&names, &options.as_of), &mut allows);
            let options = options.asked_for(&graph);
            self.ran.extend(self.policies.iter().map(|policy| policy.code.id()));
            let ran = |rule: &str| suppress::runs(&options, rule) || self.ran.contains(rule);
            suppress::tell(&allows, &options.as_of, ran, &mut told);
            self.ran.extend(samc_lint::RULES.iter().filter(|r| options.takes(r)).map(|r| r.code.id()));
            found.append(told);
            self.grade(found, place);
        }
        self.clock.lap("lint");
        let stacks = nested::compile_children(self, &graph, place, options, found);
        let mut unpackaged = None;
        if let Some(packaging) = &self.settings.packaging {
            let options = samc_package::Options {
                root,
                excluded,
                bucket: packaging.bucket.clone(),
                prefix: packaging.prefix.clone(),
                base: if place.name.is_some() { "../".to_owned() } else { String::new() },
                cache,
                builds: packaging.builds && frontend.name != samc_frontends::cloudformation::FRONTEND.name,
                checks: self.settings.lint.then(|| self.settings.ignored.clone()),
                developments,
            };
            let mut packed = graph.into_graph();
            samc_package::localize(&mut packed);
            if options.bucket.is_none() {
                inline::apply(self, &mut packed, place);
            }
            nested::point_at_children(self, &mut packed, place, &stacks);
            // Where nothing will be written nothing is packed, but code that is not there is told.
            if self.is_faulty(found) {
                samc_package::check(&packed, &options, found);
            } else {
                if self.wants(Takes::Unpackaged) {
                    unpackaged = Some(local::unpackaged(self, &packed, place, &options, found));
                }
                if self.wants_archives() {
                    let mut told = Diagnostics::default();
                    let packaged = samc_package::build(&mut packed, &options, &mut told);
                    self.take_out(&mut told, document, (&names, &located.today), &mut allows);
                    paths::fill(&mut told, document);
                    self.grade(&mut told, place);
                    found.append(told);
                    self.packaged.merge(packaged);
                }
            }
            graph = samc_ir::validate(packed, found);
        }
        self.clock.lap("package");
        let is_written = place.name.is_none() || self.settings.packaging.is_some();
        // A module is needed by the one that calls it, whatever becomes of code.
        let is_written = is_written || self.settings.targets.iter().any(|target| target == TERRAFORM);
        if is_written && !self.is_faulty(found) {
            let options = samc_target::Options {
                format: self.settings.format,
                sources: self.sources.clone(),
                about: dialect::about(document, &self.settings),
                template: self.settings.template.clone(),
                parameters: options.parameters.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
                code: Vec::new(),
                terraform: nested::terraform(self, place, &stacks),
            };
            let targets = self.settings.targets.clone();
            let wanted = |name: &str| targets.iter().any(|target| target == name);
            let is_document = place.name.is_none() || self.settings.packaging.is_some();
            let is_due = |name: &str| wanted(name) && (is_document || name == TERRAFORM);
            for target in TARGETS.iter().filter(|target| is_due(target.name())) {
                let files = match target.takes() {
                    Takes::Expanded if target.has_stacks() => {
                        self.laid_out(*target, document, &graph, &options, found)
                    }
                    Takes::Expanded => target.emit(&graph, &options, found),
                    Takes::Unpackaged => match &unpackaged {
                        Some((graph, code)) => {
                            let options = samc_target::Options { code: code.clone(), ..options.clone() };
                            target.emit(graph, &options, found)
                        }
                        None => {
                            let options =
                                samc_target::Options { code: local::as_written(&graph), ..options.clone() };
                            target.emit(&graph, &options, found)
                        }
                    },
                    Takes::Written => {
                        if let Some(overrides) = document.root.entry("overrides") {
                            found.push(
                                Diagnostic::error(
                                    codes::OVERRIDE_IN_SAM,
                                    "a SAM template comes before what `overrides` change",
                                )
                                .at(overrides.key_span, "cannot be said in it")
                                .help("build for another target, or take them out"),
                            );
                        }
                        let Some(mut written) = (frontend.written)(document, &located, &files) else {
                            continue;
                        };
                        if let Some(packaging) = &self.settings.packaging {
                            let folder = packaging.out_dir.join(target.name());
                            written::rebase(&mut written, &place.folder(), &folder);
                        }
                        let mut said = Diagnostics::default();
                        let written = samc_ir::validate(written, &mut said);
                        target.emit(&written, &options, found)
                    }
                };
                compiled.outputs.push((target.name(), files));
            }
        }
        self.clock.lap("emit");
        if self.settings.keep_written && place.name.is_none() {
            compiled.written = (frontend.written)(document, &located, &files);
        }
        compiled.graph = Some(graph);
    }
}

/// True for the dialects beside whose templates a samconfig.toml may lie.
fn has_samconfig(frontend: &Frontend) -> bool {
    [samc_frontends::sam::FRONTEND.name, samc_frontends::cloudformation::FRONTEND.name]
        .contains(&frontend.name)
}

impl Run {
    /// Gives findings the severity that is wanted, and takes out what was there before.
    fn grade(&mut self, found: &mut Diagnostics, place: &Place) {
        config::grade(found, &self.settings);
        if let Some(baseline) = &mut self.baseline {
            baseline.take_out(found, &place.input, &self.sources, self.settings.config.as_deref());
        }
    }

    /// Takes out what a document and the configuration allow.
    fn take_out(
        &mut self,
        found: &mut Diagnostics,
        document: &Document,
        (names, today): (&[String], &str),
        allows: &mut [Allow],
    ) {
        let folder = self.settings.config.as_ref().map_or(Path::new("."), |loaded| &loaded.folder);
        let view = View { document, sources: &self.sources, folder, today, names };
        suppress::take_out(found, &view, allows);
        suppress::take_out(found, &view, &mut self.configured);
    }

    /// The documents of an application as `layout` of app.yaml wants them: one stack, or several.
    fn laid_out(
        &mut self,
        target: &dyn samc_target::Target,
        document: &Document,
        graph: &ValidGraph,
        options: &samc_target::Options,
        found: &mut Diagnostics,
    ) -> Vec<Artifact> {
        let Some(layout) = self.layout(document) else { return target.emit(graph, options, found) };
        let ending = if options.format == samc_target::Format::Json { "json" } else { "yaml" };
        let mut parts = match layout::split(graph, &layout, ending) {
            Ok(parts) => parts,
            Err(finding) => {
                let at = document.root.entry("layout").map(|e| e.value.span);
                found.push(finding.label(at, "the layout"));
                return Vec::new();
            }
        };
        let mut said = Diagnostics::default();
        let mut files = Vec::new();
        for (name, mut child) in parts.children {
            self.uplift(&mut child);
            let child = samc_ir::validate(child, &mut said);
            let documents = target.emit(&child, options, found);
            let uploaded = self.upload_part(&name, documents.first());
            if let Some(url) = &uploaded {
                layout::point(&mut parts.root, &name, url.clone());
            }
            let written = documents.into_iter().skip(usize::from(uploaded.is_some()));
            files.extend(written.map(|file| Artifact {
                path: format!("{}/{name}.{}", nested::FOLDER, file.path),
                contents: file.contents,
            }));
        }
        let root = samc_ir::validate(parts.root, &mut said);
        let mut all = target.emit(&root, options, found);
        all.extend(files);
        all
    }

    /// What `layout` says; none for one stack.
    fn layout(&self, document: &Document) -> Option<layout::Layout> {
        document.root.get("app")?;
        match &*document.root.get("layout")?.as_scalar()?.text {
            "stateful-apart" => Some(layout::Layout::StatefulApart),
            "per-module" => Some(layout::Layout::PerModule(self.modules.clone())),
            _ => None,
        }
    }

    /// Documents of nested stacks lie one folder deeper than the archives that they name.
    fn uplift(&self, graph: &mut ResourceGraph) {
        let archives: Vec<&str> = self.packaged.artifacts.iter().map(|a| a.path.as_str()).collect();
        for properties in graph.resources.values_mut().filter_map(|r| r.properties.as_mut()) {
            properties.walk_mut(&mut |e| {
                if let samc_ir::Kind::String(text) = &mut e.kind
                    && archives.contains(&&**text)
                {
                    *text = format!("../{text}").into();
                }
            });
        }
    }

    /// Where a bucket is named, the document of a nested stack becomes one of the artifacts for it.
    fn upload_part(&mut self, name: &str, document: Option<&Artifact>) -> Option<Expr> {
        let packaging = self.settings.packaging.as_ref()?;
        let bucket = packaging.bucket.clone()?;
        let document = document?;
        let prefix = packaging.prefix.clone();
        let bytes = document.contents.clone();
        let path = self.packaged.add_document(name, &document.path, bytes, prefix.as_deref());
        let key = self.packaged.artifacts.iter().find(|a| a.path == path)?.s3_key.as_ref()?;
        Some(nested::address(&bucket, key))
    }
}

/// A path from the current folder as it is seen from another one; URLs stay.
fn from_folder(folder: &Path, path: &str) -> String {
    if path.contains("://") || Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let mut back = String::new();
    for part in folder.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(_) => back.push_str("../"),
            // From there the way back has names that are nowhere written.
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
                return absolute.display().to_string();
            }
        }
    }
    back + path
}

/// The passes over all findings of one document.
pub(crate) fn finish(
    found: &mut Diagnostics,
    document: &Document,
    graph: Option<&ResourceGraph>,
    sources: &SourceMap,
) {
    paths::fill(found, document);
    paths::of_source(found, document);
    distance::explain(found, document, graph, sources);
    fix::realize(found, document, sources);
}

/// Reports values for parameters that the template does not have.
fn undeclared_parameters(
    graph: &ResourceGraph,
    document: &Document,
    settings: &Settings,
    asked: &BTreeSet<String>,
    config: &Config,
    found: &mut Diagnostics,
) {
    let section = graph.sections.get("Parameters").and_then(Expr::as_map);
    let mut known: Vec<&str> = section.into_iter().flat_map(samc_ir::Map::keys).map(|name| &**name).collect();
    // app.yaml calls them otherwise than the template that becomes of it.
    let params = document.root.get("params").and_then(|p| p.as_mapping()).unwrap_or_default();
    known.extend(params.iter().map(|entry| &*entry.key));
    known.extend(asked.iter().map(String::as_str));
    let there = graph.sections.key_span("Parameters");
    let mut report = |name: &str, finding: Diagnostic| {
        found.push(match nearest(name, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("declare it under `Parameters`, or take the value out"),
        });
    };
    for name in settings.named_parameters.iter().filter(|name| !known.contains(&name.as_str())) {
        let message =
            format!("--param gives a value to `{name}`, which is no parameter of {}", settings.input);
        let finding = Diagnostic::warning(codes::PARAMETER_NOT_DECLARED, message);
        report(name, finding.at(there, "the parameters there are"));
    }
    for one in config.overrides.iter().filter(|one| !known.contains(&one.name.as_str())) {
        let message = format!("`{}` is no parameter of {}", one.name, settings.input);
        let finding = Diagnostic::warning(codes::PARAMETER_NOT_DECLARED, message);
        report(
            &one.name,
            finding.at(one.span, "given a value here").label(there, "the parameters there are"),
        );
    }
}
