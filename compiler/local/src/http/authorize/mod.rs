//! Who may call a route.
//!
//! Source: "Control and manage access to REST APIs" and "… HTTP APIs" in the guide of API Gateway.

mod jwt;
mod keys;
mod lambda;
mod policy;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use samc_schema::manifest::{ApiKind, Authorizer, Route};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::body::Body;
use super::event_v1::Resource;
use super::event_v2::Around;
use super::gateway::Gateway;
use super::request::Request;
use super::{reply, routes};
use crate::clock;
pub(crate) use keys::Keys;

/// Answers that are kept at most.
const KEPT: usize = 1000;

/// The authorizers of an API: what they answered lately, by authorizer and identity.
#[derive(Default)]
pub(crate) struct Authorizers {
    kept: Mutex<HashMap<Identity, (Instant, Value)>>,
}

/// An authorizer, and the values of what it tells callers apart by.
type Identity = (String, Vec<String>);

/// What an authorizer looks at.
pub(crate) struct Asked<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) request: &'a Request,
    pub(crate) route: &'a Route,
    pub(crate) around: &'a Around<'a>,
    pub(crate) resource: &'a Resource<'a>,
    /// The event of the route, where an authorizer gets the same and the method beside it.
    pub(crate) event: Option<&'a Value>,
}

impl Authorizers {
    /// What the event says of the caller, or the answer to one who may not call.
    pub(crate) async fn check(&self, asked: &Asked<'_>) -> Result<Option<Value>, Response<Body>> {
        let Some(name) = &asked.route.authorizer else { return Ok(None) };
        match asked.gateway.api.authorizers.get(name) {
            Some(Authorizer::Iam {}) => Ok(None),
            Some(Authorizer::Jwt { issuer, audience, identity }) => {
                let wanted = jwt::Wanted {
                    issuer: issuer.as_deref(),
                    audience,
                    scopes: &asked.route.scopes,
                    now_s: clock::epoch_ms() / 1000,
                };
                asked.jwt(identity, &wanted).await.map(Some)
            }
            Some(Authorizer::Cognito { header }) => asked.cognito(header).await.map(Some),
            Some(authorizer @ (Authorizer::Token { .. } | Authorizer::Request { .. })) => {
                lambda::check(self, asked, name, authorizer).await.map(Some)
            }
            None => {
                let text = format!("authorizer {name} is not known, so that nobody may call");
                asked.gateway.note(&text);
                Err(asked.unauthorized(None))
            }
        }
    }

    /// An answer that was given for this identity.
    fn kept(&self, name: &str, identity: &[String]) -> Option<Value> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = kept.get(&(name.to_owned(), identity.to_vec()))?;
        (Instant::now() < *until).then(|| answer.clone())
    }

    fn keep(&self, name: &str, identity: &[String], seconds: u64, answer: &Value) {
        if seconds == 0 {
            return;
        }
        let now = Instant::now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, (until, _)| now < *until);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let until = now + Duration::from_secs(seconds);
        kept.insert((name.to_owned(), identity.to_vec()), (until, answer.clone()));
    }
}

