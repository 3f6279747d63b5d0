//! Any text arrives as it is, wherever it stands and in both syntaxes. The judge is a parser that samc
//! knows nothing of; `tests/oracles/terraform_text.py` asks Terraform itself.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Body;
use hcl_edit::template::{Element, Template};
use proptest::prelude::*;

use super::{Block, Part, Value, file, json_file};

/// A piece of what a text in Terraform may be made of, as far as it was evaluated.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    /// The name of a value.
    Name(String),
}

/// What a template gives. A text that is put in as a value is text.
fn evaluated<'e>(elements: impl Iterator<Item = &'e Element>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for element in elements {
        let piece = match element {
            Element::Literal(text) => Piece::Text(text.to_string()),
            Element::Interpolation(of) => match &of.expr {
                Expression::String(text) => Piece::Text(text.to_string()),
                other => Piece::Name(other.to_string()),
            },
            Element::Directive(_) => Piece::Name("directive".to_owned()),
        };
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        }
    }
    pieces
}

fn value_of(expression: &Expression) -> Vec<Piece> {
    match expression {
        Expression::String(text) if text.is_empty() => Vec::new(),
        Expression::String(text) => vec![Piece::Text(text.to_string())],
        Expression::StringTemplate(template) => evaluated(template.iter()),
        Expression::HeredocTemplate(heredoc) => evaluated(heredoc.template.iter()),
        other => vec![Piece::Name(other.to_string())],
    }
}

/// One argument of one block, from the text of a file.
fn argument(value: Value) -> Result<Expression, TestCaseError> {
    let mut block = Block::new("output", &["x"]);
    block.set("value", value);
    let text = file("Made for a test", &[block]);
    let body: Body = text.parse().map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))?;
    let found = body.get_blocks("output").next().and_then(|b| b.body.get_attribute("value"));
    Ok(found.map_or_else(Expression::null, |a| a.value.clone()))
}

/// The same from a file of JSON.
fn json_argument(value: Value) -> serde_json::Value {
    let mut block = Block::new("output", &["x"]);
    block.set("value", value);
    let text = json_file("Made for a test", &[block]);
    let root: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    root["output"]["x"]["value"].clone()
}

fn template(text: &str) -> Result<Vec<Piece>, TestCaseError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let template: Template = text.parse().map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))?;
    Ok(evaluated(template.iter()))
}

fn plain(text: &str) -> Vec<Piece> {
    if text.is_empty() { Vec::new() } else { vec![Piece::Text(text.to_owned())] }
}

/// Texts of what is special to somebody: signs, quotes, ends of lines, ends of heredocs, controls.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        4 => prop::sample::select(vec![
            "$", "%", "{", "}", "${", "%{", "$${", "%%{", "$$", "%%", "~}", "\"", "\\", "\\n", "\\u0041", "\\\"",
        ]),
        3 => prop::sample::select(vec!["\n", "\r\n", "\r", "\t", "\n\n", "EOT", "\nEOT\n", "\n  EOT\n", "<<EOT\n", "<<-EOT\n"]),
        2 => prop::sample::select(vec![
            "\0", "\u{1}", "\u{1b}", "\u{7f}", "\u{85}", "\u{9f}", "\u{a0}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{fffd}",
            "e\u{301}", "\u{e9}", "\u{1f600}", "\u{10ffff}", "\u{200d}", "\u{1100}\u{1161}", "\u{202e}",
        ]),
        3 => prop::sample::select(vec!["a", "Ab9", " ", "_", "-", "#", "//", "/*", "*/", "'", "`", "var.x", "if true", "for", "=", ":", ","]),
    ];
    let mixed = prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat());
    // Those of several lines that end in one are written as they are.
    let lines =
        (mixed.clone(), mixed.clone(), mixed.clone()).prop_map(|(a, b, c)| format!("{a}\n{b}\n{c}\n"));
    prop_oneof![mixed, lines, any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_arrives(text in texts()) {
        prop_assert_eq!(value_of(&argument(Value::text(&*text))?), plain(&text));
        prop_assert_eq!(template(json_argument(Value::text(&*text)).as_str().unwrap_or("none"))?, plain(&text));
    }

    #[test]
    fn a_text_around_values_arrives(a in texts(), b in texts(), c in texts()) {
        let parts = vec![
            Part::Lit(a.clone()),
            Part::Value(Value::code("var.x")),
            Part::Lit(b.clone()),
            Part::Value(Value::Call("lower", vec![Value::text(&*c)])),
            Part::Lit(c.clone()),
        ];
        let found = [
            value_of(&argument(Value::template(parts.clone()))?),
            template(json_argument(Value::template(parts)).as_str().unwrap_or("none"))?,
        ];
        for mut found in found {
            // The value of the call is looked at by itself.
            let call = found.iter_mut().find_map(|piece| match piece {
                Piece::Name(name) if name.starts_with("lower") => Some(std::mem::replace(name, "call".to_owned())),
                _ => None,
            });
            let call: Expression = call.unwrap_or_default().parse().map_err(|why| TestCaseError::fail(format!("{why}")))?;
            let inner = call.as_func_call().and_then(|call| call.args.iter().next()).map(value_of);
            prop_assert_eq!(inner, Some(plain(&c)));
            let mut wanted = plain(&a);
            wanted.push(Piece::Name("var.x".to_owned()));
            wanted.extend(plain(&b));
            wanted.push(Piece::Name("call".to_owned()));
            wanted.extend(plain(&c));
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_key_arrives_and_what_stands_under_it(key in texts(), text in texts(), in_call in any::<bool>()) {
        let inner = Value::List(vec![Value::text(&*text)]);
        let object = Value::Object(vec![(key.clone(), Value::Object(vec![("plain".to_owned(), inner)]))]);
        let value = if in_call { Value::Call("jsonencode", vec![object]) } else { object };
        let whole = argument(value.clone())?;
        let mut expressions = vec![whole];
        let json = json_argument(value);
        if in_call {
            // One expression, in a template of its own.
            let text = json.as_str().unwrap_or("none");
            let parsed: Template = text.parse().map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))?;
            let only = parsed.iter().next().and_then(Element::as_interpolation).map(|i| i.expr.clone());
            expressions.push(only.unwrap_or_else(Expression::null));
        } else {
            let (name, under) = json.as_object().and_then(|o| o.iter().next()).unzip();
            prop_assert_eq!(template(name.map_or("none", |n| n.as_str()))?, plain(&key));
            let under = under.and_then(|u| u["plain"][0].as_str()).unwrap_or("none");
            prop_assert_eq!(template(under)?, plain(&text));
        }
        for expression in expressions {
            let object = match expression.as_func_call() {
                Some(call) => call.args.iter().next().and_then(Expression::as_object),
                None => expression.as_object(),
            };
            let (name, under) = object.and_then(|o| o.iter().next()).unzip();
            let name = match &name {
                Some(ObjectKey::Ident(name)) => plain(name.as_str()),
                Some(ObjectKey::Expression(name)) => value_of(name),
                None => vec![Piece::Name("no key".to_owned())],
            };
            prop_assert_eq!(name, plain(&key));
            let list = under.and_then(|u| u.expr().as_object()).and_then(|o| o.iter().next());
            let item = list.and_then(|(_, v)| v.expr().as_array()).and_then(|a| a.get(0)).map(value_of);
            prop_assert_eq!(item, Some(plain(&text)));
        }
    }
}
