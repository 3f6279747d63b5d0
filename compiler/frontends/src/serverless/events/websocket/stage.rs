//! The stage with its logs, and the deployment of the routes to it.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::routes::Route;
use super::{Api, gateway};
use crate::serverless::names::WEBSOCKET_API;
use crate::serverless::output::Output;
use crate::serverless::value::{given, is_true};

/// The stage.
const STAGE: &str = "WebsocketsDeploymentStage";

/// The log group of accesses.
const LOG_GROUP: &str = "WebsocketsLogGroup";

/// What a line about an access holds where nothing is said.
const ACCESS_LOG: &str = "$context.identity.sourceIp $context.identity.caller $context.identity.user \
    [$context.requestTime] \"$context.eventType $context.routeKey $context.connectionId\" $context.requestId";

/// How much of an execution can be logged; the first where nothing is said.
const LEVELS: [&str; 2] = ["INFO", "ERROR"];

/// What a deployment holds beside the API itself.
const DEPLOYED: [&str; 4] = [
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Authorizer",
];

/// Adds the stage, and what its logs need.
pub(super) fn make(api: &Api<'_>, out: &mut Output<'_>) {
    let service = api.service;
    let mut properties = Map::from([
        ("ApiId", api.id()),
        ("StageName", service.stage.as_str().into()),
        ("Description", api.description()),
    ]);
    let mut waits_for = None;
    if let Some(logs) = service.provider_at(&["logs", "websocket"]) {
        let empty = Map::new();
        logging(api, logs.as_map().unwrap_or(&empty), &mut properties, out);
        let group = format!("/aws/websocket/{}", service.prefix());
        gateway::log_group(service, LOG_GROUP, group, &api.origin, out);
        waits_for = gateway::let_write_logs(service, WEBSOCKET_API, &api.origin, out);
    }
    let stage = out.add(STAGE, "AWS::ApiGatewayV2::Stage", properties, &api.origin);
    // A stage that logs is refused while the account has no role for it.
    if let Some(account) = waits_for {
        stage.attributes.insert("DependsOn", account);
    }
}

fn logging(api: &Api<'_>, logs: &Map, properties: &mut Map, out: &mut Output<'_>) {
    let or_true =
        |key: &str| logs.get(key).filter(|given| !given.is_null()).cloned().unwrap_or_else(|| true.into());
    let level = match given(logs, "level") {
        _ if !is_true(&or_true("executionLogging")) => "OFF".into(),
        Some(level) => {
            if level.as_str().is_some_and(|level| !LEVELS.contains(&level)) {
                let text = level.as_str().unwrap_or_default();
                out.error(
                    codes::INVALID_VALUE,
                    &api.origin,
                    format!("`provider.logs.websocket.level` is {text}, and must be INFO or ERROR"),
                    level.span,
                    "not a level",
                    "write `level: ERROR`, or `executionLogging: false` for none",
                );
            }
            level.clone()
        }
        None => LEVELS[0].into(),
    };
    properties.insert(
        "DefaultRouteSettings",
        Map::from([("DataTraceEnabled", or_true("fullExecutionData")), ("LoggingLevel", level)]),
    );
    if is_true(&or_true("accessLogging")) {
        let group = format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{LOG_GROUP}}}"
        );
        let format = given(logs, "format").cloned().unwrap_or_else(|| ACCESS_LOG.into());
        let settings = Map::from([("DestinationArn", Expr::sub(group)), ("Format", format)]);
        properties.insert("AccessLogSettings", settings);
    }
}

/// Adds the deployment, and the address it answers at.
pub(super) fn deploy(api: &Api<'_>, routes: &[Route<'_>], out: &mut Output<'_>) {
    let service = api.service;
    let functions = routes.iter().map(|route| route.function);
    let id = api.id();
    let is_deployed = |name: &str, kind: &str, properties: &Map| {
        name == WEBSOCKET_API || (DEPLOYED.contains(&kind) && properties.get("ApiId") == Some(&id))
    };
    let deployment =
        format!("WebsocketsDeployment{}", gateway::digest(service, functions, &is_deployed, out));
    let mut properties = Map::from([("ApiId", api.id()), ("Description", api.description())]);
    if api.external().is_some() {
        properties.insert("StageName", service.stage.as_str());
    }
    let resource = out.add(deployment.as_str(), "AWS::ApiGatewayV2::Deployment", properties, &api.origin);
    let depends_on: Vec<Expr> = routes.iter().flat_map(Route::ids).map(Expr::from).collect();
    resource.attributes.insert("DependsOn", depends_on);
    let url = gateway::endpoint("wss://", api.id(), &service.stage);
    out.output("ServiceEndpointWebsocket", "URL of the service endpoint", url);
    if let Some(stage) = out.properties(STAGE) {
        stage.insert("DeploymentId", Expr::reference(deployment));
    }
}
