//! Rules that a helper of the framework makes: with `provider.eventBridge.useCloudFormation: false`.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::Wanted;
use crate::serverless::events::common::in_account;
use crate::serverless::events::custom_resources::{self, EVENT_BRIDGE};
use crate::serverless::events::rule;
use crate::serverless::names::normalized;
use crate::serverless::output::{Output, statement};
use crate::serverless::service::Service;
use crate::serverless::value::set;

/// What a rule of the helper cannot have.
const NATIVE_ONLY: [&str; 2] = ["retryPolicy", "deadLetterQueueArn"];

/// Adds what the helper is told, and the helper.
pub(super) fn lower(service: &Service, events: &[Wanted<'_>], out: &mut Output<'_>) {
    let Some(first) = events.first() else { return };
    for wanted in events {
        one(wanted, out);
    }
    let mut statements = Vec::new();
    if events.iter().any(|wanted| wanted.own_bus().is_some()) {
        let actions = ["events:CreateEventBus", "events:DeleteEventBus"];
        statements.push(statement(&actions, in_account("events", vec!["event-bus/*".into()])));
    }
    let actions = ["events:PutRule", "events:RemoveTargets", "events:PutTargets", "events:DeleteRule"];
    statements.push(statement(&actions, in_account("events", vec!["rule/*".into()])));
    statements.push(custom_resources::permissions_of_functions());
    custom_resources::add(service, &EVENT_BRIDGE, statements, first.event, out);
}

fn one(wanted: &Wanted<'_>, out: &mut Output<'_>) {
    let Wanted { function, event, .. } = wanted;
    let refused = NATIVE_ONLY.into_iter().find_map(|name| Some((name, event.given(name)?)));
    let call = wanted.bus.filter(|bus| bus.as_str().is_none() && !bus.is_null());
    if let Some((name, value)) = refused.or_else(|| Some(("a reference as eventBus", call?))) {
        out.error(
            codes::EXCLUSIVE_PROPERTIES,
            &event.origin,
            format!(
                "an eventBridge event of {} has {name}, and its rule is made by a helper that cannot do that",
                function.key
            ),
            value.span,
            "of rules in CloudFormation only",
            "take out `provider.eventBridge`, so that CloudFormation makes the rules",
        );
        return;
    }
    let mut config = Map::from([("RuleName", wanted.name.clone()), ("State", rule::state(event).into())]);
    for (key, property) in [
        ("eventBus", "EventBus"),
        ("schedule", "Schedule"),
        ("pattern", "Pattern"),
        ("input", "Input"),
        ("inputPath", "InputPath"),
    ] {
        set(&mut config, property, event.setting(key));
    }
    set(&mut config, "InputTransformer", wanted.transformer().as_ref());
    let properties =
        Map::from([("FunctionName", function.name.clone()), ("EventBridgeConfig", Expr::from(config))]);
    let id = format!("{}CustomEventBridge{}", normalized(&function.key), event.place);
    custom_resources::resource(id, &EVENT_BRIDGE, properties, (function, event), out);
}
