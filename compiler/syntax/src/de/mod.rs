//! Trees into typed values by way of serde, with every error at the place it was made.
//!
//! serde gives up at the first error. Reading here therefore starts over with the part at fault left
//! out, until nothing new is found, so that one run reports all that is independently wrong.

mod access;
mod error;
mod made_up;
mod parts;
mod scalar;

use std::sync::Arc;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostics, Span};
use serde::de::DeserializeOwned;

use crate::node::{Node, NodeKind};
use access::NodeDeserializer;
use error::{Failure, Kind, Mend};

/// How often reading starts over; a document with more errors shows the rest after these are mended.
const MAX_ERRORS: usize = 50;

/// What has been changed to get past errors, by the address of nodes; the tree does not move while
/// it is read.
#[derive(Debug, Default)]
struct Mended {
    left_out: FxHashSet<usize>,
    made_up: Vec<(usize, &'static str)>,
}

impl Mended {
    /// Notes a change; false where it was made before and did not help.
    fn apply(&mut self, mend: Mend) -> bool {
        match mend {
            Mend::LeaveOut(node) => self.left_out.insert(node),
            Mend::MakeUp(mapping, key) => {
                let new = !self.made_up.contains(&(mapping, key));
                self.made_up.push((mapping, key));
                new
            }
        }
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// One entry of a mapping, decoded on its own.
#[derive(Debug, Clone)]
pub struct Decoded<T> {
    /// The key.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Span,
    /// Where the value is written.
    pub span: Span,
    /// The value; none where an error was reported.
    pub value: Option<T>,
}

/// Reads a value from a node, under YAML 1.2. None where an error was reported.
pub fn from_node<T: DeserializeOwned>(node: &Node, diagnostics: &mut Diagnostics) -> Option<T> {
    from_node_at(node, None, "", diagnostics)
}

/// As [`from_node`], for a node inside a document: `owner` is where the key is written whose value
/// it is, and `path` the path of keys to it, such as `functions.orders`.
pub fn from_node_at<T: DeserializeOwned>(
    node: &Node,
    owner: Option<Span>,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    // A value that only came about without its faulty parts is not what was written.
    from_node_in_part(node, owner, path, diagnostics).filter(|part| part.is_whole).map(|part| part.value)
}

/// A value of which faulty parts may be left out.
#[derive(Debug, Clone)]
pub struct InPart<T> {
    /// The value.
    pub value: T,
    /// True where nothing is left out.
    pub is_whole: bool,
}

/// As [`from_node_at`], but gives the value also where parts had to be left out, so that what stands in
/// the others can be checked. None where a key that must be there is missing.
pub fn from_node_in_part<T: DeserializeOwned>(
    node: &Node,
    owner: Option<Span>,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<InPart<T>> {
    let mut mended = Mended::default();
    for attempt in 0..MAX_ERRORS {
        let failure = match T::deserialize(NodeDeserializer::new(node, owner, &mended)) {
            Ok(value) => {
                let is_whole = attempt == 0;
                return mended.made_up.is_empty().then_some(InPart { value, is_whole });
            }
            Err(failure) => failure,
        };
        if !failure.is_silent() {
            diagnostics.push(failure.diagnostic(path));
        }
        if !failure.way_past().is_some_and(|mend| mended.apply(mend)) {
            return None;
        }
    }
    None
}

/// Reads each entry of a mapping on its own, so that an error in one leaves the others whole. A node
/// that is not a mapping is reported; one that is left out has no entries.
pub fn decode_map<T: DeserializeOwned>(
    node: &Node,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Decoded<T>> {
    let entries = match &node.kind {
        NodeKind::Mapping(entries) => entries,
        NodeKind::Scalar(s) if s.is_null() => return Vec::new(),
        NodeKind::Scalar(_) | NodeKind::Sequence(_) => {
            let got = node.kind_name().to_owned();
            let failure = Failure::new(Kind::Type { wanted: "a mapping".to_owned(), got });
            diagnostics.push(failure.at(node.span).diagnostic(path));
            return Vec::new();
        }
    };
    let decode = |entry: &crate::node::Entry| {
        let path = if path.is_empty() { entry.key.to_string() } else { format!("{path}.{}", entry.key) };
        Decoded {
            key: entry.key.clone(),
            key_span: entry.key_span,
            span: entry.value.span,
            value: from_node_at(&entry.value, Some(entry.key_span), &path, diagnostics),
        }
    };
    entries.iter().map(decode).collect()
}
