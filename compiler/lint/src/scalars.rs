//! Plain scalars that YAML 1.1 reads as numbers or truth values where a property takes text.
//!
//! `NO` is a country, `012` the beginning of an account and `3.10` a version to those who write
//! them. Only the schema of the property tells that text is meant; so this pass runs on the expanded
//! graph, puts the text back, and says so. The Serverless Framework has read the number by then: from its files,
//! the text is that of the number.

use rustc_hash::FxHashSet;
use samc_base::{Applicability, Diagnostic, Diagnostics, Edit, Fix, SourceMap, Span, codes};
use samc_data::resource_schemas::{Constraint, NodeId, Schema, Types};
use samc_ir::{Expr, Function, JsonStyle, Kind, Map, ResourceGraph};

use crate::context::SchemaTable;

/// What a plain scalar is where a property takes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainText {
    /// The text in the source, as CloudFormation reads templates.
    AsWritten,
    /// The number or truth value as JavaScript writes it, as the Serverless Framework has it.
    AsRead,
}

/// Replaces each such value by its text, with a warning about each place where the text is another one than most
/// readers expect.
pub fn resolve_scalars(
    graph: &mut ResourceGraph,
    sources: &SourceMap,
    plain: PlainText,
    diagnostics: &mut Diagnostics,
) {
    let schemas = SchemaTable::new(graph);
    let mut pass = Pass { sources, plain, diagnostics, warned: FxHashSet::default(), owner: String::new() };
    for (id, resource) in &mut graph.resources {
        let Some(schema) = schemas.get(&resource.resource_type) else { continue };
        let Some(properties) = &mut resource.properties else { continue };
        resource.origin.source.as_deref().unwrap_or(id).clone_into(&mut pass.owner);
        pass.value(properties, Some((schema, Schema::ROOT)));
    }
    for (name, parameter) in
        graph.sections.get_mut("Parameters").and_then(Expr::as_map_mut).into_iter().flat_map(Map::iter_mut)
    {
        let Some(parameter) = parameter.as_map_mut() else { continue };
        if parameter.get("Type").and_then(Expr::as_str) == Some("String") {
            name.as_ref().clone_into(&mut pass.owner);
            for key in ["Default", "AllowedValues"] {
                if let Some(value) = parameter.get_mut(key) {
                    pass.text(value);
                }
            }
        }
    }
}

struct Pass<'p> {
    sources: &'p SourceMap,
    plain: PlainText,
    diagnostics: &'p mut Diagnostics,
    /// Places warned about; a value from Globals stands in many resources.
    warned: FxHashSet<Span>,
    /// The resource or parameter, as the author named it.
    owner: String,
}

impl Pass<'_> {
    fn value(&mut self, expr: &mut Expr, node: Option<(&Schema, NodeId)>) {
        match &mut expr.kind {
            Kind::Call(function, argument) => self.call(function, argument, node),
            Kind::Map(map) => {
                let Some((schema, id)) = node else { return };
                for (key, value) in map.iter_mut() {
                    self.value(value, property(schema, id, key, 0).map(|id| (schema, id)));
                }
            }
            Kind::List(items) => {
                let inner = node.and_then(|(schema, id)| Some((schema, item(schema, id, 0)?)));
                items.iter_mut().for_each(|value| self.value(value, inner));
            }
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                if node.is_some_and(|(schema, id)| is_text(schema, id, 0)) {
                    self.scalar(expr);
                } else {
                    self.number(expr);
                }
            }
            Kind::Null | Kind::String(_) | Kind::Asset(_) => {}
        }
    }

    fn call(&mut self, function: &Function, argument: &mut Expr, node: Option<(&Schema, NodeId)>) {
        let Some(parts) = argument.as_list_mut() else { return };
        match (function, parts.as_mut_slice()) {
            (Function::If, [_, then, otherwise]) => {
                self.value(then, node);
                self.value(otherwise, node);
            }
            // What is put into a text is text.
            (Function::Join, [_, parts]) => self.text(parts),
            (Function::Sub, [_, variables]) => {
                variables.as_map_mut().into_iter().flat_map(Map::values_mut).for_each(|v| self.text(v));
            }
            _ => {}
        }
    }

    /// A value, or a list of values, that can only be text.
    fn text(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            Kind::List(items) => items.iter_mut().for_each(|item| self.text(item)),
            Kind::Call(function, argument) => self.call(function, argument, None),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => self.scalar(expr),
            Kind::Null | Kind::String(_) | Kind::Map(_) | Kind::Asset(_) => {}
        }
    }

    fn scalar(&mut self, expr: &mut Expr) {
        if self.plain == PlainText::AsRead {
            self.read(expr);
            return;
        }
        let Some(span) = expr.span else { return };
        let written = self.sources.slice(span).trim();
        let meant = expr.to_json(JsonStyle::PYTHON);
        // Quoted text is text already, and a value made from an anchor or a default has its own place.
        if written.is_empty() || written.eq_ignore_ascii_case(&meant) || !is_plain(written) {
            return;
        }
        let text = written.to_owned();
        expr.kind = Kind::String(text.as_str().into());
        if self.warned.insert(span) {
            let quoted = format!("'{text}'");
            let fix = Fix {
                message: format!("write {quoted}, so that every tool reads the text"),
                applicability: Applicability::Safe,
                edits: vec![Edit { span, text: quoted }],
            };
            let what = format!("is text here, though YAML reads it as {meant}");
            self.warn((span, &text), &what, format!("{meant} to other tools"), fix);
        }
    }
}

