//! An API: which function gets a request, what it gets, what becomes of its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use samc_schema::manifest::{Api, ApiKind, Fixed, Payload, Route};

use super::body::Body;
use super::event_v1::Resource;
use super::event_v2::Around;
use super::request::Request;
use super::routes::{Found, Routes};
use super::{authorize, cors, event_v1, event_v2, reply, stream};
use crate::function::{Functions, Reply};
use crate::invoke::{Outcome, Refusal};
use crate::sink::{Line, LineKind};
use crate::{aside, ids};

/// Marks the answer to a request that came to a function.
#[derive(Debug, Clone, Copy)]
struct Called;

/// Characters of a path that are shown.
const SHOWN: usize = 80;

/// The method and the path of a request, for the line that shows it.
fn what(request: &Request) -> String {
    let method = request.method.as_str();
    match request.path.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{method} {}…", &request.path[..end]),
        None => format!("{method} {}", request.path),
    }
}

/// An API, ready to answer.
pub(crate) struct Gateway {
    /// Its logical id.
    pub(crate) id: String,
    /// The API.
    pub(crate) api: Api,
    /// The id it would have in AWS, in small letters.
    api_id: String,
    routes: Routes,
    authorizers: authorize::Authorizers,
    pub(crate) functions: Functions,
}

impl Gateway {
    /// An API of the manifest.
    pub(crate) fn new(id: &str, api: &Api, functions: Functions) -> Gateway {
        Gateway {
            id: id.to_owned(),
            api: api.clone(),
            api_id: id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase(),
            routes: Routes::new(api.kind, &api.routes),
            authorizers: authorize::Authorizers::default(),
            functions,
        }
    }

    /// The id it would have in AWS.
    pub(crate) fn api_id(&self) -> &str {
        &self.api_id
    }

    /// Who decides who may call.
    pub(crate) fn authorizers(&self) -> &authorize::Authorizers {
        &self.authorizers
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request) -> Response<Body> {
        let request_id = if self.api.kind == ApiKind::Http { ids::short() } else { ids::uuid() };
        let mut response = match &self.api.cors {
            Some(rules)
                if cors::is_preflight(&request) && !self.routes.names("OPTIONS", self.own_path(&request)) =>
            {
                cors::preflight(rules, self.api.kind, &request)
            }
            rules => {
                let mut response = self.route(&request, &request_id).await;
                if let Some(rules) = rules {
                    cors::mark(rules, &request, response.headers_mut());
                }
                response
            }
        };
        if response.extensions_mut().remove::<Called>().is_none() {
            // No call tells of it.
            let text = format!("{} {}", what(&request), response.status().as_u16());
            let sink = &self.functions.context().sink;
            sink.line(Line { kind: LineKind::Request, function: None, request_id: "", text: &text });
        }
        let name = match self.api.kind {
            ApiKind::Http => "apigw-requestid",
            ApiKind::Rest | ApiKind::FunctionUrl | ApiKind::WebSocket => "x-amzn-requestid",
        };
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }

