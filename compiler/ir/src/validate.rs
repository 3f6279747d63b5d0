//! Structural soundness: what every back end may take for granted.
//!
//! Only what CloudFormation could never accept is refused here. Whether names exist and properties
//! fit their types is the affair of lint rules, which can be left out.

use std::ops::Deref;

use samc_base::{Diagnostic, Diagnostics, LogicalId, Span, codes};

use crate::expr::{Expr, Function, Kind};
use crate::graph::{Resource, ResourceGraph};

/// A graph that [`validate`] has looked at. Where no errors came of it: logical ids are letters and
/// digits, properties and sections are maps, and calls of intrinsic functions have arguments that
/// their typed views (such as [`Expr::as_if`]) can read, unless a macro is to rewrite them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValidGraph(ResourceGraph);

impl Deref for ValidGraph {
    type Target = ResourceGraph;

    fn deref(&self) -> &ResourceGraph {
        &self.0
    }
}

impl ValidGraph {
    /// The graph, to be changed and validated again.
    pub fn into_graph(self) -> ResourceGraph {
        self.0
    }
}

/// Checks a graph. It is given back in any case; after errors nothing may be emitted from it.
pub fn validate(graph: ResourceGraph, diagnostics: &mut Diagnostics) -> ValidGraph {
    let mut check =
        Check { diagnostics, macros: graph.has_macros(), id: None, path: String::new(), near: None };
    for (id, resource) in &graph.resources {
        check.resource(id, resource);
    }
    check.id = None;
    for (name, section) in graph.sections.iter() {
        check.section(name, section, graph.sections.key_span(name));
    }
    ValidGraph(graph)
}

impl ResourceGraph {
    /// True where a macro is applied to the whole template, which may rewrite anything in it. SAM's
    /// transform, once expanded, and the extensions of the language are not of this kind.
    pub fn has_macros(&self) -> bool {
        const HARMLESS: [&str; 4] = [
            "AWS::Serverless-2016-10-31",
            "AWS::LanguageExtensions",
            "AWS::CodeDeployBlueGreen",
            "AWS::SecretsManager-2020-07-23",
        ];
        let harmless = |t: &Expr| t.is_null() || t.as_str().is_some_and(|name| HARMLESS.contains(&name));
        let transforms = self.sections.get("Transform");
        let named = transforms.is_some_and(|t| match t.as_list() {
            Some(names) => !names.iter().all(harmless),
            None => !harmless(t),
        });
        named || self.sections.contains_key("Fn::Transform")
    }
}

struct Check<'d, 'g> {
    diagnostics: &'d mut Diagnostics,
    macros: bool,
    /// The resource that is looked at.
    id: Option<(&'g LogicalId, &'g Resource)>,
    path: String,
    /// The closest place known.
    near: Option<Span>,
}

