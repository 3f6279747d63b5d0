//! Routes of WebSocket APIs: each a route, an integration with a function, and a permission.

use samc_base::{Diagnostic, LogicalId, Span, codes, nearest};
use samc_ir::{Entry, Expr, Map};

use super::auth::{Auth, Kind};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy, copy_as};

/// The routes with a meaning of their own. Source: API Gateway developer guide, "Develop WebSocket APIs".
const SPECIAL: [&str; 3] = ["$connect", "$disconnect", "$default"];

/// Expands one route: the route first, its integration, its permission.
pub(super) fn expand(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    entry: &Entry,
    stage_name: &Expr,
    auth: Option<&Auth>,
) -> Result<Vec<Generated>> {
    let key = &*entry.key;
    let name = name_part(ctx, id, key, entry.key_span)?;
    let path = format!("{}.Properties.Routes.{key}", ctx.current.path);
    let Some(settings) = entry.value.as_map() else {
        let message =
            format!("the route {key} of {id} is {}, and must be a mapping", entry.value.kind_name());
        let at = entry.value.span.or(entry.key_span);
        return Err(
            ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "not a mapping").path(path))
        );
    };
    let ids = ["Route", "Integration", "Permission"].map(|part| format!("{id}{name}{part}"));
    let Some(function) = settings.get("FunctionArn").cloned() else {
        let message = format!("the route {key} of {id} leads to no function");
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, message)
                .at(entry.key_span, "FunctionArn is missing here")
                .help("write `FunctionArn: !GetAtt Handler.Arn`")
                .path(path),
        ));
    };
    let mut route = Map::from([("RouteKey", Expr::from(key)), ("ApiId", Expr::reference(id))]);
    for name in ["ApiKeyRequired", "ModelSelectionExpression", "OperationName", "RequestModels"] {
        copy(settings, name, &mut route);
    }
    if settings.get("RequestParameters").is_some_and(Expr::is_truthy) {
        if key != "$connect" {
            let message = format!("the route {key} of {id} has RequestParameters, which only $connect takes");
            let at = settings.key_span("RequestParameters").or(entry.key_span);
            return Err(ctx.report(
                Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                    .at(at, "not for this route")
                    .path(path),
            ));
        }
        copy(settings, "RequestParameters", &mut route);
    }
    copy(settings, "RouteResponseSelectionExpression", &mut route);
    let target = vec![Expr::from("integrations"), Expr::reference(ids[1].as_str())];
    route.insert("Target", Expr::join("/", target));
    if let Some(auth) = auth.filter(|_| key == "$connect") {
        route.insert("AuthorizationType", auth.kind.name());
        if auth.kind == Kind::Custom {
            route.insert("AuthorizerId", Expr::reference(Auth::authorizer_id(id)));
        }
    }
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations";
    let mut integration = Map::from([
        ("ApiId", Expr::reference(id)),
        ("IntegrationType", Expr::from("AWS_PROXY")),
        ("IntegrationUri", Expr::sub_with(uri, Map::from([("FunctionArn", function)]))),
    ]);
    copy_as(settings, "IntegrationTimeout", &mut integration, "TimeoutInMillis");
    let arn =
        format!("arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{id}.ApiId}}");
    let source = match stage_name.as_str() {
        Some(stage) => Expr::sub(format!("{arn}/{stage}/{key}")),
        None => Expr::sub_with(
            format!("{arn}/${{__StageName__}}/{key}"),
            Map::from([("__StageName__", stage_name.clone())]),
        ),
    };
    let mut permission = Map::from([("Action", Expr::from("lambda:InvokeFunction"))]);
    copy_as(settings, "FunctionArn", &mut permission, "FunctionName");
    permission.insert("Principal", "apigateway.amazonaws.com");
    permission.insert("SourceArn", source);
    let types = ["AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission"];
    let made = ids.into_iter().zip(types).zip([route, integration, permission]);
    Ok(made
        .map(|((id, kind), properties)| Generated::new(id, kind, properties, ctx.current.clone()))
        .collect())
}

/// What the key of a route adds to logical ids: its letters and digits, the first of them large.
fn name_part(ctx: &mut Expansion<'_>, id: &LogicalId, key: &str, at: Option<Span>) -> Result<String> {
    let plain = if SPECIAL.contains(&key) { &key[1..] } else { key };
    if plain.is_empty() || !plain.chars().all(char::is_alphanumeric) {
        let message =
            format!("the route `{key}` of {id} must be letters and digits, or one of {}", SPECIAL.join(", "));
        let label = nearest(key, SPECIAL)
            .map_or_else(|| "not a route".to_owned(), |n| format!("did you mean `{n}`?"));
        return Err(ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(at, label)));
    }
    let mut letters = plain.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    Ok(first + &letters.as_str().to_lowercase())
}
