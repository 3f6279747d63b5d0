//! Streams of tables and of Kinesis in memory, and functions that read them.
//!
//! Source: "Using Lambda with Amazon DynamoDB" and "… Amazon Kinesis" in the guide of Lambda. Records of one key
//! are in one shard and in one lane of it, and so come in order; streams of tables have one shard here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::join_all;
use md5::{Digest, Md5};
use samc_schema::manifest::{Source, Target};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::directory::Directory;
use super::listener::Listener;
use super::message::{Change, StreamRecord};
use super::poll::{cannot, failures, matches_record};
use super::refused::Refused;
use super::{Messaging, StreamState};
use crate::events::{dynamodb_record, kinesis_record, partition_key, shard_id};
use crate::invoke::{Invoke, Outcome, Refusal};
use crate::{clock, ids};

/// Records that a stream keeps, and bytes of them; older ones fall out, as they do in AWS after a day.
const KEPT: usize = 10_000;
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of records in an event at most.
const BYTES: usize = 4 * 1024 * 1024;
/// Shards of a stream, and lanes of a shard: what is more makes no difference here. Source for the lanes:
/// `ParallelizationFactor` of CreateEventSourceMapping in the API reference of Lambda.
const MOST_SHARDS: u32 = 256;
const MOST_LANES: u32 = 10;
/// How long to wait before a failed batch is tried again: each time twice as long, up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The names of the keys and what the stream tells, where it is one of a table.
    table: Option<(Vec<String>, String)>,
    /// How many shards it has.
    shards: u32,
    log: Mutex<Log>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Log {
    /// The number of the first record that is kept.
    first: u64,
    records: VecDeque<Entry>,
    bytes: usize,
}

/// A record that is kept.
#[derive(Debug)]
struct Entry {
    record: Arc<Value>,
    bytes: usize,
    place: Key,
}

/// What decides where a record comes: the hash of its key.
#[derive(Debug, Clone, Copy)]
struct Key {
    shard: u32,
    rest: u64,
}

impl Key {
    /// That of a text. Shards have equal parts of the numbers that MD5 gives, as those of a new stream have.
    ///
    /// Source: `PartitionKey` of PutRecord in the API reference of Kinesis.
    fn new(text: &str, shards: u32) -> Key {
        let hash: [u8; 16] = Md5::digest(text).into();
        let hash = u128::from_be_bytes(hash);
        // The first 32 bits tell the part well enough.
        let shard = ((hash >> 96) * u128::from(shards)) >> 32;
        Key { shard: u32::try_from(shard).unwrap_or_default(), rest: hash as u64 }
    }
}

/// A part of a shard whose records come one after the other.
#[derive(Debug, Clone, Copy)]
struct Lane {
    shard: u32,
    number: u64,
    /// How many lanes the shard has.
    of: u64,
}

impl Lane {
    fn has(&self, key: Key) -> bool {
        key.shard == self.shard && key.rest % self.of == self.number
    }
}

impl Log {
    fn end(&self) -> u64 {
        self.first + u64::try_from(self.records.len()).unwrap_or_default()
    }
}

impl Stream {
    pub(crate) fn new(id: String, name: String, table: Option<(Vec<String>, String)>, shards: u32) -> Stream {
        let shards = shards.clamp(1, MOST_SHARDS);
        Stream { id, name, table, shards, log: Mutex::default(), changed: Notify::new() }
    }

    /// Whether another is the same but for its records.
    pub(crate) fn is_like(&self, other: &Stream) -> bool {
        self.name == other.name && self.table == other.table && self.shards == other.shards
    }

    /// Whether it is one of a table.
    pub(crate) fn is_of_table(&self) -> bool {
        self.table.is_some()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self, directory: &Directory) -> StreamState {
        let readers = directory.listeners.iter().filter(|listener| match &listener.trigger.source {
            Source::Stream { stream, .. } => directory.stream(stream).is_some_and(|s| s.id == self.id),
            _ => false,
        });
        StreamState {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: if self.table.is_some() { "table" } else { "stream" },
            records: self.log().end(),
            readers: readers.map(|listener| listener.state()).collect(),
        }
    }

