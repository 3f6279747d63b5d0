//! What is run: a spec that is built for it, or a manifest that was built before.

use std::path::{Path, PathBuf};

use samc::compile::{Compilation, Packaging, Settings, compile};
use samc::output::{OutputFile, write_all, write_trees};
use samc::render::{MessageFormat, render};
use samc::summary;
use samc_base::{Diagnostic, Severity, SourceMap, codes};
use samc_package::{CacheSettings, Contents, Tree};
use samc_schema::manifest::Manifest;

use super::super::options::Common;
use super::super::stderr;

/// The folder beside the spec that holds what is run.
pub(super) const FOLDER: &str = ".samc";
const MANIFEST: &str = "manifest.json";

/// The file in the folder of what is run that says where it answers.
const RUNNING: &str = "running";

/// Where an application answers that runs from a folder such as `.samc`.
pub(super) fn running(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join(samc::local::TARGET).join(RUNNING)).ok()?;
    Some(text.trim().to_owned())
}

/// What is run.
pub(super) enum Source {
    /// A file of any dialect, which is built into a folder.
    Spec(Box<Settings>),
    /// A manifest that was built before.
    Manifest(PathBuf),
}

/// How findings are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Their form.
    pub(super) format: MessageFormat,
    /// Whether in colours.
    pub(super) color: bool,
}

impl Style {
    /// As the options say, on stderr.
    pub(super) fn new(common: &Common) -> Style {
        Style { format: common.format(), color: common.color(&std::io::stderr()) }
    }

    fn text(self, findings: &[Diagnostic], sources: &SourceMap) -> String {
        render(findings, sources, self.format, self.color)
    }
}

/// A folder or a file of code, and the functions that run it.
pub(super) struct Code {
    /// What is watched, in full.
    pub(super) path: PathBuf,
    /// What belongs to it; all does where a manifest was built before.
    tree: Option<Tree>,
    /// Whether what runs is made of it by a build.
    pub(super) is_built: bool,
    /// The functions, by logical id.
    pub(super) functions: Vec<String>,
}

impl Code {
    /// Whether a change of a path, in full, may change what functions do.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.path) else { return false };
        match &self.tree {
            Some(tree) if below.as_os_str().is_empty() => tree.is_watched(&tree.source),
            // A folder is code where files in it are.
            Some(tree) if path.is_dir() => tree.is_watched(&tree.source.join(below).join("file")),
            Some(tree) => tree.is_watched(&tree.source.join(below)),
            // Byte code is written by those who read code.
            None => !below.iter().any(|part| part == "__pycache__" || part == ".git"),
        }
    }
}

/// An application that can be run.
pub(super) struct Built {
    /// What runs.
    pub(super) manifest: Manifest,
    /// The folder its paths start from.
    pub(super) folder: PathBuf,
    /// The files it was made of, code aside.
    pub(super) files: Vec<PathBuf>,
    /// Its code.
    pub(super) code: Vec<Code>,
    /// Functions whose built code is not what it was before this build, by logical id.
    pub(super) remade: Vec<String>,
    /// The findings, ready to be shown.
    pub(super) findings: String,
}

/// Why there is nothing to run.
pub(super) struct Failure {
    /// What to show.
    pub(super) text: String,
    /// The closing lines, where nothing has run before.
    closing: String,
    /// The exit status.
    pub(super) status: u8,
    /// The files that were read, a change of which may mend it.
    pub(super) files: Vec<PathBuf>,
}

impl Source {
    /// What a name means: a manifest, by its content, or a spec that is built into `.samc` beside it, unless
    /// the user names a folder.
    fn new(
        common: &Common,
        spec: Option<&str>,
        out_dir: Option<&Path>,
        cache: Option<CacheSettings>,
        lint: bool,
    ) -> Result<Source, Diagnostic> {
        if let Some(path) = spec.map(Path::new).filter(|path| is_manifest(path)) {
            return Ok(Source::Manifest(path.to_owned()));
        }
        let mut settings = common.settings(spec)?;
        let beside = Path::new(&settings.input).parent().unwrap_or(Path::new("")).join(FOLDER);
        settings.lint = lint;
        settings.targets = vec![samc::local::TARGET.to_owned()];
        settings.packaging = Some(Packaging {
            out_dir: out_dir.map_or(beside, Path::to_owned),
            cache,
            ..Packaging::default()
        });
        Ok(Source::Spec(Box::new(settings)))
    }

