//! CORS: what a route says of it, and a method OPTIONS for each path that has some. Source: getCors of
//! lib/validate.js and lib/cors.js of the events `api-gateway` of osls 3.77.1.

use samc_ir::{Expr, Map};

use super::Api;
use super::method::{header, method_id};
use super::route::Route;
use super::tree::Resources;
use crate::serverless::events::gateway::CORS_HEADERS;
use crate::serverless::output::Output;
use crate::serverless::value::{given, text};

/// What `ANY` stands for in the list of allowed methods.
const ANY: &str = "DELETE,GET,HEAD,PATCH,POST,PUT";

/// Who may call from elsewhere, as a route or all routes of a path say.
#[derive(Debug, Clone)]
pub(super) struct Cors {
    origin: Option<Expr>,
    origins: Vec<String>,
    headers: Vec<String>,
    methods: Vec<String>,
    credentials: bool,
    max_age: Option<Expr>,
    cache_control: Option<Expr>,
}

impl Cors {
    /// The headers of answers that a route itself sends.
    pub(super) fn answer_headers(&self) -> Map {
        let origin =
            if self.origins.is_empty() { self.origin.clone() } else { Some(self.origins.join(",").into()) };
        let mut headers = Map::from([("Access-Control-Allow-Origin", quoted(origin))]);
        if self.credentials {
            headers.insert("Access-Control-Allow-Credentials", "true");
        }
        headers
    }

    /// Takes in what another route of the same path says; what is said last holds.
    fn join(&mut self, last: &Cors) {
        let union = |last: &[String], there: &[String]| {
            let mut all = last.to_vec();
            all.extend(there.iter().cloned());
            unique(all)
        };
        self.origin.clone_from(&last.origin);
        self.origins = union(&last.origins, &self.origins);
        self.headers = union(&last.headers, &self.headers);
        self.methods = union(&last.methods, &self.methods);
        self.credentials |= last.credentials;
        self.max_age = last.max_age.clone().or_else(|| self.max_age.take());
        self.cache_control = last.cache_control.clone().or_else(|| self.cache_control.take());
    }

    /// The origins to choose from; a text may hold several.
    fn all_origins(&self) -> Vec<String> {
        let text = self.origin.as_ref().and_then(Expr::as_str);
        match text.filter(|text| text.contains(',')) {
            Some(text) => text.split(',').map(|origin| origin.trim().to_owned()).collect(),
            None => self.origins.clone(),
        }
    }

    /// The headers of the answer to OPTIONS.
    fn preflight_headers(&self) -> Map {
        let origin =
            self.all_origins().first().map(|first| first.as_str().into()).or_else(|| self.origin.clone());
        let mut methods = self.methods.join(",");
        if self.methods.iter().any(|method| method == "ANY") {
            methods = methods.replacen("ANY", ANY, 1);
        }
        let mut headers = Map::from([
            ("Access-Control-Allow-Origin", quoted(origin)),
            ("Access-Control-Allow-Headers", quoted(Some(self.headers.join(",").into()))),
            ("Access-Control-Allow-Methods", quoted(Some(methods.into()))),
        ]);
        if self.credentials {
            headers.insert("Access-Control-Allow-Credentials", "'true'");
        }
        if self.max_age.is_some() {
            headers.insert("Access-Control-Max-Age", quoted(self.max_age.clone()));
        }
        if self.cache_control.is_some() {
            headers.insert("Cache-Control", quoted(self.cache_control.clone()));
        }
        headers
    }
}

/// A literal of a mapping of API Gateway: the text in single quotes.
fn quoted(value: Option<Expr>) -> Expr {
    let value = value.unwrap_or_else(|| "*".into());
    match text(&value) {
        Some(text) => format!("'{text}'").into(),
        None => Expr::join("", vec!["'".into(), value, "'".into()]),
    }
}

fn unique(mut all: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|item| seen.insert(item.clone()));
    all
}

