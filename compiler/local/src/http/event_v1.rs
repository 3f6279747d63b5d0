//! The event of REST APIs: payload format 1.0, which HTTP APIs can have too.
//!
//! Source: "Lambda proxy integrations in API Gateway" and "Create AWS Lambda proxy integrations for HTTP
//! APIs" in the guide of API Gateway. What is absent is null.

use std::borrow::Cow;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::event_v2::Around;
use super::request::{Pairs, Request};
use super::routes;
use crate::{clock, ids};

/// What the gateway knows beside the request and what both formats have.
pub(crate) struct Resource<'a> {
    /// The path of the route, such as `/orders/{id}`.
    pub(crate) path: &'a str,
    /// The path of the request without the stage.
    pub(crate) own_path: &'a str,
    /// Whether the body goes in base64.
    pub(crate) binary: bool,
    /// Whether it is an HTTP API, whose event says its version.
    pub(crate) version: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_token: Option<String>,
    resource: &'a str,
    path: Cow<'a, str>,
    http_method: &'a str,
    headers: Option<Pairs<String, Cow<'a, str>>>,
    multi_value_headers: Option<Pairs<String, Vec<Cow<'a, str>>>>,
    query_string_parameters: Option<IndexMap<String, String>>,
    multi_value_query_string_parameters: Option<IndexMap<String, Vec<String>>>,
    path_parameters: Option<Pairs<&'a str, &'a str>>,
    stage_variables: Option<&'a IndexMap<String, String>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Option<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Value>,
    resource_path: &'a str,
    http_method: &'a str,
    extended_request_id: String,
    request_time: String,
    path: Cow<'a, str>,
    account_id: &'a str,
    protocol: &'a str,
    stage: &'a str,
    domain_prefix: &'a str,
    request_time_epoch: u64,
    request_id: &'a str,
    identity: Identity<'a>,
    domain_name: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    cognito_identity_pool_id: Option<&'a str>,
    account_id: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    caller: Option<&'a str>,
    source_ip: String,
    principal_org_id: Option<&'a str>,
    access_key: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_authentication_provider: Option<&'a str>,
    user_arn: Option<&'a str>,
    user_agent: &'a str,
    user: Option<&'a str>,
}

/// The event of a request.
pub(crate) fn event(request: &Request, around: &Around<'_>, resource: &Resource<'_>) -> Bytes {
    let (body, is_base64) = match request.body_text(resource.binary) {
        Some((body, is_base64)) => (Some(body), is_base64),
        None => (None, false),
    };
    let event =
        Event { body: Some(body), is_base64_encoded: Some(is_base64), ..common(request, around, resource) };
    serde_json::to_vec(&event).unwrap_or_default().into()
}

/// The event of the function that decides who may call. It has no body.
pub(crate) fn authorizer_event(
    request: &Request,
    around: &Around<'_>,
    resource: &Resource<'_>,
    method_arn: &str,
    identity: &[String],
) -> Bytes {
    // Only HTTP APIs say again what the identity is.
    let identity = (resource.version && !identity.is_empty()).then(|| identity.join(","));
    let mut event = Event {
        kind: Some("REQUEST"),
        method_arn: Some(method_arn.to_owned()),
        identity_source: identity.clone(),
        authorization_token: identity,
        ..common(request, around, resource)
    };
    if !resource.version {
        // Unlike the function of a route, this one gets objects where there is nothing.
        event.query_string_parameters.get_or_insert_default();
        event.multi_value_query_string_parameters.get_or_insert_default();
        event.path_parameters.get_or_insert_with(|| Pairs(Vec::new()));
        event.stage_variables.get_or_insert(around.stage_variables);
    }
    serde_json::to_vec(&event).unwrap_or_default().into()
}

