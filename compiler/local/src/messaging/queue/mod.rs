//! A queue in memory, with what SQS does to messages: delay, visibility, receipts, order, repetition.
//!
//! Source: the developer guide of SQS. It knows nothing of functions and other queues.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use samc_schema::manifest::DeadLetters;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::messaging::message::{Message, Sent, hex, md5, md5_of_attributes};
use crate::messaging::refused::Refused;
use crate::messaging::state::{MessageState, QueueState};
use crate::{clock, ids};

/// Bytes of a message at most, attributes included. Source: SQS quotas, as of 2025-08.
const LARGEST: usize = 1024 * 1024;
/// Attributes of a message at most. Source: SQS quotas.
const ATTRIBUTES: usize = 10;
/// Seconds of delay at most. Source: SendMessage in the API reference of SQS.
const LONGEST_DELAY: u64 = 900;
/// For how long a FIFO queue knows messages that come again. Source: "Exactly-once processing".
const KNOWN: Duration = Duration::from_secs(300);
/// Messages in a queue at most, and bytes of them: what is more would be at the expense of others.
const MOST: usize = 100_000;
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Messages that its state shows, and bytes of their bodies.
const SHOWN: usize = 10;
const SHOWN_BYTES: usize = 4096;

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Its logical id, or its ARN where it is not of this application.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    state: Mutex<State>,
    /// That something may be received now that could not before.
    pub(crate) changed: Notify,
}

/// What the author says of a queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) fifo: bool,
    pub(crate) content_based_deduplication: bool,
    pub(crate) visibility: Duration,
    pub(crate) delay: Duration,
    pub(crate) retention: Duration,
    pub(crate) dead_letters: Option<DeadLetters>,
}

#[derive(Debug)]
struct State {
    settings: Settings,
    /// All messages, in the order in which they came.
    messages: BTreeMap<u64, Stored>,
    /// Those that can be received.
    ready: BTreeSet<u64>,
    /// Those that can be received later, because they are delayed or in flight.
    later: BTreeSet<(Instant, u64)>,
    /// Groups with messages in flight: the others of them wait.
    busy: HashMap<String, usize>,
    /// Messages that would come again, by what tells them, and since when.
    known: HashMap<String, Sent>,
    known_since: VecDeque<(Instant, String)>,
    bytes: usize,
    next: u64,
}

/// A message in the queue.
#[derive(Debug)]
pub(crate) struct Stored {
    id: String,
    message: Arc<Message>,
    deduplication_id: Option<String>,
    sent_ms: u64,
    sent: Instant,
    first_received_ms: u64,
    receives: u32,
    receipt: String,
    until: Option<Instant>,
    in_flight: bool,
    dead_letter_source: Option<String>,
}

/// A message that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// What stands for having received it.
    pub receipt: String,
    /// The message.
    pub message: Arc<Message>,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: u64,
    /// When it was received for the first time, in milliseconds since 1970.
    pub first_received_ms: u64,
    /// Where it stands among those of a FIFO queue.
    pub sequence: Option<String>,
    /// What tells it from others in a FIFO queue.
    pub deduplication_id: Option<String>,
    /// The ARN of the queue that it was moved from, for messages that were received too often there.
    pub dead_letter_source: Option<String>,
}

impl Received {
    /// What SQS says of it, by name.
    pub fn system_attributes(&self, sender: &str) -> Map<String, Value> {
        let mut all = Map::new();
        let mut set = |name: &str, value: String| {
            all.insert(name.to_owned(), value.into());
        };
        set("ApproximateReceiveCount", self.receives.to_string());
        if let Some(trace) = &self.message.trace {
            set("AWSTraceHeader", trace.clone());
        }
        set("SentTimestamp", self.sent_ms.to_string());
        if let Some(sequence) = &self.sequence {
            set("SequenceNumber", sequence.clone());
        }
        if let Some(group) = &self.message.group_id {
            set("MessageGroupId", group.clone());
        }
        set("SenderId", sender.to_owned());
        if let Some(id) = &self.deduplication_id {
            set("MessageDeduplicationId", id.clone());
        }
        set("ApproximateFirstReceiveTimestamp", self.first_received_ms.to_string());
        if let Some(source) = &self.dead_letter_source {
            set("DeadLetterQueueSourceArn", source.clone());
        }
        all
    }
}

/// What a receive wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    /// Messages at most.
    pub(crate) messages: usize,
    /// Bytes of their bodies at most; one message is given however large it is.
    pub(crate) bytes: usize,
    /// For how long they are hidden, where it is not what the queue says.
    pub(crate) visibility: Option<Duration>,
}

/// What a receive gives.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// The messages.
    pub(crate) received: Vec<Received>,
    /// Messages that were received too often, taken out.
    pub(crate) dead: Vec<Stored>,
    /// When a further message can be received, where time brings one.
    pub(crate) due: Option<Instant>,
}

