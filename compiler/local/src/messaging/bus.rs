//! An event bus in memory, its rules, and what their targets get.
//!
//! Source: the user guide of EventBridge.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use samc_schema::manifest::{Source, Target};
use serde_json::{Map, Value};

use super::directory::Directory;
use super::input::{self, Rule};
use super::listener::Listener;
use super::message::NewEvent;
use super::refused::Refused;
use super::{BusState, Messaging};
use crate::events;

/// Bytes of the entries of a call at most, and so of an event. Source: "Calculating PutEvents event entry size" in
/// the guide of EventBridge, which said 256 KB until January 2026; that it is 1 MiB now is told by
/// https://shopify.dev/changelog/amazon-eventbridge-webhook-payload-size-limit-increased-to-1-mb (2026-11-17).
pub(crate) const LARGEST: usize = 1024 * 1024;
/// What the time of an entry counts for. Source: the same page, which has the sum of an entry as well.
const TIME_BYTES: usize = 14;
/// From how many buses to the next an event goes: a ring of buses would never end.
const DEEPEST: u32 = 8;

/// A bus.
#[derive(Debug)]
pub(crate) struct Bus {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    events: AtomicU64,
}

impl Bus {
    pub(crate) fn new(id: String, name: String, arn: String) -> Bus {
        Bus { id, name, arn, events: AtomicU64::new(0) }
    }

    fn rules<'a>(&'a self, directory: &'a Directory) -> impl Iterator<Item = &'a Arc<Listener>> {
        directory.listeners.iter().filter(|listener| match &listener.trigger.source {
            Source::Event { bus, .. } => directory.bus(bus).is_some_and(|bus| bus.id == self.id),
            _ => false,
        })
    }

    pub(crate) fn state(&self, directory: &Directory) -> BusState {
        BusState {
            id: self.id.clone(),
            name: self.name.clone(),
            arn: self.arn.clone(),
            events: self.events.load(Ordering::Relaxed),
            rules: self.rules(directory).map(|listener| listener.state()).collect(),
        }
    }
}

/// What an event counts for: its texts, those of its resources, and its time where it has one.
pub(crate) fn size<'t>(texts: [&'t str; 3], resources: &'t [String], has_time: bool) -> usize {
    let time = if has_time { TIME_BYTES } else { 0 };
    let texts = texts.into_iter().chain(resources.iter().map(String::as_str));
    time + texts.map(str::len).sum::<usize>()
}

impl Messaging {
    /// Puts an event on a bus: its logical id, name or ARN, or `default`. It gives the id of the event.
    pub fn put_event(&self, bus: &str, event: NewEvent) -> Result<String, Refused> {
        if event.source.is_empty() || event.detail_type.is_empty() {
            return Err(Refused::Invalid("an event needs a source and a detail-type".to_owned()));
        }
        self.put(bus, event, 0)
    }

    /// Puts an event on a bus, whoever it is from.
    pub(crate) fn put(&self, bus: &str, event: NewEvent, depth: u32) -> Result<String, Refused> {
        let directory = self.directory();
        let found =
            directory.bus(bus).ok_or_else(|| Refused::Unknown { kind: "event bus", name: bus.to_owned() })?;
        if depth > DEEPEST {
            return Err(Refused::Invalid(format!(
                "the event has gone over {DEEPEST} buses, and stops at bus {}",
                found.name
            )));
        }
        let place = self.place();
        let entry = event;
        let event = events::eventbridge(&place, &entry);
        let detail = event["detail"].to_string();
        let bytes =
            size([&entry.source, &entry.detail_type, &detail], &entry.resources, entry.time.is_some());
        if bytes > LARGEST {
            return Err(Refused::TooLarge { bytes, limit: LARGEST });
        }
        let text = event.to_string();
        let id = event["id"].as_str().unwrap_or_default().to_owned();
        let nothing = Map::new();
        let object = event.as_object().unwrap_or(&nothing);
        found.events.fetch_add(1, Ordering::Relaxed);
        for listener in found.rules(&directory).filter(|listener| listener.is_on()) {
            let Source::Event { input, .. } = &listener.trigger.source else { continue };
            if !listener.patterns.iter().any(|pattern| pattern.matches(object)) {
                continue;
            }
            let payload = match &listener.trigger.target {
                // Buses pass events on as they are.
                Target::Bus(_) => text.clone(),
                _ => {
                    let bus = Some(found.name.as_str()).filter(|name| *name != "default");
                    let rule = Rule { place: &place, name: &listener.trigger.id, bus };
                    input::apply(input, &event, &rule)
                }
            };
            self.hand(listener, payload.into(), depth);
        }
        Ok(id)
    }
}

/// The outcome of an asynchronous call as an event.
///
/// Source: "Capturing records of Lambda asynchronous invocations" in the guide of Lambda.
pub(crate) fn outcome(record: &[u8]) -> NewEvent {
    let detail: Map<String, Value> = serde_json::from_slice(record).unwrap_or_default();
    let context = detail.get("requestContext").cloned().unwrap_or_default();
    let failed = context["condition"] != "Success";
    let function = context["functionArn"].as_str().unwrap_or_default().to_owned();
    NewEvent {
        source: "lambda".to_owned(),
        detail_type: format!(
            "Lambda Function Invocation Result - {}",
            if failed { "Failure" } else { "Success" }
        ),
        resources: vec![function],
        detail,
        ..NewEvent::default()
    }
}
