//! What a function answers as an answer over HTTP.
//!
//! Source: "Create AWS Lambda proxy integrations" for HTTP and REST APIs in the guide of API Gateway, and
//! "Response payload format" of function URLs in the guide of Lambda.

use base64::Engine;
use bytes::Bytes;
use hyper::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, TRANSFER_ENCODING,
};
use hyper::{Response, StatusCode};
use samc_schema::manifest::{ApiKind, Payload};
use serde_json::{Map, Value};

use super::body::Body;

/// The answer of a function, or what is wrong with it.
pub(crate) fn answer(payload: &Bytes, kind: ApiKind, form: Payload) -> Result<Response<Body>, String> {
    let value: Value =
        serde_json::from_slice(payload).map_err(|error| format!("its answer is not JSON: {error}"))?;
    match value {
        Value::Object(answer) if form == Payload::V1 || answer.contains_key("statusCode") => {
            shaped(answer, kind, form)
        }
        Value::Null if form == Payload::V1 => {
            Err("it answered nothing: an object with statusCode is needed".to_owned())
        }
        other if form == Payload::V1 => {
            Err(format!("its answer is {}: an object with statusCode is needed", kind_of(&other)))
        }
        // Format 2.0: what has no status is the body.
        Value::Null => Ok(plain(StatusCode::OK, "application/json", Bytes::new())),
        _ => Ok(plain(StatusCode::OK, "application/json", payload.clone())),
    }
}

fn shaped(mut answer: Map<String, Value>, kind: ApiKind, form: Payload) -> Result<Response<Body>, String> {
    if kind == ApiKind::Rest {
        const KNOWN: &[&str] = &["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];
        if let Some(other) = answer.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("its answer has the key {other:?}, which a REST API does not take"));
        }
    }
    let status = status(answer.get("statusCode"), form)?;
    // Taken rather than copied: a body may be large.
    let body = match answer.get_mut("body").map(Value::take) {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            base64::engine::general_purpose::STANDARD
                .decode(text.as_bytes())
                .map_err(|error| format!("isBase64Encoded is true and its body is not base64: {error}"))?
                .into()
        }
        Some(Value::String(text)) => text.into(),
        Some(other) => {
            return Err(format!("its body is {}: a text is needed, such as that of JSON", kind_of(&other)));
        }
    };
    let mut headers = HeaderMap::new();
    head(&answer, form, &mut headers)?;
    if !headers.contains_key(CONTENT_TYPE) {
        let default = if kind == ApiKind::Http { "text/plain;charset=UTF-8" } else { "application/json" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(default));
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn status(value: Option<&Value>, form: Payload) -> Result<StatusCode, String> {
    let number = match value {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        None if form == Payload::V1 => return Err("its answer has no statusCode".to_owned()),
        _ => None,
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (200..600).contains(number))
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| {
            format!("its statusCode is {}: a number from 200 to 599 is needed", value.unwrap_or(&Value::Null))
        })
}

/// The headers of an answer, cookies among them. Those of the connection are not the function's.
pub(crate) fn head(
    answer: &Map<String, Value>,
    form: Payload,
    headers: &mut HeaderMap,
) -> Result<(), String> {
    let several = answer.get("multiValueHeaders").and_then(Value::as_object);
    for (name, values) in several.into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            put(headers, name, value, true)?;
        }
    }
    match answer.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(single)) => {
            for (name, value) in single {
                let told =
                    several.is_some_and(|several| several.keys().any(|n| n.eq_ignore_ascii_case(name)));
                match value {
                    Value::Array(values) if form == Payload::V2 => {
                        for value in values {
                            put(headers, name, value, true)?;
                        }
                    }
                    _ => put(headers, name, value, told)?,
                }
            }
        }
        Some(other) => return Err(format!("its headers are {}: an object is needed", kind_of(other))),
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        put(headers, SET_COOKIE.as_str(), cookie, true)?;
    }
    Ok(())
}

fn put(headers: &mut HeaderMap, name: &str, value: &Value, add: bool) -> Result<(), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null => return Ok(()),
        Value::Array(_) | Value::Object(_) => {
            return Err(format!("its header {name} is {}: a text is needed", kind_of(value)));
        }
    };
    let key: HeaderName = name.parse().map_err(|_| format!("{name:?} cannot be the name of a header"))?;
    if matches!(key, CONTENT_LENGTH | TRANSFER_ENCODING) || key.as_str() == "connection" {
        return Ok(());
    }
    let value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| format!("its header {name} has a value that cannot be sent: {text:?}"))?;
    // A text that is there already came with the list of all values.
    if add {
        if !headers.get_all(&key).iter().any(|other| other == value) {
            headers.append(key, value);
        }
    } else {
        headers.insert(key, value);
    }
    Ok(())
}

/// What a value is, in words.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// An answer with a body of one type.
pub(crate) fn plain(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// An answer of the gateway itself: `{"message": …}`.
pub(crate) fn message(status: StatusCode, text: &str) -> Response<Body> {
    let body = serde_json::json!({ "message": text }).to_string();
    plain(status, "application/json", body)
}
