//! The walk over properties and schema side by side.

use rustc_hash::FxHashMap;
use samc_base::{LogicalId, Span, nearest};
use samc_data::local_paths;
use samc_data::resource_schemas::{Constraint, Node, NodeId, Schema, Text, Types};
use samc_ir::{Expr, Function, Kind, Map, Resource, ResourceGraph};

use super::text::{has_shape, in_words};
use super::{Problem, Step, Violation, calls, value};
use crate::context::Context;
use crate::pattern::Pattern;

/// Checks the properties of every resource whose type is known.
pub(crate) fn check<'g>(context: &Context<'g>) -> Vec<Violation<'g>> {
    let mut found = Vec::new();
    let mut patterns = FxHashMap::default();
    let nothing = Expr::from(Map::new());
    for (id, resource) in &context.graph.resources {
        let Some(schema) = context.schema(resource) else { continue };
        let place = resource.origin.key_span.or(resource.origin.span);
        let mut walk = Walk {
            graph: context.graph,
            id,
            resource,
            schema,
            patterns,
            path: Vec::new(),
            found,
            silent: false,
            steps: 0,
        };
        match &resource.properties {
            Some(properties) if !properties.is_null() => walk.value(properties, Schema::ROOT, place, place),
            // Where something is needed, nothing written is as good as no key.
            written => {
                // The empty mapping lives as long as this function only, so its findings are made here.
                let problems = walk.missing(nothing.as_map(), schema.node(Schema::ROOT));
                if problems.is_empty() && written.is_some() {
                    walk.report(place, Problem::Null);
                }
                problems.into_iter().for_each(|p| walk.report(place, p));
            }
        }
        (found, patterns) = (walk.found, walk.patterns);
    }
    found
}

/// Whether a key of a mapping is there when the template is deployed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Yes,
    Maybe,
    No,
}

pub(super) struct Walk<'c, 'g> {
    graph: &'g ResourceGraph,
    id: &'g LogicalId,
    resource: &'g Resource,
    schema: &'c Schema,
    /// Parsed patterns of all schemas; none for those that cannot be read.
    pub(super) patterns: FxHashMap<Text, Option<Pattern>>,
    path: Vec<Step<'g>>,
    found: Vec<Violation<'g>>,
    /// True while one of several forms is tried.
    silent: bool,
    /// How many values were looked at, forms that were tried included.
    steps: u64,
}

