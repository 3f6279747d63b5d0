//! APIs and function URLs as servers on this machine.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Api {
    /// What the author calls it.
    pub source: String,
    /// What it is.
    pub kind: ApiKind,
    /// Whether it is of another stack, so that here it has the routes of this application alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// The stage. Paths of REST APIs begin with it, as those of HTTP APIs do unless it is `$default`.
    pub stage: String,
    /// Variables of the stage.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub stage_variables: IndexMap<String, String>,
    /// What answers browsers about other origins. HTTP APIs and function URLs only: REST APIs have
    /// methods of their own for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Media types of a REST API whose bodies go to the function in base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binary_media_types: Vec<String>,
    /// The authorizers by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub authorizers: IndexMap<String, Authorizer>,
    /// The routes in the order of the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// What WebSocket APIs have beside routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_socket: Option<WebSocket>,
}

/// What an API is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApiKind {
    /// An HTTP API of API Gateway.
    Http,
    /// A REST API of API Gateway.
    Rest,
    /// A WebSocket API of API Gateway.
    WebSocket,
    /// The URL of a function.
    FunctionUrl,
}

/// The form of the event that a function gets, and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Payload {
    /// That of REST APIs.
    #[serde(rename = "1.0")]
    V1,
    /// That of HTTP APIs and function URLs.
    #[serde(rename = "2.0")]
    V2,
}

/// A method of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// The method in capitals; `ANY` for all.
    pub method: String,
    /// The path, such as `/orders/{id}` or `/{proxy+}`; `$default` for what no other route takes. The key of
    /// the route for WebSockets.
    pub path: String,
    /// The function that answers, by logical id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The form of the event.
    pub payload: Payload,
    /// The authorizer, by name; none where everybody may call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer: Option<String>,
    /// Scopes of which the token needs one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whether a key of a usage plan is needed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub api_key: bool,
    /// Milliseconds until the API gives up, 29,000 or 30,000 unless it says less.
    pub timeout_ms: u64,
    /// Whether the answer is passed on piece by piece.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streaming: bool,
    /// Whether the client gets what the function answers. WebSocket APIs only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answers: bool,
    /// What answers in place of a function: a fixed answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Fixed>,
    /// Why nothing answers here locally, where nothing does; such a route answers 501.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
}

/// The answer of a mock integration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fixed {
    /// The status code.
    pub status: u16,
    /// Its headers.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
    /// Its body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// Answers to browsers about other origins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cors {
    /// Origins that may call; `*` for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<String>,
    /// Methods that they may use; `*` for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// Headers that they may send; `*` for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// Headers of the answer that they may see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// Seconds for which a browser may remember the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Whether cookies may come along.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub credentials: bool,
}

/// Who decides whether a call may come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Authorizer {
    /// A token in JWT form. Its claims are read and its time is checked; its signature only where keys
    /// are given to the runner.
    Jwt {
        /// Who must have issued it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        /// For whom it must be, any of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        audience: Vec<String>,
        /// Where the token is, such as `$request.header.Authorization`.
        identity: String,
    },
    /// A user pool of a REST API.
    Cognito {
        /// Where the token is: the name of a header.
        header: String,
    },
    /// A function that gets the token.
    Token {
        /// The function, by logical id.
        function: String,
        /// The header with the token.
        header: String,
        /// What the token must look like.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        /// Seconds for which an answer is kept.
        ttl_seconds: u64,
    },
    /// A function that gets the request.
    Request {
        /// The function, by logical id.
        function: String,
        /// The form of its event.
        payload: Payload,
        /// Whether it answers `isAuthorized` rather than a policy. HTTP APIs only.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        simple: bool,
        /// What must be there, such as `$request.header.Authorization`; also the key of what is kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identity: Vec<String>,
        /// Seconds for which an answer is kept.
        ttl_seconds: u64,
    },
    /// Signed by credentials of AWS. Everybody is let in locally.
    Iam {},
}

/// What WebSocket APIs have beside routes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebSocket {
    /// What chooses the route, such as `$request.body.action`.
    pub selector: String,
}