impl<'g> Check<'_, 'g> {
    fn resource(&mut self, id: &'g LogicalId, resource: &'g Resource) {
        self.id = Some((id, resource));
        self.path = format!("Resources.{id}");
        self.near = resource.origin.key_span.or(resource.origin.span);
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message =
                format!("`{id}` is not a name for a resource: only letters and digits may be in it");
            let kept: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
            let help = if kept.is_empty() {
                "choose a name of letters and digits".to_owned()
            } else {
                format!("call it `{kept}`, for example")
            };
            self.push(Diagnostic::error(codes::LOGICAL_ID, message).at(self.near, "the name").help(help));
        }
        if resource.resource_type.is_empty() {
            let message = format!("`{id}` has no type");
            self.push(
                Diagnostic::error(codes::MALFORMED_RESOURCE, message)
                    .at(self.near, "needs `Type`")
                    .help("say what it is: `Type: AWS::…`"),
            );
        }
        match &resource.properties {
            None => {}
            Some(properties) => match &properties.kind {
                Kind::Map(_) | Kind::Call(Function::Transform, _) => self.expr(properties, "Properties"),
                _ if self.macros || properties.is_null() => {}
                _ => self.malformed(properties, "the properties", "a mapping", "Properties"),
            },
        }
        for (name, value) in resource.attributes.iter() {
            match &**name {
                "Condition" if value.as_str().is_none() && !self.macros => {
                    self.malformed(value, "the condition", "the name of a condition", "Condition");
                }
                "DependsOn" if !self.macros && !is_names(value) => {
                    let wanted = "the name of a resource, or a list of names";
                    self.malformed(value, "`DependsOn`", wanted, "DependsOn");
                }
                "Condition" | "DependsOn" => {}
                name => self.expr(value, name),
            }
        }
    }

    fn malformed(&mut self, value: &Expr, what: &str, wanted: &str, key: &str) {
        let owner = self.id.map_or("the template", |(id, _)| id);
        let message = format!("{what} of `{owner}` must be {wanted}, not {}", value.kind_name());
        let found = Diagnostic::error(codes::MALFORMED_RESOURCE, message)
            .at(value.span.or(self.near), value.kind_name())
            .help(format!("write {wanted}"));
        let path = std::mem::take(&mut self.path);
        self.path = format!("{path}.{key}");
        self.push(found);
        self.path = path;
    }

    fn section(&mut self, name: &str, section: &Expr, key: Option<Span>) {
        name.clone_into(&mut self.path);
        self.near = section.span.or(key);
        let is_section =
            matches!(name, "Parameters" | "Mappings" | "Conditions" | "Outputs" | "Rules" | "Metadata");
        let sound = section.as_map().is_some() || section.argument_of(&Function::Transform).is_some();
        if is_section && !sound && !self.macros {
            let message = format!("`{name}` must be a mapping, not {}", section.kind_name());
            let found = Diagnostic::error(codes::MALFORMED_SECTION, message)
                .at(self.near, section.kind_name())
                .help(format!("write each member of `{name}` as a key with a value, or remove the section"));
            self.push(found);
            return;
        }
        if !matches!(name, "Conditions" | "Outputs") {
            return;
        }
        for (key, value) in section.as_map().into_iter().flat_map(crate::Map::iter) {
            if name == "Outputs" && !key.starts_with("Fn::") && !self.macros && !has_value(value) {
                let message = format!("the output `{key}` has no `Value`");
                let found = Diagnostic::error(codes::MALFORMED_SECTION, message)
                    .at(value.span.or(self.near), "needs `Value`")
                    .help("say what the output shows: `Value: …`");
                self.push(found);
            }
            self.expr(value, key);
        }
    }

    /// Checks the calls inside a value.
    fn expr(&mut self, expr: &Expr, key: &str) {
        if self.macros {
            return;
        }
        let length = self.path.len();
        self.path.push('.');
        self.path.push_str(key);
        self.inside(expr, &mut Vec::new());
        self.path.truncate(length);
    }

    fn inside<'e>(&mut self, expr: &'e Expr, steps: &mut Vec<Step<'e>>) {
        match &expr.kind {
            Kind::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    steps.push(Step::Item(i));
                    self.inside(item, steps);
                    steps.pop();
                }
            }
            Kind::Map(map) => {
                for (key, value) in map.iter() {
                    // What a macro does with its argument is its own affair.
                    if key.as_ref() != "Fn::Transform" {
                        steps.push(Step::Key(key));
                        self.inside(value, steps);
                        steps.pop();
                    }
                }
            }
            Kind::Call(Function::Transform, _) => {}
            Kind::Call(function, argument) => {
                if let Some(wanted) = wrong_argument(function, argument) {
                    let owner = self.id.map_or("the template".to_owned(), |(id, _)| format!("`{id}`"));
                    let given = match argument.as_list() {
                        Some([_]) => "a list of one".to_owned(),
                        Some(items) => format!("a list of {}", items.len()),
                        None => argument.kind_name().to_owned(),
                    };
                    let message = format!("`{function}` in {owner} is given {given}");
                    let found = Diagnostic::error(codes::INTRINSIC_ARGUMENTS, message)
                        .at(argument.span.or(expr.span).or(self.near), "not an argument it takes")
                        .help(format!("`{function}` takes {wanted}"));
                    let length = self.path.len();
                    steps.iter().for_each(|step| step.write(&mut self.path));
                    self.push(found);
                    self.path.truncate(length);
                }
                self.inside(argument, steps);
            }
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {
            }
        }
    }

    fn push(&mut self, found: Diagnostic) {
        let found = found.path(self.path.clone());
        self.diagnostics.push(match self.id {
            Some((id, resource)) => found.resource(resource.origin.source.as_deref().unwrap_or(id)),
            None => found,
        });
    }
}

/// One step on the way to a value; written out only for a finding.
enum Step<'e> {
    Key(&'e str),
    Item(usize),
}

