//! What CloudFront does with requests: which function it calls, and where it has the answer from.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::cache_policies;
use super::origin::{Origins, extend};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::set;

/// A behavior: of requests that fit a pattern, or of all others.
pub(super) struct Behavior<'a> {
    /// The pattern.
    pub(super) path: Option<String>,
    /// Its properties.
    pub(super) properties: Map,
    origin: String,
    event: &'a Event,
}

/// Adds the behavior of an event, or its function to one that is there.
pub(super) fn add<'a>(
    service: &Service,
    (function, event): (&Function, &'a Event),
    origin: String,
    version: &str,
    behaviors: &mut Vec<Behavior<'a>>,
    out: &mut Output<'_>,
) -> Option<()> {
    let path = event.given("pathPattern").and_then(Expr::as_str).map(str::to_owned);
    let mut properties = Map::from([("ViewerProtocolPolicy", "allow-all")]);
    if let Some(own) = event.given("behavior").and_then(Expr::as_map) {
        properties.extend(own.clone());
    }
    cache_policies::set(service, (function, event), &mut properties, out)?;
    let mut association = Map::new();
    set(&mut association, "EventType", event.setting("eventType"));
    association.insert("LambdaFunctionARN", Expr::reference(version));
    set(&mut association, "IncludeBody", event.setting("includeBody"));
    properties.insert("TargetOriginId", origin.as_str());
    properties.insert("LambdaFunctionAssociations", vec![Expr::from(association)]);
    set(&mut properties, "PathPattern", event.given("pathPattern").filter(|_| path.is_some()));
    let there = behaviors.iter_mut().find(|other| other.path == path && other.origin == origin);
    match there {
        Some(there) => {
            extend(&mut there.properties, &properties);
            tell_repeated(there, (function, event), out);
        }
        None => {
            if let Some(other) = behaviors.iter().find(|other| other.path == path) {
                let what =
                    path.as_deref().map_or_else(|| "all paths".to_owned(), |path| format!("the path {path}"));
                out.error(
                    codes::EXCLUSIVE_PROPERTIES,
                    &event.origin,
                    format!("{what} is answered from two origins, {} and {origin}", other.origin),
                    event.setting("pathPattern").unwrap_or(&event.value).span,
                    "a second behavior",
                    "give the events a `pathPattern` each, or the same origin",
                );
                return None;
            }
            behaviors.push(Behavior { path, properties, origin, event });
        }
    }
    Some(())
}

/// Reports where a behavior has two functions for the same moment.
fn tell_repeated(behavior: &Behavior<'_>, (function, event): (&Function, &Event), out: &mut Output<'_>) {
    let list = behavior.properties.get("LambdaFunctionAssociations").and_then(Expr::as_list);
    let moment = |association: &Expr| association.as_map()?.get("EventType").cloned();
    let kind = event.setting("eventType");
    if list.unwrap_or_default().iter().filter(|association| moment(association).as_ref() == kind).count() > 1
    {
        out.error(
            codes::EXCLUSIVE_PROPERTIES,
            &event.origin,
            format!(
                "{} is the second function of a behavior that is called at the same moment",
                function.key
            ),
            kind.unwrap_or(&event.value).span,
            "taken",
            "give it another `eventType` or `pathPattern`",
        );
    }
}

/// Puts the behavior without a pattern first, and gives its properties: made from the first other one, for the
/// default origin, where there is none. None where no origin is the default, which is reported.
pub(super) fn in_order(
    behaviors: &mut [Behavior<'_>],
    origins: &Origins,
    out: &mut Output<'_>,
) -> Option<Map> {
    behaviors.sort_by_key(|behavior| behavior.path.is_some());
    let first = behaviors.first()?;
    let mut default = first.properties.clone();
    if first.path.is_none() {
        return Some(default);
    }
    let Some(origin) = origins.of_the_rest() else {
        out.error(
            codes::MISSING_PROPERTY,
            &first.event.origin,
            "requests that fit no pathPattern have more than one origin to go to",
            first.event.value.span,
            "which is the default?",
            "add `isDefaultOrigin: true` to an event, or an event without `pathPattern`",
        );
        return None;
    };
    default.remove("PathPattern");
    default.remove("LambdaFunctionAssociations");
    default.insert("TargetOriginId", origin);
    Some(default)
}