/// Reads `cors` of a route: `true`, or a mapping.
pub(super) fn read(given_cors: &Expr, method: &str) -> Cors {
    let empty = Map::new();
    let settings = given_cors.as_map().unwrap_or(&empty);
    let list = |key: &str| -> Option<Vec<String>> {
        let value = given(settings, key)?;
        Some(match value.as_list() {
            Some(items) => items.iter().filter_map(text).collect(),
            None => text(value).into_iter().collect(),
        })
    };
    let mut methods = list("methods").unwrap_or_default();
    for method in ["OPTIONS", method] {
        if !methods.iter().any(|there| there == method) {
            methods.push(method.to_owned());
        }
    }
    let origins = list("origins").unwrap_or_default();
    let anybody = || origins.is_empty().then(|| Expr::from("*"));
    Cors {
        origin: given(settings, "origin").cloned().or_else(anybody),
        headers: list("headers")
            .unwrap_or_else(|| CORS_HEADERS.iter().map(|name| (*name).to_owned()).collect()),
        methods,
        credentials: given(settings, "allowCredentials").is_some(),
        max_age: given(settings, "maxAge").cloned(),
        cache_control: given(settings, "cacheControl").cloned(),
        origins,
    }
}

/// Adds the methods OPTIONS, and gives their logical ids.
pub(super) fn lower(
    api: &Api<'_>,
    routes: &[Route<'_>],
    resources: &Resources,
    out: &mut Output<'_>,
) -> Vec<String> {
    let mut paths: Vec<(&Route<'_>, Cors)> = Vec::new();
    for route in routes {
        let Some(cors) = &route.cors else { continue };
        match paths.iter_mut().find(|(first, _)| first.path == route.path) {
            Some((_, all)) => all.join(cors),
            None => {
                let mut all = cors.clone();
                // The answer to OPTIONS names what a list holds twice once; answers of the route itself say it as written.
                all.join(cors);
                paths.push((route, all));
            }
        }
    }
    let mut ids = Vec::new();
    for (route, cors) in paths {
        let id = method_id(&route.path, "OPTIONS");
        let headers = cors.preflight_headers();
        let named: Map = headers.keys().map(|name| (header(name), true)).collect();
        let values: Map = headers.iter().map(|(name, value)| (header(name), value.clone())).collect();
        let template = Map::from([("application/json", origin_template(&cors.all_origins()))]);
        let integration = Map::from([
            ("Type", Expr::from("MOCK")),
            ("RequestTemplates", Map::from([("application/json", "{statusCode:200}")]).into()),
            ("ContentHandling", "CONVERT_TO_TEXT".into()),
            (
                "IntegrationResponses",
                vec![Expr::from([
                    ("StatusCode", Expr::from("200")),
                    ("ResponseParameters", values.into()),
                    ("ResponseTemplates", template.into()),
                ])]
                .into(),
            ),
        ]);
        let responses = vec![Expr::from([
            ("StatusCode", Expr::from("200")),
            ("ResponseParameters", named.into()),
            ("ResponseModels", Map::new().into()),
        ])];
        let properties = Map::from([
            ("AuthorizationType", Expr::from("NONE")),
            ("HttpMethod", "OPTIONS".into()),
            ("MethodResponses", responses.into()),
            ("RequestParameters", Map::new().into()),
            ("Integration", integration.into()),
            ("ResourceId", resources.id(&route.path)),
            ("RestApiId", api.id()),
        ]);
        out.add(id.as_str(), "AWS::ApiGateway::Method", properties, &api.origin_of_method(route));
        ids.push(id);
    }
    ids
}

/// A template that answers with the origin of the request where it is one of those that may call. `*` in an
/// origin stands for anything.
fn origin_template(origins: &[String]) -> String {
    if origins.is_empty() {
        return String::new();
    }
    let patterns: Vec<String> = origins
        .iter()
        .map(|origin| format!("$origin.matches(\"{}\")", origin.replace('.', "[.]").replacen('*', ".+", 1)))
        .collect();
    [
        "#set($origin = $input.params(\"Origin\"))".to_owned(),
        "#if($origin == \"\") #set($origin = $input.params(\"origin\")) #end".to_owned(),
        format!(
            "#if({}) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end",
            patterns.join(" || ")
        ),
    ]
    .join("\n")
}
