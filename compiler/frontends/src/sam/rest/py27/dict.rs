//! Dictionaries: values by key, and the table that gives their order.

use rustc_hash::FxHashMap;
use samc_ir::Str;

use super::keys::{Keys, hash};
use super::{Clock, Py, Text};

/// Up to this many copies are made without looking for a circle.
const FEW: Clock = 4;

/// A dictionary of Python 2.7.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dict {
    /// Entries by number; none for those deleted.
    entries: Vec<Option<(Text, Py)>>,
    hashes: Vec<u64>,
    numbers: FxHashMap<Str, u32>,
    keys: Keys,
    /// The clock at which the table was last right.
    synced: Clock,
    /// True for a dictionary of Python 3, which keeps the order of its making.
    is_plain: bool,
}

impl Dict {
    /// An empty dictionary made at this time.
    pub(crate) fn new(clock: Clock) -> Self {
        Dict { synced: clock, ..Dict::default() }
    }

    /// A dictionary of Python 3 made of entries in their order.
    pub(crate) fn plain(clock: Clock, entries: Vec<(Text, Py)>) -> Self {
        let mut dict = Dict { is_plain: true, ..Dict::new(clock) };
        for (key, value) in entries {
            dict.insert(key, value, clock);
        }
        dict
    }

    /// A dictionary made at once of entries, which the transform adds.
    pub(crate) fn of<const N: usize>(clock: Clock, entries: [(&str, Py); N]) -> Self {
        let mut dict = Dict::new(clock);
        let hashes = entries.each_ref().map(|(k, _)| hash(k));
        let numbers: Vec<u32> = (0..N as u32).collect();
        dict.keys.merge(&numbers, &hashes);
        for (key, value) in entries {
            dict.push(key.into(), value);
        }
        dict
    }

    fn push(&mut self, key: Text, value: Py) -> u32 {
        let number = self.entries.len() as u32;
        self.hashes.push(hash(&key.text));
        self.numbers.insert(key.text.clone(), number);
        self.entries.push(Some((key, value)));
        number
    }

    /// Number of keys.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Py> {
        let number = *self.numbers.get(key)?;
        self.entries[number as usize].as_ref().map(|(_, v)| v)
    }

    /// The value of a key, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Py> {
        let number = *self.numbers.get(key)?;
        self.entries[number as usize].as_mut().map(|(_, v)| v)
    }

    /// The value of a key, if it is there and not empty.
    pub(crate) fn get_truthy(&self, key: &str) -> Option<&Py> {
        self.get(key).filter(|v| v.is_truthy())
    }

    /// True where the key is there.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.numbers.contains_key(key)
    }

    /// Sets a key. One that is there keeps its place and its kind of text.
    pub(crate) fn insert(&mut self, key: impl Into<Text>, value: impl Into<Py>, clock: Clock) {
        let (key, value) = (key.into(), value.into());
        if let Some(there) = self.get_mut(&key.text) {
            *there = value;
            return;
        }
        self.sync(clock);
        let number = self.push(key, value);
        self.keys.add(number, &self.hashes);
    }

    /// The value of a key, which is first set to what `make` gives where it is not there.
    pub(crate) fn get_or_insert_with(
        &mut self,
        key: impl Into<Text>,
        clock: Clock,
        make: impl FnOnce() -> Py,
    ) -> &mut Py {
        let key = key.into();
        let number = match self.numbers.get(&key.text) {
            Some(number) => *number,
            None => {
                self.insert(key, make(), clock);
                self.entries.len() as u32 - 1
            }
        };
        // The number was looked up or made in the lines before, and its entry is there.
        match &mut self.entries[number as usize] {
            Some((_, value)) => value,
            None => unreachable!("numbers only name entries that are there"),
        }
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &str, clock: Clock) -> Option<Py> {
        if !self.contains(key) {
            return None;
        }
        self.sync(clock);
        let number = self.numbers.remove(key)?;
        self.keys.remove(number, &self.hashes);
        self.entries[number as usize].take().map(|(_, v)| v)
    }

    /// The keys in Python 2.7's order.
    pub(crate) fn keys(&mut self, clock: Clock) -> Vec<Text> {
        if self.is_plain {
            return self.entries.iter().flatten().map(|(key, _)| key.clone()).collect();
        }
        self.sync(clock);
        let entries = &self.entries;
        self.keys.iter().filter_map(|n| entries[n as usize].as_ref().map(|(k, _)| k.clone())).collect()
    }

    /// The entries in order, once the dictionary has caught up.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = &(Text, Py)> {
        let by_table = self.keys.iter().filter(|_| !self.is_plain).map(|n| n as usize);
        let by_making = (0..self.entries.len()).filter(|_| self.is_plain);
        by_table.chain(by_making).filter_map(|n| self.entries[n].as_ref())
    }

    /// The entries in the order of their making.
    pub(crate) fn into_entries(self) -> Vec<(Text, Py)> {
        self.entries.into_iter().flatten().collect()
    }

    /// Carries out the deep copies since the last look.
    fn sync(&mut self, clock: Clock) {
        let mut copies = clock.saturating_sub(self.synced);
        self.synced = self.synced.max(clock);
        if copies == 0 || self.is_plain || self.keys.is_settled() {
            return;
        }
        // Each order follows from the one before, so the orders run into a circle sooner or later.
        // A mark is set at steps 1, 2, 4, 8, …; where it is met again the circle is known, and only
        // the rest of the last round is walked (Brent's method).
        let mut next = Keys::default();
        let mut mark = (copies > FEW).then(|| self.keys.clone());
        let (mut steps, mut limit) = (0, 1);
        while copies > 0 {
            next.become_copy_of(&self.keys, &self.hashes);
            std::mem::swap(&mut self.keys, &mut next);
            copies -= 1;
            steps += 1;
            if mark.as_ref() == Some(&self.keys) {
                copies %= steps;
                mark = None;
            } else if steps == limit
                && let Some(mark) = &mut mark
            {
                mark.clone_from(&self.keys);
                (steps, limit) = (0, limit * 2);
            }
        }
    }

    /// Lets this dictionary and every one inside it catch up.
    pub(crate) fn sync_all(&mut self, clock: Clock) {
        self.sync(clock);
        for (_, value) in self.entries.iter_mut().flatten() {
            value.sync(clock);
        }
    }
}
