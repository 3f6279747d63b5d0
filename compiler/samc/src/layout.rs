//! `layout` of app.yaml: one application as several stacks. The stack that is deployed nests the others, hands
//! them what they need as parameters, and reads what it needs from their outputs.

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::references;
use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind, Map, Origin, Resource, ResourceGraph};

/// Types that hold what must outlive a mistake, for `stateful-apart`.
const STATEFUL: [&str; 6] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::Cognito::UserPoolClient",
];

/// The stack that holds them.
const STATE: &str = "state";

/// How an application is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// What holds data apart from what works on it.
    StatefulApart,
    /// One stack for each of these modules.
    PerModule(Vec<String>),
}

impl Layout {
    /// The stack that a resource belongs to; none for the one that nests the others.
    fn stack_of<'a>(&'a self, resource: &Resource) -> Option<&'a str> {
        match self {
            Layout::StatefulApart => STATEFUL.contains(&resource.resource_type.as_str()).then_some(STATE),
            Layout::PerModule(modules) => {
                let source = resource.origin.source.as_ref()?.as_str();
                let is_own =
                    |m: &&String| source.strip_prefix(m.as_str()).is_some_and(|r| r.starts_with('-'));
                modules.iter().find(is_own).map(String::as_str)
            }
        }
    }
}

/// An application in parts.
#[derive(Debug)]
pub(crate) struct Split {
    /// The stack that nests the others.
    pub(crate) root: ResourceGraph,
    /// The others, by name.
    pub(crate) children: Vec<(String, ResourceGraph)>,
}

/// A value of one stack that another needs: a resource and an attribute of it, or a parameter.
type Needed = (String, Option<String>);

/// Takes an application apart. `document` is the ending of the children's documents, such as `yaml`.
///
/// Fails where two stacks would wait for each other, with a finding that names what makes them wait.
pub(crate) fn split(graph: &ResourceGraph, layout: &Layout, document: &str) -> Result<Split, Diagnostic> {
    let mut split = Splitting::default();
    for (id, resource) in &graph.resources {
        if let Some(stack) = layout.stack_of(resource) {
            split.stacks.insert(id.to_string(), stack.to_owned());
            split.parts.entry(stack.to_owned()).or_default();
        } else {
            split.root_ids.insert(id.to_string());
        }
    }
    let mut root = graph.clone();
    root.resources.clear();
    for (id, resource) in &graph.resources {
        let own = split.stacks.get(id.as_str()).cloned();
        let mut resource = resource.clone();
        split.rewrite(own.as_deref(), id, &mut resource);
        match own.and_then(|own| split.parts.get_mut(&own)) {
            Some(part) => {
                part.graph.resources.insert(id.clone(), resource);
            }
            None => {
                root.resources.insert(id.clone(), resource);
            }
        }
    }
    // Outputs of the application stay with the stack that is deployed.
    let origin = LogicalId::new("Outputs");
    if let Some(outputs) = root.sections.get_mut("Outputs") {
        outputs.walk_mut(&mut |e| split.value(None, &origin, e));
    }
    if let Some(finding) = split.cycle(graph) {
        return Err(finding);
    }
    let names: Vec<String> = split.parts.keys().cloned().collect();
    let mut children = Vec::new();
    for name in names {
        let (child, stack) = split.child(graph, &name, document);
        root.resources.insert(LogicalId::new(stack_id(&name)), stack);
        children.push((name, child));
    }
    Ok(Split { root, children })
}

/// One stack on its way.
#[derive(Debug, Default)]
struct Part {
    graph: ResourceGraph,
    /// Values of others that it gets as parameters, by parameter.
    takes: IndexMap<String, Needed>,
    /// Values of its own that others need, by output.
    gives: IndexMap<String, Needed>,
    /// Resources and stacks that it waits for without needing a value.
    waits: Vec<String>,
}

/// A reason to wait: who needs what of whom.
struct Edge {
    from: String,
    to: String,
    by: LogicalId,
    needs: String,
}

