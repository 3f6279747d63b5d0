//! What drives functions, routes aside: queues, topics, buses, schedules, buckets and streams in memory.

mod bucket;
mod bus;
mod directory;
mod emulator;
mod endpoint;
mod input;
mod listener;
mod message;
mod poll;
mod queue;
mod refused;
mod schedule;
mod state;
mod stream;
mod topic;
mod watch;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use samc_schema::manifest::{Manifest, Target};
use tokio::time::Instant;

pub(crate) use bus::{LARGEST as LARGEST_EVENT, size as size_of_event};
pub use message::{
    Attribute, AttributeValue, Change, Message, NewEvent, ObjectEvent, Publication, Sent, StreamRecord, md5,
    md5_of_attributes,
};
pub use queue::Received;
pub(crate) use queue::{Queue, Want};
pub use refused::Refused;
pub use state::{
    BucketState, BusState, ListenerState, MessageState, QueueState, ScheduleState, State, StreamState,
    TopicState,
};

use crate::clock;
use crate::events::Place;
use crate::function::Functions;
use crate::invoke::{Deliver, Invoke, Refusal};
use crate::sink::{Line, LineKind};
use directory::Directory;
use listener::{Listener, Tasks};

/// How the user wants it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Whether schedules come by themselves.
    pub(crate) clock: bool,
    /// The folder with a folder for each bucket, by logical id, that is watched; none where none is.
    pub(crate) buckets: Option<PathBuf>,
    /// Where an emulator has the streams of tables; none where nobody has.
    pub(crate) streams_url: Option<String>,
}

/// Queues, topics, buses, schedules, buckets and streams in memory. Copies are the same.
#[derive(Clone)]
pub struct Messaging {
    inner: Arc<Inner>,
}

struct Inner {
    functions: Functions,
    settings: Settings,
    directory: RwLock<Arc<Directory>>,
    tasks: Mutex<Tasks>,
}

impl Messaging {
    /// What a manifest says, standing still until it is started.
    pub(crate) fn new(manifest: &Manifest, functions: Functions, settings: Settings) -> Messaging {
        let directory = Directory::new(manifest, &Directory::default());
        let directory = RwLock::new(Arc::new(directory));
        let inner = Inner { functions, settings, directory, tasks: Mutex::default() };
        Messaging { inner: Arc::new(inner) }
    }

    /// Starts reading queues and streams, watching buckets and, if the user wants it, the clock. It needs a
    /// runtime of tokio.
    pub fn start(&self) {
        self.inner.functions.deliver_to(Arc::new(self.clone()));
        self.tell_faults();
        self.sync_tasks();
    }

    /// Ends all of that. Batches that are in functions already go on.
    pub async fn end(&self) {
        let tasks = std::mem::take(&mut *self.tasks());
        tasks.end().await;
    }

