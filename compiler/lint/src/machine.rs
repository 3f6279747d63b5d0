//! The definitions of state machines, as JSON with `${…}` where something is put in at deployment.

use samc_base::{LogicalId, Span};
use samc_ir::{Expr, Kind, Resource};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::query::{property, text};
use crate::text::{Part, parts};

/// A state machine whose definition can be read.
pub(crate) struct Machine<'g> {
    pub(crate) id: &'g LogicalId,
    pub(crate) resource: &'g Resource,
    /// The definition; an error where it is written out and is no JSON.
    pub(crate) definition: Result<Value, String>,
    /// The property that has it.
    pub(crate) property: &'static str,
    /// Where it is written.
    pub(crate) span: Option<Span>,
}

/// The functions and other resources that parts of a text name stand in it like this.
const OPEN: &str = "${";

/// Every state machine of a template whose definition is in it.
pub(crate) fn machines<'g>(context: &Context<'g>) -> Vec<Machine<'g>> {
    let mut found = Vec::new();
    for (id, resource) in context.of_type("AWS::StepFunctions::StateMachine") {
        let machine = |definition, property, span| Machine { id, resource, definition, property, span };
        if let Some(value) = property(resource, "DefinitionString").value() {
            let (text, is_whole) = joined(value);
            match serde_json::from_str::<Value>(&text) {
                Ok(definition) => found.push(machine(Ok(definition), "DefinitionString", value.span)),
                // A variable may stand for a number or a whole part.
                Err(_) if !is_whole => {}
                Err(problem) => {
                    found.push(machine(Err(problem.to_string()), "DefinitionString", value.span));
                }
            }
        } else if let Some(value) = property(resource, "Definition").value()
            && value.as_map().is_some()
        {
            found.push(machine(Ok(json(value)), "Definition", value.span));
        }
    }
    found
}

/// The text with `${…}` for what is known at deployment; true where all of it is known.
fn joined(value: &Expr) -> (String, bool) {
    let mut is_whole = true;
    let mut text = String::new();
    for part in parts(value) {
        match part {
            Part::Text(plain) => {
                is_whole &= !plain.contains(OPEN);
                text.push_str(&plain);
            }
            Part::Ref(name) => text.push_str(&format!("{OPEN}{name}}}")),
            Part::Attribute(id, name) => text.push_str(&format!("{OPEN}{id}.{name}}}")),
            Part::Unknown => text.push_str("${?}"),
        }
    }
    let is_text = value.as_str().is_some();
    (text, is_text && is_whole)
}

/// A value as JSON; calls as text.
fn json(value: &Expr) -> Value {
    match &value.kind {
        Kind::Null => Value::Null,
        Kind::Bool(on) => Value::Bool(*on),
        Kind::Int(number) => i64::try_from(*number).map_or(Value::Null, Value::from),
        Kind::Float(number) => Value::from(*number),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(map) => {
            Value::Object(map.iter().map(|(k, v)| (k.to_string(), json(v))).collect::<Map<_, _>>())
        }
        Kind::String(_) | Kind::Call(..) | Kind::Asset(_) => Value::String(joined(value).0),
    }
}

impl Machine<'_> {
    /// True for machines that run five minutes at most.
    pub(crate) fn is_express(&self) -> bool {
        text(self.resource, "StateMachineType") == Some("EXPRESS")
    }

    /// Calls `visit` with every scope of states: the machine, branches, and what is done for each item.
    pub(crate) fn scopes<'m>(&'m self, visit: &mut dyn FnMut(&'m Value)) {
        if let Ok(definition) = &self.definition {
            scopes(definition, visit);
        }
    }

    /// Calls `visit` with the name and the body of every state.
    pub(crate) fn states<'m>(&'m self, visit: &mut dyn FnMut(&'m str, &'m Value)) {
        self.scopes(&mut |scope| {
            let states = scope.get("States").and_then(Value::as_object);
            states.into_iter().flatten().for_each(|(name, state)| visit(name, state));
        });
    }
}

fn scopes<'m>(scope: &'m Value, visit: &mut dyn FnMut(&'m Value)) {
    visit(scope);
    for state in scope.get("States").and_then(Value::as_object).into_iter().flat_map(Map::values) {
        for inner in ["Iterator", "ItemProcessor"].into_iter().filter_map(|key| state.get(key)) {
            scopes(inner, visit);
        }
        for branch in state.get("Branches").and_then(Value::as_array).into_iter().flatten() {
            scopes(branch, visit);
        }
    }
}

/// The name between `${` and `}` that a value is, without an attribute.
pub(crate) fn variable(value: &Value) -> Option<&str> {
    let name = value.as_str()?.strip_prefix(OPEN)?.strip_suffix('}')?;
    Some(name.split_once('.').map_or(name, |(id, _)| id))
}