impl<'g> Walk<'_, 'g> {
    /// Checks a value. `near` is the closest place known so far; `key` is where the value's key is.
    fn value(&mut self, expr: &'g Expr, id: NodeId, key: Option<Span>, near: Option<Span>) {
        self.steps += 1;
        let near = expr.span.or(near);
        match &expr.kind {
            Kind::Call(Function::If, argument) => {
                if let [_, then, otherwise] = argument.as_list().unwrap_or(&[]) {
                    self.value(then, id, key, near);
                    self.value(otherwise, id, key, near);
                }
            }
            Kind::Call(..) => self.call(expr, id, near),
            Kind::Asset(_) => {}
            Kind::Null => self.report(near, Problem::Null),
            Kind::String(text) if is_dynamic(text) => {}
            _ => {
                let schema = self.schema;
                self.known(expr, schema.node(id), key, near);
            }
        }
    }

    /// Checks that the result of a call may have a shape that is wanted.
    fn call(&mut self, expr: &'g Expr, id: NodeId, near: Option<Span>) {
        if expr.is_no_value() {
            return;
        }
        let node = self.schema.node(id);
        if let Some((types, found)) = calls::shape(self.graph, expr) {
            // Text turns into numbers and truth values, and JSON text into a mapping without rules.
            let wanted = Types(match types {
                Types::STRING if !is_free(node) => types.0 | PLAIN.0,
                Types::STRING => types.0 | PLAIN.0 | Types::OBJECT.0,
                _ => types.0,
            });
            if !node.types.takes(wanted) {
                self.report(near, Problem::Shape { found, wanted: in_words(node.types) });
                return;
            }
        }
        if let Some(problem) = calls::wrong_kind(self.graph, expr, (self.schema, id), self.key()) {
            self.report(near, problem);
        }
    }

    /// Checks a value that is neither a call nor nothing.
    fn known(&mut self, expr: &'g Expr, node: &Node, key: Option<Span>, near: Option<Span>) {
        if !has_shape(expr, node.types) {
            if !self.takes_other_shape(expr, node) {
                let problem =
                    Problem::Shape { found: expr.kind_name().to_owned(), wanted: in_words(node.types) };
                self.report(near, problem);
            }
            return;
        }
        match &expr.kind {
            Kind::Map(map) => self.map(map, node, key, near),
            Kind::List(items) => self.list(items, node, near),
            _ => {
                // One finding is enough: what is not among the choices fits no pattern of them either.
                let problem = node.constraints.iter().find_map(|rule| self.scalar(expr, node.types, rule));
                if let Some(problem) = problem {
                    self.report(near, problem);
                }
            }
        }
        for rule in &node.constraints {
            match rule {
                Constraint::AllOf(forms) => {
                    let schema = self.schema;
                    forms.iter().for_each(|form| self.known(expr, schema.node(*form), key, near));
                }
                Constraint::AnyOf(forms) => self.forms(expr, forms, false, key, near),
                Constraint::OneOf(forms) => self.forms(expr, forms, true, key, near),
                _ => {}
            }
        }
    }

    /// Text for a mapping: JSON for one without rules of its own, or a local path to be packaged.
    fn takes_other_shape(&self, expr: &Expr, node: &Node) -> bool {
        matches!(expr.kind, Kind::String(_))
            && node.types.takes(Types::OBJECT)
            && (is_free(node) || is_packaged(&self.resource.resource_type, &self.path))
    }

    fn map(&mut self, map: &'g Map, node: &Node, key: Option<Span>, near: Option<Span>) {
        // Macros and loops inside a mapping add keys that are not to be seen yet.
        let open = map.keys().any(|k| k.starts_with("Fn::"));
        if !open {
            let place = key.or(near);
            for problem in self.missing(Some(map), node) {
                // A key that is misspelt is one mistake, and is reported as unknown.
                if !matches!(problem, Problem::Missing { name } if is_misspelt(name, map, node)) {
                    self.report(place, problem);
                }
            }
        }
        let mut patterns: &[(Text, NodeId)] = &[];
        let (mut closed, mut named) = (false, None);
        let mut needed: &[Text] = &[];
        for rule in &node.constraints {
            match rule {
                Constraint::Required(names) => needed = names,
                Constraint::Properties(properties) => named = Some(properties),
                Constraint::PatternProperties(p) => patterns = p,
                Constraint::Closed => closed = true,
                _ => {}
            }
        }
        for entry in map.entries() {
            // That a key that is needed has no value was told as its not being there.
            let is_told = entry.value.is_null() && needed.iter().any(|n| n.as_str() == &*entry.key);
            if entry.key.starts_with("Fn::") || is_told && !open {
                continue;
            }
            self.path.push(Step::Key(&entry.key));
            let place = entry.key_span.or(near);
            let property = node.property(&entry.key).or_else(|| {
                let by_pattern = patterns.iter().find(|(p, _)| self.fits(*p, &entry.key));
                by_pattern.map(|(_, id)| *id)
            });
            match property {
                Some(id) if !self.is_read_only(&entry.key) => {
                    self.value(&entry.value, id, entry.key_span, place);
                }
                Some(id) => {
                    self.report(place, Problem::ReadOnly { name: entry.key.to_string() });
                    self.value(&entry.value, id, entry.key_span, place);
                }
                None if closed && !entry.value.is_no_value() => {
                    let known = named.map_or(&[][..], Vec::as_slice).iter().map(|(t, _)| t.as_str());
                    let known = known.collect();
                    let pattern = patterns.first().map(|(p, _)| p.as_str());
                    self.report(place, Problem::Unknown { name: entry.key.to_string(), known, pattern });
                }
                None => {}
            }
            self.path.pop();
        }
    }

    fn fits(&mut self, pattern: Text, key: &str) -> bool {
        let pattern = self.patterns.entry(pattern).or_insert_with(|| Pattern::parse(pattern.as_str()));
        pattern.as_ref().is_none_or(|p| p.is_found_in(key))
    }

    /// True for a property of the resource itself that only AWS sets.
    fn is_read_only(&self, key: &str) -> bool {
        self.path.len() == 1 && self.schema.read_only.iter().any(|p| p.as_str() == key)
    }

    /// Rules about which keys are there.
    fn missing(&self, map: Option<&Map>, node: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        let presence = |name: &str| map.and_then(|m| m.get(name)).map_or(Presence::No, presence);
        let is = |name: &&'static str, wanted| presence(name) == wanted;
        let texts = |names: &[Text]| -> Vec<&'static str> { names.iter().map(|n| n.as_str()).collect() };
        for rule in &node.constraints {
            match rule {
                Constraint::Required(names) => {
                    let names = texts(names);
                    let missing = names.iter().filter(|name| is(name, Presence::No));
                    problems.extend(missing.map(|name| Problem::Missing { name }));
                }
                Constraint::RequiredOr(names) | Constraint::RequiredXor(names)
                    if names.iter().all(|n| presence(n.as_str()) == Presence::No) =>
                {
                    problems.push(Problem::NoneOf { names: texts(names) });
                }
                Constraint::RequiredXor(names) => {
                    let set: Vec<_> = texts(names).into_iter().filter(|n| is(n, Presence::Yes)).collect();
                    if set.len() > 1 {
                        problems.push(Problem::Exclusive { names: set });
                    }
                }
                Constraint::DependentRequired(rows) => {
                    for (name, others) in rows.iter().filter(|(n, _)| presence(n.as_str()) == Presence::Yes) {
                        let name = name.as_str();
                        let missing = texts(others).into_iter().filter(|o| is(o, Presence::No));
                        problems.extend(missing.map(|other| Problem::Without { name, other }));
                    }
                }
                Constraint::DependentExcluded(rows) => {
                    for (name, others) in rows.iter().filter(|(n, _)| presence(n.as_str()) == Presence::Yes) {
                        for other in texts(others).into_iter().filter(|o| is(o, Presence::Yes)) {
                            let mut names = vec![name.as_str(), other];
                            names.sort_unstable();
                            let problem = Problem::Exclusive { names };
                            if !problems.contains(&problem) {
                                problems.push(problem);
                            }
                        }
                    }
                }
                Constraint::MinProperties(limit) | Constraint::MaxProperties(limit) => {
                    let most = matches!(rule, Constraint::MaxProperties(_));
                    let values = || map.into_iter().flat_map(Map::values);
                    let sure = values().filter(|v| self::presence(v) == Presence::Yes).count() as u64;
                    let possible = values().filter(|v| self::presence(v) != Presence::No).count() as u64;
                    let count = if most { sure } else { possible };
                    if if most { count > *limit } else { count < *limit } {
                        problems.push(Problem::Count { count, limit: *limit, most, unit: "property" });
                    }
                }
                _ => {}
            }
        }
        problems
    }

    fn list(&mut self, items: &'g [Expr], node: &Node, near: Option<Span>) {
        for rule in &node.constraints {
            match rule {
                Constraint::Items(id) => {
                    for (i, item) in items.iter().enumerate() {
                        self.path.push(Step::Item(i));
                        self.value(item, *id, None, near);
                        self.path.pop();
                    }
                }
                Constraint::UniqueItems => {
                    if let Some((i, problem)) = value::repeated(items) {
                        self.path.push(Step::Item(i));
                        self.report(items.get(i).and_then(|e| e.span).or(near), problem);
                        self.path.pop();
                    }
                }
                rule => {
                    if let Some(problem) = value::list(items, rule) {
                        self.report(near, problem);
                    }
                }
            }
        }
    }

    /// Tries the forms that a value may have. Where it has none of them, the findings are those of
    /// the form that it is nearest to.
    fn forms(
        &mut self,
        expr: &'g Expr,
        forms: &[NodeId],
        only_one: bool,
        key: Option<Span>,
        near: Option<Span>,
    ) {
        let schema = self.schema;
        let mut fitting = Vec::new();
        let mut nearest: Option<(usize, Vec<Violation<'g>>)> = None;
        // The forms of names and addresses that a text may have, where it has none of them.
        let mut formats = Vec::new();
        for form in forms {
            let before = std::mem::take(&mut self.found);
            let silent = std::mem::replace(&mut self.silent, true);
            self.known(expr, schema.node(*form), key, near);
            self.silent = silent;
            let found = std::mem::replace(&mut self.found, before);
            if found.is_empty() {
                fitting.push(*form);
                continue;
            }
            if let [Violation { problem: Problem::Format { formats: own, .. }, .. }] = found.as_slice() {
                formats.extend(own);
            }
            let depth = self.path.len();
            let weight = found.iter().map(|v| v.problem.weight() * if v.path.len() > depth { 1 } else { 2 });
            let weight = weight.sum();
            if nearest.as_ref().is_none_or(|(w, _)| weight < *w) {
                nearest = Some((weight, found));
            }
        }
        if fitting.is_empty() {
            let keys: Vec<&'static str> = forms.iter().filter_map(|f| only_key(schema.node(*f))).collect();
            if keys.len() == forms.len() && !keys.is_empty() {
                self.report(key.or(near), Problem::NoneOf { names: keys });
            } else if let Some((_, mut found)) = nearest.filter(|(_, found)| found.len() <= 3) {
                if let [Violation { problem: Problem::Format { formats: own, .. }, .. }] =
                    found.as_mut_slice()
                {
                    *own = formats;
                }
                self.found.extend(found);
            } else if !forms.is_empty() {
                self.report(near, Problem::NoForm { forms: forms.len() });
            }
        } else if only_one && fitting.len() > 1 {
            // Forms that differ in one key each: having two of the keys is the one sure mistake.
            let keys: Vec<&'static str> = forms.iter().filter_map(|f| only_key(schema.node(*f))).collect();
            if keys.len() == forms.len()
                && let Some(map) = expr.as_map()
            {
                let set = |k: &&'static str| map.get(k).is_some_and(|v| presence(v) == Presence::Yes);
                let names: Vec<_> = keys.into_iter().filter(set).collect();
                if names.len() > 1 {
                    self.report(key.or(near), Problem::Exclusive { names });
                }
            }
        }
    }

    /// The last key of the path.
    fn key(&self) -> &'g str {
        let key = self.path.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Item(_) => None,
        });
        key.unwrap_or("")
    }

    fn report(&mut self, span: Option<Span>, problem: Problem) {
        let Walk { id, resource, .. } = *self;
        self.found.push(Violation { id, resource, path: self.path.clone(), span, problem });
    }
}

