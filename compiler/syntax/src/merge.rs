//! Merge keys: `<<: *base` and `<<: [*a, *b]`.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Span, codes};

use crate::node::{Entry, Node, NodeKind};

/// What one merge key brings in.
#[derive(Debug)]
pub(crate) struct Merge {
    /// How many entries are written before it.
    position: usize,
    /// The mappings, those that win first.
    sources: Vec<Vec<Entry>>,
}

/// Takes the value of a merge key, written at `at`.
pub(crate) fn collect(node: Node, key: Span, at: Span, position: usize) -> Result<Merge, Box<Diagnostic>> {
    let found = node.kind_name();
    match node.kind {
        NodeKind::Mapping(entries) if node.tag.is_none() => Ok(Merge { position, sources: vec![entries] }),
        NodeKind::Sequence(items) if node.tag.is_none() => {
            let mut sources = Vec::with_capacity(items.len());
            for item in items {
                let found = item.kind_name();
                match item.kind {
                    NodeKind::Mapping(entries) if item.tag.is_none() => sources.push(entries),
                    _ => return Err(refuse(key, item.span, found)),
                }
            }
            Ok(Merge { position, sources })
        }
        _ => Err(refuse(key, at, found)),
    }
}

fn refuse(key: Span, at: Span, found: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            codes::MERGE_KEY,
            format!("`<<` takes a mapping or a list of mappings, and got {found}"),
        )
        .at(at, "not a mapping")
        .label(key, "the keys of mappings are merged here")
        .help("name an anchored mapping, as in `<<: *defaults`; put quotes around `\"<<\"` if it is a key"),
    )
}

/// The entries of a mapping with its merge keys carried out: entries written in the mapping win,
/// then the later of two merge keys, then the earlier mapping of a list. Merged entries stand where
/// the merge key stood.
pub(crate) fn carry_out(entries: Vec<Entry>, merges: Vec<Merge>) -> Vec<Entry> {
    if merges.is_empty() {
        return entries;
    }
    let mut taken: FxHashSet<Arc<str>> = entries.iter().map(|e| e.key.clone()).collect();
    let mut inserts: Vec<(usize, Vec<Entry>)> = Vec::with_capacity(merges.len());
    for merge in merges.into_iter().rev() {
        let kept = merge.sources.into_iter().flatten().filter(|e| taken.insert(e.key.clone())).collect();
        inserts.push((merge.position, kept));
    }
    let mut merged = Vec::with_capacity(taken.len());
    for (i, entry) in entries.into_iter().enumerate() {
        take_at(&mut inserts, i, &mut merged);
        merged.push(entry);
    }
    take_at(&mut inserts, usize::MAX, &mut merged);
    merged
}

/// Moves the inserts of a position, which lie last first, to the end of `merged`.
fn take_at(inserts: &mut Vec<(usize, Vec<Entry>)>, position: usize, merged: &mut Vec<Entry>) {
    while inserts.last().is_some_and(|(at, _)| *at <= position) {
        if let Some((_, entries)) = inserts.pop() {
            merged.extend(entries);
        }
    }
}
