//! Authorizers of APIs: who may call.

use samc_base::{Diagnostic, Span, codes, nearest};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Api, Authorizer, Kind, Reference};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::text::{Part, join};

/// `Auth` of an API: its authorizers, and the one that routes have by default.
pub(super) fn lower_all(ctx: &mut Lower<'_>, owner: &Owner, name: &str, api: &Api, is_rest: bool) -> Map {
    let mut auth = Map::new();
    let mut authorizers = Map::new();
    for (key, authorizer) in api.authorizers.iter().flat_map(|a| &a.0) {
        let path = format!("authorizers.{}", key.name());
        if let Some(made) = lower(ctx, owner, &path, key.span(), authorizer, is_rest) {
            authorizers.insert_spanned(key.name().as_str(), key.span(), made);
        }
    }
    if !authorizers.is_empty() {
        auth.insert("Authorizers", authorizers);
    }
    if !is_rest && ctx.listeners.iam.contains(name) {
        auth.insert("EnableIamAuthorizer", true);
    }
    if let Some(default) = &api.auth {
        match default.value.as_str() {
            "none" => {}
            "iam" => {
                auth.insert("DefaultAuthorizer", Expr::from("AWS_IAM").with_span(default.span));
            }
            name => match api.authorizers.as_ref().and_then(|a| a.0.get(name)) {
                Some(found) if found.key.as_ref().is_some_and(|k| k.value) => {
                    auth.insert("ApiKeyRequired", Expr::from(true).with_span(default.span));
                }
                Some(_) => {
                    auth.insert("DefaultAuthorizer", Expr::from(name).with_span(default.span));
                }
                None => unknown(ctx, owner, "auth", default, Some(api)),
            },
        }
    }
    auth
}

/// Reports an authorizer that the API does not have.
pub(super) fn unknown(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: &Spanned<String>,
    api: Option<&Api>,
) {
    let declared = api.iter().flat_map(|a| &a.authorizers).flat_map(|a| a.0.keys());
    let known: Vec<&str> = declared.map(|k| k.name().as_str()).chain(["iam", "none"]).collect();
    let help = match nearest(&given.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is {}", super::sentence(&known, "and")),
    };
    let message = format!("the API has no authorizer `{}`", given.value);
    let finding = Diagnostic::error(codes::UNKNOWN_REFERENCE, message)
        .at(given.span, "not declared under `authorizers`")
        .help(help);
    ctx.report(owner, path, finding);
}

fn lower(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    span: Option<Span>,
    given: &Authorizer,
    is_rest: bool,
) -> Option<Expr> {
    if let Some(pool) = &given.userpool
        && given.jwt.is_none()
        && given.function.is_none()
        && given.key.is_none()
    {
        return by_userpool(ctx, owner, path, pool, given, is_rest);
    }
    let (message, help) = match (&given.jwt, &given.function, &given.key) {
        (Some(jwt), None, None) if !is_rest => {
            let issuer = ctx.text(owner, path, &jwt.issuer);
            let audience: Vec<Expr> = jwt.audience.iter().map(|a| ctx.text(owner, path, a)).collect();
            let configuration = Expr::from([("issuer", issuer), ("audience", audience.into())]);
            return Some(Expr::from([
                ("JwtConfiguration", configuration),
                ("IdentitySource", Expr::from("$request.header.Authorization")),
            ]));
        }
        (Some(_), None, None) => {
            ("`jwt` is for HTTP APIs".to_owned(), "use `userpool` or `function` for a REST API")
        }
        (None, Some(function), None) => return by_function(ctx, owner, path, function, given, is_rest),
        (None, None, Some(key)) if is_rest || !key.value => return None,
        (None, None, Some(_)) => ("API keys are for REST APIs".to_owned(), "write `type: rest` for the API"),
        _ => {
            let message = format!("`{}` must say one way to find out who calls", owner.at(path));
            (message, "give one of `jwt`, `userpool`, `function` and `key`")
        }
    };
    let finding =
        Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message).at(span, "this authorizer").help(help);
    ctx.report(owner, path, finding);
    None
}

