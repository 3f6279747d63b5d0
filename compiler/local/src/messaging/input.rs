//! What a target gets in place of an event: a constant, a part of it, a text with parts in it.
//!
//! Source: "Amazon EventBridge input transformation" in its guide.

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
        Input::Path(path) => part(event, path).cloned().unwrap_or(Value::Null).to_string(),
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
        return Some(part(event, path).cloned());
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
        (None, false) => "null".to_owned(),
        (Some(Value::String(text)), true) => {
            let text = Value::from(text.as_str()).to_string();
            text[1..text.len() - 1].to_owned()
        }
        // Within quotes, those of the JSON would end the text.
        (Some(value @ (Value::Object(_) | Value::Array(_))), true) => value.to_string().replace('"', ""),
        (Some(value), _) => value.to_string(),
    }
}

/// A part of an event by a path such as `$.detail.items[0].id`.
pub(crate) fn part<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut value = event;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            value = value.get(&after[..end])?;
            rest = &after[end..];
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            value = match inside.strip_prefix(['\'', '"']) {
                Some(name) => value.get(name.strip_suffix(['\'', '"'])?)?,
                None => value.get(inside.parse::<usize>().ok()?)?,
            };
            rest = after;
        }
    }
    Some(value)
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
            r#"{"id": "a\"b", "n": 5, "x": {"x":1}, "no": null, "t": "5"}"#
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
            ("$.a.x", None),
            ("a", None),
            ("$a", None),
        ] {
            assert_eq!(part(&event, path), found.as_ref(), "{path}");
        }
    }
}
