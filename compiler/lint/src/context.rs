//! What every rule looks at: the graph, the schemas of its resources, and the findings of the walk
//! over both, each made once.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, ResourceType, Severity, Span};
use samc_data::resource_schemas::{self, Schema};
use samc_ir::{Application, Expr, Origin, Resource, ResourceGraph};

use crate::policy::{self, Document, Statement};
use crate::rights::{self, ByRole};
use crate::schema::{self, Violation};
use crate::{Options, Profile, Waiver};

/// The schemas of the types in a graph, each decoded once.
pub(crate) struct SchemaTable(FxHashMap<ResourceType, Option<Schema>>);

impl SchemaTable {
    pub(crate) fn new(graph: &ResourceGraph) -> SchemaTable {
        let mut schemas = FxHashMap::default();
        for resource in graph.resources.values() {
            let name = &resource.resource_type;
            if !schemas.contains_key(name) {
                schemas.insert(name.clone(), resource_schemas::schema(schema_name(name)));
            }
        }
        SchemaTable(schemas)
    }

    /// The schema of a type, if it is known.
    pub(crate) fn get(&self, resource_type: &ResourceType) -> Option<&Schema> {
        self.0.get(resource_type)?.as_ref()
    }
}

/// A resource with its logical id.
type Entry<'g> = (&'g LogicalId, &'g Resource);

/// One run over one graph.
pub(crate) struct Context<'g> {
    pub(crate) graph: &'g ResourceGraph,
    /// The day for rules about dates, as `YYYY-MM-DD`; empty where none is given.
    pub(crate) as_of: &'g str,
    options: &'g Options,
    texts: &'g policy::Texts,
    schemas: SchemaTable,
    violations: OnceCell<Vec<Violation<'g>>>,
    application: OnceCell<Application>,
    dead_letter_queues: OnceCell<FxHashSet<&'g str>>,
    documents: OnceCell<Vec<Document<'g>>>,
    statements: OnceCell<Vec<Statement<'g>>>,
    by_role: OnceCell<ByRole<'g>>,
    by_type: OnceCell<FxHashMap<&'g str, Vec<Entry<'g>>>>,
    /// True where something may add names that the graph does not show: macros and loops.
    pub(crate) open: bool,
    /// Resources that could not be expanded, or not wholly, for reasons already reported. What would have been made
    /// for them has names that begin with theirs.
    unexpanded: Vec<&'g str>,
}

