//! WebSocket APIs: connections, the routes that their messages take, and what functions send back.
//!
//! Source: "API Gateway WebSocket APIs" in the guide of API Gateway.

mod connections;
mod event;
mod manage;
mod select;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::OnUpgrade;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use samc_schema::manifest::Route;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::authorize::Asked;
use super::body::Body;
use super::event_v1::Resource;
use super::event_v2::Around;
use super::gateway::Gateway;
use super::reply;
use super::request::Request;
use super::server::Port;
use crate::ids;
use crate::invoke::{Invoke, Outcome, Refusal};
use connections::Connection;
pub(crate) use connections::{Connections, Outgoing};
pub(crate) use manage::{answer as manage, id as managed};

/// Bytes of a message and of a frame at most. Source: quotas of WebSocket APIs.
const LARGEST: usize = 128 * 1024;
const LARGEST_FRAME: usize = 32 * 1024;
/// How long a connection may be idle, and how long it lasts at most. Source: quotas of WebSocket APIs.
const IDLE: Duration = Duration::from_secs(600);
const LONGEST: Duration = Duration::from_secs(7200);
/// Messages of a connection that are in functions at once: the next is read when one is done.
const AT_ONCE: usize = 32;
/// Messages that wait to be sent to a client at most.
const WAITING: usize = 256;

/// Whether a request wants to be a WebSocket.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    let has = |name: HeaderName, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(wanted)))
    };
    has(UPGRADE, "websocket") && has(CONNECTION, "upgrade")
}

/// Answers a request to be one, and serves it from then on.
pub(crate) async fn connect(
    port: &Arc<Port>,
    gateway: &Arc<Gateway>,
    request: Request,
    upgrade: OnUpgrade,
) -> Response<Body> {
    let key = request.headers.get(SEC_WEBSOCKET_KEY).cloned();
    let version = request.header(SEC_WEBSOCKET_VERSION);
    let Some(key) = key.filter(|_| version == Some("13")) else {
        return reply::message(StatusCode::BAD_REQUEST, "a WebSocket needs a key, and version 13");
    };
    let all = Arc::clone(&gateway.functions.context().connections);
    let (sender, outgoing) = mpsc::channel(WAITING);
    let connection = Arc::new(Connection::new(&request, sender));
    let accepted = match accept(gateway, &request, &connection).await {
        Ok(headers) => headers,
        Err(refused) => return refused,
    };
    if !all.add(&connection) {
        return reply::message(StatusCode::SERVICE_UNAVAILABLE, "as many connections are open as may be");
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(value) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    headers.extend(accepted);
    let (port, gateway) = (Arc::clone(port), Arc::clone(gateway));
    tokio::spawn(async move {
        let end = match upgrade.await {
            Ok(upgraded) => {
                let config = WebSocketConfig::default()
                    .max_message_size(Some(LARGEST))
                    .max_frame_size(Some(LARGEST_FRAME));
                let io = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
                serve(&port, &gateway, &connection, socket, outgoing).await
            }
            Err(_) => End { code: 1006, reason: String::new() },
        };
        all.remove(&connection.id);
        let gateway = port.gateway().unwrap_or(gateway);
        if let Some(route) = route(&gateway, "$disconnect") {
            let event = event::disconnect(&gateway, &connection, end.code, &end.reason);
            call(&gateway, route, event.to_string().into()).await.ok();
        }
    });
    response
}

/// The route of a key.
fn route<'a>(gateway: &'a Gateway, key: &str) -> Option<&'a Route> {
    gateway.api.routes.iter().find(|route| route.path == key)
}

