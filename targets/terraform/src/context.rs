//! What is known of the whole application while parts of it are written.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, LogicalId, Span};
use samc_ir::{Expr, Resource, ValidGraph};
use samc_target::Options;

use crate::facts::Facts;
use crate::hcl::{Block, Value};
use crate::mapping::Mapping;
use crate::names::Names;
use crate::reason::Reason;

/// What a parameter is in Terraform.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: String,
    /// What a reference to it is.
    pub(crate) code: String,
    /// How its values look.
    pub(crate) shape: Shape,
    /// True where its value is a secret.
    pub(crate) is_secret: bool,
}

/// How values look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A list of texts.
    List,
}

/// How a resource is said.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// By a resource of the provider.
    Native(&'static Mapping),
    /// As part of another one, which the code of its kind knows.
    Merged,
    /// Through the Cloud Control API.
    CloudControl,
    /// In a stack of its own.
    Stack,
    /// As a module: a stack whose template is compiled with this one.
    Module,
}

/// What becomes of a resource.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// How it is said.
    pub(crate) how: How,
    /// `aws_sqs_queue.jobs`.
    pub(crate) address: String,
    /// Its name in Terraform.
    pub(crate) label: String,
    /// The name of the local value that says whether it is there.
    pub(crate) condition: Option<String>,
    /// Why it is not said in the provider's own words, where it is not.
    pub(crate) reason: Option<Reason>,
}

/// The state of one run.
pub(crate) struct Context<'g> {
    /// The application.
    pub(crate) graph: &'g ValidGraph,
    /// What the caller said.
    pub(crate) options: &'g Options,
    /// Parameters by name.
    pub(crate) variables: FxHashMap<&'g str, Variable>,
    /// The local value of each condition.
    pub(crate) conditions: FxHashMap<&'g str, String>,
    /// Conditions that hold secrets.
    pub(crate) secret_conditions: Vec<&'g str>,
    /// The local value of each mapping.
    pub(crate) mappings: FxHashMap<&'g str, String>,
    /// What becomes of each resource.
    pub(crate) plans: FxHashMap<&'g str, Plan>,
    /// The attributes asked of each resource; none for one that is computed.
    pub(crate) asked: FxHashMap<&'g str, Vec<Option<&'g str>>>,
    /// What is looked up, by address.
    pub(crate) data: RefCell<IndexMap<String, Block, FxBuildHasher>>,
    /// The addresses of what is looked up under names that follow from it, by what it is.
    pub(crate) known_lookups: RefCell<FxHashMap<String, String>>,
    /// What goes with each role, once it was asked for.
    pub(crate) role_policies: RefCell<FxHashMap<&'g str, Vec<String>>>,
    /// Names of what is looked up.
    pub(crate) data_names: RefCell<Names>,
    /// Findings.
    pub(crate) found: RefCell<Vec<Diagnostic>>,
    /// Conditions that hold where the writer is.
    pub(crate) guards: RefCell<Vec<String>>,
    /// The resource that is written.
    pub(crate) current: RefCell<Option<&'g LogicalId>>,
    /// Labels of the main resources.
    pub(crate) labels: FxHashSet<String>,
    /// Labels given to resources that go with others: by kind, owner and what they are for.
    pub(crate) satellites: RefCell<FxHashMap<(String, String, String), String>>,
    /// The same, as `kind.label`.
    pub(crate) satellite_names: RefCell<FxHashSet<String>>,
    /// Facts looked up so far.
    pub(crate) facts: RefCell<FxHashMap<String, Option<Rc<Facts>>>>,
    /// Functions and state machines with versions.
    pub(crate) owners: FxHashSet<&'g str>,
    /// The schema of each GraphQL API, where it is a resource apart.
    pub(crate) schemas: FxHashMap<&'g str, &'g str>,
    /// Whether code is put into a bucket of the user's.
    pub(crate) uploads: Cell<bool>,
    /// Attributes, by resource, that are lists: something picks from them or joins them.
    pub(crate) listed: FxHashSet<(&'g str, &'g str)>,
    /// The variable of each name that nothing has.
    pub(crate) asked_names: RefCell<IndexMap<String, String, FxBuildHasher>>,
    /// Whether something is used that only newer versions of Terraform and the provider have.
    pub(crate) writes_only: Cell<bool>,
    /// Why the resource that is written has no native form.
    pub(crate) lack: RefCell<Option<Reason>>,
    /// Archives of code that stands in the template.
    pub(crate) files: RefCell<IndexMap<String, Vec<u8>, FxBuildHasher>>,
}

