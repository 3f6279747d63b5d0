//! Events of functions, a file for each kind of them. A family adds what its events need: mappings, rules, permissions,
//! and the statements of the role.

mod alb;
mod alexa;
mod cloud_front;
mod cloudwatch_event;
mod cloudwatch_log;
mod cognito;
mod common;
mod custom_resources;
mod event_bridge;
mod gateway;
mod http_api;
mod iot;
mod kafka;
mod mq;
mod rest;
mod rule;
mod s3;
mod schedule;
mod sns;
mod source;
mod sqs;
mod stream;
mod websocket;

use samc_base::{codes, nearest};

use super::output::Output;
use super::service::{Event, Service};
use super::value::is_true;
use common::article;

/// A family of events.
struct Family {
    /// The keys of its events.
    kinds: &'static [&'static str],
    /// Lowers all events of the family in a service.
    lower: fn(&Service, &mut Output<'_>),
}

/// All families, in the order in which the framework compiles them. Source: lib/plugins/index.js of osls 3.77.1.
const FAMILIES: &[Family] = &[
    Family { kinds: &["schedule"], lower: schedule::lower },
    Family { kinds: &["s3"], lower: s3::lower },
    Family { kinds: &["http"], lower: rest::lower },
    Family { kinds: &["websocket"], lower: websocket::lower },
    Family { kinds: &["sns"], lower: sns::lower },
    Family { kinds: &["stream"], lower: stream::lower },
    Family { kinds: &["kafka"], lower: kafka::lower_kafka },
    Family { kinds: &["activemq"], lower: mq::lower_activemq },
    Family { kinds: &["rabbitmq"], lower: mq::lower_rabbitmq },
    Family { kinds: &["msk"], lower: kafka::lower_msk },
    Family { kinds: &["alb"], lower: alb::lower },
    Family { kinds: &["alexaSkill"], lower: alexa::lower_skills },
    Family { kinds: &["alexaSmartHome"], lower: alexa::lower_smart_home },
    Family { kinds: &["iot"], lower: iot::lower_rules },
    Family { kinds: &["iotFleetProvisioning"], lower: iot::lower_provisioning },
    Family { kinds: &["cloudwatchEvent"], lower: cloudwatch_event::lower },
    Family { kinds: &["cloudwatchLog"], lower: cloudwatch_log::lower },
    Family { kinds: &["cognitoUserPool"], lower: cognito::lower },
    Family { kinds: &["eventBridge"], lower: event_bridge::lower },
    Family { kinds: &["sqs"], lower: sqs::lower },
    Family { kinds: &["cloudFront"], lower: cloud_front::lower },
    Family { kinds: &["httpApi"], lower: http_api::lower },
];

/// Sets what events ask of their functions, before those are lowered.
pub(super) fn prepare(service: &mut Service) {
    cloud_front::prepare(service);
}

/// Lowers all events, and says which are of no kind that is known.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let known = || FAMILIES.iter().flat_map(|family| family.kinds.iter().copied());
    for function in &service.functions {
        for event in function.events.iter().filter(|event| !known().any(|kind| kind == &*event.kind)) {
            let beside =
                |other: &&Event| other.place == event.place && known().any(|kind| kind == &*other.kind);
            let help = match (nearest(&event.kind, known()), function.events.iter().find(beside)) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, Some(other)) => {
                    format!("indent it below `{}`, if it is a setting of that event", other.kind)
                }
                (None, None) => "an event of a plugin is left out of what samc makes".to_owned(),
            };
            let message = format!("`{}` is no event that samc knows", event.kind);
            out.warn(codes::UNKNOWN_EVENT, &event.origin, message, None, "left out", &help);
        }
    }
    for (function, event) in service.functions.iter().flat_map(|f| f.events.iter().map(move |e| (f, e))) {
        if !is_true(&event.value) && known().any(|kind| kind == &*event.kind) {
            out.warn(
                codes::EVENT_WITHOUT_EFFECT,
                &event.origin,
                format!(
                    "{} event of {} says nothing, and nothing calls the function for it",
                    article(&event.kind),
                    function.key
                ),
                event.value.span,
                "no settings",
                &format!("say what it is about, such as `- {}: …`, or take it out", event.kind),
            );
        }
    }
    FAMILIES.iter().for_each(|family| (family.lower)(service, out));
}