/// True where the mapping has a key that is not known, and that is near to `name`.
fn is_misspelt(name: &str, map: &Map, node: &Node) -> bool {
    let closed = node.constraints.contains(&Constraint::Closed);
    closed && map.keys().any(|key| node.property(key).is_none() && nearest(key, [name]).is_some())
}

/// True for text with a part that CloudFormation looks up at deployment.
fn is_dynamic(text: &str) -> bool {
    text.as_bytes().contains(&b'{') && text.contains("{{resolve:")
}

/// Numbers and truth values, which text turns into.
const PLAIN: Types = Types(Types::BOOLEAN.0 | Types::INTEGER.0 | Types::NUMBER.0);

/// True for a mapping without named properties.
fn is_free(node: &Node) -> bool {
    !node.constraints.iter().any(|c| matches!(c, Constraint::Properties(_)))
}

/// The key of a form that asks for one key and nothing else.
fn only_key(node: &Node) -> Option<&'static str> {
    match node.constraints.as_slice() {
        [Constraint::Required(names)] => match names.as_slice() {
            [name] => Some(name.as_str()),
            _ => None,
        },
        _ => None,
    }
}

fn presence(value: &Expr) -> Presence {
    if value.is_no_value() || value.is_null() {
        return Presence::No;
    }
    match value.as_if() {
        Some((_, then, otherwise)) => match (presence(then), presence(otherwise)) {
            (a, b) if a == b => a,
            _ => Presence::Maybe,
        },
        None => Presence::Yes,
    }
}

