//! Buckets: what happens to their objects, told by somebody or seen in a folder.

use std::path::PathBuf;

use samc_schema::manifest::{Source, Target};

use super::directory::{DEFAULT_BUS, Directory};
use super::message::{ObjectEvent, Publication};
use super::refused::Refused;
use super::{BucketState, Messaging};
use crate::events;

/// A bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Whether it tells the default bus of its objects.
    pub(crate) event_bridge: bool,
}

impl Bucket {
    /// The folder that is watched for it.
    fn folder(&self, messaging: &Messaging) -> Option<PathBuf> {
        Some(messaging.settings().buckets.as_ref()?.join(&self.id))
    }
}

/// Whether a notification is about this, such as `s3:ObjectCreated:*` about `ObjectCreated:Put`.
fn is_about(wanted: &str, kind: &str) -> bool {
    let wanted = wanted.trim_start_matches("s3:");
    match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => wanted == kind,
    }
}

impl Messaging {
    /// Tells that something happened to an object of a bucket: its logical id, name or ARN. It gives how
    /// many notifications went out.
    pub fn object(&self, bucket: &str, object: &ObjectEvent) -> Result<usize, Refused> {
        let directory = self.directory();
        let bucket = directory
            .bucket(bucket)
            .ok_or_else(|| Refused::Unknown { kind: "bucket", name: bucket.to_owned() })?;
        let kind = object.kind.trim_start_matches("s3:");
        if object.key.is_empty() || !kind.contains(':') {
            return Err(Refused::Invalid(
                "what happened to an object has a key and a kind such as ObjectCreated:Put".to_owned(),
            ));
        }
        let place = self.place();
        let mut count = 0;
        for listener in &directory.listeners {
            let Source::S3 { bucket: own, events, prefix, suffix } = &listener.trigger.source else {
                continue;
            };
            let is_own = directory.bucket(own).is_some_and(|own| own.id == bucket.id);
            if !is_own
                || !events.iter().any(|wanted| is_about(wanted, kind))
                || !object.key.starts_with(prefix.as_str())
                || !object.key.ends_with(suffix.as_str())
            {
                continue;
            }
            let event = events::s3(&place, &bucket.name, &listener.trigger.id, object).to_string();
            let done = match &listener.trigger.target {
                Target::Topic(topic) => {
                    let subject = Some("Amazon S3 Notification".to_owned());
                    self.publish(topic, Publication { message: event, subject, ..Default::default() })
                        .map(|_| ())
                }
                other => self.to_target(other, event.into(), 0),
            };
            count += usize::from(self.handed(listener, done, None));
        }
        if bucket.event_bridge {
            self.put(DEFAULT_BUS, events::object_event(&place, &bucket.name, object), 0)?;
            count += 1;
        }
        Ok(count)
    }

    pub(super) fn buckets(&self, directory: &Directory) -> Vec<BucketState> {
        let all = directory.buckets.values().map(|bucket| BucketState {
            id: bucket.id.clone(),
            name: bucket.name.clone(),
            folder: bucket.folder(self).map(|folder| folder.display().to_string()),
            notifications: directory
                .listeners
                .iter()
                .filter(|listener| match &listener.trigger.source {
                    Source::S3 { bucket: own, .. } => {
                        directory.bucket(own).is_some_and(|own| own.id == bucket.id)
                    }
                    _ => false,
                })
                .map(|listener| listener.state())
                .collect(),
        });
        all.collect()
    }
}
