//! Who listens: a trigger with what it was read to, and the tasks that run for triggers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use samc_schema::manifest::{Source, Target, Trigger};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::directory::Directory;
use super::{Messaging, poll, schedule, stream};
use crate::pattern::Pattern;

/// A trigger.
#[derive(Debug)]
pub(crate) struct Listener {
    /// As the manifest has it.
    pub(crate) trigger: Trigger,
    /// Patterns of which one must match; none where everything does.
    pub(crate) patterns: Vec<Pattern>,
    /// What is wrong with it: it hears nothing then.
    pub(crate) fault: Option<String>,
    delivered: AtomicU64,
}

impl Listener {
    /// A trigger of the manifest.
    pub(crate) fn new(trigger: Trigger) -> Listener {
        let values: Vec<&Value> = match &trigger.source {
            Source::Sqs { filters, .. } | Source::Stream { filters, .. } => filters.iter().collect(),
            Source::Sns { filter, .. } if !filter.is_null() => vec![filter],
            Source::Event { pattern, .. } => vec![pattern],
            Source::Sns { .. } | Source::S3 { .. } | Source::Schedule { .. } => Vec::new(),
        };
        let mut patterns = Vec::new();
        let mut fault = None;
        for value in values {
            match Pattern::read(value) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => fault = Some(format!("its pattern is not one, so that nothing matches: {why}")),
            }
        }
        if let Source::Schedule { expression, timezone, .. } = &trigger.source {
            fault = schedule::fault(expression, timezone.as_deref());
        }
        Listener { trigger, patterns, fault, delivered: AtomicU64::new(0) }
    }

    /// Whether it is on and can hear.
    pub(crate) fn is_on(&self) -> bool {
        let enabled = match &self.trigger.source {
            Source::Sqs { enabled, .. }
            | Source::Stream { enabled, .. }
            | Source::Event { enabled, .. }
            | Source::Schedule { enabled, .. } => *enabled,
            Source::Sns { .. } | Source::S3 { .. } => true,
        };
        enabled && self.fault.is_none()
    }

    /// Where goes what its target does not take.
    pub(crate) fn dead_letters(&self) -> Option<&Target> {
        match &self.trigger.source {
            Source::Sns { dead_letters, .. }
            | Source::Event { dead_letters, .. }
            | Source::Schedule { dead_letters, .. } => dead_letters.as_ref(),
            Source::Sqs { .. } | Source::Stream { .. } | Source::S3 { .. } => None,
        }
    }

    /// Counts what went to its target.
    pub(crate) fn count(&self, more: u64) {
        self.delivered.fetch_add(more, Ordering::Relaxed);
    }

    /// What it is to whoever looks.
    pub(crate) fn state(&self) -> super::ListenerState {
        let (to, target) = name(&self.trigger.target);
        let filter = match &self.trigger.source {
            Source::Sqs { filters, .. } | Source::Stream { filters, .. } => match filters.as_slice() {
                [] => Value::Null,
                all => all.to_vec().into(),
            },
            Source::Sns { filter, .. } => filter.clone(),
            Source::Event { pattern, .. } => pattern.clone(),
            Source::S3 { events, prefix, suffix, .. } => {
                serde_json::json!({ "events": events, "prefix": prefix, "suffix": suffix })
            }
            Source::Schedule { .. } => Value::Null,
        };
        super::ListenerState {
            id: self.trigger.id.clone(),
            to,
            target: target.to_owned(),
            filter,
            enabled: self.is_on(),
            delivered: self.delivered.load(Ordering::Relaxed),
        }
    }
}

/// What a target is, and its id.
pub(crate) fn name(target: &Target) -> (&'static str, &str) {
    match target {
        Target::Function(id) => ("function", id),
        Target::Queue(id) => ("queue", id),
        Target::Topic(id) => ("topic", id),
        Target::Bus(id) => ("bus", id),
        Target::Unsupported(id) => ("unsupported", id),
    }
}

/// What runs for triggers.
#[derive(Default)]
pub(crate) struct Tasks {
    running: Vec<Task>,
    pub(crate) watch: Option<super::watch::Watch>,
    polls: super::emulator::Polls,
}

struct Task {
    listener: Arc<Listener>,
    stop: watch::Sender<bool>,
    handle: JoinHandle<()>,
}

impl Tasks {
    /// Starts what should run and does not, stops what should not.
    pub(crate) fn sync(&mut self, messaging: &Messaging, directory: &Directory) {
        self.running.retain(|task| {
            let stays = directory.listeners.iter().any(|listener| Arc::ptr_eq(listener, &task.listener));
            if !stays {
                task.stop.send_replace(true);
            }
            stays
        });
        for listener in directory.listeners.iter().filter(|listener| listener.is_on()) {
            if self.running.iter().any(|task| Arc::ptr_eq(&task.listener, listener)) {
                continue;
            }
            let stop = watch::Sender::new(false);
            let (to, own, stopped) = (messaging.clone(), Arc::clone(listener), stop.subscribe());
            let handle = match &listener.trigger.source {
                Source::Sqs { .. } => tokio::spawn(poll::run(to, own, stopped)),
                Source::Stream { .. } => {
                    // What is put in before the task runs is read as well.
                    let from = stream::start(directory, &listener.trigger.source);
                    tokio::spawn(stream::run(to, own, from, stopped))
                }
                Source::Schedule { .. } if messaging.settings().clock => {
                    tokio::spawn(schedule::run(to, own, stopped))
                }
                Source::Sns { .. } | Source::S3 { .. } | Source::Event { .. } | Source::Schedule { .. } => {
                    continue;
                }
            };
            self.running.push(Task { listener: Arc::clone(listener), stop, handle });
        }
        super::watch::sync(&mut self.watch, messaging, directory);
        self.polls.sync(messaging, directory);
    }

    /// Stops all and waits until they have.
    pub(crate) async fn end(self) {
        for task in &self.running {
            task.stop.send_replace(true);
        }
        for task in self.running {
            // A task that panicked is over as well.
            let _ = task.handle.await;
        }
    }
}
