//! Whether two files of Terraform, one in its own language and one as JSON, say the same. Both are read
//! by a parser that samc knows nothing of, and what they hold is brought into one form.

use std::fmt::Write;
use std::str::FromStr;

use hcl_edit::expr::{Expression, ForExpr, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, Template};
use serde_json::{Map, Value};

/// What the files of the one syntax say and those of the other do not.
pub fn differences(hcl: &[(String, String)], json: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in hcl {
        let Some((_, other)) = json.iter().find(|(other, _)| *other == format!("{name}.json")) else {
            faults.push(format!("{name}.json is not there"));
            continue;
        };
        match (text.parse::<Body>(), serde_json::from_str::<Map<String, Value>>(other)) {
            (Ok(body), Ok(members)) => compare(&body, &members, "", name, &mut faults),
            (Err(why), _) => faults.push(format!("{name}: {why}")),
            (_, Err(why)) => faults.push(format!("{name}.json: {why}")),
        }
    }
    if json.len() != hcl.len() {
        faults.push(format!("{} files in the one syntax, {} in the other", hcl.len(), json.len()));
    }
    faults
}

/// True for arguments that Terraform reads before anything can be referred to: in JSON their text is no
/// template.
fn is_plain(kind: &str, name: &str) -> bool {
    matches!(kind, "variable" | "terraform" | "lifecycle")
        || name == "depends_on"
        || matches!((kind, name), ("output", "description") | ("module", "source") | ("import", "to"))
}

/// True for lists of addresses.
fn is_address(kind: &str, name: &str) -> bool {
    name == "depends_on" || (kind, name) == ("lifecycle", "ignore_changes")
}

/// Compares the inside of a block.
fn compare(body: &Body, members: &Map<String, Value>, kind: &str, at: &str, faults: &mut Vec<String>) {
    let mut left: Map<String, Value> = members.clone();
    left.remove("//");
    // Blocks by their names, each kind in its order.
    let mut groups: Vec<(Vec<String>, Vec<&Body>)> = Vec::new();
    let mut optional: Vec<(String, Option<&Body>, &Body)> = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str();
                let wanted = match left.remove(name) {
                    None => {
                        faults.push(format!("{at}.{name} is not in the JSON"));
                        continue;
                    }
                    Some(Value::String(text)) if is_plain(kind, name) => match &attribute.value {
                        Expression::String(_)
                        | Expression::StringTemplate(_)
                        | Expression::HeredocTemplate(_) => literal(&text),
                        _ => parsed(&text),
                    },
                    Some(value) => of_json(&value, is_plain(kind, name), is_address(kind, name)),
                };
                let found = of_hcl(&attribute.value);
                if found != wanted {
                    faults.push(format!("{at}.{name} differs\n  {found}\n  {wanted}"));
                }
            }
            Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                let name = block.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
                optional.push((name, Some(&block.body), &block.body));
            }
            Structure::Block(block) if optional.iter().any(|(name, ..)| name == block.ident.as_str()) => {
                optional.push((block.ident.as_str().to_owned(), None, &block.body));
            }
            Structure::Block(block) => {
                let name = names(block);
                match groups.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, bodies)) => bodies.push(&block.body),
                    None => groups.push((name, vec![&block.body])),
                }
            }
        }
    }
    for (name, bodies) in groups {
        let found = list(take(&mut left, &name));
        let at = format!("{at}.{}", name.join("."));
        if found.len() != bodies.len() {
            faults.push(format!("{at}: {} blocks, {} in the JSON", bodies.len(), found.len()));
        }
        let kind = if kind == "terraform" { kind } else { &name[0] };
        for (body, value) in bodies.into_iter().zip(&found) {
            match value.as_object() {
                Some(members) => compare(body, members, kind, &at, faults),
                None => faults.push(format!("{at} is no object in the JSON")),
            }
        }
    }
    let found = list(left.remove("dynamic"));
    if found.len() != optional.len() {
        faults.push(format!("{at}: {} optional blocks, {} in the JSON", optional.len(), found.len()));
    }
    for ((name, dynamic, body), value) in optional.into_iter().zip(&found) {
        let at = format!("{at}.{name}");
        let content = value.get(&name).and_then(Value::as_object);
        match (content, dynamic) {
            (Some(members), Some(_)) => compare(body, members, "dynamic", &at, faults),
            (Some(members), None) => match members.get("content").and_then(Value::as_object) {
                Some(inner) => compare(body, inner, &name, &at, faults),
                None => faults.push(format!("{at} has no content in the JSON")),
            },
            (None, _) => faults.push(format!("{at} is another block in the JSON: {value}")),
        }
    }
    drop_empty(&mut left);
    faults.extend(left.keys().map(|name| format!("{at}.{name} is in the JSON alone")));
}

