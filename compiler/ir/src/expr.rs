//! Property values as expressions.

use std::fmt;
use std::sync::Arc;

use samc_base::{LogicalId, Span};

use crate::map::Map;

/// Shared text.
pub type Str = Arc<str>;

/// A value, and where its author wrote it.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it was written; none where the compiler made it.
    pub span: Option<Span>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    String(Str),
    /// A list.
    List(Vec<Expr>),
    /// A map that is not a call.
    Map(Map),
    /// An intrinsic function with its argument as written.
    Call(Function, Box<Expr>),
    /// Code or another file that packaging puts somewhere.
    Asset(Box<Asset>),
}

/// An intrinsic function, or `Condition` as it stands inside conditions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Function {
    /// `Ref`.
    Ref,
    /// `Condition`, in a map of that one key.
    Condition,
    /// `Fn::GetAtt`.
    GetAtt,
    /// `Fn::Sub`.
    Sub,
    /// `Fn::Join`.
    Join,
    /// `Fn::If`.
    If,
    /// `Fn::FindInMap`.
    FindInMap,
    /// `Fn::ImportValue`.
    ImportValue,
    /// `Fn::Select`.
    Select,
    /// `Fn::Split`.
    Split,
    /// `Fn::Base64`.
    Base64,
    /// `Fn::Equals`.
    Equals,
    /// `Fn::And`.
    And,
    /// `Fn::Or`.
    Or,
    /// `Fn::Not`.
    Not,
    /// `Fn::GetAZs`.
    GetAZs,
    /// `Fn::Cidr`.
    Cidr,
    /// `Fn::Transform`.
    Transform,
    /// Any other key that begins with `Fn::`, such as the language extensions' `Fn::Length`.
    Other(Str),
}

impl Function {
    /// The function of a map's only key, if the key names one.
    pub fn from_key(key: &str) -> Option<Function> {
        Some(match key {
            "Ref" => Function::Ref,
            "Condition" => Function::Condition,
            "Fn::GetAtt" => Function::GetAtt,
            "Fn::Sub" => Function::Sub,
            "Fn::Join" => Function::Join,
            "Fn::If" => Function::If,
            "Fn::FindInMap" => Function::FindInMap,
            "Fn::ImportValue" => Function::ImportValue,
            "Fn::Select" => Function::Select,
            "Fn::Split" => Function::Split,
            "Fn::Base64" => Function::Base64,
            "Fn::Equals" => Function::Equals,
            "Fn::And" => Function::And,
            "Fn::Or" => Function::Or,
            "Fn::Not" => Function::Not,
            "Fn::GetAZs" => Function::GetAZs,
            "Fn::Cidr" => Function::Cidr,
            "Fn::Transform" => Function::Transform,
            other if other.starts_with("Fn::") => Function::Other(other.into()),
            _ => return None,
        })
    }

    /// The key as it is written in JSON, such as `Fn::GetAtt`.
    pub fn key(&self) -> &str {
        match self {
            Function::Ref => "Ref",
            Function::Condition => "Condition",
            Function::GetAtt => "Fn::GetAtt",
            Function::Sub => "Fn::Sub",
            Function::Join => "Fn::Join",
            Function::If => "Fn::If",
            Function::FindInMap => "Fn::FindInMap",
            Function::ImportValue => "Fn::ImportValue",
            Function::Select => "Fn::Select",
            Function::Split => "Fn::Split",
            Function::Base64 => "Fn::Base64",
            Function::Equals => "Fn::Equals",
            Function::And => "Fn::And",
            Function::Or => "Fn::Or",
            Function::Not => "Fn::Not",
            Function::GetAZs => "Fn::GetAZs",
            Function::Cidr => "Fn::Cidr",
            Function::Transform => "Fn::Transform",
            Function::Other(key) => key,
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A local file or folder that a resource needs, before packaging says where it lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// The path as the author wrote it, relative to the input file.
    pub path: Str,
    /// How the resource takes it.
    pub kind: AssetKind,
    /// Where the resource finds it if nothing is packed, as the property says it; none where that is the path.
    pub place: Option<Expr>,
}

impl Asset {
    /// What lies at a path.
    pub fn new(path: impl Into<Str>, kind: AssetKind) -> Self {
        Asset { path: path.into(), kind, place: None }
    }
}

/// What lies in the folder of an asset and is no part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Patterns of `.gitignore`.
    pub patterns: Vec<String>,
    /// True where packages of Node.js that nothing but development needs are left out, whatever the patterns say.
    pub development: bool,
}

/// How a resource takes an asset, which decides how a location is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AssetKind {
    /// A function's code, zipped: `Code: {S3Bucket, S3Key}`.
    FunctionCode,
    /// A layer's content, zipped: `Content: {S3Bucket, S3Key}`.
    LayerContent,
    /// A file put as it is: `s3://bucket/key`.
    File,
}

