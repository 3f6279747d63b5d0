//! Calls of other servers on this machine or near it: emulators, and those who issue tokens.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::HOST;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Bytes of an answer at most.
const LARGEST: usize = 16 * 1024 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a request to its URL and reads the answer. Servers are reached in clear alone: what this is for
/// answers on this machine.
pub(crate) async fn fetch(request: Request<Bytes>) -> Result<(StatusCode, Bytes), String> {
    let url = request.uri().to_string();
    let done = tokio::time::timeout(PATIENCE, send(request)).await;
    match done {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(format!("{url}: {why}")),
        Err(_) => Err(format!("{url}: no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Fetches what a URL names.
pub(crate) async fn get(url: &str) -> Result<Bytes, String> {
    let request = Request::get(url).body(Bytes::new()).map_err(|error| format!("{url}: {error}"))?;
    match fetch(request).await? {
        (StatusCode::OK, body) => Ok(body),
        (status, _) => Err(format!("{url} answers {status}")),
    }
}

async fn send(request: Request<Bytes>) -> Result<(StatusCode, Bytes), String> {
    let (mut parts, body) = request.into_parts();
    if parts.uri.scheme_str() != Some("http") {
        return Err("only http:// is spoken here".to_owned());
    }
    let authority = parts.uri.authority().ok_or("it names no server")?.clone();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80)))
        .await
        .map_err(|error| error.to_string())?;
    // The request is small and its answer waited for.
    let _ = stream.set_nodelay(true);
    parts.uri = path.parse::<Uri>().map_err(|error| error.to_string())?;
    if let Ok(value) = authority.as_str().parse() {
        parts.headers.insert(HOST, value);
    }
    let connected = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|error| error.to_string())?;
    let exchange = async {
        let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST).collect().await;
        Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
    };
    tokio::pin!(exchange);
    // The connection moves only while it is asked to, and ends with this answer.
    tokio::select! {
        answer = &mut exchange => answer,
        _ = connection => exchange.await,
    }
}
