//! What is wrong at a place of a service, before it is said.

use samc_base::Span;
use samc_data::serverless_keys::Part;
use samc_ir::{Entry, Expr};

/// One step from the top of the file towards a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'e> {
    /// A key.
    Key(&'e str),
    /// A place in a list, from 0.
    Item(usize),
}

/// The steps to a value, the last one first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'w, 'e> {
    /// The steps before; none at the top.
    pub(super) before: Option<&'w Way<'w, 'e>>,
    /// The last step; none at the top.
    pub(super) step: Option<Step<'e>>,
    /// The place of the last key.
    pub(super) key_span: Option<Span>,
}

impl<'e> Way<'_, 'e> {
    /// The top of the file.
    pub(super) const TOP: Way<'static, 'static> = Way { before: None, step: None, key_span: None };

    /// The steps in order.
    pub(super) fn steps(&self) -> Vec<Step<'e>> {
        let mut steps: Vec<Step<'e>> = self.before.map(Way::steps).unwrap_or_default();
        steps.extend(self.step);
        steps
    }
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault<'e> {
    /// The steps to the mapping or the value.
    pub(super) steps: Vec<Step<'e>>,
    /// The place of the last key of those.
    pub(super) key_span: Option<Span>,
    /// What it is.
    pub(super) what: What<'e>,
}

impl Fault<'_> {
    /// The key that is missing, where one is.
    pub(super) fn missing(&self) -> Option<&'static str> {
        match &self.what {
            What::Missing(_, keys) => keys.first().copied(),
            What::Unknown(..) | What::Name(..) | What::Value(..) | What::Items(..) => None,
        }
    }
}

/// What may be wrong.
#[derive(Debug)]
pub(super) enum What<'e> {
    /// A key that the mapping has not, and the parts that say which it has.
    Unknown(&'e Entry, Vec<&'static Part>),
    /// A key that does not have the form that names have there.
    Name(&'e Entry, &'static str),
    /// A value that fits none of these.
    Value(&'e Expr, Vec<&'static Part>),
    /// A list with too few or too many items.
    Items(&'e Expr, usize, &'static Part),
    /// A mapping without a key, or without one of several.
    Missing(&'e Expr, Vec<&'static str>),
}
