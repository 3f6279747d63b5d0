//! The calls by which functions send to connections, ask for them and close them.
//!
//! Source: the API reference of the API Gateway Management API.

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use super::LARGEST;
use super::connections::{Connections, Outgoing};
use crate::clock;
use crate::http::body::Body;
use crate::http::{reply, routes};

/// The id of the connection in a path, such as `/dev/@connections/abc%3D`.
pub(crate) fn id(path: &str) -> Option<String> {
    let (stage, id) = path.split_once("/@connections/").or_else(|| path.split_once("/%40connections/"))?;
    let is_stage = stage.is_empty() || !stage.trim_start_matches('/').contains('/');
    (is_stage && !id.is_empty() && !id.contains('/')).then(|| routes::decode(id).into_owned())
}

/// Answers a call.
pub(crate) fn answer(connections: &Connections, method: &Method, id: &str, body: &Bytes) -> Response<Body> {
    let gone = || fault(StatusCode::GONE, "GoneException", "Gone");
    let Some(connection) = connections.get(id) else { return gone() };
    match *method {
        Method::POST if body.len() > LARGEST => {
            fault(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "Message too long")
        }
        Method::POST => match connection.send(Outgoing::Data(body.clone())) {
            true => reply::plain(StatusCode::OK, "application/json", ""),
            // It takes less than it is sent.
            false => fault(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too many messages wait"),
        },
        Method::GET => {
            let body = json!({
                "connectedAt": clock::iso(connection.connected_ms),
                "identity": { "sourceIp": connection.source_ip, "userAgent": connection.user_agent },
                "lastActiveAt": clock::iso(connection.active_ms()),
            });
            reply::plain(StatusCode::OK, "application/json", body.to_string())
        }
        Method::DELETE => {
            connection.send(Outgoing::Close);
            reply::plain(StatusCode::NO_CONTENT, "application/json", "")
        }
        _ => fault(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden"),
    }
}

fn fault(status: StatusCode, kind: &'static str, message: &str) -> Response<Body> {
    let mut response = reply::message(status, message);
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_named_in_paths() {
        for (path, found) in [
            ("/dev/@connections/a%3D", Some("a=")),
            ("/@connections/a", Some("a")),
            ("/dev/%40connections/a", Some("a")),
            ("/a/b/@connections/c", None),
            ("/dev/@connections/", None),
            ("/dev/@connections/a/b", None),
            ("/dev/connections/a", None),
        ] {
            assert_eq!(id(path).as_deref(), found, "{path}");
        }
    }
}
