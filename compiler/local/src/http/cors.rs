//! Answers to browsers about other origins, where an API gives them itself.
//!
//! Source: "Configure CORS for HTTP APIs" in the guide of API Gateway: preflight requests are answered
//! without a route, and what functions say of it is replaced.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use hyper::{Response, StatusCode};
use samc_schema::manifest::{ApiKind, Cors};

use super::body::Body;
use super::request::Request;

/// Whether a request asks what may be sent rather than sending it.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && request.headers.contains_key(ORIGIN)
        && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to such a request.
pub(crate) fn preflight(cors: &Cors, kind: ApiKind, request: &Request) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        if kind == ApiKind::FunctionUrl { StatusCode::OK } else { StatusCode::NO_CONTENT };
    let headers = response.headers_mut();
    if !origin(cors, request, headers) {
        return response;
    }
    list(headers, ACCESS_CONTROL_ALLOW_METHODS, &cors.allow_methods);
    list(headers, ACCESS_CONTROL_ALLOW_HEADERS, &cors.allow_headers);
    if let Some(seconds) = cors.max_age_seconds {
        put(headers, ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    response
}

/// Says in an answer who may see it.
pub(crate) fn mark(cors: &Cors, request: &Request, headers: &mut HeaderMap) {
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        headers.remove(name);
    }
    if request.headers.contains_key(ORIGIN) && origin(cors, request, headers) {
        list(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose_headers);
    }
}

/// Says that the origin may, if it may.
fn origin(cors: &Cors, request: &Request, headers: &mut HeaderMap) -> bool {
    let Some(origin) = request.header(ORIGIN) else { return false };
    let all = cors.allow_origins.iter().any(|allowed| allowed == "*");
    if !all && !cors.allow_origins.iter().any(|allowed| is_origin(allowed, origin)) {
        return false;
    }
    // Browsers refuse the star together with cookies.
    if all && !cors.credentials {
        put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if cors.credentials {
        put(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    true
}

/// Whether an entry such as `https://example.com`, `https://*` or `https://*.example.com` means an origin.
fn is_origin(allowed: &str, origin: &str) -> bool {
    match allowed.split_once('*') {
        Some((before, after)) => {
            origin.len() > before.len() + after.len() && origin.starts_with(before) && origin.ends_with(after)
        }
        None => allowed.eq_ignore_ascii_case(origin),
    }
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if !values.is_empty() {
        put(headers, name, &values.join(","));
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
