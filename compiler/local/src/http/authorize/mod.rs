//! Who may call a route.

use hyper::{Response, StatusCode};
use samc_schema::manifest::{Authorizer, Route};
use serde_json::Value;

use super::body::Body;
use super::event_v1::Resource;
use super::event_v2::Around;
use super::gateway::Gateway;
use super::reply;
use super::request::Request;

/// The authorizers of an API.
#[derive(Default)]
pub(crate) struct Authorizers {}

impl Authorizers {
    /// What the event says of the caller, or the answer to one who may not call.
    pub(crate) async fn check(
        &self,
        gateway: &Gateway,
        _request: &Request,
        route: &Route,
        _around: &Around<'_>,
        _resource: &Resource<'_>,
    ) -> Result<Option<Value>, Response<Body>> {
        let Some(name) = &route.authorizer else { return Ok(None) };
        match gateway.api.authorizers.get(name) {
            Some(Authorizer::Iam {}) => Ok(None),
            _ => Err(reply::message(StatusCode::UNAUTHORIZED, "Unauthorized")),
        }
    }
}
