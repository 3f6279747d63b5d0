//! The desired state of a resource of the Cloud Control API: each scalar in the type that the schema of the
//! resource wants. CloudFormation turns text into numbers by itself; the provider holds the state against the
//! schema before it sends it, and refuses `"5"` where an integer is to be.

use samc_data::resource_schemas::{Constraint, NodeId, Schema, Types, schema};

use crate::context::Context;
use crate::hcl::{Part, Value};

/// The properties of a resource as its schema wants them; as they are where the type has no schema.
pub(crate) fn typed(context: &Context<'_>, resource_type: &str, state: Value) -> Value {
    match schema(resource_type) {
        Some(schema) => Typing { context, schema: &schema }.value(state, &[Schema::ROOT]),
        None => state,
    }
}

struct Typing<'t, 'g> {
    context: &'t Context<'g>,
    schema: &'t Schema,
}

impl Typing<'_, '_> {
    /// A value at a place whose rules are in `nodes`: more than one where the schema has several forms.
    fn value(&self, value: Value, nodes: &[NodeId]) -> Value {
        match value {
            Value::Object(members) => Value::Object(
                members.into_iter().map(|(key, value)| self.member(key, value, nodes)).collect(),
            ),
            Value::List(items) => {
                let nodes = self.below(nodes, |rule| match rule {
                    Constraint::Items(item) => Some(*item),
                    _ => None,
                });
                Value::List(items.into_iter().map(|item| self.value(item, &nodes)).collect())
            }
            Value::Cond(condition, then, otherwise) => {
                let branch = |value: Box<Value>| Box::new(self.value(*value, nodes));
                Value::Cond(condition, branch(then), branch(otherwise))
            }
            Value::Present(inner) => Value::Present(Box::new(self.value(*inner, nodes))),
            // The two sides of a condition, which are text so that they are of one type.
            Value::Call(name @ ("jsondecode" | "jsonencode"), arguments) => {
                Value::Call(name, arguments.into_iter().map(|value| self.value(value, nodes)).collect())
            }
            scalar => self.scalar(scalar, self.types(nodes)),
        }
    }

    fn member(&self, key: String, value: Value, nodes: &[NodeId]) -> (String, Value) {
        let mut below = self.below(nodes, |rule| match rule {
            Constraint::Properties(properties) => {
                properties.iter().find(|(name, _)| name.as_str() == key).map(|(_, node)| *node)
            }
            _ => None,
        });
        // Names by a pattern are maps of the user's own, whose values are all of one kind.
        if below.is_empty() {
            below = self.below(nodes, |rule| match rule {
                Constraint::PatternProperties(patterns) => match patterns.as_slice() {
                    [(_, node)] => Some(*node),
                    _ => None,
                },
                _ => None,
            });
        }
        let value = self.value(value, &below);
        (key, value)
    }

    /// The nodes that a rule leads to, in the forms that the nodes are made of too.
    fn below(&self, nodes: &[NodeId], step: impl Fn(&Constraint) -> Option<NodeId>) -> Vec<NodeId> {
        let rules = self.forms(nodes).into_iter().flat_map(|id| &self.schema.node(id).constraints);
        rules.filter_map(step).collect()
    }

    /// The nodes and all forms they are made of.
    fn forms(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        let mut all = nodes.to_vec();
        let mut next = 0;
        while let Some(id) = all.get(next).copied() {
            next += 1;
            for rule in &self.schema.node(id).constraints {
                if let Constraint::AllOf(forms) | Constraint::AnyOf(forms) | Constraint::OneOf(forms) = rule {
                    let new: Vec<NodeId> = forms.iter().filter(|id| !all.contains(id)).copied().collect();
                    all.extend(new);
                }
            }
        }
        all
    }

    /// The shapes that are taken; none known where that is anything.
    fn types(&self, nodes: &[NodeId]) -> Types {
        let types = self.forms(nodes).into_iter().map(|id| self.schema.node(id).types);
        Types(types.filter(|types| !types.is_any()).fold(0, |all, types| all | types.0))
    }

    fn scalar(&self, value: Value, types: Types) -> Value {
        let takes = |wanted: Types| types.takes(wanted);
        let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
        match &value {
            _ if types.is_any() => value,
            Value::Number(number) if !takes(Types::INTEGER) && !takes(Types::NUMBER) => {
                if takes(Types::STRING) { Value::text(number) } else { value }
            }
            Value::Bool(truth) if !takes(Types::BOOLEAN) && takes(Types::STRING) => {
                Value::text(truth.to_string())
            }
            Value::Text(_) if takes(Types::STRING) => value,
            Value::Text(parts) => match parts.as_slice() {
                [Part::Lit(text)] if takes(Types::BOOLEAN) && matches!(text.as_str(), "true" | "false") => {
                    Value::Bool(text == "true")
                }
                [Part::Lit(text)] if (takes(Types::INTEGER) || takes(Types::NUMBER)) && is_number(text) => {
                    Value::Number(text.clone())
                }
                [Part::Lit(_)] => value,
                _ => converted(value, types),
            },
            Value::Code(code) => match (self.context.is_number(code), takes(Types::STRING)) {
                (true, true) if !takes(Types::NUMBER) && !takes(Types::INTEGER) => {
                    Value::Call("tostring", vec![value])
                }
                (_, true) | (true, false) => value,
                (false, false) => converted(value, types),
            },
            _ => value,
        }
    }
}

/// A value that is known at the plan only, as the one shape that is wanted.
fn converted(value: Value, types: Types) -> Value {
    let takes_number = types.takes(Types::INTEGER) || types.takes(Types::NUMBER);
    match (takes_number, types.takes(Types::BOOLEAN)) {
        (true, false) => Value::Call("tonumber", vec![value]),
        (false, true) => Value::Call("tobool", vec![value]),
        _ => value,
    }
}
