//! `alb`: rules of a listener of an Application Load Balancer, with a target group for the function. Source:
//! lib/plugins/aws/package/compile/events/alb of osls 3.77.1.

mod rule;

use md5::{Digest, Md5};
use samc_base::codes;
use samc_ir::{Expr, Map};

use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, is_true, set};

/// Letters that the name of a target group has at most. Source: AWS::ElasticLoadBalancingV2::TargetGroup.
const NAME: usize = 32;

/// An event with what was read of it.
struct Alb<'a> {
    function: &'a Function,
    event: &'a Event,
    settings: &'a Map,
    /// The id of the load balancer in the ARN of the listener, or what refers to the listener.
    balancer: String,
    /// The same of the listener.
    listener: String,
}

impl Alb<'_> {
    fn is_multi_value(&self) -> bool {
        given(self.settings, "multiValueHeaders").is_some()
    }

    fn priority(&self) -> Expr {
        self.settings.get("priority").cloned().unwrap_or_else(Expr::null)
    }

    fn target_group(&self) -> String {
        let multi = if self.is_multi_value() { "MultiValue" } else { "" };
        format!("{}Alb{multi}TargetGroup{}", normalized(&self.function.key), self.balancer)
    }
}

/// Lowers all events.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut events: Vec<Alb<'_>> = Vec::new();
    for (function, event, _) in service.events("alb") {
        let Some(alb) = read(function, event, out) else { continue };
        if is_free(&alb, &events, out) {
            events.push(alb);
        }
    }
    for alb in &events {
        target_group(service, alb, out);
        rule::lower(service, alb, out);
        permissions(alb, out);
    }
}

fn read<'a>(function: &'a Function, event: &'a Event, out: &mut Output<'_>) -> Option<Alb<'a>> {
    let key = &function.key;
    let mut wrong = |code, message: String, span, label: &str, help: &str| {
        out.error(code, &event.origin, message, span, label, help);
    };
    let Some(settings) = event.value.as_map() else {
        let message = format!("an alb event of {key} must be a mapping");
        let help = "give listenerArn, priority and conditions";
        wrong(codes::WRONG_TYPE, message, event.value.span, "not a mapping", help);
        return None;
    };
    for name in ["listenerArn", "priority", "conditions"] {
        if !settings.contains_key(name) {
            let message = format!("an alb event of {key} has no {name}");
            let help = "give listenerArn, priority and conditions";
            wrong(codes::MISSING_PROPERTY, message, event.value.span, "incomplete", help);
            return None;
        }
    }
    let conditions = settings.get("conditions").and_then(Expr::as_map);
    if conditions.is_none_or(Map::is_empty) {
        let message = format!("an alb event of {key} has no condition, and would take every request");
        let help = "give one of path, host, method, header, query, ip; `path: ['*']` means everything";
        wrong(codes::MISSING_PROPERTY, message, settings.key_span("conditions"), "no condition", help);
        return None;
    }
    let arn = settings.get("listenerArn")?;
    let ids = match arn.as_ref_to() {
        Some(id) => Some((id.to_owned(), id.to_owned())),
        None => arn.as_str().and_then(ids_of),
    };
    let Some((balancer, listener)) = ids else {
        let message = format!("the listenerArn of an alb event of {key} is no ARN of a listener");
        let help = "give `arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID`, or `!Ref` of a listener";
        wrong(codes::INVALID_VALUE, message, arn.span, "neither an ARN nor !Ref", help);
        return None;
    };
    Some(Alb { function, event, settings, balancer, listener })
}

/// The ids of the load balancer and the listener in an ARN `…:listener/app/NAME/BALANCER/LISTENER`.
fn ids_of(arn: &str) -> Option<(String, String)> {
    let (head, place) = arn.split_once(":listener/app/")?;
    if !head.starts_with("arn:aws") || !head.contains(":elasticloadbalancing:") {
        return None;
    }
    match place.split('/').collect::<Vec<_>>().as_slice() {
        [_, balancer, listener] if !balancer.is_empty() && !listener.is_empty() => {
            Some(((*balancer).to_owned(), (*listener).to_owned()))
        }
        _ => None,
    }
}

/// False where another event has the priority: that of a listener belongs to one rule, and within a function the
/// priority names the rule.
fn is_free(alb: &Alb<'_>, events: &[Alb<'_>], out: &mut Output<'_>) -> bool {
    // A number may be written as text.
    let text = |of: &Alb<'_>| crate::serverless::value::text(&of.priority());
    let priority = text(alb);
    let taken = events.iter().find(|other| {
        let same_function = other.function.key == alb.function.key;
        let same_priority =
            other.priority() == alb.priority() || (priority.is_some() && text(other) == priority);
        same_priority && (same_function != (other.listener == alb.listener))
    });
    let Some(other) = taken else { return true };
    let priority = priority.unwrap_or_default();
    let message = format!(
        "priority {priority} of an alb event of {} is taken by {}",
        alb.function.key, other.function.key
    );
    let help = "rules of one listener, and those of one function, each have a priority of their own";
    out.error(codes::INVALID_VALUE, &alb.event.origin, message, alb.priority().span, "taken", help);
    false
}

