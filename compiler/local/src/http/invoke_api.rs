//! The Invoke call of Lambda's API, so that AWS's SDKs call functions here with another endpoint.
//!
//! Source: "Invoke" in the API reference of Lambda.

use base64::Engine;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::body::Body;
use super::{reply, routes};
use crate::function::Functions;
use crate::invoke::{Invoke, Refusal};
use crate::{aside, ids};

/// What the paths begin with.
pub(crate) const BASE: &str = "/2015-03-31/functions/";

/// The name of the function in a path of this call.
pub(crate) fn name(path: &str) -> Option<String> {
    let name = path.strip_prefix(BASE)?.trim_end_matches('/').strip_suffix("/invocations")?;
    (!name.is_empty()).then(|| routes::decode(name).into_owned())
}

/// Answers a call.
pub(crate) async fn answer(
    functions: &Functions,
    name: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(id) = functions.resolve(name) else {
        return fault(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            &format!("Function not found: {name}"),
        );
    };
    let event = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    let read = || serde_json::from_slice::<serde::de::IgnoredAny>(&event);
    if let Err(error) = aside::with_bytes(event.len(), read) {
        let message = format!("Could not parse request body into json: {error}");
        return fault(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message);
    }
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => {}
        "Event" => {
            return match functions.invoke_later(&id, event) {
                Ok(request) => told(StatusCode::ACCEPTED, Bytes::new(), &request),
                Err(refusal) => refused(name, &refusal),
            };
        }
        "DryRun" => return told(StatusCode::NO_CONTENT, Bytes::new(), &ids::uuid()),
        other => {
            let message = format!(
                "Value '{other}' at 'invocationType' failed to satisfy constraint: [RequestResponse, Event, DryRun]"
            );
            return fault(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &message);
        }
    }
    let client = header("x-amz-client-context")
        .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let outcome = match functions.call(&id, event, client, None).await {
        Ok(answer) => answer.whole().await,
        Err(refusal) => return refused(name, &refusal),
    };
    let mut response = told(StatusCode::OK, outcome.payload, &outcome.request_id);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set("x-amz-executed-version", "$LATEST");
    if let Some(error) = &outcome.error {
        set("x-amz-function-error", error);
    }
    if header("x-amz-log-type") == Some("Tail") {
        set("x-amz-log-result", &base64::engine::general_purpose::STANDARD.encode(&outcome.log_tail));
    }
    response
}

fn told(status: StatusCode, body: Bytes, request: &str) -> Response<Body> {
    let mut response = reply::plain(status, "application/json", body);
    if let Ok(value) = HeaderValue::from_str(request) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), value);
    }
    response
}

fn refused(name: &str, refusal: &Refusal) -> Response<Body> {
    match refusal {
        Refusal::Unknown => {
            fault(StatusCode::NOT_FOUND, "ResourceNotFoundException", &format!("Function not found: {name}"))
        }
        Refusal::Throttled => {
            fault(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")
        }
        Refusal::TooLarge { bytes, limit } => fault(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            &format!("{bytes} byte payload is too large for the invocation (limit {limit} bytes)"),
        ),
        Refusal::CannotRun(why) => fault(
            StatusCode::BAD_GATEWAY,
            "InvalidRuntimeException",
            &format!("{name} does not run on this machine: {why}"),
        ),
    }
}

fn fault(status: StatusCode, kind: &'static str, message: &str) -> Response<Body> {
    let body = serde_json::json!({ "Type": "User", "Message": message }).to_string();
    let mut response = told(status, body.into(), &ids::uuid());
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(kind));
    response
}
