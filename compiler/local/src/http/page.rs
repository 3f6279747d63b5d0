//! What samc tells of the application it runs, under `/_samc/`: its state, what happens, that it lives.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::body::Body;
use super::{reply, routes};
use crate::function::Functions;
use crate::messaging::{Messaging, Refused};
use crate::records::Record;

/// What the paths begin with.
pub(crate) const BASE: &str = "/_samc/";

/// Answers a question about the application.
pub(crate) fn answer(messaging: &Messaging, method: &Method, path: &str, body: &Bytes) -> Response<Body> {
    let path = path.strip_prefix(BASE).unwrap_or("");
    if let Some(id) = path.strip_prefix("events/") {
        return match *method {
            Method::POST => happen(messaging, &routes::decode(id), body),
            _ => reply::message(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        };
    }
    match path {
        "health" => reply::plain(StatusCode::OK, "application/json", "{\"status\":\"ok\"}"),
        "state" => reply::plain(StatusCode::OK, "application/json", state(messaging).to_string()),
        "events" => events(messaging.functions()),
        _ => reply::message(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Lets something happen at a resource, a trigger or a function.
fn happen(messaging: &Messaging, id: &str, body: &Bytes) -> Response<Body> {
    let value = match body.is_empty() {
        true => Ok(json!({})),
        false => serde_json::from_slice(body),
    };
    let value = match value {
        Ok(value) => value,
        Err(error) => {
            return reply::message(StatusCode::BAD_REQUEST, &format!("the body is not JSON: {error}"));
        }
    };
    match messaging.event(id, &value) {
        Ok(done) => reply::plain(StatusCode::ACCEPTED, "application/json", done.to_string()),
        Err(refused) => {
            let status = match &refused {
                Refused::Unknown { .. } => StatusCode::NOT_FOUND,
                Refused::Full { .. } => StatusCode::SERVICE_UNAVAILABLE,
                Refused::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                Refused::Invalid(_) => StatusCode::BAD_REQUEST,
                Refused::CannotRun(_) => StatusCode::NOT_IMPLEMENTED,
            };
            reply::message(status, &refused.to_string())
        }
    }
}

fn state(messaging: &Messaging) -> Value {
    let functions = messaging.functions();
    let all: Vec<Value> = functions
        .pools()
        .iter()
        .map(|pool| {
            let (processes, busy) = pool.load();
            let (note, cannot) = match &pool.launch {
                Ok(launch) => (launch.note.as_ref(), None),
                Err(why) => (None, Some(why)),
            };
            json!({
                "id": pool.id,
                "source": pool.function.source,
                "name": pool.function.name,
                "runtime": pool.function.runtime,
                "handler": pool.function.handler,
                "processes": processes,
                "busy": busy,
                "note": note,
                "cannotRun": cannot,
            })
        })
        .collect();
    let records = &functions.context().records;
    let last = records.last();
    let last: Vec<&Record> = last.iter().map(Arc::as_ref).collect();
    json!({
        "functions": all,
        "messaging": messaging.state(),
        "calls": records.count(),
        "records": last,
    })
}

/// Calls as they end, as server-sent events.
fn events(functions: &Functions) -> Response<Body> {
    let mut calls = functions.context().records.follow();
    let (sender, pieces) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            let piece = match calls.recv().await {
                Ok(record) => event(&record),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    let mut response = Response::new(Body::Pieces(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn event(record: &Arc<Record>) -> Bytes {
    let data = serde_json::to_string(record.as_ref()).unwrap_or_default();
    format!("event: call\nid: {}\ndata: {data}\n\n", record.number).into()
}
