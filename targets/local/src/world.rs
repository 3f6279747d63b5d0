//! Values as they are on a developer's machine: parameters have their defaults, resources the names
//! that the template gives them, or the application's name and their logical id.

use std::cell::RefCell;
use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use samc_base::LogicalId;
use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind, Map, ResourceGraph};
use samc_schema::manifest::ACCOUNT;
use serde_json::Value;

use crate::facts;

/// How deep values may lie in each other. What lies deeper is unknown rather than a full stack.
const DEEPEST: usize = 60;

/// Why a value is known only at deployment, in words for people.
pub(crate) type Unknown = String;

/// The value of an expression: none for `AWS::NoValue`.
pub(crate) type Known = Result<Option<Value>, Unknown>;

/// What values depend on.
pub(crate) struct World<'g> {
    pub(crate) graph: &'g ResourceGraph,
    pub(crate) app: &'g str,
    pub(crate) region: &'g str,
    parameters: &'g BTreeMap<String, String>,
    /// Conditions that were asked for; none for one that is being worked out.
    conditions: RefCell<BTreeMap<String, Option<Result<bool, Unknown>>>>,
}

impl<'g> World<'g> {
    pub(crate) fn new(
        graph: &'g ResourceGraph,
        app: &'g str,
        region: &'g str,
        parameters: &'g BTreeMap<String, String>,
    ) -> Self {
        World { graph, app, region, parameters, conditions: RefCell::default() }
    }

    /// Whether a resource is there under the parameters: its condition holds, or is unknown.
    pub(crate) fn is_there(&self, id: &str) -> bool {
        let condition = self.graph.resources.get(id).and_then(|r| r.attributes.get("Condition"));
        condition.and_then(Expr::as_str).is_none_or(|name| self.condition(name, 0) != Ok(false))
    }

    /// The value of an expression.
    pub(crate) fn value(&self, expr: &Expr) -> Known {
        self.at(expr, 0)
    }

    /// The value as text: numbers and truth values as CloudFormation writes them.
    pub(crate) fn text(&self, expr: &Expr) -> Result<Option<String>, Unknown> {
        match self.value(expr)? {
            None => Ok(None),
            Some(value) => as_text(&value).map(Some).ok_or_else(|| "it is no text".to_owned()),
        }
    }

    /// The text of a property, where it is known.
    pub(crate) fn property(&self, map: &Map, name: &str) -> Option<String> {
        self.text(map.get(name)?).ok().flatten()
    }

    /// The whole number of a property, where it is known.
    pub(crate) fn number(&self, map: &Map, name: &str) -> Option<u64> {
        self.property(map, name)?.parse().ok()
    }

    /// The truth of a property; false where it is not known.
    pub(crate) fn flag(&self, map: &Map, name: &str) -> bool {
        self.property(map, name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// The texts of a list, where they are known. One text stands for a list of one.
    pub(crate) fn texts(&self, map: &Map, name: &str) -> Vec<String> {
        match map.get(name).map(|value| self.value(value)) {
            Some(Ok(Some(Value::Array(items)))) => items.iter().filter_map(as_text).collect(),
            Some(Ok(Some(value))) => as_text(&value).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What an expression is after its conditions: the branch of each `Fn::If` that holds.
    pub(crate) fn chosen<'e>(&self, mut expr: &'e Expr) -> Option<&'e Expr> {
        for _ in 0..DEEPEST {
            let Some((condition, then, otherwise)) = expr.as_if() else {
                return (!expr.is_no_value()).then_some(expr);
            };
            let holds = condition.as_str().is_none_or(|name| self.condition(name, 0).unwrap_or(true));
            expr = if holds { then } else { otherwise };
        }
        None
    }

    /// The name of a resource.
    pub(crate) fn name(&self, id: &str) -> String {
        self.name_at(id, 0)
    }

    fn name_at(&self, id: &str, depth: usize) -> String {
        let resource = self.graph.resources.get(id);
        let property = resource.and_then(|r| {
            let name = facts::of(&r.resource_type)?.name.as_ref()?;
            r.property(name)
        });
        let given = property.and_then(|p| as_text(&self.at(p, depth + 1).ok()??));
        given.unwrap_or_else(|| match resource.map(|r| &*r.resource_type) {
            // Names of buckets have small letters alone.
            Some("AWS::S3::Bucket") => format!("{}-{id}", self.app).to_lowercase(),
            _ => format!("{}-{id}", self.app),
        })
    }

    /// A text of the table with its holes filled.
    fn fill(&self, template: &str, id: &str, depth: usize) -> String {
        pieces(template)
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Name("name") => self.name_at(id, depth),
                Piece::Name("id") => id.to_owned(),
                Piece::Name("region") => self.region.to_owned(),
                Piece::Name("account") => ACCOUNT.to_owned(),
                Piece::Name(other) | Piece::Literal(other) => other.to_owned(),
            })
            .collect()
    }

