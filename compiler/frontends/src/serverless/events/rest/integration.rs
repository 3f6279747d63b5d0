//! What stands behind a method, and how requests and answers are changed on the way. Source:
//! lib/method/integration.js and lib/method/responses.js of the events `api-gateway` of osls 3.77.1.

use std::collections::BTreeMap;

use samc_ir::{Expr, Map, Str};

use super::method::header;
use super::route::{Integration, Route};
use super::{Api, gateway, templates};
use crate::serverless::value::{given, is_true, set};

/// The answers of functions where nothing is said: the status, and what the error of the function matches.
/// Source: DEFAULT_STATUS_CODES of lib/validate.js of the events `api-gateway` of osls 3.77.1.
const STATUSES: [(&str, &str); 9] = [
    ("200", ""),
    ("400", r"[\s\S]*\[400\][\s\S]*"),
    ("401", r"[\s\S]*\[401\][\s\S]*"),
    ("403", r"[\s\S]*\[403\][\s\S]*"),
    ("404", r"[\s\S]*\[404\][\s\S]*"),
    ("422", r"[\s\S]*\[422\][\s\S]*"),
    ("500", r"[\s\S]*(Process\s?exited\s?before\s?completing\s?request|\[500\])[\s\S]*"),
    ("502", r"[\s\S]*\[502\][\s\S]*"),
    ("504", r"([\s\S]*\[504\][\s\S]*)|(.*Task timed out after \d+\.\d+ seconds$)"),
];

/// One answer of a method.
struct Status<'a> {
    code: Str,
    pattern: Expr,
    headers: Option<&'a Map>,
    template: Option<&'a Expr>,
}

/// The integration of a route.
pub(super) fn lower(api: &Api<'_>, route: &Route<'_>) -> Map {
    let kind = route.integration;
    let mut integration = Map::from([("IntegrationHttpMethod", "POST"), ("Type", kind.name())]);
    let timeout = route.setting(&["timeoutInMillis"]).or_else(|| given(api.settings, "timeoutInMillis"));
    set(&mut integration, "TimeoutInMillis", timeout);
    let mode = route.transfer_mode();
    match kind {
        Integration::Aws | Integration::AwsProxy => {
            let is_streamed = mode.as_deref() == Some("STREAM");
            let call = if is_streamed { gateway::STREAMED_INVOCATIONS } else { gateway::INVOCATIONS };
            integration.insert("Uri", gateway::invocation(gateway::target_parts(route.function), call));
        }
        Integration::Http | Integration::HttpProxy => {
            set(&mut integration, "Uri", route.request("uri"));
            let method = route.request("method").and_then(Expr::as_str).map(str::to_uppercase);
            integration.insert("IntegrationHttpMethod", method.as_deref().unwrap_or(route.method));
            if let Some(connection) = route.connection_type() {
                integration.insert("ConnectionType", connection);
                set(&mut integration, "ConnectionId", route.setting(&["connectionId"]));
            }
        }
        Integration::Mock => {}
    }
    if !kind.is_proxy() {
        let default = (kind == Integration::Aws).then(|| Expr::from("NEVER"));
        let pass = route.request("passThrough").cloned().or(default);
        set(&mut integration, "PassthroughBehavior", pass.as_ref());
        set(&mut integration, "ContentHandling", route.request("contentHandling"));
        let templates = templates::requests(route);
        if !templates.is_empty() {
            integration.insert("RequestTemplates", templates);
        }
        integration.insert("IntegrationResponses", responses(route));
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        integration.insert("RequestParameters", parameters);
    }
    if let Some(mode) = mode {
        integration.insert("ResponseTransferMode", Expr::from(mode));
    }
    integration
}

/// Where parameters of the request go, and that the function is not waited for.
fn parameters(route: &Route<'_>) -> Map {
    let mut parameters = Map::new();
    let is_async = route.setting(&["async"]).is_some();
    let is_mapped =
        matches!(route.integration, Integration::Aws | Integration::Http | Integration::HttpProxy);
    if is_mapped || is_async {
        for (name, value) in route.parameters() {
            let mapped = value.as_map().and_then(|map| given(map, "mappedValue")).cloned();
            let to = format!("integration.{}", name.trim_start_matches("method."));
            parameters.insert(to, mapped.unwrap_or_else(|| name.into()));
        }
    }
    if is_async {
        parameters.insert("integration.request.header.X-Amz-Invocation-Type", "'Event'");
    }
    parameters
}

