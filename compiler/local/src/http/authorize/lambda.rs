//! Functions that decide who may call.
//!
//! Source: "Use API Gateway Lambda authorizers" and "Control access to HTTP APIs with AWS Lambda authorizers"
//! in the guide of API Gateway.

use std::time::Instant;

use hyper::header::HeaderName;
use hyper::{Response, StatusCode};
use regex_lite::Regex;
use samc_schema::manifest::{ApiKind, Authorizer, Payload};
use serde_json::{Map, Value, json};

use super::policy::{self, Verdict};
use super::{Asked, Authorizers, Body, set};
use crate::http::{event_v1, event_v2, reply};
use crate::invoke::{Invoke, Refusal};

/// What is asked of the function.
struct Question<'a> {
    function: &'a str,
    /// The form of its event; none for the event with nothing but the token.
    payload: Option<Payload>,
    simple: bool,
    ttl_seconds: u64,
    identity: Vec<String>,
}

/// What the event says of the caller, or the answer to one who may not call.
pub(super) async fn check(
    own: &Authorizers,
    asked: &Asked<'_>,
    name: &str,
    authorizer: &Authorizer,
) -> Result<Value, Response<Body>> {
    let question = match authorizer {
        Authorizer::Token { function, header, pattern, ttl_seconds } => {
            let token = asked.request.header(header.as_str()).filter(|token| !token.is_empty());
            let token = token.ok_or_else(|| asked.unauthorized(None))?;
            if !pattern.as_ref().is_none_or(|pattern| has_form(asked, pattern, token)) {
                return Err(asked.unauthorized(None));
            }
            let identity = vec![token.to_owned()];
            Question { function, payload: None, simple: false, ttl_seconds: *ttl_seconds, identity }
        }
        Authorizer::Request { function, payload, simple, identity, ttl_seconds } => {
            let values: Vec<Option<String>> = identity.iter().map(|source| asked.identity(source)).collect();
            // A REST API looks at them only where it keeps answers by them.
            let needed = asked.is_http() || *ttl_seconds > 0;
            if needed && values.iter().any(Option::is_none) {
                return Err(asked.unauthorized(None));
            }
            Question {
                function,
                payload: Some(*payload),
                simple: *simple,
                // Without anything to tell callers apart, nothing is kept.
                ttl_seconds: if identity.is_empty() { 0 } else { *ttl_seconds },
                identity: values.into_iter().flatten().collect(),
            }
        }
        Authorizer::Jwt { .. } | Authorizer::Cognito { .. } | Authorizer::Iam {} => return Ok(Value::Null),
    };
    let arn = method_arn(asked);
    let since = Instant::now();
    let answer = match own.kept(name, &question.identity) {
        Some(answer) => answer,
        None => {
            let answer = ask(asked, &question, &arn).await?;
            own.keep(name, &question.identity, question.ttl_seconds, &answer);
            answer
        }
    };
    let latency = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    let context = match question.simple {
        true => simple(asked, &question, &answer),
        false => by_policy(asked, &question, &answer, &arn, latency),
    }?;
    Ok(match (asked.is_http(), asked.route.payload) {
        (true, Payload::V2) => json!({ "lambda": context }),
        _ => context.into(),
    })
}

/// Whether a token has the form that is asked for, all of it.
fn has_form(asked: &Asked<'_>, pattern: &str, token: &str) -> bool {
    match Regex::new(&format!("^(?:{pattern})$")) {
        Ok(regex) => regex.is_match(token),
        Err(error) => {
            asked.gateway.note(&format!("the pattern {pattern:?} of a token is not looked at: {error}"));
            true
        }
    }
}

fn method_arn(asked: &Asked<'_>) -> String {
    let context = asked.gateway.functions.context();
    let path = asked.resource.own_path.trim_start_matches('/');
    let last = match asked.gateway.api.kind {
        ApiKind::WebSocket => asked.around.route_key.to_owned(),
        ApiKind::Http | ApiKind::Rest | ApiKind::FunctionUrl => format!("{}/{path}", asked.request.method),
    };
    format!(
        "arn:aws:execute-api:{}:{}:{}/{}/{last}",
        context.region, context.account, asked.around.api_id, asked.around.stage
    )
}

