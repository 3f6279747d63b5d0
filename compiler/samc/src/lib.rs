//! The driver: from a file to findings and output, and the lists of everything it can use.
//!
//! This crate is the machine's side of the house: it reads and writes files, asks for colours, and
//! renders findings. The stages it calls do none of that.
#![allow(clippy::disallowed_methods, reason = "the driver is where files are read and written")]

pub mod baseline;
pub mod compile;
pub mod compliance;
pub mod component;
pub mod config;
mod definitions;
mod dialect;
mod distance;
pub mod explain;
mod files;
pub mod fix;
pub mod import;
mod includes;
pub mod init;
mod inline;
pub mod input;
mod layout;
pub mod local;
mod modules;
mod nested;
pub mod output;
mod paths;
mod policies;
pub mod render;
pub mod rules;
mod run;
pub mod samconfig;
pub mod several;
pub mod sizes;
pub mod stack_resources;
pub mod summary;
mod suppress;
mod variables;
pub mod watch;
mod written;

pub use policies::{is_own_code, page as policy_page};
use samc_frontends::Frontend;
use samc_target::Target;

/// Every front end, in the order their dialects are tried.
pub static FRONTENDS: &[Frontend] = &[
    samc_frontends::app::FRONTEND,
    samc_frontends::sam::FRONTEND,
    samc_frontends::cloudformation::FRONTEND,
    samc_frontends::serverless::FRONTEND,
];

/// Every back end.
pub static TARGETS: &[&dyn Target] = &[
    &samc_target_cloudformation::CloudFormation,
    &samc_target_cloudformation::Sam,
    &samc_target_local::Local,
    &samc_target_template::Template,
    &samc_target_terraform::Terraform,
];

/// Every lint rule.
pub static RULES: &[&samc_lint::Rule] = samc_lint::RULES;
