//! Values of the template as values of Terraform.

use std::borrow::Cow;

use samc_base::codes;
use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind, Map};

use crate::arns::Bit;
use crate::context::{Context, How, Shape};
use crate::hcl::{Part, Value};
use crate::sections;

impl Context<'_> {
    /// A value. `Ref AWS::NoValue` is null.
    pub(crate) fn value(&self, expr: &Expr) -> Value {
        match &expr.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Int(i) => Value::Number(i.to_string()),
            Kind::Float(f) if f.is_finite() => Value::Number(format!("{f}")),
            Kind::Float(f) => Value::text(format!("{f}")),
            Kind::String(text) => self.dynamic(vec![Part::Lit(text.to_string())]),
            Kind::Asset(asset) => Value::text(&*asset.path),
            Kind::List(items) => self.list(items),
            Kind::Map(map) => self.object(map),
            Kind::Call(function, argument) => self.call(expr, function, argument),
        }
    }

    /// A value as JSON text.
    pub(crate) fn json(&self, expr: &Expr) -> Value {
        match self.value(expr) {
            text @ Value::Text(_) => text,
            Value::Null => Value::Null,
            // A parameter or an attribute that holds JSON already.
            code @ Value::Code(_) => code,
            Value::Cond(c, then, otherwise) if !then.is_composite() && !otherwise.is_composite() => {
                Value::Cond(c, then, otherwise)
            }
            Value::Call("jsondecode", mut arguments) if arguments.len() == 1 => arguments.remove(0),
            other => Value::Call("jsonencode", vec![other]),
        }
    }

    fn list(&self, items: &[Expr]) -> Value {
        let mut may_miss = false;
        let values = items.iter().filter(|item| !item.is_no_value()).map(|item| {
            may_miss |= is_optional(item);
            self.value(item)
        });
        let list = Value::List(values.collect());
        if may_miss { Value::Present(Box::new(list)) } else { list }
    }

    fn object(&self, map: &Map) -> Value {
        let mut may_miss = false;
        let members = map.iter().filter(|(_, value)| !value.is_no_value() && !value.is_null());
        let members = members.map(|(key, value)| {
            may_miss |= is_optional(value);
            (key.to_string(), self.value(value))
        });
        let object = Value::Object(members.collect());
        if may_miss { Value::Present(Box::new(object)) } else { object }
    }

    fn call(&self, expr: &Expr, function: &Function, argument: &Expr) -> Value {
        let parts = argument.as_list().unwrap_or(&[]);
        match (function, parts) {
            (Function::Ref, _) => match argument.as_str() {
                Some(name) => self.reference(name, expr),
                None => self.unsaid(function, expr),
            },
            (Function::GetAtt, _) => self.get_att(expr, argument),
            (Function::Sub, _) => match expr.as_sub() {
                Some((text, variables)) => self.dynamic(self.substitution(text, variables, expr)),
                None => self.unsaid(function, expr),
            },
            (Function::Join, [delimiter, list]) => self.join(delimiter, list),
            (Function::If, [condition, then, otherwise]) => match condition.as_str() {
                Some(name) => self.if_else(name, then, otherwise, expr),
                None => self.unsaid(function, expr),
            },
            (Function::FindInMap, [map, first, second, rest @ ..]) => {
                let Some(local) = map.as_str().and_then(|name| self.mappings.get(name)) else {
                    return self.unsaid(function, expr);
                };
                let step = |key: &Expr| format!("[{}]", crate::hcl::line(&self.value(key)));
                let found = Value::code(format!("local.{local}{}{}", step(first), step(second)));
                match rest.first().and_then(|options| options.as_map()?.get("DefaultValue")) {
                    Some(default) => Value::Call("try", vec![found, self.value(default)]),
                    None => found,
                }
            }
            (Function::ImportValue, _) => {
                let name = self.value(argument);
                let wish = name.as_literal().unwrap_or("imported").to_owned();
                let address =
                    self.named_lookup("aws_cloudformation_export", &wish, ("name", name), Vec::new());
                Value::code(format!("{address}.value"))
            }
            (Function::Select, [index, list]) => self.select(index, list),
            (Function::Split, [delimiter, text]) => {
                Value::Call("split", vec![self.value(delimiter), self.value(text)])
            }
            (Function::Base64, _) => Value::Call("base64encode", vec![self.value(argument)]),
            (Function::GetAZs, _) => {
                let state = vec![("state", Value::text("available"))];
                let address = self.lookup("aws_availability_zones", "available", state);
                Value::code(format!("{address}.names"))
            }
            (Function::Cidr, [block, count, rest @ ..]) => {
                let block = crate::hcl::line(&self.value(block));
                let number = |e: &Expr| match self.value(e) {
                    Value::Number(n) => n,
                    other => match other.as_literal() {
                        Some(text) if text.parse::<u32>().is_ok() => text.to_owned(),
                        _ => format!("tonumber({})", crate::hcl::line(&other)),
                    },
                };
                let count = number(count);
                let bits = rest.first().map_or_else(|| "8".to_owned(), number);
                let width = if bits.parse::<u32>().is_ok_and(|b| b > 32) { 128 } else { 32 };
                Value::code(format!(
                    "[for i in range({count}) : cidrsubnet({block}, {width} - {bits} - tonumber(split(\"/\", {block})[1]), i)]"
                ))
            }
            (Function::Equals | Function::And | Function::Or | Function::Not | Function::Condition, _) => {
                self.condition(expr)
            }
            (Function::Transform, _) if self.is_in_stack() => {
                Value::Object(vec![(function.key().to_owned(), self.value(argument))])
            }
            (Function::Other(name), _) if &**name == "Fn::Length" => {
                Value::Call("length", vec![self.value(argument)])
            }
            (Function::Other(name), _) if &**name == "Fn::ToJsonString" => match self.value(argument) {
                value @ Value::Code(_) => value,
                value => Value::Call("jsonencode", vec![value]),
            },
            _ => self.unsaid(function, expr),
        }
    }

    /// Whether what is written goes into a template of CloudFormation.
    fn is_in_stack(&self) -> bool {
        let current = *self.current.borrow();
        let plan = current.and_then(|id| self.plans.get(id.as_str()));
        plan.is_some_and(|plan| matches!(plan.how, How::Stack))
    }

    fn unsaid(&self, function: &Function, expr: &Expr) -> Value {
        let message = format!("`{function}` is used in a way that Terraform has no words for");
        self.cannot(
            codes::TERRAFORM_FUNCTION,
            message,
            expr,
            "write the value out, or build for CloudFormation",
        )
    }

    fn if_else(&self, name: &str, then: &Expr, otherwise: &Expr, expr: &Expr) -> Value {
        let Some(local) = self.conditions.get(name) else {
            return self.unsaid(&Function::If, expr);
        };
        let negated = format!("!{local}");
        self.guards.borrow_mut().push(local.clone());
        let first = self.value(then);
        self.guards.borrow_mut().pop();
        self.guards.borrow_mut().push(negated);
        let second = self.value(otherwise);
        self.guards.borrow_mut().pop();
        let condition = format!("local.{local}");
        if first == second {
            return first;
        }
        // Both sides of a conditional are of one type in Terraform, which composite ones seldom are.
        if first.is_composite() || second.is_composite() {
            let text = |value: Value| match value {
                Value::Call("jsondecode", mut arguments) if arguments.len() == 1 => arguments.remove(0),
                value => Value::Call("jsonencode", vec![value]),
            };
            let text = Value::Cond(condition, Box::new(text(first)), Box::new(text(second)));
            return Value::Call("jsondecode", vec![text]);
        }
        Value::Cond(condition, Box::new(first), Box::new(second))
    }

    fn join(&self, delimiter: &Expr, list: &Expr) -> Value {
        let Some(items) = list.as_list() else {
            return Value::Call("join", vec![self.value(delimiter), self.value(list)]);
        };
        let is_plain = items.iter().all(|item| !self.is_list(item) && !is_optional(item));
        let Some(between) = delimiter.as_str().filter(|_| is_plain) else {
            let mut values = self.value(list);
            if let Value::Present(inner) = values {
                values = *inner;
            }
            if items.iter().any(|item| self.is_list(item)) {
                values = Value::Call("flatten", vec![values]);
            }
            if items.iter().any(is_optional) {
                values = Value::Call("compact", vec![values]);
            }
            return Value::Call("join", vec![self.value(delimiter), values]);
        };
        let mut bits = Vec::new();
        for (i, item) in items.iter().filter(|item| !item.is_no_value()).enumerate() {
            if i > 0 {
                bits.push(Bit::Text(between.into()));
            }
            bits.push(Bit::of(item));
        }
        self.dynamic(self.parts(bits))
    }

    /// A value as a piece of text.
    pub(crate) fn part(&self, expr: &Expr) -> Part {
        match self.value(expr) {
            Value::Number(n) => Part::Lit(n),
            Value::Bool(b) => Part::Lit(b.to_string()),
            Value::Null => Part::Lit(String::new()),
            value if value.is_composite() => Part::Value(Value::Call("jsonencode", vec![value])),
            value if self.is_list(expr) => Part::Value(Value::Call("join", vec![Value::text(","), value])),
            value => Part::Value(value),
        }
    }

    fn select(&self, index: &Expr, list: &Expr) -> Value {
        let number = match &index.kind {
            Kind::Int(i) => usize::try_from(*i).ok(),
            Kind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if let (Some(number), Some(items)) = (number, list.as_list())
            && let Some(item) = items.get(number)
            && !items.iter().any(is_optional)
        {
            return self.value(item);
        }
        let index = match number {
            Some(number) => number.to_string(),
            None => crate::hcl::line(&self.value(index)),
        };
        Value::Index(Box::new(self.value(list)), format!("[{index}]"))
    }

    /// The pieces of a text with names in it.
    fn substitution(&self, text: &str, variables: Option<&Map>, expr: &Expr) -> Vec<Part> {
        let bit = |piece| match piece {
            Piece::Text(plain) => Bit::Text(plain.into()),
            Piece::Literal(name) => Bit::Text(format!("${{{name}}}").into()),
            Piece::Name("") => Bit::Text("${}".into()),
            Piece::Name(name) => match variables.and_then(|v| v.get(name)) {
                Some(value) => Bit::of(value),
                None => {
                    let reference = match name.split_once('.') {
                        Some((resource, attribute)) => Expr::get_att(resource, attribute),
                        None => Expr::reference(name),
                    };
                    Bit::Value(Cow::Owned(reference.with_span(expr.span)))
                }
            },
        };
        self.parts(pieces(text).map(bit).collect())
    }

    /// True where a value is a list in Terraform.
    pub(crate) fn is_list(&self, expr: &Expr) -> bool {
        if let Some(name) = expr.as_ref_to() {
            return self.variables.get(name).is_some_and(|v| v.shape == Shape::List);
        }
        if let Some((_, then, otherwise)) = expr.as_if() {
            return self.is_list(then) || self.is_list(otherwise);
        }
        matches!(
            &expr.kind,
            Kind::List(_) | Kind::Call(Function::Split | Function::GetAZs | Function::Cidr, _)
        )
    }

    fn reference(&self, name: &str, expr: &Expr) -> Value {
        if let Some(variable) = self.variables.get(name) {
            return Value::code(&variable.code);
        }
        if self.plans.contains_key(name) {
            return self.ref_of(name);
        }
        let field = |kind: &str, label: &str, attribute: &str| {
            let address = self.lookup(kind, label, Vec::new());
            Value::code(format!("{address}.{attribute}"))
        };
        match name {
            "AWS::NoValue" => Value::Null,
            "AWS::Region" => field("aws_region", "current", "name"),
            "AWS::AccountId" => field("aws_caller_identity", "current", "account_id"),
            "AWS::Partition" => field("aws_partition", "current", "partition"),
            "AWS::URLSuffix" => field("aws_partition", "current", "dns_suffix"),
            "AWS::StackName" => Value::code("var.stack_name"),
            "AWS::NotificationARNs" => Value::List(Vec::new()),
            "AWS::StackId" => {
                let said = samc_base::Diagnostic::warning(
                    codes::TERRAFORM_STACK_ID,
                    "there is no stack in Terraform, and so no `AWS::StackId`",
                );
                self.say(
                    said.at(self.place(expr.span), "becomes the name of the stack")
                        .help("take `AWS::StackName` where a name of the deployment is wanted"),
                );
                Value::code("var.stack_name")
            }
            _ => self.asked_name(name, name, expr),
        }
    }

    /// What stands for a name that nothing has: a variable, which Terraform asks for.
    fn asked_name(&self, name: &str, whole: &str, expr: &Expr) -> Value {
        let said = samc_base::Diagnostic::warning(
            codes::TERRAFORM_ASKED,
            format!("nothing is called `{name}`, so that `{whole}` is a variable to be given"),
        );
        self.say(
            said.at(self.place(expr.span), "refused by CloudFormation")
                .help("declare a parameter or a resource of this name"),
        );
        let mut asked = self.asked_names.borrow_mut();
        if !asked.contains_key(whole) {
            let own = self.variables.values().map(|variable| variable.name.as_str());
            let taken: Vec<&str> = own.chain(asked.values().map(String::as_str)).collect();
            let mut names = crate::names::Names::reserving(&taken);
            sections::RESERVED.iter().for_each(|name| drop(names.take(name)));
            let variable = names.take(whole);
            asked.insert(whole.to_owned(), variable);
        }
        Value::code(format!("var.{}", asked.get(whole).map_or("", String::as_str)))
    }

    /// What `Ref` of a resource gives.
    pub(crate) fn ref_of(&self, id: &str) -> Value {
        let Some(plan) = self.plans.get(id) else { return Value::Null };
        match plan.how {
            How::Native(mapping) => self.told(plan, &mapping.reference),
            How::Merged => self.merged(id, None),
            How::CloudControl => Value::code(self.attribute(plan, "id")),
            How::Stack => Value::code(format!("{}[\"Ref\"]", self.attribute(plan, "outputs"))),
            // A module has no id; its name is what comes closest.
            How::Module => self.module_id(id),
        }
    }

    fn get_att(&self, expr: &Expr, argument: &Expr) -> Value {
        let computed = || -> Option<(&str, Value)> {
            let [resource, attribute] = argument.as_list()? else { return None };
            Some((resource.as_str()?, self.value(attribute)))
        };
        let joined;
        let (id, attribute) = match expr.as_get_att() {
            Some(pair) => pair,
            None => match (argument.as_list(), computed()) {
                // `[Nested, Outputs, Name]`, as some write it.
                (Some([first, rest @ ..]), _)
                    if rest.len() > 1 && rest.iter().all(|p| p.as_str().is_some()) =>
                {
                    joined = rest.iter().filter_map(Expr::as_str).collect::<Vec<_>>().join(".");
                    (first.as_str().unwrap_or_default(), joined.as_str())
                }
                (_, Some((id, attribute))) => {
                    let Some(plan) = self.plans.get(id) else {
                        let message = format!("nothing is called `{id}`");
                        let help = "declare a resource of this name";
                        return self.cannot(codes::TERRAFORM_NAME, message, expr, help);
                    };
                    let of = match plan.how {
                        How::Stack => self.attribute(plan, "outputs"),
                        How::CloudControl => format!("jsondecode({})", self.attribute(plan, "properties")),
                        How::Native(_) | How::Merged | How::Module => {
                            return self.unsaid(&Function::GetAtt, expr);
                        }
                    };
                    return Value::code(format!("{of}[{}]", crate::hcl::line(&attribute)));
                }
                _ => return self.unsaid(&Function::GetAtt, expr),
            },
        };
        let Some(plan) = self.plans.get(id) else {
            return self.asked_name(id, &format!("{id}.{attribute}"), expr);
        };
        match plan.how {
            How::Native(mapping) => match mapping.attribute(attribute) {
                Some(code) => self.told(plan, &code),
                None => self.unsaid(&Function::GetAtt, expr),
            },
            How::Merged => self.merged(id, Some(attribute)),
            How::Module => match self.module_output(id, plan, attribute) {
                Some(value) => value,
                None => self.unsaid(&Function::GetAtt, expr),
            },
            How::CloudControl => {
                let properties = self.attribute(plan, "properties");
                let steps: String = attribute
                    .split('.')
                    .map(|s| format!("[{}]", crate::hcl::line(&Value::text(s))))
                    .collect();
                Value::code(format!("jsondecode({properties}){steps}"))
            }
            How::Stack => {
                let outputs = self.attribute(plan, "outputs");
                let name: String = attribute.chars().filter(char::is_ascii_alphanumeric).collect();
                let output = Value::code(format!("{outputs}[\"{name}\"]"));
                // An output is text; `fallback` joins the items of a list.
                match self.listed.contains(&(id, attribute)) {
                    true => Value::Call("split", vec![Value::text(","), output]),
                    false => output,
                }
            }
        }
    }
}

/// True where a value may be `AWS::NoValue`.
pub(crate) fn is_optional(expr: &Expr) -> bool {
    match expr.as_if() {
        Some((_, then, otherwise)) => {
            [then, otherwise].into_iter().any(|e| e.is_no_value() || is_optional(e))
        }
        None => false,
    }
}
