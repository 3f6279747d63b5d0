//! Why a resource is not said in the provider's own words.

use std::fmt;

use crate::context::{Context, How};

/// What stands in the way of a native form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No resource of the provider is known for the type.
    Type,
    /// A property, by its path, that has no argument.
    Property(String),
    /// A property whose value the provider refuses, and the value.
    Value(String, String),
    /// A property in a form, mostly a computed one, that the argument cannot take.
    Form(String),
    /// An attribute that others ask of it and the provider does not tell; none for one that is computed.
    Attribute(Option<String>),
    /// An argument that the provider wants, and nothing says.
    Missing(String),
    /// A macro makes part of it.
    Macro,
    /// It would be part of another resource, which is not native.
    Owner(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Type => write!(f, "no resource of the provider is known for this type"),
            Reason::Property(path) => write!(f, "the provider has no place for `{path}`"),
            Reason::Value(path, value) => write!(f, "the provider refuses {value} as `{path}`"),
            Reason::Form(path) => write!(f, "the provider cannot take `{path}` in this form"),
            Reason::Attribute(Some(name)) => {
                write!(f, "`{name}` is asked of it, which the provider does not tell")
            }
            Reason::Attribute(None) => write!(f, "a computed attribute is asked of it"),
            Reason::Missing(argument) => write!(f, "the provider wants `{argument}`, which is not said"),
            Reason::Macro => write!(f, "a macro makes part of it"),
            Reason::Owner(id) => write!(f, "it is part of `{id}`, which is not native"),
        }
    }
}

impl Reason {
    /// The line above a resource that fell back, such as `by Cloud Control: the provider has no place for X`.
    pub(crate) fn line(&self, how: How) -> Option<String> {
        let by = match how {
            How::CloudControl => "by Cloud Control",
            How::Stack => "in a stack of its own",
            How::Module => "as a module",
            How::Native(_) | How::Merged => return None,
        };
        Some(format!("{by}: {self}"))
    }
}

impl Context<'_> {
    /// Notes why the resource that is written has no native form; the first word on it counts, which is
    /// the narrowest.
    pub(crate) fn lacks<T>(&self, reason: Reason) -> Option<T> {
        self.lack.borrow_mut().get_or_insert(reason);
        None
    }

    /// What is made of a property, by its path; that it cannot be is noted.
    pub(crate) fn within<T>(&self, path: &str, make: impl FnOnce() -> Option<T>) -> Option<T> {
        make().or_else(|| self.lacks(Reason::Form(path.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_above_the_resource() {
        let reason = Reason::Value("Runtime".to_owned(), "`python3.14`".to_owned());
        let line = reason.line(How::CloudControl);
        let wanted = "by Cloud Control: the provider refuses `python3.14` as `Runtime`";
        assert_eq!(line.as_deref(), Some(wanted));
        assert_eq!(reason.line(How::Merged), None);
        let stack = Reason::Type.line(How::Stack);
        assert!(stack.is_some_and(|line| line.starts_with("in a stack of its own: ")));
    }
}
