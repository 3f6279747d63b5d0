//! What there is, and under which names.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use samc_schema::manifest::{Manifest, Resource, Source, Target};

use super::bucket::Bucket;
use super::bus::Bus;
use super::listener::Listener;
use super::queue::{self, Queue};
use super::stream::Stream;
use super::topic::Topic;

/// The bus that every account has.
pub(crate) const DEFAULT_BUS: &str = "default";

/// What there is, by logical id; by ARN what is not of this application.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) queues: IndexMap<String, Arc<Queue>>,
    pub(crate) topics: IndexMap<String, Arc<Topic>>,
    pub(crate) buses: IndexMap<String, Arc<Bus>>,
    pub(crate) buckets: IndexMap<String, Bucket>,
    pub(crate) streams: IndexMap<String, Arc<Stream>>,
    pub(crate) listeners: Vec<Arc<Listener>>,
}

impl Directory {
    /// What a manifest says. What was there before stays where it still is.
    pub(crate) fn new(manifest: &Manifest, before: &Directory) -> Directory {
        let mut all = Directory::default();
        let names = Names { region: &manifest.region, account: &manifest.account };
        for (id, resource) in &manifest.resources {
            all.add(id, resource, &names, before);
        }
        if !all.buses.values().any(|bus| bus.name == DEFAULT_BUS) {
            let bus = Resource::Bus { name: DEFAULT_BUS.to_owned() };
            all.add(DEFAULT_BUS, &bus, &names, before);
        }
        for trigger in &manifest.triggers {
            if let Some((id, resource)) = foreign(&trigger.source)
                && !all.has(id, &resource)
            {
                all.add(id, &resource, &names, before);
            }
            if let Target::Bus(id) = &trigger.target
                && all.bus(id).is_none()
            {
                all.add(id, &Resource::Bus { name: last(id).to_owned() }, &names, before);
            }
            let same = before.listeners.iter().find(|listener| listener.trigger == *trigger);
            let listener = same.cloned().unwrap_or_else(|| Arc::new(Listener::new(trigger.clone())));
            all.listeners.push(listener);
        }
        all
    }

    fn has(&self, id: &str, resource: &Resource) -> bool {
        match resource {
            Resource::Queue { .. } => self.queue(id).is_some(),
            Resource::Topic { .. } => self.topic(id).is_some(),
            Resource::Bus { .. } => self.bus(id).is_some(),
            Resource::Bucket { .. } => self.bucket(id).is_some(),
            Resource::Table { .. } | Resource::Stream { .. } => self.stream(id).is_some(),
        }
    }

    fn add(&mut self, id: &str, resource: &Resource, names: &Names<'_>, before: &Directory) {
        let key = id.to_owned();
        match resource {
            Resource::Queue {
                name,
                fifo,
                content_based_deduplication,
                visibility_seconds,
                delay_seconds,
                retention_seconds,
                dead_letters,
            } => {
                let settings = queue::Settings {
                    fifo: *fifo,
                    content_based_deduplication: *content_based_deduplication,
                    visibility: Duration::from_secs(*visibility_seconds),
                    delay: Duration::from_secs(*delay_seconds),
                    retention: Duration::from_secs(*retention_seconds),
                    dead_letters: dead_letters.clone(),
                };
                let same = before.queues.get(id).filter(|q| q.name == *name && q.settings().fifo == *fifo);
                let queue = match same {
                    Some(queue) => {
                        queue.set(settings);
                        Arc::clone(queue)
                    }
                    None => {
                        let arn = names.arn("sqs", id, name);
                        Arc::new(Queue::new(key.clone(), name.clone(), arn, settings))
                    }
                };
                self.queues.insert(key, queue);
            }
            Resource::Topic { name, fifo, content_based_deduplication } => {
                let by_content = *content_based_deduplication;
                let topic =
                    Topic::new(key.clone(), name.clone(), names.arn("sns", id, name), *fifo, by_content);
                let same = before.topics.get(id).filter(|same| same.is_like(&topic)).cloned();
                let topic = same.unwrap_or_else(|| Arc::new(topic));
                self.topics.insert(key, topic);
            }
            Resource::Bus { name } => {
                let same = before.buses.get(id).filter(|bus| bus.name == *name).cloned();
                let bus = same.unwrap_or_else(|| {
                    let arn = names.arn("events", id, &format!("event-bus/{name}"));
                    Arc::new(Bus::new(key.clone(), name.clone(), arn))
                });
                self.buses.insert(key, bus);
            }
            Resource::Bucket { name, event_bridge } => {
                let bucket = Bucket { id: key.clone(), name: name.clone(), event_bridge: *event_bridge };
                self.buckets.insert(key, bucket);
            }
            Resource::Table { name, keys, stream, .. } => {
                let keys = keys.keys().cloned().collect();
                let view = stream.clone().unwrap_or_else(|| "NEW_AND_OLD_IMAGES".to_owned());
                let stream = Stream::new(key.clone(), name.clone(), Some((keys, view)), 1);
                self.add_stream(stream, before);
            }
            Resource::Stream { name, shards } => {
                let stream = Stream::new(key, name.clone(), None, *shards);
                self.add_stream(stream, before);
            }
        }
    }