impl<'g> Context<'g> {
    pub(crate) fn new(
        graph: &'g ResourceGraph,
        texts: &'g policy::Texts,
        options: &'g Options,
        told: &Diagnostics,
    ) -> Context<'g> {
        let open = graph.has_macros() || !graph.loops.is_empty();
        let at_fault: FxHashSet<&str> = told
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .filter_map(|d| d.resource.as_deref())
            .collect();
        let unexpanded = graph
            .resources
            .iter()
            .filter(|(id, r)| {
                r.resource_type.starts_with("AWS::Serverless::") || at_fault.contains(id.as_str())
            })
            .map(|(id, _)| id.as_str())
            .collect();
        Context {
            graph,
            as_of: &options.as_of,
            options,
            texts,
            schemas: SchemaTable::new(graph),
            violations: OnceCell::new(),
            application: OnceCell::new(),
            dead_letter_queues: OnceCell::new(),
            documents: OnceCell::new(),
            statements: OnceCell::new(),
            by_role: OnceCell::new(),
            by_type: OnceCell::new(),
            open,
            unexpanded,
        }
    }

    /// The resources of a type, with their logical ids.
    pub(crate) fn of_type(&self, name: &str) -> impl Iterator<Item = (&'g LogicalId, &'g Resource)> {
        let by_type = self.by_type.get_or_init(|| {
            let mut by_type: FxHashMap<&'g str, Vec<Entry<'g>>> = FxHashMap::default();
            for (id, resource) in &self.graph.resources {
                by_type.entry(resource.resource_type.as_str()).or_default().push((id, resource));
            }
            by_type
        });
        by_type.get(name).map_or(&[][..], Vec::as_slice).iter().copied()
    }

    /// Every function, also those that could not be expanded for reasons already reported: what is written
    /// of them is as wrong or right as before.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (&'g LogicalId, &'g Resource)> {
        const TYPES: [&str; 2] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];
        self.graph.resources.iter().filter(|(_, r)| TYPES.iter().any(|name| r.resource_type == **name))
    }

    /// What a function has under a key, its own or, where it could not be expanded, that of all functions.
    pub(crate) fn of_function(&self, function: &'g Resource, key: &str) -> Option<&'g Expr> {
        let shared = || self.graph.section("Globals")?.get("Function")?.as_map()?.get(key);
        let unexpanded = function.resource_type == *"AWS::Serverless::Function";
        function.property(key).or_else(|| shared().filter(|_| unexpanded))
    }

    /// True where a resource of this name may exist although the graph does not show it.
    pub(crate) fn may_exist(&self, name: &str) -> bool {
        // What functions share, such as an implicit API, has names that begin with `Serverless`.
        let shared = !self.unexpanded.is_empty() && name.starts_with("Serverless");
        self.open || shared || self.unexpanded.iter().any(|id| name.starts_with(id))
    }

    /// The schema of a resource's type, if it is known.
    pub(crate) fn schema(&self, resource: &Resource) -> Option<&Schema> {
        self.schemas.get(&resource.resource_type)
    }

    /// The application that the graph describes.
    pub(crate) fn application(&self) -> &Application {
        self.application.get_or_init(|| samc_ir::analyze(self.graph))
    }

    /// True where something of the template puts into this queue what it could not deliver or handle.
    pub(crate) fn is_dead_letter_queue(&self, id: &str) -> bool {
        self.dead_letter_queues.get_or_init(|| dead_letter_queues(self.graph)).contains(id)
    }

    /// The policy documents of the graph.
    pub(crate) fn documents(&self) -> &[Document<'g>] {
        self.documents.get_or_init(|| policy::documents(self.graph, self.texts))
    }

    /// The statements of all policies of the graph.
    pub(crate) fn statements(&self) -> &[Statement<'g>] {
        self.statements.get_or_init(|| policy::statements(self.graph, self.documents()))
    }

    /// Which of the statements each role has.
    pub(crate) fn by_role(&self) -> &ByRole<'g> {
        self.by_role.get_or_init(|| rights::by_role(self))
    }

    /// What is allowed elsewhere than in the metadata of the template.
    pub(crate) fn waivers(&self) -> &'g [Waiver] {
        &self.options.waivers
    }

    /// True where the stricter part of a rule is wanted: the rule is selected by its code, or one of
    /// these profiles is taken on.
    pub(crate) fn wants_more(&self, code: Code, profiles: &[Profile]) -> bool {
        let options = self.options;
        options.on.iter().any(|on| on == code.id()) || profiles.iter().any(|p| options.profiles.contains(p))
    }

    /// True where a profile was taken on for the whole application.
    pub(crate) fn has_profile(&self, profile: Profile) -> bool {
        self.options.profiles.contains(&profile)
    }

    /// Where properties do not keep to the schemas.
    pub(crate) fn violations(&self) -> &[Violation<'g>] {
        self.violations.get_or_init(|| schema::check(self))
    }
}

/// The resources that are named where failed messages and events go.
fn dead_letter_queues(graph: &ResourceGraph) -> FxHashSet<&str> {
    const PLACES: [&str; 5] =
        ["RedrivePolicy", "DeadLetterConfig", "OnFailure", "DeadLetterArn", "RedriveAllowPolicy"];
    let mut found = FxHashSet::default();
    for resource in graph.resources.values() {
        let Some(properties) = &resource.properties else { continue };
        properties.walk(&mut |value| {
            for (key, inner) in value.as_map().into_iter().flat_map(samc_ir::Map::iter) {
                if PLACES.contains(&&**key) {
                    inner.walk(&mut |e| found.extend(e.as_get_att().map(|(id, _)| id).or(e.as_ref_to())));
                }
            }
        });
    }
    found
}

/// Custom resources of any name share one schema.
fn schema_name(resource_type: &str) -> &str {
    if resource_type.starts_with("Custom::") { "AWS::CloudFormation::CustomResource" } else { resource_type }
}

/// Names the resource in the words of the source, for findings.
pub(crate) fn about(diagnostic: Diagnostic, id: &str, origin: &Origin, path: String) -> Diagnostic {
    let source = origin.source.as_deref().unwrap_or(id);
    let mut diagnostic = diagnostic.resource(source).path(path);
    if let (Some(primary), Some(own)) = (diagnostic.span(), origin.span)
        && !own.contains(primary)
    {
        diagnostic = diagnostic.label(origin.key_span, format!("used by `{source}`"));
    }
    diagnostic
}

/// The first place there is.
pub(crate) fn first(spans: [Option<Span>; 3]) -> Option<Span> {
    spans.into_iter().flatten().next()
}

/// How a message names a resource: its own id, and where it is made, the construct that made it.
pub(crate) fn named(id: &str, origin: &Origin) -> String {
    match origin.source.as_deref() {
        Some(source) if source != id => format!("`{id}` (made for `{source}`)"),
        _ => format!("`{id}`"),
    }
}

/// A type with its article: "an AWS::SQS::Queue".
pub(crate) fn a(resource_type: &str) -> String {
    let article = if resource_type.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    format!("{article} {resource_type}")
}
