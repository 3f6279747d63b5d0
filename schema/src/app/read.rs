//! From a tree to the types: each component on its own, so that an error in one leaves the others.

use indexmap::IndexMap;
use samc_base::{Diagnostic, Diagnostics, Span, codes, nearest};
use samc_syntax::{Entry, Node, NodeKind, Spanned, from_node_at, from_node_in_part};
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
    Workflow,
    Userpool,
    Client,
    Key,
    Vpc,
    Layer,
    Role,
    Alarm,
    Dashboard,
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
            Kind::Workflow => "a workflow",
            Kind::Userpool => "a pool of users",
            Kind::Client => "a client of a pool",
            Kind::Key => "a key",
            Kind::Vpc => "a network",
            Kind::Dashboard => "a dashboard",
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
            Kind::Workflow => "Workflow",
            Kind::Userpool => "Userpool",
            Kind::Client => "Client",
            Kind::Key => "Key",
            Kind::Vpc => "Vpc",
            Kind::Dashboard => "Dashboard",
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
    ("workflows", Kind::Workflow),
    ("userpools", Kind::Userpool),
    ("keys", Kind::Key),
    ("vpcs", Kind::Vpc),
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
    "include",
    "regions",
    "defaults",
    "vars",
    "params",
    "secrets",
    "resources",
    "conditions",
    "mappings",
    "layout",
    "overrides",
    "outputs",
    "tags",
    "dashboards",
    "compliance",
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
    /// What could be read. Components that make no sense without what is wrong in them are left out.
    pub app: App,
    /// Every name that is declared, also of components that could not be read.
    pub declared: IndexMap<String, Declared>,
    /// Where the defaults are written.
    pub defaults: Option<Span>,
    /// The paths of components that are there without parts in which something is wrong.
    pub partial: Vec<String>,
}