    fn add_stream(&mut self, stream: Stream, before: &Directory) {
        let same = before.streams.get(&stream.id).filter(|same| same.is_like(&stream)).cloned();
        self.streams.insert(stream.id.clone(), same.unwrap_or_else(|| Arc::new(stream)));
    }

    /// A queue by logical id, name, ARN or URL.
    pub(crate) fn queue(&self, name: &str) -> Option<Arc<Queue>> {
        let found = |name: &str| {
            let by_name = || self.queues.values().find(|queue| queue.name == name || queue.arn == name);
            self.queues.get(name).or_else(by_name).cloned()
        };
        found(name).or_else(|| found(last(name)))
    }

    /// A topic by logical id, name or ARN.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        let found = |name: &str| {
            let by_name = || self.topics.values().find(|topic| topic.name == name || topic.arn == name);
            self.topics.get(name).or_else(by_name).cloned()
        };
        found(name).or_else(|| found(last(name)))
    }

    /// A bus by logical id, name or ARN.
    pub(crate) fn bus(&self, name: &str) -> Option<Arc<Bus>> {
        let found = |name: &str| {
            let by_name = || self.buses.values().find(|bus| bus.name == name || bus.arn == name);
            self.buses.get(name).or_else(by_name).cloned()
        };
        found(name).or_else(|| found(last(name)))
    }

    /// A bucket by logical id, name or ARN.
    pub(crate) fn bucket(&self, name: &str) -> Option<&Bucket> {
        let name = name.strip_prefix("arn:aws:s3:::").unwrap_or(name);
        self.buckets.get(name).or_else(|| self.buckets.values().find(|bucket| bucket.name == name))
    }

    /// A table or a stream of Kinesis by logical id, name or ARN.
    pub(crate) fn stream(&self, name: &str) -> Option<Arc<Stream>> {
        let table = name.split_once(":table/").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
        let short = table.unwrap_or_else(|| last(name));
        let found = |name: &str| {
            let by_name = || self.streams.values().find(|stream| stream.name == name);
            self.streams.get(name).or_else(by_name).cloned()
        };
        found(name).or_else(|| found(short))
    }
}

/// The name at the end of an ARN or a URL.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit([':', '/']).next().unwrap_or(name)
}

struct Names<'a> {
    region: &'a str,
    account: &'a str,
}

impl Names<'_> {
    fn arn(&self, service: &str, id: &str, name: &str) -> String {
        match id.starts_with("arn:") {
            true => id.to_owned(),
            false => format!("arn:aws:{service}:{}:{}:{name}", self.region, self.account),
        }
    }
}

/// What a trigger listens to, as it is where another application has it: with AWS's defaults.
fn foreign(source: &Source) -> Option<(&str, Resource)> {
    let is_fifo = |name: &str| name.ends_with(".fifo");
    Some(match source {
        Source::Sqs { queue, .. } => {
            let resource = Resource::Queue {
                name: last(queue).to_owned(),
                fifo: is_fifo(queue),
                content_based_deduplication: is_fifo(queue),
                visibility_seconds: 30,
                delay_seconds: 0,
                retention_seconds: 345_600,
                dead_letters: None,
            };
            (queue, resource)
        }
        Source::Sns { topic, .. } => (
            topic,
            Resource::Topic {
                name: last(topic).to_owned(),
                fifo: is_fifo(topic),
                content_based_deduplication: is_fifo(topic),
            },
        ),
        Source::Event { bus, .. } => (bus, Resource::Bus { name: last(bus).to_owned() }),
        Source::Stream { stream, table: true, .. } => {
            let name = stream.split_once(":table/").map_or(stream.as_str(), |(_, rest)| rest);
            let name = name.split('/').next().unwrap_or(name).to_owned();
            let table = Resource::Table {
                name,
                keys: IndexMap::new(),
                stream: None,
                create: serde_json::Value::Null,
            };
            (stream, table)
        }
        Source::Stream { stream, table: false, .. } => {
            (stream, Resource::Stream { name: last(stream).to_owned(), shards: 1 })
        }
        Source::S3 { bucket, .. } => (bucket, Resource::Bucket { name: bucket.clone(), event_bridge: false }),
        Source::Schedule { .. } => return None,
    })
}
