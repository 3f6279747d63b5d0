//! Authorizers, out of a document or of resources of their own.

use samc_ir::{Expr, Map};
use samc_schema::manifest::{Api, ApiKind, Authorizer, Payload};

use crate::world::World;

/// Seconds for which an answer is kept unless it says otherwise. Source: `authorizerResultTtlInSeconds` in the
/// developer guide of API Gateway; HTTP APIs keep none.
const TTL_SECONDS: u64 = 300;

/// Adds the authorizers of a document.
pub(super) fn of_document(world: &World<'_>, body: &Map, api: &mut Api) {
    let inside = |map: Option<&Expr>, key: &str| -> Option<Expr> {
        world.chosen(world.chosen(map?)?.as_map()?.get(key)?).cloned()
    };
    let schemes = match body.get("securityDefinitions") {
        Some(schemes) => world.chosen(schemes).cloned(),
        None => inside(body.get("components"), "securitySchemes"),
    };
    let Some(schemes) = schemes else { return };
    for (name, scheme) in schemes.as_map().into_iter().flat_map(Map::iter) {
        let Some(scheme) = world.chosen(scheme).and_then(Expr::as_map) else { continue };
        if world.property(scheme, "x-amazon-apigateway-authtype").as_deref() == Some("awsSigv4") {
            api.authorizers.insert(name.to_string(), Authorizer::Iam {});
            continue;
        }
        let details = scheme.get("x-amazon-apigateway-authorizer").and_then(|a| world.chosen(a)?.as_map());
        let header = world.property(scheme, "name").unwrap_or_else(|| "Authorization".to_owned());
        if let Some(found) = details.and_then(|details| of_details(world, details, header, api.kind)) {
            api.authorizers.insert(name.to_string(), found);
        }
    }
}

fn of_details(world: &World<'_>, details: &Map, header: String, kind: ApiKind) -> Option<Authorizer> {
    let ttl = world.number(details, "authorizerResultTtlInSeconds");
    match world.property(details, "type")?.as_str() {
        "jwt" => {
            let jwt = details.get("jwtConfiguration").and_then(|j| world.chosen(j)?.as_map())?;
            Some(Authorizer::Jwt {
                issuer: world.property(jwt, "issuer"),
                audience: world.texts(jwt, "audience"),
                identity: world
                    .property(details, "identitySource")
                    .unwrap_or_else(|| "$request.header.Authorization".to_owned()),
            })
        }
        "cognito_user_pools" => Some(Authorizer::Cognito { header }),
        "token" => Some(Authorizer::Token {
            function: function(world, details.get("authorizerUri")?)?,
            header,
            pattern: world.property(details, "identityValidationExpression"),
            ttl_seconds: ttl.unwrap_or(TTL_SECONDS),
        }),
        "request" => Some(Authorizer::Request {
            function: function(world, details.get("authorizerUri")?)?,
            payload: match world.property(details, "authorizerPayloadFormatVersion").as_deref() {
                Some("2.0") if kind == ApiKind::Http => Payload::V2,
                _ => Payload::V1,
            },
            simple: world.flag(details, "enableSimpleResponses"),
            identity: identities(&world.texts(details, "identitySource")),
            ttl_seconds: ttl.unwrap_or(if kind == ApiKind::Http { 0 } else { TTL_SECONDS }),
        }),
        _ => None,
    }
}

fn function(world: &World<'_>, uri: &Expr) -> Option<String> {
    samc_ir::function_of(world.graph, uri).map(|id| id.to_string())
}

/// Sources of identity in one form: `method.request.header.X, …` of REST APIs as `$request.header.X`.
fn identities(sources: &[String]) -> Vec<String> {
    let split = sources.iter().flat_map(|source| source.split(','));
    split
        .map(str::trim)
        .filter(|source| !source.is_empty())
        .map(|source| match source.strip_prefix("method.request.") {
            Some(rest) => format!("$request.{rest}"),
            None => source
                .strip_prefix("route.request.")
                .map_or_else(|| source.to_owned(), |rest| format!("$request.{rest}")),
        })
        .collect()
}

/// The authorizer of a resource: its logical id and what it is.
pub(super) fn of_resource(world: &World<'_>, properties: &Map, kind: ApiKind) -> Option<Authorizer> {
    let ttl = world.number(properties, "AuthorizerResultTtlInSeconds").unwrap_or(if kind == ApiKind::Http {
        0
    } else {
        TTL_SECONDS
    });
    let source = world.texts(properties, "IdentitySource");
    let header = || {
        let header = source.first().and_then(|s| s.rsplit('.').next());
        header.unwrap_or("Authorization").to_owned()
    };
    let uri = || function(world, properties.get("AuthorizerUri")?);
    let type_key = if kind == ApiKind::Rest { "Type" } else { "AuthorizerType" };
    match world.property(properties, type_key)?.as_str() {
        "JWT" => {
            let jwt = properties.get("JwtConfiguration").and_then(|j| world.chosen(j)?.as_map())?;
            Some(Authorizer::Jwt {
                issuer: world.property(jwt, "Issuer"),
                audience: world.texts(jwt, "Audience"),
                identity: source
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "$request.header.Authorization".to_owned()),
            })
        }
        "COGNITO_USER_POOLS" => Some(Authorizer::Cognito { header: header() }),
        "TOKEN" => Some(Authorizer::Token {
            function: uri()?,
            header: header(),
            pattern: world.property(properties, "IdentityValidationExpression"),
            ttl_seconds: ttl,
        }),
        "REQUEST" => Some(Authorizer::Request {
            function: uri()?,
            payload: match world.property(properties, "AuthorizerPayloadFormatVersion").as_deref() {
                Some("2.0") if kind == ApiKind::Http => Payload::V2,
                _ => Payload::V1,
            },
            simple: world.flag(properties, "EnableSimpleResponses"),
            identity: identities(&source),
            ttl_seconds: ttl,
        }),
        _ => None,
    }
}
