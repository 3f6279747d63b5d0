//! Plain CloudFormation templates: what is written is the graph.

use samc_base::Diagnostics;
use samc_ir::ResourceGraph;
use samc_schema::metadata::Form;
use samc_syntax::Document;

use crate::template::{is_sam, read_document};
use crate::{Files, Frontend, Options};

/// The front end.
pub const FRONTEND: Frontend = Frontend { name: "cloudformation", detect, compile, written };

fn detect(document: &Document) -> bool {
    document.root.get("Resources").is_some() && !is_sam(document)
}

fn written(document: &Document, _options: &Options, _files: &dyn Files) -> Option<ResourceGraph> {
    read_document(document, &mut Diagnostics::default())
}

fn compile(
    document: &Document,
    _options: &Options,
    _files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    let mut graph = read_document(document, diagnostics)?;
    graph.flags = crate::flags::of_metadata(document, Form::Template, diagnostics);
    Some(graph)
}
