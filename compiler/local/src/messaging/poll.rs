//! Reading a queue for a function: batches, filters, what failed of a batch.
//!
//! Source: "Using Lambda with Amazon SQS" in the guide of Lambda.

use std::sync::Arc;
use std::time::Duration;

use samc_schema::manifest::{Source, Target};
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::Messaging;
use super::listener::Listener;
use super::queue::{Queue, Received, Want};
use crate::events;
use crate::invoke::{Invoke, Refusal};
use crate::pattern::{Asks, Pattern};

/// Bytes of bodies in an event at most: an event has 6 MB, and bodies are written as JSON text in it.
const BYTES: usize = 4 * 1024 * 1024;
/// How long to wait before a function that does not run, or runs too often already, is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// For how long one receive waits.
const LONG: Duration = Duration::from_secs(3600);

/// What a mapping says.
struct Mapping {
    function: String,
    batch: usize,
    window: Duration,
    partial: bool,
}

/// Reads a queue until it is told to stop.
pub(crate) async fn run(messaging: Messaging, listener: Arc<Listener>, mut stopped: watch::Receiver<bool>) {
    let (Source::Sqs { queue, batch_size, window_seconds, partial_responses, concurrency, .. }, target) =
        (&listener.trigger.source, &listener.trigger.target)
    else {
        return;
    };
    let Target::Function(function) = target else {
        return messaging.say(&format!("{}: what reads a queue is a function", listener.trigger.id));
    };
    let Ok(queue) = messaging.queue(queue) else { return };
    let mapping = Arc::new(Mapping {
        function: function.clone(),
        batch: usize::try_from(*batch_size).unwrap_or(10).max(1),
        window: Duration::from_secs(*window_seconds),
        partial: *partial_responses,
    });
    let batches = Arc::new(Semaphore::new(limit(&messaging, function, *concurrency)));
    let mut told = false;
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&batches).acquire_owned() => permit,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let Ok(permit) = permit else { return };
        if let Some(why) = cannot(&messaging, function) {
            if !std::mem::replace(&mut told, true) {
                let name = &queue.name;
                messaging.say(&format!("function {function} does not read queue {name}: {why}"));
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => continue,
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
        told = false;
        let Some(batch) = gather(&messaging, &queue, &listener, &mapping, &mut stopped).await else { return };
        if batch.is_empty() {
            continue;
        }
        let (messaging, queue) = (messaging.clone(), Arc::clone(&queue));
        let (listener, mapping) = (Arc::clone(&listener), Arc::clone(&mapping));
        tokio::spawn(async move {
            handle(&messaging, &queue, &listener, &mapping, &batch).await;
            drop(permit);
        });
    }
}

/// Why a function cannot be called at all.
pub(super) fn cannot(messaging: &Messaging, function: &str) -> Option<String> {
    match messaging.functions().pool(function) {
        None => Some("there is no such function".to_owned()),
        Some(pool) => pool.launch.as_ref().err().cloned(),
    }
}

/// How many batches may be in a function at once: as many as it may have processes.
fn limit(messaging: &Messaging, function: &str, concurrency: Option<u32>) -> usize {
    let own = messaging.functions().pool(function).and_then(|pool| pool.function.concurrency);
    let limits = [own, concurrency].into_iter().flatten().filter_map(|n| usize::try_from(n).ok());
    limits.fold(messaging.functions().context().cap, usize::min).max(1)
}

/// The messages of the next event; none where it is over. Those that no filter wants are taken out.
async fn gather(
    messaging: &Messaging,
    queue: &Queue,
    listener: &Listener,
    mapping: &Mapping,
    stopped: &mut watch::Receiver<bool>,
) -> Option<Vec<Received>> {
    let mut batch: Vec<Received> = Vec::new();
    let mut end = None;
    let mut bytes = BYTES;
    loop {
        let want = Want { messages: mapping.batch - batch.len(), bytes, visibility: None };
        let wait = end.map_or(LONG, |end: Instant| end.saturating_duration_since(Instant::now()));
        let received = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => {
                for message in &batch {
                    queue.hide(&message.receipt, Duration::ZERO);
                }
                return None;
            }
            received = messaging.receive(queue, &want, wait) => received,
        };
        let over = received.is_empty();
        for message in received {
            if wanted(&listener.patterns, &message, messaging, queue) {
                // One whose time was over while others were waited for is there already.
                batch.retain(|other| other.id != message.id);
                bytes = bytes.saturating_sub(message.message.body.len());
                batch.push(message);
            } else {
                queue.delete(&message.receipt);
            }
        }
        if batch.is_empty() {
            if over {
                return Some(batch);
            }
            continue;
        }
        let end = *end.get_or_insert_with(|| Instant::now() + mapping.window);
        if batch.len() >= mapping.batch
            || bytes == 0
            || (over && Instant::now() >= end)
            || mapping.window.is_zero()
        {
            return Some(batch);
        }
    }
}

