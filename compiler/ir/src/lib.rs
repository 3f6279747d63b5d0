//! The intermediate representation: resources by CloudFormation type and logical id, with property
//! values as expressions, and the place each came from.
//!
//! An [`Expr`] is a tree like JSON's in which every call of an intrinsic function is a node of its
//! own ([`Kind::Call`]), never a map that happens to have one key. The argument of a call is kept
//! as written, so that a graph emitted again is the text that was read; typed views such as
//! [`Expr::as_get_att`] read it.

mod analyze;
pub mod application;
mod expr;
pub mod flags;
mod graph;
mod json;
mod map;
pub mod references;
pub mod substitution;
mod validate;

pub use analyze::{analyze, first_of, function_of};
pub use application::Application;
pub use expr::{Asset, AssetKind, Expr, Function, Kind, LeftOut, Str};
pub use graph::{Advice, Matter, OldKey, Origin, Resource, ResourceGraph};
pub use json::{JsonStyle, JsonWriter, python_float, write_json};
pub use map::{Entry, Map};
pub use validate::{ValidGraph, validate};
