//! YAML and JSON text to a tree of nodes that know their place, and values back to YAML text.

mod anchors;
mod build;
mod events;
mod faults;
mod merge;
mod node;
mod parse;
mod place;

pub use node::{AliasUse, Document, Entry, Node, NodeKind, Scalar, Style, Tag};
pub use parse::{ParseOptions, parse};