impl PartialEq for Expr {
    /// Equal where the values are equal, wherever they were written.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Expr {
    /// A value written at `span`.
    pub fn new(kind: Kind, span: impl Into<Option<Span>>) -> Self {
        Expr { kind, span: span.into() }
    }

    /// The same value with another place.
    #[must_use]
    pub fn with_span(mut self, span: impl Into<Option<Span>>) -> Self {
        self.span = span.into();
        self
    }

    /// `null`.
    pub fn null() -> Self {
        Kind::Null.into()
    }

    /// An intrinsic function with an argument.
    pub fn call(function: Function, argument: impl Into<Expr>) -> Self {
        Kind::Call(function, Box::new(argument.into())).into()
    }

    /// `Ref` of a resource, parameter or pseudo parameter.
    pub fn reference(to: impl Into<Expr>) -> Self {
        Expr::call(Function::Ref, to)
    }

    /// `Fn::GetAtt` of a resource's attribute, in the form of a list.
    pub fn get_att(resource: impl Into<Expr>, attribute: impl Into<Expr>) -> Self {
        Expr::call(Function::GetAtt, vec![resource.into(), attribute.into()])
    }

    /// `Fn::Sub` of a text.
    pub fn sub(text: impl Into<Str>) -> Self {
        Expr::call(Function::Sub, Expr::from(text.into()))
    }

    /// `Fn::Sub` of a text with variables of its own.
    pub fn sub_with(text: impl Into<Str>, variables: Map) -> Self {
        Expr::call(Function::Sub, vec![Expr::from(text.into()), variables.into()])
    }

    /// `Fn::Join`.
    pub fn join(delimiter: impl Into<Str>, parts: Vec<Expr>) -> Self {
        Expr::call(Function::Join, vec![Expr::from(delimiter.into()), parts.into()])
    }

    /// `Fn::If`.
    pub fn if_else(condition: impl Into<Expr>, then: impl Into<Expr>, otherwise: impl Into<Expr>) -> Self {
        Expr::call(Function::If, vec![condition.into(), then.into(), otherwise.into()])
    }

