//! AWS SAM templates: read, and expanded to CloudFormation as AWS's own transform does it.
//!
//! The order of the work is the transform's: Globals and implicit APIs first, then each SAM
//! resource in turn ([`expand`]), then references to generated resources. A construct is one file
//! with a table of its properties and a function that gives the CloudFormation resources.

mod application;
mod arn;
mod capacity_provider;
mod conditions;
mod connector;
mod eventbridge;
mod events;
mod expand;
mod expansion;
mod function;
mod generated;
mod globals;
mod graphql;
mod http;
mod ids;
mod intrinsics;
mod layer;
mod microvm_image;
mod model;
mod network_connector;
mod parameters;
mod policies;
mod policy_documents;
mod properties;
mod references;
mod rest;
mod retention;
mod role;
mod simple_table;
mod state_machine;
mod tags;
mod web_function;
mod web_socket;

use samc_base::{Diagnostic, Diagnostics, codes};
use samc_ir::ResourceGraph;
use samc_schema::metadata::Form;
use samc_syntax::Document;

use crate::{Files, Frontend, Options};

pub use expand::expand;
pub use model::Template;

/// The front end.
pub const FRONTEND: Frontend = Frontend { name: "sam", detect, compile, written };

fn detect(document: &Document) -> bool {
    crate::template::is_sam(document)
}

fn written(document: &Document, _options: &Options, _files: &dyn Files) -> Option<ResourceGraph> {
    crate::template::read_document(document, &mut Diagnostics::default())
}

fn compile(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    if !crate::template::names_sam_transform(document) {
        diagnostics.push(
            Diagnostic::warning(
                codes::NO_TRANSFORM,
                "the template uses SAM and does not name its transform; AWS would not expand it",
            )
            .at(document.root.span.part(0, 1), "Transform is missing")
            .help("add `Transform: AWS::Serverless-2016-10-31` if the template goes to AWS itself")
            .path("Transform"),
        );
    }
    let template = Template::from(crate::template::read_document(document, diagnostics)?);
    let mut graph = expand(template, options, files, diagnostics);
    graph.flags = crate::flags::of_metadata(document, Form::Template, diagnostics);
    Some(graph)
}
