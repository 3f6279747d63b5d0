//! Tables of the properties that constructs take, and the check of a construct against its table.

use samc_base::{Diagnostic, codes, nearest, nearest_list};
use samc_ir::{Expr, Kind, Map};

use super::expansion::{Expansion, Result};
use super::intrinsics::is_intrinsic_like;

/// The shape a property's value must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Anything: the value is only passed on.
    Any,
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A mapping.
    Map,
    /// A mapping that is not a call of an intrinsic function; for properties that are
    /// [`Property::literal`], and whose values are checked elsewhere.
    PlainMap,
    /// A list of anything.
    List,
    /// A list of values of one shape.
    ListOf(&'static Shape),
    /// A mapping whose values have one shape.
    MapOf(&'static Shape),
    /// Any of several shapes.
    OneOf(&'static [Shape]),
    /// One of a few texts.
    Enum(&'static [&'static str]),
}

/// One property of a construct.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Property {
    name: &'static str,
    shape: Shape,
    required: bool,
    /// Whether a call of an intrinsic function, or any map of one key, stands for a value of the shape.
    intrinsics: bool,
}

impl Property {
    /// An optional property.
    pub(crate) const fn optional(name: &'static str, shape: Shape) -> Self {
        Property { name, shape, required: false, intrinsics: true }
    }

    /// A property that must be there.
    pub(crate) const fn required(name: &'static str, shape: Shape) -> Self {
        Property { name, shape, required: true, intrinsics: true }
    }

    /// An optional property whose value is only passed on.
    pub(crate) const fn pass(name: &'static str) -> Self {
        Property { name, shape: Shape::Any, required: false, intrinsics: true }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// True for the property of this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The same property where an intrinsic function may not stand in for the value.
    pub(crate) const fn literal(mut self) -> Self {
        self.intrinsics = false;
        self
    }
}

impl Shape {
    fn accepts(self, value: &Expr) -> bool {
        match self {
            Shape::Any => true,
            Shape::Text => value.as_str().is_some(),
            Shape::Bool => value.as_bool().is_some(),
            // Python takes a truth value for a number.
            Shape::Int => matches!(value.kind, Kind::Int(_) | Kind::Bool(_)),
            Shape::Number => matches!(value.kind, Kind::Int(_) | Kind::Bool(_) | Kind::Float(_)),
            Shape::Map => matches!(value.kind, Kind::Map(_) | Kind::Call(..)),
            Shape::PlainMap => matches!(value.kind, Kind::Map(_)),
            Shape::List => value.as_list().is_some(),
            Shape::ListOf(item) => value.as_list().is_some_and(|l| l.iter().all(|e| item.accepts(e))),
            Shape::MapOf(item) => match &value.kind {
                Kind::Map(map) => map.values().all(|e| item.accepts(e)),
                Kind::Call(_, argument) => item.accepts(argument),
                _ => false,
            },
            Shape::OneOf(shapes) => shapes.iter().any(|s| s.accepts(value)),
            Shape::Enum(texts) => value.as_str().is_some_and(|t| texts.contains(&t)),
        }
    }

    /// "text", "a mapping", "a list of text or a mapping", for messages.
    fn describe(self) -> String {
        match self {
            Shape::Any => "anything".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::Bool => "true or false".to_owned(),
            Shape::Int => "a whole number".to_owned(),
            Shape::Number => "a number".to_owned(),
            Shape::Map => "a mapping".to_owned(),
            Shape::PlainMap => "a mapping".to_owned(),
            Shape::List => "a list".to_owned(),
            Shape::ListOf(item) => format!("a list, each item {}", item.describe()),
            Shape::MapOf(item) => format!("a mapping, each value {}", item.describe()),
            Shape::OneOf(shapes) => {
                let all: Vec<_> = shapes.iter().map(|s| s.describe()).collect();
                all.join(" or ")
            }
            Shape::Enum(texts) => format!("one of {}", texts.join(", ")),
        }
    }

    /// What a value is: the text itself where the shape is a choice of texts.
    fn describe_value(self, value: &Expr) -> String {
        match (self, value.as_str()) {
            (Shape::Enum(_), Some(text)) => format!("`{text}`"),
            _ => value.kind_name().to_owned(),
        }
    }

    /// The label at the value at fault.
    fn label(self, culprit: &Expr) -> String {
        let Shape::Enum(texts) = self else { return format!("this is {}", culprit.kind_name()) };
        match culprit.as_str().map(|text| nearest(text, texts.iter().copied())) {
            Some(Some(near)) => format!("did you mean `{near}`?"),
            Some(None) => "not one of them".to_owned(),
            None => format!("this is {}", culprit.kind_name()),
        }
    }