    /// Adds what `make` gives for the number of each record.
    fn add(&self, count: usize, make: impl Fn(usize, u64) -> (Value, Key)) {
        let mut log = self.log();
        for index in 0..count {
            let (record, place) = make(index, log.end() + 1);
            let bytes = record.to_string().len();
            log.bytes += bytes;
            log.records.push_back(Entry { record: Arc::new(record), bytes, place });
            while log.records.len() > KEPT || log.bytes > KEPT_BYTES {
                let Some(Entry { bytes, .. }) = log.records.pop_front() else { break };
                log.bytes -= bytes;
                log.first += 1;
            }
        }
        drop(log);
        self.changed.notify_waiters();
    }

    /// Adds records of a table as they come from somebody else who has its stream.
    pub(crate) fn add_records(&self, records: &[Value]) {
        self.add(records.len(), |index, _| (records[index].clone(), self.key_of_item(&records[index])));
    }

    /// The key of a change of a table.
    fn key_of_item(&self, record: &Value) -> Key {
        Key::new(&record["dynamodb"]["Keys"].to_string(), self.shards)
    }

    /// Records of a lane from a number on, and the number after them.
    fn read(&self, from: u64, most: usize, lane: Lane) -> (Vec<Arc<Value>>, u64) {
        let log = self.log();
        let skipped = usize::try_from(from.saturating_sub(log.first)).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let mut records = Vec::new();
        let mut next = from.max(log.first);
        for entry in log.records.iter().skip(skipped) {
            if lane.has(entry.place) {
                bytes += entry.bytes;
                if records.len() == most || (bytes > BYTES && !records.is_empty()) {
                    break;
                }
                records.push(Arc::clone(&entry.record));
            }
            next += 1;
        }
        (records, next)
    }
}

impl Messaging {
    fn stream(&self, name: &str, table: bool) -> Result<Arc<Stream>, Refused> {
        let kind = if table { "table" } else { "stream" };
        let found = self.directory().stream(name).filter(|stream| stream.table.is_some() == table);
        found.ok_or_else(|| Refused::Unknown { kind, name: name.to_owned() })
    }

    /// Tells that items of a table changed: its logical id, name or ARN.
    pub fn changes(&self, table: &str, changes: &[Change]) -> Result<usize, Refused> {
        let stream = self.stream(table, true)?;
        let Some((keys, view)) = &stream.table else { return Ok(0) };
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        for change in changes {
            let kind = change.kind.as_deref();
            if kind.is_some_and(|kind| !["INSERT", "MODIFY", "REMOVE"].contains(&kind)) {
                return Err(Refused::Invalid(format!(
                    "a change is INSERT, MODIFY or REMOVE, and not {:?}",
                    kind.unwrap_or_default()
                )));
            }
            if change.keys.is_none() && change.new_image.is_none() && change.old_image.is_none() {
                return Err(Refused::Invalid("a change has keys, a newImage or an oldImage".to_owned()));
            }
        }
        let place = self.place();
        stream.add(changes.len(), |index, number| {
            let record = dynamodb_record(&place, &stream.name, &keys, view, &changes[index], number);
            let key = stream.key_of_item(&record);
            (record, key)
        });
        Ok(changes.len())
    }

    /// Puts records into a stream of Kinesis: its logical id, name or ARN.
    pub fn records(&self, stream: &str, records: &[StreamRecord]) -> Result<usize, Refused> {
        let stream = self.stream(stream, false)?;
        let place = self.place();
        stream.add(records.len(), |index, number| {
            let key = Key::new(partition_key(&records[index]), stream.shards);
            (kinesis_record(&place, &stream.name, &records[index], number, key.shard), key)
        });
        Ok(records.len())
    }
}

/// What a mapping says.
struct Reader<'a> {
    messaging: &'a Messaging,
    listener: &'a Listener,
    stream: &'a Stream,
    function: &'a str,
    partial: bool,
    bisect: bool,
    retries: Option<u32>,
    on_failure: Option<&'a Target>,
}

