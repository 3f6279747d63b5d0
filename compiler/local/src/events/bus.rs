//! The events of buses and schedules.

use serde_json::{Value, json};

use super::Place;
use crate::messaging::NewEvent;
use crate::{clock, ids};

/// The event of a bus.
pub fn eventbridge(place: &Place<'_>, event: &NewEvent) -> Value {
    json!({
        "version": event.version.as_deref().unwrap_or("0"),
        "id": event.id.clone().unwrap_or_else(ids::uuid),
        "detail-type": event.detail_type,
        "source": event.source,
        "account": event.account.as_deref().unwrap_or(place.account),
        "time": event.time.clone().unwrap_or_else(|| clock::iso_seconds(place.now_ms)),
        "region": event.region.as_deref().unwrap_or(place.region),
        "resources": event.resources,
        "detail": event.detail,
    })
}

/// The event of a rule whose time has come.
pub fn schedule(place: &Place<'_>, rule: &str) -> Value {
    let event = NewEvent {
        source: "aws.events".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        resources: vec![place.arn("events", &format!("rule/{rule}"))],
        ..NewEvent::default()
    };
    eventbridge(place, &event)
}
