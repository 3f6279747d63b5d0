//! What can be wrong with a value, and how it is said.

use std::fmt;

use samc_base::{Diagnostic, Span, codes, nearest};
use serde::de::{Expected, Unexpected};

/// One step from a node down to a part of it.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// What is wrong.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A key that is not among those allowed.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A key that has to be there.
    MissingKey(&'static str),
    /// A value of another shape: what is wanted, and what is there.
    Type { wanted: String, got: String },
    /// A value of the right shape that is not allowed, in a whole sentence or as what is wanted.
    Range { got: String, wanted: String },
    /// A word that is not among those allowed.
    UnknownWord { word: String, known: &'static [&'static str] },
    /// What the type itself says.
    Custom(String),
    /// A tag where none means anything.
    Tag(String),
}

/// An error on its way up, gathering its place.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    span: Option<Span>,
    /// How to read on: by leaving out the innermost list item or entry around the fault, or by
    /// making up the key that is missing.
    mend: Option<Mend>,
    /// It follows from something that was reported already.
    silent: bool,
    /// From the inside out.
    path: Vec<Step>,
}

/// What to change so that reading gets past an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mend {
    /// Leave out the node of this address.
    LeaveOut(usize),
    /// Make up a value for a key in the mapping of this address.
    MakeUp(usize, &'static str),
}

impl Failure {
    pub(crate) fn new(kind: Kind) -> Self {
        Failure(Box::new(Inner { kind, span: None, mend: None, silent: false, path: Vec::new() }))
    }

    /// Sets the place, unless something further inside has set it.
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// Sets the way past it, unless something further inside has set it.
    pub(crate) fn mend(mut self, mend: Mend) -> Self {
        self.0.mend.get_or_insert(mend);
        self
    }

    pub(crate) fn silent(mut self) -> Self {
        self.0.silent = true;
        self
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.0.silent
    }

    pub(crate) fn is_placed(&self) -> bool {
        self.0.span.is_some()
    }

    /// A word that is not allowed, where the word is a key.
    pub(crate) fn of_key(mut self) -> Self {
        if let Kind::UnknownWord { word, known } = self.0.kind {
            self.0.kind = Kind::UnknownKey { key: word, known };
        }
        self
    }

    pub(crate) fn under(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    pub(crate) fn way_past(&self) -> Option<Mend> {
        self.0.mend
    }

    /// The finding, with `base` as the path of the node that reading began at.
    pub(crate) fn diagnostic(&self, base: &str) -> Diagnostic {
        let span = self.0.span;
        let path = self.path(base);
        let subject = if path.is_empty() { "the document".to_owned() } else { format!("`{path}`") };
        let diagnostic = match &self.0.kind {
            Kind::UnknownKey { key, known } => {
                let near = nearest(key, known.iter().copied());
                let found =
                    Diagnostic::error(codes::UNKNOWN_PROPERTY, format!("{subject} has no key `{key}`"))
                        .at(span, "not a key of this mapping");
                match (near, span) {
                    (Some(near), Some(span)) => found.help(format!("did you mean `{near}`?")).respell(
                        span,
                        key,
                        known.iter().copied(),
                    ),
                    _ => found.help(listed("the keys here are", known)),
                }
            }
            Kind::MissingKey(key) => {
                Diagnostic::error(codes::MISSING_PROPERTY, format!("{subject} needs the key `{key}`"))
                    .at(span, format!("`{key}` is missing in here"))
                    .help(format!("add `{key}: ...`"))
            }
            Kind::Type { wanted, got } => {
                Diagnostic::error(codes::WRONG_TYPE, format!("{subject} takes {wanted}, and got {got}"))
                    .at(span, format!("this is {got}"))
            }
            Kind::Range { got, wanted } => {
                Diagnostic::error(codes::INVALID_VALUE, format!("{subject} takes {wanted}, and got {got}"))
                    .at(span, format!("not {wanted}"))
            }
            Kind::UnknownWord { word, known } => {
                let found = Diagnostic::error(codes::INVALID_VALUE, format!("{subject} cannot be `{word}`"))
                    .at(span, "not among the values allowed");
                match nearest(word, known.iter().copied()) {
                    Some(near) => found.help(format!("did you mean `{near}`?")).respell(
                        span,
                        word,
                        known.iter().copied(),
                    ),
                    None => found.help(listed("allowed are", known)),
                }
            }
            Kind::Custom(message) => Diagnostic::error(codes::INVALID_VALUE, message.clone()).at(span, ""),
            Kind::Tag(tag) => Diagnostic::error(
                codes::UNKNOWN_TAG,
                format!("{subject} carries the tag {tag}, which means nothing here"),
            )
            .at(span, "not expected here")
            .help("write the value without the tag"),
        };
        if path.is_empty() { diagnostic } else { diagnostic.path(path) }
    }

    fn path(&self, base: &str) -> String {
        let mut path = base.to_owned();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Step::Index(i) => path.push_str(&format!("[{i}]")),
            }
        }
        path
    }
}

/// A sentence that lists names, shortened where there are many.
fn listed(before: &str, names: &[&str]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "no key is allowed here".to_owned(),
        n if n <= SHOWN => format!("{before} {}", quoted(names)),
        n => format!("{before} {} and {} more", quoted(&names[..SHOWN]), n - SHOWN),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic("").message)
    }
}

impl std::error::Error for Failure {}

impl serde::de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Failure::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Failure::new(Kind::Type { wanted: expected.to_string(), got: say(&unexpected) })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Failure::new(Kind::Range { got: say(&unexpected), wanted: expected.to_string() })
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Failure::new(Kind::Range { got: format!("{length} items"), wanted: expected.to_string() })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Failure::new(Kind::UnknownWord { word: variant.to_owned(), known: expected })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Failure::new(Kind::UnknownKey { key: field.to_owned(), known: expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Failure::new(Kind::MissingKey(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Failure::new(Kind::Custom(format!("the key `{field}` stands twice, under two of its names")))
    }
}

/// What is there, in words.
fn say(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("the number {n}"),
        Unexpected::Signed(n) => format!("the number {n}"),
        Unexpected::Float(n) => format!("the number {n}"),
        Unexpected::Str(s) => text(s),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map | Unexpected::StructVariant => "a mapping".to_owned(),
        Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant => "a word".to_owned(),
        Unexpected::Char(c) => format!("`{c}`"),
        Unexpected::Bytes(_) => "bytes".to_owned(),
        Unexpected::NewtypeStruct => "a value".to_owned(),
        Unexpected::Other(other) => (*other).to_owned(),
    }
}

/// A text in quotes, shortened where it is long.
pub(crate) fn text(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((i, _)) => format!("the text \"{}...\"", &text[..i]),
        None => format!("the text \"{text}\""),
    }
}