#[derive(Default)]
struct Splitting {
    /// The stack of each resource that is not in the root.
    stacks: FxHashMap<String, String>,
    /// The resources of the root.
    root_ids: FxHashSet<String>,
    parts: IndexMap<String, Part>,
    edges: Vec<Edge>,
}

/// The logical id of a nested stack.
fn stack_id(name: &str) -> String {
    let camel: String = name
        .split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<Vec<_>>()
        })
        .collect();
    format!("{camel}Stack")
}

/// The name of a parameter or output that carries a value.
fn carried(needed: &Needed) -> String {
    let (id, attribute) = needed;
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    match attribute {
        Some(attribute) => format!("{id}{}", plain(attribute)),
        None if id == "AWS::StackName" => "ApplicationStackName".to_owned(),
        None => plain(id),
    }
}

impl Splitting {
    /// Notes that `own` needs a value of another stack, and gives what stands for it there.
    fn need(&mut self, own: Option<&str>, by: &LogicalId, needed: Needed) -> Option<Expr> {
        let owner = self.stacks.get(&needed.0).cloned();
        let node = |stack: Option<&str>, id: &str| stack.map_or_else(|| id.to_owned(), stack_id);
        let (from, to) = (node(own, by.as_str()), node(owner.as_deref(), &needed.0));
        if from != to {
            self.edges.push(Edge { from, to, by: by.clone(), needs: needed.0.clone() });
        }
        if owner.as_deref() == own {
            return None;
        }
        let name = carried(&needed);
        if let Some(part) = owner.as_deref().and_then(|owner| self.parts.get_mut(owner)) {
            part.gives.insert(name.clone(), needed.clone());
        }
        match own {
            Some(own) => {
                if let Some(part) = self.parts.get_mut(own) {
                    part.takes.insert(name.clone(), needed);
                }
                Some(Expr::reference(name))
            }
            None => Some(Expr::get_att(stack_id(owner.as_deref()?), format!("Outputs.{name}"))),
        }
    }

    fn rewrite(&mut self, own: Option<&str>, id: &LogicalId, resource: &mut Resource) {
        if let Some(waits) = resource.attributes.get("DependsOn").cloned() {
            let mut kept: Vec<Expr> = Vec::new();
            for wait in waits.as_list().unwrap_or(std::slice::from_ref(&waits)) {
                let Some(other) = wait.as_str() else { continue };
                let owner = self.stacks.get(other).cloned();
                if owner.as_deref() == own {
                    kept.push(wait.clone());
                    continue;
                }
                let node = owner.as_deref().map_or_else(|| other.to_owned(), stack_id);
                let from = own.map_or_else(|| id.to_string(), stack_id);
                self.edges.push(Edge { from, to: node.clone(), by: id.clone(), needs: other.to_owned() });
                match own.and_then(|own| self.parts.get_mut(own)) {
                    Some(part) if !part.waits.contains(&node) => part.waits.push(node),
                    Some(_) => {}
                    None => kept.push(node.into()),
                }
            }
            match kept.len() {
                0 => resource.attributes.remove("DependsOn"),
                1 => resource.attributes.insert("DependsOn", kept.remove(0)),
                _ => resource.attributes.insert("DependsOn", kept),
            };
        }
        for value in resource.attributes.values_mut() {
            value.walk_mut(&mut |e| self.value(own, id, e));
        }
        if let Some(properties) = &mut resource.properties {
            properties.walk_mut(&mut |e| self.value(own, id, e));
        }
    }

    /// Puts what stands for another stack's value in place of a reference to it.
    fn value(&mut self, own: Option<&str>, by: &LogicalId, value: &mut Expr) {
        let Kind::Call(function, _) = &value.kind else { return };
        let new = match function {
            Function::Ref => {
                let Some(id) = value.as_ref_to() else { return };
                self.reference(own, by, id.to_owned(), None)
            }
            Function::GetAtt => {
                let Some((id, attribute)) = value.as_get_att() else { return };
                self.reference(own, by, id.to_owned(), Some(attribute.to_owned()))
            }
            Function::Sub => self.template(own, by, value),
            _ => None,
        };
        if let Some(new) = new {
            value.kind = new.kind;
        }
    }

