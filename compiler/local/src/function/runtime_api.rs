//! The Runtime API of Lambda, version 2018-06-01, for one process.
//!
//! Each process has a port of its own, which tells what asks. Source: "Using the Lambda runtime API" in
//! the guide of Lambda; header names as its clients for Python, Node and Rust read them.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::call::Piece;
use super::pool::Next;
use super::sandbox::{End, Sandbox};

/// Bytes of an answer at most. Source: Lambda quotas, 6 MB and what is around it, as its message says.
pub(crate) const LARGEST: usize = 6_291_556;
const BASE: &str = "/2018-06-01/runtime/";

type Answer = Response<Full<Bytes>>;

/// Answers the process until the task is ended.
pub(crate) async fn serve(listener: TcpListener, sandbox: Arc<Sandbox>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Without it each answer would wait for an acknowledgement of the one before.
                let _ = stream.set_nodelay(true);
                let sandbox = Arc::clone(&sandbox);
                connections.spawn(async move {
                    let service = service_fn(|request| {
                        let sandbox = Arc::clone(&sandbox);
                        async move { Ok::<_, Infallible>(answer(request, &sandbox).await) }
                    });
                    // A connection that breaks is the end of it; the process is watched elsewhere.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .pipeline_flush(true)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(request: Request<Incoming>, sandbox: &Arc<Sandbox>) -> Answer {
    // A page in a browser can reach this port under a name of its own.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if host
        .is_some_and(|host| host != sandbox.address && host != "127.0.0.1" && !host.starts_with("localhost"))
    {
        return error(StatusCode::FORBIDDEN, "InvalidHost", "Invalid host");
    }
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix(BASE) else {
        return error(StatusCode::NOT_FOUND, "NotFound", "There is no such resource");
    };
    let post = request.method() == Method::POST;
    match path {
        "invocation/next" if request.method() == Method::GET => next(sandbox).await,
        "init/error" if post => {
            if let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await {
                sandbox.init_error(body.to_bytes());
            }
            accepted()
        }
        "restore/next" => Response::new(Full::default()),
        "restore/error" => accepted(),
        _ => match path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/')) {
            Some((id, "response")) if post => response(request, id, sandbox).await,
            Some((id, "error")) if post => failure(request, id, sandbox).await,
            _ => error(StatusCode::NOT_FOUND, "NotFound", "There is no such resource"),
        },
    }
}

async fn next(sandbox: &Arc<Sandbox>) -> Answer {
    sandbox.asks();
    let call = match sandbox.pool.next() {
        Some(Next::Call(call)) => Some(call),
        Some(Next::Wait(mut seat)) => seat.call().await,
        None => None,
    };
    let Some(call) = call else {
        // It is being ended: the answer never comes, as the process need not see an error before.
        sandbox.drain();
        return std::future::pending().await;
    };
    let begun = sandbox.begin(call);
    let mut answer = Response::new(Full::new(begun.event));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("lambda-runtime-aws-request-id", &begun.id);
    set("lambda-runtime-deadline-ms", &begun.deadline_ms.to_string());
    set("lambda-runtime-invoked-function-arn", &sandbox.pool.arn);
    set("lambda-runtime-trace-id", &begun.trace);
    if let Some(client) = &begun.client_context {
        set("lambda-runtime-client-context", client);
    }
    answer
}

async fn response(request: Request<Incoming>, id: &str, sandbox: &Arc<Sandbox>) -> Answer {
    if !sandbox.is_in(id) {
        return unknown();
    }
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if header("lambda-runtime-function-response-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("streaming"))
    {
        let kind = header("content-type").map(str::to_owned);
        return pieces(request.into_body(), id, kind, sandbox).await;
    }
    match Limited::new(request.into_body(), LARGEST).collect().await {
        Ok(body) => {
            if sandbox.end(id, End::Answer(body.to_bytes())) {
                accepted()
            } else {
                unknown()
            }
        }
        Err(fault) if fault.is::<LengthLimitError>() => {
            sandbox.end(id, End::Error(too_large()));
            error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &too_large_message())
        }
        Err(_) => error(StatusCode::BAD_REQUEST, "InvalidRequest", "The body is not complete"),
    }
}

fn too_large_message() -> String {
    format!("Response payload size exceeded maximum allowed payload size ({LARGEST} bytes).")
}

/// What the caller gets of a function whose answer is longer than may be.
pub(crate) fn too_large() -> Bytes {
    let message = too_large_message();
    format!(r#"{{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"{message}"}}"#).into()
}

/// Passes on an answer as it comes. An error on the way is told by the trailers.
async fn pieces(mut body: Incoming, id: &str, kind: Option<String>, sandbox: &Arc<Sandbox>) -> Answer {
    let Some(sender) = sandbox.pieces(id, kind) else { return unknown() };
    let mut failed = None;
    let mut complete = true;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            complete = false;
            break;
        };
        match frame.into_data() {
            // Whoever asked may be gone; the function may finish nevertheless.
            Ok(data) => drop(sender.send(Piece::Data(data)).await),
            Err(frame) => {
                let trailer = |name| {
                    frame
                        .trailers_ref()
                        .and_then(|all| all.get(name))
                        .and_then(|v: &HeaderValue| v.to_str().ok())
                };
                if let Some(kind) = trailer("lambda-runtime-function-error-type") {
                    let told = trailer("lambda-runtime-function-error-body")
                        .and_then(|body| base64::engine::general_purpose::STANDARD.decode(body).ok())
                        .unwrap_or_else(|| serde_json::json!({ "errorType": kind }).to_string().into_bytes());
                    failed = Some(Bytes::from(told));
                }
            }
        }
    }
    if !complete {
        return error(StatusCode::BAD_REQUEST, "InvalidRequest", "The body is not complete");
    }
    if sandbox.end(id, failed.map_or(End::Pieces, End::Error)) { accepted() } else { unknown() }
}

async fn failure(request: Request<Incoming>, id: &str, sandbox: &Arc<Sandbox>) -> Answer {
    if !sandbox.is_in(id) {
        return unknown();
    }
    let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await else {
        return error(StatusCode::BAD_REQUEST, "InvalidRequest", "The body is not complete");
    };
    if sandbox.end(id, End::Error(body.to_bytes())) { accepted() } else { unknown() }
}

fn accepted() -> Answer {
    let mut answer = Response::new(Full::from("{\"status\":\"OK\"}\n"));
    *answer.status_mut() = StatusCode::ACCEPTED;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn unknown() -> Answer {
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

fn error(status: StatusCode, kind: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "errorMessage": message, "errorType": kind }).to_string();
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
