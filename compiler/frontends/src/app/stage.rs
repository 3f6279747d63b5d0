//! Stages: laying one over the file, and leaving out what it does not have.

use indexmap::IndexMap;
use samc_base::{Diagnostic, Diagnostics, Span, codes, nearest};
use samc_schema::app::{Declared, Kind, SECTIONS, diagnostics_of_sections};
use samc_syntax::{Document, Entry, Node, NodeKind, Scalar, Style};

/// The stage of a file that names none.
const DEFAULT_STAGE: &str = "dev";

/// Sections whose keys are names that the author chose.
const NAMED: &[&str] = &["vars", "params", "secrets", "dashboards", "outputs"];

/// Mappings whose direct keys are names or texts of the author, so that `x-` means nothing there.
const OPEN: &[&str] =
    &["env", "tags", "expire", "archive", "routes", "indexes", "authorizers", "rules", "attrs"];

/// Mappings that are kept as they are.
const VERBATIM: &[&str] =
    &["resources", "conditions", "mappings", "input", "detail", "event", "filter", "where", "policy", "set"];

/// A file as it is in one stage.
pub(super) struct Staged {
    /// The tree with the stage laid over it, without `stages`.
    pub(super) root: Node,
    /// The stage's name.
    pub(super) stage: String,
    /// True for stages where the stricter defaults hold.
    pub(super) production: bool,
    /// Components that the file declares and this stage does not have.
    pub(super) filtered: IndexMap<String, Declared>,
}

/// Chooses the stage, lays it over the file, and leaves out what does not exist in it.
pub(super) fn apply(document: &Document, wanted: Option<&str>, diagnostics: &mut Diagnostics) -> Staged {
    let mut root = document.root.clone();
    let stages: Vec<Entry> = match take(&mut root, "stages").map(|e| e.value) {
        Some(Node { kind: NodeKind::Mapping(entries), .. }) => entries,
        Some(other) if !is_null(&other) => {
            diagnostics.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("`stages` takes a mapping, and got {}", other.kind_name()),
                )
                .at(other.span, "not a mapping of stages by name")
                .path("stages"),
            );
            Vec::new()
        }
        _ => Vec::new(),
    };
    let names: Vec<&str> = stages.iter().map(|e| &*e.key).collect();
    let stage = wanted.or(names.first().copied()).unwrap_or(DEFAULT_STAGE).to_owned();
    let mut production = stage.starts_with("prod");
    for entry in stages.iter().filter(|e| &*e.key != stage.as_str()) {
        // What is misspelt in a stage should not wait until somebody builds it.
        let mut copy = root.clone();
        let mut overlay = entry.value.clone();
        take(&mut overlay, "production");
        lay_over(&mut copy, overlay, &format!("stages.{}", entry.key), diagnostics);
    }
    match stages.iter().find(|e| &*e.key == stage.as_str()) {
        Some(entry) => {
            let mut overlay = entry.value.clone();
            if let Some(given) = take(&mut overlay, "production") {
                match samc_syntax::from_node_at::<bool>(
                    &given.value,
                    Some(given.key_span),
                    "production",
                    diagnostics,
                ) {
                    Some(given) => production = given,
                    None => production = true,
                }
            }
            lay_over(&mut root, overlay, &format!("stages.{stage}"), diagnostics);
        }
        None if stages.is_empty() => {}
        None => {
            diagnostics.push(unknown_stage(&stage, &names, document.root.entry("stages").map(|e| e.key_span)))
        }
    }
    let filtered = filter(&mut root, &stage, &names, diagnostics);
    without_extensions(&mut root, false);
    Staged { root, stage, production, filtered }
}

fn unknown_stage(stage: &str, names: &[&str], span: Option<Span>) -> Diagnostic {
    let help = match nearest(stage, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the stages are {}", names.join(", ")),
    };
    Diagnostic::error(codes::UNKNOWN_STAGE, format!("the file has no stage `{stage}`"))
        .at(span, "the stages of the file")
        .help(help)
}

fn is_null(node: &Node) -> bool {
    node.tag.is_none() && node.as_scalar().is_some_and(Scalar::is_null)
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => {
            let at = entries.iter().position(|e| &*e.key == key)?;
            Some(entries.remove(at))
        }
        NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
    }
}

