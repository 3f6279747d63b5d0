//! The key of the route that a message takes.
//!
//! Source: "WebSocket route selection expressions" in the guide of API Gateway.

use serde_json::Value;

/// What an expression such as `$request.body.action` or `${request.body.a}/${request.body.b}` gives for a
/// message; none where it names what the message does not have.
pub(super) fn key(selector: &str, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if !selector.contains("${") {
        return part(selector.strip_prefix('$')?, &body);
    }
    let mut key = String::new();
    let mut rest = selector;
    while let Some((before, after)) = rest.split_once("${") {
        let (path, after) = after.split_once('}')?;
        key.push_str(before);
        key.push_str(&part(path, &body)?);
        rest = after;
    }
    Some(key + rest)
}

fn part(path: &str, body: &Value) -> Option<String> {
    let mut value = body;
    for name in path.strip_prefix("request.body.")?.split('.') {
        value = value.get(name)?;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_keys() {
        for (selector, body, found) in [
            ("$request.body.action", r#"{"action": "send"}"#, Some("send")),
            ("${request.body.action}", r#"{"action": "send"}"#, Some("send")),
            ("$request.body.a.b", r#"{"a": {"b": 5}}"#, Some("5")),
            ("${request.body.a}/x/${request.body.b}", r#"{"a": "1", "b": true}"#, Some("1/x/true")),
            ("$request.body.action", "{}", None),
            ("$request.body.action", "no JSON", None),
            ("$request.body.action", r#"{"action": ["send"]}"#, None),
            ("$request.header.x", r#"{"header": {"x": "1"}}"#, None),
            ("${request.body.action", r#"{"action": "send"}"#, None),
        ] {
            assert_eq!(key(selector, body.as_bytes()).as_deref(), found, "{selector} {body}");
        }
    }
}
