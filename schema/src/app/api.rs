//! `apis`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Components;
use super::forms::{Any, component, or_text, shorthand};
use super::function::Cors;
use super::messaging::DurationOrFalse;
use super::scalars::{Duration, Name, Reference, Size};

component! {
    /// An API: routes over HTTP, or messages over WebSockets, that make functions run.
    #[derive(Default)]
    #[schemars(rename = "Api")]
    pub struct Api {
        /// `http` (the default: cheaper and faster), `rest` (API keys, usage plans, edge), or `websocket`.
        pub r#type: Option<Spanned<ApiType>>,
        /// Rest: where it is reached: `regional` (the default), `edge` or `private`.
        pub endpoint: Option<Spanned<Endpoint>>,
        /// Rest, private: the ids of the VPC endpoints that it is reached by.
        pub vpc_endpoints: Option<Vec<Spanned<String>>>,
        /// Who may call its routes unless they say otherwise: an authorizer, `iam`, or `none` (the default).
        pub auth: Option<Spanned<String>>,
        /// Ways to find out who calls, by name.
        pub authorizers: Option<Components<Authorizer>>,
        /// Routes to functions and services: another way to say what a function's `on` says.
        pub routes: Option<IndexMap<Spanned<super::Route>, Spanned<RouteTarget>>>,
        /// Which web pages may call it: `true` for all without credentials, or a mapping. Default none.
        pub cors: Option<Spanned<Cors>>,
        /// A name of its own on the internet.
        pub domain: Option<Domain>,
        /// How many requests it takes. Default: as many as the account.
        pub throttle: Option<Throttle>,
        /// Rest: who may call how often, by name; callers show a key.
        pub usage_plans: Option<Components<UsagePlan>>,
        /// How long access logs are kept, or `false`. Default 30d for `http`, none for the others, which
        /// write them only once a role is set for the whole account.
        pub access_logs: Option<Spanned<DurationOrFalse>>,
        /// The stage in the address. Default `$default` for `http`, which the address does not show,
        /// and the name of the stage for the others.
        pub stage_name: Option<Spanned<String>>,
        /// A file with an OpenAPI document, to which the routes are added.
        pub openapi: Option<Spanned<String>>,
        /// Rest: answers are kept for a while.
        pub cache: Option<Cache>,
        /// Rest: answers from this size on are compressed.
        pub compress: Option<Spanned<Size>>,
        /// Rest: the types of content that are bytes, such as `image/png`.
        pub binary: Option<Vec<Spanned<String>>>,
        /// Rest: the ARN of a web ACL (WAF) that looks at each request first.
        pub waf: Option<Spanned<String>>,
        /// Rest: JSON Schemas of bodies, by name, which routes may ask for.
        pub models: Option<IndexMap<String, Any>>,
        /// Rest: whether requests are traced with X-Ray. Default false.
        pub tracing: Option<Spanned<bool>>,
        /// Websocket: the field of a message that says which route it takes. Default `$request.body.action`.
        pub select: Option<Spanned<String>>,
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
    /// A WebSocket API.
    Websocket,
}

/// Where a REST API is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// In its region.
    Regional,
    /// By way of CloudFront's places.
    Edge,
    /// From networks with an endpoint for it.
    Private,
}

/// A way to find out who calls: one of `jwt`, `userpool`, `function` and `key`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Authorizer {
    /// Http: tokens of an issuer.
    pub jwt: Option<Jwt>,
    /// Users of a pool.
    pub userpool: Option<Spanned<Reference>>,
    /// Userpool, http: the programs whose tokens count. Default: all of the pool.
    pub clients: Option<Vec<Spanned<Name>>>,
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

/// What a route leads to: one of `function`, `queue`, `topic`, `bus`, `workflow`, `url` and `mock`. A name
/// stands for `function`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "RouteTarget", extend("x-text-pattern" = "^([a-z][a-z0-9-]{0,39}/)?[a-z][a-z0-9-]{0,39}$"), transform = or_text)]
pub struct RouteTarget {
    /// The function.
    pub function: Option<Spanned<Name>>,
    /// The queue that gets each body as a message.
    pub queue: Option<Spanned<Reference>>,
    /// Rest: the topic that gets each body as a message.
    pub topic: Option<Spanned<Reference>>,
    /// The bus that gets each body as the detail of an event.
    pub bus: Option<Spanned<Reference>>,
    /// The workflow that each request starts, with the body as its input.
    pub workflow: Option<Spanned<Reference>>,
    /// The address that requests are passed on to.
    pub url: Option<Spanned<String>>,
    /// Rest: the status that is answered without asking anybody.
    #[schemars(range(min = 100, max = 599))]
    pub mock: Option<Spanned<u64>>,
    /// An authorizer of the API, `iam`, or `none`. Left out: as the API has it.
    pub auth: Option<Spanned<String>>,
    /// OAuth scopes of which the caller needs one.
    pub scopes: Option<Vec<Spanned<String>>>,
    /// Rest: whether a call needs an API key.
    pub key: Option<Spanned<bool>>,
}

shorthand!(
    RouteTarget,
    "the name of a function, or a mapping with `function`, `queue` or the like",
    |text| {
        Name::parse(text).map(|name| RouteTarget { function: Some(name.into()), ..RouteTarget::default() })
    }
);

/// How many requests an API takes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Throttle {
    /// Requests a second over time.
    pub rate: Spanned<f64>,
    /// Requests at once.
    pub burst: Spanned<u64>,
}

/// A name of an API on the internet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Domain {
    /// The name, such as `api.example.com`.
    pub name: Spanned<String>,
    /// The ARN of its certificate in ACM.
    pub certificate: Spanned<String>,
    /// The id of the hosted zone in Route 53, in which its record is made. Default: none is made.
    pub zone: Option<Spanned<String>>,
    /// The path below the name. Default: the name alone.
    pub path: Option<Spanned<String>>,
    /// The object in S3 with the certificates that callers must show one of: `s3://bucket/key`.
    pub mutual_tls: Option<Spanned<String>>,
}

/// Who may call a REST API how often.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UsagePlan {
    /// Requests a second over time.
    pub rate: Option<Spanned<f64>>,
    /// Requests at once.
    pub burst: Option<Spanned<u64>>,
    /// Requests in a `day`, `week` or `month`: `1000/day`.
    pub quota: Option<Spanned<Quota>>,
    /// The names of the keys that belong to it; each is made.
    pub keys: Option<Vec<Spanned<Name>>>,
}

/// Requests in a period: `1000/day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So many requests.
    pub limit: u64,
    /// `DAY`, `WEEK` or `MONTH`, as API Gateway writes it.
    pub period: &'static str,
}

impl<'de> Deserialize<'de> for Quota {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl serde::de::Visitor<'_> for Visit {
            type Value = Quota;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of requests in a `day`, `week` or `month`, such as `1000/day`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quota, E> {
                let read = || {
                    let (limit, period) = text.split_once('/')?;
                    let period = match period {
                        "day" => "DAY",
                        "week" => "WEEK",
                        "month" => "MONTH",
                        _ => return None,
                    };
                    Some(Quota { limit: limit.parse().ok()?, period })
                };
                read().ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

impl JsonSchema for Quota {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quota".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]+/(day|week|month)$",
            "examples": ["1000/day"],
        })
    }
}

/// How long a REST API keeps answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cache {
    /// The memory of the cache in GB: 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237. Default 0.5.
    pub size: Option<Spanned<String>>,
    /// How long an answer is kept, 0s to 1h. Default 5m.
    pub ttl: Option<Spanned<Duration>>,
}
