//! Ordered maps of expressions: a list of entries, with an index once there are many.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use samc_base::Span;

use crate::expr::{Expr, Str};

/// Above this many entries keys are looked up in an index rather than one by one.
const INDEX_FROM: usize = 12;

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Str,
    /// Where the key is written; none where the compiler made it.
    pub key_span: Option<Span>,
    /// The value.
    pub value: Expr,
}

/// A map that keeps the order in which keys were added. Setting a key again keeps its place.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: Vec<Entry>,
    index: Option<Box<FxHashMap<Str, u32>>>,
}

impl PartialEq for Map {
    /// Equal where the same keys have equal values, whatever their order.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Map::default()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).map(|i| *i as usize),
            None => self.entries.iter().position(|e| &*e.key == key),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Expr> {
        self.position(key).map(|i| &self.entries[i].value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Expr> {
        self.position(key).map(|i| &mut self.entries[i].value)
    }

    /// The whole entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|i| &self.entries[i])
    }

    /// True where the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Where the key is written.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entry(key).and_then(|e| e.key_span)
    }

    /// Sets a key to a value and gives the value it had.
    pub fn insert(&mut self, key: impl Into<Str>, value: impl Into<Expr>) -> Option<Expr> {
        self.insert_spanned(key, None, value)
    }

    /// Sets a key, written at `key_span`, to a value and gives the value it had.
    pub fn insert_spanned(
        &mut self,
        key: impl Into<Str>,
        key_span: Option<Span>,
        value: impl Into<Expr>,
    ) -> Option<Expr> {
        let (key, value) = (key.into(), value.into());
        if let Some(i) = self.position(&key) {
            let entry = &mut self.entries[i];
            entry.key_span = key_span.or(entry.key_span);
            return Some(std::mem::replace(&mut entry.value, value));
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.entries.len() as u32);
        }
        self.entries.push(Entry { key, key_span, value });
        if self.index.is_none() && self.entries.len() > INDEX_FROM {
            self.reindex();
        }
        None
    }

    /// The value of a key, which is first set to what `make` gives where it is not there.
    pub fn get_or_insert_with(&mut self, key: &str, make: impl FnOnce() -> Expr) -> &mut Expr {
        let i = self.position(key).unwrap_or_else(|| {
            self.insert(key, make());
            self.entries.len() - 1
        });
        &mut self.entries[i].value
    }

    /// Takes a key out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Expr> {
        let i = self.position(key)?;
        let entry = self.entries.remove(i);
        if self.index.is_some() {
            self.reindex();
        }
        Some(entry.value)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Expr) -> bool) {
        self.entries.retain_mut(|e| keep(&e.key, &mut e.value));
        if self.index.is_some() {
            self.reindex();
        }
    }

    fn reindex(&mut self) {
        let index = self.entries.iter().enumerate().map(|(i, e)| (e.key.clone(), i as u32)).collect();
        self.index = Some(Box::new(index));
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Str, &Expr)> + ExactSizeIterator {
        self.entries.iter().map(|e| (&e.key, &e.value))
    }

    /// Keys and values in order, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Str, &mut Expr)> {
        self.entries.iter_mut().map(|e| (&e.key, &mut e.value))
    }

    /// The entries in order, with the places of the keys.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Str> + ExactSizeIterator {
        self.entries.iter().map(|e| &e.key)
    }

    /// The values in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Expr> + ExactSizeIterator {
        self.entries.iter().map(|e| &e.value)
    }

    /// The values in order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.entries.iter_mut().map(|e| &mut e.value)
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Into<Str>, V: Into<Expr>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        let mut map = Map::new();
        for (k, v) in iter {
            map.insert(k, v);
        }
        map
    }
}

impl<K: Into<Str>, V: Into<Expr>, const N: usize> From<[(K, V); N]> for Map {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl Extend<Entry> for Map {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, iter: I) {
        for e in iter {
            self.insert_spanned(e.key, e.key_span, e.value);
        }
    }
}

/// A shared empty text is not needed often enough to intern; this keeps call sites short.
impl From<&Entry> for (Arc<str>, Expr) {
    fn from(entry: &Entry) -> Self {
        (entry.key.clone(), entry.value.clone())
    }
}