/// Lays the sections of a stage over those of the file.
fn lay_over(root: &mut Node, overlay: Node, path: &str, diagnostics: &mut Diagnostics) {
    let NodeKind::Mapping(sections) = overlay.kind else {
        if !is_null(&overlay) {
            diagnostics.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("`{path}` takes a mapping, and got {}", overlay.kind_name()),
                )
                .at(overlay.span, "not a mapping")
                .path(path),
            );
        }
        return;
    };
    let unknown: Vec<Diagnostic> = diagnostics_of_sections(&sections, path).collect();
    for section in sections {
        let path = format!("{path}.{}", section.key);
        if unknown.iter().any(|d| d.span() == Some(section.key_span)) {
            continue;
        }
        if matches!(&*section.key, "app" | "format" | "include" | "stages" | "module") {
            diagnostics.push(
                Diagnostic::error(
                    codes::UNKNOWN_OVERLAY_KEY,
                    format!("a stage cannot change `{}`", section.key),
                )
                .at(section.key_span, "holds for all stages")
                .path(path),
            );
            continue;
        }
        let is_named =
            NAMED.contains(&&*section.key) || SECTIONS.iter().any(|(name, _)| *name == &*section.key);
        if is_named {
            lay_names_over(root, section, &path, diagnostics);
        } else {
            lay_entry_over(root, section, diagnostics);
        }
    }
    unknown.into_iter().for_each(|d| diagnostics.push(d));
}

/// Lays a section of names over the file's: names must be there already, or say that they are new.
fn lay_names_over(root: &mut Node, section: Entry, path: &str, diagnostics: &mut Diagnostics) {
    let Entry { key, key_span, key_style, value } = section;
    let Node { kind: NodeKind::Mapping(members), span, tag } = value else {
        lay_entry_over(root, Entry { key, key_span, key_style, value }, diagnostics);
        return;
    };
    let NodeKind::Mapping(sections) = &mut root.kind else { return };
    if !sections.iter().any(|e| e.key == key) {
        // A section whose name is misspelt is told as that, once.
        if sections.iter().any(|e| nearest(&e.key, [&*key]).is_some()) {
            return;
        }
        let empty = Node { span, tag, kind: NodeKind::Mapping(Vec::new()) };
        sections.push(Entry { key: key.clone(), key_span, key_style, value: empty });
    }
    let Some(base) = sections.iter_mut().find(|e| e.key == key).map(|e| &mut e.value) else { return };
    for mut member in members {
        let is_there = base.get(&member.key).is_some();
        let is_new = take(&mut member.value, "new")
            .is_some_and(|e| e.value.as_scalar().is_some_and(|s| &*s.text == "true"));
        if !is_there && !is_new && member.value.get("only").is_none() {
            let known: Vec<&str> = base.as_mapping().unwrap_or_default().iter().map(|e| &*e.key).collect();
            let help = match nearest(&member.key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add `new: true` to what exists in this stage alone".to_owned(),
            };
            diagnostics.push(
                Diagnostic::error(
                    codes::UNKNOWN_OVERLAY_KEY,
                    format!(
                        "the stage changes `{}` under `{}`, which the file does not have",
                        member.key, key
                    ),
                )
                .at(member.key_span, "not in the file")
                .help(help)
                .path(format!("{path}.{}", member.key)),
            );
            continue;
        }
        expand_shorthand(base, &key, &member);
        lay_entry_over(base, member, diagnostics);
    }
}

/// A name whose base is a shorthand and whose overlay is a mapping: the shorthand is written out first.
fn expand_shorthand(base: &mut Node, section: &str, member: &Entry) {
    let key = match section {
        "functions" => "handler",
        "tables" => "key",
        "layers" => "path",
        "outputs" => "value",
        "params" => "default",
        _ => return,
    };
    if member.value.as_mapping().is_none() {
        return;
    }
    let NodeKind::Mapping(entries) = &mut base.kind else { return };
    let Some(entry) = entries.iter_mut().find(|e| e.key == member.key) else { return };
    if entry.value.as_scalar().is_some_and(|s| !s.is_null()) {
        let value = entry.value.clone();
        let only = Entry { key: key.into(), key_span: value.span, key_style: Style::Plain, value };
        entry.value.kind = NodeKind::Mapping(vec![only]);
    }
}