    fn reference(
        &mut self,
        own: Option<&str>,
        by: &LogicalId,
        id: String,
        attribute: Option<String>,
    ) -> Option<Expr> {
        // A nested stack has another name than the application.
        if id == "AWS::StackName" && attribute.is_none() {
            let part = self.parts.get_mut(own?)?;
            let needed = (id, None);
            let name = carried(&needed);
            part.takes.insert(name.clone(), needed);
            return Some(Expr::reference(name));
        }
        let is_pseudo = id.starts_with("AWS::");
        if is_pseudo || (attribute.is_none() && !self.is_resource(&id)) {
            return None;
        }
        self.need(own, by, (id, attribute))
    }

    /// Parameters keep their names in every stack; only resources are carried over.
    fn is_resource(&self, id: &str) -> bool {
        self.stacks.contains_key(id) || self.root_ids.contains(id)
    }

    fn template(&mut self, own: Option<&str>, by: &LogicalId, value: &Expr) -> Option<Expr> {
        let (text, variables) = value.as_sub()?;
        let (text, variables) = (text.to_owned(), variables.cloned());
        let mut out = String::new();
        for piece in pieces(&text) {
            match piece {
                Piece::Text(plain) => out.push_str(plain),
                Piece::Literal(name) => out.push_str(&format!("${{!{name}}}")),
                Piece::Name(name) => {
                    let is_own = variables.as_ref().is_some_and(|v| v.contains_key(name));
                    let (id, attribute) =
                        name.split_once('.').map_or((name, None), |(id, a)| (id, Some(a.to_owned())));
                    let new = if is_own { None } else { self.reference(own, by, id.to_owned(), attribute) };
                    match new.as_ref().map(|n| (n.as_ref_to(), n.as_get_att())) {
                        Some((Some(name), _)) => out.push_str(&format!("${{{name}}}")),
                        Some((_, Some((id, attribute)))) => out.push_str(&format!("${{{id}.{attribute}}}")),
                        _ => out.push_str(&format!("${{{name}}}")),
                    }
                }
            }
        }
        Some(match variables {
            Some(variables) => Expr::sub_with(out, variables),
            None => Expr::sub(out),
        })
    }

    /// A circle of stacks and resources that wait for each other.
    fn cycle(&self, graph: &ResourceGraph) -> Option<Diagnostic> {
        let mut next: FxHashMap<&str, Vec<&Edge>> = FxHashMap::default();
        for edge in &self.edges {
            next.entry(edge.from.as_str()).or_default().push(edge);
        }
        let mut done: FxHashSet<&str> = FxHashSet::default();
        for start in self.parts.keys().map(|name| stack_id(name)) {
            let start = self.edges.iter().map(|e| e.from.as_str()).find(|from| *from == start);
            let Some(start) = start else { continue };
            // The way so far, and for each stop the edges that are still to be tried.
            let mut way: Vec<(&str, usize, Option<&Edge>)> = vec![(start, 0, None)];
            while let Some((node, tried, _)) = way.last_mut() {
                let edge = next.get(node).and_then(|edges| edges.get(*tried)).copied();
                *tried += 1;
                let Some(edge) = edge else {
                    done.insert(node);
                    way.pop();
                    continue;
                };
                let to = edge.to.as_str();
                if let Some(from) = way.iter().position(|(node, _, _)| *node == to) {
                    let mut edges: Vec<&Edge> =
                        way.get(from + 1..).unwrap_or_default().iter().filter_map(|(_, _, e)| *e).collect();
                    edges.push(edge);
                    return Some(circle(graph, &edges));
                }
                if !done.contains(to) {
                    way.push((to, 0, Some(edge)));
                }
            }
        }
        None
    }

