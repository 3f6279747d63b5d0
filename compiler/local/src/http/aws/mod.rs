//! The calls of AWS's SDKs that reach what is in memory here: sending, receiving, publishing, putting
//! events. Who makes queues and topics is the template; what it says cannot be changed by a call.
//!
//! Source: the API references of SQS, SNS and EventBridge, and their service models in botocore.

mod events;
mod sns;
mod sqs;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::body::Body;
use super::reply;
use crate::ids;
use crate::messaging::Messaging;

/// A call of one of the services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// Of SQS, by its name.
    Sqs(String),
    /// Of SNS, whose name is in its body.
    Sns,
    /// Of EventBridge, by its name.
    Events(String),
    /// Of SQS, in the form that its SDKs had until 2023.
    OldSqs,
}

/// The call that a request is. SDKs name it in a header, or the service in their signature.
pub(crate) fn call(method: &Method, headers: &HeaderMap) -> Option<Call> {
    if method != Method::POST {
        return None;
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(target) = header("x-amz-target") {
        let (service, name) = target.split_once('.')?;
        return match service {
            "AmazonSQS" => Some(Call::Sqs(name.to_owned())),
            "AWSEvents" => Some(Call::Events(name.to_owned())),
            _ => None,
        };
    }
    let scope = header(AUTHORIZATION.as_str())?.strip_prefix("AWS4-HMAC-SHA256")?.split(',').next()?;
    match scope.rsplit('/').nth(1)? {
        "sns" => Some(Call::Sns),
        "sqs" => Some(Call::OldSqs),
        _ => None,
    }
}

/// Answers a call.
pub(crate) async fn answer(
    messaging: &Messaging,
    call: Call,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response<Body> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    match call {
        Call::Sqs(name) => sqs::answer(messaging, &name, host, body).await,
        Call::Sns => sns::answer(messaging, body),
        Call::Events(name) => events::answer(messaging, &name, body),
        Call::OldSqs => sns::fault(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            "only the JSON protocol of SQS is spoken here: SDKs since the end of 2023 use it",
        ),
    }
}

/// What a call refuses.
#[derive(Debug)]
struct Fault {
    status: StatusCode,
    /// As the service model names it.
    kind: &'static str,
    /// As it was called before SQS spoke JSON, which SDKs still show.
    code: Option<&'static str>,
    message: String,
}

fn fault(kind: &'static str, message: impl Into<String>) -> Fault {
    Fault { status: StatusCode::BAD_REQUEST, kind, code: None, message: message.into() }
}

/// The answer of a service that speaks JSON.
fn json_answer(version: &'static str, done: Result<Value, Fault>) -> Response<Body> {
    let (status, body, code) = match done {
        Ok(value) => (StatusCode::OK, value.to_string(), None),
        Err(fault) => {
            let body = json!({ "__type": fault.kind, "message": fault.message });
            (fault.status, body.to_string(), fault.code)
        }
    };
    let mut response = reply::plain(status, version, body);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set("x-amzn-requestid", &ids::uuid());
    if let Some(code) = code {
        set("x-amzn-query-error", &format!("{code};Sender"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str, value: &'static str) -> Option<Call> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        call(&Method::POST, &headers)
    }

    #[test]
    fn calls_of_sdks_are_told_from_requests_to_apis() {
        assert_eq!(of("x-amz-target", "AmazonSQS.SendMessage"), Some(Call::Sqs("SendMessage".to_owned())));
        assert_eq!(of("x-amz-target", "AWSEvents.PutEvents"), Some(Call::Events("PutEvents".to_owned())));
        assert_eq!(of("x-amz-target", "DynamoDB_20120810.GetItem"), None);
        let signed =
            "AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/sns/aws4_request, SignedHeaders=host";
        assert_eq!(of("authorization", signed), Some(Call::Sns));
        let api = "AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/execute-api/aws4_request, Signed=x";
        assert_eq!(of("authorization", api), None);
        assert_eq!(of("authorization", "Bearer a/sns/b"), None);
    }
}
