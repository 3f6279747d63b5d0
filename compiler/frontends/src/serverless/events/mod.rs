//! Events of functions, a file for each kind of them. A family adds what its events need: mappings, rules, permissions,
//! and the statements of the role.

mod alb;
mod gateway;
mod http_api;
mod rest;
mod source;
mod sqs;
mod websocket;

use samc_base::{codes, nearest};

use super::output::Output;
use super::service::Service;

/// A family of events.
struct Family {
    /// The keys of its events.
    kinds: &'static [&'static str],
    /// Lowers all events of the family in a service.
    lower: fn(&Service, &mut Output<'_>),
}

/// All families, in the order in which they are lowered.
const FAMILIES: &[Family] = &[
    Family { kinds: &["http"], lower: rest::lower },
    Family { kinds: &["websocket"], lower: websocket::lower },
    Family { kinds: &["httpApi"], lower: http_api::lower },
    Family { kinds: &["alb"], lower: alb::lower },
    Family { kinds: &["sqs"], lower: sqs::lower },
];

/// Lowers all events, and says which are of no kind that is known.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let known = || FAMILIES.iter().flat_map(|family| family.kinds.iter().copied());
    for function in &service.functions {
        for event in function.events.iter().filter(|event| !known().any(|kind| kind == &*event.kind)) {
            let help = match nearest(&event.kind, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "an event of a plugin is left out of what samc makes".to_owned(),
            };
            let message = format!("`{}` is no event that samc knows", event.kind);
            out.warn(codes::UNKNOWN_EVENT, &event.origin, message, None, "left out", &help);
        }
    }
    FAMILIES.iter().for_each(|family| (family.lower)(service, out));
}
