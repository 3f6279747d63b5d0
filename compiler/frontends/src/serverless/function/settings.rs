//! Properties of a function that its settings, or those of the provider, become.

use samc_base::codes;
use samc_ir::{Expr, Kind, Map};

use crate::serverless::output::Output;
use crate::serverless::service::{Function, Service};
use crate::serverless::value::{given, given_at, is_true, listed, merge_maps, set, tags};

/// MiB of memory where nothing is said. Source: functions.js of osls 3.77.1, as for the time-out.
const MEMORY: i64 = 1024;

/// Seconds a function may run where nothing is said.
const TIMEOUT: i64 = 6;

/// Properties that ask for nothing else.
pub(super) fn plain(service: &Service, function: &Function, properties: &mut Map) {
    let own = &function.settings;
    properties.insert("FunctionName", function.name.clone());
    let either = |key: &str| service.setting(function, key).cloned();
    properties.insert("MemorySize", either("memorySize").unwrap_or_else(|| MEMORY.into()));
    properties.insert("Timeout", either("timeout").unwrap_or_else(|| TIMEOUT.into()));
    if let Some(architecture) = either("architecture") {
        properties.insert("Architectures", vec![architecture]);
    }
    set(properties, "Description", given(own, "description"));
    if given(own, "snapStart").is_some() {
        properties.insert("SnapStart", Map::from([("ApplyOn", "PublishedVersions")]));
    }
    let both = both(service, function, "tags");
    if let Some(both) = both {
        properties.insert("Tags", tags(&both));
    }
    if let Some(size) = given(own, "ephemeralStorageSize") {
        properties.insert("EphemeralStorage", Map::from([("Size", size.clone())]));
    }
    set(properties, "RecursiveLoop", given(own, "recursiveLoop"));
    if let Some(variables) = self::both(service, function, "environment") {
        properties.insert("Environment", Map::from([("Variables", variables)]));
    }
    set(properties, "ReservedConcurrentExecutions", own.get("reservedConcurrency").filter(|n| !n.is_null()));
    set(properties, "Layers", service.setting(function, "layers"));
    let logs = given(own, "logs").or_else(|| service.provider_at(&["logs", "lambda"])).and_then(Expr::as_map);
    if let Some(logs) = logs {
        let mut config = Map::new();
        for (key, property) in [
            ("applicationLogLevel", "ApplicationLogLevel"),
            ("logFormat", "LogFormat"),
            ("logGroup", "LogGroup"),
            ("systemLogLevel", "SystemLogLevel"),
        ] {
            set(&mut config, property, given(logs, key));
        }
        if !config.is_empty() {
            properties.insert("LoggingConfig", config);
        }
    }
}

/// A mapping of the provider with that of the function over it; none where neither has one.
fn both(service: &Service, function: &Function, key: &str) -> Option<Map> {
    let of = |map: &Map| given(map, key).and_then(Expr::as_map).cloned();
    match (of(&service.provider), of(&function.settings)) {
        (Some(mut all), Some(own)) => {
            all.extend(own);
            Some(all)
        }
        (all, own) => own.or(all),
    }
}

/// When Lambda changes the runtime of the function to a newer one.
pub(super) fn runtime_management(service: &Service, function: &Function, properties: &mut Map) {
    let mut both = Map::new();
    for settings in [&service.provider, &function.settings] {
        let Some(given) = given(settings, "runtimeManagement") else { continue };
        match &given.kind {
            Kind::Map(map) => merge_maps(&mut both, map.clone()),
            _ => {
                both.insert("mode", given.clone());
            }
        }
    }
    let mode = match both.get("mode").and_then(Expr::as_str) {
        Some("onFunctionUpdate") => "FunctionUpdate",
        Some("manual") => "Manual",
        _ => return,
    };
    let mut config = Map::from([("UpdateRuntimeOn", Expr::from(mode))]);
    if mode == "Manual" {
        set(&mut config, "RuntimeVersionArn", both.get("arn"));
    }
    properties.insert("RuntimeManagementConfig", config);
}

/// Properties for which the role of the service has to allow something.
pub(super) fn with_grants(
    service: &Service,
    function: &Function,
    properties: &mut Map,
    out: &mut Output<'_>,
) {
    if let Some(arn) = given(&function.settings, "onError") {
        properties.insert("DeadLetterConfig", Map::from([("TargetArn", arn.clone())]));
        if arn.as_str().is_some() {
            out.allow(&["sns:Publish"], vec![arn.clone()]);
        }
    }
    if let Some(key) = service.setting(function, "kmsKeyArn") {
        properties.insert("KmsKeyArn", key.clone());
        if key.as_str().is_some() {
            out.allow_once(&["kms:Decrypt"], vec![key.clone()]);
        }
    }
    let tracing =
        given(&function.settings, "tracing").or_else(|| service.provider_at(&["tracing", "lambda"]));
    if let Some(tracing) = tracing {
        let mode = if tracing.as_bool().is_some() { Expr::from("Active") } else { tracing.clone() };
        properties.insert("TracingConfig", Map::from([("Mode", mode)]));
        out.allow_once(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], vec![Expr::from("*")]);
    }
}

/// The network of a function, and the file system that is mounted through it.
pub(super) fn network(service: &Service, function: &Function, properties: &mut Map, out: &mut Output<'_>) {
    let own = function.settings.get("vpc");
    // `vpc: null` and `vpc: false` keep the function out of the network of the provider.
    if own.is_none_or(is_true) {
        let part = |key: &str| {
            given_at(&function.settings, &["vpc", key]).or_else(|| service.provider_at(&["vpc", key]))
        };
        if let (Some(groups), Some(subnets)) = (part("securityGroupIds"), part("subnetIds")) {
            let mut config =
                Map::from([("SecurityGroupIds", listed(groups)), ("SubnetIds", listed(subnets))]);
            // Where the function says nothing, what the provider says stands, `false` as well.
            let provider = service.provider.get("vpc").and_then(Expr::as_map);
            let dual = part("ipv6AllowedForDualStack")
                .or_else(|| provider?.get("ipv6AllowedForDualStack").filter(|dual| !dual.is_null()));
            set(&mut config, "Ipv6AllowedForDualStack", dual);
            properties.insert("VpcConfig", config);
        } else if let Some(call) =
            [own, service.provider.get("vpc")].into_iter().flatten().find(|vpc| vpc.is_call())
        {
            properties.insert("VpcConfig", call.clone());
        }
    }
    let Some(system) = given(&function.settings, "fileSystemConfig").and_then(Expr::as_map) else { return };
    if !properties.contains_key("VpcConfig") {
        out.error(
            codes::MISSING_PROPERTY,
            &function.origin,
            format!("the function {} mounts a file system and is in no VPC", function.key),
            function.settings.key_span("fileSystemConfig"),
            "reached through a VPC only",
            "add `vpc` with securityGroupIds and subnetIds, here or in `provider`",
        );
        return;
    }
    let arn = system.get("arn").cloned().unwrap_or_else(Expr::null);
    out.allow(&["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], vec![arn.clone()]);
    let mut config = Map::from([("Arn", arn)]);
    set(&mut config, "LocalMountPath", system.get("localMountPath"));
    properties.insert("FileSystemConfigs", vec![Expr::from(config)]);
}