    /// The innermost value at fault, so that the finding points at it and not at the whole.
    fn culprit(self, value: &Expr) -> &Expr {
        match (self, &value.kind) {
            (Shape::ListOf(item), Kind::List(items)) => {
                items.iter().find(|e| !item.accepts(e)).map_or(value, |e| item.culprit(e))
            }
            (Shape::MapOf(item), Kind::Map(map)) => {
                map.values().find(|e| !item.accepts(e)).map_or(value, |e| item.culprit(e))
            }
            (Shape::OneOf(shapes), Kind::List(_)) => {
                let list = shapes.iter().find(|s| matches!(s, Shape::ListOf(_)));
                list.map_or(value, |s| s.culprit(value))
            }
            _ => value,
        }
    }
}

/// Checks properties against a table and reports every fault: unknown names, wrong shapes, missing
/// ones. `owner` is the type as the author knows it, such as `AWS::Serverless::Function`.
pub(crate) fn check(ctx: &mut Expansion<'_>, properties: &Map, table: &[Property], owner: &str) -> Result {
    let mut result = Ok(());
    for entry in properties.entries() {
        let Some(property) = table.iter().find(|p| *p.name == *entry.key) else {
            result = Err(unknown(ctx, entry, table, owner));
            continue;
        };
        let value = &entry.value;
        if value.is_null()
            || (property.intrinsics && is_intrinsic_like(value))
            || property.shape.accepts(value)
        {
            continue;
        }
        let culprit = property.shape.culprit(value);
        let verb = if std::ptr::eq(culprit, value) { "is" } else { "holds" };
        let (message, label) = (
            format!(
                "`{}` of {owner} {verb} {}, and must be {}",
                property.name,
                property.shape.describe_value(culprit),
                property.shape.describe()
            ),
            property.shape.label(culprit),
        );
        let path = format!("{}.{}", ctx.current.path, property.name);
        let found = Diagnostic::error(codes::WRONG_TYPE, message)
            .at(culprit.span.or(entry.key_span), label)
            .path(path);
        result = Err(ctx.report(match (property.shape, culprit.as_str()) {
            (Shape::Enum(texts), Some(text)) => found.respell(culprit.span, text, texts.iter().copied()),
            _ => found,
        }));
    }
    // A misspelt name is reported as such; that the right one is missing says nothing more.
    let misspelt = |name: &str| {
        let mut unknown = properties.keys().filter(|key| !table.iter().any(|p| *p.name == ***key));
        unknown.any(|key| nearest(key, table.iter().map(|p| p.name)) == Some(name))
    };
    for property in table.iter().filter(|p| p.required) {
        if properties.get(property.name).is_none_or(Expr::is_null) && !misspelt(property.name) {
            result = Err(missing(ctx, property.name, owner));
        }
    }
    result
}

/// A mapping inside the properties, checked against its own table; nothing for an absent one. An
/// intrinsic function is an error: what is in the mapping must be known when it is expanded. That a
/// value is no mapping at all was reported when the table it is in was checked.
pub(crate) fn section<'p>(
    ctx: &mut Expansion<'_>,
    properties: &'p Map,
    name: &str,
    table: &[Property],
) -> Result<Option<&'p Map>> {
    let Some(entry) = properties.entry(name).filter(|e| !e.value.is_null()) else { return Ok(None) };
    let mut origin = ctx.current.clone();
    origin.path = format!("{}.{name}", origin.path);
    origin.key_span = entry.key_span.or(origin.key_span);
    origin.span = entry.value.span.or(origin.span);
    ctx.within(origin, |ctx| match entry.value.as_map() {
        Some(map) => check(ctx, map, table, name).map(|()| Some(map)),
        None if entry.value.is_call() => Err(not_a_mapping(ctx, &entry.value, name)),
        None => Ok(None),
    })
}

/// A mapping such as `Tags` that must be written out; nothing for an absent one.
pub(crate) fn plain_map<'p>(
    ctx: &mut Expansion<'_>,
    properties: &'p Map,
    name: &str,
) -> Result<Option<&'p Map>> {
    match properties.get(name).filter(|v| !v.is_null()) {
        None => Ok(None),
        Some(value) => match value.as_map() {
            Some(map) => Ok(Some(map)),
            None => Err(not_a_mapping(ctx, value, name)),
        },
    }
}

fn not_a_mapping(ctx: &mut Expansion<'_>, value: &Expr, name: &str) -> samc_base::Reported {
    let what = if value.is_call() { "an intrinsic function" } else { value.kind_name() };
    ctx.report(
        Diagnostic::error(
            codes::WRONG_TYPE,
            format!("`{name}` is {what}, and must be a mapping written out"),
        )
        .at(value.span, format!("this is {what}")),
    )
}

/// Reports a property that must be there and is not.
pub(crate) fn missing(ctx: &mut Expansion<'_>, name: &str, owner: &str) -> samc_base::Reported {
    ctx.report(
        Diagnostic::error(codes::MISSING_PROPERTY, format!("{owner} needs `{name}`"))
            .at(ctx.current.key_span.or(ctx.current.span), format!("`{name}` is missing here")),
    )
}

/// Tells that a call stands where the transform looks for names of its own: it finds none of them, and
/// drops the call.
pub(crate) fn warn_of_dropped_call(ctx: &mut Expansion<'_>, value: &Expr, name: &str, path: String) {
    ctx.warn(
        Diagnostic::warning(
            codes::IGNORED_ATTRIBUTE,
            format!("{name} is an intrinsic function, which SAM does not look into: what it says is dropped"),
        )
        .at(value.span, "has no effect")
        .help("write the mapping out, and intrinsic functions as its values")
        .path(path),
    );
}

fn unknown(
    ctx: &mut Expansion<'_>,
    entry: &samc_ir::Entry,
    table: &[Property],
    owner: &str,
) -> samc_base::Reported {
    let names = || table.iter().map(|p| p.name);
    let path = format!("{}.{}", ctx.current.path, entry.key);
    let finding =
        Diagnostic::error(codes::UNKNOWN_PROPERTY, format!("`{}` is not a property of {owner}", entry.key))
            .path(path);
    let finding = match nearest(&entry.key, names()) {
        Some(near) => finding.at(entry.key_span, format!("did you mean `{near}`?")).respell(
            entry.key_span,
            &entry.key,
            names(),
        ),
        None => finding
            .at(entry.key_span, "not known here")
            .help(format!("the nearest names are {}", nearest_list(&entry.key, names(), 3).join(", "))),
    };
    ctx.report(finding)
}