fn target_group(service: &Service, alb: &Alb<'_>, out: &mut Output<'_>) {
    let key = &alb.function.key;
    let prefix =
        service.provider_at(&["alb", "targetGroupPrefix"]).and_then(Expr::as_str).unwrap_or_default();
    let own = given(alb.settings, "targetGroupName");
    if let Some(name) = own.filter(|_| !prefix.is_empty()) {
        let message =
            format!("the target group of {key} has a name, and the provider a prefix for such names");
        let help = "take out targetGroupName, or `provider.alb.targetGroupPrefix`";
        out.error(
            codes::EXCLUSIVE_PROPERTIES,
            &alb.event.origin,
            message,
            name.span,
            "beside the prefix",
            help,
        );
    }
    let tag = |multi: &str| format!("{}-{key}-{}-{multi}{}", service.name, alb.balancer, service.stage);
    let name = own.cloned().unwrap_or_else(|| {
        let digest = Md5::digest(tag(if alb.is_multi_value() { "multi-value-" } else { "" }).as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{prefix}{digest}").chars().take(NAME).collect::<String>().into()
    });
    let multi = alb.settings.get("multiValueHeaders").filter(|multi| is_true(multi)).cloned();
    let attribute = Expr::from([
        ("Key", Expr::from("lambda.multi_value_headers.enabled")),
        ("Value", multi.unwrap_or_else(|| false.into())),
    ]);
    let mut properties = Map::from([
        ("TargetType", Expr::from("lambda")),
        ("Targets", vec![Expr::from([("Id", alb.function.target())])].into()),
        ("Name", name),
        ("Tags", vec![Expr::from([("Key", "Name".into()), ("Value", Expr::from(tag("")))])].into()),
        ("TargetGroupAttributes", vec![attribute].into()),
    ]);
    health_check(alb, &mut properties);
    let mut depends_on = vec![Expr::from(format!("{}LambdaPermissionRegisterTarget", normalized(key)))];
    depends_on.extend(alb.function.target_depends_on());
    let group = "AWS::ElasticLoadBalancingV2::TargetGroup";
    let resource = out.add(alb.target_group(), group, properties, &alb.event.origin);
    resource.attributes.insert("DependsOn", depends_on);
}

/// The check that the function answers; off where nothing is said.
fn health_check(alb: &Alb<'_>, properties: &mut Map) {
    let Some(check) = given(alb.settings, "healthCheck") else {
        properties.insert("HealthCheckEnabled", false);
        return;
    };
    properties.extend(Map::from([
        ("HealthCheckEnabled", Expr::from(true)),
        ("HealthCheckPath", "/".into()),
        ("HealthCheckIntervalSeconds", 35.into()),
        ("HealthCheckTimeoutSeconds", 30.into()),
        ("HealthyThresholdCount", 5.into()),
        ("UnhealthyThresholdCount", 5.into()),
        ("Matcher", Expr::from([("HttpCode", "200")])),
    ]));
    let Some(settings) = check.as_map() else { return };
    for (key, property) in [
        ("intervalSeconds", "HealthCheckIntervalSeconds"),
        ("path", "HealthCheckPath"),
        ("timeoutSeconds", "HealthCheckTimeoutSeconds"),
        ("healthyThresholdCount", "HealthyThresholdCount"),
        ("unhealthyThresholdCount", "UnhealthyThresholdCount"),
    ] {
        set(properties, property, settings.get(key).filter(|value| !value.is_null()));
    }
    let code = settings.get("matcher").and_then(Expr::as_map).and_then(|matcher| given(matcher, "httpCode"));
    if let Some(code) = code {
        properties.insert("Matcher", Map::from([("HttpCode", code.clone())]));
    }
}

/// Lets the load balancer call the function, once for the group, and once so that it can be registered at all.
fn permissions(alb: &Alb<'_>, out: &mut Output<'_>) {
    let key = normalized(&alb.function.key);
    let permission = Map::from([
        ("FunctionName", alb.function.target()),
        ("Action", "lambda:InvokeFunction".into()),
        ("Principal", "elasticloadbalancing.amazonaws.com".into()),
    ]);
    let mut of_group = permission.clone();
    of_group.insert("SourceArn", Expr::reference(alb.target_group()));
    for (ending, properties) in [("Alb", of_group), ("RegisterTarget", permission)] {
        let id = format!("{key}LambdaPermission{ending}");
        let resource = out.add(id, "AWS::Lambda::Permission", properties, &alb.function.origin);
        if let Some(alias) = alb.function.target_depends_on() {
            resource.attributes.insert("DependsOn", vec![alias]);
        }
    }
}
