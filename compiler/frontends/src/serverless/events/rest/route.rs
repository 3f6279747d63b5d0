//! Routes: what an `http` event says. Source: lib/validate.js of the events `api-gateway` of osls 3.77.1.

use samc_base::Span;
use samc_ir::{Expr, Map, Str};

use super::authorizer::Authorizer;
use super::cors::Cors;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, given_at};

/// Where parameters of a request stand: the keys of `request.parameters`, and what API Gateway calls them.
const LOCATIONS: [(&str, &str); 3] =
    [("querystrings", "querystring"), ("paths", "path"), ("headers", "header")];

/// What stands behind a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integration {
    /// The function, with the request as it came.
    AwsProxy,
    /// The function, with what templates make of the request.
    Aws,
    /// Another server, with what templates make of the request.
    Http,
    /// Another server, with the request as it came.
    HttpProxy,
    /// The API itself.
    Mock,
}

impl Integration {
    /// What API Gateway calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Integration::AwsProxy => "AWS_PROXY",
            Integration::Aws => "AWS",
            Integration::Http => "HTTP",
            Integration::HttpProxy => "HTTP_PROXY",
            Integration::Mock => "MOCK",
        }
    }

    /// True where requests and answers go through as they are.
    pub(super) fn is_proxy(self) -> bool {
        matches!(self, Integration::AwsProxy | Integration::HttpProxy)
    }

    /// True where another server answers.
    pub(super) fn is_http(self) -> bool {
        matches!(self, Integration::Http | Integration::HttpProxy)
    }
}

/// A method on a path.
pub(super) struct Route<'a> {
    pub(super) function: &'a Function,
    pub(super) event: &'a Event,
    /// The event as a mapping; none where it is `METHOD path`.
    pub(super) settings: Option<&'a Map>,
    /// The path without the slashes around it.
    pub(super) path: String,
    pub(super) method: &'static str,
    pub(super) integration: Integration,
    pub(super) authorizer: Option<Authorizer<'a>>,
    pub(super) cors: Option<Cors>,
}

impl<'a> Route<'a> {
    /// A setting that is there and true.
    pub(super) fn setting(&self, keys: &[&str]) -> Option<&'a Expr> {
        given_at(self.settings?, keys)
    }

    /// A part of the request that counts for this integration.
    pub(super) fn request(&self, key: &str) -> Option<&'a Expr> {
        let counts = request_keys(self.integration).is_none_or(|keys| keys.contains(&key));
        self.setting(&["request", key]).filter(|_| counts)
    }

    /// Where a setting was written, or the event.
    pub(super) fn span(&self, key: &str) -> Option<Span> {
        self.settings.and_then(|map| map.get(key)?.span).or(self.event.value.span)
    }

    /// The parameters of requests by what API Gateway calls them, such as `method.request.path.id`.
    pub(super) fn parameters(&self) -> Vec<(String, &'a Expr)> {
        let parameters = self.request("parameters").and_then(Expr::as_map);
        let mut named = Vec::new();
        for (key, location) in LOCATIONS {
            let map = parameters.and_then(|all| given(all, key)).and_then(Expr::as_map);
            for (name, value) in map.iter().flat_map(|map| map.iter()) {
                named.push((format!("method.request.{location}.{name}"), value));
            }
        }
        named
    }

    /// How a function that answers in parts is called; none where nothing is said.
    pub(super) fn transfer_mode(&self) -> Option<Str> {
        let mode = self.setting(&["response", "transferMode"]).and_then(Expr::as_str);
        mode.map(|mode| mode.to_uppercase().into()).filter(|_| self.integration.is_proxy())
    }

    /// `VPC_LINK`, where the server is reached by one.
    pub(super) fn connection_type(&self) -> Option<String> {
        let kind = self.setting(&["connectionType"]).and_then(Expr::as_str);
        kind.map(normalized).filter(|_| self.integration.is_http())
    }
}

/// The keys of `request` that count; none where all do.
pub(super) fn request_keys(integration: Integration) -> Option<&'static [&'static str]> {
    match integration {
        Integration::AwsProxy => Some(&["parameters", "schema", "schemas"]),
        Integration::HttpProxy => Some(&["parameters", "uri", "schema", "schemas"]),
        Integration::Aws | Integration::Http | Integration::Mock => None,
    }
}

/// A path without one slash at either end.
pub(super) fn trimmed(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

/// Text in capitals, with `_` for the first dash.
pub(super) fn normalized(text: &str) -> String {
    text.to_uppercase().replacen('-', "_", 1)
}

/// `GET /orders of list`.
pub(super) fn title(route: &Route<'_>) -> String {
    format!("{} /{} of {}", route.method, route.path, route.function.key)
}