fn duration_since(now: Instant, then: Instant) -> Duration {
    now.saturating_duration_since(then)
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(id: String, name: String, arn: String, settings: Settings) -> Queue {
        let state = State {
            settings,
            messages: BTreeMap::new(),
            ready: BTreeSet::new(),
            later: BTreeSet::new(),
            busy: HashMap::new(),
            known: HashMap::new(),
            known_since: VecDeque::new(),
            bytes: 0,
            next: 1,
        };
        Queue { id, name, arn, state: Mutex::new(state), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the author says of it.
    pub(crate) fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// Changes that. Messages stay.
    pub(crate) fn set(&self, settings: Settings) {
        self.lock().settings = settings;
    }

    /// Puts a message in.
    pub(crate) fn send(&self, message: Message) -> Result<Sent, Refused> {
        let now = Instant::now();
        let mut state = self.lock();
        let state = &mut *state;
        check(&message)?;
        let deduplication_id = state.settings.deduplication_id(&message)?;
        state.expire(now);
        if let Some(id) = &deduplication_id
            && let Some(sent) = state.known.get(id)
        {
            return Ok(sent.clone());
        }
        let (fifo, delay) = (state.settings.fifo, state.settings.delay);
        let delay = match message.delay_seconds {
            Some(_) if fifo && message.delay_seconds != Some(0) => {
                return Err(Refused::Invalid(
                    "DelaySeconds of a message is not for FIFO queues: the queue has one for all".to_owned(),
                ));
            }
            Some(seconds) if !fifo => Duration::from_secs(seconds),
            _ => delay,
        };
        let sequence = state.next;
        let sent = Sent {
            message_id: ids::uuid(),
            md5_of_body: md5(message.body.as_bytes()),
            md5_of_attributes: md5_of_attributes(&message.attributes),
            sequence_number: fifo.then(|| sequence_number(sequence)),
        };
        let stored = Stored {
            id: sent.message_id.clone(),
            message: Arc::new(message),
            deduplication_id: deduplication_id.clone(),
            sent_ms: clock::epoch_ms(),
            sent: now,
            first_received_ms: 0,
            receives: 0,
            receipt: String::new(),
            until: (!delay.is_zero()).then(|| now + delay),
            in_flight: false,
            dead_letter_source: None,
        };
        state.put(&self.name, stored).map_err(|(refused, _)| refused)?;
        if let Some(id) = deduplication_id {
            state.known.insert(id.clone(), sent.clone());
            state.known_since.push_back((now, id));
        }
        self.changed.notify_waiters();
        Ok(sent)
    }

    /// Puts in a message of another queue, where it was received too often. It is given back where there
    /// is no room.
    pub(crate) fn bury(&self, mut stored: Stored, source: &str) -> Result<(), Box<Stored>> {
        let before = (stored.dead_letter_source.clone(), stored.receives);
        stored.dead_letter_source = Some(source.to_owned());
        stored.receives = 0;
        let mut state = self.lock();
        state.put(&self.name, stored).map_err(|(_, mut stored)| {
            (stored.dead_letter_source, stored.receives) = before;
            stored
        })?;
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Puts back a message that could not be moved; it is tried again when it would be visible.
    pub(crate) fn unbury(&self, mut stored: Stored) {
        let mut state = self.lock();
        stored.until = Some(Instant::now() + state.settings.visibility.max(Duration::from_secs(1)));
        stored.in_flight = false;
        // It was here a moment ago, so there is room for it.
        let _ = state.put(&self.name, stored);
    }

    /// Takes messages that can be received now.
    pub(crate) fn take(&self, want: &Want) -> Taken {
        let now = Instant::now();
        let mut state = self.lock();
        state.expire(now);
        state.promote(now);
        let mut taken = Taken::default();
        let mut bytes = 0;
        let mut candidates: VecDeque<u64> = VecDeque::new();
        // Whole groups wait while one of theirs is in flight elsewhere; those taken here are in order.
        let mut own_groups: Vec<String> = Vec::new();
        for sequence in &state.ready {
            if candidates.len() == want.messages {
                break;
            }
            let Some(stored) = state.messages.get(sequence) else { continue };
            if state.settings.fifo
                && let Some(group) = &stored.message.group_id
            {
                if state.busy.contains_key(group) && !own_groups.contains(group) {
                    continue;
                }
                own_groups.push(group.clone());
            }
            let is_dead = state.is_dead(stored);
            if !is_dead && !candidates.is_empty() && bytes + stored.size() > want.bytes {
                break;
            }
            bytes += if is_dead { 0 } else { stored.size() };
            candidates.push_back(*sequence);
        }
        let until = now + want.visibility.unwrap_or(state.settings.visibility);
        for sequence in candidates {
            if state.messages.get(&sequence).is_some_and(|stored| state.is_dead(stored)) {
                taken.dead.extend(state.remove(sequence));
            } else {
                taken.received.extend(state.receive(sequence, until));
            }
        }
        taken.due = state.later.first().map(|(until, _)| *until);
        taken
    }

    /// Takes a message out that was received. Whether it was there.
    pub(crate) fn delete(&self, receipt: &str) -> bool {
        let mut state = self.lock();
        let Some(sequence) = state.of_receipt(receipt) else { return false };
        let removed = state.remove(sequence).is_some();
        drop(state);
        // The next of its group can be received.
        self.changed.notify_waiters();
        removed
    }

    /// Hides a message that was received for another while from now on; not at all for zero.
    pub(crate) fn hide(&self, receipt: &str, visibility: Duration) -> bool {
        let mut state = self.lock();
        let in_flight = |sequence: &u64| state.messages.get(sequence).is_some_and(|stored| stored.in_flight);
        let Some(sequence) = state.of_receipt(receipt).filter(in_flight) else { return false };
        if visibility.is_zero() {
            state.show(sequence);
        } else {
            state.postpone(sequence, Instant::now() + visibility);
        }
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// Takes all messages out; how many there were.
    pub(crate) fn purge(&self) -> usize {
        let mut state = self.lock();
        let count = state.messages.len();
        state.messages.clear();
        state.ready.clear();
        state.later.clear();
        state.busy.clear();
        state.bytes = 0;
        count
    }

    /// What is in it.
    pub(crate) fn state(&self) -> QueueState {
        let now = Instant::now();
        let mut state = self.lock();
        state.expire(now);
        state.promote(now);
        let in_flight = state.messages.values().filter(|stored| stored.in_flight).count();
        let messages = state.messages.values().take(SHOWN).map(|stored| {
            let body = &stored.message.body;
            let mut end = body.len().min(SHOWN_BYTES);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            MessageState {
                id: stored.id.clone(),
                body: body[..end].to_owned(),
                receives: stored.receives,
                sent_ms: stored.sent_ms,
                group: stored.message.group_id.clone(),
                state: match (stored.in_flight, stored.until) {
                    (true, _) => "inFlight",
                    (false, Some(_)) => "delayed",
                    (false, None) => "visible",
                },
            }
        });
        let messages = messages.collect();
        QueueState {
            id: self.id.clone(),
            name: self.name.clone(),
            arn: self.arn.clone(),
            fifo: state.settings.fifo,
            visible: state.ready.len(),
            in_flight,
            delayed: state.later.len().saturating_sub(in_flight),
            dead_letters: state.settings.dead_letters.as_ref().map(|dead| dead.queue.clone()),
            messages,
        }
    }
}

impl Settings {
    /// What tells a message of a FIFO queue from others; none in other queues.
    fn deduplication_id(&self, message: &Message) -> Result<Option<String>, Refused> {
        let invalid = |text: &str| Err(Refused::Invalid(text.to_owned()));
        if !self.fifo {
            return match message.deduplication_id {
                Some(_) => invalid("MessageDeduplicationId is for FIFO queues only"),
                None => Ok(None),
            };
        }
        if message.group_id.is_none() {
            return invalid("The request must contain the parameter MessageGroupId.");
        }
        match &message.deduplication_id {
            Some(id) => Ok(Some(id.clone())),
            None if self.content_based_deduplication => {
                Ok(Some(hex(&Sha256::digest(message.body.as_bytes()))))
            }
            None => invalid(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            ),
        }
    }
}

/// What SQS refuses of any message.
fn check(message: &Message) -> Result<(), Refused> {
    let bytes =
        message.body.len() + message.attributes.iter().map(|(name, a)| name.len() + a.size()).sum::<usize>();
    if bytes > LARGEST {
        return Err(Refused::TooLarge { bytes, limit: LARGEST });
    }
    let invalid = |text: String| Err(Refused::Invalid(text));
    if message.body.is_empty() {
        return invalid("The request must contain the parameter MessageBody.".to_owned());
    }
    if message.attributes.len() > ATTRIBUTES {
        return invalid(format!(
            "a message has {ATTRIBUTES} attributes at most, and this one has {}",
            message.attributes.len()
        ));
    }
    if let Some(seconds) = message.delay_seconds.filter(|seconds| *seconds > LONGEST_DELAY) {
        return invalid(format!("DelaySeconds is {seconds}: 0 to {LONGEST_DELAY} are possible"));
    }
    let is_odd = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let odd = message.body.bytes().find(|byte| is_odd(*byte)).map(char::from);
    let odd = odd.or_else(|| ['\u{fffe}', '\u{ffff}'].into_iter().find(|c| message.body.contains(*c)));
    if let Some(c) = odd {
        return invalid(format!("the body has the character {c:?}, which SQS does not take"));
    }
    Ok(())
}

fn sequence_number(sequence: u64) -> String {
    format!("{:020}", 18_849_496_460_467_696_128_u128 + u128::from(sequence) * 256)
}

impl Stored {
    fn size(&self) -> usize {
        self.message.body.len()
    }
}

impl State {
    fn put(&mut self, queue: &str, stored: Stored) -> Result<(), (Refused, Box<Stored>)> {
        if self.messages.len() >= MOST || self.bytes + stored.size() > MOST_BYTES {
            let holds = format!("{} messages with {} MiB", self.messages.len(), self.bytes / (1024 * 1024));
            return Err((Refused::Full { queue: queue.to_owned(), holds }, Box::new(stored)));
        }
        let sequence = self.next;
        self.next += 1;
        self.bytes += stored.size();
        match stored.until {
            Some(until) => _ = self.later.insert((until, sequence)),
            None => _ = self.ready.insert(sequence),
        }
        self.messages.insert(sequence, stored);
        Ok(())
    }

    fn remove(&mut self, sequence: u64) -> Option<Stored> {
        let mut stored = self.messages.remove(&sequence)?;
        self.bytes -= stored.size();
        self.ready.remove(&sequence);
        if let Some(until) = stored.until.take() {
            self.later.remove(&(until, sequence));
        }
        if std::mem::take(&mut stored.in_flight) {
            self.free(stored.message.group_id.as_deref());
        }
        Some(stored)
    }

    /// One of a group is no longer in flight.
    fn free(&mut self, group: Option<&str>) {
        if let Some(group) = group
            && let Some(count) = self.busy.get_mut(group)
        {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(group);
            }
        }
    }

    fn receive(&mut self, sequence: u64, until: Instant) -> Option<Received> {
        let stored = self.messages.get_mut(&sequence)?;
        self.ready.remove(&sequence);
        self.later.insert((until, sequence));
        stored.until = Some(until);
        stored.in_flight = true;
        stored.receives += 1;
        if stored.receives == 1 {
            stored.first_received_ms = clock::epoch_ms();
        }
        stored.receipt = format!("AQEB{sequence:016x}{}", ids::hex(32));
        if let Some(group) = &stored.message.group_id {
            *self.busy.entry(group.clone()).or_default() += 1;
        }
        Some(Received {
            id: stored.id.clone(),
            receipt: stored.receipt.clone(),
            message: Arc::clone(&stored.message),
            receives: stored.receives,
            sent_ms: stored.sent_ms,
            first_received_ms: stored.first_received_ms,
            sequence: self.settings.fifo.then(|| sequence_number(sequence)),
            deduplication_id: stored.deduplication_id.clone(),
            dead_letter_source: stored.dead_letter_source.clone(),
        })
    }

    /// The message that a receipt is of, as long as it is in flight.
    fn of_receipt(&self, receipt: &str) -> Option<u64> {
        let digits = receipt.strip_prefix("AQEB")?.get(..16)?;
        let sequence = u64::from_str_radix(digits, 16).ok()?;
        let stored = self.messages.get(&sequence)?;
        (stored.receipt == receipt).then_some(sequence)
    }

    /// A message can be received again.
    fn show(&mut self, sequence: u64) {
        let Some(stored) = self.messages.get_mut(&sequence) else { return };
        if let Some(until) = stored.until.take() {
            self.later.remove(&(until, sequence));
        }
        self.ready.insert(sequence);
        if std::mem::take(&mut stored.in_flight) {
            let group = stored.message.group_id.clone();
            self.free(group.as_deref());
        }
    }

    fn postpone(&mut self, sequence: u64, until: Instant) {
        let Some(stored) = self.messages.get_mut(&sequence).filter(|stored| stored.in_flight) else { return };
        if let Some(before) = stored.until.replace(until) {
            self.later.remove(&(before, sequence));
            self.later.insert((until, sequence));
        }
    }

    /// What time has brought back.
    fn promote(&mut self, now: Instant) {
        while let Some((until, sequence)) = self.later.first().copied()
            && until <= now
        {
            self.show(sequence);
        }
    }

    /// What is older than the queue keeps it goes, messages in flight too.
    fn expire(&mut self, now: Instant) {
        while let Some((sequence, stored)) = self.messages.first_key_value()
            && duration_since(now, stored.sent) >= self.settings.retention
        {
            let sequence = *sequence;
            self.remove(sequence);
        }
        while let Some((since, _)) = self.known_since.front()
            && duration_since(now, *since) >= KNOWN
        {
            if let Some((_, id)) = self.known_since.pop_front() {
                self.known.remove(&id);
            }
        }
    }

    fn is_dead(&self, stored: &Stored) -> bool {
        self.settings.dead_letters.as_ref().is_some_and(|dead| stored.receives >= dead.max_receives)
    }
}

#[cfg(test)]
mod tests;