/// True for a property that may name a local file, which packaging puts where the service reads it.
fn is_packaged(resource_type: &str, path: &[Step<'_>]) -> bool {
    let keys: Option<Vec<&str>> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Item(_) => None,
        })
        .collect();
    keys.is_some_and(|keys| local_paths::may_be_local(resource_type, &keys.join("/")))
}

#[cfg(test)]
mod tests {
    use samc_data::resource_schemas;
    use samc_ir::Origin;

    use super::*;

    /// How many values the walk looks at, for a value under conditions in conditions.
    fn steps(resource_type: &str, property: &str, value: Expr) -> u64 {
        let schema = resource_schemas::schema(resource_type).unwrap();
        let map = Map::from([(property, value)]);
        let resource = Resource::new(resource_type, map, Origin::default());
        let (graph, id) = (ResourceGraph::default(), LogicalId::from("One"));
        let mut walk = Walk {
            graph: &graph,
            id: &id,
            resource: &resource,
            schema: &schema,
            patterns: FxHashMap::default(),
            path: Vec::new(),
            found: Vec::new(),
            silent: false,
            steps: 0,
        };
        walk.value(resource.properties.as_ref().unwrap(), Schema::ROOT, None, None);
        walk.steps
    }

    /// A value under this many conditions, each inside of the one before.
    fn nested(conditions: usize, leaf: &Expr) -> Expr {
        (0..conditions)
            .fold(leaf.clone(), |inner, n| Expr::if_else(format!("C{n}").as_str(), inner, leaf.clone()))
    }

