//! YAML and JSON text to a tree of nodes that know their place, and values back to YAML text.

mod anchors;
mod build;
mod comments;
mod de;
mod decode;
mod emit;
mod events;
mod faults;
mod frame;
mod lines;
mod merge;
mod node;
mod parse;
mod place;
mod resolve;
mod spanned;

pub use comments::{Comment, comments};
pub use de::{Decoded, InPart, decode_map, from_node, from_node_at, from_node_in_part};
pub use decode::{Encoding, NotText, decode};
pub use emit::{Writer, is_plain_text};
pub use node::{AliasUse, Document, Entry, Node, NodeKind, Scalar, Style, Tag};
pub use parse::{ParseOptions, parse};
pub use resolve::{Resolved, yaml11, yaml12};
pub use spanned::Spanned;
