//! Properties as JSON, as far as they are known before deployment.

use std::collections::BTreeMap;

use samc_frontends::Options;
use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind, Map, ResourceGraph};
use serde_json::{Number, Value};

/// Stands for what is not known; nothing that a schema says of it is told.
const UNKNOWN: &str = "(known at deployment)";

/// What names stand for.
pub(super) struct Known<'g> {
    parameters: BTreeMap<&'g str, String>,
    region: Option<&'g str>,
    partition: Option<&'g str>,
    mappings: Option<&'g Map>,
}

impl<'g> Known<'g> {
    /// The values of parameters that are given or have a default, and the region where one was named.
    pub(super) fn of(graph: &'g ResourceGraph, options: &'g Options) -> Known<'g> {
        let mut parameters = BTreeMap::new();
        for entry in graph.parameters().into_iter().flat_map(Map::entries) {
            let name = &*entry.key;
            let declared = entry.value.as_map();
            // The store has the value of such a parameter, not the template.
            let is_stored = declared.and_then(|d| d.get("Type")?.as_str()).is_some_and(|t| {
                t.starts_with("AWS::SSM::") || t.starts_with("List<") || t == "CommaDelimitedList"
            });
            let default = || declared.and_then(|d| text(d.get("Default")?));
            if let (false, Some(value)) = (is_stored, options.parameters.get(name).cloned().or_else(default))
            {
                parameters.insert(name, value);
            }
        }
        Known {
            parameters,
            region: options.region_given.then_some(options.region.as_str()),
            partition: options.region_given.then(|| options.partition()),
            mappings: graph.mappings(),
        }
    }

    fn reference(&self, name: &str) -> Option<String> {
        match name {
            "AWS::Region" => self.region.map(str::to_owned),
            "AWS::Partition" => self.partition.map(str::to_owned),
            _ => self.parameters.get(name).cloned(),
        }
    }

    /// The text of a call, where it is known.
    fn call(&self, expr: &Expr) -> Option<String> {
        let (function, argument) = expr.as_call()?;
        match function {
            Function::Ref => self.reference(argument.as_str()?),
            Function::Sub => {
                let (template, variables) = expr.as_sub()?;
                let mut out = String::new();
                for piece in pieces(template) {
                    match piece {
                        Piece::Text(text) => out.push_str(text),
                        Piece::Literal(name) => out.push_str(&format!("${{{name}}}")),
                        Piece::Name(name) => match variables.and_then(|v| v.get(name)) {
                            Some(value) => out.push_str(&self.text(value)?),
                            None => out.push_str(&self.reference(name)?),
                        },
                    }
                }
                Some(out)
            }
            Function::Join => {
                let [delimiter, parts] = argument.as_list()? else { return None };
                let parts: Option<Vec<String>> =
                    parts.as_list()?.iter().map(|part| self.text(part)).collect();
                Some(parts?.join(delimiter.as_str()?))
            }
            Function::FindInMap => {
                let [map, first, second] = argument.as_list()? else { return None };
                let map = self.mappings?.get(&self.text(map)?)?.as_map()?;
                text(map.get(&self.text(first)?)?.as_map()?.get(&self.text(second)?)?)
            }
            _ => None,
        }
    }

    fn text(&self, expr: &Expr) -> Option<String> {
        if expr.is_call() { self.call(expr) } else { text(expr) }
    }
}

/// A plain value as text.
fn text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Int(n) => Some(n.to_string()),
        Kind::Bool(b) => Some(b.to_string()),
        Kind::Float(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A value as JSON. `unknown` gets the pointers to the parts that are not known.
pub(super) fn json(expr: &Expr, known: &Known<'_>, pointer: &str, unknown: &mut Vec<String>) -> Value {
    match &expr.kind {
        Kind::Null => Value::Null,
        Kind::Bool(b) => Value::Bool(*b),
        Kind::Int(n) => i64::try_from(*n).map_or(Value::Null, Value::from),
        Kind::Float(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
        Kind::String(text) if text.contains("{{resolve:") => not_known(pointer, unknown),
        Kind::String(text) => Value::String(text.to_string()),
        Kind::List(items) => {
            // Where a condition may take an item out, nothing can be said of the list as a whole: it is as if it
            // had another item that is not known.
            if items.iter().any(|item| item.as_if().is_some() || item.is_no_value()) {
                unknown.push(format!("{pointer}/?"));
            }
            let each = items.iter().enumerate();
            Value::Array(
                each.map(|(i, item)| json(item, known, &format!("{pointer}/{i}"), unknown)).collect(),
            )
        }
        Kind::Map(map) => {
            let entries = map.entries().iter().filter(|entry| !entry.value.is_no_value());
            let member = |entry: &samc_ir::Entry| {
                let key = entry.key.replace('~', "~0").replace('/', "~1");
                (entry.key.to_string(), json(&entry.value, known, &format!("{pointer}/{key}"), unknown))
            };
            Value::Object(entries.map(member).collect())
        }
        Kind::Call(..) => match known.call(expr) {
            Some(text) => Value::String(text),
            None => not_known(pointer, unknown),
        },
        Kind::Asset(_) => not_known(pointer, unknown),
    }
}

fn not_known(pointer: &str, unknown: &mut Vec<String>) -> Value {
    unknown.push(pointer.to_owned());
    Value::String(UNKNOWN.to_owned())
}