    #[test]
    fn conditions_in_conditions_cost_no_more_than_their_text() {
        let policy = Expr::from([("deadLetterTargetArn", Expr::from("x")), ("maxReceiveCount", 5.into())]);
        let rows = [
            ("AWS::SQS::Queue", "VisibilityTimeout", Expr::from(30)),
            ("AWS::SQS::Queue", "RedrivePolicy", policy),
            ("AWS::Lambda::Function", "Code", Expr::from([("ZipFile", Expr::from("x"))])),
            ("AWS::Lambda::Function", "Layers", Expr::from(vec!["x".into()])),
        ];
        for (resource_type, property, leaf) in rows {
            let of = |conditions| steps(resource_type, property, nested(conditions, &leaf));
            let (thirty, sixty) = (of(30), of(60));
            // Twice the conditions are twice the steps, however many forms the schema has.
            assert!(sixty <= 2 * thirty && sixty < 2_000, "{resource_type} {property}: {thirty}, {sixty}");
        }
    }

    #[test]
    fn a_list_of_conditions_costs_what_its_items_cost() {
        let item = || nested(6, &Expr::from([("Key", Expr::from("a")), ("Value", Expr::from("b"))]));
        let of =
            |n: usize| steps("AWS::SQS::Queue", "Tags", (0..n).map(|_| item()).collect::<Vec<_>>().into());
        assert!(of(60) <= 2 * of(30), "{} {}", of(30), of(60));
    }
}