/// Mappings merge, `null` takes out, `name+` adds to a list, everything else replaces.
fn lay_entry_over(base: &mut Node, entry: Entry, diagnostics: &mut Diagnostics) {
    let NodeKind::Mapping(entries) = &mut base.kind else { return };
    if let Some(name) = entry.key.strip_suffix('+') {
        let Some(old) = entries.iter_mut().find(|e| &*e.key == name) else {
            entries.push(Entry { key: name.into(), ..entry });
            return;
        };
        match (&mut old.value.kind, entry.value.kind) {
            (NodeKind::Sequence(items), NodeKind::Sequence(more)) => items.extend(more),
            (_, kind) => {
                let got = Node { kind, span: entry.value.span, tag: None };
                diagnostics.push(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("`{}` adds to a list, and both sides must be one", entry.key),
                    )
                    .at(entry.key_span, format!("adds {}", got.kind_name()))
                    .label(old.value.span, format!("to {}", old.value.kind_name())),
                );
            }
        }
        return;
    }
    let at = entries.iter().position(|e| e.key == entry.key);
    match at {
        Some(at) if is_null(&entry.value) => {
            entries.remove(at);
        }
        None if is_null(&entry.value) => {}
        Some(at) => {
            let both_map = entries[at].value.as_mapping().is_some() && entry.value.as_mapping().is_some();
            match entry.value.kind {
                NodeKind::Mapping(more) if both_map => {
                    for inner in more {
                        lay_entry_over(&mut entries[at].value, inner, diagnostics);
                    }
                }
                kind => {
                    entries[at].value = Node { kind, span: entry.value.span, tag: entry.value.tag };
                }
            }
        }
        None => entries.push(entry),
    }
}

/// Takes out components and triggers that do not exist in the stage.
fn filter(
    root: &mut Node,
    stage: &str,
    stages: &[&str],
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Declared> {
    let mut filtered = IndexMap::new();
    let NodeKind::Mapping(sections) = &mut root.kind else { return filtered };
    for section in sections {
        let kind = SECTIONS
            .iter()
            .copied()
            .chain([("secrets", Kind::Secret), ("dashboards", Kind::Dashboard)])
            .find(|(name, _)| *name == &*section.key);
        let Some((_, kind)) = kind else { continue };
        let NodeKind::Mapping(members) = &mut section.value.kind else { continue };
        members.retain_mut(|member| {
            let exists = exists(&member.value, stage, stages, diagnostics);
            if !exists {
                // Nobody names a dashboard, which may be called as something else is.
                if kind != Kind::Dashboard {
                    filtered.insert(member.key.to_string(), Declared { kind, span: member.key_span });
                }
                return false;
            }
            if let NodeKind::Mapping(entries) = &mut member.value.kind
                && let Some(at) = entries.iter().position(|e| &*e.key == "on")
            {
                let keep = match &mut entries[at].value.kind {
                    NodeKind::Sequence(items) => {
                        items.retain(|t| self::exists(t, stage, stages, diagnostics));
                        true
                    }
                    NodeKind::Mapping(_) => self::exists(&entries[at].value, stage, stages, diagnostics),
                    NodeKind::Scalar(_) => true,
                };
                if !keep {
                    entries.remove(at);
                }
            }
            true
        });
    }
    filtered
}

/// Whether `only` and `not` of a component or trigger let it be in the stage.
fn exists(node: &Node, stage: &str, stages: &[&str], diagnostics: &mut Diagnostics) -> bool {
    let mut check = |key: &str| -> Option<bool> {
        let items = node.get(key)?.as_sequence()?;
        for item in items {
            let Some(name) = item.as_scalar().map(|s| &*s.text) else { continue };
            if !stages.is_empty() && !stages.contains(&name) {
                diagnostics.push(unknown_stage(name, stages, None).at(item.span, "not a stage of this file"));
            }
        }
        Some(items.iter().any(|i| i.as_scalar().is_some_and(|s| &*s.text == stage)))
    };
    let (only, not) = (check("only"), check("not"));
    only.unwrap_or(true) && !not.unwrap_or(false)
}

/// Takes out keys that begin with `x-`: places for anchors and notes.
fn without_extensions(node: &mut Node, is_open: bool) {
    match &mut node.kind {
        NodeKind::Mapping(entries) => {
            if !is_open {
                entries.retain(|e| !e.key.starts_with("x-"));
            }
            for entry in entries {
                if !VERBATIM.contains(&&*entry.key) {
                    let key = &*entry.key;
                    let holds_names = OPEN.contains(&key)
                        || NAMED.contains(&key)
                        || SECTIONS.iter().any(|(name, _)| *name == key);
                    without_extensions(&mut entry.value, holds_names && !is_open);
                }
            }
        }
        NodeKind::Sequence(items) => items.iter_mut().for_each(|n| without_extensions(n, false)),
        NodeKind::Scalar(_) => {}
    }
}
