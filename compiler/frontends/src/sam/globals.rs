//! `Globals`: properties that every resource of a type starts from.

use samc_base::{Diagnostic, codes, nearest};
use samc_ir::{Expr, Kind, Map, Origin, Resource};

use super::expansion::{Expansion, Result};
use super::model::SAM_PREFIX;

/// The sections of Globals and the properties each takes. Source: aws-sam-translator 1.115.0.
const SECTIONS: &[(&str, &[&str])] = &[
    (
        "Api",
        &[
            "Auth",
            "Name",
            "DefinitionUri",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "MergeDefinitions",
            "Variables",
            "EndpointConfiguration",
            "MethodSettings",
            "BinaryMediaTypes",
            "MinimumCompressionSize",
            "Cors",
            "GatewayResponses",
            "AccessLogSetting",
            "CanarySetting",
            "TracingEnabled",
            "OpenApiVersion",
            "Domain",
            "AlwaysDeploy",
            "PropagateTags",
            "SecurityPolicy",
            "EndpointAccessMode",
        ],
    ),
    (
        "CapacityProvider",
        &[
            "VpcConfig",
            "OperatorRole",
            "Tags",
            "InstanceRequirements",
            "ScalingConfig",
            "KmsKeyArn",
            "PropagateTags",
            "LoggingConfig",
            "ManagedResourceTags",
        ],
    ),
    (
        "Function",
        &[
            "Handler",
            "Runtime",
            "CodeUri",
            "DeadLetterQueue",
            "Description",
            "MemorySize",
            "Timeout",
            "VpcConfig",
            "Environment",
            "Tags",
            "PropagateTags",
            "Tracing",
            "KmsKeyArn",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "Layers",
            "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary",
            "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig",
            "AssumeRolePolicyDocument",
            "EventInvokeConfig",
            "FileSystemConfigs",
            "CodeSigningConfigArn",
            "Architectures",
            "SnapStart",
            "EphemeralStorage",
            "FunctionUrlConfig",
            "RuntimeManagementConfig",
            "LoggingConfig",
            "RecursiveLoop",
            "SourceKMSKeyArn",
            "TenancyConfig",
            "DurableConfig",
            "CapacityProviderConfig",
            "FunctionScalingConfig",
            "PublishToLatestPublished",
            "VersionDeletionPolicy",
        ],
    ),
    (
        "HttpApi",
        &[
            "Auth",
            "AccessLogSettings",
            "StageVariables",
            "Tags",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "RouteSettings",
            "FailOnWarnings",
            "PropagateTags",
        ],
    ),
    ("LayerVersion", &["PublishLambdaVersion"]),
    (
        "MicrovmImage",
        &[
            "BuildRoleArn",
            "BaseImageArn",
            "BaseImageVersion",
            "Logging",
            "EgressNetworkConnectors",
            "CpuConfigurations",
            "Resources",
            "AdditionalOsCapabilities",
            "Hooks",
            "EnvironmentVariables",
            "Tags",
            "PropagateTags",
        ],
    ),
    ("NetworkConnector", &["OperatorRole", "Tags", "PropagateTags"]),
    ("SimpleTable", &["SSESpecification"]),
    ("StateMachine", &["PropagateTags"]),
    (
        "WebSocketApi",
        &[
            "AccessLogSettings",
            "ApiKeySelectionExpression",
            "DefaultRouteSettings",
            "DisableExecuteApiEndpoint",
            "DisableSchemaValidation",
            "Domain",
            "FailOnWarnings",
            "IpAddressType",
            "PropagateTags",
            "RouteSelectionExpression",
            "RouteSettings",
            "StageVariables",
            "Tags",
        ],
    ),
];

/// How a property whose values would be joined is merged instead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    /// The resource's own value stands alone.
    Replace,
    /// Only the resource's own keys remain, each merged with the global one of that name.
    OwnKeys,
}

