//! `deploy` of functions: the alias that callers use, and the steps in which it moves to a new version.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Deploy, Duration, Function, Kind, Name, Percent, Reference, Strategy};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::role;

/// The application of CodeDeploy that SAM makes for all functions of a template.
const APPLICATION: &str = "ServerlessDeploymentApplication";

/// The minutes for which CodeDeploy has a canary of ten per cent. Source: "Deployment configurations on an
/// AWS Lambda compute platform" in its user guide.
const CANARIES: [u64; 4] = [5, 10, 15, 30];
/// The minutes for which it has linear steps of ten per cent.
const LINEARS: [u64; 4] = [1, 2, 3, 10];

/// Sets the alias and the preference of a function.
pub(super) fn for_function(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    function: &Function,
    properties: &mut Map,
) {
    let Some(Spanned { value: deploy, span }) = &function.deploy else { return };
    let alias = match &deploy.alias {
        Some(alias) => Expr::from(alias.value.as_str()).with_span(alias.span),
        None => Expr::from("live").with_span(*span),
    };
    properties.insert("AutoPublishAlias", alias);
    let strategy = Spanned::new(deploy.strategy.value, deploy.strategy.span.or(*span));
    if strategy.value == Strategy::BlueGreen && deploy.before.is_none() {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("{} is deployed `blue-green`, and nothing tries the new version", owner.origin.path),
        )
        .at(strategy.span, "needs a function `before`")
        .help("write `deploy: {strategy: blue-green, before: FUNCTION}`, or `all-at-once`");
        ctx.report(owner, "deploy.before", finding);
    }
    let kind = configuration(ctx, owner, strategy.value).with_span(strategy.span);
    let mut preference = Map::from([("Type", kind)]);
    let alarms: Vec<Expr> = deploy
        .alarms
        .iter()
        .flatten()
        .filter_map(|name| named(ctx, owner, "deploy.alarms", name, Kind::Alarm, "name"))
        .collect();
    if !alarms.is_empty() {
        preference.insert("Alarms", alarms);
    }
    let hooks = hooks(ctx, owner, deploy);
    if let Some(given) = &deploy.role {
        let value = ctx.text(owner, "deploy.role", given);
        preference.insert("Role", value);
    } else if !hooks.is_empty() {
        preference.insert("Role", service_role(ctx, owner, id, &hooks));
    }
    if !hooks.is_empty() {
        let map: Map = hooks.iter().map(|(key, name, _)| (*key, name.clone())).collect();
        preference.insert("Hooks", map);
    }
    if let Some(notify) = &deploy.notify {
        let targets = super::alarm::topics(ctx, owner, "deploy.notify", notify);
        let triggers = targets.into_iter().enumerate().map(|(i, arn)| {
            Expr::from([
                ("TriggerName", Expr::from(format!("failed{}", i + 1))),
                ("TriggerTargetArn", arn),
                (
                    "TriggerEvents",
                    vec![Expr::from("DeploymentFailure"), Expr::from("DeploymentRollback")].into(),
                ),
            ])
        });
        preference.insert("TriggerConfigurations", triggers.collect::<Vec<_>>());
    }
    properties.insert("DeploymentPreference", Expr::from(preference).with_span(*span));
}

/// A component of a kind by its name.
fn named(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    name: &Spanned<Name>,
    kind: Kind,
    attribute: &str,
) -> Option<Expr> {
    let reference = Reference { name: name.value.to_string(), part: None };
    let reference = Spanned::new(reference, name.span);
    let found = ctx.component_of(owner, path, &reference, &[kind], &format!("`{path}`"))?;
    ctx.needed(owner, path, &reference, &found, attribute)
}

/// The functions that try a new version: SAM's key, the name and the ARN.
fn hooks(ctx: &mut Lower<'_>, owner: &Owner, deploy: &Deploy) -> Vec<(&'static str, Expr, Expr)> {
    let given =
        [("PreTraffic", "deploy.before", &deploy.before), ("PostTraffic", "deploy.after", &deploy.after)];
    let mut hooks = Vec::new();
    for (key, path, name) in given {
        let Some(name) = name else { continue };
        let id = named(ctx, owner, path, name, Kind::Function, "name");
        let arn = id.as_ref().and_then(|_| ctx.components.get(name.value.as_str())?.attribute("arn"));
        if let (Some(id), Some(arn)) = (id, arn) {
            hooks.push((key, id, arn));
        }
    }
    hooks
}

