//! Methods: what is called on a path, and by whom. Source: lib/method/index.js of the events `api-gateway` of
//! osls 3.77.1.

use samc_ir::{Expr, Map};

use super::route::Route;
use super::tree::Resources;
use super::{Api, integration, permission_id};
use crate::serverless::names::{self, upper_first};
use crate::serverless::output::Output;
use crate::serverless::value::{is_true, set};

/// The logical id of a method.
pub(super) fn method_id(path: &str, method: &str) -> String {
    format!("ApiGatewayMethod{}{}", names::path(path), upper_first(&method.to_lowercase()))
}

/// What API Gateway calls a header of an answer.
pub(super) fn header(name: &str) -> String {
    format!("method.response.header.{name}")
}

/// True where requests must have a parameter: by its value, or by `required` in it, which is true unless it is
/// said.
pub(super) fn is_required(value: &Expr) -> bool {
    let required = value.as_map().map(|map| map.get("required").filter(|required| !required.is_null()));
    match required {
        Some(Some(required)) => is_true(required),
        Some(None) => true,
        None => is_true(value),
    }
}

/// Adds the method of a route, and gives its logical id.
pub(super) fn lower(api: &Api<'_>, route: &Route<'_>, resources: &Resources, out: &mut Output<'_>) -> String {
    let parameters: Map = route
        .parameters()
        .into_iter()
        .map(|(name, value)| {
            let required = value.as_map().map(|map| map.get("required").filter(|given| !given.is_null()));
            let required = match required {
                Some(given) => given.cloned().unwrap_or_else(|| true.into()),
                None => value.clone(),
            };
            (name, required)
        })
        .collect();
    let mut properties = Map::from([
        ("HttpMethod", Expr::from(route.method)),
        ("RequestParameters", parameters.into()),
        ("ResourceId", resources.id(&route.path)),
        ("RestApiId", api.id()),
    ]);
    set(&mut properties, "OperationName", route.setting(&["operationId"]));
    properties.insert("ApiKeyRequired", route.setting(&["private"]).is_some());
    let mut depends_on = vec![Expr::from(permission_id(&route.function.key))];
    depends_on.extend(route.function.target_depends_on());
    match &route.authorizer {
        Some(authorizer) => {
            // In the framework it takes the place of the permission, and the API can be called before the
            // function lets it; the order is kept as stacks have it.
            if let Some(id) = authorizer.guard(&mut properties) {
                depends_on[0] = id.into();
            }
        }
        None => {
            properties.insert("AuthorizationType", "NONE");
        }
    }
    properties.insert("Integration", integration::lower(api, route));
    properties.insert("MethodResponses", integration::method_responses(route));
    let id = method_id(&route.path, route.method);
    let origin = api.origin_of_method(route);
    let resource = out.add(id.as_str(), "AWS::ApiGateway::Method", properties, &origin);
    resource.attributes.insert("DependsOn", depends_on);
    id
}