/// Whether a filter wants a message.
fn wanted(patterns: &[Pattern], message: &Received, messaging: &Messaging, queue: &Queue) -> bool {
    if patterns.is_empty() {
        return true;
    }
    let record = events::sqs_record(&messaging.place(), &queue.arn, message);
    let Value::Object(record) = record else { return false };
    patterns.iter().any(|pattern| matches_record(pattern, record.clone(), "body", |text| text.to_owned()))
}

/// Whether a record matches, where the data under a name is text or JSON, as the pattern takes it.
pub(super) fn matches_record(
    pattern: &Pattern,
    mut record: Map<String, Value>,
    name: &str,
    read: impl Fn(&str) -> String,
) -> bool {
    let text = record.get(name).and_then(Value::as_str).map(read);
    if let (Some(asks), Some(text)) = (pattern.asks_for(name), text) {
        match (asks, serde_json::from_str::<Value>(&text)) {
            (Asks::Object, Ok(value @ (Value::Object(_) | Value::Array(_)))) => {
                record.insert(name.to_owned(), value);
            }
            // Data that is JSON never matches a filter for text, nor the other way round.
            (Asks::Object, _) | (Asks::Text, Ok(Value::Object(_) | Value::Array(_))) => return false,
            (Asks::Text, _) => {
                record.insert(name.to_owned(), text.into());
            }
        }
    }
    pattern.matches(&record)
}

/// Calls the function with a batch and takes out what it is done with. The rest comes back when its time
/// is over, as it does in SQS.
async fn handle(
    messaging: &Messaging,
    queue: &Queue,
    listener: &Listener,
    mapping: &Mapping,
    batch: &[Received],
) {
    let event = events::sqs_received(&messaging.place(), &queue.arn, batch).to_string();
    let event = bytes::Bytes::from(event);
    let visible = Instant::now() + queue.settings().visibility;
    let outcome = loop {
        match messaging.functions().invoke(&mapping.function, event.clone()).await {
            // It is tried again as long as the messages are hidden.
            Err(Refusal::Throttled) if Instant::now() + PAUSE < visible => tokio::time::sleep(PAUSE).await,
            other => break other,
        }
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(refusal) => {
            return messaging.say(&format!(
                "function {} did not get {} messages of queue {}: {refusal:?}",
                mapping.function,
                batch.len(),
                queue.name
            ));
        }
    };
    listener.count(u64::try_from(batch.len()).unwrap_or_default());
    if outcome.error.is_some() {
        return;
    }
    let failed = match mapping.partial {
        true => failures(&outcome.payload, |id| batch.iter().any(|message| message.id == id)),
        false => Ok(Vec::new()),
    };
    match failed {
        Ok(failed) => {
            for message in batch.iter().filter(|message| !failed.contains(&message.id)) {
                queue.delete(&message.receipt);
            }
        }
        Err(why) => messaging
            .say(&format!("function {}: the whole batch counts as failed, as {why}", mapping.function)),
    }
}

/// What a function says has failed of a batch, or why its answer says that of all.
///
/// Source: "Reporting batch item failures" in the guide of Lambda: what counts as success and as failure.
pub(super) fn failures(payload: &[u8], is_known: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let answer: Value =
        serde_json::from_slice(payload).map_err(|error| format!("its answer is not JSON: {error}"))?;
    let list = match &answer {
        Value::Null => return Ok(Vec::new()),
        Value::Object(object) => object.get("batchItemFailures"),
        _ => return Err("its answer is not an object".to_owned()),
    };
    let list = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err("batchItemFailures in its answer is not a list".to_owned()),
    };
    let mut failed = Vec::new();
    for item in list {
        match item.get("itemIdentifier") {
            Some(Value::String(id)) if is_known(id) => failed.push(id.clone()),
            Some(Value::String(id)) if id.is_empty() => {
                return Err("an itemIdentifier in its answer is empty".to_owned());
            }
            Some(Value::String(id)) => {
                return Err(format!("the itemIdentifier {id:?} in its answer is of none of the batch"));
            }
            Some(other) => return Err(format!("an itemIdentifier in its answer is {other}")),
            None => return Err("an item of batchItemFailures has no itemIdentifier".to_owned()),
        }
    }
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tell_what_failed() {
        let of = |text: &str| failures(text.as_bytes(), |id| matches!(id, "a" | "b"));
        for all in ["null", "{}", r#"{"batchItemFailures": null}"#, r#"{"batchItemFailures": []}"#] {
            assert_eq!(of(all), Ok(Vec::new()), "{all}");
        }
        assert_eq!(of(r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#), Ok(vec!["b".to_owned()]));
        for none in [
            "{",
            "\"done\"",
            r#"{"batchItemFailures": "a"}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": "c"}]}"#,
            r#"{"batchItemFailures": [{"id": "a"}]}"#,
            r#"{"batchItemFailures": ["a"]}"#,
        ] {
            assert!(of(none).is_err(), "{none}");
        }
    }
}
