//! A port: accepts connections, reads requests within limits, hands them to whoever answers.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use samc_schema::manifest::ApiKind;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::body::Body;
use super::gateway::Gateway;
use super::impatient::Impatient;
use super::request::Request;
use super::{aws, guard, invoke_api, page, reading, reply, websocket};
use crate::clock;
use crate::messaging::Messaging;

/// Bytes of the path and all headers that are read before it is given up.
const HEAD: usize = 64 * 1024;
/// Connections of a port at most.
const CONNECTIONS: usize = 4096;

/// What is asked of clients.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// Names under which they may call, beside addresses and `localhost`.
    pub(crate) hosts: Vec<String>,
    /// How long they may take to send headers, to send a body, and to take nothing of an answer.
    pub(crate) patience: Duration,
}

/// A port and who answers on it. Who answers can be changed while it is open.
pub(crate) struct Port {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The API that answers; none where there is none.
    gateway: RwLock<Option<Arc<Gateway>>>,
    messaging: Messaging,
    clients: Clients,
    /// The bodies that are being read.
    reading: reading::Budget,
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
        clients: Clients,
    ) -> std::io::Result<Arc<Port>> {
        let port = Arc::new(Port {
            address: listener.local_addr()?,
            gateway: RwLock::default(),
            messaging,
            clients,
            reading: reading::Budget::default(),
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

    /// Tells when it closes.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Takes no more connections; those that are open end after their request.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

async fn accept(listener: TcpListener, port: Arc<Port>) {
    let mut closing = port.closing.subscribe();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Who comes when all places are taken waits until one is free: those that do nothing lose theirs.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let port = Arc::clone(&port);
                    tokio::spawn(async move {
                        serve(stream, peer, port).await;
                        drop(place);
                    });
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
        .header_read_timeout(port.clients.patience)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(Impatient::new(stream, port.clients.patience)), service)
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

/// What answers a request. What few requests need is kept in boxes: hyper moves all of this for each request.
async fn answer(mut request: hyper::Request<Incoming>, peer: SocketAddr, port: &Arc<Port>) -> Response<Body> {
    if let Err(refused) = guard::check(&request, &port.clients.hosts) {
        return refused;
    }
    let upgrade = websocket::is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    let (parts, body) = request.into_parts();
    let body = match body.is_end_stream() {
        true => Bytes::new(),
        false => match Box::pin(read(body, port)).await {
            Ok(body) => body,
            Err(refused) => return refused,
        },
    };
    let path = parts.uri.path();
    if let Some(call) = aws::call(&parts.method, &parts.headers) {
        return match guard::check_own(&parts.headers) {
            Ok(()) => Box::pin(aws::answer(&port.messaging, call, &parts.headers, &body)).await,
            Err(refused) => refused,
        };
    }
    if let Some(name) = invoke_api::name(path)
        && parts.method == Method::POST
    {
        return match guard::check_own(&parts.headers) {
            Ok(()) => {
                Box::pin(invoke_api::answer(port.messaging.functions(), &name, &parts.headers, body)).await
            }
            Err(refused) => refused,
        };
    }
    if path.starts_with(page::BASE) {
        return page::answer(&port.messaging, &parts, &body, port.closing.subscribe());
    }
    let gateway = port.gateway();
    let is_web_socket = gateway.as_ref().is_none_or(|gateway| gateway.api.kind == ApiKind::WebSocket);
    // Functions find connections at the port of their API, and at one that is no API's.
    if let Some(id) = websocket::managed(path).filter(|_| is_web_socket || path.starts_with("/@connections/"))
    {
        let connections = &port.messaging.functions().context().connections;
        return match guard::check_own(&parts.headers) {
            Ok(()) => websocket::manage(connections, &parts.method, &id, &body),
            Err(refused) => refused,
        };
    }
    let Some(gateway) = gateway else {
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
    match (gateway.api.kind, upgrade) {
        (ApiKind::WebSocket, Some(upgrade)) => {
            Box::pin(websocket::connect(port, &gateway, request, upgrade)).await
        }
        (ApiKind::WebSocket, None) => {
            reply::message(StatusCode::UPGRADE_REQUIRED, "This API speaks WebSocket only")
        }
        (ApiKind::Http | ApiKind::Rest | ApiKind::FunctionUrl, _) => gateway.answer(request).await,
    }
}

/// The body of a request, or why it is refused.
async fn read(body: Incoming, port: &Port) -> Result<Bytes, Response<Body>> {
    match tokio::time::timeout(port.clients.patience, reading::read(body, &port.reading)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(status)) => Err(reply::message(status, status.canonical_reason().unwrap_or("Bad Request"))),
        Err(_) => Err(reply::message(StatusCode::REQUEST_TIMEOUT, "Request Timeout")),
    }
}
