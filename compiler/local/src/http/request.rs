//! A request as gateways see it.

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, USER_AGENT};
use serde::{Serialize, Serializer};

/// A request with all of its body.
pub(crate) struct Request {
    /// The method, in capitals.
    pub(crate) method: String,
    /// The path, still encoded.
    pub(crate) path: String,
    /// The query, still encoded, without the question mark.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// Who sent it.
    pub(crate) peer: IpAddr,
    /// The port it came to.
    pub(crate) port: u16,
    /// When it came, in milliseconds since 1970.
    pub(crate) time_ms: u64,
}

impl Request {
    /// A header, where it is text.
    pub(crate) fn header(&self, name: impl hyper::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The host it was sent to, without the port.
    pub(crate) fn domain(&self) -> &str {
        let host = self.header(HOST).unwrap_or("localhost");
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// What sent it, as it says.
    pub(crate) fn user_agent(&self) -> &str {
        self.header(USER_AGENT).unwrap_or("")
    }

    /// All cookies, one by one.
    pub(crate) fn cookies(&self) -> Vec<Cow<'_, str>> {
        let headers = self.headers.get_all(COOKIE).iter();
        headers
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .map(|cookie| Cow::Borrowed(cookie.trim()))
            .filter(|cookie| !cookie.is_empty())
            .collect()
    }

    /// The type of the body in lower case, without parameters.
    pub(crate) fn media_type(&self) -> String {
        let kind = self.header(CONTENT_TYPE).unwrap_or("");
        kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// The body as it stands in an event, and whether it is in base64 there. None where there is none.
    pub(crate) fn body_text(&self, binary: bool) -> Option<(Cow<'_, str>, bool)> {
        if self.body.is_empty() {
            return None;
        }
        match std::str::from_utf8(&self.body) {
            Ok(text) if !binary => Some((Cow::Borrowed(text), false)),
            _ => Some((base64::engine::general_purpose::STANDARD.encode(&self.body).into(), true)),
        }
    }

    /// Headers that gateways add on the way.
    pub(crate) fn forwarded(&self, trace: String) -> [(&'static str, Cow<'static, str>); 4] {
        [
            ("x-amzn-trace-id", trace.into()),
            ("x-forwarded-for", self.peer.to_string().into()),
            ("x-forwarded-port", self.port.to_string().into()),
            ("x-forwarded-proto", "http".into()),
        ]
    }
}

/// Names and values that are a JSON object.
#[derive(Debug, Default)]
pub(crate) struct Pairs<K, V>(pub(crate) Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<K, V> Pairs<K, V> {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