/// The exceptions to joining lists and maps, by section and path.
const STRATEGIES: &[(&str, &str, Strategy)] = &[
    ("Function", "Architectures", Strategy::Replace),
    ("CapacityProvider", "InstanceRequirements.Architectures", Strategy::Replace),
    ("CapacityProvider", "ManagedResourceTags", Strategy::OwnKeys),
];

/// Checks Globals and merges them into each SAM resource. Fails where there is nothing to merge; other
/// faults are reported, and what could be meant is merged, so that one misspelt name does not make
/// every resource look incomplete.
pub(crate) fn apply(ctx: &mut Expansion<'_>, globals: Option<Expr>) -> Result {
    let Some(globals) = globals else { return Ok(()) };
    let sections = check(ctx, &globals)?;
    let ids: Vec<_> = ctx.source.keys().cloned().collect();
    for id in ids {
        let Some(resource) = ctx.source.get(&id) else { continue };
        let name = resource.resource_type.strip_prefix(SAM_PREFIX).unwrap_or_default();
        let Some(section) = sections.entry(name) else { continue };
        let Some(shared) = section.value.as_map() else { continue };
        let resource = resource.clone();
        let (origin, name) = (resource.origin.clone(), name.to_owned());
        let merged: Result<Map> = ctx.within(origin, |ctx| {
            let shared = without_ignored(ctx, &resource, shared)?;
            let own = resource.properties_map().cloned().unwrap_or_default();
            Ok(merge_maps(&shared, own, &name, ""))
        });
        if let Ok(merged) = merged
            && let Some(resource) = ctx.source.get_mut(&id)
        {
            let span = resource.properties.as_ref().and_then(|p| p.span);
            resource.properties = Some(Expr::new(Kind::Map(merged), span));
        }
    }
    Ok(())
}

/// Checks the names of sections and properties; gives the sections, with names that are almost right
/// put right.
fn check(ctx: &mut Expansion<'_>, globals: &Expr) -> Result<Map> {
    let origin = Origin { span: globals.span, path: "Globals".to_owned(), ..Origin::default() };
    ctx.within(origin, |ctx| {
        let Some(sections) = globals.as_map() else {
            return Err(ctx.error(
                codes::WRONG_TYPE,
                format!(
                    "Globals is {}, and must be a mapping of sections such as Function",
                    globals.kind_name()
                ),
                globals.span,
                "not a mapping",
            ));
        };
        let mut known_sections = Map::new();
        for entry in sections.entries() {
            let path = format!("Globals.{}", entry.key);
            let section = |name: &str| SECTIONS.iter().find(|(known, _)| *known == name);
            let Some((name, supported)) = section(&entry.key) else {
                let names = || SECTIONS.iter().map(|(n, _)| *n);
                let all: Vec<_> = names().collect();
                let finding = Diagnostic::error(
                    codes::UNKNOWN_SECTION,
                    format!("Globals has no section `{}`", entry.key),
                )
                .path(path)
                .at(entry.key_span, near_label(&entry.key, names()))
                .help(format!("the sections are {}", all.join(", ")));
                ctx.report(finding);
                if let Some(near) = nearest(&entry.key, names())
                    && !sections.contains_key(near)
                {
                    known_sections.insert_spanned(near, entry.key_span, entry.value.clone());
                }
                continue;
            };
            let Some(properties) = entry.value.as_map() else {
                let message = format!("Globals.{name} is {}, and must be a mapping", entry.value.kind_name());
                ctx.report(
                    Diagnostic::error(codes::WRONG_TYPE, message)
                        .path(path)
                        .at(entry.value.span.or(entry.key_span), "not a mapping"),
                );
                continue;
            };
            let mut known = properties.clone();
            for property in properties.entries().iter().filter(|p| !supported.contains(&&*p.key)) {
                let finding = Diagnostic::error(
                    codes::UNKNOWN_PROPERTY,
                    format!("`{}` cannot be set for every {name} in Globals", property.key),
                )
                .path(format!("{path}.{}", property.key));
                let near = nearest(&property.key, supported.iter().copied());
                known.remove(&property.key);
                ctx.report(match near {
                    Some(near) => {
                        if !known.contains_key(near) {
                            known.insert_spanned(near, property.key_span, property.value.clone());
                        }
                        finding.at(property.key_span, format!("did you mean `{near}`?")).respell(
                            property.key_span,
                            &property.key,
                            supported.iter().copied(),
                        )
                    }
                    None => finding
                        .at(property.key_span, "not for all at once")
                        .help(format!("set it on each {name} that needs it")),
                });
            }
            known_sections.insert_spanned(
                *name,
                entry.key_span,
                Expr::new(Kind::Map(known), entry.value.span),
            );
        }
        Ok(known_sections)
    })
}

