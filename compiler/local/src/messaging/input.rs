//! What a target gets in place of an event: a constant, a part of it, a text with parts in it.
//!
//! Source: "Amazon EventBridge input transformation" in its guide. A variable whose path the event does not have
//! "isn't created and doesn't appear in the output", as the tutorial beside it says: within a text nothing stands for
//! it, which outputs of AWS that LocalStack has recorded show (test_put_events_with_input_transformation_to_sqs,
//! 2024-03-26). As a value of its own an empty text does, since EventBridge sees to it that the output is JSON.

use samc_schema::manifest::{Input, InputTransformer};
use serde_json::Value;

use crate::clock;
use crate::events::Place;

/// The rule that says so.
pub(crate) struct Rule<'a> {
    /// Here and now.
    pub(crate) place: &'a Place<'a>,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its bus, where it is not the default one.
    pub(crate) bus: Option<&'a str>,
}

/// What the target gets.
pub(crate) fn apply(input: &Input, event: &Value, rule: &Rule<'_>) -> String {
    match input {
        Input::Event => event.to_string(),
        Input::Constant(text) => text.clone(),
        Input::Path(path) => part(event, path).unwrap_or(Value::Null).to_string(),
        Input::Transformer(transformer) => transformed(transformer, event, rule),
    }
}

fn transformed(transformer: &InputTransformer, event: &Value, rule: &Rule<'_>) -> String {
    let template = transformer.template.as_str();
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        match c {
            '\\' => {
                let length = c.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8);
                text.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            '"' => quoted = !quoted,
            '<' => {
                if let Some(end) = rest.find('>')
                    && let Some(value) = variable(&rest[1..end], transformer, event, rule)
                {
                    text.push_str(&written(&value, quoted));
                    rest = &rest[end + 1..];
                    continue;
                }
            }
            _ => {}
        }
        text.push(c);
        rest = &rest[c.len_utf8()..];
    }
    text
}

/// What a name in a template stands for; none where it is none.
fn variable(
    name: &str,
    transformer: &InputTransformer,
    event: &Value,
    rule: &Rule<'_>,
) -> Option<Option<Value>> {
    if let Some(path) = transformer.paths.get(name) {
        return Some(part(event, path));
    }
    let bus = rule.bus.map(|bus| format!("{bus}/")).unwrap_or_default();
    Some(Some(match name {
        "aws.events.rule-arn" => rule.place.arn("events", &format!("rule/{bus}{}", rule.name)).into(),
        "aws.events.rule-name" => rule.name.into(),
        "aws.events.event.ingestion-time" => clock::iso(rule.place.now_ms).into(),
        "aws.events.event.json" => event.clone(),
        "aws.events.event" => {
            let mut event = event.clone();
            if let Some(object) = event.as_object_mut() {
                object.remove("detail");
            }
            event
        }
        _ => return None,
    }))
}

/// A value within a text, or as JSON of its own.
fn written(value: &Option<Value>, quoted: bool) -> String {
    match (value, quoted) {
        (None, true) => String::new(),
        (None, false) => "\"\"".to_owned(),
        (Some(Value::String(text)), true) => {
            let text = Value::from(text.as_str()).to_string();
            text[1..text.len() - 1].to_owned()
        }
        // Within quotes, those of the JSON would end the text.
        (Some(value @ (Value::Object(_) | Value::Array(_))), true) => value.to_string().replace('"', ""),
        (Some(value), _) => value.to_string(),
    }
}

/// A part of an event by a path such as `$.detail.items[0].id`, or a list of all parts where `*` stands in it.
pub(crate) fn part(event: &Value, path: &str) -> Option<Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut found = vec![event];
    let mut is_list = false;
    while !rest.is_empty() {
        let (step, after) = step(rest)?;
        found = match step {
            Step::Name(name) => found.into_iter().filter_map(|value| value.as_object()?.get(name)).collect(),
            Step::Index(index) => {
                found.into_iter().filter_map(|value| value.as_array()?.get(index)).collect()
            }
            Step::All => {
                is_list = true;
                let all = found.into_iter().flat_map(|value| match value {
                    Value::Array(items) => items.iter().collect::<Vec<_>>(),
                    Value::Object(members) => members.values().collect(),
                    _ => Vec::new(),
                });
                all.collect()
            }
        };
        rest = after;
    }
    match (is_list, found.as_slice()) {
        (true, all) => Some(all.iter().map(|value| (*value).clone()).collect()),
        (false, [one]) => Some((*one).clone()),
        (false, _) => None,
    }
}

/// A step of a path.
enum Step<'a> {
    Name(&'a str),
    Index(usize),
    All,
}

/// The first step of a path, and what comes after it.
fn step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(after) = path.strip_prefix('.') {
        let (name, rest) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
        return Some((if name == "*" { Step::All } else { Step::Name(name) }, rest));
    }
    let (inside, rest) = path.strip_prefix('[')?.split_once(']')?;
    let step = match inside.strip_prefix(['\'', '"']) {
        Some(name) => Step::Name(name.strip_suffix(['\'', '"'])?),
        None if inside == "*" => Step::All,
        None => Step::Index(inside.parse().ok()?),
    };
    Some((step, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(paths: &[(&str, &str)], template: &str) -> String {
        let event = json!({"source": "shop", "detail": {"id": "a\"b", "n": 5, "items": [{"x": 1}, "y"]}});
        let place = Place { region: "eu-west-1", account: "1", now_ms: 1_772_366_400_007 };
        let transformer = InputTransformer {
            paths: paths.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect(),
            template: template.to_owned(),
        };
        let rule = Rule { place: &place, name: "Made", bus: Some("orders") };
        apply(&Input::Transformer(transformer), &event, &rule)
    }

    #[test]
    fn texts_are_made_of_parts() {
        let paths = [("id", "$.detail.id"), ("n", "$.detail.n"), ("x", "$.detail.items[0]"), ("no", "$.a.b")];
        assert_eq!(made(&paths, r#""<id> has <n>: <x><no>""#), r#""a\"b has 5: {x:1}""#);
        assert_eq!(
            made(&paths, r#"{"id": <id>, "n": <n>, "x": <x>, "no": <no>, "t": "<n>"}"#),
            r#"{"id": "a\"b", "n": 5, "x": {"x":1}, "no": "", "t": "5"}"#
        );
        assert_eq!(
            made(&[], "{\"rule\": <aws.events.rule-arn>, \"at\": \"<aws.events.event.ingestion-time>\"}"),
            r#"{"rule": "arn:aws:events:eu-west-1:1:rule/orders/Made", "at": "2026-03-01T12:00:00.007Z"}"#
        );
        assert_eq!(made(&[], "<aws.events.event>"), r#"{"source":"shop"}"#);
        assert_eq!(made(&[], "a < b > c <unknown>"), "a < b > c <unknown>");
    }

    #[test]
    fn parts_are_found() {
        let event = json!({"a": {"b-c": [1, {"d": 2}]}});
        for (path, found) in [
            ("$", Some(event.clone())),
            ("$.a.b-c[1].d", Some(json!(2))),
            ("$['a']['b-c'][0]", Some(json!(1))),
            ("$.a.b-c[*].d", Some(json!([2]))),
            ("$.a.*[0]", Some(json!([1]))),
            ("$.a.x[*]", Some(json!([]))),
            ("$.a.x", None),
            ("a", None),
            ("$a", None),
        ] {
            assert_eq!(part(&event, path), found, "{path}");
        }
    }
}
