//! `DeploymentPreference`: gradual deployments by CodeDeploy.

use std::borrow::Cow;

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function, Kind, Map, Origin};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::intrinsics::{as_keys, is_if};
use crate::sam::properties::warn_of_dropped_call;
use crate::sam::{arn, policy_documents, tags};

/// Logical id of the one CodeDeploy application of a template.
const APPLICATION: &str = "ServerlessDeploymentApplication";
/// Logical id of CodeDeploy's role.
const ROLE: &str = "CodeDeployServiceRole";
/// Name of the condition under which any function is deployed gradually.
const CONDITION: &str = "ServerlessCodeDeployCondition";

/// Deployment configurations that CodeDeploy has ready for Lambda, without their common prefix.
/// Source: AWS CodeDeploy User Guide, "Working with deployment configurations".
const PREDEFINED: [&str; 9] = [
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
];

/// One function's preference, with everything known that its deployment group needs.
#[derive(Debug, Clone)]
pub(crate) struct Preference {
    deployment_type: Expr,
    alarms: Option<Expr>,
    role: Option<Expr>,
    triggers: Option<Expr>,
    condition: Option<Expr>,
    tags: Option<Map>,
    origin: Origin,
}

/// The enabled preferences of a template by function, and whether there are others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deployments {
    enabled: IndexMap<LogicalId, Preference>,
}

/// Notes a function's preference, and gives its alias the update policy.
pub(super) fn add(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    passthrough: &Map,
    alias: Option<&mut Generated>,
) -> Result {
    let Some(given) = properties.get("DeploymentPreference").filter(|p| p.is_truthy()) else { return Ok(()) };
    let empty = Map::new();
    let preference = given.as_map().unwrap_or(&empty);
    let path = format!("{}.DeploymentPreference", ctx.current.path);
    let place = properties.key_span("DeploymentPreference");
    let known = |ctx: &mut Expansion<'_>, name: &str| {
        preference.get(name).map(|value| {
            let value = ctx.resolve(value);
            ctx.resolve_mappings(&value)
        })
    };
    let passthrough_condition = match known(ctx, "PassthroughCondition") {
        Some(value) => to_bool(ctx, &value, &path)?,
        None => false,
    };
    let enabled = known(ctx, "Enabled").unwrap_or_else(|| true.into());
    if !enabled.is_truthy() || matches!(enabled.as_str(), Some("false" | "False")) {
        return Ok(());
    }
    let Some(deployment_type) = known(ctx, "Type") else {
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, "DeploymentPreference needs Type")
                .at(place, "Type is missing")
                .help(format!("for example {}", PREDEFINED[0]))
                .path(path),
        ));
    };
    let hooks = preference.get("Hooks");
    let empty_hooks = Map::new();
    let hooks = match hooks {
        None => &empty_hooks,
        Some(hooks) => match hooks.as_map() {
            Some(map) => map,
            None if hooks.is_call() => {
                let name = "Hooks of DeploymentPreference";
                warn_of_dropped_call(ctx, hooks, name, format!("{path}.Hooks"));
                &empty_hooks
            }
            None => {
                return Err(ctx.report(
                    Diagnostic::error(codes::WRONG_TYPE, "Hooks of DeploymentPreference must be a mapping")
                        .at(hooks.span.or(place), "not a mapping of PreTraffic and PostTraffic")
                        .path(format!("{path}.Hooks")),
                ));
            }
        },
    };
    let given = |name: &str| preference.get(name).filter(|v| v.is_truthy()).cloned();
    let propagated = properties.get("PropagateTags").is_some_and(Expr::is_truthy);
    let made = Preference {
        deployment_type,
        alarms: given("Alarms").filter(|a| !a.is_no_value()),
        role: given("Role"),
        triggers: given("TriggerConfigurations"),
        condition: passthrough.get("Condition").filter(|_| passthrough_condition).cloned(),
        tags: properties
            .get("Tags")
            .and_then(as_keys)
            .filter(|tags| propagated && !tags.is_empty())
            .map(Cow::into_owned),
        origin: ctx.current.clone(),
    };
    check_alarms(ctx, &made)?;
    ctx.deployments.enabled.insert(id.clone(), made);
    let Some(alias) = alias else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                "a gradual deployment shifts an alias from version to version: set AutoPublishAlias as well",
            )
            .at(place, "needs AutoPublishAlias")
            .path(path),
        ));
    };
    let mut update = Map::from([
        ("ApplicationName", Expr::reference(APPLICATION)),
        ("DeploymentGroupName", Expr::reference(format!("{id}DeploymentGroup"))),
    ]);
    for (hook, name) in [("PreTraffic", "BeforeAllowTrafficHook"), ("PostTraffic", "AfterAllowTrafficHook")] {
        if let Some(hook) = hooks.get(hook).filter(|h| !h.is_null()) {
            update.insert(name, hook.clone());
        }
    }
    alias.resource.attributes.insert("UpdatePolicy", Expr::from([("CodeDeployLambdaAliasUpdate", update)]));
    Ok(())
}

