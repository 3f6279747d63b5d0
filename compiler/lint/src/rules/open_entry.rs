//! S310, S311 and S312: URLs and methods that everybody can call, and pages of others that can.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::application::TriggerKind;
use samc_ir::{Expr, Map, Resource, references};

use crate::context::{Context, about};
use crate::query::{at_property, flag, items, member, name, name_span, property, text};
use crate::rule::{On, Profile, Rule};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// A function's own URL, open to everybody.
pub(super) static URL: Rule = Rule {
    code: Code::new("S310", "url-auth"),
    level: Severity::Error,
    on: On::Profiles(PROFILES),
    page: include_str!("url_auth.md"),
    check: urls,
};

/// A method of an API, open to everybody.
pub(super) static API: Rule = Rule {
    code: Code::new("S311", "api-auth"),
    level: Severity::Warning,
    on: On::Profiles(PROFILES),
    page: include_str!("api_auth.md"),
    check: apis,
};

/// Pages of every website may call, in the user's name.
pub(super) static CORS: Rule = Rule {
    code: Code::new("S312", "cors-open"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("cors_open.md"),
    check: cors,
};

fn urls(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, url) in context.of_type("AWS::Lambda::Url") {
        if text(url, "AuthType") == Some("NONE") {
            let message = format!("everybody who finds the URL of {} can call it", name(id, url));
            let found = Diagnostic::warning(URL.code, message)
                .help("set AuthType to AWS_IAM, or put an API with an authorizer in front of the function");
            diagnostics.push(at_property(found, id, url, "AuthType", "no authentication"));
        }
    }
}

fn apis(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, method) in context.of_type("AWS::ApiGateway::Method") {
        let verb = text(method, "HttpMethod").unwrap_or("ANY");
        let kind = property(method, "AuthorizationType");
        let open = kind.is_absent() || kind.value().and_then(Expr::as_str) == Some("NONE");
        // A method that only says how the browser's question is answered needs no user.
        if !open || verb.eq_ignore_ascii_case("OPTIONS") || is_private(context, method) {
            continue;
        }
        let key = flag(property(method, "ApiKeyRequired")) == Some(true);
        let message = format!("everybody can call the {verb} method {}", name(id, method));
        let help = if key {
            "an API key counts calls and tells no users apart: set AuthorizationType as well"
        } else {
            "set AuthorizationType, for example to COGNITO_USER_POOLS with AuthorizerId"
        };
        let found = Diagnostic::warning(API.code, message).help(help);
        diagnostics.push(at_property(found, id, method, "AuthorizationType", "no authorizer"));
    }
    let web_sockets: FxHashSet<&str> = context
        .of_type("AWS::ApiGatewayV2::Api")
        .filter(|(_, api)| text(api, "ProtocolType") == Some("WEBSOCKET"))
        .map(|(id, _)| id.as_str())
        .collect();
    for (id, route) in context.of_type("AWS::ApiGatewayV2::Route") {
        let key = text(route, "RouteKey").unwrap_or("$default");
        let kind = property(route, "AuthorizationType");
        let open = kind.is_absent() || kind.value().and_then(Expr::as_str) == Some("NONE");
        // A connection is checked once, when it is opened.
        let api = property(route, "ApiId").value().and_then(Expr::as_ref_to);
        let checked = api.is_some_and(|api| web_sockets.contains(api)) && key != "$connect";
        if open && !checked && !key.starts_with("OPTIONS ") {
            let message = format!("everybody can call the route `{key}`");
            let found = Diagnostic::warning(API.code, message)
                .help("set AuthorizationType, for example to JWT with AuthorizerId");
            diagnostics.push(at_property(found, id, route, "AuthorizationType", "no authorizer"));
        }
    }
    for api_type in ["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"] {
        for (id, api) in context.of_type(api_type) {
            let body = api.property("Body").and_then(Expr::as_map);
            if let Some(body) = body.filter(|_| !is_private_api(api)) {
                open_api(id, api, body, diagnostics);
            }
        }
    }
}