fn near_label<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(|| "not known here".to_owned(), |n| format!("did you mean `{n}`?"))
}

/// The global properties without those that the resource's `IgnoreGlobals` names.
fn without_ignored(ctx: &mut Expansion<'_>, resource: &Resource, shared: &Map) -> Result<Map> {
    let Some(ignored) = resource.attributes.get("IgnoreGlobals").filter(|i| i.is_truthy()) else {
        return Ok(shared.clone());
    };
    if ignored.as_str() == Some("*") {
        return Ok(Map::new());
    }
    let bad = |ctx: &mut Expansion<'_>, at: &Expr, message: String| {
        ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, message)
                .at(at.span, "not a property in Globals")
                .help("give \"*\" or a list of property names that stand in Globals for this type"),
        )
    };
    let Some(names) = ignored.as_list() else {
        return Err(bad(ctx, ignored, "IgnoreGlobals must be \"*\" or a list of property names".to_owned()));
    };
    let mut kept = shared.clone();
    // A name that is not there takes nothing away: the resource is expanded with all the rest.
    let path = format!("{}.IgnoreGlobals", ctx.current.path);
    ctx.within(Origin { path, ..ctx.current.clone() }, |ctx| {
        for name in names {
            if name.as_str().is_none_or(|n| kept.remove(n).is_none()) {
                let shown = name.as_str().unwrap_or("a value that is not text");
                bad(ctx, name, format!("IgnoreGlobals names {shown}, which Globals does not set"));
            }
        }
    });
    Ok(kept)
}

/// Global values first, then the resource's own, which win.
fn merge_maps(shared: &Map, own: Map, section: &str, path: &str) -> Map {
    let mut merged = shared.clone();
    for entry in own {
        let value = match shared.get(&entry.key) {
            Some(global) => merge(global, entry.value, section, &join(path, &entry.key)),
            None => entry.value,
        };
        merged.insert_spanned(entry.key, entry.key_span, value);
    }
    merged
}

fn merge(global: &Expr, own: Expr, section: &str, path: &str) -> Expr {
    let strategy = STRATEGIES.iter().find(|(s, p, _)| *s == section && *p == path).map(|(_, _, s)| *s);
    let Expr { kind, span } = own;
    let kind = match (&global.kind, kind) {
        (Kind::Map(global), Kind::Map(own)) => Kind::Map(match strategy {
            Some(Strategy::Replace) => own,
            Some(Strategy::OwnKeys) if !own.is_empty() => own_keys(global, own, section, path),
            _ => merge_maps(global, own, section, path),
        }),
        (Kind::List(global), Kind::List(own)) if strategy != Some(Strategy::Replace) => {
            Kind::List(global.iter().cloned().chain(own).collect())
        }
        // An intrinsic function counts as a single value: the resource's own wins.
        (_, own) => own,
    };
    Expr { kind, span }
}

fn own_keys(global: &Map, own: Map, section: &str, path: &str) -> Map {
    let mut merged = Map::new();
    for entry in own {
        let value = match global.get(&entry.key) {
            Some(shared) => merge(shared, entry.value, section, &join(path, &entry.key)),
            None => entry.value,
        };
        merged.insert_spanned(entry.key, entry.key_span, value);
    }
    merged
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