fn common<'a>(request: &'a Request, around: &'a Around<'a>, resource: &'a Resource<'a>) -> Event<'a> {
    let domain = request.domain();
    let (single, several) = headers(request, resource.version);
    let (parameters, all_parameters) = parameters(&request.query);
    Event {
        version: resource.version.then_some("1.0"),
        kind: None,
        method_arn: None,
        identity_source: None,
        authorization_token: None,
        resource: resource.path,
        path: if resource.version { routes::decode(&request.path) } else { Cow::Borrowed(resource.own_path) },
        http_method: &request.method,
        headers: Some(single),
        multi_value_headers: Some(several),
        query_string_parameters: Some(parameters).filter(|p| !p.is_empty()),
        multi_value_query_string_parameters: Some(all_parameters).filter(|p| !p.is_empty()),
        path_parameters: (!around.variables.is_empty())
            .then(|| Pairs(around.variables.iter().map(|(name, value)| (*name, value.as_str())).collect())),
        stage_variables: (!around.stage_variables.is_empty()).then_some(around.stage_variables),
        request_context: Context {
            resource_id: resource_id(resource.path),
            authorizer: around.authorizer.as_ref(),
            resource_path: resource.path,
            http_method: &request.method,
            extended_request_id: ids::short(),
            request_time: clock::request_time(request.time_ms),
            path: routes::decode(&request.path),
            account_id: around.account,
            protocol: "HTTP/1.1",
            stage: around.stage,
            domain_prefix: domain.split('.').next().unwrap_or(domain),
            request_time_epoch: request.time_ms,
            request_id: around.request_id,
            identity: Identity {
                cognito_identity_pool_id: None,
                account_id: None,
                cognito_identity_id: None,
                caller: None,
                source_ip: request.peer.to_string(),
                principal_org_id: None,
                access_key: None,
                cognito_authentication_type: None,
                cognito_authentication_provider: None,
                user_arn: None,
                user_agent: request.user_agent(),
                user: None,
            },
            domain_name: domain,
            api_id: around.api_id,
        },
        body: None,
        is_base64_encoded: None,
    }
}

/// Something of the form of the ids of resources, the same for the same path.
fn resource_id(path: &str) -> String {
    let hash = path
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{:06x}", hash & 0xff_ffff)
}

/// The last value of each header, and all of them. Browsers and most clients write names with capitals,
/// which is how a REST API passes them on; an HTTP server here sees them in lower case only.
#[allow(clippy::type_complexity, reason = "two forms of the same thing, taken apart at once")]
fn headers(
    request: &Request,
    lower_case: bool,
) -> (Pairs<String, Cow<'_, str>>, Pairs<String, Vec<Cow<'_, str>>>) {
    let mut single = Vec::with_capacity(request.headers.len() + 4);
    let mut several = Vec::with_capacity(request.headers.len() + 4);
    for name in request.headers.keys() {
        let values: Vec<Cow<'_, str>> =
            request.headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        let name = if lower_case { name.as_str().to_owned() } else { capitals(name.as_str()) };
        single.push((name.clone(), values.last().cloned().unwrap_or_default()));
        several.push((name, values));
    }
    for (name, value) in request.forwarded(ids::trace(request.time_ms / 1000)) {
        if !request.headers.contains_key(name) {
            let name = if lower_case { name.to_owned() } else { capitals(name) };
            single.push((name.clone(), value.clone()));
            several.push((name, vec![value]));
        }
    }
    (Pairs(single), Pairs(several))
}

/// A name of a header with a capital for each word.
fn capitals(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c };
            start = c == '-';
            c
        })
        .collect()
}

/// The last value of each parameter, and all of them.
fn parameters(query: &str) -> (IndexMap<String, String>, IndexMap<String, Vec<String>>) {
    let mut single = IndexMap::new();
    let mut several: IndexMap<String, Vec<String>> = IndexMap::new();
    for (name, value) in routes::query(query) {
        several.entry(name.clone()).or_default().push(value.clone());
        single.insert(name, value);
    }
    (single, several)
}