/// The names that a file declares, whatever the state of what they stand for.
pub fn declared(root: &Node) -> IndexMap<String, Declared> {
    let mut names = IndexMap::new();
    for (section, kind) in SECTIONS {
        for entry in root.get(section).and_then(Node::as_mapping).unwrap_or_default() {
            names.entry(entry.key.to_string()).or_insert(Declared { kind: *kind, span: entry.key_span });
        }
    }
    // What stands in a section whose name is misspelt is not there, and need not be missed one by one.
    for section in root.as_mapping().unwrap_or_default() {
        let words = || SECTIONS.iter().map(|(name, _)| *name);
        if words().chain(OTHERS.iter().copied()).any(|known| known == &*section.key) {
            continue;
        }
        let Some(near) = nearest(&section.key, words()) else { continue };
        let Some((_, kind)) = SECTIONS.iter().find(|(name, _)| *name == near) else { continue };
        for entry in section.value.as_mapping().unwrap_or_default() {
            names.entry(entry.key.to_string()).or_insert(Declared { kind: *kind, span: entry.key_span });
        }
        if *kind == Kind::Function {
            // The API that is made for routes goes with the functions.
            let span = section.key_span;
            names.entry("api".to_owned()).or_insert(Declared { kind: Kind::Api, span });
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
    let mut partial = Vec::new();
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
        // The driver has read the modules and put them in place.
        include: None,
        regions: value(&root, "regions", diagnostics),
        defaults: defaults(&root, diagnostics, &mut partial),
        vars: None,
        params: components(&root, "params", diagnostics, &mut partial),
        secrets: components(&root, "secrets", diagnostics, &mut partial),
        functions: components(&root, "functions", diagnostics, &mut partial),
        queues: components(&root, "queues", diagnostics, &mut partial),
        topics: components(&root, "topics", diagnostics, &mut partial),
        buckets: components(&root, "buckets", diagnostics, &mut partial),
        tables: components(&root, "tables", diagnostics, &mut partial),
        streams: components(&root, "streams", diagnostics, &mut partial),
        buses: components(&root, "buses", diagnostics, &mut partial),
        apis: components(&root, "apis", diagnostics, &mut partial),
        workflows: components(&root, "workflows", diagnostics, &mut partial),
        userpools: components(&root, "userpools", diagnostics, &mut partial),
        keys: components(&root, "keys", diagnostics, &mut partial),
        vpcs: components(&root, "vpcs", diagnostics, &mut partial),
        dashboards: components(&root, "dashboards", diagnostics, &mut partial),
        layers: components(&root, "layers", diagnostics, &mut partial),
        roles: components(&root, "roles", diagnostics, &mut partial),
        alarms: components(&root, "alarms", diagnostics, &mut partial),
        external: components(&root, "external", diagnostics, &mut partial),
        resources: value(&root, "resources", diagnostics),
        layout: value(&root, "layout", diagnostics),
        conditions: value(&root, "conditions", diagnostics),
        mappings: value(&root, "mappings", diagnostics),
        overrides: value(&root, "overrides", diagnostics),
        outputs: components(&root, "outputs", diagnostics, &mut partial),
        tags: value(&root, "tags", diagnostics),
        compliance: value(&root, "compliance", diagnostics),
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
    let defaults = root.get("defaults").map(|node| node.span);
    Some(Read { app, declared, defaults, partial })
}

fn value<T: DeserializeOwned>(root: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<T> {
    let entry = root.entry(key)?;
    from_node_at::<Option<T>>(&entry.value, Some(entry.key_span), key, diagnostics).flatten()
}

/// The defaults, noted where something in them is wrong: functions may then seem to lack what they have.
fn defaults(
    root: &Node,
    diagnostics: &mut Diagnostics,
    partial: &mut Vec<String>,
) -> Option<super::Defaults> {
    let entry = root.entry("defaults")?;
    let found = from_node_in_part::<Option<super::Defaults>>(
        &entry.value,
        Some(entry.key_span),
        "defaults",
        diagnostics,
    );
    if found.as_ref().is_none_or(|f| !f.is_whole) {
        partial.push("defaults".to_owned());
    }
    found.and_then(|f| f.value)
}

/// Components by name. Those in which something is wrong are there without it, and noted.
fn components<T: DeserializeOwned + Settle>(
    root: &Node,
    key: &str,
    diagnostics: &mut Diagnostics,
    partial: &mut Vec<String>,
) -> Option<Components<T>> {
    let section = root.entry(key)?;
    let entries = match &section.value.kind {
        NodeKind::Mapping(entries) => entries.as_slice(),
        NodeKind::Scalar(s) if s.is_null() => &[],
        NodeKind::Scalar(_) | NodeKind::Sequence(_) => {
            let got = section.value.kind_name();
            diagnostics.push(
                Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` takes a mapping, and got {got}"))
                    .at(section.value.span, format!("this is {got}"))
                    .help("write what it holds by name, as in `name: {...}`")
                    .path(key),
            );
            return None;
        }
    };
    let mut read = Components::default();
    for entry in entries {
        let path = format!("{key}.{}", entry.key);
        let found = from_node_in_part::<T>(&entry.value, Some(entry.key_span), &path, diagnostics);
        let Some(name) = Name::parse(&entry.key) else {
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, format!("`{}` is not a name", entry.key))
                    .at(entry.key_span, "not a name")
                    .help("a name is a small letter, then at most 39 small letters, digits and hyphens")
                    .path(path),
            );
            continue;
        };
        if let Some(mut found) = found {
            found.value.settle(entry.value.span);
            if !found.is_whole {
                partial.push(path);
            }
            read.0.insert(ComponentKey(Spanned::new(name, entry.key_span)), found.value);
        }
    }
    Some(read)
}

/// Gives the part of a component that a scalar stood for the place of that scalar.
trait Settle {
    fn settle(&mut self, _span: Span) {}
}

macro_rules! settle {
    ($($type:ty $(=> $field:ident)?;)*) => {$(
        impl Settle for $type {
            $(fn settle(&mut self, span: Span) {
                place(&mut self.$field, span);
            })?
        }
    )*};
}

settle! {
    super::Function => handler;
    super::Table => key;
    super::Layer => path;
    super::Output => value;
    super::Param => default;
    super::Queue;
    super::Topic;
    super::Bucket;
    super::Stream;
    super::Bus;
    super::Api;
    super::Role;
    super::Alarm;
    super::Workflow;
    super::Userpool;
    super::Key;
    super::Vpc;
    super::Dashboard;
    super::Secret;
    super::External;
}

/// Sets the place of a text that has none.
fn place(text: &mut impl Placed, span: Span) {
    text.place(span);
}

trait Placed {
    fn place(&mut self, span: Span);
}

impl Placed for Spanned<String> {
    fn place(&mut self, span: Span) {
        self.span.get_or_insert(span);
    }
}

impl Placed for Option<Spanned<String>> {
    fn place(&mut self, span: Span) {
        if let Some(text) = self {
            text.span.get_or_insert(span);
        }
    }
}

/// Reports sections that the language does not have.
fn check_sections(entries: &[Entry], diagnostics: &mut Diagnostics) {
    diagnostics_of_sections(entries, "").for_each(|d| diagnostics.push(d));
}

/// The findings about sections, of the file or of the stage at `base`, that the language does not have.
pub fn diagnostics_of_sections(entries: &[Entry], base: &str) -> impl Iterator<Item = Diagnostic> {
    let known = || SECTIONS.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied());
    entries.iter().filter_map(move |entry| {
        let key = entry.key.trim_end_matches('+');
        if known().chain(unsupported::SECTIONS.iter().copied()).any(|k| k == key) {
            return None;
        }
        let finding = Diagnostic::error(codes::UNKNOWN_SECTION, format!("app.yaml has no section `{key}`"))
            .at(entry.key_span, "not a section");
        let help = match nearest(key, known().chain(unsupported::SECTIONS.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the sections are {}", known().collect::<Vec<_>>().join(", ")),
        };
        let path = if base.is_empty() { key.to_owned() } else { format!("{base}.{key}") };
        Some(finding.help(help).path(path))
    })
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