fn to_bool(ctx: &mut Expansion<'_>, value: &Expr, path: &str) -> Result<bool> {
    match (&value.kind, value.as_str()) {
        (Kind::Bool(b), _) => Ok(*b),
        (Kind::Int(i @ (0 | 1)), _) => Ok(*i == 1),
        (_, Some("true" | "True")) => Ok(true),
        (_, Some("false" | "False")) => Ok(false),
        _ => Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "PassthroughCondition must be true or false")
                .at(value.span, "not known to be true or false at compile time")
                .help("only Ref of a parameter and Fn::FindInMap may stand for the value")
                .path(format!("{path}.PassthroughCondition")),
        )),
    }
}

fn check_alarms(ctx: &mut Expansion<'_>, preference: &Preference) -> Result {
    let Some(alarms) = &preference.alarms else { return Ok(()) };
    let lists: Vec<&Expr> = match alarms.as_if() {
        Some((_, then, otherwise)) => vec![then, otherwise],
        None if is_if(alarms) => Vec::new(),
        None => vec![alarms],
    };
    let bad = if lists.is_empty() { Some(alarms) } else { lists.into_iter().find(|l| l.as_list().is_none()) };
    let Some(bad) = bad else { return Ok(()) };
    Err(ctx.report(
        Diagnostic::error(codes::WRONG_TYPE, "Alarms of DeploymentPreference must be a list of alarm names")
            .at(bad.span, format!("this is {}", bad.kind_name()))
            .path(format!("{}.DeploymentPreference.Alarms", ctx.current.path)),
    ))
}

/// Emits the application, the role and a deployment group for each function.
pub(crate) fn emit_all(ctx: &mut Expansion<'_>) {
    let enabled = std::mem::take(&mut ctx.deployments.enabled);
    let Some(first) = enabled.values().next() else { return };
    let shared_origin = first.origin.clone();
    let condition = shared_condition(ctx, &enabled);
    let mut shared_tags = Map::new();
    for preference in enabled.values() {
        shared_tags.extend(preference.tags.iter().flat_map(|t| t.entries().iter().cloned()));
    }
    let finish = |mut generated: Generated| {
        if !shared_tags.is_empty() {
            generated.properties().insert("Tags", tags::tag_list(&shared_tags));
        }
        match &condition {
            Some(condition) => generated.attribute("Condition", condition.clone()),
            None => generated,
        }
    };
    let application = Map::from([("ComputePlatform", "Lambda")]);
    let application =
        Generated::new(APPLICATION, "AWS::CodeDeploy::Application", application, shared_origin.clone());
    ctx.output.insert(application.id.clone(), finish(application).resource);
    if enabled.values().any(|p| p.role.is_none()) {
        let policy = match ctx.options.partition() {
            "aws-iso" | "aws-iso-b" => "service-role/AWSCodeDeployRoleForLambdaLimited",
            _ => "service-role/AWSCodeDeployRoleForLambda",
        };
        let role = Map::from([
            ("AssumeRolePolicyDocument", policy_documents::assume_role("codedeploy.amazonaws.com")),
            ("ManagedPolicyArns", Expr::from([Expr::from(arn::managed_policy(ctx, policy))])),
        ]);
        let role = Generated::new(ROLE, "AWS::IAM::Role", role, shared_origin);
        ctx.output.insert(role.id.clone(), finish(role).resource);
    }
    for (id, preference) in &enabled {
        let group = deployment_group(id, preference);
        ctx.output.insert(group.id.clone(), group.resource);
    }
}