/// The role that CodeDeploy takes on. Its managed policy lets it invoke only functions whose names begin
/// with `CodeDeployHook_`, so that it needs one that names the hooks.
fn service_role(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    hooks: &[(&'static str, Expr, Expr)],
) -> Expr {
    let arns = hooks.iter().map(|(_, _, arn)| arn.clone()).collect();
    let statements = vec![role::allow(&["lambda:InvokeFunction"], arns)];
    let made = role::for_service(ctx, owner, id, "DeploymentRole", "codedeploy.amazonaws.com", statements);
    if let Some(properties) = ctx.template.resources.get_mut(&made).and_then(|r| r.properties_mut()) {
        let managed =
            Expr::sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited");
        properties.insert("ManagedPolicyArns", vec![managed]);
    }
    Expr::get_att(&made, "Arn")
}

/// The right of a function to say how a deployment went, for each function that names it as a hook.
pub(super) fn hook_rights(ctx: &Lower<'_>, name: &str) -> Vec<Expr> {
    let mut arns = Vec::new();
    for deployed in ctx.listeners.hooks.get(name).into_iter().flatten() {
        let Some(id) = ctx.components.get(deployed).map(|c| &c.id) else { continue };
        arns.push(Expr::sub(format!(
            "arn:${{AWS::Partition}}:codedeploy:${{AWS::Region}}:${{AWS::AccountId}}:deploymentgroup:${{{APPLICATION}}}/${{{id}DeploymentGroup}}"
        )));
    }
    match arns.is_empty() {
        true => Vec::new(),
        false => vec![role::allow(&["codedeploy:PutLifecycleEventHookExecutionStatus"], arns)],
    }
}

/// The configuration of CodeDeploy: one that it has, or one of the template's own.
fn configuration(ctx: &mut Lower<'_>, owner: &Owner, strategy: Strategy) -> Expr {
    let minutes = |time: Duration| time.seconds() / 60;
    match strategy {
        Strategy::AllAtOnce | Strategy::BlueGreen => "AllAtOnce".into(),
        Strategy::Canary(share, time) if share.value() == 10 && CANARIES.contains(&minutes(time)) => {
            format!("Canary10Percent{}Minutes", minutes(time)).into()
        }
        Strategy::Linear(share, time) if share.value() == 10 && LINEARS.contains(&minutes(time)) => {
            let n = minutes(time);
            format!("Linear10PercentEvery{n}Minute{}", if n == 1 { "" } else { "s" }).into()
        }
        Strategy::Canary(share, time) => own(ctx, owner, "Canary", share, minutes(time)),
        Strategy::Linear(share, time) => own(ctx, owner, "Linear", share, minutes(time)),
    }
}

/// A configuration for steps that CodeDeploy has none for; functions with the same steps share it.
fn own(ctx: &mut Lower<'_>, owner: &Owner, kind: &str, share: Percent, minutes: u64) -> Expr {
    let id = LogicalId::new(format!("Deploy{kind}{}Percent{minutes}Minutes", share.value()));
    if !ctx.template.resources.contains_key(&id) {
        let number = |n: u64| Expr::new(ExprKind::Int(n.into()), None);
        let steps = Map::from([
            (format!("{kind}Interval"), number(minutes)),
            (format!("{kind}Percentage"), number(share.value().into())),
        ]);
        let type_name = format!("TimeBased{kind}");
        let mut routing = Map::from([("Type", Expr::from(type_name.as_str()))]);
        routing.insert(type_name, steps);
        let mut properties = Map::from([("ComputePlatform", Expr::from("Lambda"))]);
        properties.insert("TrafficRoutingConfig", routing);
        ctx.taken.insert(id.to_string());
        ctx.add(
            &id,
            "AWS::CodeDeploy::DeploymentConfig",
            properties,
            &Owner { condition: None, ..owner.clone() },
        );
    }
    Expr::reference(&id)
}
