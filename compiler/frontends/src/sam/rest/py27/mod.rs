//! Values as Python 2.7 had them: texts of two kinds, and dictionaries with an order of their own.
//!
//! Bodies of REST APIs live in this form while they are edited, so that the text whose hash names
//! the deployment comes out as the transform's. Each edit of a body stands between two deep copies
//! there, and a deep copy can change the order of a dictionary. Copying whole bodies for every
//! event would take time with the square of their number; here a clock counts the copies, and each
//! dictionary catches up when it is looked at.

mod dict;
mod keys;
mod text;

use samc_base::Span;
use samc_ir::{Expr, Function, Kind, Map, Str};

pub(crate) use dict::Dict;
pub(crate) use keys::{Keys, hash};

/// How many deep copies a body has been through.
pub(crate) type Clock = u32;

/// A text, and whether Python 2.7 had it as `unicode`, which its printed form shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The text.
    pub(crate) text: Str,
    /// True for what the author wrote, false for what the transform adds.
    pub(crate) unicode: bool,
}

impl From<&str> for Text {
    /// A text that the transform adds.
    fn from(text: &str) -> Self {
        Text { text: text.into(), unicode: false }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text { text: text.into(), unicode: false }
    }
}

impl Text {
    /// A text that the author wrote.
    pub(crate) fn unicode(text: impl Into<Str>) -> Self {
        Text { text: text.into(), unicode: true }
    }
}

/// A value, and where its author wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Py {
    /// What it is.
    pub(crate) kind: PyKind,
    /// Where it was written.
    pub(crate) span: Option<Span>,
}

impl PartialEq for Py {
    fn eq(&self, other: &Self) -> bool {
        self.clone().into_expr() == other.clone().into_expr()
    }
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum PyKind {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A float.
    Float(f64),
    /// A text.
    Text(Text),
    /// A list.
    List(Vec<Py>),
    /// A dictionary in the order of Python 2.7.
    Dict(Box<Dict>),
    /// A dictionary in the order of its making.
    Map(Vec<(Text, Py)>),
}

impl From<PyKind> for Py {
    fn from(kind: PyKind) -> Self {
        Py { kind, span: None }
    }
}

impl From<&str> for Py {
    fn from(text: &str) -> Self {
        PyKind::Text(text.into()).into()
    }
}

impl From<String> for Py {
    fn from(text: String) -> Self {
        PyKind::Text(text.into()).into()
    }
}

impl From<Text> for Py {
    fn from(text: Text) -> Self {
        PyKind::Text(text).into()
    }
}

impl From<bool> for Py {
    fn from(value: bool) -> Self {
        PyKind::Bool(value).into()
    }
}

impl From<Dict> for Py {
    fn from(dict: Dict) -> Self {
        PyKind::Dict(Box::new(dict)).into()
    }
}

impl From<Vec<Py>> for Py {
    fn from(items: Vec<Py>) -> Self {
        PyKind::List(items).into()
    }
}

impl Py {
    /// What the author wrote, converted: all texts and keys are unicode, all maps dictionaries.
    pub(crate) fn written(expr: &Expr, clock: Clock) -> Py {
        Py::convert(expr, Some(clock))
    }

    /// What the transform makes, as it is: texts are plain, maps keep their order.
    pub(crate) fn made(expr: &Expr) -> Py {
        Py::convert(expr, None)
    }

    fn convert(expr: &Expr, written: Option<Clock>) -> Py {
        let text = |t: &Str| Text { text: t.clone(), unicode: written.is_some() };
        let kind = match &expr.kind {
            Kind::Null => PyKind::None,
            Kind::Bool(b) => PyKind::Bool(*b),
            Kind::Int(i) => PyKind::Int(*i),
            Kind::Float(f) => PyKind::Float(*f),
            Kind::String(s) => PyKind::Text(text(s)),
            Kind::Asset(asset) => PyKind::Text(text(&asset.path)),
            Kind::List(items) => PyKind::List(items.iter().map(|e| Py::convert(e, written)).collect()),
            Kind::Map(map) => {
                let entries = map.entries().iter().map(|e| {
                    let mut value = Py::convert(&e.value, written);
                    value.span = value.span.or(e.key_span);
                    (text(&e.key), value)
                });
                Py::entries(entries.collect(), written)
            }
            Kind::Call(function, argument) => {
                let entry = (text(&function.key().into()), Py::convert(argument, written));
                Py::entries(vec![entry], written)
            }
        };
        Py { kind, span: expr.span }
    }

    fn entries(entries: Vec<(Text, Py)>, written: Option<Clock>) -> PyKind {
        match written {
            None => PyKind::Map(entries),
            Some(clock) => {
                let mut dict = Dict::new(clock);
                for (key, value) in entries {
                    dict.insert(key, value, clock);
                }
                PyKind::Dict(Box::new(dict))
            }
        }
    }