/// Users of a pool: of a pool of this file the issuer and its programs are known.
fn by_userpool(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    pool: &Spanned<Reference>,
    given: &Authorizer,
    is_rest: bool,
) -> Option<Expr> {
    let found = ctx.component_of(owner, path, pool, &[Kind::Userpool], "`userpool` of an authorizer")?;
    if is_rest {
        let arn = ctx.needed(owner, path, pool, &found, "arn")?;
        return Some(Expr::from([("UserPoolArn", arn)]));
    }
    let id = ctx.needed(owner, path, pool, &found, "id")?;
    let issuer = join(vec![
        Part::Value(Expr::sub("https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/")),
        Part::Value(id),
    ]);
    let clients = match &given.clients {
        Some(names) => names.iter().map(|n| (n.value.to_string(), n.span)).collect(),
        None => {
            let beginning = format!("{}.", pool.value);
            let all = ctx.components.keys().filter_map(|k| k.strip_prefix(&beginning));
            all.map(|name| (name.to_owned(), pool.span)).collect::<Vec<_>>()
        }
    };
    let mut audience = Vec::new();
    for (name, span) in clients {
        let part = Reference { name: pool.value.name.clone(), part: Some(name) };
        let part = Spanned::new(part, span);
        let client = ctx.component_of(owner, path, &part, &[Kind::Client], "`clients` of an authorizer")?;
        audience.extend(ctx.needed(owner, path, &part, &client, "id"));
    }
    if audience.is_empty() {
        let message = format!("{} has no programs whose tokens could count", pool.value);
        let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
            .at(pool.span, "a pool without clients")
            .label(found.span, format!("{} is declared here", pool.value))
            .help("add `clients` to the pool, as in `clients: {web: {}}`");
        ctx.report(owner, path, finding);
        return None;
    }
    let configuration = Expr::from([("issuer", issuer), ("audience", audience.into())]);
    Some(Expr::from([
        ("JwtConfiguration", configuration),
        ("IdentitySource", Expr::from("$request.header.Authorization")),
    ]))
}

fn by_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    function: &Spanned<Reference>,
    given: &Authorizer,
    is_rest: bool,
) -> Option<Expr> {
    let found = ctx.component_of(owner, path, function, &[Kind::Function], "`function` of an authorizer")?;
    let arn = ctx.needed(owner, path, function, &found, "arn")?;
    let mut made = Map::from([("FunctionArn", arn)]);
    let (mut headers, mut queries) = (Vec::new(), Vec::new());
    for identity in given.identity.iter().flatten() {
        match identity.value.split_once('.') {
            Some(("header", name)) => headers.push(Expr::from(name).with_span(identity.span)),
            Some(("query", name)) => queries.push(Expr::from(name).with_span(identity.span)),
            _ => {
                let message = format!("`{}` is not a part of a request", identity.value);
                let finding = Diagnostic::error(codes::INVALID_VALUE, message)
                    .at(identity.span, "neither a header nor a query")
                    .help("write `header.NAME` or `query.NAME`");
                ctx.report(owner, path, finding);
            }
        }
    }
    if headers.is_empty() && queries.is_empty() {
        headers.push("Authorization".into());
    }
    let mut identity = Map::new();
    for (key, values) in [("Headers", headers), ("QueryStrings", queries)] {
        if !values.is_empty() {
            identity.insert(key, values);
        }
    }
    let ttl = match &given.ttl {
        Some(ttl) => Expr::new(ExprKind::Int(ctx.seconds(owner, path, ttl, "0s", "1h").into()), ttl.span),
        None => 300.into(),
    };
    identity.insert("ReauthorizeEvery", ttl);
    made.insert("Identity", identity);
    if is_rest {
        made.insert("FunctionPayloadType", "REQUEST");
        return Some(made.into());
    }
    let payload = given.payload.as_ref().map_or("2.0", |p| p.value.as_str());
    made.insert("AuthorizerPayloadFormatVersion", payload);
    if payload == "2.0" {
        made.insert("EnableSimpleResponses", given.simple.as_ref().is_none_or(|s| s.value));
    }
    made.insert("EnableFunctionDefaultPermissions", true);
    Some(made.into())
}
