//! `include` of app.yaml: modules are read and become a part of the file, under names that begin with the
//! module's, before anything else looks at it.

use std::path::{Component, Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, Diagnostics, Span, codes};
use samc_schema::app::{Name, SECTIONS};
use samc_syntax::{Document, Entry, Node, NodeKind, Scalar, Style};

use crate::compile::is_whole;
use crate::run::{Place, Run};

/// Sections of a module beside those of components.
const OTHERS: [&str; 4] = ["secrets", "dashboards", "outputs", "resources"];

/// What says something of the module itself.
const HEAD: [&str; 4] = ["module", "include", "exports", "description"];

/// Keys whose texts may name components.
const REFERENCES: [&str; 42] = [
    "queue",
    "topic",
    "stream",
    "bucket",
    "bus",
    "alarm",
    "userpool",
    "log",
    "dlq",
    "on-failure",
    "on-success",
    "function",
    "workflow",
    "role",
    "vpc",
    "layers",
    "encrypt",
    "notify",
    "any",
    "all",
    "on",
    "to",
    "transform",
    "logs-to",
    "secret",
    "before",
    "after",
    "alarms",
    "run",
    "send",
    "publish",
    "put",
    "get",
    "start",
    "of",
    "replicate",
    "api",
    "rotate",
    "subscribe",
    "routes",
    "each",
    "metrics",
];

/// Keys under which everything stays as it is.
const VERBATIM: [&str; 9] =
    ["resources", "input", "detail", "event", "filter", "where", "policy", "set", "compliance"];

/// A module as far as others need to know it.
struct Module {
    /// The components it has.
    names: FxHashSet<String>,
    /// Those that others may name.
    exports: FxHashSet<String>,
    /// Where its name is written.
    span: Span,
}

/// The state of a merge.
struct Merge<'r> {
    run: &'r mut Run,
    /// The folder of the application.
    root: PathBuf,
    modules: FxHashMap<String, Module>,
    /// The files that are being read, outermost first.
    open: Vec<PathBuf>,
    /// Components of all modules, by section.
    parts: Vec<(String, Entry)>,
    /// Whether functions have code by default.
    has_default_code: bool,
}

/// Reads the modules that a file includes and makes them a part of it.
pub(crate) fn merge(run: &mut Run, document: &mut Document, place: &Place, found: &mut Diagnostics) {
    let Some(include) = take(&mut document.root, "include") else { return };
    let code = document.root.get("defaults").and_then(|d| d.get("function")).and_then(|f| f.get("code"));
    let mut merge = Merge {
        run,
        root: place.folder(),
        modules: FxHashMap::default(),
        open: vec![PathBuf::from(&place.input)],
        parts: Vec::new(),
        has_default_code: code.is_some(),
    };
    merge.include(&include.value, Path::new(""), found);
    let Merge { modules, mut parts, run, .. } = merge;
    run.modules = modules.keys().cloned().collect();
    run.modules.sort();
    let NodeKind::Mapping(sections) = &mut document.root.kind else { return };
    for (section, entry) in parts.drain(..) {
        let at = match sections.iter().position(|s| *s.key == *section) {
            Some(at) => at,
            None => {
                let value = Node { span: entry.key_span, tag: None, kind: NodeKind::Mapping(Vec::new()) };
                let key_span = entry.key_span;
                sections.push(Entry {
                    key: section.as_str().into(),
                    key_span,
                    key_style: Style::Plain,
                    value,
                });
                sections.len() - 1
            }
        };
        if let NodeKind::Mapping(members) = &mut sections[at].value.kind {
            members.push(entry);
        }
    }
    // `orders/events` is what a module calls `events`, here and in other modules.
    let mut rename = |text: &str, span: Span| {
        let (module, rest) = text.split_once('/')?;
        let known = modules.get(module)?;
        let name = rest.split(['.', ' ']).next().unwrap_or(rest);
        // What the module does not have is told like any name that nothing has.
        if known.names.contains(name) && !known.exports.contains(name) {
            found.push(not_exported(module, name, known, span));
        }
        Some(format!("{module}-{rest}"))
    };
    rewrite(&mut document.root, false, &mut rename);
}

fn not_exported(module: &str, name: &str, known: &Module, span: Span) -> Diagnostic {
    Diagnostic::error(codes::NOT_EXPORTED, format!("the module {module} does not export {name}"))
        .at(span, "used here")
        .label(Some(known.span), format!("the module {module}"))
        .help(format!("add `{name}` to `exports` of the module"))
}

