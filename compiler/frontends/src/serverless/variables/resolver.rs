//! The order of resolution: each variable when it is asked for, once.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostics, Reported, Span};
use samc_syntax::{AliasUse, Node, Style};

use super::cells::{Cell, Cells, Content, Id, Member, Misspelt, Pending, State, scalar_content};
use super::dotenv::Dotenv;
use super::files::File;
use super::syntax::{Argument, Literal, Part, Source, Template, Variable};
use super::text::NoText;
use super::{Asked, Surroundings};
use super::{dotenv, faults, output, sources};
use crate::Options;

/// How deep values may depend on each other, in steps; what resolves a variable takes four. The stack
/// of a thread has room for it.
const DEPTH: usize = 600;

/// How many bytes of text variables may put together.
pub(super) const BYTES: usize = 64 << 20;

/// The state of a run.
pub(super) struct Resolver<'a> {
    pub(super) cells: Cells,
    pub(super) root: Id,
    pub(super) options: &'a Options,
    pub(super) around: &'a mut dyn Surroundings,
    pub(super) found: &'a mut Diagnostics,
    /// What `${env:…}` may take beside the process's environment.
    pub(super) dotenv: Dotenv,
    /// Files that were read, by path.
    pub(super) files: FxHashMap<String, Result<File, Reported>>,
    /// Where aliases of those files were carried out.
    pub(super) aliases: Vec<AliasUse>,
    /// Values given for whole sources, by their texts without blanks.
    pub(super) given: FxHashMap<String, String>,
    /// What is to be told of the run.
    pub(super) asked: Asked,
    /// Whether the variable that is being resolved came to a source that the Framework asks only when it
    /// has set what the provider leaves out (see [`super::sources`]).
    pub(super) is_late: bool,
    /// The scalars of which that is true.
    late: FxHashSet<Id>,
    /// What is being resolved, outermost first.
    pub(super) open: Vec<Id>,
    /// Texts with variables that were values, by text and place.
    texts: FxHashMap<(Arc<str>, Span), Id>,
    /// Mappings and lists without unresolved variables in them.
    whole: FxHashSet<Id>,
    depth: usize,
    bytes: usize,
}

/// The variable that is being resolved.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The whole scalar.
    pub(super) cell: Id,
    pub(super) pending: Rc<Pending>,
    /// The variable.
    pub(super) span: Span,
    /// Its text.
    pub(super) text: String,
    /// Whether more sources stand behind the one that is asked.
    pub(super) has_fallback: bool,
}

/// What a source gives.
pub(super) enum Found {
    Value(Id),
    /// Nothing, so that the fallback is taken.
    Nothing(Missing),
}

