//! `Auth` of a GraphQL API: the authentication of calls, and further ones.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map, Origin};

use super::Api;
use crate::sam::connector;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::properties::{Property, Shape, check, section};

/// The kinds of authentication. Source: AWS AppSync API reference, `authenticationType`.
const KINDS: &[&str] = &["AWS_IAM", "API_KEY", "AWS_LAMBDA", "OPENID_CONNECT", "AMAZON_COGNITO_USER_POOLS"];

const AUTHORIZER: &[Property] = &[
    Property::required("Type", Shape::Enum(KINDS)).literal(),
    Property::optional("LambdaAuthorizer", Shape::PlainMap).literal(),
    Property::optional("OpenIDConnect", Shape::PlainMap).literal(),
    Property::optional("UserPool", Shape::PlainMap).literal(),
];

const AUTH: &[Property] = &[
    AUTHORIZER[0],
    AUTHORIZER[1],
    AUTHORIZER[2],
    AUTHORIZER[3],
    Property::optional("Additional", Shape::ListOf(&Shape::PlainMap)).literal(),
];

/// A kind that needs a configuration: its name, the key of the configuration in SAM, the key in
/// CloudFormation, and what the configuration has.
struct Configured {
    kind: &'static str,
    key: &'static str,
    cloudformation: &'static str,
    table: &'static [Property],
}

const CONFIGURED: [Configured; 3] = [
    Configured {
        kind: "AWS_LAMBDA",
        key: "LambdaAuthorizer",
        cloudformation: "LambdaAuthorizerConfig",
        table: &[
            Property::pass("AuthorizerResultTtlInSeconds"),
            Property::required("AuthorizerUri", Shape::Any),
            Property::pass("IdentityValidationExpression"),
        ],
    },
    Configured {
        kind: "OPENID_CONNECT",
        key: "OpenIDConnect",
        cloudformation: "OpenIDConnectConfig",
        table: &[
            Property::pass("AuthTTL"),
            Property::pass("ClientId"),
            Property::pass("IatTTL"),
            Property::pass("Issuer"),
        ],
    },
    Configured {
        kind: "AMAZON_COGNITO_USER_POOLS",
        key: "UserPool",
        cloudformation: "UserPoolConfig",
        table: &[
            Property::pass("AppIdClientRegex"),
            Property::pass("AwsRegion"),
            Property::pass("DefaultAction"),
            Property::required("UserPoolId", Shape::Any),
        ],
    },
];

/// Sets the authentication of an API; gives the permissions to call the functions that authorize.
pub(super) fn configure(ctx: &mut Expansion<'_>, api: &Api<'_>, made: &mut Map) -> Result<Vec<Generated>> {
    let Some(entry) = api.properties.entry("Auth") else { return Ok(Vec::new()) };
    let Some(auth) = entry.value.as_map() else { return Ok(Vec::new()) };
    let origin = Origin {
        key_span: entry.key_span,
        span: entry.value.span,
        path: format!("{}.Properties.Auth", ctx.current.path),
        ..ctx.current.clone()
    };
    let mut functions = Vec::new();
    ctx.within(origin.clone(), |ctx| {
        check(ctx, auth, AUTH, "Auth")?;
        let (kind, configuration) = authorizer(ctx, auth, "Auth")?;
        made.insert("AuthenticationType", kind);
        if let Some((name, configuration)) = configuration {
            functions.extend(configuration.get("AuthorizerUri").cloned());
            made.insert(name, configuration);
        }
        Ok(())
    })?;
    let additional = auth.get("Additional").and_then(Expr::as_list).unwrap_or_default();
    let mut further = Vec::new();
    for (index, one) in additional.iter().enumerate() {
        let owner = format!("Auth.Additional.{index}");
        let origin = Origin {
            span: one.span,
            key_span: one.span.or(origin.key_span),
            path: format!("{}.Additional.{index}", origin.path),
            ..origin.clone()
        };
        let Some(settings) = one.as_map() else { continue };
        further.push(ctx.within(origin, |ctx| {
            check(ctx, settings, AUTHORIZER, &owner)?;
            let (kind, configuration) = authorizer(ctx, settings, &owner)?;
            let mut provider = Map::from([("AuthenticationType", kind)]);
            if let Some((name, mut configuration)) = configuration {
                functions.extend(configuration.get("AuthorizerUri").cloned());
                // What happens by default is decided by the first authentication alone.
                configuration.remove("DefaultAction");
                provider.insert(name, configuration);
            }
            Ok(Expr::from(provider))
        })?);
    }
    if !further.is_empty() {
        made.insert("AdditionalAuthenticationProviders", further);
    }
    let mut generated = Vec::new();
    for (index, function) in functions.iter().enumerate() {
        generated.extend(permit(ctx, api, index + 1, function)?);
    }
    Ok(generated)
}

type Configuration = Option<(&'static str, Map)>;

/// The kind of one authentication, and its configuration under CloudFormation's name.
fn authorizer(ctx: &mut Expansion<'_>, settings: &Map, owner: &str) -> Result<(Expr, Configuration)> {
    let kind = settings.get("Type").cloned().unwrap_or_else(Expr::null);
    let given: Vec<_> = settings
        .entries()
        .iter()
        .filter(|e| !e.value.is_null() && CONFIGURED.iter().any(|c| *c.key == *e.key))
        .collect();
    if let [first, second, ..] = given.as_slice() {
        return Err(ctx.report(
            Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("{owner} configures both {} and {}", first.key, second.key),
            )
            .at(second.key_span, "one of the two")
            .label(first.key_span, "and the other"),
        ));
    }
    let text = kind.as_str().unwrap_or_default();
    let Some(configured) = CONFIGURED.iter().find(|c| c.kind == text) else { return Ok((kind, None)) };
    let Some(written) = section(ctx, settings, configured.key, configured.table)? else {
        let message = format!("{owner} is of type {text}, and {} is missing", configured.key);
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, message)
                .at(kind.span.or(ctx.current.key_span), format!("needs {}", configured.key)),
        ));
    };
    let mut configuration = written.clone();
    let absent: Vec<_> = written.iter().filter(|(_, v)| v.is_null()).map(|(key, _)| key.clone()).collect();
    absent.iter().for_each(|key| drop(configuration.remove(key)));
    Ok((kind, Some((configured.cloudformation, configuration))))
}

/// The connector that lets the API call a function that authorizes.
fn permit(ctx: &mut Expansion<'_>, api: &Api<'_>, number: usize, function: &Expr) -> Result<Vec<Generated>> {
    let source = Map::from([
        ("Type", Expr::from("AWS::AppSync::GraphQLApi")),
        ("Arn", Expr::reference(api.id)),
        ("ResourceId", api.api_id()),
    ]);
    let destination = Map::from([("Type", Expr::from("AWS::Lambda::Function")), ("Arn", function.clone())]);
    let connection = connector::Connection {
        id: &format!("{}ToLambdaAuthConnector{number}", api.id),
        attributes: &Map::new(),
        depends_on: None,
        permissions: &[Expr::from("Write")],
        permissions_span: None,
    };
    connector::generate(ctx, &connection, &source.into(), &destination.into())
}