/// The answers of a route, in the order of their codes.
fn statuses<'a>(route: &Route<'a>) -> Vec<Status<'a>> {
    let plain = |(code, pattern): &(&str, &str)| Status {
        code: (*code).into(),
        pattern: (*pattern).into(),
        headers: None,
        template: None,
    };
    let has_response = route.setting(&["response"]).is_some();
    let given_statuses = route.setting(&["response", "statusCodes"]).and_then(Expr::as_map);
    match (route.integration, given_statuses) {
        (Integration::AwsProxy | Integration::HttpProxy, _) => Vec::new(),
        (Integration::Mock, None) if !has_response => Vec::new(),
        // Nothing fails here, and so there is the first alone.
        (Integration::Mock, None) => STATUSES.iter().take(1).map(plain).collect(),
        (_, None) => STATUSES.iter().map(plain).collect(),
        (integration, Some(map)) => {
            let mut statuses: BTreeMap<(u32, Str), Status<'a>> = BTreeMap::new();
            let number = |code: &str| code.parse().unwrap_or(u32::MAX);
            let mut has_usual = false;
            for (code, config) in map.iter() {
                let config = config.as_map();
                let pattern = config.and_then(|config| config.get("pattern"));
                has_usual |= pattern.and_then(Expr::as_str) == Some("");
                let status = Status {
                    code: code.clone(),
                    pattern: pattern.filter(|given| is_true(given)).cloned().unwrap_or_else(|| "".into()),
                    headers: config.and_then(|config| given(config, "headers")).and_then(Expr::as_map),
                    template: config.and_then(|config| given(config, "template")),
                };
                statuses.insert((number(code), code.clone()), status);
            }
            if !has_usual && integration != Integration::Mock {
                let usual = plain(&STATUSES[0]);
                statuses.insert((number(&usual.code), usual.code.clone()), usual);
            }
            statuses.into_values().collect()
        }
    }
}

/// The headers of an answer.
fn headers(route: &Route<'_>, status: &Status<'_>) -> Map {
    let mut headers = route.cors.as_ref().map(super::cors::Cors::answer_headers).unwrap_or_default();
    let common = route.setting(&["response", "headers"]).and_then(Expr::as_map);
    for map in common.into_iter().chain(status.headers) {
        headers.extend(map.entries().iter().cloned());
    }
    headers
}

/// What the method can answer.
pub(super) fn method_responses(route: &Route<'_>) -> Vec<Expr> {
    let one = |status: &Status<'_>| {
        let parameters: Map = headers(route, status).keys().map(|name| (header(name), true)).collect();
        Expr::from([
            ("ResponseParameters", Expr::from(parameters)),
            ("ResponseModels", Map::new().into()),
            ("StatusCode", Expr::from(&status.code)),
        ])
    };
    statuses(route).iter().map(one).collect()
}

/// What becomes of the answers of what stands behind the method.
fn responses(route: &Route<'_>) -> Vec<Expr> {
    let one = |status: &Status<'_>| {
        let parameters: Map =
            headers(route, status).iter().map(|(name, value)| (header(name), value.clone())).collect();
        let mut templates = Map::new();
        set(&mut templates, "application/json", route.setting(&["response", "template"]));
        match status.template.map(|template| (template, template.as_map())) {
            Some((_, Some(map))) => templates.extend(map.entries().iter().cloned()),
            Some((template, None)) => set(&mut templates, "application/json", Some(template)),
            None => {}
        }
        let mut response = Map::from([
            ("StatusCode", Expr::from(&status.code)),
            ("SelectionPattern", status.pattern.clone()),
            ("ResponseParameters", parameters.into()),
            ("ResponseTemplates", templates.into()),
        ]);
        if status.code.starts_with('2') {
            set(&mut response, "ContentHandling", route.setting(&["response", "contentHandling"]));
        }
        response.into()
    };
    statuses(route).iter().map(one).collect()
}
