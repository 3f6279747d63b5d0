//! What the author says of the data: `custom: {samc: {compliance: …}}` for the whole service, under `functions` and
//! `resources` there for one of them, and `Metadata: {samc: …}` of resources as in templates.

use samc_base::{Diagnostic, Diagnostics, codes, nearest};
use samc_ir::ResourceGraph;
use samc_ir::flags::FlagTable;
use samc_schema::metadata::Form;
use samc_syntax::{Document, Node};

use super::names::DEPLOYMENT_BUCKET;
use super::service::Service;

/// Reads the flags of a service. What is said of a function or resource that is not there is reported.
pub(super) fn read(
    document: &Document,
    service: &Service,
    graph: &ResourceGraph,
    diagnostics: &mut Diagnostics,
) -> FlagTable {
    let custom = document.root.get("custom").and_then(|custom| custom.get("samc"));
    let functions: Vec<&str> = service.functions.iter().map(|function| &*function.key).collect();
    let resources: Vec<&str> = graph.resources.keys().map(|id| id.as_str()).collect();
    for (section, known) in [("functions", functions), ("resources", resources)] {
        let said = custom.and_then(|custom| custom.get(section)).and_then(Node::as_mapping);
        for entry in said.unwrap_or_default().iter().filter(|entry| !known.contains(&&*entry.key)) {
            let what = section.trim_end_matches('s');
            let help = match nearest(&entry.key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the names are those of {section} of this service"),
            };
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, format!("the service has no {what} `{}`", entry.key))
                    .at(entry.key_span, "not there")
                    .help(help)
                    .path(format!("custom.samc.{section}.{}", entry.key)),
            );
        }
    }
    let mut table = crate::flags::of_metadata(document, Form::Service, diagnostics);
    table.apart.push(DEPLOYMENT_BUCKET.to_owned());
    table
}