/// True where the API of a method takes calls from inside a network only.
fn is_private(context: &Context<'_>, method: &Resource) -> bool {
    let api = property(method, "RestApiId").value().and_then(Expr::as_ref_to);
    api.and_then(|id| context.graph.resources.get(id)).is_some_and(is_private_api)
}

fn is_private_api(api: &Resource) -> bool {
    let types = property(api, "EndpointConfiguration.Types").value();
    items(types).any(|t| t.as_str() == Some("PRIVATE")) || !property(api, "Policy").is_absent()
}

/// The methods of an OpenAPI document that nobody has to be known for: verb and path.
fn open_methods(body: &Map) -> Vec<(String, &str)> {
    const METHODS: [&str; 7] =
        ["get", "put", "post", "delete", "head", "patch", "x-amazon-apigateway-any-method"];
    let is_open = |security: Option<&Expr>| {
        // An empty entry lets in who shows nothing.
        security
            .is_none_or(|s| s.as_list().is_some_and(|all| all.iter().all(|e| !e.is_truthy() || only_none(e))))
    };
    if !is_open(body.get("security")) {
        return Vec::new();
    }
    let mut open = Vec::new();
    let paths = body.get("paths").and_then(Expr::as_map);
    for (path, operations) in paths.into_iter().flat_map(Map::iter) {
        for (verb, operation) in operations.as_map().into_iter().flat_map(Map::iter) {
            let Some(operation) =
                operation.as_map().filter(|_| METHODS.contains(&&*verb.to_ascii_lowercase()))
            else {
                continue;
            };
            // One that answers by itself gives nothing away.
            let integration = operation.get("x-amazon-apigateway-integration");
            let kind = integration.and_then(|i| i.as_map()?.get("type")?.as_str());
            if is_open(operation.get("security")) && !kind.is_some_and(|k| k.eq_ignore_ascii_case("mock")) {
                let verb = if verb.starts_with("x-") { "ANY".to_owned() } else { verb.to_ascii_uppercase() };
                open.push((verb, &**path));
            }
        }
    }
    open
}

/// The functions that who is not known can call: each with the entry in words, and its place.
pub(super) fn open<'g>(context: &Context<'g>) -> Vec<(&'g str, String, Option<Span>)> {
    let resources = &context.graph.resources;
    let mut found = Vec::new();
    let mut add = |function: &str, entry: String, span| {
        if let Some((id, _)) = resources.get_key_value(function) {
            found.push((id.as_str(), entry, span));
        }
    };
    for trigger in context.application().triggers.iter().filter(|t| t.kind == TriggerKind::Url) {
        if let Some(url) = resources.get(&trigger.resource).filter(|u| text(u, "AuthType") == Some("NONE")) {
            add(&trigger.function, format!("the URL of {}", trigger.function), name_span(url));
        }
    }
    // The open ones of every API that is described as a whole, and of the routes that are resources.
    let mut doors: FxHashSet<(&str, String, String)> = FxHashSet::default();
    for (id, api) in resources.iter().filter(|(_, r)| r.resource_type.starts_with("AWS::ApiGateway")) {
        let none = |key: &str| {
            let kind = property(api, key);
            kind.is_absent() || kind.value().and_then(Expr::as_str) == Some("NONE")
        };
        match &*api.resource_type {
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" if !is_private_api(api) => {
                let body = api.property("Body").and_then(Expr::as_map);
                let methods = body.map(open_methods).unwrap_or_default();
                doors.extend(methods.into_iter().map(|(verb, path)| (id.as_str(), verb, path.to_owned())));
            }
            "AWS::ApiGatewayV2::Route" if none("AuthorizationType") => {
                let of = property(api, "ApiId").value().and_then(Expr::as_ref_to);
                let key = text(api, "RouteKey").unwrap_or("$default");
                let (verb, path) = key.split_once(' ').unwrap_or(("ANY", key));
                // A connection of a web socket is checked once, when it is opened.
                let is_http = key.contains(' ') || key == "$connect" || key == "$default";
                doors.extend(of.filter(|_| is_http).map(|of| (of, verb.to_uppercase(), path.to_owned())));
            }
            "AWS::ApiGateway::Method" if none("AuthorizationType") && !is_private(context, api) => {
                let uri = property(api, "Integration.Uri").value();
                let verb = text(api, "HttpMethod").unwrap_or("ANY");
                let mut called = None;
                if let Some(uri) = uri {
                    references::each(uri, false, &mut |r| {
                        let is_function = context.application().function(r.name).is_some();
                        called = called.or(Some(r.name).filter(|_| is_function));
                    });
                }
                if let Some(function) = called {
                    add(function, format!("the {verb} method {}", name(id, api)), name_span(api));
                }
            }
            _ => {}
        }
    }
    for route in &context.application().routes {
        let door = (route.api.as_str(), route.method.clone(), route.path.clone());
        if let Some(function) = route.function.as_ref().filter(|_| doors.contains(&door)) {
            let span = resources.get(&route.api).and_then(name_span);
            add(function, format!("{} {}", route.method, route.path), span);
        }
    }
    found
}

