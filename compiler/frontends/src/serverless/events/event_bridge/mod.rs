//! `eventBridge`: events of a bus that fit a pattern, or times; in a rule, or in what a helper of the framework
//! makes a rule of. Source: lib/plugins/aws/package/compile/events/event-bridge of osls 3.77.1.

mod helper;

use md5::{Digest, Md5};
use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{in_account, permission};
use super::rule;
use crate::serverless::names::{alphanumeric, normalized, upper_first};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, set, stringify};

/// Letters that names of rules and targets have at most, and letters of a longer one that its digest is put
/// behind, with the ending.
const NAME: usize = 64;
const BEFORE_DIGEST: usize = 31;

/// An event with what both ways of lowering need.
struct Wanted<'a> {
    function: &'a Function,
    event: &'a Event,
    /// The name of the rule.
    name: Expr,
    /// The bus as written.
    bus: Option<&'a Expr>,
    /// The name of the bus, where that is written as an ARN.
    bus_name: Option<Expr>,
}

impl Wanted<'_> {
    /// The name, unless it is that of the bus every account has.
    fn own_bus(&self) -> Option<&Expr> {
        self.bus_name.as_ref().filter(|name| name.as_str() != Some("default"))
    }

    /// `inputTransformer` with its keys as CloudFormation has them.
    fn transformer(&self) -> Option<Expr> {
        let settings = self.event.given("inputTransformer")?.as_map()?;
        let upper = |(key, value): (&samc_ir::Str, &Expr)| (upper_first(key), value.clone());
        Some(settings.iter().map(upper).collect::<Map>().into())
    }
}

/// Lowers the events.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    // Any setting of `provider.eventBridge` without `useCloudFormation: true` means the helper.
    let is_native = given(&service.provider, "eventBridge").is_none()
        || service.provider_at(&["eventBridge", "useCloudFormation"]).is_some();
    let mut of_helper = Vec::new();
    for (function, event, _) in service.events("eventBridge") {
        let Some(wanted) = read(function, event, out) else { continue };
        match is_native {
            true => native(&wanted, out),
            false => of_helper.push(wanted),
        }
    }
    helper::lower(service, &of_helper, out);
}

fn read<'a>(function: &'a Function, event: &'a Event, out: &mut Output<'_>) -> Option<Wanted<'a>> {
    if event.value.as_map().is_none() {
        out.error(
            codes::WRONG_TYPE,
            &event.origin,
            format!("an eventBridge event of {} must be a mapping", function.key),
            event.value.span,
            "not a mapping",
            "write `- eventBridge: {pattern: {source: [NAME]}}`, or `- eventBridge: {schedule: rate(1 hour)}`",
        );
        return None;
    }
    if !rule::has_one_input((function, event), out) {
        return None;
    }
    let name = event.given("name").cloned().unwrap_or_else(|| {
        let ending = format!("rule-{}", event.place);
        shortened(format!("{}-{ending}", function_name(function)), &ending).into()
    });
    let bus = event.setting("eventBus");
    let bus_name = event.given("eventBus").map(|bus| match bus.as_str() {
        Some(arn) if arn.starts_with("arn") => {
            Expr::from(arn.split_once('/').map_or(arn, |(_, name)| name)).with_span(bus.span)
        }
        _ => bus.clone(),
    });
    Some(Wanted { function, event, name, bus, bus_name })
}

/// The name of a function as text, or its key, where the name is only known to CloudFormation.
fn function_name(function: &Function) -> &str {
    function.name.as_str().unwrap_or(&function.key)
}

/// A name that is short enough: of a longer one the beginning, a digest of all of it, and the ending.
fn shortened(name: String, ending: &str) -> String {
    if name.encode_utf16().count() <= NAME {
        return name;
    }
    let digest: String = Md5::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let head: String = name.chars().take(BEFORE_DIGEST.saturating_sub(ending.len())).collect();
    format!("{head}{digest}-{ending}")
}

/// Adds the rule, the bus it is of, where that is made here, and the permission.
fn native(wanted: &Wanted<'_>, out: &mut Output<'_>) {
    let Wanted { function, event, name, .. } = wanted;
    let own_bus = wanted.own_bus();
    let is_arn = wanted.bus.and_then(Expr::as_str).is_some_and(|bus| bus.starts_with("arn"));
    let new_bus = own_bus.and_then(Expr::as_str).filter(|_| !is_arn);
    let mut depends_on: Vec<Expr> = function.target_depends_on().into_iter().collect();
    if let Some(bus) = new_bus {
        let id = format!("{}EventBridgeEventBus", normalized(bus));
        depends_on.push(id.as_str().into());
        let properties = Map::from([("Name", own_bus.cloned().unwrap_or_else(|| bus.into()))]);
        out.add(id, "AWS::Events::EventBus", properties, &event.origin);
    }
    let mut properties = Map::new();
    set(&mut properties, "Description", event.setting("description"));
    set(&mut properties, "EventBusName", own_bus);
    set(&mut properties, "EventPattern", event.setting("pattern"));
    properties.insert("Name", name.clone());
    set(&mut properties, "ScheduleExpression", event.setting("schedule"));
    properties.insert("State", rule::state(event));
    properties.insert("Targets", vec![Expr::from(target(wanted))]);
    let stub = format!("{}-rule-{}", function_name(function), event.place);
    let id = format!("{}EventBridgeRule", alphanumeric(&stub));
    let resource = out.add(id, "AWS::Events::Rule", properties, &event.origin);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
    let mut path = vec![Expr::from("rule")];
    path.extend(own_bus.cloned());
    path.push(name.clone());
    let source = in_account("events", vec![Expr::join("/", path)]);
    let id = format!("{}EventBridgeLambdaPermission{}", normalized(&function.key), event.place);
    permission((function, event), id, "events.amazonaws.com", Some(source), out);
}

fn target(wanted: &Wanted<'_>) -> Map {
    let event = wanted.event;
    let mut target = Map::from([("Arn", wanted.function.target())]);
    target.insert(
        "Id",
        match wanted.name.as_str() {
            Some(name) => shortened(format!("{name}-target"), "target").into(),
            None => Expr::join("", vec![wanted.name.clone(), "-target".into()]),
        },
    );
    if let Some(policy) = event.given("retryPolicy").and_then(Expr::as_map) {
        let mut made = Map::new();
        set(&mut made, "MaximumEventAgeInSeconds", policy.get("maximumEventAge"));
        set(&mut made, "MaximumRetryAttempts", policy.get("maximumRetryAttempts"));
        target.insert("RetryPolicy", made);
    }
    if let Some(arn) = event.given("deadLetterQueueArn") {
        target.insert("DeadLetterConfig", Map::from([("Arn", arn.clone())]));
    }
    if let Some(input) = event.given("input") {
        target.insert("Input", Expr::from(stringify(input)).with_span(input.span));
    }
    set(&mut target, "InputPath", event.given("inputPath"));
    set(&mut target, "InputTransformer", wanted.transformer().as_ref());
    target
}
