//! The URL of a function.

use samc_ir::{Expr, Map};

use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::Function;
use crate::serverless::value::{given, set};

/// What `cors: true` lets through. Source: functions.js of osls 3.77.1.
const HEADERS: [&str; 6] =
    ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amzn-Trace-Id"];

/// Adds the URL, and who may call it.
pub(super) fn lower(function: &Function, out: &mut Output<'_>) {
    let Some(settings) = given(&function.settings, "url") else { return };
    let empty = Map::new();
    let settings = settings.as_map().unwrap_or(&empty);
    let is_closed = settings.get("authorizer").and_then(Expr::as_str) == Some("aws_iam");
    let auth = if is_closed { "AWS_IAM" } else { "NONE" };
    let mut properties =
        Map::from([("AuthType", Expr::from(auth)), ("TargetFunctionArn", function.target())]);
    if let Some(given) = given(settings, "cors") {
        properties.insert("Cors", cors(given.as_map().unwrap_or(&empty)));
    }
    if settings.get("invokeMode").and_then(Expr::as_str) == Some("RESPONSE_STREAM") {
        properties.insert("InvokeMode", "RESPONSE_STREAM");
    }
    let key = normalized(&function.key);
    let id = format!("{key}LambdaFunctionUrl");
    add(function, out, &id, "AWS::Lambda::Url", properties);
    out.output(id.as_str(), "Lambda Function URL", Expr::get_att(id.as_str(), "FunctionUrl"));
    if is_closed {
        return;
    }
    let permission = |action: &str, name: &str, value: Expr| {
        Map::from([
            ("FunctionName", function.target()),
            ("Action", action.into()),
            ("Principal", "*".into()),
            (name, value),
        ])
    };
    let open = permission("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", auth.into());
    add(function, out, &format!("{key}LambdaPermissionFnUrl"), "AWS::Lambda::Permission", open);
    let invoke = permission("lambda:InvokeFunction", "InvokedViaFunctionUrl", true.into());
    add(function, out, &format!("{key}LambdaPermissionFn"), "AWS::Lambda::Permission", invoke);
}

fn add(function: &Function, out: &mut Output<'_>, id: &str, resource_type: &str, properties: Map) {
    let resource = out.add(id, resource_type, properties, &function.origin);
    if let Some(alias) = function.target_depends_on() {
        resource.attributes.insert("DependsOn", alias);
    }
}

fn cors(settings: &Map) -> Map {
    let texts = |list: &[&str]| Expr::from(list.iter().map(|text| Expr::from(*text)).collect::<Vec<_>>());
    let mut cors = Map::new();
    set(&mut cors, "AllowCredentials", given(settings, "allowCredentials"));
    for (key, property, default) in [
        ("allowedHeaders", "AllowHeaders", texts(&HEADERS)),
        ("allowedMethods", "AllowMethods", texts(&["*"])),
        ("allowedOrigins", "AllowOrigins", texts(&["*"])),
    ] {
        match settings.get(key) {
            // `null` leaves the default out.
            Some(value) if value.is_null() => {}
            Some(value) => {
                cors.insert(property, unique(value));
            }
            None => {
                cors.insert(property, default);
            }
        }
    }
    if let Some(exposed) = given(settings, "exposedResponseHeaders") {
        cors.insert("ExposeHeaders", unique(exposed));
    }
    set(&mut cors, "MaxAge", settings.get("maxAge"));
    cors
}

/// A list with each item once.
fn unique(value: &Expr) -> Expr {
    let Some(items) = value.as_list() else { return value.clone() };
    let mut once: Vec<Expr> = Vec::new();
    for item in items {
        if !once.contains(item) {
            once.push(item.clone());
        }
    }
    Expr::from(once).with_span(value.span)
}
