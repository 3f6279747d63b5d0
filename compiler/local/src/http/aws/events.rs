//! PutEvents of EventBridge.

use bytes::Bytes;
use hyper::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Body, Fault, fault, json_answer};
use crate::clock;
use crate::messaging::{LARGEST_EVENT, Messaging, NewEvent, Refused, size_of_event};

const JSON: &str = "application/x-amz-json-1.1";
/// Entries of a call at most. Source: PutEvents in the API reference of EventBridge.
const MOST: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    time: Option<f64>,
    event_bus_name: Option<String>,
}

impl Entry {
    /// What it counts for.
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail].map(|t| t.as_deref().unwrap_or_default());
        size_of_event(texts, &self.resources, self.time.is_some())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    entries: Vec<Entry>,
}

/// Answers a call.
pub(super) fn answer(messaging: &Messaging, name: &str, body: &Bytes) -> Response<Body> {
    json_answer(JSON, done(messaging, name, body))
}

fn done(messaging: &Messaging, name: &str, body: &Bytes) -> Result<Value, Fault> {
    if name != "PutEvents" {
        let message =
            format!("{name} of EventBridge is not there locally: buses and rules are in the template");
        return Err(fault("UnknownOperationException", message));
    }
    let input: Input = serde_json::from_slice(body)
        .map_err(|error| fault("ValidationException", format!("the body is no call: {error}")))?;
    if input.entries.is_empty() || input.entries.len() > MOST {
        let message = format!("there are {} entries: 1 to {MOST} are possible", input.entries.len());
        return Err(fault("ValidationException", message));
    }
    let bytes: usize = input.entries.iter().map(Entry::size).sum();
    if bytes > LARGEST_EVENT {
        let message = format!(
            "Total size of the entries in the request is over the limit: {bytes} bytes, and {LARGEST_EVENT} are the most"
        );
        return Err(fault("ValidationException", message));
    }
    let mut failed = 0;
    let entries: Vec<Value> = input
        .entries
        .into_iter()
        .map(|entry| match put(messaging, entry) {
            Ok(id) => json!({ "EventId": id }),
            Err((code, message)) => {
                failed += 1;
                json!({ "ErrorCode": code, "ErrorMessage": message })
            }
        })
        .collect();
    Ok(json!({ "FailedEntryCount": failed, "Entries": entries }))
}

/// Puts one event, or says which fault its entry is given.
fn put(messaging: &Messaging, entry: Entry) -> Result<String, (&'static str, String)> {
    let missing =
        |name: &str| ("InvalidArgument", format!("Parameter {name} is not valid. Reason: it is missing."));
    let source = entry.source.filter(|text| !text.is_empty()).ok_or_else(|| missing("Source"))?;
    let detail_type =
        entry.detail_type.filter(|text| !text.is_empty()).ok_or_else(|| missing("DetailType"))?;
    let detail = entry.detail.ok_or_else(|| missing("Detail"))?;
    let detail: Map<String, Value> = serde_json::from_str(&detail).map_err(|_| {
        ("MalformedDetail", "Detail is malformed: it is the text of a JSON object.".to_owned())
    })?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", format!("Not authorized for the source {source}.")));
    }
    let event = NewEvent {
        source,
        detail_type,
        detail,
        resources: entry.resources,
        time: entry.time.filter(|time| *time > 0.0).map(|time| {
            let ms = std::time::Duration::try_from_secs_f64(time).map_or(0, |time| time.as_millis());
            clock::iso_seconds(u64::try_from(ms).unwrap_or(0))
        }),
        ..NewEvent::default()
    };
    let bus = entry.event_bus_name.as_deref().unwrap_or("default");
    messaging.put_event(bus, event).map_err(|refused| match refused {
        Refused::Unknown { name, .. } => {
            ("ResourceNotFoundException", format!("Event bus {name} does not exist."))
        }
        other => ("InvalidArgument", other.to_string()),
    })
}
