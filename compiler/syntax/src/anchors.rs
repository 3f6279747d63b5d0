//! Anchors and what copying them may cost.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, SourceFile, Span, codes, nearest};

use crate::node::Node;
use crate::parse::ParseOptions;

/// The size of a subtree.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// How many levels lie below its top.
    pub(crate) height: usize,
    pub(crate) nodes: usize,
    /// Of text.
    pub(crate) bytes: usize,
}

impl Size {
    /// A node without children.
    pub(crate) fn leaf(text: &str) -> Self {
        Size { height: 0, nodes: 1, bytes: text.len() }
    }

    /// Adds a child.
    pub(crate) fn add(&mut self, child: Size) {
        self.height = self.height.max(child.height + 1);
        self.nodes = self.nodes.saturating_add(child.nodes);
        self.bytes = self.bytes.saturating_add(child.bytes);
    }
}

/// What is known of an anchor.
enum State {
    /// Its node is being read.
    Open,
    /// Its node is complete.
    Ready { node: Box<Node>, size: Size },
    /// Keeping it would go beyond the budget.
    TooLarge(Size),
}

/// Every anchor so far, and the budget that is left.
pub(crate) struct Anchors<'a> {
    /// The names that stand after a `*` somewhere: only their anchors are kept.
    wanted: FxHashSet<&'a str>,
    known: FxHashMap<usize, State>,
    names: Vec<(Cow<'a, str>, Span)>,
    limit: Size,
    left: Size,
    exhausted: bool,
}

impl<'a> Anchors<'a> {
    pub(crate) fn new(text: &'a str, options: &ParseOptions) -> Self {
        let limit = Size { height: 0, nodes: options.max_alias_nodes, bytes: options.max_alias_bytes };
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
        let wanted = text
            .match_indices('*')
            .filter_map(|(i, _)| text.get(i + 1..)?.split(ends).next())
            .filter(|name| !name.is_empty())
            .collect();
        Anchors {
            wanted,
            known: FxHashMap::default(),
            names: Vec::new(),
            limit,
            left: limit,
            exhausted: false,
        }
    }

    /// Notes that the node of an anchor begins.
    pub(crate) fn begin(&mut self, id: usize, name: Cow<'a, str>, at: Span) {
        if self.wanted.contains(&*name) {
            self.known.insert(id, State::Open);
        }
        self.names.push((name, at));
    }

    /// Keeps the node of an anchor that began, if an alias may ask for it. What is kept is paid for
    /// like a copy, so that anchors within anchors cannot multiply.
    pub(crate) fn define(&mut self, id: usize, node: &Node, size: Size) {
        let Some(state) = self.known.get_mut(&id) else { return };
        *state = match take(self.left, size) {
            Some(left) => {
                self.left = left;
                State::Ready { node: Box::new(node.clone()), size }
            }
            None => State::TooLarge(size),
        };
    }

    /// The anchor whose name is nearest to one that does not exist.
    pub(crate) fn nearest(&self, name: &str) -> Option<(&str, Span)> {
        let near = nearest(name, self.names.iter().map(|(n, _)| &**n))?;
        self.names.iter().find(|(n, _)| n == near).map(|(n, at)| (&**n, *at))
    }

    /// A copy of the node of an anchor, with its size. The error is none where
    /// the budget has been reported already.
    pub(crate) fn expand(
        &mut self,
        id: usize,
        at: Span,
        file: &SourceFile,
        depth: usize,
        max_depth: usize,
    ) -> Result<(Node, Size), Option<Box<Diagnostic>>> {
        let alias = file.slice(at);
        match self.known.get(&id) {
            Some(State::Ready { node, size }) => {
                if size.height > depth {
                    return Err(Some(Box::new(
                        Diagnostic::error(
                            codes::TOO_DEEP,
                            format!("with the copy for `{alias}` the document nests deeper than {max_depth} levels"),
                        )
                        .at(at, "too deep from here")
                        .label(node.span, format!("{} levels are copied", size.height)),
                    )));
                }
                match take(self.left, *size) {
                    Some(left) if !self.exhausted => {
                        self.left = left;
                        Ok(((**node).clone(), *size))
                    }
                    _ => {
                        let (node, size) = (node.span, *size);
                        Err(self.refuse(alias, at, Some(node), size))
                    }
                }
            }
            Some(State::TooLarge(size)) => {
                let size = *size;
                Err(self.refuse(alias, at, None, size))
            }
            Some(State::Open) => Err(Some(Box::new(
                Diagnostic::error(
                    codes::UNKNOWN_ALIAS,
                    format!("`{alias}` stands inside the value it names"),
                )
                .at(at, "would contain itself without end")
                .help("move the part to copy out, and mark that part with the anchor"),
            ))),
            None => Err(Some(Box::new(
                Diagnostic::error(
                    codes::UNKNOWN_ALIAS,
                    format!("`{alias}` names nothing that could be copied"),
                )
                .at(at, "nothing to copy"),
            ))),
        }
    }

    fn refuse(&mut self, alias: &str, at: Span, node: Option<Span>, size: Size) -> Option<Box<Diagnostic>> {
        if std::mem::replace(&mut self.exhausted, true) {
            return None;
        }
        let Size { nodes, bytes, .. } = self.limit;
        Some(Box::new(
            Diagnostic::error(
                codes::ALIAS_BUDGET,
                format!("copying `{alias}` here makes the document too large: its aliases add more than {nodes} values or {bytes} bytes of text"),
            )
            .at(at, "the limit is reached here")
            .label(node, format!("{} values are copied each time", size.nodes))
            .help("write the document without anchors that contain aliases of large anchors"),
        ))
    }
}

fn take(left: Size, size: Size) -> Option<Size> {
    Some(Size {
        height: 0,
        nodes: left.nodes.checked_sub(size.nodes)?,
        bytes: left.bytes.checked_sub(size.bytes)?,
    })
}
