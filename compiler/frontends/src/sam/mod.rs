//! AWS SAM templates: read, and expanded to CloudFormation as AWS's own transform does it.
//!
//! The order of the work is the transform's: Globals and implicit APIs first, then each SAM
//! resource in turn ([`expand`]), then references to generated resources. A construct is one file
//! with a table of its properties and a function that gives the CloudFormation resources.

mod arn;
mod conditions;
mod events;
mod expand;
mod expansion;
mod function;
mod generated;
mod globals;
mod http;
mod ids;
mod intrinsics;
mod model;
mod parameters;
mod policies;
mod policy_documents;
mod properties;
mod references;
mod rest;
mod role;
mod simple_table;
mod tags;

pub use expand::expand;
pub use model::Template;
