//! A sequence or mapping while it is read.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use samc_base::Span;

use crate::anchors::Size;
use crate::events::Range;
use crate::merge::Merge;
use crate::node::{Entry, Node, Style, Tag};

/// Mappings up to this size are searched key by key; larger ones get an index.
const SMALL_MAPPING: usize = 12;

/// A sequence or mapping that is not closed yet.
#[derive(Debug)]
pub(crate) struct Frame {
    /// True where it is written in brackets or braces.
    pub(crate) flow: bool,
    /// True for a mapping.
    pub(crate) mapping: bool,
    /// Where it begins: the bracket, or the first key or dash.
    pub(crate) start: Range,
    /// Where its last child so far ends.
    pub(crate) end: u32,
    /// The key read last, if it is a mapping.
    pub(crate) last_key: Option<Range>,
    pub(crate) items: Vec<Node>,
    pub(crate) entries: Vec<Entry>,
    index: FxHashMap<Arc<str>, usize>,
    pub(crate) key: Option<Key>,
    pub(crate) merges: Vec<Merge>,
    pub(crate) tag: Option<Tag>,
    pub(crate) anchor: Option<usize>,
    pub(crate) size: Size,
}

/// A key that waits for its value.
#[derive(Debug)]
pub(crate) enum Key {
    Text(Arc<str>, Span, Style),
    Merge(Span),
    /// One that was reported; its value is read and dropped.
    Refused,
}

impl Frame {
    /// A collection that begins.
    pub(crate) fn new(
        mapping: bool,
        flow: bool,
        start: Range,
        tag: Option<Tag>,
        anchor: Option<usize>,
    ) -> Self {
        Frame {
            flow,
            mapping,
            start,
            end: start.end,
            last_key: None,
            items: Vec::new(),
            entries: Vec::new(),
            index: FxHashMap::default(),
            key: None,
            merges: Vec::new(),
            tag,
            anchor,
            size: Size { height: 0, nodes: 1, bytes: 0 },
        }
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        if self.mapping { "mapping" } else { "list" }
    }

    /// Adds an entry. Where the key is there already, the new value takes the old one's place, and
    /// the span of the first key comes back.
    pub(crate) fn insert(&mut self, entry: Entry) -> Option<Span> {
        let known = if self.entries.len() <= SMALL_MAPPING {
            self.entries.iter().position(|e| e.key == entry.key)
        } else {
            if self.index.is_empty() {
                self.index = self.entries.iter().enumerate().map(|(i, e)| (e.key.clone(), i)).collect();
            }
            self.index.get(&entry.key).copied()
        };
        match known {
            Some(i) => {
                let first = self.entries[i].key_span;
                self.entries[i] = entry;
                Some(first)
            }
            None => {
                if !self.index.is_empty() {
                    self.index.insert(entry.key.clone(), self.entries.len());
                }
                self.entries.push(entry);
                None
            }
        }
    }
}
