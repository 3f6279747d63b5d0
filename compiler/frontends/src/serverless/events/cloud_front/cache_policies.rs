//! `provider.cloudFront.cachePolicies`: what CloudFront keeps, and for how long.

use samc_base::codes;
use samc_ir::{Expr, Map, Origin};

use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::given;

/// `Managed-CachingOptimized`, which holds where nothing about caching is said. Source: cloud-front.js.
const OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/// Settings of a behavior that say themselves what is kept.
const OWN: [&str; 4] = ["ForwardedValues", "MaxTTL", "MinTTL", "DefaultTTL"];

fn policies(service: &Service) -> Option<&Map> {
    service.provider_at(&["cloudFront", "cachePolicies"])?.as_map()
}

fn id(name: &str) -> String {
    format!("CloudFrontCachePolicy{}", normalized(name))
}

fn origin(service: &Service, name: &str) -> Origin {
    let span = policies(service).and_then(|policies| policies.key_span(name));
    let path = format!("provider.cloudFront.cachePolicies.{name}");
    Origin { key_span: span, span, path, ..Origin::default() }
}

/// Adds all policies, used or not.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    for (name, settings) in policies(service).into_iter().flat_map(Map::iter) {
        let mut config = settings.as_map().cloned().unwrap_or_default();
        config.insert("Name", format!("{}-{name}", service.prefix()));
        let properties = Map::from([("CachePolicyConfig", config)]);
        out.add(id(name), "AWS::CloudFront::CachePolicy", properties, &origin(service, name));
    }
}

/// Says which policies no event uses.
pub(super) fn tell_unused(service: &Service, out: &mut Output<'_>) {
    for name in policies(service).into_iter().flat_map(Map::keys) {
        let is_used = |event: &Event| {
            let policy = event.given("cachePolicy").and_then(Expr::as_map);
            policy.and_then(|policy| given(policy, "name")?.as_str()) == Some(name)
        };
        if !service.events("cloudFront").any(|(_, event, _)| is_used(event)) {
            out.warn(
                codes::EVENT_WITHOUT_EFFECT,
                &origin(service, name),
                format!("no cloudFront event uses the cache policy {name}"),
                None,
                "used by nobody",
                &format!("name it in an event, `cachePolicy: {{name: {name}}}`, or take it out"),
            );
        }
    }
}

/// Sets the policy of a behavior. None where the event names one that is not there, which is reported.
pub(super) fn set(
    service: &Service,
    (function, event): (&Function, &Event),
    behavior: &mut Map,
    out: &mut Output<'_>,
) -> Option<()> {
    let Some(wanted) = event.given("cachePolicy") else {
        let says = |key: &str| match key {
            "ForwardedValues" => given(behavior, key).is_some(),
            _ => behavior.get(key).is_some_and(|value| !value.is_null()),
        };
        if given(behavior, "CachePolicyId").is_none() && !OWN.iter().any(|key| says(key)) {
            behavior.insert("CachePolicyId", OPTIMIZED);
        }
        return Some(());
    };
    let part = |key: &str| given(wanted.as_map()?, key);
    let (name, existing) = (part("name"), part("id"));
    if name.is_none() && existing.is_none() {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("cachePolicy of a cloudFront event of {} names no policy", function.key),
            wanted.span,
            "neither `id` nor `name`",
            "give `id`, of a policy that exists, or `name`, of one of `provider.cloudFront.cachePolicies`",
        );
        return None;
    }
    if let Some(name) = name
        && !name.as_str().is_some_and(|name| policies(service).is_some_and(|all| all.contains_key(name)))
    {
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!(
                "a cloudFront event of {} names the cache policy {}, which is not there",
                function.key,
                name.as_str().unwrap_or("that is no text")
            ),
            name.span,
            "not among `provider.cloudFront.cachePolicies`",
            "add it there, or give the `id` of a policy that exists",
        );
        return None;
    }
    let reference = || Some(Expr::reference(id(name?.as_str()?)));
    if let Some(policy) = existing.cloned().or_else(reference) {
        behavior.insert("CachePolicyId", policy);
    }
    Some(())
}