    /// `Ref AWS::NoValue`: the property is as if it were not there.
    pub fn no_value() -> Self {
        Expr::reference("AWS::NoValue")
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The shared text, if it is text.
    pub fn as_shared(&self) -> Option<&Str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i128> {
        match self.kind {
            Kind::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Expr]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items, to be changed, if it is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Expr>> {
        match &mut self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if it is one and not a call.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map, to be changed, if it is one and not a call.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The function and its argument, if it is a call.
    pub fn as_call(&self) -> Option<(&Function, &Expr)> {
        match &self.kind {
            Kind::Call(function, argument) => Some((function, argument)),
            _ => None,
        }
    }

    /// The argument of a call of this function.
    pub fn argument_of(&self, function: &Function) -> Option<&Expr> {
        self.as_call().filter(|(f, _)| *f == function).map(|(_, argument)| argument)
    }

    /// The name a well-formed `Ref` refers to.
    pub fn as_ref_to(&self) -> Option<&str> {
        self.argument_of(&Function::Ref)?.as_str()
    }

    /// Resource and attribute of a well-formed `Fn::GetAtt`, in its form as a list or as dotted
    /// text. None where the attribute is computed.
    pub fn as_get_att(&self) -> Option<(&str, &str)> {
        let argument = self.argument_of(&Function::GetAtt)?;
        match &argument.kind {
            Kind::String(dotted) => dotted.split_once('.'),
            Kind::List(parts) => match parts.as_slice() {
                [resource, attribute] => Some((resource.as_str()?, attribute.as_str()?)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Condition, value if true and value if false of a well-formed `Fn::If`.
    pub fn as_if(&self) -> Option<(&Expr, &Expr, &Expr)> {
        match self.argument_of(&Function::If)?.as_list()? {
            [condition, then, otherwise] => Some((condition, then, otherwise)),
            _ => None,
        }
    }

    /// Text and variables of a well-formed `Fn::Sub`.
    pub fn as_sub(&self) -> Option<(&str, Option<&Map>)> {
        let argument = self.argument_of(&Function::Sub)?;
        match &argument.kind {
            Kind::String(text) => Some((text, None)),
            Kind::List(parts) => match parts.as_slice() {
                [text, variables] => Some((text.as_str()?, Some(variables.as_map()?))),
                [text] => Some((text.as_str()?, None)),
                _ => None,
            },
            _ => None,
        }
    }

    /// True for `Ref AWS::NoValue`.
    pub fn is_no_value(&self) -> bool {
        self.as_ref_to() == Some("AWS::NoValue")
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// True for a call of an intrinsic function.
    pub fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Call(..))
    }

    /// False for null, false, 0 and empty text, lists and maps, as Python has it; the SAM transform
    /// decides by it in many places.
    pub fn is_truthy(&self) -> bool {
        match &self.kind {
            Kind::Null => false,
            Kind::Bool(b) => *b,
            Kind::Int(i) => *i != 0,
            Kind::Float(f) => *f != 0.0,
            Kind::String(s) => !s.is_empty(),
            Kind::List(items) => !items.is_empty(),
            Kind::Map(map) => !map.is_empty(),
            Kind::Call(..) | Kind::Asset(_) => true,
        }
    }

    /// "text", "a number", "a list" and so on, for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::String(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Call(..) => "an intrinsic function",
            Kind::Asset(_) => "a local path",
        }
    }

    /// Calls `visit` for this value and every value inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            Kind::List(items) => items.iter().for_each(|e| e.walk(visit)),
            Kind::Map(map) => map.values().for_each(|e| e.walk(visit)),
            Kind::Call(_, argument) => argument.walk(visit),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {
            }
        }
    }

    /// Calls `change` for this value and every value inside it, innermost first.
    pub fn walk_mut(&mut self, change: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            Kind::List(items) => items.iter_mut().for_each(|e| e.walk_mut(change)),
            Kind::Map(map) => map.values_mut().for_each(|e| e.walk_mut(change)),
            Kind::Call(_, argument) => argument.walk_mut(change),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {
            }
        }
        change(self);
    }
}

impl From<Kind> for Expr {
    fn from(kind: Kind) -> Self {
        Expr { kind, span: None }
    }
}

macro_rules! from {
    ($($from:ty => |$v:ident| $kind:expr;)*) => {$(
        impl From<$from> for Expr {
            fn from($v: $from) -> Self {
                Expr { kind: $kind, span: None }
            }
        }
    )*};
}

from! {
    bool => |v| Kind::Bool(v);
    i32 => |v| Kind::Int(v.into());
    i64 => |v| Kind::Int(v.into());
    u32 => |v| Kind::Int(v.into());
    usize => |v| Kind::Int(v as i128);
    f64 => |v| Kind::Float(v);
    &str => |v| Kind::String(v.into());
    String => |v| Kind::String(v.into());
    Str => |v| Kind::String(v);
    &Str => |v| Kind::String(v.clone());
    LogicalId => |v| Kind::String(v.shared());
    &LogicalId => |v| Kind::String(v.shared());
    Vec<Expr> => |v| Kind::List(v);
    Map => |v| Kind::Map(v);
    Asset => |v| Kind::Asset(Box::new(v));
}

impl<const N: usize> From<[Expr; N]> for Expr {
    fn from(items: [Expr; N]) -> Self {
        Kind::List(items.into()).into()
    }
}

impl<K: Into<Str>, V: Into<Expr>, const N: usize> From<[(K, V); N]> for Expr {
    fn from(entries: [(K, V); N]) -> Self {
        Kind::Map(entries.into()).into()
    }
}