impl Pass<'_> {
    /// The text of what was read.
    fn read(&mut self, expr: &mut Expr) {
        let text = match &expr.kind {
            Kind::Int(number) => number.to_string(),
            Kind::Float(number) if number.is_finite() => number.to_string(),
            _ => return,
        };
        // JavaScript writes 1.0 as 1, and templates would have it as it is.
        if matches!(expr.kind, Kind::Float(_)) {
            expr.kind = Kind::String(text.as_str().into());
        }
        let Some(span) = expr.span else { return };
        let written = self.sources.slice(span).trim();
        let is_known = written.is_empty() || written.eq_ignore_ascii_case(&text) || !is_plain(written);
        if is_known || !self.warned.insert(span) {
            return;
        }
        let quoted = format!("'{written}'");
        let fix = Fix {
            message: format!("write {quoted} where the text is meant"),
            applicability: Applicability::Unsafe,
            edits: vec![Edit { span, text: quoted }],
        };
        let what = format!("becomes the text {text}: the Serverless Framework reads a number");
        self.warn((span, written), &what, format!("{text} when deployed"), fix);
    }

    /// Tells of a plain value at its place: what becomes of it, and how to say the other.
    fn warn(&mut self, (span, written): (Span, &str), what: &str, label: String, fix: Fix) {
        let message = format!("`{written}` in `{}` {what}", self.owner);
        let found = Diagnostic::warning(codes::SCALAR_MEANING, message)
            .at(span, label)
            .resource(self.owner.clone())
            .fix(fix);
        self.diagnostics.push(found);
    }

    /// A number that is written in base 60 or base 8, which few of those who write it know.
    fn number(&mut self, expr: &Expr) {
        // The framework reads YAML 1.2, which has neither.
        if self.plain == PlainText::AsRead {
            return;
        }
        let (Some(span), Kind::Int(value)) = (expr.span, &expr.kind) else { return };
        let written = self.sources.slice(span).trim();
        let digits = written.trim_start_matches(['+', '-']);
        let octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let sixties = digits.contains(':') && digits.bytes().all(|b| b.is_ascii_digit() || b == b':');
        if !(octal || sixties) || !self.warned.insert(span) {
            return;
        }
        let base = if octal { "base 8" } else { "base 60" };
        let fix = Fix {
            message: format!("write {value}"),
            applicability: Applicability::Safe,
            edits: vec![Edit { span, text: value.to_string() }],
        };
        let what = format!("is the number {value}: YAML 1.1 reads it in {base}");
        self.warn((span, written), &what, value.to_string(), fix);
    }
}

/// True for what YAML could read as a number or a truth value: no quotes, tags or line breaks.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | ':'))
}

/// Schemas do not nest forms deeper than this.
const DEPTH: u32 = 8;

/// Looks at a node, and at the forms it may have.
fn among_forms<T>(
    schema: &Schema,
    id: NodeId,
    depth: u32,
    mut look: impl FnMut(NodeId, u32) -> Option<T>,
) -> Option<T> {
    if depth > DEPTH {
        return None;
    }
    schema.node(id).constraints.iter().find_map(|c| match c {
        Constraint::AllOf(forms) | Constraint::AnyOf(forms) | Constraint::OneOf(forms) => {
            forms.iter().find_map(|form| look(*form, depth + 1))
        }
        _ => None,
    })
}

fn property(schema: &Schema, id: NodeId, key: &str, depth: u32) -> Option<NodeId> {
    let node = schema.node(id);
    // Keys by pattern are all of one kind in these schemas.
    let by_pattern = || {
        node.constraints.iter().find_map(|c| match c {
            Constraint::PatternProperties(rows) => rows.first().map(|(_, id)| *id),
            _ => None,
        })
    };
    node.property(key)
        .or_else(by_pattern)
        .or_else(|| among_forms(schema, id, depth, |form, depth| property(schema, form, key, depth)))
}

fn item(schema: &Schema, id: NodeId, depth: u32) -> Option<NodeId> {
    let own = schema.node(id).constraints.iter().find_map(|c| match c {
        Constraint::Items(id) => Some(*id),
        _ => None,
    });
    own.or_else(|| among_forms(schema, id, depth, |form, depth| item(schema, form, depth)))
}

/// True where only text is taken: neither numbers nor truth values.
fn is_text(schema: &Schema, id: NodeId, depth: u32) -> bool {
    let types = schema.node(id).types;
    if types.is_any() {
        return among_forms(schema, id, depth, |form, depth| is_text(schema, form, depth).then_some(()))
            .is_some();
    }
    types.takes(Types::STRING) && types.0 & (Types::BOOLEAN.0 | Types::INTEGER.0 | Types::NUMBER.0) == 0
}