async fn ask(asked: &Asked<'_>, question: &Question<'_>, arn: &str) -> Result<Value, Response<Body>> {
    let event = match question.payload {
        Some(_) if asked.event.is_some() => {
            let mut event = asked.event.cloned().unwrap_or_default();
            event["type"] = "REQUEST".into();
            event["methodArn"] = arn.into();
            event.to_string().into()
        }
        None => json!({
            "type": "TOKEN",
            "methodArn": arn,
            "authorizationToken": question.identity.first(),
        })
        .to_string()
        .into(),
        Some(Payload::V1) => {
            event_v1::authorizer_event(asked.request, asked.around, asked.resource, arn, &question.identity)
        }
        Some(Payload::V2) => event_v2::authorizer_event(asked.request, asked.around, arn, &question.identity),
    };
    let outcome = match asked.gateway.functions.invoke(question.function, event).await {
        Ok(outcome) => outcome,
        Err(refusal @ Refusal::CannotRun(_)) => {
            return Err(asked.gateway.refused(question.function, &refusal));
        }
        Err(_) => return Err(broken(asked, question, "it could not be called")),
    };
    let answer: Value = serde_json::from_slice(&outcome.payload).unwrap_or_default();
    if outcome.error.is_some() {
        // The one error that means something else than a fault.
        if answer.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized") {
            return Err(asked.unauthorized(None));
        }
        return Err(broken(asked, question, "it failed"));
    }
    Ok(answer)
}

fn simple(
    asked: &Asked<'_>,
    question: &Question<'_>,
    answer: &Value,
) -> Result<Map<String, Value>, Response<Body>> {
    match answer.get("isAuthorized").and_then(Value::as_bool) {
        Some(true) => Ok(answer.get("context").and_then(Value::as_object).cloned().unwrap_or_default()),
        Some(false) => Err(reply::message(StatusCode::FORBIDDEN, "Forbidden")),
        None => Err(broken(asked, question, "its answer has no isAuthorized that is true or false")),
    }
}

fn by_policy(
    asked: &Asked<'_>,
    question: &Question<'_>,
    answer: &Value,
    arn: &str,
    latency: u64,
) -> Result<Map<String, Value>, Response<Body>> {
    let principal = answer.get("principalId").and_then(Value::as_str);
    let verdict = answer.get("policyDocument").and_then(|policy| policy::verdict(policy, arn));
    let (Some(principal), Some(verdict)) = (principal, verdict) else {
        let why = "its answer needs a principalId and a policyDocument whose statements have Action, Effect and Resource";
        return Err(broken(asked, question, why));
    };
    match verdict {
        Verdict::Allow => {}
        Verdict::Deny | Verdict::Nothing if asked.is_http() => {
            return Err(reply::message(StatusCode::FORBIDDEN, "Forbidden"));
        }
        Verdict::Deny => {
            return Err(denied("User is not authorized to access this resource with an explicit deny"));
        }
        Verdict::Nothing => return Err(denied("User is not authorized to access this resource")),
    }
    let mut context = Map::new();
    for (name, value) in answer.get("context").and_then(Value::as_object).into_iter().flatten() {
        let value = match value {
            Value::Array(_) | Value::Object(_) => {
                return Err(broken(
                    asked,
                    question,
                    &format!("{name} in its context is neither text nor number"),
                ));
            }
            Value::String(_) => value.clone(),
            // REST APIs pass on all of them as text.
            other if !asked.is_http() => other.to_string().into(),
            other => other.clone(),
        };
        context.insert(name.clone(), value);
    }
    if !asked.is_http() || asked.route.payload == Payload::V1 {
        context.insert("principalId".to_owned(), principal.into());
    }
    if !asked.is_http() {
        context.insert("integrationLatency".to_owned(), latency.into());
    }
    Ok(context)
}

fn denied(text: &str) -> Response<Body> {
    let body = json!({ "Message": text }).to_string();
    let mut response = reply::plain(StatusCode::FORBIDDEN, "application/json", body);
    set(&mut response, HeaderName::from_static("x-amzn-errortype"), "AccessDeniedException");
    response
}

/// The function is at fault.
fn broken(asked: &Asked<'_>, question: &Question<'_>, why: &str) -> Response<Body> {
    asked.gateway.say(question.function, &format!("did not decide who may call: {why}"));
    if asked.is_http() {
        return reply::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    }
    let mut response =
        reply::plain(StatusCode::INTERNAL_SERVER_ERROR, "application/json", "{\"message\":null}");
    set(&mut response, HeaderName::from_static("x-amzn-errortype"), "AuthorizerConfigurationException");
    response
}