/// The methods of an OpenAPI document. One finding an API: what is told is that they lack `security`.
fn open_api(id: &LogicalId, api: &Resource, body: &Map, diagnostics: &mut Diagnostics) {
    let open: Vec<String> =
        open_methods(body).into_iter().map(|(verb, path)| format!("{verb} {path}")).collect();
    let Some(first) = open.first() else { return };
    let more = match open.len() {
        1 => String::new(),
        2 => " and one more method".to_owned(),
        n => format!(" and {} more methods", n - 1),
    };
    let message = format!("everybody can call {first}{more} of {}", name(id, api));
    let found = Diagnostic::warning(API.code, message)
        .at(name_span(api), "no authorizer")
        .help("give the API a default authorizer, in SAM under Auth");
    diagnostics.push(about(found, id, &api.origin, format!("Resources.{id}.Properties.Body")));
}

/// SAM's word for a method that opts out of the default authorizer.
fn only_none(entry: &Expr) -> bool {
    entry.as_map().is_some_and(|map| map.keys().all(|key| &**key == "NONE"))
}

fn cors(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let places = [("AWS::Lambda::Url", "Cors"), ("AWS::ApiGatewayV2::Api", "CorsConfiguration")];
    for (resource_type, key) in places {
        for (id, resource) in context.of_type(resource_type) {
            let Some(settings) = property(resource, key).value() else { continue };
            let origins = member(settings, "AllowOrigins").value();
            let Some(star) = items(origins).find(|o| o.as_str() == Some("*")) else { continue };
            let credentials = member(settings, "AllowCredentials");
            let signed = text(resource, "AuthType") == Some("AWS_IAM");
            let message = match flag(credentials) {
                Some(true) => {
                    format!(
                        "pages of every website can call {} with the user's credentials",
                        name(id, resource)
                    )
                }
                Some(false) if signed && context.wants_more(CORS.code, PROFILES) => {
                    format!(
                        "pages of every website can call {}, which only known users may",
                        name(id, resource)
                    )
                }
                Some(false) if key == "Cors" && context.wants_more(CORS.code, PROFILES) => {
                    format!("pages of every website can call {}", name(id, resource))
                }
                _ => continue,
            };
            let found = Diagnostic::warning(CORS.code, message)
                .at(star.span.or(name_span(resource)), "every origin")
                .label(credentials.value().and_then(|v| v.span), "with cookies and other credentials")
                .help("name the origins of your own pages");
            let path = format!("Resources.{id}.Properties.{key}.AllowOrigins");
            diagnostics.push(about(found, id, &resource.origin, path));
        }
    }
}
