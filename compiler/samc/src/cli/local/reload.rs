//! A run that takes over what is edited: functions whose code changed start anew, a changed spec is built
//! again and run in place of the old one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use samc_local::Runner;
use samc_schema::manifest::Manifest;
use serde_json::json;

use super::super::stderr;
use super::build::{Built, Source, Style};
use super::options::Running;
use super::terminal::{Form, Terminal};

/// An application that runs, and what it was made of.
pub(super) struct Session {
    runner: Runner,
    source: Source,
    built: Built,
    /// What runs: that of the build, with what the options change.
    manifest: Manifest,
    /// Files that the last build read; they differ from those of what runs where it failed.
    files: Vec<PathBuf>,
    style: Style,
    /// The findings that were shown last.
    shown: String,
    terminal: Arc<Terminal>,
}

impl Session {
    /// What runs.
    pub(super) fn new(
        runner: Runner,
        source: Source,
        built: Built,
        manifest: Manifest,
        style: Style,
        terminal: Arc<Terminal>,
    ) -> Session {
        let (files, shown) = (built.files.clone(), built.findings.clone());
        source.note(runner.listening().first().map(|first| first.url.as_str()));
        Session { runner, source, built, manifest, files, style, shown, terminal }
    }

    /// Calls back when the user wants it to end.
    pub(super) fn on_end(&self, tell: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        self.runner.on_end(tell)
    }

    /// Ends what runs.
    pub(super) fn end(self) {
        self.source.note(None);
        self.runner.end();
    }

    /// The files and the folders that are watched.
    pub(super) fn watched(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        (self.files.clone(), self.built.code.iter().map(|code| code.path.clone()).collect())
    }

    /// Those of some paths, in full, whose change means something.
    pub(super) fn relevant(&self, paths: Vec<PathBuf>, env_file: Option<&Path>) -> BTreeSet<PathBuf> {
        let means = |path: &PathBuf| {
            self.is_file(path)
                || env_file.is_some_and(|file| is_same(file, path))
                || self.built.code.iter().any(|code| code.holds(path))
        };
        paths.into_iter().filter(means).collect()
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.iter().any(|file| is_same(file, path))
    }

    /// Takes over changes. Whether other files and folders may be watched than before.
    pub(super) fn take_over(
        &mut self,
        changes: &BTreeSet<PathBuf>,
        since: Instant,
        running: &Running,
    ) -> bool {
        let touched: Vec<_> =
            self.built.code.iter().filter(|code| changes.iter().any(|path| code.holds(path))).collect();
        let in_code = |path: &PathBuf| touched.iter().any(|code| code.holds(path));
        let spec_changed = changes.iter().any(|path| self.is_file(path) || !in_code(path));
        let builds = spec_changed || touched.iter().any(|code| code.is_built);
        let functions: BTreeSet<String> = touched
            .iter()
            .filter(|code| !code.is_built)
            .flat_map(|code| code.functions.iter().cloned())
            .collect();
        let what = names(changes);
        if builds {
            return self.build(&what, functions, since, running);
        }
        let ids: Vec<String> = functions.into_iter().collect();
        let failed = self.runner.restart(&ids);
        self.tell(&what, &ids, &failed, since);
        false
    }

    /// Builds again, and runs what came of it where nothing is wrong.
    fn build(
        &mut self,
        what: &str,
        mut functions: BTreeSet<String>,
        since: Instant,
        running: &Running,
    ) -> bool {
        let built = match self.source.build(self.style) {
            Ok(built) => built,
            Err(failure) => {
                stderr(&failure.text);
                self.shown = failure.text;
                for file in failure.files {
                    if !self.files.contains(&file) {
                        self.files.push(file);
                    }
                }
                let text = format!("{what} changed: it cannot be built, and what ran before still runs");
                self.terminal.say("reload-failed", &text, json!({ "changed": what }));
                return true;
            }
        };
        if built.findings != self.shown {
            stderr(&built.findings);
            self.shown.clone_from(&built.findings);
        }
        let mut manifest = built.manifest.clone();
        if let Err(why) = running.apply(&mut manifest) {
            stderr(&format!("error: {why}\n"));
            return false;
        }
        functions.extend(built.remade.iter().cloned());
        let changed: Vec<String> = functions.into_iter().collect();
        self.terminal.know(&manifest);
        match self.runner.replace(manifest.clone(), &changed) {
            Ok((replaced, failed)) => {
                self.tell(what, &replaced.put, &failed, since);
                if manifest.apis != self.manifest.apis && self.terminal.form() == Form::Text {
                    for one in self.runner.listening() {
                        if let Some(api) = one.api.filter(|id| !self.manifest.apis.contains_key(id)) {
                            self.terminal.print(&format!("  {api}  {}\n", one.url));
                        }
                    }
                }
                if manifest.region != self.manifest.region {
                    stderr("note: the region changes with the next start\n");
                }
            }
            Err(error) => stderr(&format!("error: {error}\n")),
        }
        self.manifest = manifest;
        self.files.clone_from(&built.files);
        self.built = built;
        true
    }

    /// Says what was started anew, and how long it took since the change.
    fn tell(&self, what: &str, ids: &[String], failed: &[String], since: Instant) {
        let ms = since.elapsed().as_secs_f64() * 1000.0;
        let names = |ids: &[String]| ids.iter().map(|id| self.terminal.name(id)).collect::<Vec<_>>();
        let restarted: Vec<String> = ids.iter().filter(|id| !failed.contains(id)).cloned().collect();
        let mut text = format!("{what} changed: ");
        text += &match (ids, names(&restarted)) {
            ([], _) => format!("taken over in {ms:.0} ms"),
            (_, restarted) if restarted.is_empty() => String::new(),
            (_, restarted) => format!("{} restarted in {ms:.0} ms", listed(&restarted)),
        };
        if !failed.is_empty() {
            let verb = if failed.len() == 1 { "does" } else { "do" };
            let between = if restarted.is_empty() { "" } else { ", " };
            text += &format!("{between}{} {verb} not start", listed(&names(failed)));
        }
        let fields = json!({ "changed": what, "restarted": names(&restarted), "failed": names(failed), "ms": ms.round() });
        self.terminal.say("reload", &text, fields);
    }
}

/// Names of functions on one line.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    match names.get(SHOWN..) {
        Some(rest) if !rest.is_empty() => format!("{} and {} more", names[..SHOWN].join(", "), rest.len()),
        _ => names.join(", "),
    }
}

/// Paths as they are seen from here.
fn names(paths: &BTreeSet<PathBuf>) -> String {
    const SHOWN: usize = 3;
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    // Editors write files beside those they save, which are gone by now.
    let there: Vec<&PathBuf> = paths.iter().filter(|path| path.exists()).collect();
    let paths = if there.is_empty() { paths.iter().collect() } else { there };
    let shown: Vec<String> = paths
        .iter()
        .take(SHOWN)
        .map(|path| path.strip_prefix(&here).unwrap_or(path).display().to_string())
        .collect();
    match paths.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether a file as it was named is a path in full. It need not be there at the moment.
fn is_same(file: &Path, path: &Path) -> bool {
    if file.file_name() != path.file_name() {
        return false;
    }
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().is_ok_and(|folder| path.parent() == Some(&folder))
}
