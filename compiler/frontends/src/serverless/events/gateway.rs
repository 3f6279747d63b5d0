//! What the APIs of API Gateway have in common: how they call a function, where they answer, who may call
//! through them, and the role with which API Gateway writes logs.

use samc_base::Diagnostics;
use samc_ir::{Expr, Map, Origin};

use crate::serverless::output::Output;
use crate::serverless::resources::section;
use crate::serverless::role::trust;
use crate::serverless::service::{Function, Service};
use crate::serverless::value::{self, given, set};

/// The account's settings of API Gateway, where this service sets them.
const ACCOUNT: &str = "ApiGatewayAccount";

/// The role with which API Gateway writes logs, where this service makes it.
const LOGS_ROLE: &str = "IamRoleApiGatewayLogs";

/// The headers that browsers may send from elsewhere where nothing is said.
pub(super) const CORS_HEADERS: [&str; 7] = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
];

/// The version of Lambda's API with which functions are called, and what is called.
pub(super) const INVOCATIONS: (&str, &str) = ("2015-03-31", "/invocations");

/// The same for functions that answer in parts.
pub(super) const STREAMED_INVOCATIONS: (&str, &str) = ("2021-11-15", "/response-streaming-invocations");

/// The URI by which API Gateway calls the function of an ARN, which is given in parts.
pub(super) fn invocation(target: Vec<Expr>, (version, call): (&str, &str)) -> Expr {
    let mut parts = vec![
        "arn:".into(),
        Expr::reference("AWS::Partition"),
        ":apigateway:".into(),
        Expr::reference("AWS::Region"),
        format!(":lambda:path/{version}/functions/").into(),
    ];
    parts.extend(target);
    parts.push(call.into());
    Expr::join("", parts)
}

/// The ARN of a function in parts, with its alias where there is one.
pub(super) fn target_parts(function: &Function) -> Vec<Expr> {
    let mut parts = vec![Expr::get_att(function.id(), "Arn")];
    if let Some(alias) = function.alias() {
        parts.extend([":".into(), alias.name.into()]);
    }
    parts
}

/// The address of a stage of an API.
pub(super) fn endpoint(scheme: &str, api: Expr, stage: &str) -> Expr {
    Expr::join(
        "",
        vec![
            scheme.into(),
            api,
            ".execute-api.".into(),
            Expr::reference("AWS::Region"),
            ".".into(),
            Expr::reference("AWS::URLSuffix"),
            format!("/{stage}").into(),
        ],
    )
}

/// What permissions name as the source of calls: what is meant of an API, such as `/*`.
pub(super) fn source_arn(api: Expr, meant: &str) -> Expr {
    Expr::join(
        "",
        vec![
            "arn:".into(),
            Expr::reference("AWS::Partition"),
            ":execute-api:".into(),
            Expr::reference("AWS::Region"),
            ":".into(),
            Expr::reference("AWS::AccountId"),
            ":".into(),
            api,
            meant.into(),
        ],
    )
}

/// A permission by which API Gateway calls a function; `source` is the ARN of what calls.
pub(super) fn permission(function: Expr, source: Option<Expr>) -> Map {
    let mut properties = Map::from([
        ("FunctionName", function),
        ("Action", "lambda:InvokeFunction".into()),
        ("Principal", "apigateway.amazonaws.com".into()),
    ]);
    set(&mut properties, "SourceArn", source.as_ref());
    properties
}

/// A digest of all that a deployment of an API holds, so that a change makes another deployment: one that is there
/// does not change. `is_deployed` tells by the id, type and properties what belongs to it. What the author lays over
/// it under `resources` counts as well, and the names of the functions, by which they are called.
pub(super) fn digest<'a>(
    service: &Service,
    functions: impl Iterator<Item = &'a Function>,
    is_deployed: &dyn Fn(&str, &str, &Map) -> bool,
    out: &Output<'_>,
) -> String {
    let empty = Map::new();
    let mut made = Map::new();
    for (id, resource) in &out.graph.resources {
        let properties = resource.properties_map().unwrap_or(&empty);
        if is_deployed(id.as_str(), resource.resource_type.as_str(), properties) {
            made.insert(id.as_str(), properties.clone());
        }
    }
    let mut own = Map::new();
    let sections = section(service, &mut Diagnostics::default());
    for key in ["Resources", "extensions"] {
        for (id, given) in sections.get(key).and_then(Expr::as_map).iter().flat_map(|map| map.iter()) {
            let part = |name: &str| given.as_map().and_then(|map| map.get(name));
            let kind = part("Type").and_then(Expr::as_str).unwrap_or_default();
            let properties = part("Properties").and_then(Expr::as_map).unwrap_or(&empty);
            if made.contains_key(id) || is_deployed(id, kind, properties) {
                own.insert(format!("{key}.{id}"), given.clone());
            }
        }
    }
    let names: Map = functions.map(|function| (function.key.clone(), function.name.clone())).collect();
    let all = Expr::from([("made", made), ("own", own), ("functions", names)]);
    value::digest(&all)
}

/// Adds a log group with the retention of the service.
pub(super) fn log_group(service: &Service, id: &str, name: String, origin: &Origin, out: &mut Output<'_>) {
    let mut properties = Map::from([("LogGroupName", Expr::from(name))]);
    set(&mut properties, "RetentionInDays", given(&service.provider, "logRetentionInDays"));
    set(&mut properties, "DataProtectionPolicy", given(&service.provider, "logDataProtectionPolicy"));
    out.add(id, "AWS::Logs::LogGroup", properties, origin);
}

/// Lets API Gateway write logs: the account names a role for it, once in a region. The framework does that by a
/// function of its own, whose code is not part of samc; here it is done by resources, which stay when the stack
/// goes, as other stacks may log by them.
/// Gives what a stage with logs waits for; nothing where somebody else takes care of the role.
/// Source: lib/plugins/aws/package/compile/events/lib/ensure-api-gateway-cloud-watch-role.js of osls 3.77.1.
pub(super) fn let_write_logs(
    service: &Service,
    api: &str,
    origin: &Origin,
    out: &mut Output<'_>,
) -> Option<&'static str> {
    let setting = |key: &str| service.provider_at(&["logs", "restApi", key]);
    if setting("roleManagedExternally").is_some() {
        return None;
    }
    if out.has(ACCOUNT) {
        return Some(ACCOUNT);
    }
    let role = setting("role").cloned().unwrap_or_else(|| {
        let policy = vec![
            "arn:".into(),
            Expr::reference("AWS::Partition"),
            ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs".into(),
        ];
        let properties = Map::from([
            ("AssumeRolePolicyDocument", trust(&["apigateway.amazonaws.com"])),
            ("ManagedPolicyArns", vec![Expr::join("", policy)].into()),
        ]);
        let resource = out.add(LOGS_ROLE, "AWS::IAM::Role", properties, origin);
        resource.attributes.insert("DeletionPolicy", "Retain");
        resource.attributes.insert("UpdateReplacePolicy", "Retain");
        Expr::get_att(LOGS_ROLE, "Arn")
    });
    let properties = Map::from([("CloudWatchRoleArn", role)]);
    let account = out.add(ACCOUNT, "AWS::ApiGateway::Account", properties, origin);
    account.attributes.insert("DeletionPolicy", "Retain");
    account.attributes.insert("UpdateReplacePolicy", "Retain");
    // An account without any API refuses the setting.
    account.attributes.insert("DependsOn", api);
    Some(ACCOUNT)
}
