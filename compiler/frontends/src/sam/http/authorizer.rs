//! Authorizers of HTTP APIs, as security schemes of the body.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};

/// What a JSON web token authorizer may have.
const OF_JWT: [&str; 3] = ["AuthorizationScopes", "JwtConfiguration", "IdentitySource"];

/// What a function authorizer may have.
const OF_FUNCTION: [&str; 6] = [
    "FunctionArn",
    "FunctionInvokeRole",
    "Identity",
    "AuthorizerPayloadFormatVersion",
    "EnableSimpleResponses",
    "EnableFunctionDefaultPermissions",
];

/// The scheme of AWS's own signatures.
pub(super) fn iam() -> Expr {
    Expr::from([
        ("type", "apiKey"),
        ("name", "Authorization"),
        ("in", "header"),
        ("x-amazon-apigateway-authtype", "awsSigv4"),
    ])
}

/// The security scheme of one authorizer.
pub(super) fn scheme(ctx: &mut Expansion<'_>, name: &str, authorizer: &Expr) -> Result<Expr> {
    let Some(map) = authorizer.as_map() else {
        let message = format!("the authorizer {name} is {}, and must be a mapping", authorizer.kind_name());
        return Err(
            ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(authorizer.span, "not a mapping"))
        );
    };
    let set = |key: &str| map.get(key).filter(|v| v.is_truthy());
    let is_jwt = set("JwtConfiguration").is_some();
    let (kind, allowed): (&str, &[&str]) =
        if is_jwt { ("a JSON web token", &OF_JWT) } else { ("a function", &OF_FUNCTION) };
    let known = || OF_JWT.iter().chain(&OF_FUNCTION).copied();
    for entry in map.entries().iter().filter(|e| !e.value.is_null()) {
        if known().any(|k| k == &*entry.key) && !allowed.contains(&&*entry.key) {
            let message = format!("`{}` does not belong to {name}, an authorizer by {kind}", entry.key);
            return Err(ctx.report(
                Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                    .at(entry.key_span, "of the other kind of authorizer"),
            ));
        }
        if &*entry.key == "OpenIdConnectUrl" {
            let message = format!("`OpenIdConnectUrl` of {name} is no longer supported");
            return Err(ctx.report(
                Diagnostic::error(codes::UNKNOWN_PROPERTY, message)
                    .at(entry.key_span, "not known here")
                    .help("give JwtConfiguration with issuer and audience"),
            ));
        }
    }
    let needed: &[&str] =
        if is_jwt { &["IdentitySource"] } else { &["FunctionArn", "AuthorizerPayloadFormatVersion"] };
    if let Some(missing) = needed.iter().find(|key| set(key).is_none()) {
        let message = format!("{name}, an authorizer by {kind}, needs {missing}");
        let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
            .at(authorizer.span, format!("{missing} is missing here"));
        return Err(ctx.report(finding));
    }
    let list = |ctx: &mut Expansion<'_>, key: &str| match map.get(key).filter(|v| !v.is_null()) {
        Some(value) if value.as_list().is_none() => {
            let message = format!("{key} of {name} is {}, and must be a list", value.kind_name());
            Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(value.span, "not a list")))
        }
        _ => Ok(()),
    };
    list(ctx, "AuthorizationScopes")?;
    if let Some(flag) = map.get("EnableFunctionDefaultPermissions").filter(|f| !f.is_null())
        && flag.as_bool().is_none()
    {
        let message = format!(
            "EnableFunctionDefaultPermissions of {name} is {}, and must be true or false",
            flag.kind_name()
        );
        return Err(
            ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(flag.span, "neither true nor false"))
        );
    }
    if is_jwt { jwt(ctx, name, map) } else { function(ctx, name, map) }
}