    /// Finds what a command is to run, builds it and shows the findings; the exit status where nothing comes of
    /// it.
    pub(super) fn open(
        common: &Common,
        spec: Option<&str>,
        out_dir: Option<&Path>,
        cache: Option<CacheSettings>,
        lint: bool,
    ) -> Result<(Source, Built), u8> {
        let style = Style::new(common);
        let source = Source::new(common, spec, out_dir, cache, lint).map_err(|finding| {
            stderr(&style.text(&[finding], &SourceMap::default()));
            2
        })?;
        let built = source.build(style).map_err(|failure| {
            stderr(&failure.text);
            if !common.quiet {
                stderr(&failure.closing);
            }
            failure.status
        })?;
        stderr(&built.findings);
        Ok((source, built))
    }

    /// The folder that what runs is built into.
    fn folder(&self) -> PathBuf {
        match self {
            Source::Spec(settings) => {
                let out = settings.packaging.as_ref().map(|p| p.out_dir.clone()).unwrap_or_default();
                out.join(samc::local::TARGET)
            }
            Source::Manifest(path) => path.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }

    /// Notes where it answers, for `samc local event`; none once it has ended. A folder that was built before
    /// is left as it is.
    pub(super) fn note(&self, url: Option<&str>) {
        let Source::Spec(_) = self else { return };
        let path = self.folder().join(RUNNING);
        // Without the note the user says where it is.
        let _ = match url {
            Some(url) => std::fs::write(path, format!("{url}\n")),
            None => std::fs::remove_file(path),
        };
    }

    /// Builds it.
    pub(super) fn build(&self, style: Style) -> Result<Built, Failure> {
        match self {
            Source::Spec(settings) => built(settings, &self.folder(), style),
            Source::Manifest(path) => read(path, self.folder(), style),
        }
    }
}

/// Whether a file is a manifest, and not a template that is written in JSON.
fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
        && std::fs::read(path)
            .ok()
            .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
            .is_some_and(|value| {
                value
                    .get("manifest")
                    .and_then(|form| form.as_str())
                    .is_some_and(|f| f.starts_with("samc.local/"))
            })
}

fn read(path: &Path, folder: PathBuf, style: Style) -> Result<Built, Failure> {
    let files = vec![path.to_owned()];
    let name = path.display();
    let failed = |message: String, help: &str| Failure {
        text: style.text(&[Diagnostic::error(codes::CANNOT_READ, message).help(help)], &SourceMap::default()),
        closing: String::new(),
        status: 2,
        files: files.clone(),
    };
    let text = std::fs::read(path).map_err(|error| failed(format!("{name} cannot be read: {error}"), ""))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| {
        failed(
            format!("{name} is no manifest that this samc runs: {error}"),
            "build it again: samc build --target local",
        )
    })?;
    let code = code_of_manifest(&manifest, &folder);
    Ok(Built { manifest, folder, files, code, remade: Vec::new(), findings: String::new() })
}

/// The folders that functions of a manifest run in, each once.
fn code_of_manifest(manifest: &Manifest, folder: &Path) -> Vec<Code> {
    let mut all: Vec<Code> = Vec::new();
    for (id, function) in &manifest.functions {
        let layers = function.layers.iter().filter_map(|layer| layer.root.as_ref());
        for root in function.root.iter().chain(layers) {
            let path = in_full(&folder.join(root));
            match all.iter_mut().find(|code| code.path == path) {
                Some(code) => code.functions.push(id.clone()),
                None => all.push(Code { path, tree: None, is_built: false, functions: vec![id.clone()] }),
            }
        }
    }
    all
}

