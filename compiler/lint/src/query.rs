//! Questions that rules ask about one resource: what a property is, as far as it is known before deployment.

use samc_base::{Diagnostic, LogicalId, Span};
use samc_ir::{Expr, Function, Kind, Resource};

use crate::context::about;
use crate::undecided;

/// What is known about a value before deployment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'g> {
    /// Neither written nor given by a default of the template.
    Absent,
    /// Written.
    Is(&'g Expr),
    /// Decided at deployment: a condition, a parameter without default, an import. No rule speaks of it.
    Unknown,
}

impl<'g> Known<'g> {
    /// True where nothing is written.
    pub(crate) fn is_absent(self) -> bool {
        matches!(self, Known::Absent)
    }

    /// The value, where it is known.
    pub(crate) fn value(self) -> Option<&'g Expr> {
        match self {
            Known::Is(value) => Some(value),
            Known::Absent | Known::Unknown => None,
        }
    }
}

/// The property at a path of keys such as `BucketEncryption.Rules`.
pub(crate) fn property<'g>(resource: &'g Resource, path: &str) -> Known<'g> {
    let Some(properties) = &resource.properties else { return Known::Absent };
    member(properties, path)
}

/// What a value has at a path of keys.
pub(crate) fn member<'g>(value: &'g Expr, path: &str) -> Known<'g> {
    let mut value = value;
    for key in path.split('.') {
        let Some(map) = value.as_map() else {
            return if value.is_call() { unknown(value) } else { Known::Absent };
        };
        match map.get(key) {
            None => return Known::Absent,
            Some(inner) if inner.is_no_value() || inner.is_null() => return Known::Absent,
            Some(inner) if inner.as_if().is_some() => return unknown(inner),
            Some(inner) => value = inner,
        }
    }
    Known::Is(value)
}

/// A value that only the deployment decides; that a rule asked for it is counted.
fn unknown<'g>(value: &Expr) -> Known<'g> {
    undecided::ask(value);
    Known::Unknown
}

/// Where a resource is named in the source.
pub(crate) fn name_span(resource: &Resource) -> Option<Span> {
    resource.origin.key_span
}

/// What the author calls a resource.
pub(crate) fn name<'g>(id: &'g LogicalId, resource: &'g Resource) -> &'g str {
    resource.origin.source.as_deref().unwrap_or(id)
}

/// A finding about a property of a resource: at the value where there is one, else at the resource's key.
/// Without a path it is about the resource.
pub(crate) fn at_property(
    found: Diagnostic,
    id: &LogicalId,
    resource: &Resource,
    path: &str,
    label: impl Into<String>,
) -> Diagnostic {
    let written = property(resource, path).value().and_then(|v| v.span);
    let found = found.at(written.or(name_span(resource)), label);
    let path =
        if path.is_empty() { format!("Resources.{id}") } else { format!("Resources.{id}.Properties.{path}") };
    about(found, id, &resource.origin, path)
}

/// The text at a path of keys, where it is written out.
pub(crate) fn text<'g>(resource: &'g Resource, path: &str) -> Option<&'g str> {
    property(resource, path).value()?.as_str()
}

/// True or false where that is known; what is not written is false.
pub(crate) fn flag(known: Known<'_>) -> Option<bool> {
    match known {
        Known::Absent => Some(false),
        Known::Unknown => None,
        Known::Is(value) => match &value.kind {
            Kind::Bool(on) => Some(*on),
            Kind::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Kind::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Kind::Call(..) => {
                undecided::ask(value);
                None
            }
            _ => None,
        },
    }
}

/// The items of a list, or the one value in place of a list. What depends on a condition is left out.
pub(crate) fn items(value: Option<&Expr>) -> impl Iterator<Item = &Expr> {
    let items = value.map_or(&[][..], |v| v.as_list().unwrap_or(std::slice::from_ref(v)));
    items.iter().filter(|item| item.as_if().is_none() && !item.is_no_value() && !item.is_null())
}

/// A value as text with `${…}` where a call stands: the beginning of an ARN is told by it.
pub(crate) fn outline(value: &Expr) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Call(Function::Sub, _) => value.as_sub().map(|(text, _)| text.to_owned()),
        Kind::Call(Function::Join, argument) => {
            let [separator, parts] = argument.as_list()? else { return None };
            let parts: Vec<&str> = parts.as_list()?.iter().map(|p| p.as_str().unwrap_or("${?}")).collect();
            Some(parts.join(separator.as_str()?))
        }
        _ => None,
    }
}

/// An ARN as text that colons part: those inside of variables, such as `${AWS::Region}`, are none of the ARN's.
pub(crate) fn arn_outline(value: &Expr) -> Option<String> {
    outline(value).map(|text| text.replace("AWS::", ""))
}

/// A finding about a resource as a whole, at its key.
pub(crate) fn at_name(
    found: Diagnostic,
    id: &LogicalId,
    resource: &Resource,
    label: impl Into<String>,
) -> Diagnostic {
    about(found.at(name_span(resource), label), id, &resource.origin, format!("Resources.{id}"))
}

/// A finding about a value inside a resource: at the value, else at the resource's key.
pub(crate) fn at_value(
    found: Diagnostic,
    id: &LogicalId,
    resource: &Resource,
    place: (&str, Option<Span>),
    label: impl Into<String>,
) -> Diagnostic {
    let (path, span) = place;
    let found = found.at(span.or(name_span(resource)), label);
    about(found, id, &resource.origin, format!("Resources.{id}.Properties.{path}"))
}