/// Asks the authorizer and the function of `$connect`, and gives the headers of the answer.
async fn accept(
    gateway: &Gateway,
    request: &Request,
    connection: &Connection,
) -> Result<HeaderMap, Response<Body>> {
    let mut headers = HeaderMap::new();
    let Some(route) = route(gateway, "$connect") else { return Ok(headers) };
    let mut event = event::connect(gateway, connection, request);
    let resource = Resource { path: "$connect", own_path: "/", binary: false, version: false };
    let around = Around {
        account: &gateway.functions.context().account,
        api_id: gateway.api_id(),
        stage: &gateway.api.stage,
        stage_variables: &gateway.api.stage_variables,
        route_key: "$connect",
        variables: &[],
        authorizer: None,
        request_id: &ids::short(),
    };
    let asked = Asked { gateway, request, route, around: &around, resource: &resource, event: Some(&event) };
    if let Some(known) = gateway.authorizers().check(&asked).await? {
        event["requestContext"]["authorizer"] = known.clone();
        connection.knows(known);
    }
    let outcome = match call(gateway, route, event.to_string().into()).await {
        Ok(Some(outcome)) => outcome,
        // A route without a function lets everybody in.
        Ok(None) => return Ok(headers),
        Err(refused) => return Err(refused),
    };
    let answer: Value = serde_json::from_slice(&outcome.payload).unwrap_or_default();
    let status =
        answer.get("statusCode").and_then(|status| status.as_u64().or_else(|| status.as_str()?.parse().ok()));
    let status = status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
    match status {
        _ if outcome.error.is_some() => return Err(gateway.broken()),
        None => {
            gateway.note("the function of $connect answers with an object that has a statusCode");
            return Err(gateway.broken());
        }
        Some(status) if !status.is_success() => {
            let body = answer.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
            return Err(reply::plain(status, "application/json", body));
        }
        Some(_) => {}
    }
    let given = answer.get("headers").and_then(Value::as_object);
    let given = given
        .and_then(|all| all.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol")));
    if let Some(value) = given.and_then(|(_, value)| HeaderValue::from_str(value.as_str()?).ok()) {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
    Ok(headers)
}

/// Calls the function of a route; none where it has none.
async fn call(gateway: &Gateway, route: &Route, event: Bytes) -> Result<Option<Outcome>, Response<Body>> {
    if let Some(why) = &route.unsupported {
        gateway.note(&format!("the route {} does not run locally: {why}", route.path));
        return Err(reply::message(StatusCode::NOT_IMPLEMENTED, "This route does not run locally"));
    }
    let Some(function) = &route.function else { return Ok(None) };
    let limit = Duration::from_millis(route.timeout_ms);
    match tokio::time::timeout(limit, gateway.functions.invoke(function, event)).await {
        Ok(Ok(outcome)) => Ok(Some(outcome)),
        Ok(Err(
            refusal @ (Refusal::Unknown
            | Refusal::Throttled
            | Refusal::TooLarge { .. }
            | Refusal::CannotRun(_)),
        )) => Err(gateway.refused(function, &refusal)),
        Err(_) => {
            gateway.say(function, &format!("took longer than the API waits, {:.0} s", limit.as_secs_f64()));
            Err(reply::message(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"))
        }
    }
}

/// How a connection ended.
struct End {
    code: u16,
    reason: String,
}

/// Serves a connection to its end.
async fn serve(
    port: &Arc<Port>,
    first: &Arc<Gateway>,
    connection: &Arc<Connection>,
    mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
    mut outgoing: mpsc::Receiver<Outgoing>,
) -> End {
    let mut closing = port.closing();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let end = tokio::time::Instant::now() + LONGEST;
    let close = |code: u16, reason: &str| End { code, reason: reason.to_owned() };
    let ended = loop {
        let idle = tokio::time::sleep(IDLE);
        tokio::select! {
            place = Arc::clone(&places).acquire_owned() => {
                let Ok(place) = place else { break close(1011, "") };
                // The next message is read only where there is a place for it; what goes out does not wait.
                tokio::select! {
                    message = socket.next() => match message {
                        Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                            connection.touch();
                            let (port, first) = (Arc::clone(port), Arc::clone(first));
                            let connection = Arc::clone(connection);
                            tokio::spawn(async move {
                                let gateway = port.gateway().unwrap_or(first);
                                receive(&gateway, &connection, message).await;
                                drop(place);
                            });
                        }
                        Some(Ok(Message::Close(frame))) => {
                            let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                                (u16::from(frame.code), frame.reason.to_string())
                            });
                            break End { code, reason };
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => connection.touch(),
                        Some(Err(tokio_tungstenite::tungstenite::Error::Capacity(_))) => {
                            shut(&mut socket, CloseCode::Size, "Message too big").await;
                            break close(1009, "Message too big");
                        }
                        Some(Err(_)) | None => break close(1006, ""),
                    },
                    Some(message) = outgoing.recv() => if !send(&mut socket, message).await {
                        break close(1000, "");
                    },
                    () = idle => {
                        shut(&mut socket, CloseCode::Away, "Going away").await;
                        break close(1001, "Going away");
                    }
                    () = tokio::time::sleep_until(end) => {
                        shut(&mut socket, CloseCode::Away, "Going away").await;
                        break close(1001, "Going away");
                    }
                    () = async { drop(closing.wait_for(|closing| *closing).await) } => {
                        shut(&mut socket, CloseCode::Away, "Going away").await;
                        break close(1001, "Going away");
                    }
                }
            }
            Some(message) = outgoing.recv() => if !send(&mut socket, message).await {
                break close(1000, "");
            },
        }
    };
    // What was sent before it was closed goes out; nobody reads an answer any more.
    outgoing.close();
    ended
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Sends something. Whether the connection goes on.
async fn send(socket: &mut Socket, message: Outgoing) -> bool {
    match message {
        Outgoing::Data(bytes) => {
            let message = match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Message::text(text),
                Err(_) => Message::binary(bytes),
            };
            socket.send(message).await.is_ok()
        }
        Outgoing::Close => {
            shut(socket, CloseCode::Normal, "Connection Closed Normally").await;
            false
        }
    }
}

async fn shut(socket: &mut Socket, code: CloseCode, reason: &'static str) {
    // The other side may be gone.
    let _ = socket.close(Some(CloseFrame { code, reason: reason.into() })).await;
}

/// Takes a message to the function of its route.
async fn receive(gateway: &Gateway, connection: &Connection, message: Message) {
    let (body, is_binary) = match &message {
        Message::Binary(bytes) => (bytes.as_ref(), true),
        other => (other.to_text().unwrap_or_default().as_bytes(), false),
    };
    let selector =
        gateway.api.web_socket.as_ref().map_or("$request.body.action", |own| own.selector.as_str());
    let key = if is_binary { None } else { select::key(selector, body) };
    let found = key.as_deref().and_then(|key| route(gateway, key)).filter(|route| !is_own(route));
    let found = found.or_else(|| route(gateway, "$default"));
    let request_id = ids::short();
    let tell = |text: &str| {
        let body = json!({ "message": text, "connectionId": connection.id, "requestId": request_id });
        connection.send(Outgoing::Data(body.to_string().into()));
    };
    let Some(route) = found else {
        gateway.note(&format!("a message is for no route: its key is {:?}", key.unwrap_or_default()));
        return tell("Forbidden");
    };
    let event = event::message(gateway, connection, &route.path, &request_id, body, is_binary);
    match call(gateway, route, event.to_string().into()).await {
        Ok(Some(outcome)) if outcome.error.is_some() => tell("Internal server error"),
        Ok(Some(outcome)) if route.answers => match select::answer(&outcome.payload) {
            Ok(Some(body)) => drop(connection.send(Outgoing::Data(body))),
            Ok(None) => {}
            Err(why) => {
                gateway.note(&format!("the answer of the route {} is not sent: {why}", route.path));
                tell("Internal server error");
            }
        },
        Ok(_) => {}
        Err(refused) if refused.status() == StatusCode::GATEWAY_TIMEOUT => tell("Endpoint request timed out"),
        Err(_) => tell("Internal server error"),
    }
}

/// Whether a route is one that no message takes by its key.
fn is_own(route: &Route) -> bool {
    matches!(route.path.as_str(), "$connect" | "$disconnect" | "$default")
}