    /// Takes another manifest: what is in queues stays where there still is such a queue, and readers that
    /// did not change go on.
    pub fn replace(&self, manifest: &Manifest) {
        let before = self.directory();
        let directory = Arc::new(Directory::new(manifest, &before));
        *self.inner.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
        self.tell_faults();
        self.sync_tasks();
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, Tasks> {
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what should run and does not, stops what should not.
    fn sync_tasks(&self) {
        let directory = self.directory();
        self.tasks().sync(self, &directory);
    }

    fn tell_faults(&self) {
        for listener in &self.directory().listeners {
            if let Some(fault) = &listener.fault {
                self.say(&format!("{}: {fault}", listener.trigger.id));
            }
        }
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.inner.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn functions(&self) -> &Functions {
        &self.inner.functions
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Here and now.
    pub(crate) fn place(&self) -> Place<'_> {
        let context = self.inner.functions.context();
        Place { region: &context.region, account: &context.account, now_ms: clock::epoch_ms() }
    }

    pub(crate) fn say(&self, text: &str) {
        let sink = &self.inner.functions.context().sink;
        sink.line(Line { kind: LineKind::Notice, function: None, request_id: "", text });
    }

    pub(crate) fn queue(&self, name: &str) -> Result<Arc<Queue>, Refused> {
        self.directory().queue(name).ok_or_else(|| Refused::Unknown { kind: "queue", name: name.to_owned() })
    }

    /// Puts a message into a queue: its logical id, name, ARN or URL.
    pub fn send(&self, queue: &str, message: Message) -> Result<Sent, Refused> {
        self.queue(queue)?.send(message)
    }

    /// Takes messages out of the way of others until they are deleted or time is over, waiting for some.
    /// Those that were received too often go to the queue for that.
    pub(crate) async fn receive(&self, queue: &Queue, want: &Want, wait: Duration) -> Vec<Received> {
        let end = Instant::now() + wait;
        loop {
            let changed = queue.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let taken = queue.take(want);
            let moved = !taken.dead.is_empty();
            for stored in taken.dead {
                self.bury(queue, stored);
            }
            if !taken.received.is_empty() || (!moved && Instant::now() >= end) {
                return taken.received;
            }
            if moved {
                continue;
            }
            let due = taken.due.map_or(end, |due| due.min(end));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(due) => {}
            }
        }
    }

    fn bury(&self, queue: &Queue, stored: queue::Stored) {
        let to = queue.settings().dead_letters.map(|dead| dead.queue);
        let to = to.and_then(|to| Some((self.directory().queue(&to)?, to)));
        let back = match to {
            Some((to, _)) => to.bury(stored, &queue.arn),
            None => Err(Box::new(stored)),
        };
        if let Err(stored) = back {
            self.say(&format!(
                "queue {}: a message that was received too often stays, as its dead-letter queue takes none",
                queue.name
            ));
            queue.unbury(*stored);
        }
    }

    /// Takes all messages out of a queue; how many there were.
    pub fn purge(&self, queue: &str) -> Result<usize, Refused> {
        Ok(self.queue(queue)?.purge())
    }

    /// Sends a text to a function, queue, topic or bus.
    pub(crate) fn to_target(&self, target: &Target, payload: Bytes, depth: u32) -> Result<(), Refused> {
        let text = || String::from_utf8_lossy(&payload).into_owned();
        match target {
            Target::Function(id) => {
                self.call(id, payload)?;
                Ok(())
            }
            Target::Queue(id) => {
                self.send(id, Message { body: text(), ..Message::default() })?;
                Ok(())
            }
            Target::Topic(id) => {
                self.publish(id, Publication { message: text(), ..Publication::default() })?;
                Ok(())
            }
            Target::Bus(id) => {
                let event = serde_json::from_slice(&payload)
                    .map_err(|error| Refused::Invalid(format!("it is no event: {error}")))?;
                self.put(id, event, depth + 1)?;
                Ok(())
            }
            Target::Unsupported(what) => Err(Refused::CannotRun(format!("{what} does not run locally"))),
        }
    }

    /// Calls a function without waiting; it gives the request id.
    pub(crate) fn call(&self, function: &str, event: Bytes) -> Result<String, Refused> {
        match self.inner.functions.invoke_later(function, event) {
            Ok(request) => Ok(request),
            Err(Refusal::Unknown) => Err(Refused::Unknown { kind: "function", name: function.to_owned() }),
            Err(Refusal::Throttled) => Err(Refused::CannotRun(format!("function {function} is throttled"))),
            Err(Refusal::TooLarge { bytes, limit }) => Err(Refused::TooLarge { bytes, limit }),
            Err(Refusal::CannotRun(why)) => Err(Refused::CannotRun(format!("function {function}: {why}"))),
        }
    }

    /// Hands something to who listens. Whether it was taken.
    pub(crate) fn hand(&self, listener: &Listener, payload: Bytes, depth: u32) -> bool {
        let done = self.to_target(&listener.trigger.target, payload.clone(), depth);
        let body = String::from_utf8_lossy(&payload).into_owned();
        self.handed(listener, done, Some(Message { body, ..Message::default() }))
    }

    /// Counts what was handed to who listens; what was refused goes to the dead-letter queue if there is one.
    fn handed(&self, listener: &Listener, done: Result<(), Refused>, message: Option<Message>) -> bool {
        let Err(refused) = done else {
            listener.count(1);
            return true;
        };
        let id = &listener.trigger.id;
        self.say(&format!("{id}: {refused}"));
        if let (Some(Target::Queue(queue)), Some(mut message)) = (listener.dead_letters(), message) {
            let cause = [("ERROR_CODE", "TARGET_REFUSED"), ("ERROR_MESSAGE", &refused.to_string())]
                .map(|(name, value)| (name.to_owned(), Attribute::text(value)));
            message.attributes.extend(cause);
            if let Err(refused) = self.send(queue, message) {
                self.say(&format!("{id}: its dead-letter queue does not take it either: {refused}"));
            }
        }
        false
    }

    /// Everything as it is now.
    pub fn state(&self) -> State {
        let directory = self.directory();
        State {
            queues: directory.queues.values().map(|queue| queue.state()).collect(),
            topics: directory.topics.values().map(|topic| topic.state(&directory)).collect(),
            buses: directory.buses.values().map(|bus| bus.state(&directory)).collect(),
            schedules: self.schedules(&directory),
            buckets: self.buckets(&directory),
            streams: directory.streams.values().map(|stream| stream.state(&directory)).collect(),
        }
    }
}

impl Deliver for Messaging {
    fn deliver(&self, target: &Target, message: Bytes) -> bool {
        let done = match target {
            Target::Bus(bus) => self.put(bus, bus::outcome(&message), 0).map(|_| ()),
            _ => self.to_target(target, message, 0),
        };
        match done {
            Ok(()) => true,
            Err(refused) => {
                self.say(&refused.to_string());
                false
            }
        }
    }
}
