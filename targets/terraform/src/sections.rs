//! Parameters, mappings, conditions and outputs: variables, local values and outputs.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Function, Kind, Map};

use crate::context::{Context, Shape, Variable};
use crate::hcl::{Block, Value, line};
use crate::names::Names;

/// Names that Terraform keeps for itself, and ours.
pub(crate) const RESERVED: &[&str] = &[
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "lifecycle",
    "depends_on",
    "locals",
    "stack_name",
    "artifact_bucket",
];

/// What each parameter becomes.
pub(crate) fn variables(parameters: &Map) -> Vec<(&str, Variable)> {
    let mut names = Names::reserving(RESERVED);
    let mut data_names = Names::default();
    let variable = |(name, declaration): &(&samc_ir::Str, &Expr)| {
        let word = |key: &str| declaration.as_map().and_then(|m| m.get(key)).and_then(Expr::as_str);
        let kind = word("Type").unwrap_or("String");
        let own = names.take(name);
        let is_stored = kind.starts_with("AWS::SSM::Parameter::Value<");
        let is_list = kind == "CommaDelimitedList"
            || kind.starts_with("List<")
            || kind.contains("<List<")
            || kind.contains("<CommaDelimitedList");
        let shape = match kind {
            "Number" => Shape::Number,
            _ if is_list => Shape::List,
            _ => Shape::Text,
        };
        let mut code = format!("var.{own}");
        if is_stored {
            // The variable holds the name under which the value is stored.
            code = format!("data.aws_ssm_parameter.{}.insecure_value", data_names.take(name));
            if is_list {
                code = format!("split(\",\", {code})");
            }
        }
        let secret = declaration.as_map().and_then(|m| m.get("NoEcho"));
        let is_secret = secret.is_some_and(|s| s.as_bool() == Some(true) || s.as_str() == Some("true"));
        Variable { name: own, code, shape, is_secret }
    };
    let entries: Vec<_> = parameters.iter().filter(|(name, _)| !name.starts_with("Fn::")).collect();
    let made: Vec<Variable> = entries.iter().map(variable).collect();
    entries.into_iter().map(|(name, _)| &**name).zip(made).collect()
}

