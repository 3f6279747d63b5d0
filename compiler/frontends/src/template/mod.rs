//! What SAM and CloudFormation templates share: nodes read as expressions, and documents read as
//! sections and resources.

mod document;
mod expr;

pub use document::{is_sam, names_sam_transform, read_document};
pub use expr::{expr_from_json, read_expr, read_expr_of_yaml12};