/// Why there is no value.
pub(super) struct Missing {
    /// A sentence.
    pub(super) why: String,
    /// What to do.
    pub(super) help: String,
    /// Whether the author ought to know that a fallback was taken.
    pub(super) is_told: bool,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        root: Node,
        options: &'a Options,
        around: &'a mut dyn Surroundings,
        found: &'a mut Diagnostics,
    ) -> Self {
        let mut cells = Cells::default();
        let mut report = |misspelt: Misspelt| faults::misspelt(found, &misspelt);
        let root = cells.enter(root, &mut Vec::new(), None, false, &mut report);
        let given = options.variables.iter().filter(|(name, _)| name.contains([':', '(']));
        let given = given.map(|(name, value)| (name.replace(' ', ""), value.clone())).collect();
        Resolver {
            cells,
            root,
            options,
            around,
            found,
            dotenv: Dotenv::default(),
            files: FxHashMap::default(),
            aliases: Vec::new(),
            given,
            asked: Asked::default(),
            is_late: false,
            late: FxHashSet::default(),
            open: Vec::new(),
            texts: FxHashMap::default(),
            whole: FxHashSet::default(),
            depth: 0,
            bytes: 0,
        }
    }

    /// Resolves everything, and gives the tree and what brought values from elsewhere.
    pub(super) fn finish(&mut self) -> (Node, Vec<AliasUse>) {
        // Where that fails, it has been said, and what needs it says it lacks it.
        let _reported = dotenv::read(self);
        let (root, aliases) = output::tree(self);
        self.aliases.extend(aliases);
        (root, std::mem::take(&mut self.aliases))
    }

    /// The value of a cell, variables at its top carried out.
    pub(super) fn value(&mut self, id: Id) -> Result<Id, Reported> {
        let Content::Variable(pending, state) = &self.cells.get(id).content else { return Ok(id) };
        match *state {
            State::Done(value) => {
                self.is_late |= self.late.contains(&id);
                return Ok(value);
            }
            State::Failed(reported) => return Err(reported),
            State::Open => return Err(faults::cycle(self, id)),
            State::Written => {}
        }
        let pending = pending.clone();
        self.cells.set(id, State::Open);
        self.open.push(id);
        let was_late = std::mem::replace(&mut self.is_late, false);
        let value = self.deeper(4, id, |this| this.compute(id, pending));
        self.open.pop();
        if self.is_late {
            self.late.insert(id);
        }
        self.is_late |= was_late;
        let state = match value {
            Ok(value) => State::Done(value),
            Err(reported) => State::Failed(reported),
        };
        self.cells.set(id, state);
        value
    }

    /// Goes so many steps deeper, unless that is too deep.
    pub(super) fn deeper<T, E: From<Reported>>(
        &mut self,
        steps: usize,
        id: Id,
        run: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.depth + steps > DEPTH {
            return Err(faults::too_deep(self, id).into());
        }
        self.depth += steps;
        let result = run(self);
        self.depth -= steps;
        result
    }

    fn compute(&mut self, id: Id, pending: Rc<Pending>) -> Result<Id, Reported> {
        let value = match pending.template.parts.as_slice() {
            [Part::Variable(variable)] => self.variable(variable, id, &pending)?,
            _ => self.compose(&pending.template, id, &pending)?,
        };
        let Cell { tag, in_sub, .. } = self.cells.get(id).clone();
        let own = self.cells.get(value);
        if in_sub && let Content::Account(text) = &own.content {
            let (text, span) = (text.clone(), own.span);
            let value = self.cells.plain(span, &text, Style::DoubleQuoted);
            return Ok(self.tagged(value, tag));
        }
        Ok(self.tagged(value, tag))
    }

    /// A value under a tag that stands before the variable.
    fn tagged(&mut self, value: Id, tag: Option<samc_syntax::Tag>) -> Id {
        let Some(tag) = tag else { return value };
        let own = self.cells.get(value).clone();
        if own.tag.is_none() && !matches!(own.content, Content::Account(_)) {
            return self.cells.add(Cell { tag: Some(tag), ..own });
        }
        // A value has one tag; the outer one is written as the key that it stands for.
        let content = Content::Mapping(vec![Member {
            key: long_name(&tag.text).into(),
            key_span: tag.span,
            key_style: Style::Plain,
            value,
        }]);
        self.cells.add(Cell { span: own.span, tag: None, in_sub: false, content })
    }

    /// The value of one variable, each of which is early by itself.
    fn variable(&mut self, variable: &Variable, cell: Id, pending: &Rc<Pending>) -> Result<Id, Reported> {
        let was_late = std::mem::replace(&mut self.is_late, false);
        let value = self.first_value(variable, cell, pending);
        self.is_late |= was_late;
        value
    }

    /// That of the first source that has one.
    fn first_value(&mut self, variable: &Variable, cell: Id, pending: &Rc<Pending>) -> Result<Id, Reported> {
        let whole = self.cells.get(cell).span;
        let span = faults::part(whole, &pending.scalar, variable.start, variable.end);
        let text = pending.scalar.text.get(variable.start..variable.end).unwrap_or_default().to_owned();
        let mut site = Site { cell, pending: pending.clone(), span, text, has_fallback: false };
        let mut missing = Vec::new();
        for (index, source) in variable.sources.iter().enumerate() {
            site.has_fallback = index + 1 < variable.sources.len();
            let call = match source {
                Source::Literal(literal) => {
                    faults::tell_fallback(self, &site, &missing);
                    return Ok(self.literal(literal, whole));
                }
                Source::Call(call) => call,
            };
            match sources::ask(self, call, &site)? {
                Found::Value(value) => {
                    let value = self.value(value)?;
                    if !self.is_null(value) {
                        faults::tell_fallback(self, &site, &missing);
                        return self.resolved_text(value, &site);
                    }
                    missing.push(Missing::new(format!("`{}` is null", call.name), "give it a value"));
                }
                Found::Nothing(why) => missing.push(why),
            }
        }
        match sources::implied(self, variable, &site)? {
            Some(value) => Ok(value),
            None => Err(faults::unresolved(self, &site, &missing)),
        }
    }

    /// A value that is a text may have variables itself: what a file or the environment holds.
    pub(super) fn resolved_text(&mut self, value: Id, site: &Site) -> Result<Id, Reported> {
        let cell = self.cells.get(value);
        let Content::Scalar(scalar) = &cell.content else { return Ok(value) };
        if cell.tag.is_some() || !scalar.text.contains("${") {
            return Ok(value);
        }
        let (scalar, span) = (scalar.clone(), cell.span);
        let key = (scalar.text.clone(), span);
        if let Some(known) = self.texts.get(&key) {
            return self.value(*known);
        }
        let name = site.pending.name.clone();
        let found = &mut *self.found;
        let mut report = |misspelt: Misspelt| faults::misspelt(found, &misspelt);
        let content = scalar_content(scalar, span, || name.clone(), &mut report);
        if matches!(content, Content::Scalar(_)) {
            return Ok(value);
        }
        let id = self.cells.add(Cell { span, tag: None, in_sub: false, content });
        self.texts.insert(key, id);
        self.value(id)
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Id {
        match literal {
            Literal::Null => self.cells.plain(span, "null", Style::Plain),
            Literal::Bool(is) => self.cells.plain(span, if *is { "true" } else { "false" }, Style::Plain),
            Literal::Number(number) => self.cells.plain(span, &super::numbers::text(*number), Style::Plain),
            Literal::Text(text) => self.cells.plain(span, text, Style::DoubleQuoted),
        }
    }

    /// A text put together of texts and the values of variables.
    fn compose(&mut self, template: &Template, cell: Id, pending: &Rc<Pending>) -> Result<Id, Reported> {
        let Cell { span, in_sub, .. } = *self.cells.get(cell);
        let mut out = String::new();
        let mut accounts = 0;
        for part in &template.parts {
            let variable = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Variable(variable) => variable,
            };
            let before = out.len();
            let value = self.variable(variable, cell, pending)?;
            let at = faults::part(span, &pending.scalar, variable.start, variable.end);
            if let Content::Account(text) = &self.cells.get(value).content {
                accounts += text.matches("${").count();
                out.push_str(text);
            } else {
                match self.text(value) {
                    Ok(text) => out.push_str(&text),
                    Err(NoText::Reported(reported)) => return Err(reported),
                    Err(NoText::Kind(kind)) => return Err(faults::no_text(self, pending, at, kind, value)),
                }
            }
            self.spend(out.len() - before, at)?;
        }
        if accounts > 0 && !in_sub {
            if out.matches("${").count() > accounts {
                return Err(faults::account_beside_other(self, pending, span));
            }
            let content = Content::Account(out.as_str().into());
            return Ok(self.cells.add(Cell { span, tag: None, in_sub, content }));
        }
        Ok(self.cells.plain(span, &out, Style::DoubleQuoted))
    }

    /// Pays for text that is put together.
    pub(super) fn spend(&mut self, bytes: usize, at: Span) -> Result<(), Reported> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES { Err(faults::too_large(self, at)) } else { Ok(()) }
    }

    /// The text of a parameter or address; none where it is null.
    pub(super) fn argument(&mut self, argument: &Argument, site: &Site) -> Result<Option<String>, Reported> {
        let template = match argument {
            Argument::Literal(Literal::Null) => return Ok(None),
            Argument::Literal(Literal::Bool(is)) => return Ok(Some(is.to_string())),
            Argument::Literal(Literal::Number(number)) => return Ok(Some(super::numbers::text(*number))),
            Argument::Literal(Literal::Text(text)) => return Ok(Some(text.clone())),
            Argument::Template(template) => template,
        };
        let value = match template.parts.as_slice() {
            [Part::Variable(variable)] => self.variable(variable, site.cell, &site.pending)?,
            _ => self.compose(template, site.cell, &site.pending)?,
        };
        if matches!(self.cells.get(value).content, Content::Account(_)) {
            return Err(faults::late(self, site, "the number of the account"));
        }
        if self.is_null(value) {
            return Ok(None);
        }
        match self.text(value) {
            Ok(text) if text.contains("{{resolve:") => Err(faults::late(self, site, &format!("`{text}`"))),
            Ok(text) => Ok(Some(text)),
            Err(NoText::Reported(reported)) => Err(reported),
            Err(NoText::Kind(kind)) => Err(faults::no_text(self, &site.pending, site.span, kind, value)),
        }
    }

    /// Resolves everything in a value, as whoever takes it over as a whole needs it.
    pub(super) fn complete(&mut self, id: Id) -> Result<(), Reported> {
        let value = self.value(id)?;
        let parts: Vec<Id> = match &self.cells.get(value).content {
            Content::Sequence(items) => items.clone(),
            Content::Mapping(members) => members.iter().map(|member| member.value).collect(),
            Content::Scalar(_) | Content::Account(_) | Content::Variable(..) => return Ok(()),
        };
        if !self.whole.insert(value) {
            return Ok(());
        }
        let result = self.deeper(1, id, |this| parts.iter().try_for_each(|part| this.complete(*part)));
        if result.is_err() {
            self.whole.remove(&value);
        }
        result
    }

    /// The value at a path of keys below another one. The error within is how many of the keys are
    /// there.
    pub(super) fn walk(&mut self, from: Id, keys: &[&str]) -> Result<Result<Id, usize>, Reported> {
        let mut at = from;
        for (index, key) in keys.iter().enumerate() {
            let value = self.value(at)?;
            match self.member(value, key) {
                Some(next) => at = next,
                None => return Ok(Err(index)),
            }
        }
        self.value(at).map(Ok)
    }

    /// What a value has under a key, as JavaScript sees it.
    fn member(&mut self, value: Id, key: &str) -> Option<Id> {
        let cell = self.cells.get(value);
        if let Some(tag) = &cell.tag {
            let is_named = long_name(&tag.text) == key;
            let cell = Cell { tag: None, ..cell.clone() };
            return is_named.then(|| self.cells.add(cell));
        }
        let length = match &cell.content {
            Content::Mapping(members) => return members.iter().find(|m| &*m.key == key).map(|m| m.value),
            Content::Sequence(items) if key == "length" => items.len(),
            Content::Sequence(items) => {
                let index: usize = key.parse().ok()?;
                return items.get(index).copied().filter(|_| index.to_string() == key);
            }
            Content::Scalar(scalar) if key == "length" && super::text::is_text(scalar) => {
                scalar.text.encode_utf16().count()
            }
            Content::Scalar(_) | Content::Account(_) | Content::Variable(..) => return None,
        };
        let span = cell.span;
        Some(self.cells.plain(span, &length.to_string(), Style::Plain))
    }

    pub(super) fn is_null(&self, value: Id) -> bool {
        let cell = self.cells.get(value);
        matches!(&cell.content, Content::Scalar(scalar) if cell.tag.is_none() && scalar.is_null())
    }
}

impl Missing {
    /// A value that is not there.
    pub(super) fn new(why: impl Into<String>, help: impl Into<String>) -> Self {
        Missing { why: why.into(), help: help.into(), is_told: false }
    }

    /// The same as an outcome.
    pub(super) fn found(why: impl Into<String>, help: impl Into<String>) -> Found {
        Found::Nothing(Missing::new(why, help))
    }
}

/// The key that a tag of CloudFormation is short for.
fn long_name(tag: &str) -> String {
    let name = tag.trim_start_matches('!');
    if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") }
}