impl Context<'_> {
    /// `variables.tf`.
    pub(crate) fn variable_blocks(&self) -> Vec<Block> {
        let mut stack = Block::new("variable", &["stack_name"]);
        stack.set("description", Value::text("What the names of resources begin with"));
        stack.set("type", Value::code("string"));
        stack.set("default", Value::text(self.stack_name()));
        stack.set("nullable", Value::Bool(false));
        let mut blocks = vec![stack];
        if self.uploads.get() {
            let mut bucket = Block::new("variable", &["artifact_bucket"]);
            bucket
                .set("description", Value::text("The bucket for code that Lambda takes from a bucket alone"));
            bucket.set("type", Value::code("string"));
            bucket.set("nullable", Value::Bool(false));
            blocks.push(bucket);
        }
        for (name, declaration) in self.graph.parameters().into_iter().flat_map(Map::iter) {
            if let (Some(variable), Some(declaration)) = (self.variables.get(&**name), declaration.as_map()) {
                blocks.push(self.variable(name, variable, declaration));
            }
        }
        blocks
    }

    /// The variables for names that nothing has.
    pub(crate) fn asked_blocks(&self) -> Vec<Block> {
        let asked = self.asked_names.borrow();
        let block = |(name, variable): (&String, &String)| {
            let mut block = Block::new("variable", &[variable]);
            let text = format!("The template names `{name}` and does not declare it");
            block.set("description", Value::text(text));
            block.set("type", Value::code("string"));
            block.set("nullable", Value::Bool(false));
            block
        };
        asked.iter().map(block).collect()
    }

    fn variable(&self, name: &str, variable: &Variable, declaration: &Map) -> Block {
        let word = |key: &str| declaration.get(key).and_then(scalar);
        let kind = word("Type").unwrap_or_default();
        let is_stored = kind.starts_with("AWS::SSM::Parameter::Value<");
        let shape = if is_stored { Shape::Text } else { variable.shape };
        let mut block = Block::new("variable", &[&variable.name]);
        if let Some(description) = word("Description").filter(|d| !d.is_empty()) {
            block.set("description", Value::text(description));
        }
        let type_ = match shape {
            Shape::Text => "string",
            Shape::Number => "number",
            Shape::List => "list(string)",
        };
        block.set("type", Value::code(type_));
        let literal = |expr: &Expr| match (shape, scalar(expr)) {
            (Shape::Number, Some(text)) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
                let text = text.trim().trim_start_matches('+');
                Value::Call("tonumber", vec![Value::text(text)])
            }
            (_, Some(text)) => Value::text(text),
            (_, None) => Value::Null,
        };
        let plain = |expr: &Expr| match literal(expr) {
            Value::Call(_, arguments) => {
                let text = arguments.first().and_then(Value::as_literal).unwrap_or("0").to_owned();
                let is_plain =
                    text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
                if is_plain { Value::Number(text) } else { Value::text(text) }
            }
            other => other,
        };
        // A stack that is taken over keeps the values it was deployed with.
        let given = self.options.terraform.import.as_ref().and_then(|_| self.options.parameters.get(name));
        let given = given.filter(|_| !variable.is_secret).map(|value| Expr::from(value.as_str()));
        if let Some(default) = given.as_ref().or(declaration.get("Default")) {
            let value = match shape {
                Shape::List => {
                    let text = scalar(default).unwrap_or_default();
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    Value::List(items.map(Value::text).collect())
                }
                Shape::Text | Shape::Number => plain(default),
            };
            if value != Value::Null {
                block.set("default", value);
            }
        }
        block.set("nullable", Value::Bool(false));
        if variable.is_secret {
            block.set("sensitive", Value::Bool(true));
        }
        self.validations(&mut block, name, variable, declaration, shape, &plain);
        block
    }

    fn validations(
        &self,
        block: &mut Block,
        name: &str,
        variable: &Variable,
        declaration: &Map,
        shape: Shape,
        plain: &dyn Fn(&Expr) -> Value,
    ) {
        let own = format!("var.{}", variable.name);
        // A message must say something.
        let said = declaration.get("ConstraintDescription").and_then(scalar);
        let said = said.filter(|text| !text.trim().is_empty());
        let mut add = |condition: String, message: String| {
            let mut validation = Block::new("validation", &[]);
            validation.set("condition", Value::code(condition));
            validation.set("error_message", Value::text(said.clone().unwrap_or(message)));
            block.push(validation);
        };
        let each = |condition: String| match shape {
            Shape::List => format!("alltrue([for x in {own} : {condition}])"),
            Shape::Text | Shape::Number => condition,
        };
        let one = if shape == Shape::List { "x" } else { &own };
        if let Some(allowed) = declaration.get("AllowedValues").and_then(Expr::as_list) {
            let values = Value::List(allowed.iter().map(plain).collect());
            let words: Vec<String> = allowed.iter().filter_map(scalar).collect();
            let message = format!("The value must be one of: {}.", words.join(", "));
            add(each(format!("contains({}, {one})", line(&values))), message);
        }
        if let Some(pattern) = declaration.get("AllowedPattern").and_then(scalar) {
            // Terraform's expressions cannot look around or refer back.
            if ["(?=", "(?!", "(?<", "\\1", "\\2", "\\Z"].iter().any(|word| pattern.contains(word))
                || !is_balanced(&pattern)
            {
                let message = format!("the pattern of `{name}` is one that Terraform does not understand");
                let span = declaration.get("AllowedPattern").and_then(|e| e.span);
                self.found.borrow_mut().push(
                    Diagnostic::warning(codes::TERRAFORM_PATTERN, message)
                        .at(span, "not checked by Terraform")
                        .help("say it without looking around and without references back"),
                );
            } else {
                let anchored = line(&Value::text(format!("^(?:{pattern})$")));
                let message = format!("The value must match the pattern {pattern}.");
                add(each(format!("can(regex({anchored}, {one}))")), message);
            }
        }
        let bounds = [
            ("MinLength", "length", ">=", "have at least", " characters"),
            ("MaxLength", "length", "<=", "have at most", " characters"),
            ("MinValue", "", ">=", "be at least", ""),
            ("MaxValue", "", "<=", "be at most", ""),
        ];
        for (key, function, operator, words, unit) in bounds {
            let Some(bound) = declaration.get(key).and_then(scalar) else { continue };
            if bound.parse::<f64>().is_err() || (function.is_empty() && shape != Shape::Number) {
                continue;
            }
            let of = if function.is_empty() { one.to_owned() } else { format!("{function}({one})") };
            add(each(format!("{of} {operator} {bound}")), format!("The value must {words} {bound}{unit}."));
        }
    }

    /// Lookups of parameters that are stored elsewhere.
    pub(crate) fn stored_parameters(&self) {
        for (name, _) in self.graph.parameters().into_iter().flat_map(Map::iter) {
            let Some(variable) = self.variables.get(&**name) else { continue };
            let inner = variable.code.trim_start_matches("split(\",\", ");
            let label = inner.strip_prefix("data.aws_ssm_parameter.").and_then(|c| c.split('.').next());
            if let Some(label) = label {
                let own = Value::code(format!("var.{}", variable.name));
                let label = self.data_names.borrow_mut().take(label);
                self.lookup("aws_ssm_parameter", &label, vec![("name", own)]);
            }
        }
    }

    /// `locals.tf`: mappings and conditions.
    pub(crate) fn local_blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut block = Block::new("locals", &[]);
        for (name, map) in self.graph.mappings().into_iter().flat_map(Map::iter) {
            if let Some(local) = self.mappings.get(&**name) {
                block.set(local, self.value(map));
            }
        }
        if !block.items.is_empty() {
            blocks.push(std::mem::replace(&mut block, Block::new("locals", &[])));
        }
        for (name, condition) in self.graph.conditions().into_iter().flat_map(Map::iter) {
            if let Some(local) = self.conditions.get(&**name) {
                let mut value = self.condition(condition);
                if self.secret_conditions.contains(&&**name) {
                    value = Value::Call("nonsensitive", vec![value]);
                }
                block.set(local, value);
            }
        }
        if !block.items.is_empty() {
            blocks.push(block);
        }
        blocks
    }

    /// A condition as an expression that is true or false.
    pub(crate) fn condition(&self, expr: &Expr) -> Value {
        let parts = |e: &Expr| e.as_list().map(<[Expr]>::to_vec).unwrap_or_default();
        match &expr.kind {
            Kind::Call(Function::Condition, name) => self.named_condition(name, expr),
            Kind::Call(Function::Equals, argument) => match parts(argument).as_slice() {
                [left, right] => Value::Binary("==", vec![self.compared(left), self.compared(right)]),
                _ => self.no_condition(expr),
            },
            Kind::Call(function @ (Function::And | Function::Or), argument) => {
                let operator = if *function == Function::And { "&&" } else { "||" };
                let mut operands: Vec<Value> = parts(argument).iter().map(|e| self.condition(e)).collect();
                match operands.len() {
                    0 => self.no_condition(expr),
                    1 => operands.remove(0),
                    _ => Value::Binary(operator, operands),
                }
            }
            Kind::Call(Function::Not, argument) => match parts(argument).as_slice() {
                [one] => Value::Not(Box::new(self.condition(one))),
                _ => self.no_condition(expr),
            },
            Kind::Map(map) if map.len() == 1 && map.contains_key("Condition") => {
                map.get("Condition").map_or(Value::Null, |name| self.named_condition(name, expr))
            }
            Kind::Bool(b) => Value::Bool(*b),
            Kind::String(text) if &**text == "true" || &**text == "false" => Value::code(&**text),
            _ => self.no_condition(expr),
        }
    }

    fn named_condition(&self, name: &Expr, expr: &Expr) -> Value {
        match name.as_str().and_then(|name| self.conditions.get(name)) {
            Some(local) => Value::code(format!("local.{local}")),
            None => self.no_condition(expr),
        }
    }

    fn no_condition(&self, expr: &Expr) -> Value {
        let help = "a condition is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and names of conditions";
        self.cannot(
            codes::TERRAFORM_FUNCTION,
            "this is no condition that Terraform can say".to_owned(),
            expr,
            help,
        )
    }

    /// A side of a comparison: always text, as CloudFormation has it.
    fn compared(&self, expr: &Expr) -> Value {
        match self.value(expr) {
            Value::Number(n) => Value::text(n),
            Value::Bool(b) => Value::text(b.to_string()),
            text @ Value::Text(_) => text,
            Value::Null => Value::text(""),
            other if self.is_list(expr) => Value::Call("join", vec![Value::text(","), other]),
            other => {
                let name = expr.as_ref_to().and_then(|name| self.variables.get(name));
                if name.is_some_and(|v| v.shape == Shape::Text) {
                    return other;
                }
                Value::Call("tostring", vec![other])
            }
        }
    }

    /// `outputs.tf`.
    pub(crate) fn output_blocks(&self) -> Vec<Block> {
        let mut names = Names::default();
        let mut blocks = Vec::new();
        for (name, output) in self.graph.outputs().into_iter().flat_map(Map::iter) {
            let Some(output) = output.as_map() else { continue };
            let Some(value) = output.get("Value") else { continue };
            let mut block = Block::new("output", &[&names.take(name)]);
            if let Some(description) = output.get("Description") {
                // A description is not computed in Terraform.
                if let Some(text) = self.value(description).as_literal() {
                    block.set("description", Value::text(text));
                }
            }
            let condition = output.get("Condition").and_then(Expr::as_str);
            let condition = condition.and_then(|name| self.conditions.get(name)).cloned();
            self.guards.borrow_mut().extend(condition.clone());
            let mut said = self.value(value);
            if condition.is_some() {
                self.guards.borrow_mut().pop();
            }
            if let Some(condition) = condition {
                said = match said.is_composite() {
                    true => {
                        let text = Value::Call("jsonencode", vec![said]);
                        let text = Value::Cond(
                            format!("local.{condition}"),
                            Box::new(text),
                            Box::new(Value::text("null")),
                        );
                        Value::Call("jsondecode", vec![text])
                    }
                    false => Value::Cond(format!("local.{condition}"), Box::new(said), Box::new(Value::Null)),
                };
            }
            block.set("value", said);
            if self.is_secret(value) {
                block.set("sensitive", Value::Bool(true));
            }
            // An export that a front end adds to every output has no place, and nobody asked for it.
            let place = |export: &Expr| output.key_span("Export").or(export.span);
            if let Some(span) = output.get("Export").and_then(place) {
                self.found.borrow_mut().push(
                    Diagnostic::warning(
                        codes::TERRAFORM_EXPORT,
                        format!("the output `{name}` is exported, which Terraform cannot do"),
                    )
                    .at(span, "other stacks will not find it")
                    .help("let the others read the state, or a parameter in Systems Manager that holds the value"),
                );
            }
            blocks.push(block);
        }
        blocks
    }

    /// True where a value tells a secret.
    pub(crate) fn is_secret(&self, expr: &Expr) -> bool {
        let mut found = false;
        samc_ir::references::each(expr, true, &mut |r| {
            found |= self.variables.get(r.name).is_some_and(|v| v.is_secret);
        });
        expr.walk(&mut |e| {
            found |= e
                .as_str()
                .is_some_and(|s| s.contains("{{resolve:secretsmanager") || s.contains("{{resolve:ssm"));
        });
        found
    }
}

/// A scalar as text.
pub(crate) fn scalar(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Int(i) => Some(i.to_string()),
        Kind::Float(f) => Some(f.to_string()),
        Kind::Bool(b) => Some(b.to_string()),
        Kind::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(scalar).collect();
            Some(items?.join(","))
        }
        Kind::Null | Kind::Map(_) | Kind::Call(..) | Kind::Asset(_) => None,
    }
}

/// Whether the brackets of a pattern belong together, which is as much as is worth knowing of it.
fn is_balanced(pattern: &str) -> bool {
    let (mut depth, mut in_class, mut escaped) = (0_i32, false, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !in_class && !escaped
}