    /// A nested stack's graph, and the resource by which the root nests it.
    fn child(&self, graph: &ResourceGraph, name: &str, document: &str) -> (ResourceGraph, Resource) {
        let empty = Part::default();
        let part = self.parts.get(name).unwrap_or(&empty);
        let mut child = part.graph.clone();
        for section in ["AWSTemplateFormatVersion", "Mappings", "Conditions"] {
            if let Some(value) = graph.sections.get(section) {
                child.sections.insert(section, value.clone());
            }
        }
        let mut used: FxHashSet<&str> = FxHashSet::default();
        let resources = child.resources.values().flat_map(|r| r.attributes.values().chain(&r.properties));
        for value in resources.chain(child.sections.values()) {
            references::each(value, true, &mut |r| {
                used.insert(r.name);
            });
        }
        let (mut parameters, mut passed) = (Map::new(), Map::new());
        for (id, given) in graph.parameters().into_iter().flat_map(Map::iter) {
            if !used.contains(&**id) {
                continue;
            }
            let kind = given.as_map().and_then(|g| g.get("Type")?.as_str()).unwrap_or("String");
            let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
            let word = if is_list {
                "CommaDelimitedList"
            } else if kind == "Number" {
                kind
            } else {
                "String"
            };
            parameters.insert(id.clone(), Map::from([("Type", word)]));
            let value = Expr::reference(id);
            let joined = || Expr::call(Function::Join, vec![Expr::from(","), value.clone()]);
            passed.insert(id.clone(), if is_list { joined() } else { value });
        }
        for (parameter, needed) in &part.takes {
            parameters.insert(parameter.as_str(), Map::from([("Type", "String")]));
            let value = match self.stacks.get(&needed.0) {
                Some(owner) => Expr::get_att(stack_id(owner), format!("Outputs.{}", carried(needed))),
                None => value_of(needed),
            };
            passed.insert(parameter.as_str(), value);
        }
        if !parameters.is_empty() {
            child.sections.insert("Parameters", parameters);
        }
        let mut outputs = Map::new();
        for (output, needed) in &part.gives {
            let mut made = Map::from([("Value", value_of(needed))]);
            let owner = part.graph.resources.get(needed.0.as_str());
            if let Some(condition) = owner.and_then(|r| r.attributes.get("Condition")) {
                made.insert("Condition", condition.clone());
            }
            outputs.insert(output.as_str(), made);
        }
        if !outputs.is_empty() {
            child.sections.insert("Outputs", outputs);
        }
        let mut properties =
            Map::from([("TemplateURL", format!("{}/{name}.template.{document}", crate::nested::FOLDER))]);
        if !passed.is_empty() {
            properties.insert("Parameters", passed);
        }
        let origin = Origin { path: "layout".to_owned(), ..Origin::default() };
        let mut stack = Resource::new("AWS::CloudFormation::Stack", properties, origin);
        if !part.waits.is_empty() {
            let waits: Vec<Expr> = part.waits.iter().map(|w| Expr::from(w.as_str())).collect();
            stack.attributes.insert("DependsOn", waits);
        }
        (child, stack)
    }
}

/// Puts the address of a nested stack's document in place of its path.
pub(crate) fn point(root: &mut ResourceGraph, name: &str, url: Expr) {
    let stack = root.resources.get_mut(stack_id(name).as_str());
    if let Some(properties) = stack.and_then(Resource::properties_mut) {
        properties.insert("TemplateURL", url);
    }
}

fn value_of((id, attribute): &Needed) -> Expr {
    match attribute {
        Some(attribute) => Expr::get_att(id.as_str(), attribute.as_str()),
        None => Expr::reference(id.as_str()),
    }
}

fn circle(graph: &ResourceGraph, edges: &[&Edge]) -> Diagnostic {
    let mut way: Vec<&str> = edges.iter().map(|e| e.from.as_str()).collect();
    way.extend(way.first().copied());
    let message = format!("the stacks of this layout wait for each other: {}", way.join(" → "));
    let span = |edge: &Edge| graph.resources.get(&edge.by).and_then(|r| r.origin.key_span);
    let mut finding = Diagnostic::error(codes::LAYOUT_CYCLE, message).help(
        "put what needs each other into one stack, or let them tell each other by events (a bucket by `via: eventbridge`)",
    );
    for (i, edge) in edges.iter().enumerate() {
        let label = format!("{} needs {}", edge.by, edge.needs);
        finding = if i == 0 { finding.at(span(edge), label) } else { finding.label(span(edge), label) };
    }
    finding
}
