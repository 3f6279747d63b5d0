//! serverless.yml of the Serverless Framework, version 3, lowered straight to CloudFormation: the resources and
//! logical ids are the framework's own and are those that its users have deployed. The reference is
//! osls 3.77.1, the open fork of version 3.
//!
//! Variables are resolved before ([`variables`]). Then every key and value is looked at (`keys/`), the service is read (`service.rs`), its functions and
//! layers are lowered, then the events, kind by kind, then the role, which by then has all it must allow; in
//! the end `resources` of the author is laid over what came of it.

mod bucket;
mod events;
mod flags;
mod function;
mod keys;
mod layers;
mod names;
mod output;
mod package;
mod plugins;
mod resources;
mod role;
mod service;
mod value;
pub mod variables;

pub use self::keys::without_repetitions;

use samc_base::Diagnostics;
use samc_ir::{Expr, ResourceGraph};
use samc_syntax::Document;

use self::output::Output;
use self::service::Service;
use crate::{Files, Frontend, Options};

/// The front end.
pub const FRONTEND: Frontend = Frontend { name: "serverless", detect: is_service, compile, written };

/// True for the marks of a serverless.yml: `service` and `provider` at the top.
pub fn is_service(document: &Document) -> bool {
    ["service", "provider"].iter().all(|key| document.root.get(key).is_some())
}

fn written(document: &Document, options: &Options, files: &dyn Files) -> Option<ResourceGraph> {
    compile(document, options, files, &mut Diagnostics::default())
}

fn compile(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    let root = crate::template::read_expr_of_yaml12(&document.root);
    keys::check(&root, diagnostics);
    let graph = lower(document, root, options, files, diagnostics);
    without_repetitions(diagnostics);
    graph
}

fn lower(
    document: &Document,
    root: Expr,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    let mut service = Service::read(root, options, diagnostics)?;
    events::prepare(&mut service);
    let service = service;
    let mut out = Output::new(files, diagnostics);
    plugins::tell(&service, &mut out);
    bucket::lower(&service, &mut out);
    role::announce(&service, &mut out);
    layers::lower(&service, &mut out);
    function::lower(&service, &mut out);
    events::lower(&service, &mut out);
    role::write(&service, &mut out);
    resources::merge_all(&service, &mut out);
    let mut graph = out.graph;
    graph.flags = flags::read(document, &service, &graph, diagnostics);
    graph.old_keys = keys::old_keys(&service.root);
    Some(graph)
}
