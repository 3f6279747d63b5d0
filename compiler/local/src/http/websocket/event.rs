//! The events of WebSocket APIs.
//!
//! Source: "Set up a WebSocket API integration request" and "Integrating backend services" in the guide of API
//! Gateway.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::connections::Connection;
use crate::http::gateway::Gateway;
use crate::http::request::Request;
use crate::http::routes;
use crate::{clock, ids};

/// What all events have.
fn context(gateway: &Gateway, connection: &Connection, kind: &str, key: &str, request_id: &str) -> Value {
    let now = clock::epoch_ms();
    let mut context = json!({
        "routeKey": key,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": clock::request_time(now),
        "messageDirection": "IN",
        "stage": gateway.api.stage,
        "connectedAt": connection.connected_ms,
        "requestTimeEpoch": now,
        "identity": { "sourceIp": connection.source_ip, "userAgent": connection.user_agent },
        "requestId": request_id,
        // With the port, so that what is made of it reaches this server.
        "domainName": connection.host,
        "connectionId": connection.id,
        "apiId": gateway.api_id(),
    });
    if let Some(known) = connection.known() {
        context["authorizer"] = known.clone();
    }
    context
}

fn with_variables(gateway: &Gateway, mut event: Value) -> Value {
    if !gateway.api.stage_variables.is_empty() {
        event["stageVariables"] = json!(gateway.api.stage_variables);
    }
    event
}

/// The event of `$connect`.
pub(super) fn connect(gateway: &Gateway, connection: &Connection, request: &Request) -> Value {
    let (mut headers, mut all_headers) = (Map::new(), Map::new());
    for name in request.headers.keys() {
        let values: Vec<String> = request
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        headers.insert(name.to_string(), values.last().cloned().unwrap_or_default().into());
        all_headers.insert(name.to_string(), values.into());
    }
    let mut event = json!({
        "headers": headers,
        "multiValueHeaders": all_headers,
        "requestContext": context(gateway, connection, "CONNECT", "$connect", &ids::short()),
        "isBase64Encoded": false,
    });
    let (mut single, mut several) = (Map::new(), Map::<String, Value>::new());
    for (name, value) in routes::query(&request.query) {
        if let Some(list) = several.entry(name.clone()).or_insert_with(|| json!([])).as_array_mut() {
            list.push(value.as_str().into());
        }
        single.insert(name, value.into());
    }
    if !single.is_empty() {
        event["queryStringParameters"] = single.into();
        event["multiValueQueryStringParameters"] = several.into();
    }
    with_variables(gateway, event)
}

/// The event of a message.
pub(super) fn message(
    gateway: &Gateway,
    connection: &Connection,
    key: &str,
    request_id: &str,
    body: &[u8],
    is_binary: bool,
) -> Value {
    let mut context = context(gateway, connection, "MESSAGE", key, request_id);
    context["messageId"] = ids::short().into();
    let body = match is_binary {
        true => BASE64_STANDARD.encode(body),
        false => String::from_utf8_lossy(body).into_owned(),
    };
    let event = json!({ "requestContext": context, "body": body, "isBase64Encoded": is_binary });
    with_variables(gateway, event)
}

/// The event of `$disconnect`.
pub(super) fn disconnect(gateway: &Gateway, connection: &Connection, code: u16, reason: &str) -> Value {
    let mut context = context(gateway, connection, "DISCONNECT", "$disconnect", &ids::short());
    context["disconnectStatusCode"] = code.into();
    context["disconnectReason"] = reason.into();
    let host = &connection.host;
    let event = json!({
        "headers": { "Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
        "multiValueHeaders": {
            "Host": [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""],
        },
        "requestContext": context,
        "isBase64Encoded": false,
    });
    with_variables(gateway, event)
}
