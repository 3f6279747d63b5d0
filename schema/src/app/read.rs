//! From a tree to the types: each component on its own, so that an error in one leaves the others.

use indexmap::IndexMap;
use samc_base::{Diagnostic, Diagnostics, Span, codes, nearest};
use samc_syntax::{Entry, Node, NodeKind, Spanned, decode_map, from_node_at};
use serde::de::DeserializeOwned;

use super::scalars::Name;
use super::{App, ComponentKey, Components, unsupported};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Kind {
    Function,
    Queue,
    Topic,
    Bucket,
    Table,
    Stream,
    Bus,
    Api,
    Layer,
    Role,
    Alarm,
    Secret,
    External,
}

impl Kind {
    /// With its article, for messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Function => "a function",
            Kind::Queue => "a queue",
            Kind::Topic => "a topic",
            Kind::Bucket => "a bucket",
            Kind::Table => "a table",
            Kind::Stream => "a stream",
            Kind::Bus => "a bus",
            Kind::Api => "an API",
            Kind::Layer => "a layer",
            Kind::Role => "a role",
            Kind::Alarm => "an alarm",
            Kind::Secret => "a secret",
            Kind::External => "an external thing",
        }
    }

    /// Without its article, capitalised: what is put behind a logical id where two would be the same.
    pub fn suffix(self) -> &'static str {
        match self {
            Kind::Function => "Function",
            Kind::Queue => "Queue",
            Kind::Topic => "Topic",
            Kind::Bucket => "Bucket",
            Kind::Table => "Table",
            Kind::Stream => "Stream",
            Kind::Bus => "Bus",
            Kind::Api => "Api",
            Kind::Layer => "Layer",
            Kind::Role => "Role",
            Kind::Alarm => "Alarm",
            Kind::Secret => "Secret",
            Kind::External => "External",
        }
    }
}

/// The sections that hold components whose names are one set, and what they declare.
pub const SECTIONS: &[(&str, Kind)] = &[
    ("functions", Kind::Function),
    ("queues", Kind::Queue),
    ("topics", Kind::Topic),
    ("buckets", Kind::Bucket),
    ("tables", Kind::Table),
    ("streams", Kind::Stream),
    ("buses", Kind::Bus),
    ("apis", Kind::Api),
    ("layers", Kind::Layer),
    ("roles", Kind::Role),
    ("alarms", Kind::Alarm),
    ("external", Kind::External),
];

/// The other sections.
const OTHERS: &[&str] = &[
    "format",
    "app",
    "description",
    "regions",
    "defaults",
    "vars",
    "params",
    "secrets",
    "resources",
    "outputs",
    "tags",
    "stages",
];

/// A name with what it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// What it stands for.
    pub kind: Kind,
    /// Where the name is written.
    pub span: Span,
}

/// A file as far as it could be read.
#[derive(Debug, Clone)]
pub struct Read {
    /// What could be read. Components with errors are left out.
    pub app: App,
    /// Every name that is declared, also of components that could not be read.
    pub declared: IndexMap<String, Declared>,
}

/// The names that a file declares, whatever the state of what they stand for.
pub fn declared(root: &Node) -> IndexMap<String, Declared> {
    let mut names = IndexMap::new();
    for (section, kind) in SECTIONS {
        for entry in root.get(section).and_then(Node::as_mapping).unwrap_or_default() {
            names.entry(entry.key.to_string()).or_insert(Declared { kind: *kind, span: entry.key_span });
        }
    }
    names
}