    /// A map of one key in the order of its making, such as a function.
    pub(crate) fn map_of(key: &str, value: impl Into<Py>) -> Py {
        PyKind::Map(vec![(key.into(), value.into())]).into()
    }

    /// `Fn::If` with nothing where the condition is false.
    pub(crate) fn conditional(condition: Py, value: Py) -> Py {
        Py::map_of("Fn::If", vec![condition, value, Py::map_of("Ref", "AWS::NoValue")])
    }

    /// The dictionary, if it is one.
    pub(crate) fn as_dict_mut(&mut self) -> Option<&mut Dict> {
        match &mut self.kind {
            PyKind::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The dictionary, if it is one.
    pub(crate) fn as_dict(&self) -> Option<&Dict> {
        match &self.kind {
            PyKind::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            PyKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub(crate) fn as_list_mut(&mut self) -> Option<&mut Vec<Py>> {
        match &mut self.kind {
            PyKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, in a dictionary or a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Py> {
        match &self.kind {
            PyKind::Dict(dict) => dict.get(key),
            PyKind::Map(entries) => entries.iter().find(|(k, _)| &*k.text == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// True for a dictionary or a map.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.kind, PyKind::Dict(_) | PyKind::Map(_))
    }

    /// As Python has it: false for nothing, false, 0 and what is empty.
    pub(crate) fn is_truthy(&self) -> bool {
        match &self.kind {
            PyKind::None => false,
            PyKind::Bool(b) => *b,
            PyKind::Int(i) => *i != 0,
            PyKind::Float(f) => *f != 0.0,
            PyKind::Text(t) => !t.text.is_empty(),
            PyKind::List(items) => !items.is_empty(),
            PyKind::Dict(dict) => dict.len() > 0,
            PyKind::Map(entries) => !entries.is_empty(),
        }
    }

    /// The values that a conditional stands for, to be changed: the arms of `Fn::If` but for
    /// `AWS::NoValue`, or the value itself.
    pub(crate) fn contents_mut(&mut self) -> Vec<&mut Py> {
        let is_if = self.get("Fn::If").is_some();
        if !is_if {
            return vec![self];
        }
        let list = match &mut self.kind {
            PyKind::Dict(dict) => dict.get_mut("Fn::If").and_then(Py::as_list_mut),
            PyKind::Map(entries) => {
                entries.iter_mut().find(|(k, _)| &*k.text == "Fn::If").and_then(|(_, v)| v.as_list_mut())
            }
            _ => None,
        };
        let arms = list.into_iter().flatten().skip(1);
        arms.filter(|a| a.get("Ref").and_then(Py::as_text).is_none_or(|t| &*t.text != "AWS::NoValue"))
            .collect()
    }

    /// Lets every dictionary inside catch up with the clock.
    pub(crate) fn sync(&mut self, clock: Clock) {
        match &mut self.kind {
            PyKind::List(items) => items.iter_mut().for_each(|i| i.sync(clock)),
            PyKind::Map(entries) => entries.iter_mut().for_each(|(_, v)| v.sync(clock)),
            PyKind::Dict(dict) => dict.sync_all(clock),
            PyKind::None | PyKind::Bool(_) | PyKind::Int(_) | PyKind::Float(_) | PyKind::Text(_) => {}
        }
    }

    /// The expression, with keys in the order of their making.
    pub(crate) fn into_expr(self) -> Expr {
        let entries = |entries: Vec<(Text, Py)>| {
            if let [(key, _)] = entries.as_slice()
                && let Some(function) = Function::from_key(&key.text)
            {
                let argument =
                    entries.into_iter().next().map(|(_, v)| v.into_expr()).unwrap_or_else(Expr::null);
                if function != Function::Condition || argument.as_str().is_some() {
                    return Kind::Call(function, Box::new(argument));
                }
                return Kind::Map(Map::from([(function.key(), argument)]));
            }
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert_spanned(key.text, value.span, value.into_expr());
            }
            Kind::Map(map)
        };
        let kind = match self.kind {
            PyKind::None => Kind::Null,
            PyKind::Bool(b) => Kind::Bool(b),
            PyKind::Int(i) => Kind::Int(i),
            PyKind::Float(f) => Kind::Float(f),
            PyKind::Text(t) => Kind::String(t.text),
            PyKind::List(items) => Kind::List(items.into_iter().map(Py::into_expr).collect()),
            PyKind::Dict(dict) => entries(dict.into_entries()),
            PyKind::Map(list) => entries(list),
        };
        Expr::new(kind, self.span)
    }
}