impl Asked<'_> {
    fn is_http(&self) -> bool {
        self.gateway.api.kind == ApiKind::Http
    }

    /// The value of a source of identity, such as `$request.header.Authorization`.
    fn identity(&self, source: &str) -> Option<String> {
        let source = source.trim_start_matches('$');
        let (place, name) = source.split_once('.')?;
        let found = match (place, name.split_once('.')) {
            ("request", Some(("header", name))) => self.request.header(name).map(str::to_owned),
            ("request", Some(("querystring", name))) => routes::query(&self.request.query)
                .into_iter()
                .rev()
                .find(|(own, _)| own == name)
                .map(|(_, v)| v),
            ("request", Some(("path", name))) => {
                let variable = self.around.variables.iter().find(|(own, _)| *own == name);
                variable.map(|(_, value)| value.clone())
            }
            ("stageVariables", None) => self.around.stage_variables.get(name).cloned(),
            ("context", None) => match name {
                "routeKey" => Some(self.around.route_key.to_owned()),
                "httpMethod" => Some(self.request.method.clone()),
                "path" => Some(self.request.path.clone()),
                "stage" => Some(self.around.stage.to_owned()),
                "resourcePath" => Some(self.resource.path.to_owned()),
                _ => None,
            },
            ("context", Some(("identity", "sourceIp"))) => Some(self.request.peer.to_string()),
            ("context", Some(("identity", "userAgent"))) => Some(self.request.user_agent().to_owned()),
            _ => None,
        };
        found.filter(|value| !value.is_empty())
    }

    /// The claims of a token that says what it must, signed by its issuer as far as its keys are known.
    async fn claims(&self, token: &str, wanted: &jwt::Wanted<'_>) -> Result<Map<String, Value>, jwt::Fault> {
        let token = jwt::Token::read(token)?;
        let keys = &self.gateway.functions.context().keys;
        match keys.find(wanted.issuer, token.key.as_deref()).await {
            keys::Found::Key(key) => token.check_signature(&key)?,
            keys::Found::Missing => return Err(jwt::Fault::Key),
            keys::Found::Unknown(why) => {
                let text =
                    format!("signatures of tokens are not checked: {why}; --jwks names a file with the keys");
                if keys.is_new(&text) {
                    self.gateway.note(&text);
                }
            }
        }
        token.check_claims(wanted)
    }

    async fn jwt(&self, source: &str, wanted: &jwt::Wanted<'_>) -> Result<Value, Response<Body>> {
        let Some(token) = self.identity(source) else {
            return Err(self.unauthorized(Some("Bearer".to_owned())));
        };
        match self.claims(&token, wanted).await {
            Ok(claims) => {
                let claims = jwt::as_texts(&claims);
                let scopes = match wanted.scopes {
                    [] => Value::Null,
                    scopes => scopes.to_vec().into(),
                };
                let found = serde_json::json!({ "claims": claims, "scopes": scopes });
                Ok(match self.route.payload {
                    samc_schema::manifest::Payload::V1 => found,
                    samc_schema::manifest::Payload::V2 => serde_json::json!({ "jwt": found }),
                })
            }
            Err(fault @ jwt::Fault::Scope) => {
                self.gateway.note(&format!("a token is refused: {fault}"));
                let mut response = reply::message(StatusCode::FORBIDDEN, "Forbidden");
                let scopes = wanted.scopes.join(" ");
                let told = format!("Bearer scope=\"{scopes}\" error=\"insufficient_scope\"");
                set(&mut response, WWW_AUTHENTICATE, &told);
                Err(response)
            }
            Err(fault) => {
                self.gateway.note(&format!("a token is refused: {fault}"));
                let told = format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{fault}\"");
                Err(self.unauthorized(Some(told)))
            }
        }
    }

    async fn cognito(&self, header: &str) -> Result<Value, Response<Body>> {
        let Some(token) = self.request.header(header).filter(|token| !token.is_empty()) else {
            return Err(self.unauthorized(None));
        };
        let wanted = jwt::Wanted {
            issuer: None,
            audience: &[],
            scopes: &self.route.scopes,
            now_s: clock::epoch_ms() / 1000,
        };
        match self.claims(token, &wanted).await {
            Ok(claims) => Ok(serde_json::json!({ "claims": jwt::as_texts(&claims) })),
            Err(fault) => {
                self.gateway.note(&format!("a token is refused: {fault}"));
                Err(match fault {
                    jwt::Fault::Expired { .. } => self.refusal("The incoming token has expired"),
                    _ => self.unauthorized(None),
                })
            }
        }
    }

    /// The answer to who has not said who it is.
    fn unauthorized(&self, authenticate: Option<String>) -> Response<Body> {
        let mut response = self.refusal("Unauthorized");
        if let Some(told) = authenticate {
            set(&mut response, WWW_AUTHENTICATE, &told);
        }
        response
    }

    fn refusal(&self, text: &str) -> Response<Body> {
        let mut response = reply::message(StatusCode::UNAUTHORIZED, text);
        if !self.is_http() {
            set(&mut response, HeaderName::from_static("x-amzn-errortype"), "UnauthorizedException");
        }
        response
    }
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
