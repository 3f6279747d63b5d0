//! Streams of tables that an emulator of DynamoDB has: their records are read there, and put into the streams here.
//!
//! Source: the API reference of DynamoDB Streams, and "Process DynamoDB records with Lambda" in the guide of Lambda:
//! shards are looked at four times in a second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use samc_schema::manifest::Source;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Messaging;
use super::directory::Directory;
use super::stream::Stream;
use crate::function::ACCESS_KEY;
use crate::http::fetch::fetch;

/// How often shards are looked at, and how often it is looked for shards and for streams that are new.
const PERIOD: Duration = Duration::from_millis(250);
const LOOK: Duration = Duration::from_secs(2);
/// Records of an answer at most. Source: GetRecords in the API reference of DynamoDB Streams.
const MOST: u32 = 1000;
/// Pages of a list that are asked for at most.
const PAGES: usize = 100;

/// The tables whose streams are read. They are read no more once this is dropped.
#[derive(Default)]
pub(crate) struct Polls {
    running: Vec<(Arc<Stream>, JoinHandle<()>)>,
}

impl Drop for Polls {
    fn drop(&mut self) {
        for (_, task) in &self.running {
            task.abort();
        }
    }
}

impl Polls {
    /// Reads the streams of tables that functions read, and no others.
    pub(crate) fn sync(&mut self, messaging: &Messaging, directory: &Directory) {
        let Some(url) = &messaging.settings().streams_url else { return };
        let readers = |stream: &Arc<Stream>| {
            let all = directory.listeners.iter().filter(|listener| listener.is_on());
            let own = all.filter_map(|listener| match &listener.trigger.source {
                Source::Stream { stream, start, .. } => Some((directory.stream(stream)?, start.clone())),
                _ => None,
            });
            let starts = own.filter(|(read, _)| Arc::ptr_eq(read, stream)).map(|(_, start)| start);
            starts.collect::<Vec<String>>()
        };
        let wanted: Vec<_> = directory
            .streams
            .values()
            .filter(|stream| stream.is_of_table())
            .map(|stream| (stream, readers(stream)))
            .filter(|(_, readers)| !readers.is_empty())
            .collect();
        self.running.retain(|(own, task)| {
            let stays = wanted.iter().any(|(stream, _)| Arc::ptr_eq(stream, own));
            if !stays {
                task.abort();
            }
            stays
        });
        for (stream, readers) in wanted {
            if !self.running.iter().any(|(own, _)| Arc::ptr_eq(stream, own)) {
                let from_first = readers.iter().any(|start| start == "TRIM_HORIZON");
                let poll = Poll::new(messaging.clone(), Arc::clone(stream), url.clone(), from_first);
                self.running.push((Arc::clone(stream), tokio::spawn(poll.run())));
            }
        }
    }
}

/// Why a call has no answer.
enum Fault {
    /// The emulator refuses it: the kind of its error.
    Refused(String),
    /// There is no emulator, or it answers something else.
    Broken(String),
}

/// The stream of a table that is read.
struct Poll {
    messaging: Messaging,
    stream: Arc<Stream>,
    url: String,
    /// Where shards are read from that are there when it begins.
    start: &'static str,
    /// The stream's ARN; none where the table has none or is not there.
    arn: Option<String>,
    /// Where to go on, by shard. One that has come to its end has none.
    shards: BTreeMap<String, Position>,
    told: BTreeSet<String>,
}

/// Where to go on in a shard.
#[derive(Default)]
struct Position {
    iterator: Option<String>,
    /// The number of the last record that was read.
    last: Option<String>,
}

impl Poll {
    fn new(messaging: Messaging, stream: Arc<Stream>, url: String, from_first: bool) -> Poll {
        let start = if from_first { "TRIM_HORIZON" } else { "LATEST" };
        Poll { messaging, stream, url, start, arn: None, shards: BTreeMap::new(), told: BTreeSet::new() }
    }

    async fn run(mut self) {
        let mut look = Instant::now();
        loop {
            let done = async {
                if Instant::now() >= look {
                    self.look().await?;
                    look = Instant::now() + LOOK;
                }
                self.read().await
            };
            match done.await {
                Ok(()) => sleep(PERIOD).await,
                Err(why) => {
                    let name = &self.stream.name;
                    let text = format!("table {name}: its stream is not read: {why}");
                    if self.told.insert(why) {
                        self.messaging.say(&text);
                    }
                    look = Instant::now();
                    sleep(LOOK).await;
                }
            }
        }
    }

