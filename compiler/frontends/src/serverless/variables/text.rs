//! Values as text, the way JavaScript joins them.

use samc_base::{Reported, Span};
use samc_syntax::{Resolved, Scalar, Style};

use super::cells::{Content, Id};
use super::numbers;
use super::resolver::Resolver;

/// Why a value cannot be a part of a text.
pub(super) enum NoText {
    /// It is this.
    Kind(&'static str),
    /// It has no value.
    Reported(Reported),
}

impl From<Reported> for NoText {
    fn from(reported: Reported) -> Self {
        NoText::Reported(reported)
    }
}

/// True where a scalar is text and no number, truth value or null. The rules are those of YAML 1.2,
/// as js-yaml 4 has them.
pub(super) fn is_text(scalar: &Scalar) -> bool {
    scalar.style != Style::Plain || scalar.yaml12() == Resolved::Text
}

fn scalar_text(scalar: &Scalar) -> Option<String> {
    Some(match scalar.yaml12() {
        Resolved::Null => return None,
        Resolved::Bool(is) => is.to_string(),
        Resolved::Int(number) => numbers::text(number as f64),
        Resolved::Float(number) => numbers::text(number),
        Resolved::Text => scalar.text.to_string(),
    })
}

impl Resolver<'_> {
    /// A value as a part of a text: lists are joined with commas.
    pub(super) fn text(&mut self, id: Id) -> Result<String, NoText> {
        let value = self.value(id)?;
        let cell = self.cells.get(value);
        if cell.tag.as_ref().is_some_and(|tag| !tag.text.starts_with("!!")) {
            return Err(NoText::Kind("a call of an intrinsic function"));
        }
        let span = cell.span;
        let items = match &cell.content {
            Content::Scalar(scalar) => return scalar_text(scalar).ok_or(NoText::Kind("null")),
            Content::Sequence(items) => items.clone(),
            Content::Mapping(_) => return Err(NoText::Kind("a mapping")),
            Content::Account(_) => return Err(NoText::Kind("a list with the number of the account in it")),
            Content::Variable(..) => return Err(NoText::Kind("a variable")),
        };
        self.complete(value)?;
        self.deeper(4, value, |this| this.joined(&items, span))
    }

    fn joined(&mut self, items: &[Id], at: Span) -> Result<String, NoText> {
        let mut out = String::new();
        for (index, item) in items.iter().enumerate() {
            let item = self.value(*item)?;
            let before = out.len();
            if index > 0 {
                out.push(',');
            }
            if !self.is_null(item) {
                out.push_str(&self.text(item)?);
            }
            self.spend(out.len() - before, at)?;
        }
        Ok(out)
    }
}
