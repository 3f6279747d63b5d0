//! The event of HTTP APIs and function URLs: payload format 2.0.
//!
//! Source: "Create AWS Lambda proxy integrations for HTTP APIs" in the guide of API Gateway, and "Invoking
//! function URLs" in the guide of Lambda. What is absent has no key.

use std::borrow::Cow;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::request::{Pairs, Request};
use super::routes;
use crate::{clock, ids};

/// What the gateway knows beside the request.
pub(crate) struct Around<'a> {
    pub(crate) account: &'a str,
    pub(crate) api_id: &'a str,
    pub(crate) stage: &'a str,
    pub(crate) stage_variables: &'a IndexMap<String, String>,
    pub(crate) route_key: &'a str,
    pub(crate) variables: &'a [(&'a str, String)],
    pub(crate) authorizer: Option<Value>,
    pub(crate) request_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_source: Option<&'a [String]>,
    route_key: &'a str,
    raw_path: Cow<'a, str>,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<Cow<'a, str>>,
    headers: Pairs<&'a str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    query_string_parameters: Pairs<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    path_parameters: Pairs<&'a str, &'a str>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    stage_variables: &'a IndexMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Value>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: Cow<'a, str>,
    protocol: &'a str,
    source_ip: String,
    user_agent: &'a str,
}

/// The event of a request.
pub(crate) fn event(request: &Request, around: &Around<'_>) -> Bytes {
    let (body, is_base64) = match request.body.is_empty() {
        true => (None, false),
        false => match request.body_text(is_binary(&request.media_type())) {
            Some((body, is_base64)) => (Some(body), is_base64),
            None => (None, false),
        },
    };
    written(&Event { body, is_base64_encoded: Some(is_base64), ..common(request, around) }, request)
}

/// Bytes of an event without its body, mostly.
const USUAL: usize = 2048;

fn written(event: &Event<'_>, request: &Request) -> Bytes {
    let mut text = Vec::with_capacity(USUAL + request.body.len());
    match serde_json::to_writer(&mut text, event) {
        Ok(()) => text.into(),
        Err(_) => Bytes::new(),
    }
}

/// The event of the function that decides who may call. It has no body.
pub(crate) fn authorizer_event(
    request: &Request,
    around: &Around<'_>,
    route_arn: &str,
    identity: &[String],
) -> Bytes {
    let event = Event {
        kind: Some("REQUEST"),
        route_arn: Some(route_arn.to_owned()),
        identity_source: Some(identity),
        ..common(request, around)
    };
    written(&event, request)
}

fn common<'a>(request: &'a Request, around: &'a Around<'a>) -> Event<'a> {
    let raw_path = routes::decode(&request.path);
    let domain = request.domain();
    Event {
        version: "2.0",
        kind: None,
        route_arn: None,
        identity_source: None,
        route_key: around.route_key,
        raw_query_string: &request.query,
        cookies: request.cookies(),
        headers: headers(request),
        query_string_parameters: parameters(&request.query),
        request_context: Context {
            account_id: around.account,
            api_id: around.api_id,
            authorizer: around.authorizer.as_ref(),
            domain_name: domain,
            domain_prefix: domain.split('.').next().unwrap_or(domain),
            http: Http {
                method: &request.method,
                path: raw_path.clone(),
                protocol: "HTTP/1.1",
                source_ip: request.peer.to_string(),
                user_agent: request.user_agent(),
            },
            request_id: around.request_id,
            route_key: around.route_key,
            stage: around.stage,
            time: clock::request_time(request.time_ms),
            time_epoch: request.time_ms,
        },
        raw_path,
        path_parameters: Pairs(
            around.variables.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        ),
        stage_variables: around.stage_variables,
        body: None,
        is_base64_encoded: None,
    }
}

/// Headers in lower case, those of one name joined by commas; cookies have their own place.
fn headers(request: &Request) -> Pairs<&str, Cow<'_, str>> {
    let mut all: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(request.headers.len() + 4);
    // The values of one name come one after the other.
    for (name, value) in &request.headers {
        if name == hyper::header::COOKIE {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        match all.last_mut().filter(|(last, _)| *last == name.as_str()) {
            Some((_, joined)) => *joined = Cow::Owned(format!("{joined},{value}")),
            None => all.push((name.as_str(), value)),
        }
    }
    let own = all.len();
    for (name, value) in request.forwarded(ids::trace(request.time_ms / 1000)) {
        if !all[..own].iter().any(|(told, _)| *told == name) {
            all.push((name, value));
        }
    }
    Pairs(all)
}

/// Parameters of the query; values of one name are joined by commas.
fn parameters(query: &str) -> Pairs<String, String> {
    if query.is_empty() {
        return Pairs(Vec::new());
    }
    let mut all: IndexMap<String, String> = IndexMap::new();
    for (name, value) in routes::query(query) {
        match all.get_mut(&name) {
            Some(joined) => {
                joined.push(',');
                joined.push_str(&value);
            }
            None => {
                all.insert(name, value);
            }
        }
    }
    Pairs(all.into_iter().collect())
}

/// Whether a body of this type goes in base64: all but what is text for sure.
fn is_binary(media_type: &str) -> bool {
    !(media_type.is_empty()
        || media_type.starts_with("text/")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
        || matches!(media_type, "application/json" | "application/xml" | "application/javascript"))
}
