//! A port: accepts connections, reads requests within limits, hands them to whoever answers.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::body::Body;
use super::gateway::Gateway;
use super::request::Request;
use super::{invoke_api, page, reply};
use crate::clock;
use crate::messaging::Messaging;

/// Bytes of a body at most. Source: quotas of API Gateway, 10 MB.
const LARGEST: usize = 10 * 1024 * 1024;
/// Bytes of all headers at most. Source: quotas of API Gateway, 10,240 bytes.
const HEADERS: usize = 10_240;
/// Bytes of the path and all headers that are read before it is given up.
const HEAD: usize = 64 * 1024;
/// What a client may take to send its headers, and then its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// A port and who answers on it. Who answers can be changed while it is open.
pub(crate) struct Port {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The API that answers; none where there is none.
    gateway: RwLock<Option<Arc<Gateway>>>,
    messaging: Messaging,
    /// Names under which it may be called, beside addresses and `localhost`.
    hosts: Vec<String>,
    closing: watch::Sender<bool>,
}

/// Opens a port.
pub(crate) async fn bind(host: IpAddr, port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((host, port)).await
}

impl Port {
    /// A port that answers from now on.
    pub(crate) fn open(
        listener: TcpListener,
        messaging: Messaging,
        hosts: Vec<String>,
    ) -> std::io::Result<Arc<Port>> {
        let port = Arc::new(Port {
            address: listener.local_addr()?,
            gateway: RwLock::default(),
            messaging,
            hosts,
            closing: watch::Sender::new(false),
        });
        tokio::spawn(accept(listener, Arc::clone(&port)));
        Ok(port)
    }

    /// Changes who answers. Requests in flight end with whom they began.
    pub(crate) fn set(&self, gateway: Option<Arc<Gateway>>) {
        *self.gateway.write().unwrap_or_else(PoisonError::into_inner) = gateway;
    }

    /// The API that answers.
    pub(crate) fn gateway(&self) -> Option<Arc<Gateway>> {
        self.gateway.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes no more connections; those that are open end after their request.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

async fn accept(listener: TcpListener, port: Arc<Port>) {
    let mut closing = port.closing.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::spawn(serve(stream, peer, Arc::clone(&port)));
                }
                // No more files can be opened: some will be closed soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            () = async { drop(closing.wait_for(|closing| *closing).await) } => return,
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, port: Arc<Port>) {
    let _ = stream.set_nodelay(true);
    let mut closing = port.closing.subscribe();
    let service = service_fn(|request| {
        let port = Arc::clone(&port);
        async move { Ok::<_, Infallible>(answer(request, peer, &port).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // A connection that breaks is the end of it.
    let ended = async { drop(closing.wait_for(|closing| *closing).await) };
    let over = tokio::select! {
        _ = connection.as_mut() => true,
        () = ended => false,
    };
    if !over {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

async fn answer(request: hyper::Request<Incoming>, peer: SocketAddr, port: &Arc<Port>) -> Response<Body> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    if !is_own(host, &port.hosts) {
        let text = format!("{host} is not a name of this server");
        return reply::message(StatusCode::MISDIRECTED_REQUEST, &text);
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS {
        return reply::message(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request Header Fields Too Large",
        );
    }
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(PATIENCE, read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => {
            return reply::message(status, status.canonical_reason().unwrap_or("Bad Request"));
        }
        Err(_) => return reply::message(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
    };
    let path = parts.uri.path();
    if let Some(name) = invoke_api::name(path)
        && parts.method == Method::POST
    {
        return invoke_api::answer(port.messaging.functions(), &name, &parts.headers, body).await;
    }
    if path.starts_with(page::BASE) {
        return page::answer(&port.messaging, &parts.method, path, &body);
    }
    let Some(gateway) = port.gateway() else {
        return reply::message(StatusCode::NOT_FOUND, "Not Found");
    };
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        headers: parts.headers,
        body,
        peer: peer.ip(),
        port: port.address.port(),
        time_ms: clock::epoch_ms(),
    };
    gateway.answer(request).await
}

/// Reads a body, or says with which status to refuse it.
async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    use hyper::body::Body as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(fault) if fault.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// Whether a request means this server: a page in a browser whose name was made to point here does not. An
/// address cannot be made to.
fn is_own(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok()
        || names.iter().any(|own| own.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_taken() {
        let names = ["shop.test".to_owned()];
        for own in
            ["localhost", "localhost:3000", "api.localhost:1", "127.0.0.1:3000", "[::1]:3000", "Shop.test:80"]
        {
            assert!(is_own(own, &names), "{own}");
        }
        for other in ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example"]
        {
            assert!(!is_own(other, &names), "{other}");
        }
    }
}
