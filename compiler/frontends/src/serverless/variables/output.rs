//! The tree that comes of it: what is shared is copied, within a budget.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use samc_base::Span;
use samc_syntax::{AliasUse, Entry, Node, NodeKind, Scalar, Style, Tag};

use super::cells::{Content, Id};
use super::faults;
use super::resolver::Resolver;

/// How deep the tree may be: as deep as a document may.
const DEPTH: usize = 200;

/// How many values variables may add to those written.
pub(super) const NODES: usize = 1_000_000;

/// What `${aws:accountId}` stands for in a text of `Fn::Sub`.
pub(super) const ACCOUNT: &str = "${AWS::AccountId}";

/// A value that is not there.
pub(super) fn nothing(span: Span) -> Node {
    let scalar = Scalar { text: Arc::from(""), style: Style::Plain };
    Node { span, tag: None, kind: NodeKind::Scalar(scalar) }
}

/// The whole document without variables, and what brought values from elsewhere.
pub(super) fn tree(resolver: &mut Resolver<'_>) -> (Node, Vec<AliasUse>) {
    let root = resolver.root;
    let mut writer = Writer {
        resolver,
        aliases: Vec::new(),
        by: Vec::new(),
        busy: FxHashSet::default(),
        nodes: 0,
        is_stopped: false,
    };
    let node = writer.node(root, 0);
    (node, writer.aliases)
}

struct Writer<'r, 'a> {
    resolver: &'r mut Resolver<'a>,
    aliases: Vec<AliasUse>,
    /// The variables that what is written comes by, outermost first.
    by: Vec<Span>,
    /// Mappings and lists that are being written.
    busy: FxHashSet<Id>,
    /// How many values were copied.
    nodes: usize,
    /// Whether a limit was reached, after which nothing more is written.
    is_stopped: bool,
}

impl Writer<'_, '_> {
    fn node(&mut self, id: Id, depth: usize) -> Node {
        let cell = self.resolver.cells.get(id);
        let span = cell.span;
        if self.is_stopped {
            return nothing(span);
        }
        let tag = cell.tag.clone();
        if let Content::Variable(pending, _) = &cell.content {
            let pending = pending.clone();
            return match self.resolver.value(id) {
                Ok(value) => self.taken_over(value, span, depth),
                Err(_) => Node { span, tag, kind: NodeKind::Scalar(pending.scalar.clone()) },
            };
        }
        if let Some(by) = self.by.first() {
            self.nodes += 1;
            let bytes = match &cell.content {
                Content::Scalar(scalar) => scalar.text.len(),
                Content::Account(_) | Content::Sequence(_) | Content::Mapping(_) | Content::Variable(..) => 0,
            };
            let by = *by;
            let is_within = self.nodes <= NODES;
            if !is_within {
                faults::too_large(self.resolver, by);
            }
            if !is_within || self.resolver.spend(bytes, by).is_err() {
                self.is_stopped = true;
                return nothing(span);
            }
        }
        match self.resolver.cells.get(id).content.clone() {
            Content::Scalar(scalar) => Node { span, tag, kind: NodeKind::Scalar(scalar) },
            Content::Account(text) => {
                let (name, text) =
                    if &*text == ACCOUNT { ("!Ref", "AWS::AccountId".into()) } else { ("!Sub", text) };
                let scalar = Scalar { text, style: Style::DoubleQuoted };
                Node { span, tag: Some(Tag { text: name.into(), span }), kind: NodeKind::Scalar(scalar) }
            }
            Content::Sequence(items) => {
                if !self.enter(id, span, depth) {
                    return nothing(span);
                }
                let items = items.into_iter().map(|item| self.node(item, depth + 1)).collect();
                self.busy.remove(&id);
                Node { span, tag, kind: NodeKind::Sequence(items) }
            }
            Content::Mapping(members) => {
                if !self.enter(id, span, depth) {
                    return nothing(span);
                }
                let entries = members.into_iter().map(|member| Entry {
                    key: member.key,
                    key_span: member.key_span,
                    key_style: member.key_style,
                    value: self.node(member.value, depth + 1),
                });
                let entries = entries.collect();
                self.busy.remove(&id);
                Node { span, tag, kind: NodeKind::Mapping(entries) }
            }
            Content::Variable(..) => nothing(span),
        }
    }

    /// The value of a variable at `by`.
    fn taken_over(&mut self, value: Id, by: Span, depth: usize) -> Node {
        let target = self.resolver.cells.get(value).span;
        if target != by {
            self.aliases.push(AliasUse { alias: by, target });
            // Within what another variable brought, that one is what stands in the resource.
            if let Some(outer) = self.by.first() {
                self.aliases.push(AliasUse { alias: *outer, target });
            }
        }
        self.by.push(by);
        let node = self.node(value, depth);
        self.by.pop();
        node
    }

    /// False where a value would contain itself, or lies too deep.
    fn enter(&mut self, id: Id, span: Span, depth: usize) -> bool {
        let at = self.by.last().copied().unwrap_or(span);
        if !self.busy.insert(id) {
            faults::contains_itself(self.resolver, at, span);
            self.is_stopped = true;
            return false;
        }
        if depth > DEPTH {
            faults::nests_too_deep(self.resolver, at, DEPTH);
            self.is_stopped = true;
            return false;
        }
        true
    }
}