impl Merge<'_> {
    /// Reads what an `include` names; `folder` is that of the file it stands in, seen from the application's.
    fn include(&mut self, include: &Node, folder: &Path, found: &mut Diagnostics) {
        let Some(patterns) = include.as_sequence() else {
            found.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("`include` takes a list of paths, and got {}", include.kind_name()),
                )
                .at(include.span, "not a list")
                .path("include"),
            );
            return;
        };
        for pattern in patterns {
            let Some(text) = pattern.as_scalar().map(|s| s.text.to_string()) else { continue };
            match self.paths(folder, &text) {
                Ok(paths) if paths.is_empty() => {
                    let message = format!("no file is called {text}");
                    found.push(
                        Diagnostic::error(codes::INCLUDE_FILE, message)
                            .at(pattern.span, "nothing is there")
                            .help("paths are relative to this file; `*` stands for any name of a folder or file")
                            .path("include"),
                    );
                }
                Ok(paths) => paths.into_iter().for_each(|path| self.module(&path, pattern.span, found)),
                Err(why) => found.push(
                    Diagnostic::error(codes::INCLUDE_FILE, format!("{text} {why}"))
                        .at(pattern.span, "cannot be included")
                        .help("put modules below the folder of app.yaml")
                        .path("include"),
                ),
            }
        }
    }

    /// The files of a pattern, in the order of their names, as seen from the application's folder.
    fn paths(&self, folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, &'static str> {
        let mut found = vec![folder.to_owned()];
        for part in Path::new(pattern).components() {
            let part = match part {
                Component::CurDir => continue,
                Component::Normal(part) => part.to_string_lossy().into_owned(),
                _ => return Err("leads out of the folder of the application"),
            };
            let mut next = Vec::new();
            for path in found {
                if !part.contains('*') {
                    next.push(path.join(&part));
                    continue;
                }
                let (before, after) = part.split_once('*').unwrap_or((&part, ""));
                let entries = std::fs::read_dir(self.root.join(&path)).into_iter().flatten().flatten();
                let mut names: Vec<String> = entries
                    .filter_map(|e| e.file_name().into_string().ok())
                    .filter(|name| {
                        let fits = name.len() >= before.len() + after.len();
                        fits && name.starts_with(before) && name.ends_with(after) && !name.starts_with('.')
                    })
                    .collect();
                names.sort();
                next.extend(names.into_iter().map(|name| path.join(name)));
            }
            found = next;
        }
        found.retain(|path| self.root.join(path).is_file());
        Ok(found)
    }

    /// Reads one module.
    fn module(&mut self, path: &Path, span: Span, found: &mut Diagnostics) {
        let file = self.root.join(path);
        let is_open = |open: &PathBuf| std::fs::canonicalize(open).ok() == std::fs::canonicalize(&file).ok();
        if let Some(at) = self.open.iter().position(is_open) {
            let mut circle: Vec<String> = self.open[at..].iter().map(|p| p.display().to_string()).collect();
            circle.push(file.display().to_string());
            found.push(
                Diagnostic::error(
                    codes::INCLUDE_CYCLE,
                    format!("files include each other: {}", circle.join(" -> ")),
                )
                .at(span, "comes back to itself")
                .help("take one `include` out; modules name each other's components without it")
                .path("include"),
            );
            return;
        }
        let name = file.display().to_string().trim_start_matches("./").to_owned();
        let text = match self.run.text_of(&name) {
            Ok(text) => text,
            Err(no_text) => {
                found.push(no_text.diagnostic);
                return;
            }
        };
        let mut said = Diagnostics::default();
        let mut document = self.run.read(&name, text, &mut said);
        let can_be_used = is_whole(&said);
        found.append(said);
        if !can_be_used {
            return;
        }
        let given = document.root.get("module").and_then(|m| Some((m.as_scalar()?.text.to_string(), m.span)));
        let Some((module, module_span)) = given.filter(|(name, _)| Name::parse(name).is_some()) else {
            found.push(
                Diagnostic::error(codes::INCLUDE_FILE, format!("{name} does not say which module it is"))
                    .at(document.root.span.part(0, 1), "`module: NAME` is missing in here")
                    .label(Some(span), "included here")
                    .help("begin it with `module: name`; only the file that is built has `app`")
                    .path("include"),
            );
            return;
        };
        if let Some(first) = self.modules.get(&module) {
            found.push(
                Diagnostic::error(codes::MODULE_TWICE, format!("two modules are called {module}"))
                    .at(module_span, "the second")
                    .label(Some(first.span), "the first")
                    .help("give one of them another name")
                    .path("module"),
            );
            return;
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.open.push(file);
        if let Some(include) = take(&mut document.root, "include") {
            self.include(&include.value, &folder, found);
        }
        self.open.pop();
        self.take_in(&module, module_span, &folder, document, found);
    }

    /// Makes the components of a module a part of the application.
    fn take_in(
        &mut self,
        module: &str,
        span: Span,
        folder: &Path,
        mut document: Document,
        found: &mut Diagnostics,
    ) {
        let mut names = FxHashSet::default();
        for (section, _) in SECTIONS.iter().chain(&[("secrets", samc_schema::app::Kind::Secret)]) {
            let members = document.root.get(section).and_then(Node::as_mapping).unwrap_or_default();
            names.extend(members.iter().map(|m| m.key.to_string()));
        }
        let exports: FxHashSet<String> = document
            .root
            .get("exports")
            .and_then(Node::as_sequence)
            .unwrap_or_default()
            .iter()
            .filter_map(|e| {
                let name = e.as_scalar()?.text.to_string();
                if !names.contains(&name) {
                    found.push(
                        Diagnostic::error(
                            codes::UNKNOWN_REFERENCE,
                            format!("the module {module} has no `{name}` to export"),
                        )
                        .at(e.span, "not declared in it")
                        .path("exports"),
                    );
                }
                Some(name)
            })
            .collect();
        let local = names.clone();
        let mut rename = |text: &str, _: Span| {
            let head = text.split(['.', ' ']).next().unwrap_or(text);
            local.contains(head).then(|| format!("{module}-{text}"))
        };
        let NodeKind::Mapping(sections) =
            std::mem::replace(&mut document.root.kind, NodeKind::Mapping(Vec::new()))
        else {
            return;
        };
        for mut section in sections {
            let key = section.key.to_string();
            if HEAD.contains(&key.as_str()) || key.starts_with("x-") {
                continue;
            }
            let holds_components = SECTIONS.iter().any(|(name, _)| *name == key);
            if !holds_components && !OTHERS.contains(&key.as_str()) {
                found.push(
                    Diagnostic::error(codes::UNKNOWN_SECTION, format!("`{key}` cannot be in a module"))
                        .at(section.key_span, "for the whole application")
                        .help("put it into the file that includes the module")
                        .path(key),
                );
                continue;
            }
            if key != "resources" {
                rewrite_section(&mut section.value, &mut rename);
            }
            let NodeKind::Mapping(members) = section.value.kind else { continue };
            for mut member in members {
                self.rebase(&key, &mut member, folder);
                if key != "resources" {
                    member.key = format!("{module}-{}", member.key).as_str().into();
                }
                self.parts.push((key.clone(), member));
            }
        }
        self.modules.insert(module.to_owned(), Module { names, exports, span });
    }

    /// Paths in a module are relative to its file.
    fn rebase(&self, section: &str, member: &mut Entry, folder: &Path) {
        let joined = |text: &str| {
            let is_elsewhere = text.contains("://") || text.contains("${") || Path::new(text).is_absolute();
            if is_elsewhere { text.to_owned() } else { plain(&folder.join(text)) }
        };
        let mut change = |node: &mut Node| {
            if let NodeKind::Scalar(scalar) = &mut node.kind {
                scalar.text = joined(&scalar.text).as_str().into();
            }
        };
        match section {
            "layers" => match member.value.as_scalar() {
                Some(_) => change(&mut member.value),
                None => inner(&mut member.value, &["path"], &mut change),
            },
            "workflows" => inner(&mut member.value, &["definition"], &mut change),
            "apis" => inner(&mut member.value, &["openapi"], &mut change),
            "functions" => {
                if member.value.as_scalar().is_some() {
                    let handler = member.value.clone();
                    let span = handler.span;
                    let entry = Entry {
                        key: "handler".into(),
                        key_span: span,
                        key_style: Style::Plain,
                        value: handler,
                    };
                    member.value.kind = NodeKind::Mapping(vec![entry]);
                }
                inner(&mut member.value, &["code"], &mut change);
                inner(&mut member.value, &["code", "zip"], &mut change);
                inner(&mut member.value, &["image", "context"], &mut change);
                let has = |key: &str| member.value.get(key).is_some();
                if !has("code") && !has("image") && !self.has_default_code {
                    let span = member.key_span;
                    let scalar = Scalar { text: plain(folder).as_str().into(), style: Style::DoubleQuoted };
                    let value = Node { span, tag: None, kind: NodeKind::Scalar(scalar) };
                    let entry = Entry { key: "code".into(), key_span: span, key_style: Style::Plain, value };
                    if let NodeKind::Mapping(entries) = &mut member.value.kind {
                        entries.push(entry);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A path with `/` and without `.`.
fn plain(path: &Path) -> String {
    let parts: Vec<String> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    let NodeKind::Mapping(entries) = &mut node.kind else { return None };
    let at = entries.iter().position(|e| &*e.key == key)?;
    Some(entries.remove(at))
}

/// Calls `change` with the value at a path of keys, if it is a text.
fn inner(node: &mut Node, path: &[&str], change: &mut dyn FnMut(&mut Node)) {
    let Some((first, rest)) = path.split_first() else {
        if node.as_scalar().is_some() {
            change(node);
        }
        return;
    };
    if let NodeKind::Mapping(entries) = &mut node.kind
        && let Some(entry) = entries.iter_mut().find(|e| &*e.key == *first)
    {
        inner(&mut entry.value, rest, change);
    }
}

/// A section: its keys are names, so that only what stands under them may name components.
fn rewrite_section(section: &mut Node, rename: &mut dyn FnMut(&str, Span) -> Option<String>) {
    if let NodeKind::Mapping(members) = &mut section.kind {
        members.iter_mut().for_each(|member| rewrite(&mut member.value, false, rename));
    }
}

/// Renames components wherever a text names one: under keys for that, and in `${...}` everywhere.
fn rewrite(node: &mut Node, names: bool, rename: &mut dyn FnMut(&str, Span) -> Option<String>) {
    let span = node.span;
    match &mut node.kind {
        NodeKind::Mapping(entries) => {
            for entry in entries {
                let key = &*entry.key;
                if VERBATIM.contains(&key) {
                    continue;
                }
                if key == "can" {
                    rewrite_grants(&mut entry.value, rename);
                    continue;
                }
                // A mapping under such a key has keys of its own; what stands in a list is named too.
                let is_name = REFERENCES.contains(&key) || (names && entry.value.as_scalar().is_some());
                rewrite(&mut entry.value, is_name, rename);
            }
        }
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| rewrite(item, names, rename)),
        NodeKind::Scalar(scalar) => {
            if scalar.text.contains("${") {
                scalar.text = interpolated(&scalar.text, span, rename).as_str().into();
            } else if names && let Some(new) = rename(&scalar.text, span) {
                scalar.text = new.as_str().into();
            }
        }
    }
}

/// Targets of verbs: texts, and `name` of mappings.
fn rewrite_grants(can: &mut Node, rename: &mut dyn FnMut(&str, Span) -> Option<String>) {
    let NodeKind::Mapping(verbs) = &mut can.kind else { return };
    for verb in verbs {
        if matches!(&*verb.key, "aws" | "mail") {
            rewrite(&mut verb.value, false, rename);
            continue;
        }
        let mut one = |target: &mut Node| match &mut target.kind {
            NodeKind::Mapping(_) => inner(target, &["name"], &mut |name| rewrite(name, true, rename)),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => rewrite(target, true, rename),
        };
        match &mut verb.value.kind {
            NodeKind::Sequence(items) => items.iter_mut().for_each(one),
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => one(&mut verb.value),
        }
    }
}

/// Renames what stands between `${` and `}`. `$${` stands for itself.
fn interpolated(text: &str, span: Span, rename: &mut dyn FnMut(&str, Span) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let is_literal = rest[..at].ends_with('$');
        out.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        let Some(end) = rest.find('}').filter(|_| !is_literal) else { continue };
        let inner = &rest[..end];
        // Secrets are named under `secrets.`, and belong to modules as well.
        let (before, name) = inner.strip_prefix("secrets.").map_or(("", inner), |name| ("secrets.", name));
        match rename(name, span) {
            Some(new) => {
                out.push_str(before);
                out.push_str(&new);
            }
            None => out.push_str(inner),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