/// Reads a file whose stages are merged and whose constants are in place. None without a name of
/// the application, or where the file is no mapping.
pub fn read(root: &Node, diagnostics: &mut Diagnostics) -> Option<Read> {
    let mut root = root.clone();
    let NodeKind::Mapping(entries) = &root.kind else {
        diagnostics.push(
            Diagnostic::error(
                codes::NOT_A_MAPPING,
                format!("app.yaml is a mapping that begins with `app`, and this is {}", root.kind_name()),
            )
            .at(root.span, "not a mapping")
            .help("begin with `app: name`"),
        );
        return None;
    };
    check_sections(entries, diagnostics);
    check_unique(entries, diagnostics);
    unsupported::take_out(&mut root, diagnostics);
    let declared = declared(&root);
    let app = match root.entry("app") {
        Some(entry) => {
            let name: Option<Name> = from_node_at(&entry.value, Some(entry.key_span), "app", diagnostics);
            name.map(|name| Spanned::new(name, entry.value.span))
        }
        None => {
            let first = root.as_mapping().and_then(|e| e.first()).map_or(root.span, |e| e.key_span);
            diagnostics.push(
                Diagnostic::error(
                    codes::MISSING_PROPERTY,
                    "the file needs the key `app`, the name of the application",
                )
                .at(first, "`app` is missing in here")
                .help("add `app: name`")
                .path("app"),
            );
            None
        }
    };
    let app = App {
        app: app.unwrap_or_else(|| Spanned::new(Name::placeholder(), None)),
        format: value(&root, "format", diagnostics),
        description: value(&root, "description", diagnostics),
        regions: value(&root, "regions", diagnostics),
        defaults: value(&root, "defaults", diagnostics),
        vars: None,
        params: components(&root, "params", diagnostics),
        secrets: components(&root, "secrets", diagnostics),
        functions: components(&root, "functions", diagnostics),
        queues: components(&root, "queues", diagnostics),
        topics: components(&root, "topics", diagnostics),
        buckets: components(&root, "buckets", diagnostics),
        tables: components(&root, "tables", diagnostics),
        streams: components(&root, "streams", diagnostics),
        buses: components(&root, "buses", diagnostics),
        apis: components(&root, "apis", diagnostics),
        layers: components(&root, "layers", diagnostics),
        roles: components(&root, "roles", diagnostics),
        alarms: components(&root, "alarms", diagnostics),
        external: components(&root, "external", diagnostics),
        resources: value(&root, "resources", diagnostics),
        outputs: components(&root, "outputs", diagnostics),
        tags: value(&root, "tags", diagnostics),
        stages: None,
    };
    if let Some(format) = app.format.as_ref().filter(|f| f.value != 1) {
        diagnostics.push(
            Diagnostic::error(
                codes::UNKNOWN_FORMAT,
                format!("the file is written in format {}, and this samc knows format 1", format.value),
            )
            .at(format.span, "not a format of this samc")
            .help("write `format: 1`, or use a newer samc")
            .path("format"),
        );
    }
    Some(Read { app, declared })
}

fn value<T: DeserializeOwned>(root: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<T> {
    let entry = root.entry(key)?;
    from_node_at::<Option<T>>(&entry.value, Some(entry.key_span), key, diagnostics).flatten()
}

fn components<T: DeserializeOwned>(
    root: &Node,
    key: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Components<T>> {
    let entry = root.entry(key)?;
    let mut read = Components::default();
    for decoded in decode_map::<T>(&entry.value, key, diagnostics) {
        let Some(name) = Name::parse(&decoded.key) else {
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, format!("`{}` is not a name", decoded.key))
                    .at(decoded.key_span, "not a name")
                    .help("a name is a small letter, then at most 39 small letters, digits and hyphens")
                    .path(format!("{key}.{}", decoded.key)),
            );
            continue;
        };
        if let Some(value) = decoded.value {
            read.0.insert(ComponentKey(Spanned::new(name, decoded.key_span)), value);
        }
    }
    Some(read)
}

/// Reports sections that the language does not have.
fn check_sections(entries: &[Entry], diagnostics: &mut Diagnostics) {
    let known = || SECTIONS.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied());
    for entry in entries {
        let key = &*entry.key;
        if known().any(|k| k == key) || unsupported::SECTIONS.contains(&key) {
            continue;
        }
        let finding = Diagnostic::error(codes::UNKNOWN_SECTION, format!("app.yaml has no section `{key}`"))
            .at(entry.key_span, "not a section");
        let help = match nearest(key, known().chain(unsupported::SECTIONS.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the sections are {}", known().collect::<Vec<_>>().join(", ")),
        };
        diagnostics.push(finding.help(help).path(key));
    }
}

/// Reports names that two sections declare: a bare name must say which is meant.
fn check_unique(entries: &[Entry], diagnostics: &mut Diagnostics) {
    let mut seen: IndexMap<&str, Declared> = IndexMap::new();
    for entry in entries {
        let Some((_, kind)) = SECTIONS.iter().find(|(name, _)| *name == &*entry.key) else { continue };
        for member in entry.value.as_mapping().unwrap_or_default() {
            let new = Declared { kind: *kind, span: member.key_span };
            let Some(first) = seen.get(&*member.key) else {
                seen.insert(&member.key, new);
                continue;
            };
            diagnostics.push(
                Diagnostic::error(
                    codes::NAME_TAKEN,
                    format!("`{}` is the name of {} and of {}", member.key, first.kind.word(), kind.word()),
                )
                .at(member.key_span, format!("{} here", kind.word()))
                .label(first.span, format!("{} here", first.kind.word()))
                .help("give one of them another name: a name alone must say which is meant")
                .path(format!("{}.{}", entry.key, member.key)),
            );
        }
    }
}