fn in_full(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn built(settings: &Settings, folder: &Path, style: Style) -> Result<Built, Failure> {
    let done = compile(settings);
    let findings = style.text(&done.diagnostics, &done.sources);
    let mut files: Vec<PathBuf> = done.sources.files().map(|file| PathBuf::from(file.name())).collect();
    if files.is_empty() {
        files.push(PathBuf::from(&settings.input));
    }
    let main = done.outputs.first().and_then(|(_, artifacts)| artifacts.iter().find(|a| a.path == MANIFEST));
    let Some(main) = main.filter(|_| done.status == 0) else {
        let closing = closing(&done, settings, style);
        return Err(Failure { text: findings, closing, status: done.status.max(1), files });
    };
    let mut manifest: Manifest = serde_json::from_slice(&main.contents).map_err(|error| Failure {
        text: format!("samc has a bug: its own manifest cannot be read: {error}\n"),
        closing: String::new(),
        status: 2,
        files: files.clone(),
    })?;
    manifest.spec.clone_from(&settings.input);
    let mut remade = Vec::new();
    for (name, tree) in &done.trees {
        if is_another(tree, &folder.join(name)) {
            remade.extend(users(&manifest, &tree.resource));
        }
    }
    let outputs = done.outputs.iter().flat_map(|(_, artifacts)| artifacts);
    let mut written: Vec<OutputFile> = outputs
        .map(|a| OutputFile { path: folder.join(&a.path), contents: Contents::from(a.contents.clone()) })
        .collect();
    // What is run is made again at any time, and is nobody's to keep.
    if let Some(parent) = folder.parent().filter(|parent| parent.ends_with(FOLDER)) {
        let contents = Contents::from(b"*\n".to_vec());
        written.push(OutputFile { path: parent.join(".gitignore"), contents });
    }
    let put = write_trees(folder, &done.trees).and_then(|()| write_all(&written));
    put.map_err(|finding| Failure {
        text: style.text(&[finding], &SourceMap::default()),
        closing: String::new(),
        status: 2,
        files: files.clone(),
    })?;
    let code = done.code.into_iter().map(|tree| Code {
        path: in_full(&tree.source),
        is_built: !tree.in_place,
        functions: users(&manifest, &tree.resource),
        tree: Some(tree),
    });
    Ok(Built { code: code.collect(), manifest, folder: folder.to_owned(), files, remade, findings })
}

/// What is said last where nothing runs: what was found, and how it runs all the same where only rules are against
/// it.
fn closing(done: &Compilation, settings: &Settings, style: Style) -> String {
    if style.format != MessageFormat::Human {
        return String::new();
    }
    let mut text = format!("{} · nothing runs\n", summary::findings(done, &settings.input));
    let mut errors = done.diagnostics.iter().filter(|d| d.severity == Severity::Error).peekable();
    let is_rule = |d: &Diagnostic| samc_lint::RULES.iter().any(|rule| rule.code == d.code());
    if errors.peek().is_some() && errors.all(is_rule) {
        text.push_str("With --no-lint it runs here all the same.\n");
    }
    text
}

/// The functions that run the code of a resource: itself, or those that have it as a layer.
fn users(manifest: &Manifest, resource: &str) -> Vec<String> {
    let uses = manifest.functions.iter().filter(|(id, function)| {
        id.as_str() == resource || function.layers.iter().any(|layer| layer.name == resource)
    });
    uses.map(|(id, _)| id.clone()).collect()
}

/// Whether a folder holds something else than a tree would put there.
fn is_another(tree: &Tree, folder: &Path) -> bool {
    let is_same = |file: &samc_package::TreeFile| {
        let there = folder.join(&file.name);
        if let Some(link) = &file.link {
            return std::fs::read_link(&there).is_ok_and(|there| there == Path::new(link));
        }
        std::fs::metadata(&there).is_ok_and(|meta| meta.len() == file.bytes)
            && matches!((std::fs::read(&there), std::fs::read(&file.path)), (Ok(a), Ok(b)) if a == b)
    };
    !tree.files.iter().all(is_same)
}