    fn at(&self, expr: &Expr, depth: usize) -> Known {
        if depth > DEEPEST {
            return Err("it lies too deep".to_owned());
        }
        Ok(Some(match &expr.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Int(value) => match i64::try_from(*value) {
                Ok(value) => value.into(),
                Err(_) => value.to_string().into(),
            },
            Kind::Float(value) => (*value).into(),
            Kind::String(text) if text.starts_with("{{resolve:") => {
                return Err(format!("{text} is looked up at deployment"));
            }
            Kind::String(text) => (&**text).into(),
            Kind::Asset(asset) => (&*asset.path).into(),
            Kind::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(self.at(item, depth + 1)?);
                }
                Value::Array(list)
            }
            Kind::Map(map) => {
                let mut object = serde_json::Map::new();
                for (key, value) in map.iter() {
                    if let Some(value) = self.at(value, depth + 1)? {
                        object.insert(key.to_string(), value);
                    }
                }
                Value::Object(object)
            }
            Kind::Call(function, argument) => return self.call(expr, function, argument, depth + 1),
        }))
    }

    fn call(&self, expr: &Expr, function: &Function, argument: &Expr, depth: usize) -> Known {
        let odd = || format!("{function} is written in a form that is not read here");
        match function {
            Function::Ref => self.reference(argument.as_str().ok_or_else(odd)?, depth),
            Function::GetAtt => {
                let (id, attribute) = expr.as_get_att().ok_or_else(odd)?;
                self.attribute(id, attribute, depth).map(Some)
            }
            Function::Sub => {
                let (template, variables) = expr.as_sub().ok_or_else(odd)?;
                self.substitute(template, variables, depth).map(Some)
            }
            Function::If => {
                let (name, then, otherwise) = expr.as_if().ok_or_else(odd)?;
                let holds = self.condition(name.as_str().ok_or_else(odd)?, depth)?;
                self.at(if holds { then } else { otherwise }, depth)
            }
            Function::Join => {
                let [delimiter, parts] = argument.as_list().ok_or_else(odd)? else { return Err(odd()) };
                let delimiter = delimiter.as_str().ok_or_else(odd)?;
                let Some(Value::Array(parts)) = self.at(parts, depth)? else { return Err(odd()) };
                let parts: Option<Vec<String>> = parts.iter().map(as_text).collect();
                Ok(Some(parts.ok_or_else(odd)?.join(delimiter).into()))
            }
            Function::Split => {
                let [delimiter, text] = argument.as_list().ok_or_else(odd)? else { return Err(odd()) };
                let (delimiter, text) = (delimiter.as_str().ok_or_else(odd)?, self.at(text, depth)?);
                let text = text.as_ref().and_then(Value::as_str).ok_or_else(odd)?;
                Ok(Some(text.split(delimiter).map(Value::from).collect()))
            }
            Function::Select => {
                let [index, list] = argument.as_list().ok_or_else(odd)? else { return Err(odd()) };
                let index = self.at(index, depth)?.as_ref().and_then(as_text);
                let index: usize = index.and_then(|i| i.parse().ok()).ok_or_else(odd)?;
                match self.at(list, depth)? {
                    Some(Value::Array(items)) => items.get(index).cloned().map(Some).ok_or_else(odd),
                    _ => Err(odd()),
                }
            }
            Function::FindInMap => {
                self.find_in_map(argument, depth).and_then(|v| v.ok_or_else(odd)).map(Some)
            }
            Function::GetAZs => Ok(Some(["a", "b", "c"].map(|zone| format!("{}{zone}", self.region)).into())),
            Function::Base64 => {
                let text = self.at(argument, depth)?.as_ref().and_then(as_text).ok_or_else(odd)?;
                Ok(Some(BASE64_STANDARD.encode(text).into()))
            }
            Function::ImportValue => {
                let name = self.at(argument, depth)?.as_ref().and_then(as_text).unwrap_or_default();
                Err(format!("it is what another stack exports as {name}"))
            }
            Function::Equals | Function::And | Function::Or | Function::Not | Function::Condition => {
                self.truth(expr, depth).map(|truth| Some(truth.into()))
            }
            Function::Cidr | Function::Transform | Function::Other(_) => {
                Err(format!("{function} is worked out at deployment"))
            }
        }
    }

    fn reference(&self, name: &str, depth: usize) -> Known {
        let text = |text: &str| Ok(Some(Value::from(text)));
        match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => return text(self.region),
            "AWS::AccountId" => return text(ACCOUNT),
            "AWS::StackName" => return text(self.app),
            "AWS::Partition" => return text("aws"),
            "AWS::URLSuffix" => return text("amazonaws.com"),
            "AWS::StackId" => {
                let (region, app) = (self.region, self.app);
                return Ok(Some(
                    format!("arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{app}/local").into(),
                ));
            }
            _ => {}
        }
        if let Some(parameter) = self.graph.parameters().and_then(|p| p.get(name)?.as_map()) {
            return self.parameter(name, parameter);
        }
        let resource = self.graph.resources.get(name).ok_or_else(|| format!("{name} is not declared"))?;
        let form = facts::of(&resource.resource_type).and_then(|fact| fact.reference.as_ref());
        Ok(Some(match form {
            Some(form) => self.fill(form, name, depth).into(),
            None => self.name_at(name, depth).into(),
        }))
    }

    fn parameter(&self, name: &str, parameter: &Map) -> Known {
        let kind = parameter.get("Type").and_then(Expr::as_str).unwrap_or("String");
        let given = self.parameters.get(name).cloned();
        let default = || parameter.get("Default").and_then(|d| as_text(&self.at(d, DEEPEST).ok()??));
        if given.is_none() && kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Err(format!("the parameter {name} is looked up at deployment; give it with --param"));
        }
        let text = given
            .or_else(default)
            .ok_or_else(|| format!("the parameter {name} has no default; give it with --param"))?;
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        Ok(Some(match is_list {
            true => text.split(',').map(|item| Value::from(item.trim())).collect(),
            false => text.into(),
        }))
    }

    fn attribute(&self, id: &str, attribute: &str, depth: usize) -> Result<Value, Unknown> {
        let resource = self.graph.resources.get(id).ok_or_else(|| format!("{id} is not declared"))?;
        let fact = facts::of(&resource.resource_type);
        let form = fact.and_then(|fact| match attribute {
            "Arn" => fact.arn.as_ref().or_else(|| fact.attributes.get("Arn")),
            other => fact.attributes.get(other),
        });
        match form {
            Some(form) => Ok(self.fill(form, id, depth).into()),
            None => Err(format!("{id}.{attribute} is known only at deployment")),
        }
    }

    fn substitute(&self, template: &str, variables: Option<&Map>, depth: usize) -> Result<Value, Unknown> {
        let mut text = String::new();
        for piece in pieces(template) {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Literal(name) => text.push_str(&format!("${{{name}}}")),
                Piece::Name(name) => {
                    let value = match (variables.and_then(|v| v.get(name)), name.split_once('.')) {
                        (Some(value), _) => self.at(value, depth)?,
                        (None, Some((id, attribute))) => Some(self.attribute(id, attribute, depth)?),
                        (None, None) => self.reference(name, depth)?,
                    };
                    text.push_str(&value.as_ref().and_then(as_text).unwrap_or_default());
                }
            }
        }
        Ok(text.into())
    }

    fn find_in_map(&self, argument: &Expr, depth: usize) -> Result<Option<Value>, Unknown> {
        let Some([map, first, second, ..]) = argument.as_list() else { return Ok(None) };
        let (Some(map), Some(first), Some(second)) =
            (self.at(map, depth)?, self.at(first, depth)?, self.at(second, depth)?)
        else {
            return Ok(None);
        };
        let (Some(map), Some(first), Some(second)) = (map.as_str(), as_text(&first), as_text(&second)) else {
            return Ok(None);
        };
        let found = self
            .graph
            .mappings()
            .and_then(|m| m.get(map)?.as_map()?.get(first.as_str())?.as_map()?.get(second.as_str()));
        found.map_or(Ok(None), |found| self.at(found, depth))
    }

    fn condition(&self, name: &str, depth: usize) -> Result<bool, Unknown> {
        let known = self.conditions.borrow().get(name).cloned();
        match known {
            Some(Some(done)) => return done,
            Some(None) => return Err(format!("the condition {name} depends on itself")),
            None => {}
        }
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let done = match self.graph.conditions().and_then(|c| c.get(name)) {
            Some(expr) => self.truth(expr, depth + 1),
            None => Err(format!("the condition {name} is not declared")),
        };
        self.conditions.borrow_mut().insert(name.to_owned(), Some(done.clone()));
        done
    }

    fn truth(&self, expr: &Expr, depth: usize) -> Result<bool, Unknown> {
        let odd = || "a condition is written in a form that is not read here".to_owned();
        if depth > DEEPEST {
            return Err("the condition lies too deep".to_owned());
        }
        let Some((function, argument)) = expr.as_call() else { return expr.as_bool().ok_or_else(odd) };
        match function {
            Function::Condition => self.condition(argument.as_str().ok_or_else(odd)?, depth),
            Function::Equals => {
                let [a, b] = argument.as_list().ok_or_else(odd)? else { return Err(odd()) };
                let (a, b) = (self.at(a, depth + 1)?, self.at(b, depth + 1)?);
                Ok(a.as_ref().and_then(as_text) == b.as_ref().and_then(as_text))
            }
            Function::Not => {
                let [inner] = argument.as_list().ok_or_else(odd)? else { return Err(odd()) };
                self.truth(inner, depth + 1).map(|truth| !truth)
            }
            Function::And | Function::Or => {
                let wanted = *function == Function::Or;
                let mut unknown = None;
                for part in argument.as_list().ok_or_else(odd)? {
                    match self.truth(part, depth + 1) {
                        Ok(truth) if truth == wanted => return Ok(wanted),
                        Ok(_) => {}
                        Err(why) => unknown = Some(why),
                    }
                }
                unknown.map_or(Ok(!wanted), Err)
            }
            _ => Err(odd()),
        }
    }
}

/// A value as the text that it is in an environment variable.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The resource of a type that an expression leads to.
pub(crate) fn resource_of(graph: &ResourceGraph, expr: &Expr, wanted: &[&str]) -> Option<LogicalId> {
    samc_ir::first_of(graph, expr, |t| wanted.contains(&t))
}
