//! Which requests are taken at all: those that mean this server, and that no page of another site makes a
//! browser send to what is samc's own.

use std::net::IpAddr;

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::{Request, Response, StatusCode};

use super::body::Body;
use super::reply;

/// Bytes of all headers at most. Source: quotas of API Gateway, 10,240 bytes.
const HEADERS: usize = 10_240;

/// What every request must satisfy: that it means this server, and that its headers are not too large.
pub(crate) fn check<B>(request: &Request<B>, names: &[String]) -> Result<(), Response<Body>> {
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str().unwrap_or("?"),
        None => "localhost",
    };
    if !is_own(host, names) {
        let text = format!("{host} is not a name of this server");
        return Err(reply::message(StatusCode::MISDIRECTED_REQUEST, &text));
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS {
        let text = "Request Header Fields Too Large";
        return Err(reply::message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
    }
    Ok(())
}

/// What a request must satisfy that has samc do something: that no page of another origin sent it. Programs say
/// nothing of an origin; browsers do, with everything that is not just read.
pub(crate) fn check_own(headers: &HeaderMap) -> Result<(), Response<Body>> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(HOST.as_str()).unwrap_or("");
    let is_foreign = text(ORIGIN.as_str()).is_some_and(|origin| origin.strip_prefix("http://") != Some(host))
        || text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    match is_foreign {
        true => Err(reply::message(StatusCode::FORBIDDEN, "Pages of other origins may not call this")),
        false => Ok(()),
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

    #[test]
    fn pages_of_other_origins_are_told_from_programs() {
        let is_taken = |headers: &[(&'static str, &str)]| {
            let all = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            check_own(&all.collect::<HeaderMap>()).is_ok()
        };
        let host = ("host", "127.0.0.1:3000");
        assert!(is_taken(&[host]));
        assert!(is_taken(&[host, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")]));
        assert!(!is_taken(&[host, ("origin", "http://127.0.0.1:3001"), ("sec-fetch-site", "same-site")]));
        assert!(!is_taken(&[host, ("origin", "https://evil.example")]));
        assert!(!is_taken(&[host, ("origin", "null")]));
        assert!(!is_taken(&[host, ("sec-fetch-site", "cross-site")]));
    }
}
