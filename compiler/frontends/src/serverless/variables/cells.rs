//! The values of a document as cells: one place for each, which several may share.
//!
//! A variable that takes over another value points at its cell, so that nothing is copied until the
//! whole is known to fit, and what a variable needs is resolved when it is asked for.

use std::rc::Rc;
use std::sync::Arc;

use samc_base::{Reported, Span};
use samc_syntax::{Entry, Node, NodeKind, Scalar, Style, Tag};

use super::syntax::{self, Fault, Template};

/// The number of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(u32);

/// One value.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Where it is written.
    pub(super) span: Span,
    /// Its tag, if one is written.
    pub(super) tag: Option<Tag>,
    /// Whether it is the text of a `Fn::Sub`.
    pub(super) in_sub: bool,
    /// What it is.
    pub(super) content: Content,
}

/// What a cell holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Without variables.
    Scalar(Scalar),
    /// A text for `Fn::Sub` with `${AWS::AccountId}` in it, and nothing else that it would change.
    Account(Arc<str>),
    Sequence(Vec<Id>),
    Mapping(Vec<Member>),
    /// A scalar with variables.
    Variable(Rc<Pending>, State),
}

/// An entry of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key: Arc<str>,
    pub(super) key_span: Span,
    pub(super) key_style: Style,
    pub(super) value: Id,
}

/// A scalar with variables, as written.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) scalar: Scalar,
    pub(super) template: Template,
    /// What the author calls it: `custom.table`, or `config.yml: table`.
    pub(super) name: String,
}

/// How far a scalar with variables is.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    Written,
    /// It is being resolved.
    Open,
    /// Its value, which is no such scalar.
    Done(Id),
    Failed(Reported),
}

/// All cells of a run.
#[derive(Debug, Default)]
pub(super) struct Cells {
    all: Vec<Cell>,
}

/// A text whose variables are wrong.
pub(super) struct Misspelt {
    pub(super) span: Span,
    pub(super) text: Arc<str>,
    pub(super) name: String,
    pub(super) fault: Fault,
}

impl Cells {
    pub(super) fn get(&self, id: Id) -> &Cell {
        &self.all[id.0 as usize]
    }

    pub(super) fn add(&mut self, cell: Cell) -> Id {
        let id = Id(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(cell);
        id
    }

    pub(super) fn set(&mut self, id: Id, next: State) {
        if let Content::Variable(_, state) = &mut self.all[id.0 as usize].content {
            *state = next;
        }
    }

    /// The texts of all scalars and keys as far as one cell, which are those of its document.
    pub(super) fn texts_up_to(&self, last: Id) -> impl Iterator<Item = &str> {
        self.all.iter().take(last.0 as usize + 1).flat_map(|cell| {
            let (text, members) = match &cell.content {
                Content::Scalar(scalar) => (Some(&*scalar.text), [].as_slice()),
                Content::Variable(pending, _) => (Some(&*pending.scalar.text), [].as_slice()),
                Content::Mapping(members) => (None, members.as_slice()),
                Content::Account(_) | Content::Sequence(_) => (None, [].as_slice()),
            };
            text.into_iter().chain(members.iter().map(|member| &*member.key))
        })
    }

    /// A value that the compiler makes, with the place that asks for it.
    pub(super) fn plain(&mut self, span: Span, text: &str, style: Style) -> Id {
        let content = Content::Scalar(Scalar { text: text.into(), style });
        self.add(Cell { span, tag: None, in_sub: false, content })
    }

    /// Takes in the values of a document. `report` is told each text whose variables are wrong.
    pub(super) fn enter(
        &mut self,
        node: Node,
        name: &mut Vec<Arc<str>>,
        file: Option<&str>,
        in_sub: bool,
        report: &mut dyn FnMut(Misspelt) -> Reported,
    ) -> Id {
        let in_sub = in_sub || node.tag.as_ref().is_some_and(|tag| &*tag.text == "!Sub");
        let content = match node.kind {
            NodeKind::Scalar(scalar) => scalar_content(scalar, node.span, || named(name, file), report),
            NodeKind::Sequence(items) => {
                let mut ids = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    name.push(index.to_string().into());
                    ids.push(self.enter(item, name, file, in_sub && index == 0, report));
                    name.pop();
                }
                Content::Sequence(ids)
            }
            NodeKind::Mapping(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    let Entry { key, key_span, key_style, value } = entry;
                    name.push(key.clone());
                    let value = self.enter(value, name, file, &*key == "Fn::Sub", report);
                    name.pop();
                    members.push(Member { key, key_span, key_style, value });
                }
                Content::Mapping(members)
            }
        };
        self.add(Cell { span: node.span, tag: node.tag, in_sub, content })
    }
}

/// A scalar, with its variables if it has any.
pub(super) fn scalar_content(
    scalar: Scalar,
    span: Span,
    name: impl Fn() -> String,
    report: &mut dyn FnMut(Misspelt) -> Reported,
) -> Content {
    match syntax::parse(&scalar.text) {
        Ok(None) => Content::Scalar(scalar),
        Ok(Some(template)) => {
            Content::Variable(Rc::new(Pending { scalar, template, name: name() }), State::Written)
        }
        Err(fault) => {
            let reported = report(Misspelt { span, text: scalar.text.clone(), name: name(), fault });
            let template = Template { parts: Vec::new() };
            Content::Variable(Rc::new(Pending { scalar, template, name: name() }), State::Failed(reported))
        }
    }
}

/// Keys in the way that variables name them.
fn named(keys: &[Arc<str>], file: Option<&str>) -> String {
    let path = keys.join(".");
    match file {
        Some(file) if path.is_empty() => file.to_owned(),
        Some(file) => format!("{file}: {path}"),
        None => path,
    }
}