fn jwt(ctx: &mut Expansion<'_>, name: &str, map: &Map) -> Result<Expr> {
    let configuration = map.get("JwtConfiguration").cloned().unwrap_or_else(Expr::null);
    let Some(written) = configuration.as_map() else {
        let message =
            format!("JwtConfiguration of {name} is {}, and must be a mapping", configuration.kind_name());
        return Err(
            ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(configuration.span, "not a mapping"))
        );
    };
    let mut lower = Map::new();
    for entry in written.entries() {
        lower.insert_spanned(entry.key.to_lowercase(), entry.key_span, entry.value.clone());
    }
    let source = map.get("IdentitySource").cloned().unwrap_or_else(Expr::null);
    Ok(Expr::from([
        ("type", Expr::from("oauth2")),
        (
            "x-amazon-apigateway-authorizer",
            Expr::from([
                ("jwtConfiguration", Expr::from(lower).with_span(configuration.span)),
                ("identitySource", source),
                ("type", Expr::from("jwt")),
            ]),
        ),
    ]))
}

fn function(ctx: &mut Expansion<'_>, name: &str, map: &Map) -> Result<Expr> {
    let arn = map.get("FunctionArn").cloned().unwrap_or_else(Expr::null);
    let uri = format!(
        "arn:{}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{__FunctionArn__}}/invocations",
        ctx.options.partition()
    );
    let mut authorizer = Map::from([
        ("type", Expr::from("request")),
        ("authorizerUri", Expr::sub_with(uri, Map::from([("__FunctionArn__", arn)]))),
    ]);
    if let Some(role) = map.get("FunctionInvokeRole").filter(|r| r.is_truthy() && r.as_str() != Some("NONE"))
    {
        authorizer.insert("authorizerCredentials", role.clone());
    }
    if let Some(identity) = map.get("Identity").filter(|i| i.is_truthy()) {
        let Some(identity_map) = identity.as_map() else {
            let message = format!("Identity of {name} is {}, and must be a mapping", identity.kind_name());
            return Err(
                ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(identity.span, "not a mapping"))
            );
        };
        if let Some(ttl) = identity_map.get("ReauthorizeEvery").filter(|t| !t.is_null()) {
            authorizer.insert("authorizerResultTtlInSeconds", ttl.clone());
        }
        authorizer.insert("identitySource", identity_source(ctx, name, identity_map)?);
    }
    if let Some(version) = map.get("AuthorizerPayloadFormatVersion") {
        authorizer.insert("authorizerPayloadFormatVersion", version.clone());
    }
    if let Some(simple) = map.get("EnableSimpleResponses").filter(|s| s.is_truthy()) {
        authorizer.insert("enableSimpleResponses", simple.clone());
    }
    Ok(Expr::from([
        ("type", Expr::from("apiKey")),
        ("name", Expr::from("Unused")),
        ("in", Expr::from("header")),
        ("x-amazon-apigateway-authorizer", authorizer.into()),
    ]))
}

/// Where the identity is looked for, each place with the prefix of its kind.
fn identity_source(ctx: &mut Expansion<'_>, name: &str, identity: &Map) -> Result<Expr> {
    const KINDS: [(&str, &str); 4] = [
        ("Headers", "$request.header."),
        ("QueryStrings", "$request.querystring."),
        ("StageVariables", "$stageVariables."),
        ("Context", "$context."),
    ];
    let mut places = Vec::new();
    for (key, prefix) in KINDS {
        let Some(values) = identity.get(key).filter(|v| v.is_truthy()) else { continue };
        let texts: Option<Vec<&str>> =
            values.as_list().map(|l| l.iter().map(Expr::as_str).collect()).unwrap_or(None);
        let Some(texts) = texts else {
            let message = format!("Identity.{key} of {name} must be a list of texts");
            return Err(ctx.report(
                Diagnostic::error(codes::WRONG_TYPE, message).at(values.span, "not a list of texts"),
            ));
        };
        places.extend(
            texts.into_iter().map(|text| Expr::from(format!("{prefix}{text}")).with_span(values.span)),
        );
    }
    Ok(places.into())
}
