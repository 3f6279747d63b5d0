//! Terraform for the provider `hashicorp/aws`, from the same graph as the CloudFormation.
//!
//! A resource is said in the provider's own words where `mapping/` has a row for its type and all that
//! it says has a place there; else through the Cloud Control API, and what that cannot make in a stack
//! that holds only the one resource. `docs/terraform.md` is for users.

mod arns;
mod context;
mod desired_state;
mod document;
mod dynamic;
mod emit;
mod expr;
mod facts;
mod fallback;
mod hcl;
mod imports;
mod mapping;
mod migrate;
mod modules;
mod names;
mod native;
mod plan;
mod reason;
mod resources;
mod row;
mod sections;
mod soundness;
#[cfg(test)]
mod tests;
mod writer;

use samc_base::Diagnostics;
use samc_ir::ValidGraph;
use samc_target::{Artifact, Options, Target};

/// The back end.
#[derive(Debug, Clone, Copy)]
pub struct Terraform;

impl Target for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Artifact> {
        emit::emit(graph, options, diagnostics)
    }
}
