//! YAML and JSON text to a tree of nodes that know their place, and values back to YAML text.

mod node;

pub use node::{AliasUse, Document, Entry, Node, NodeKind, Scalar, Style, Tag};
