//! The tree a document is read into: everything as written, nothing resolved.

use std::sync::Arc;

use samc_base::{FileId, Span};

/// A parsed document. There is always one, even for text that is not YAML: its root is then what
/// could be read before the fault.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file it was read from.
    pub file: FileId,
    /// The top of the tree.
    pub root: Node,
    /// Each place where an alias or a merge key brought in a node written elsewhere.
    pub aliases: Vec<AliasUse>,
}

/// An alias, and what stands at its anchor. The tree holds a copy of the anchored node, with the
/// spans of the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AliasUse {
    /// Where the alias is written: `*name`.
    pub alias: Span,
    /// The anchored node.
    pub target: Span,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is written, without the tag, from its first byte to its last.
    pub span: Span,
    /// Its tag, if one is written.
    pub tag: Option<Tag>,
    /// What it is.
    pub kind: NodeKind,
}

/// A tag as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The text with the exclamation mark, such as `!Ref`; the core schema's tags are `!!str` and so on.
    pub text: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

/// The three kinds of node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Text, which the reader of the dialect resolves.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in source order, without duplicates; merge keys are already carried out.
    Mapping(Vec<Entry>),
}

/// Unresolved text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text after unescaping and folding. Empty where a value is left out.
    pub text: Arc<str>,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written; all but [`Style::Plain`] are strings whatever the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes. Also a value left out, and the bare words and numbers of JSON.
    Plain,
    /// 'So'.
    SingleQuoted,
    /// "So".
    DoubleQuoted,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as written, resolved to text.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Span,
    /// How the key is written.
    pub key_style: Style,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(s) => Some(s),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
        }
    }

    /// The entry of a key, found by looking at each.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|e| &*e.key == key)
    }

    /// The value of a key, found by looking at each.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// "a mapping", "a list", "text" or "nothing", for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Scalar(s) if s.text.is_empty() && s.style == Style::Plain => "nothing",
            NodeKind::Scalar(_) => "text",
        }
    }
}
