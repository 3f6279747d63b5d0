//! The OpenAPI body of an HTTP API: what events add to it, in place.

use samc_ir::{Expr, Function, Kind, Map};

/// The method that stands for all.
pub(crate) const ANY: &str = "x-amazon-apigateway-any-method";

/// The route for everything that no other route takes.
pub(crate) const DEFAULT_PATH: &str = "$default";

/// The key of a method's integration.
pub(crate) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// An API without routes.
pub(super) fn skeleton() -> Expr {
    Expr::from([
        ("openapi", Expr::from("3.0.1")),
        ("info", Expr::from([("version", Expr::from("1.0")), ("title", Expr::reference("AWS::StackName"))])),
        ("paths", Map::new().into()),
    ])
}

/// True for a document of OpenAPI 3 with paths.
pub(crate) fn is_valid(body: &Expr) -> bool {
    let Some(map) = body.as_map() else { return false };
    let version = match map.get("openapi").map(|v| &v.kind) {
        Some(Kind::String(text)) => text.to_string(),
        Some(Kind::Float(number)) => number.to_string(),
        Some(Kind::Int(number)) => number.to_string(),
        _ => return false,
    };
    let parts: Vec<&str> = version.split('.').collect();
    let digit = |part: &&str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    let is_three = matches!(parts.as_slice(), ["3", rest @ ..] if rest.len() <= 2 && rest.iter().all(digit));
    is_three && map.get("paths").is_some_and(|paths| paths.as_map().is_some())
}

/// The name of a method as a body has it.
pub(crate) fn method_name(method: &str) -> String {
    let lower = method.to_lowercase();
    if lower == "any" { ANY.to_owned() } else { lower }
}

/// A value, or both arms of the `Fn::If` it is.
pub(crate) fn arms(value: &Expr) -> Vec<&Expr> {
    match &value.kind {
        Kind::Call(Function::If, argument) => match argument.as_list() {
            Some([_, arms @ ..]) => arms.iter().filter(|arm| !arm.is_no_value()).collect(),
            _ => Vec::new(),
        },
        _ => vec![value],
    }
}

/// [`arms`], to be changed.
pub(crate) fn arms_mut(value: &mut Expr) -> Vec<&mut Expr> {
    if !matches!(value.kind, Kind::Call(Function::If, _)) {
        return vec![value];
    }
    match &mut value.kind {
        Kind::Call(_, argument) => match argument.as_list_mut() {
            Some(parts) => parts.iter_mut().skip(1).filter(|arm| !arm.is_no_value()).collect(),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The paths of a body.
pub(crate) fn paths_mut(body: &mut Expr) -> Option<&mut Map> {
    body.as_map_mut()?.get_mut("paths")?.as_map_mut()
}

/// True where every arm of a path has an integration for the method.
pub(crate) fn has_integration(body: &Expr, path: &str, method: &str) -> bool {
    let method = method_name(method);
    let Some(item) = body.as_map().and_then(|b| b.get("paths")?.as_map()?.get(path)) else { return false };
    arms(item).iter().all(|item| {
        let definition = item.as_map().and_then(|item| item.get(&method));
        definition.is_some_and(|d| {
            arms(d).iter().any(|d| d.as_map().and_then(|d| d.get(INTEGRATION)).is_some_and(Expr::is_truthy))
        })
    })
}

/// Adds a path with a method, unless they are there.
pub(crate) fn add_path(body: &mut Expr, path: &str, method: &str) {
    let Some(paths) = paths_mut(body) else { return };
    let item = paths.get_or_insert_with(path, || Map::new().into());
    for item in arms_mut(item) {
        if let Some(item) = item.as_map_mut() {
            item.get_or_insert_with(&method_name(method), || Map::new().into());
        }
    }
}

/// The definitions of a method, in every arm of the path and of the method.
pub(crate) fn definitions_mut<'b>(body: &'b mut Expr, path: &str, method: &str) -> Vec<&'b mut Map> {
    let method = method_name(method);
    let Some(item) = paths_mut(body).and_then(|paths| paths.get_mut(path)) else { return Vec::new() };
    arms_mut(item)
        .into_iter()
        .filter_map(|item| item.as_map_mut()?.get_mut(&method))
        .flat_map(arms_mut)
        .filter_map(Expr::as_map_mut)
        .collect()
}

/// `Fn::If` with nothing in its second arm.
pub(crate) fn conditional(condition: &str, value: Expr) -> Expr {
    Expr::if_else(condition, value, Expr::no_value())
}

/// Whether a function answers the default route, so that its permission holds for every other.
pub(crate) fn default_route_is_of(body: &Expr, function: &str) -> bool {
    if !has_integration(body, DEFAULT_PATH, ANY) {
        return false;
    }
    let wanted = format!("${{{function}.Arn}}");
    let item = body.as_map().and_then(|b| b.get("paths")?.as_map()?.get(DEFAULT_PATH));
    item.into_iter().flat_map(arms).all(|item| {
        let definitions = item.as_map().and_then(|i| i.get(ANY)).map(arms).unwrap_or_default();
        definitions.into_iter().all(|d| {
            let uri = d.as_map().and_then(|d| d.get(INTEGRATION)?.as_map()?.get("uri"));
            uri.is_some_and(|uri| {
                arms(uri).iter().all(|u| u.as_sub().is_some_and(|(text, _)| text.contains(&wanted)))
            })
        })
    })
}

/// The names of the parameters in a path.
pub(crate) fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}
