//! Which other origins may call the API.

use samc_ir::{Expr, Map};

use super::routes::{METHODS, Route};
use crate::serverless::events::gateway::CORS_HEADERS;
use crate::serverless::value::{given, is_true, set};

/// The settings of `provider.httpApi.cors`. Methods that are not said are those of the routes.
pub(super) fn read(settings: &Map, routes: &[Route<'_>]) -> Option<Map> {
    let given_cors = settings.get("cors").filter(|cors| is_true(cors))?;
    let empty = Map::new();
    let own = given_cors.as_map().unwrap_or(&empty);
    let texts = |list: &[&str]| Expr::from(list.iter().map(|text| Expr::from(*text)).collect::<Vec<_>>());
    let list = |key: &str, default: &[&str]| given(own, key).map_or_else(|| texts(default), once);
    let mut cors = Map::new();
    if given(own, "allowCredentials").is_some() {
        cors.insert("AllowCredentials", true);
    }
    cors.insert("AllowHeaders", list("allowedHeaders", &CORS_HEADERS));
    cors.insert("AllowMethods", given(own, "allowedMethods").map_or_else(|| texts(&methods(routes)), once));
    cors.insert("AllowOrigins", list("allowedOrigins", &["*"]));
    if let Some(exposed) = given(own, "exposedResponseHeaders") {
        cors.insert("ExposeHeaders", once(exposed));
    }
    set(&mut cors, "MaxAge", own.get("maxAge").filter(|age| !age.is_null()));
    Some(cors)
}

/// The methods of all routes, each once, after the one that browsers ask with.
fn methods<'a>(routes: &[Route<'a>]) -> Vec<&'a str> {
    let mut methods = vec!["OPTIONS"];
    for route in routes {
        let of_route: &[&str] = if route.method == "ANY" { &METHODS } else { &[route.method] };
        for method in of_route {
            if !methods.contains(method) {
                methods.push(method);
            }
        }
    }
    methods
}

/// A list with each item once; anything else as the only item.
pub(super) fn once(value: &Expr) -> Expr {
    let Some(items) = value.as_list() else { return vec![value.clone()].into() };
    let mut once: Vec<Expr> = Vec::new();
    for item in items {
        if !once.contains(item) {
            once.push(item.clone());
        }
    }
    Expr::from(once).with_span(value.span)
}