    /// Looks for the stream and for its shards.
    async fn look(&mut self) -> Result<(), String> {
        let own = json!({ "TableName": self.stream.name });
        let found = match self.call("DynamoDB_20120810.DescribeTable", &own).await {
            Ok(found) => found["Table"]["LatestStreamArn"].as_str().map(str::to_owned),
            Err(Fault::Refused(kind)) if kind == "ResourceNotFoundException" => None,
            Err(fault) => return Err(fault.text()),
        };
        if self.arn != found {
            self.shards.clear();
            self.arn = found;
        }
        let Some(arn) = self.arn.clone() else {
            let why = "the table is not there, or has no stream".to_owned();
            if self.told.insert(why.clone()) {
                self.messaging.say(&format!("table {}: at {} {why} yet", self.stream.name, self.url));
            }
            // What comes from now on is news.
            self.start = "TRIM_HORIZON";
            return Ok(());
        };
        let mut after = Value::Null;
        for _ in 0..PAGES {
            let mut ask = json!({ "StreamArn": arn });
            if !after.is_null() {
                ask["ExclusiveStartShardId"] = after;
            }
            let described = self.call("DynamoDBStreams_20120810.DescribeStream", &ask).await;
            let described = described.map_err(Fault::text)?;
            let described = &described["StreamDescription"];
            for shard in described["Shards"].as_array().into_iter().flatten() {
                let Some(shard) = shard["ShardId"].as_str() else { continue };
                if !self.shards.contains_key(shard) {
                    let iterator = self.iterator(&arn, shard, self.start, None).await?;
                    self.shards.insert(shard.to_owned(), Position { iterator, last: None });
                }
            }
            after = described["LastEvaluatedShardId"].clone();
            if after.is_null() {
                break;
            }
        }
        self.start = "TRIM_HORIZON";
        Ok(())
    }

    async fn iterator(
        &self,
        arn: &str,
        shard: &str,
        kind: &str,
        after: Option<&str>,
    ) -> Result<Option<String>, String> {
        let mut ask = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind });
        if let Some(after) = after {
            ask["SequenceNumber"] = after.into();
        }
        let answer = self.call("DynamoDBStreams_20120810.GetShardIterator", &ask).await;
        Ok(answer.map_err(Fault::text)?["ShardIterator"].as_str().map(str::to_owned))
    }

    /// Reads what is new in all shards.
    async fn read(&mut self) -> Result<(), String> {
        let Some(arn) = self.arn.clone() else { return Ok(()) };
        let shards: Vec<String> = self.shards.keys().cloned().collect();
        for shard in shards {
            let Some(position) = self.shards.get(&shard) else { continue };
            let Some(iterator) = position.iterator.clone() else { continue };
            let last = position.last.clone();
            let ask = json!({ "ShardIterator": iterator, "Limit": MOST });
            let next = match self.call("DynamoDBStreams_20120810.GetRecords", &ask).await {
                Ok(mut answer) => {
                    let records = std::mem::take(&mut answer["Records"]);
                    let last = self.add(&arn, records).or(last);
                    Position { iterator: answer["NextShardIterator"].as_str().map(str::to_owned), last }
                }
                Err(Fault::Refused(kind)) if kind == "ExpiredIteratorException" => {
                    let kind = if last.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "LATEST" };
                    Position { iterator: self.iterator(&arn, &shard, kind, last.as_deref()).await?, last }
                }
                // The table is gone, or was made anew.
                Err(Fault::Refused(_)) => {
                    self.arn = None;
                    self.shards.clear();
                    return Ok(());
                }
                Err(fault) => return Err(fault.text()),
            };
            self.shards.insert(shard, next);
        }
        Ok(())
    }

    /// Puts records into the stream, as Lambda gives them to functions; the number of the last.
    fn add(&self, arn: &str, records: Value) -> Option<String> {
        let Value::Array(mut records) = records else { return None };
        let region = &self.messaging.functions().context().region;
        for record in records.iter_mut().filter_map(Value::as_object_mut) {
            record.entry("awsRegion").or_insert_with(|| region.as_str().into());
            record.insert("eventSourceARN".to_owned(), arn.into());
        }
        self.stream.add_records(&records);
        records.last()?["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned)
    }

    async fn call(&self, target: &str, body: &Value) -> Result<Value, Fault> {
        let region = &self.messaging.functions().context().region;
        // Emulators keep tables by the key and the region of who asks, and do not look at signatures.
        let credential = format!("{ACCESS_KEY}/20260101/{region}/dynamodb/aws4_request");
        let request = Request::post(&self.url)
            .header("x-amz-target", target)
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header(
                AUTHORIZATION,
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
            )
            .body(Bytes::from(body.to_string()))
            .map_err(|error| Fault::Broken(format!("{}: {error}", self.url)))?;
        let (status, body) = fetch(request).await.map_err(Fault::Broken)?;
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|_| Fault::Broken(format!("{} answers {status} and no JSON", self.url)))?;
        if status.is_success() {
            return Ok(answer);
        }
        let kind = answer["__type"].as_str().and_then(|kind| kind.rsplit('#').next());
        match kind {
            Some(kind) => Err(Fault::Refused(kind.to_owned())),
            None => Err(Fault::Broken(format!("{} answers {status}", self.url))),
        }
    }
}

impl Fault {
    fn text(self) -> String {
        match self {
            Fault::Refused(kind) => format!("the emulator answers {kind}"),
            Fault::Broken(why) => why,
        }
    }
}
