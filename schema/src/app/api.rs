//! `apis`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Components;
use super::forms::{component, or_text, shorthand};
use super::function::Cors;
use super::messaging::DurationOrFalse;
use super::scalars::{Duration, Name, Reference, Size};

component! {
    /// An API: routes over HTTP that make functions run.
    #[derive(Default)]
    #[schemars(rename = "Api")]
    pub struct Api {
        /// `http` (the default: cheaper and faster) or `rest` (API keys, usage plans, edge).
        pub r#type: Option<Spanned<ApiType>>,
        /// Rest: where it is reached: `regional` (the default) or `edge`.
        pub endpoint: Option<Spanned<Endpoint>>,
        /// Who may call its routes unless they say otherwise: an authorizer, `iam`, or `none` (the default).
        pub auth: Option<Spanned<String>>,
        /// Ways to find out who calls, by name.
        pub authorizers: Option<Components<Authorizer>>,
        /// Routes to functions: another way to say what a function's `on` says.
        pub routes: Option<IndexMap<Spanned<super::Route>, Spanned<RouteTarget>>>,
        /// Which web pages may call it: `true` for all without credentials, or a mapping. Default none.
        pub cors: Option<Spanned<Cors>>,
        /// How many requests it takes. Default: as many as the account.
        pub throttle: Option<Throttle>,
        /// How long access logs are kept, or `false`. Default 30d for `http`, none for `rest`.
        pub access_logs: Option<Spanned<DurationOrFalse>>,
        /// The stage in the address. Default `$default` for `http`, which the address does not show,
        /// and the name of the stage for `rest`.
        pub stage_name: Option<Spanned<String>>,
        /// Rest: answers from this size on are compressed.
        pub compress: Option<Spanned<Size>>,
        /// Rest: the types of content that are bytes, such as `image/png`.
        pub binary: Option<Vec<Spanned<String>>>,
        /// Rest: whether requests are traced with X-Ray. Default false.
        pub tracing: Option<Spanned<bool>>,
        /// Its physical name. Default `<app>-<stage>-<name>`.
        pub name: Option<Spanned<String>>,
    }
}

/// What kind of API it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApiType {
    /// An HTTP API.
    Http,
    /// A REST API.
    Rest,
}

/// Where a REST API is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// In its region.
    Regional,
    /// By way of CloudFront's places.
    Edge,
}

/// A way to find out who calls: one of `jwt`, `function` and `key`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Authorizer {
    /// Http: tokens of an issuer.
    pub jwt: Option<Jwt>,
    /// A function that decides.
    pub function: Option<Spanned<Reference>>,
    /// Function: the parts of the request it is asked by: `header.NAME` or `query.NAME`. Default `header.Authorization`.
    pub identity: Option<Vec<Spanned<String>>>,
    /// Function: how long its decision holds, 0s to 1h. Default 5m.
    pub ttl: Option<Spanned<Duration>>,
    /// Http, function: the version of what it is given, `1.0` or `2.0` (the default).
    pub payload: Option<Spanned<String>>,
    /// Http, function: whether it answers yes or no rather than a policy. Default true.
    pub simple: Option<Spanned<bool>>,
    /// Rest: an API key.
    pub key: Option<Spanned<bool>>,
}

/// Tokens of an issuer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jwt {
    /// The issuer's address.
    pub issuer: Spanned<String>,
    /// For whom a token must be.
    pub audience: Vec<Spanned<String>>,
}

/// What a route leads to. A name stands for `function`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "RouteTarget", transform = or_text)]
pub struct RouteTarget {
    /// The function.
    pub function: Spanned<Name>,
    /// An authorizer of the API, `iam`, or `none`. Left out: as the API has it.
    pub auth: Option<Spanned<String>>,
    /// OAuth scopes of which the caller needs one.
    pub scopes: Option<Vec<Spanned<String>>>,
    /// Rest: whether a call needs an API key.
    pub key: Option<Spanned<bool>>,
}

shorthand!(RouteTarget, "the name of a function, or a mapping with `function`", |text| {
    Name::parse(text).map(|name| RouteTarget { function: name.into(), auth: None, scopes: None, key: None })
});

/// How many requests an API takes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Throttle {
    /// Requests a second over time.
    pub rate: Spanned<f64>,
    /// Requests at once.
    pub burst: Spanned<u64>,
}
