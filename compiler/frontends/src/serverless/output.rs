//! What becomes of a service while it is lowered: resources, outputs, and what its role may do.

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::{Expr, LeftOut, Map, Origin, Resource, ResourceGraph};

use crate::Files;

/// The result so far.
pub(super) struct Output<'a> {
    /// Files beside the service.
    pub(super) files: &'a dyn Files,
    /// Where findings go; use [`Output::error`] and [`Output::warn`].
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The resources.
    pub(super) graph: ResourceGraph,
    /// `Outputs`.
    pub(super) outputs: Map,
    /// What the role of the service may do beside writing logs, in the order it is found out.
    pub(super) statements: Vec<Expr>,
    /// Services beside Lambda that may take on that role.
    pub(super) trusted: Vec<&'static str>,
    /// Managed policies of that role.
    pub(super) managed_policies: Vec<Expr>,
}

impl<'a> Output<'a> {
    /// Nothing yet.
    pub(super) fn new(files: &'a dyn Files, diagnostics: &'a mut Diagnostics) -> Self {
        Output {
            files,
            diagnostics,
            graph: ResourceGraph::default(),
            outputs: Map::new(),
            statements: Vec::new(),
            trusted: Vec::new(),
            managed_policies: Vec::new(),
        }
    }

    /// Adds a resource, or puts it in the place of the one of that id, and gives it to be completed.
    pub(super) fn add(
        &mut self,
        id: impl Into<String>,
        resource_type: &str,
        properties: impl Into<Map>,
        origin: &Origin,
    ) -> &mut Resource {
        let id = LogicalId::new(id.into());
        let resource = Resource::new(resource_type, properties.into(), origin.clone());
        let entry = self.graph.resources.entry(id);
        match entry {
            indexmap::map::Entry::Occupied(mut there) => {
                there.insert(resource);
                there.into_mut()
            }
            indexmap::map::Entry::Vacant(free) => free.insert(resource),
        }
    }

    /// The properties of a resource that was added, to be changed.
    pub(super) fn properties(&mut self, id: &str) -> Option<&mut Map> {
        self.graph.resources.get_mut(id)?.properties_mut()
    }

    /// True where a resource of that id was added.
    pub(super) fn has(&self, id: &str) -> bool {
        self.graph.resources.contains_key(id)
    }

    /// Adds an output; `deploy` of the framework reads some of them.
    pub(super) fn output(&mut self, id: impl Into<String>, description: &str, value: impl Into<Expr>) {
        let id: String = id.into();
        let mut output = Map::new();
        if !description.is_empty() {
            output.insert("Description", description);
        }
        output.insert("Value", value);
        self.outputs.insert(id, output);
    }

    /// Lets the role of the service do something.
    pub(super) fn allow(&mut self, actions: &[&str], resources: impl Into<Expr>) {
        self.statements.push(statement(actions, resources.into()));
    }

    /// The same, unless exactly that is allowed already.
    pub(super) fn allow_once(&mut self, actions: &[&str], resources: impl Into<Expr>) {
        self.state_once(statement(actions, resources.into()));
    }

    /// The same for one action, which is written as text and not as a list.
    pub(super) fn allow_once_as_text(&mut self, action: &str, resource: Expr) {
        self.state_once(Expr::from([
            ("Effect", "Allow".into()),
            ("Action", action.into()),
            ("Resource", resource),
        ]));
    }

    fn state_once(&mut self, statement: Expr) {
        if !self.statements.contains(&statement) {
            self.statements.push(statement);
        }
    }

    /// The digest of the code at a path, less what is left out; the path where nothing lies there.
    pub(super) fn fingerprint(&self, path: &str, left_out: &LeftOut) -> String {
        self.files.fingerprint(path, left_out).unwrap_or_else(|| path.to_owned())
    }

    /// Collects an error about a construct; `at` is the value at fault.
    pub(super) fn error(
        &mut self,
        code: Code,
        origin: &Origin,
        message: impl Into<String>,
        at: Option<Span>,
        label: &str,
        help: &str,
    ) {
        self.push(Diagnostic::error(code, message), origin, at, label, help);
    }

    /// Collects a note about something that may well be as it should.
    pub(super) fn note(
        &mut self,
        code: Code,
        origin: &Origin,
        message: String,
        at: Option<Span>,
        label: &str,
        help: &str,
    ) {
        let mut finding = Diagnostic::warning(code, message);
        finding.severity = Severity::Info;
        self.push(finding, origin, at, label, help);
    }

    /// Collects a finding that does not stop the build.
    pub(super) fn warn(
        &mut self,
        code: Code,
        origin: &Origin,
        message: impl Into<String>,
        at: Option<Span>,
        label: &str,
        help: &str,
    ) {
        self.push(Diagnostic::warning(code, message), origin, at, label, help);
    }

    fn push(&mut self, finding: Diagnostic, origin: &Origin, at: Option<Span>, label: &str, help: &str) {
        let mut finding = finding.at(at.or(origin.key_span), label).help(help).path(origin.path.clone());
        finding.resource = origin.source.as_ref().map(ToString::to_string);
        self.diagnostics.push(finding);
    }
}

/// A statement of a policy that allows actions on resources.
pub(super) fn statement(actions: &[&str], resources: Expr) -> Expr {
    let actions: Vec<Expr> = actions.iter().map(|action| Expr::from(*action)).collect();
    Expr::from([("Effect", Expr::from("Allow")), ("Action", actions.into()), ("Resource", resources)])
}
