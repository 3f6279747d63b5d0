//! Facts about AWS: tables that `cargo xtask data` makes from public packages, and typed lookups.
//!
//! A table is looked up where it lies in the binary; nothing is parsed at start-up. Beside each
//! table in `tables/` stands where it comes from, and on which day it held.

pub mod connectors;
pub mod controls;
pub mod deprecated_properties;
pub mod formats;
pub mod glibc;
pub mod iam_actions;
pub mod lifecycles;
pub mod limits;
mod lines;
pub mod local_paths;
pub mod managed_policies;
pub mod policy_templates;
pub mod resource_schemas;
pub mod runtimes;
pub mod scopes;
pub mod serverless_keys;
pub mod serverless_old_keys;
pub mod serverless_plugins;
