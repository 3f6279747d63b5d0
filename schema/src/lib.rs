//! The languages of samc's own files as types: what may be written, and the JSON Schema that tells
//! an editor so.

pub mod app;
pub mod config;
pub mod diagnostic;
mod json_schema;
pub mod manifest;
pub mod metadata;
mod reference;

pub use json_schema::{app_schema, config_schema, diagnostic_schema, in_draft_2020_12, manifest_schema};
pub use reference::app_reference;