impl Step<'_> {
    fn write(&self, path: &mut String) {
        match self {
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Item(i) => path.push_str(&format!("[{i}]")),
        }
    }
}

fn is_names(value: &Expr) -> bool {
    let is_name = |e: &Expr| matches!(e.kind, Kind::String(_) | Kind::Int(_) | Kind::Call(..));
    value.as_list().map_or_else(|| is_name(value), |items| items.iter().all(is_name))
}

fn has_value(output: &Expr) -> bool {
    output.is_call()
        || output.as_map().is_some_and(|m| m.keys().any(|k| &**k == "Value" || k.starts_with("Fn::")))
}

/// What a function takes, where its argument is surely something else. Calls inside an argument are
/// taken: the extensions of the language allow them nearly everywhere.
fn wrong_argument(function: &Function, argument: &Expr) -> Option<&'static str> {
    let items = argument.as_list();
    let of = |counts: std::ops::RangeInclusive<usize>| items.is_some_and(|i| counts.contains(&i.len()));
    let call = argument.is_call();
    let plain = !matches!(argument.kind, Kind::Null | Kind::List(_) | Kind::Map(_));
    let (sound, wanted) = match function {
        Function::Ref => (plain, "the name of a resource or parameter"),
        Function::GetAtt => {
            let dotted = argument.as_str().is_some_and(|s| s.contains('.'));
            (
                dotted || call || of(2..=usize::MAX),
                "a resource and an attribute, as a list or as `Name.Attribute`",
            )
        }
        Function::Sub => {
            let pair = match items {
                Some([_, variables]) => variables.as_map().is_some() || variables.is_call(),
                Some([_]) => true,
                _ => false,
            };
            (plain || pair, "text, or a list of text and a mapping of variables")
        }
        Function::If => (of(3..=3) || call, "a list of a condition, a value if it holds and a value if not"),
        Function::Join => (of(2..=2) || call, "a list of a delimiter and a list of parts"),
        Function::Select => (of(2..=2) || call, "a list of a number and a list"),
        Function::Split => (of(2..=2) || call, "a list of a delimiter and a text"),
        Function::FindInMap => (of(3..=4) || call, "a list of a mapping's name and two keys"),
        Function::Equals => (of(2..=2) || call, "a list of two values"),
        Function::Not => (of(1..=1) || call, "a list of one condition"),
        Function::And | Function::Or => (of(1..=usize::MAX) || call, "a list of conditions"),
        Function::Condition
        | Function::ImportValue
        | Function::Base64
        | Function::GetAZs
        | Function::Cidr
        | Function::Transform
        | Function::Other(_) => return None,
    };
    (!sound).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Map, Origin};

    fn codes_of(graph: ResourceGraph) -> Vec<&'static str> {
        let mut diagnostics = Diagnostics::default();
        validate(graph, &mut diagnostics);
        diagnostics.finish().iter().map(|d| d.code().id()).collect()
    }

    fn graph(id: &str, properties: Map) -> ResourceGraph {
        let mut graph = ResourceGraph::default();
        graph.resources.insert(id.into(), Resource::new("AWS::SQS::Queue", properties, Origin::default()));
        graph
    }

    #[test]
    fn names_are_letters_and_digits() {
        assert_eq!(codes_of(graph("My-Queue", Map::new())), ["E501"]);
        assert!(codes_of(graph("MyQueue", Map::new())).is_empty());
    }

    #[test]
    fn calls_have_arguments_they_can_take() {
        let bad = Map::from([
            ("A", Expr::call(Function::If, vec![Expr::from("C"), Expr::from(1)])),
            ("B", Expr::reference(Expr::from([("Name", Expr::from("X"))]))),
        ]);
        assert_eq!(codes_of(graph("Q", bad.clone())), ["E503", "E503"]);
        let mut rewritten = graph("Q", bad);
        rewritten.sections.insert("Transform", "OurMacro");
        assert!(codes_of(rewritten).is_empty());
    }

    #[test]
    fn sections_and_attributes_have_their_shapes() {
        let mut graph = graph("Q", Map::new());
        graph.sections.insert("Outputs", Expr::from([("Url", Expr::from("x"))]));
        graph.sections.insert("Conditions", Expr::from(vec![]));
        if let Some(queue) = graph.resources.get_mut("Q") {
            queue.attributes.insert("DependsOn", Expr::from([("A", Expr::from(1))]));
        }
        assert_eq!(codes_of(graph), ["E601", "E601", "E602"]);
    }
}