/// From which record on a mapping that starts now reads its stream.
pub(crate) fn start(directory: &Directory, source: &Source) -> u64 {
    let Source::Stream { stream, start, .. } = source else { return 0 };
    let Some(stream) = directory.stream(stream) else { return 0 };
    let log = stream.log();
    if start == "TRIM_HORIZON" { log.first } else { log.end() }
}

/// Reads a stream from a record on until it is told to stop.
pub(crate) async fn run(
    messaging: Messaging,
    listener: Arc<Listener>,
    start: u64,
    stopped: watch::Receiver<bool>,
) {
    let Source::Stream {
        stream: name,
        table,
        batch_size,
        window_seconds,
        parallel,
        partial_responses,
        bisect,
        retries,
        on_failure,
        ..
    } = &listener.trigger.source
    else {
        return;
    };
    let Target::Function(function) = &listener.trigger.target else {
        return messaging.say(&format!("{}: what reads a stream is a function", listener.trigger.id));
    };
    let Ok(stream) = messaging.stream(name, *table) else { return };
    let reader = Reader {
        messaging: &messaging,
        listener: &listener,
        stream: &stream,
        function,
        partial: *partial_responses,
        bisect: *bisect,
        retries: *retries,
        on_failure: on_failure.as_ref(),
    };
    let size = usize::try_from(*batch_size).unwrap_or(100).max(1);
    let window = Duration::from_secs(*window_seconds);
    let of = u64::from((*parallel).clamp(1, MOST_LANES));
    let lanes = (0..stream.shards).flat_map(|shard| (0..of).map(move |number| Lane { shard, number, of }));
    let read = |lane: Lane| {
        let (reader, stream) = (&reader, &stream);
        let (mut position, mut stopped) = (start, stopped.clone());
        async move {
            loop {
                let work = async {
                    let (batch, next) = gather(stream, position, size, window, lane).await;
                    let batch: Vec<_> = batch.into_iter().filter(|record| reader.wants(record)).collect();
                    if !batch.is_empty() {
                        reader.handle(batch, lane.shard).await;
                    }
                    next
                };
                tokio::select! {
                    next = work => position = next,
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                }
            }
        }
    };
    join_all(lanes.map(read)).await;
}

/// The next records of a lane: as many as fit, or what there is when the time is over.
async fn gather(
    stream: &Stream,
    mut from: u64,
    size: usize,
    window: Duration,
    lane: Lane,
) -> (Vec<Arc<Value>>, u64) {
    let mut end = None;
    loop {
        let changed = stream.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let (records, next) = stream.read(from, size, lane);
        if records.is_empty() {
            from = next;
            changed.await;
            continue;
        }
        let end = *end.get_or_insert_with(|| Instant::now() + window);
        if records.len() >= size || Instant::now() >= end {
            return (records, next);
        }
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(end) => {}
        }
    }
}

