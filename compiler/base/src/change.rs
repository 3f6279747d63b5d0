//! Changes that mend a finding, said by names. What text they take depends on how the file is written, which
//! only who has the text can see; there they become a [`Fix`](crate::Fix).

use crate::diagnostic::{Applicability, Diagnostic};
use crate::span::Span;
use crate::suggest::nearest_certain;

/// A change, before it is known what text it takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// What it does, as an order: "set VisibilityTimeout to 360".
    pub message: String,
    /// Safe or not.
    pub applicability: Applicability,
    /// What is changed.
    pub what: What,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// A property of a resource gets a value, whether or not it has one.
    Property {
        /// The name of the resource in the source.
        resource: String,
        /// Its CloudFormation type.
        resource_type: String,
        /// The keys below its properties.
        path: Vec<String>,
        /// The value.
        value: Put,
    },
    /// The template gets another resource.
    Resource {
        /// Its logical id.
        id: String,
        /// All of it: `Type`, `Properties` and so on.
        body: Put,
    },
    /// A key or a word is written in another way.
    Spelling {
        /// Where it is.
        span: Span,
        /// How it is written; where something else stands there, nothing is changed.
        from: String,
        /// How it is to be written.
        to: String,
    },
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Put {
    /// A text.
    Text(String),
    /// A number.
    Number(i128),
    /// A text with `${...}` for `Fn::Sub`.
    Sub(String),
    /// A mapping.
    Map(Vec<(String, Put)>),
}

impl Diagnostic {
    /// Adds a change that mends the finding.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Adds the change of a misspelt key or word, where one of the candidates is certainly what was meant.
    #[must_use]
    pub fn respell<'a>(
        self,
        span: impl Into<Option<Span>>,
        from: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let (Some(span), Some(to)) = (span.into(), nearest_certain(from, candidates)) else { return self };
        self.change(Change {
            message: format!("write `{to}`"),
            applicability: Applicability::Safe,
            what: What::Spelling { span, from: from.to_owned(), to: to.to_owned() },
        })
    }
}