impl<'g> Context<'g> {
    /// Forgets what was written and found, so that all can be written again.
    pub(crate) fn begin(&self) {
        self.asked_names.borrow_mut().clear();
        self.writes_only.set(false);
        self.uploads.set(false);
        self.data.borrow_mut().clear();
        self.known_lookups.borrow_mut().clear();
        self.role_policies.borrow_mut().clear();
        *self.data_names.borrow_mut() = Names::default();
        self.found.borrow_mut().clear();
        self.files.borrow_mut().clear();
        self.satellites.borrow_mut().clear();
        self.satellite_names.borrow_mut().clear();
    }

    /// A finding about the resource that is written.
    pub(crate) fn say(&self, finding: Diagnostic) {
        let found = match *self.current.borrow() {
            Some(id) => {
                let source = self.graph.resources.get(id).and_then(|r| r.origin.source.as_ref());
                finding.resource(source.unwrap_or(id).as_str())
            }
            None => finding,
        };
        self.found.borrow_mut().push(found);
    }

    /// An error at a value: Terraform has no word for it.
    pub(crate) fn cannot(&self, code: Code, message: String, expr: &Expr, help: &str) -> Value {
        self.say(Diagnostic::error(code, message).at(self.place(expr.span), "here").help(help));
        Value::Null
    }

    /// The narrowest place known.
    pub(crate) fn place(&self, span: Option<Span>) -> Option<Span> {
        span.or_else(|| {
            let id = (*self.current.borrow())?;
            let origin = &self.graph.resources.get(id)?.origin;
            origin.key_span.or(origin.span)
        })
    }

    /// A resource by its logical id.
    pub(crate) fn resource(&self, id: &str) -> Option<&'g Resource> {
        self.graph.resources.get(id)
    }

    /// Whether an expression is a variable that holds a number.
    pub(crate) fn is_number(&self, code: &str) -> bool {
        let is_it = |variable: &Variable| variable.code == code && variable.shape == Shape::Number;
        code.starts_with("var.") && self.variables.values().any(is_it)
    }

    /// Adds a lookup and gives its address.
    pub(crate) fn lookup(&self, kind: &str, name: &str, arguments: Vec<(&str, Value)>) -> String {
        let address = format!("data.{kind}.{name}");
        self.data.borrow_mut().entry(address.clone()).or_insert_with(|| {
            let mut block = Block::new("data", &[kind, name]);
            for (name, value) in arguments {
                block.set(name, value);
            }
            block
        });
        address
    }

    /// Adds a lookup whose name follows from what is looked up, once for each value.
    pub(crate) fn named_lookup(
        &self,
        kind: &str,
        wish: &str,
        argument: (&str, Value),
        rest: Vec<(&str, Value)>,
    ) -> String {
        let arguments = std::iter::once(&argument).chain(&rest);
        let said: Vec<String> =
            arguments.map(|(name, value)| format!("{name} = {}", crate::hcl::line(value))).collect();
        let key = format!("{kind} {}", said.join(" "));
        if let Some(address) = self.known_lookups.borrow().get(&key) {
            return address.clone();
        }
        let name = self.data_names.borrow_mut().take(wish);
        let mut all = vec![argument];
        all.extend(rest);
        let address = self.lookup(kind, &name, all);
        self.known_lookups.borrow_mut().insert(key, address.clone());
        address
    }

    /// The name of a thing in AWS that the template leaves to CloudFormation.
    pub(crate) fn physical_name(&self, id: &str, limit: usize) -> Value {
        let id = crate::names::shortened(id, self.stack_name().len() + 1, limit);
        Value::template(vec![
            crate::hcl::Part::Value(Value::code("var.stack_name")),
            crate::hcl::Part::Lit(format!("-{id}")),
        ])
    }

    /// What the stack would be called.
    pub(crate) fn stack_name(&self) -> String {
        if let Some(stack) = &self.options.terraform.import {
            return stack.name.clone();
        }
        let about = &self.options.about;
        let name = match &about.stage {
            Some(stage) => format!("{}-{stage}", about.name),
            None => about.name.clone(),
        };
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let plain = plain.trim_matches('-');
        if plain.is_empty() { "app".to_owned() } else { plain.chars().take(40).collect() }
    }

    /// An attribute of a planned resource, `Code` where nothing else is around it.
    pub(crate) fn attribute(&self, plan: &Plan, attribute: &str) -> String {
        self.indexed(plan, &plan.address, attribute)
    }

    /// An attribute of a resource at an address that is there under the same condition as a plan.
    pub(crate) fn indexed(&self, plan: &Plan, address: &str, attribute: &str) -> String {
        match &plan.condition {
            None => format!("{address}.{attribute}"),
            Some(condition) if self.guards.borrow().contains(condition) => {
                format!("{address}[0].{attribute}")
            }
            Some(_) => format!("one({address}[*].{attribute})"),
        }
    }
}
