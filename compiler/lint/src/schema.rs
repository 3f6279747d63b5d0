//! Holds properties against the schemas of their types, once for all rules about properties.

mod calls;
mod misfit;
mod text;
mod value;
mod walk;

use std::fmt::Write;

use samc_base::{LogicalId, Span};
use samc_data::formats::Format;
use samc_ir::Resource;

use misfit::Misfit;
pub(crate) use walk::check;

/// One step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'g> {
    Key(&'g str),
    Item(usize),
}

/// A property that does not keep to its schema.
#[derive(Debug, Clone)]
pub(crate) struct Violation<'g> {
    pub(crate) id: &'g LogicalId,
    pub(crate) resource: &'g Resource,
    /// From `Properties` on.
    pub(crate) path: Vec<Step<'g>>,
    /// The narrowest place there is.
    pub(crate) span: Option<Span>,
    pub(crate) problem: Problem,
}

impl Violation<'_> {
    /// The whole path, such as `Resources.Fn.Properties.Tags[0].Key`.
    pub(crate) fn path(&self) -> String {
        let mut text = format!("Resources.{}.Properties", self.id);
        for step in &self.path {
            let _ = match step {
                Step::Key(key) => write!(text, ".{key}"),
                Step::Item(i) => write!(text, "[{i}]"),
            };
        }
        text
    }

    /// The path below `Properties`, such as `Tags[0].Key`; the type's name for the properties themselves.
    pub(crate) fn place(&self) -> String {
        let path = self.path();
        let below = path.splitn(4, '.').nth(3).unwrap_or("");
        if below.is_empty() { self.resource.resource_type.to_string() } else { below.to_owned() }
    }

    /// The last key of the path.
    pub(crate) fn key(&self) -> &str {
        let keys = self.path.iter().rev().find_map(|s| match s {
            Step::Key(key) => Some(*key),
            Step::Item(_) => None,
        });
        keys.unwrap_or("Properties")
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    /// A key that the mapping does not have; the keys that it has, and the pattern of further ones.
    Unknown { name: String, known: Vec<&'static str>, pattern: Option<&'static str> },
    /// A key that AWS sets.
    ReadOnly { name: String },
    /// A key that must be there.
    Missing { name: &'static str },
    /// None of the keys of which at least one must be there.
    NoneOf { names: Vec<&'static str> },
    /// Keys of which only one may be there.
    Exclusive { names: Vec<&'static str> },
    /// A key that needs another.
    Without { name: &'static str, other: &'static str },
    /// A value of another shape.
    Shape { found: String, wanted: String },
    /// `null`.
    Null,
    /// A value that is not among those allowed.
    NotAllowed { value: String, allowed: Vec<&'static str> },
    /// A text that a pattern does not fit, and what of it does not, where that can be said.
    Pattern { value: String, pattern: &'static str, why: Option<Misfit> },
    /// A text that is not of the form of such names and addresses.
    Format { value: String, formats: Vec<Format> },
    /// A reference that gives something else than what has one of these forms: what it gives, and what would.
    Refers { given: String, formats: Vec<Format>, instead: Option<String> },
    /// Too few or too many of something: characters, items, properties.
    Count { count: u64, limit: u64, most: bool, unit: &'static str },
    /// A number beyond its limit.
    Range { value: f64, limit: f64, most: bool },
    /// An item twice, the second at this number.
    Twice { value: String },
    /// None of the forms that the value may have; how many there are.
    NoForm { forms: usize },
}

impl Problem {
    /// How much a finding says about which of several forms the author meant: a wrong shape says
    /// that it was another form.
    fn weight(&self) -> usize {
        match self {
            Problem::Shape { .. } => 20,
            Problem::Unknown { .. } => 5,
            Problem::NotAllowed { .. } => 3,
            _ => 1,
        }
    }
}
