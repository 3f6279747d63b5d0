//! The key of the route that a message takes, and what of a function's answer goes back.
//!
//! Source: "WebSocket route selection expressions" and "Set up route responses for WebSocket APIs" in the guide
//! of API Gateway.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::Value;

/// What of a function's answer the client gets on a route with a route response: its body; none where it has
/// none.
pub(super) fn answer(payload: &[u8]) -> Result<Option<Bytes>, String> {
    let answer: Value =
        serde_json::from_slice(payload).map_err(|error| format!("it is not JSON: {error}"))?;
    let Value::Object(answer) = answer else {
        return Err("it is not an object with a statusCode and a body".to_owned());
    };
    let body = match answer.get("body") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            BASE64_STANDARD.decode(text).map_err(|error| format!("its body is not base64: {error}"))?
        }
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return Err("its body is not a text".to_owned()),
    };
    Ok(Some(body.into()))
}

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
    fn bodies_of_answers_go_back() {
        let of = |text: &str| answer(text.as_bytes()).map(|body| body.map(|body| body.to_vec()));
        assert_eq!(of(r#"{"statusCode": 200, "body": "hi"}"#), Ok(Some(b"hi".to_vec())));
        assert_eq!(of(r#"{"body": "AP8=", "isBase64Encoded": true}"#), Ok(Some(vec![0, 255])));
        for none in [r#"{"statusCode": 200}"#, r#"{"body": null}"#] {
            assert_eq!(of(none), Ok(None), "{none}");
        }
        for bad in
            ["null", "\"hi\"", "{", r#"{"body": {"a": 1}}"#, r#"{"body": "?", "isBase64Encoded": true}"#]
        {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

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