impl Reader<'_> {
    fn wants(&self, record: &Value) -> bool {
        let patterns = &self.listener.patterns;
        let Some(object) = record.as_object() else { return false };
        if patterns.is_empty() {
            return true;
        }
        let decode = |text: &str| {
            let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        };
        let Some(kinesis) = object.get("kinesis").and_then(Value::as_object) else {
            return patterns.iter().any(|pattern| pattern.matches(object));
        };
        // Filters speak of the data of a record beside its other members.
        let mut flat = kinesis.clone();
        flat.extend(
            object.iter().filter(|(name, _)| *name != "kinesis").map(|(n, v)| (n.clone(), v.clone())),
        );
        patterns.iter().any(|pattern| matches_record(pattern, flat.clone(), "data", decode))
    }

    /// Calls the function with a batch until it is done with it, or it is given up.
    async fn handle(&self, batch: Vec<Arc<Value>>, shard: u32) {
        // Parts of a batch that is cut come one after the other.
        let mut parts = VecDeque::from([batch]);
        let mut tries = 0;
        let mut pause = PAUSES.0;
        while let Some(batch) = parts.pop_front() {
            let event =
                json!({ "Records": batch.iter().map(Arc::as_ref).collect::<Vec<&Value>>() }).to_string();
            let outcome = self.call(event.into()).await;
            tries += 1;
            let Some(from) = self.failed(&batch, &outcome) else {
                self.listener.count(u64::try_from(batch.len()).unwrap_or_default());
                (tries, pause) = (0, PAUSES.0);
                continue;
            };
            // What came before the first that failed is done.
            let rest = batch[from..].to_vec();
            if from > 0 {
                self.listener.count(u64::try_from(from).unwrap_or_default());
            }
            if self.retries.is_some_and(|retries| tries > retries) {
                self.give_up(&rest, shard, &outcome, tries);
                (tries, pause) = (0, PAUSES.0);
                continue;
            }
            if self.bisect && rest.len() > 1 {
                let (one, two) = rest.split_at(rest.len() / 2);
                parts.push_front(two.to_vec());
                parts.push_front(one.to_vec());
            } else {
                parts.push_front(rest);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn call(&self, event: bytes::Bytes) -> Outcome {
        let mut told = false;
        loop {
            if let Some(why) = cannot(self.messaging, self.function)
                && !std::mem::replace(&mut told, true)
            {
                self.messaging
                    .say(&format!("function {} does not read {}: {why}", self.function, self.stream.name));
            }
            match self.messaging.functions().invoke(self.function, event.clone()).await {
                Ok(outcome) => return outcome,
                Err(Refusal::TooLarge { bytes, limit }) => {
                    self.messaging.say(&format!(
                        "{}: a batch of {bytes} bytes is left out, as an event has {limit} at most",
                        self.listener.trigger.id
                    ));
                    return Outcome {
                        payload: bytes::Bytes::from_static(b"null"),
                        error: None,
                        request_id: ids::uuid(),
                        log_tail: String::new(),
                    };
                }
                Err(Refusal::Unknown | Refusal::Throttled | Refusal::CannotRun(_)) => {
                    tokio::time::sleep(PAUSES.0).await;
                }
            }
        }
    }

    /// From which record on a batch failed; none where it did not.
    fn failed(&self, batch: &[Arc<Value>], outcome: &Outcome) -> Option<usize> {
        if outcome.error.is_some() {
            return Some(0);
        }
        if !self.partial {
            return None;
        }
        let place = |id: &str| batch.iter().position(|record| sequence(record) == id);
        match failures(&outcome.payload, |id| place(id).is_some()) {
            Ok(failed) => failed.iter().filter_map(|id| place(id)).min(),
            Err(why) => {
                self.messaging
                    .say(&format!("function {}: the whole batch counts as failed, as {why}", self.function));
                Some(0)
            }
        }
    }

    /// Tells where somebody wants to know, and goes on.
    fn give_up(&self, batch: &[Arc<Value>], shard: u32, outcome: &Outcome, tries: u32) {
        let count = batch.len();
        self.messaging.say(&format!(
            "function {} failed {tries} times with {count} records of {}, which are left out",
            self.function, self.stream.name
        ));
        let Some(target) = self.on_failure else { return };
        let info = if self.stream.table.is_some() { "DDBStreamBatchInfo" } else { "KinesisBatchInfo" };
        let (first, last) = (batch.first().map(Arc::as_ref), batch.last().map(Arc::as_ref));
        let (first, last) = (first.unwrap_or(&Value::Null), last.unwrap_or(&Value::Null));
        let arn = self.messaging.functions().pool(self.function).map(|pool| pool.arn.clone());
        let now = clock::iso(clock::epoch_ms());
        let record = json!({
            "requestContext": {
                "requestId": outcome.request_id,
                "functionArn": arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": tries,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": now,
            info: {
                "shardId": shard_id(shard),
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": now,
                "approximateArrivalOfLastRecord": now,
                "batchSize": count,
                "streamArn": first["eventSourceARN"],
            },
        });
        if let Err(refused) = self.messaging.to_target(target, record.to_string().into(), 0) {
            self.messaging.say(&format!("{}: {refused}", self.listener.trigger.id));
        }
    }
}

/// What a record is told by.
fn sequence(record: &Value) -> &str {
    let number = &record["dynamodb"]["SequenceNumber"];
    number.as_str().or_else(|| record["kinesis"]["sequenceNumber"].as_str()).unwrap_or_default()
}