/// The condition of what all functions share: none if any function has none.
fn shared_condition(ctx: &mut Expansion<'_>, enabled: &IndexMap<LogicalId, Preference>) -> Option<Expr> {
    let mut conditions: Vec<&Expr> = Vec::new();
    for preference in enabled.values() {
        let condition = preference.condition.as_ref()?;
        if !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    if let [only] = conditions.as_slice() {
        return Some((*only).clone());
    }
    let mut names: Vec<&str> = conditions.iter().filter_map(|c| c.as_str()).collect();
    names.sort_unstable();
    for (name, value) in crate::sam::conditions::any_of(&names, CONDITION) {
        ctx.add_condition(&name, value);
    }
    Some(CONDITION.into())
}

fn deployment_group(id: &LogicalId, preference: &Preference) -> Generated {
    let mut made = Map::new();
    if let Some(alarms) = &preference.alarms {
        let configuration = match alarms.as_if() {
            Some((condition, then, otherwise)) => {
                Expr::if_else(condition.clone(), alarm_configuration(then), alarm_configuration(otherwise))
            }
            None => alarm_configuration(alarms),
        };
        made.insert("AlarmConfiguration", configuration);
    }
    made.insert("ApplicationName", Expr::reference(APPLICATION));
    let events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    made.insert(
        "AutoRollbackConfiguration",
        [("Enabled", Expr::from(true)), ("Events", Expr::from(events.map(Expr::from)))],
    );
    let mut name = preference.deployment_type.clone();
    replace_predefined(&mut name, false);
    if !name.is_null() {
        made.insert("DeploymentConfigName", name);
    }
    made.insert(
        "DeploymentStyle",
        [("DeploymentType", "BLUE_GREEN"), ("DeploymentOption", "WITH_TRAFFIC_CONTROL")],
    );
    made.insert("ServiceRoleArn", preference.role.clone().unwrap_or_else(|| Expr::get_att(ROLE, "Arn")));
    if let Some(triggers) = &preference.triggers {
        made.insert("TriggerConfigurations", triggers.clone());
    }
    if let Some(tags) = &preference.tags {
        made.insert("Tags", tags::tag_list(tags));
    }
    let group = Generated::new(
        format!("{id}DeploymentGroup"),
        "AWS::CodeDeploy::DeploymentGroup",
        made,
        preference.origin.clone(),
    );
    match &preference.condition {
        Some(condition) => group.attribute("Condition", condition.clone()),
        None => group,
    }
}

fn alarm_configuration(alarms: &Expr) -> Expr {
    let alarms = alarms.as_list().unwrap_or_default();
    if alarms.first().is_none_or(Expr::is_no_value) {
        return Map::new().into();
    }
    let named: Vec<Expr> = alarms.iter().map(|a| Expr::from([("Name", a.clone())])).collect();
    Expr::from([("Enabled", Expr::from(true)), ("Alarms", named.into())])
}

/// Puts CodeDeploy's prefix before the names of its own configurations, also inside intrinsic
/// functions; directly in an `Fn::Sub` only the list is needed.
fn replace_predefined(value: &mut Expr, inside_sub: bool) {
    match &mut value.kind {
        Kind::List(items) => items.iter_mut().for_each(|i| replace_predefined(i, false)),
        Kind::Call(function, argument) => replace_predefined(argument, *function == Function::Sub),
        Kind::String(name) if PREDEFINED.contains(&&**name) => {
            let parts = [
                Expr::from("CodeDeployDefault.Lambda${ConfigName}"),
                Expr::from([("ConfigName", Expr::from(&*name).with_span(value.span))]),
            ];
            let new = if inside_sub { Expr::from(parts) } else { Expr::call(Function::Sub, parts) };
            *value = new.with_span(value.span);
        }
        _ => {}
    }
}
