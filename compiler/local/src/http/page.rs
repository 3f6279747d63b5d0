//! What samc tells of the application it runs, under `/_samc/`: a page for people, its state, what happens, that
//! it lives.

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};

use super::body::Body;
use super::{guard, reply, routes};
use crate::function::Functions;
use crate::messaging::{Messaging, Refused};
use crate::records::{Happening, Record};

/// What the paths begin with.
pub(crate) const BASE: &str = "/_samc/";

/// The parts of the page, which are part of samc: it loads nothing from elsewhere.
const PARTS: [(&str, &str, &str); 3] = [
    ("", "text/html; charset=utf-8", include_str!("../page/page.html")),
    ("page.css", "text/css; charset=utf-8", include_str!("../page/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("../page/page.js")),
];

/// What browsers are told of everything here: nothing comes from elsewhere or goes there, no script stands in
/// the page itself, and no other page shows this one.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Answers a question about the application. `closing` tells when the port closes.
pub(crate) fn answer(
    messaging: &Messaging,
    request: &Parts,
    body: &Bytes,
    closing: watch::Receiver<bool>,
) -> Response<Body> {
    let name = request.uri.path().strip_prefix(BASE).unwrap_or("");
    let mut response = match name {
        _ if name.starts_with("events/") => match (&request.method, guard::check_own(&request.headers)) {
            (&Method::POST, Ok(())) => happen(messaging, &routes::decode(&name[7..]), body),
            (&Method::POST, Err(refused)) => refused,
            _ => reply::message(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        },
        _ if !matches!(request.method, Method::GET | Method::HEAD) => {
            reply::message(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        }
        "health" => reply::plain(StatusCode::OK, "application/json", "{\"status\":\"ok\"}"),
        "state" => {
            let with_calls = request.uri.query() != Some("calls=no");
            reply::plain(StatusCode::OK, "application/json", state(messaging, with_calls).to_string())
        }
        "events" => events(messaging.functions(), closing),
        _ => match PARTS.iter().find(|(part, _, _)| *part == name) {
            Some((_, kind, text)) => reply::plain(StatusCode::OK, kind, *text),
            None => reply::message(StatusCode::NOT_FOUND, "Not Found"),
        },
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
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

/// Everything as it is now; the last calls only where they are asked for, as they may be large.
fn state(messaging: &Messaging, with_calls: bool) -> Value {
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
                "timeoutMs": pool.function.timeout_ms,
                "memoryMib": pool.function.memory_mib,
                "unknownEnvironment": pool.function.unknown_environment,
                "processes": processes,
                "busy": busy,
                "note": note,
                "cannotRun": cannot,
            })
        })
        .collect();
    let running = functions.context().running();
    let manifest = &running.manifest;
    let apis: Vec<Value> = manifest
        .apis
        .iter()
        .map(|(id, api)| {
            let url = running.listening.iter().find(|one| one.api.as_ref() == Some(id)).map(|one| &one.url);
            json!({
                "id": id,
                "source": api.source,
                "kind": api.kind,
                "elsewhere": api.elsewhere,
                "stage": api.stage,
                "url": url,
                "routes": api.routes,
            })
        })
        .collect();
    let records = &functions.context().records;
    let last = records.last();
    let last: Vec<&Record> = last.iter().map(std::convert::AsRef::as_ref).collect();
    json!({
        "app": manifest.app,
        "stage": manifest.stage,
        "spec": manifest.spec,
        "region": manifest.region,
        "functions": all,
        "messaging": messaging.state(),
        "apis": apis,
        "triggers": manifest.triggers,
        "resources": manifest.resources,
        "unsupported": manifest.unsupported,
        "calls": records.count(),
        "records": with_calls.then_some(last),
    })
}

/// What happens, as server-sent events: calls as they end, and that other things run than before.
fn events(functions: &Functions, mut closing: watch::Receiver<bool>) -> Response<Body> {
    let mut happenings = functions.context().records.follow();
    let (sender, pieces) = mpsc::channel(16);
    tokio::spawn(async move {
        // Something comes at once, so that the reader knows that it is connected.
        let mut piece = Bytes::from_static(b": connected\n\n");
        loop {
            if sender.send(piece).await.is_err() {
                return;
            }
            let happened = tokio::select! {
                happened = happenings.recv() => happened,
                () = sender.closed() => return,
                _ = closing.wait_for(|closing| *closing) => return,
            };
            piece = match happened {
                Ok(Happening::Call(record)) => call(&record),
                // Who reads too slowly misses calls; the state has the last ones.
                Ok(Happening::Reload) | Err(RecvError::Lagged(_)) => {
                    Bytes::from_static(b"event: reload\ndata: {}\n\n")
                }
                Err(RecvError::Closed) => return,
            };
        }
    });
    let mut response = Response::new(Body::Pieces(pieces));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

fn call(record: &Record) -> Bytes {
    let data = serde_json::to_string(record).unwrap_or_default();
    format!("event: call\nid: {}\ndata: {data}\n\n", record.number).into()
}
