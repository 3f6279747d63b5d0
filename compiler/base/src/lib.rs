//! The ground floor of samc: where text came from, what was found in it, and how a finding is
//! named. No input or output happens here, and nothing is rendered.

mod change;
mod code;
pub mod codes;
mod diagnostic;
mod ident;
mod source;
mod span;
mod suggest;

pub use change::{Change, Put, What};
pub use code::Code;
pub use diagnostic::{Applicability, Diagnostic, Diagnostics, Edit, Fix, Label, Reported, Severity};
pub use ident::{LogicalId, ResourceType};
pub use source::{LineColumn, SourceFile, SourceMap};
pub use span::{FileId, Span, Spanned};
pub use suggest::{nearest, nearest_certain, nearest_list};