fn names(block: &Block) -> Vec<String> {
    let labels = block.labels.iter().map(|label| label.as_str().to_owned());
    std::iter::once(block.ident.as_str().to_owned()).chain(labels).collect()
}

/// Takes what stands under a path of names.
fn take(members: &mut Map<String, Value>, path: &[String]) -> Option<Value> {
    match path {
        [] => None,
        [last] => members.remove(last),
        [first, rest @ ..] => take(members.get_mut(first)?.as_object_mut()?, rest),
    }
}

/// Removes what has nothing in it any more.
fn drop_empty(members: &mut Map<String, Value>) {
    members.retain(|_, value| match value.as_object_mut() {
        Some(inner) => {
            drop_empty(inner);
            !inner.is_empty()
        }
        None => true,
    });
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(one) => vec![one],
    }
}

/// A text as the canonical form has it.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// An expression that stands in a text of JSON without anything around it.
fn parsed(text: &str) -> String {
    match Expression::from_str(text) {
        Ok(expression) => of_hcl(&expression),
        Err(why) => format!("{text}: {why}"),
    }
}

/// The canonical form of a value in JSON.
fn of_json(value: &Value, is_plain: bool, is_address: bool) -> String {
    match value {
        Value::String(text) if is_address => parsed(text),
        Value::String(text) if is_plain => literal(text),
        Value::String(text) => template_of(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| of_json(item, is_plain, is_address)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let key = |key: &str| if is_plain { literal(key) } else { template_of(key) };
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), of_json(value, is_plain, is_address)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn template_of(text: &str) -> String {
    if text.is_empty() {
        return literal("");
    }
    match Template::from_str(text) {
        Ok(template) => of_template(template.iter()),
        Err(why) => format!("{text}: {why}"),
    }
}

/// The canonical form of an expression.
pub fn of_hcl(expression: &Expression) -> String {
    match expression {
        Expression::Null(_) => "null".to_owned(),
        Expression::Bool(b) => b.value().to_string(),
        Expression::Number(n) => n.value().to_string(),
        Expression::String(text) => literal(text),
        Expression::Array(items) => format!("[{}]", each(items.iter())),
        Expression::Object(object) => {
            let member = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let key = match key {
                    ObjectKey::Ident(name) => literal(name.as_str()),
                    ObjectKey::Expression(expression) => of_hcl(expression),
                };
                format!("{key} = {}", of_hcl(value.expr()))
            };
            format!("{{{}}}", object.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Expression::StringTemplate(template) => of_template(template.iter()),
        Expression::HeredocTemplate(heredoc) => of_template(heredoc.template.iter()),
        Expression::Parenthesis(inner) => of_hcl(inner.inner()),
        Expression::Variable(name) => name.as_str().to_owned(),
        Expression::Conditional(c) => {
            format!("({} ? {} : {})", of_hcl(&c.cond_expr), of_hcl(&c.true_expr), of_hcl(&c.false_expr))
        }
        Expression::FuncCall(call) => format!("{}({})", call.name.name.as_str(), each(call.args.iter())),
        Expression::Traversal(traversal) => {
            let mut text = of_hcl(&traversal.expr);
            for operator in &traversal.operators {
                let step = match operator.value() {
                    TraversalOperator::AttrSplat(_) => ".*".to_owned(),
                    TraversalOperator::FullSplat(_) => "[*]".to_owned(),
                    TraversalOperator::GetAttr(name) => format!(".{}", name.as_str()),
                    TraversalOperator::Index(index) => format!("[{}]", of_hcl(index)),
                    TraversalOperator::LegacyIndex(index) => format!(".{}", index.value()),
                };
                text.push_str(&step);
            }
            text
        }
        Expression::UnaryOp(op) => format!("({}{})", op.operator.value(), of_hcl(&op.expr)),
        Expression::BinaryOp(op) => {
            format!("({} {} {})", of_hcl(&op.lhs_expr), op.operator.value(), of_hcl(&op.rhs_expr))
        }
        Expression::ForExpr(of) => of_for(of),
    }
}

fn of_for(of: &ForExpr) -> String {
    let mut text = String::from("for ");
    if let Some(key) = &of.intro.key_var {
        let _ = write!(text, "{}, ", key.as_str());
    }
    let _ = write!(text, "{} in {} : ", of.intro.value_var.as_str(), of_hcl(&of.intro.collection_expr));
    if let Some(key) = &of.key_expr {
        let _ = write!(text, "{} => ", of_hcl(key));
    }
    text.push_str(&of_hcl(&of.value_expr));
    if let Some(cond) = &of.cond {
        let _ = write!(text, " if {}", of_hcl(&cond.expr));
    }
    format!("({text})")
}

fn each<'e>(items: impl Iterator<Item = &'e Expression>) -> String {
    items.map(of_hcl).collect::<Vec<_>>().join(", ")
}

/// The canonical form of a template. A text put into it as a value is text, and a template that is
/// nothing but one value is that value.
fn of_template<'e>(elements: impl Iterator<Item = &'e Element>) -> String {
    let mut parts: Vec<Result<String, String>> = Vec::new();
    let mut add = |part: Result<String, String>| match (parts.last_mut(), part) {
        (Some(Ok(before)), Ok(text)) => before.push_str(&text),
        (_, part) => parts.push(part),
    };
    for element in elements {
        match element {
            Element::Literal(text) => add(Ok(text.to_string())),
            Element::Interpolation(value) => match &value.expr {
                Expression::String(text) => add(Ok(text.to_string())),
                other => add(Err(of_hcl(other))),
            },
            Element::Directive(_) => add(Err("a directive".to_owned())),
        }
    }
    match parts.as_slice() {
        [] => literal(""),
        [Ok(text)] => literal(text),
        [Err(value)] => value.clone(),
        _ => {
            let parts = parts.iter().map(|part| match part {
                Ok(text) => literal(text),
                Err(value) => value.clone(),
            });
            format!("text({})", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(hcl: &str, json: &str) -> Vec<String> {
        let file = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        differences(&file("main.tf", hcl), &file("main.tf.json", json))
    }

    #[test]
    fn the_same_in_both_is_no_difference() {
        let hcl = "resource \"a\" \"b\" {\n  name = \"x-${var.y}\"\n  tags = { k = <<EOT\n$${z}\nEOT\n  }\n  depends_on = [a.c]\n  inner {\n    n = 5\n  }\n}\n";
        let json = r#"{"resource": {"a": {"b": {"//": "x", "name": "x-${var.y}", "tags": {"k": "$${z}\n"}, "depends_on": ["a.c"], "inner": {"n": 5}}}}}"#;
        assert_eq!(compared(hcl, json), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_seen() {
        let hcl = "resource \"a\" \"b\" {\n  name = \"x\"\n  inner {\n    n = 5\n  }\n}\n";
        for json in [
            r#"{"resource": {"a": {"b": {"name": "y", "inner": {"n": 5}}}}}"#,
            r#"{"resource": {"a": {"b": {"name": "x", "inner": {"n": 6}}}}}"#,
            r#"{"resource": {"a": {"b": {"name": "x", "inner": [{"n": 5}, {"n": 5}]}}}}"#,
            r#"{"resource": {"a": {"b": {"name": "x", "inner": {"n": 5}, "more": 1}}}}"#,
            r#"{"resource": {"a": {"b": {"inner": {"n": 5}}}}}"#,
            r#"{"resource": {"a": {"c": {"name": "x", "inner": {"n": 5}}}}}"#,
        ] {
            assert_ne!(compared(hcl, json), Vec::<String>::new(), "{json}");
        }
    }
}