    /// The path without the stage. A path without it is taken too, as under a domain of one's own.
    fn own_path<'a>(&self, request: &'a Request) -> &'a str {
        if self.api.stage == "$default" || self.api.kind == ApiKind::FunctionUrl {
            return &request.path;
        }
        match request.path.strip_prefix('/').and_then(|path| path.strip_prefix(self.api.stage.as_str())) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => &request.path,
        }
    }

    async fn route(&self, request: &Request, request_id: &str) -> Response<Body> {
        let own_path = self.own_path(request);
        let Some(Found { route, variables }) = self.routes.find(&request.method, own_path) else {
            return match self.api.kind {
                ApiKind::Rest => reply::message(StatusCode::FORBIDDEN, "Missing Authentication Token"),
                ApiKind::Http | ApiKind::FunctionUrl | ApiKind::WebSocket => {
                    reply::message(StatusCode::NOT_FOUND, "Not Found")
                }
            };
        };
        if let Some(why) = &route.unsupported {
            return reply::message(
                StatusCode::NOT_IMPLEMENTED,
                &format!("This route does not run locally: {why}"),
            );
        }
        let route_key = match route.path.as_str() {
            "$default" => "$default".to_owned(),
            path => format!("{} {path}", route.method),
        };
        let context = self.functions.context();
        let mut around = Around {
            account: &context.account,
            api_id: &self.api_id,
            stage: &self.api.stage,
            stage_variables: &self.api.stage_variables,
            route_key: &route_key,
            variables: &variables,
            authorizer: None,
            request_id,
        };
        let resource = Resource {
            path: &route.path,
            own_path,
            binary: self.is_binary(request),
            version: self.api.kind == ApiKind::Http,
        };
        let asked = authorize::Asked {
            gateway: self,
            request,
            route,
            around: &around,
            resource: &resource,
            event: None,
        };
        if route.authorizer.is_some() {
            match Box::pin(self.authorizers.check(&asked)).await {
                Ok(answer) => around.authorizer = answer,
                Err(refused) => return refused,
            }
        }
        if route.api_key && request.header("x-api-key").is_none_or(str::is_empty) {
            return reply::message(StatusCode::FORBIDDEN, "Forbidden");
        }
        if let Some(answer) = &route.fixed {
            return fixed(answer);
        }
        let Some(function) = &route.function else {
            return reply::message(StatusCode::NOT_IMPLEMENTED, "Nothing answers this route locally");
        };
        let event = aside::with_bytes(request.body.len(), || match route.payload {
            Payload::V1 => event_v1::event(request, &around, &resource),
            Payload::V2 => event_v2::event(request, &around),
        });
        let what = what(request);
        let mut response = self.call(function, route, event, what).await;
        response.extensions_mut().insert(Called);
        response
    }

    /// Whether the body goes to the function in base64.
    fn is_binary(&self, request: &Request) -> bool {
        let kind = request.media_type();
        self.api.binary_media_types.iter().any(|pattern| {
            let pattern = pattern.replace("~1", "/");
            match pattern.split_once('/') {
                Some(("*", "*")) => true,
                Some((main, "*")) => kind.split_once('/').is_some_and(|(own, _)| own == main),
                _ => pattern.eq_ignore_ascii_case(&kind),
            }
        })
    }

    async fn call(&self, function: &str, route: &Route, event: Bytes, what: String) -> Response<Body> {
        let limit = Duration::from_millis(route.timeout_ms);
        let call = self.functions.call(function, event, None, Some(what));
        let Ok(answer) = tokio::time::timeout(limit, call).await else {
            self.say(function, &format!("took longer than the API waits, {:.0} s", limit.as_secs_f64()));
            return self.late();
        };
        match answer {
            Ok(Reply::Whole(outcome, entry)) => {
                let response = self.whole(function, route, &outcome);
                entry.answered(response.status().as_u16());
                response
            }
            Ok(Reply::Pieces(pieces)) if route.streaming || self.streams(function) => {
                let status = Arc::clone(&pieces.status);
                let response = match stream::answer(pieces).await {
                    Ok(response) => response,
                    Err(why) => self.malformed(function, &why),
                };
                status.store(response.status().as_u16(), Ordering::Relaxed);
                response
            }
            Ok(pieces @ Reply::Pieces(_)) => {
                let Ok(outcome) = tokio::time::timeout(limit, pieces.whole()).await else {
                    return self.late();
                };
                self.whole(function, route, &outcome)
            }
            Err(refusal) => self.refused(function, &refusal),
        }
    }

    fn streams(&self, function: &str) -> bool {
        self.api.kind == ApiKind::FunctionUrl
            && self.functions.pool(function).is_some_and(|pool| !pool.function.response_mode.is_buffered())
    }

    fn whole(&self, function: &str, route: &Route, outcome: &Outcome) -> Response<Body> {
        if outcome.error.is_some() {
            return self.broken();
        }
        let payload = &outcome.payload;
        aside::with_bytes(payload.len(), || reply::answer(payload, self.api.kind, route.payload))
            .unwrap_or_else(|why| self.malformed(function, &why))
    }

    /// Says something that is about no function.
    pub(crate) fn note(&self, text: &str) {
        let text = format!("{}: {text}", self.id);
        let sink = &self.functions.context().sink;
        sink.line(Line { kind: LineKind::Notice, function: None, request_id: "", text: &text });
    }

    pub(crate) fn say(&self, function: &str, text: &str) {
        let sink = &self.functions.context().sink;
        sink.line(Line { kind: LineKind::Notice, function: Some(function), request_id: "", text });
    }

    /// The answer is not one that can be passed on. What is wrong with it stands in the log, as in AWS.
    fn malformed(&self, function: &str, why: &str) -> Response<Body> {
        self.say(function, &format!("malformed answer: {why}"));
        self.broken()
    }

    /// The function failed or its answer is malformed.
    pub(crate) fn broken(&self) -> Response<Body> {
        match self.api.kind {
            ApiKind::Http => reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            ApiKind::Rest | ApiKind::WebSocket => {
                reply::message(StatusCode::BAD_GATEWAY, "Internal server error")
            }
            ApiKind::FunctionUrl => {
                reply::plain(StatusCode::BAD_GATEWAY, "application/json", "Internal Server Error")
            }
        }
    }

    /// The function took too long.
    fn late(&self) -> Response<Body> {
        match self.api.kind {
            ApiKind::Http => reply::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            ApiKind::Rest | ApiKind::WebSocket => {
                reply::message(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out")
            }
            ApiKind::FunctionUrl => {
                reply::plain(StatusCode::BAD_GATEWAY, "application/json", "Internal Server Error")
            }
        }
    }

    /// The function was not called.
    pub(crate) fn refused(&self, function: &str, refusal: &Refusal) -> Response<Body> {
        match refusal {
            Refusal::CannotRun(why) => {
                self.say(function, why);
                return reply::message(
                    StatusCode::NOT_IMPLEMENTED,
                    &format!("Function {function} does not run: {why}"),
                );
            }
            Refusal::TooLarge { .. } => {
                return reply::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
            }
            Refusal::Unknown => self.say(function, "is not a function of this application"),
            Refusal::Throttled => self.say(function, "as many calls run as may: this one was refused"),
        }
        match self.api.kind {
            ApiKind::Http => reply::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            ApiKind::Rest | ApiKind::WebSocket => {
                reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
            }
            ApiKind::FunctionUrl => reply::plain(StatusCode::TOO_MANY_REQUESTS, "application/json", ""),
        }
    }
}

/// The answer of a mock integration.
fn fixed(answer: &Fixed) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(answer.body.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
