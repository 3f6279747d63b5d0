//! app.yaml: the file that says what an application is, lowered to a SAM template and expanded.
//!
//! The order of the work: the stage is laid over the tree (`stage`), constants are put in place
//! (`constants`), the tree becomes types (`samc_schema::app`), names are given their logical ids
//! (`index`), and each kind of component makes its resources. Every value keeps the place where the
//! author wrote it, so that findings on the expanded graph point there.

mod alarm;
mod api;
mod api_parts;
mod authorizer;
mod bucket;
mod bucket_trigger;
mod bus;
pub mod compliance;
mod condition;
mod constants;
mod dashboard;
mod deploy;
mod encryption;
mod event_trigger;
mod external;
mod firehose;
mod function;
mod function_alarms;
mod grants;
mod image;
mod index;
mod layer;
mod listeners;
mod logs;
mod lower;
mod metrics;
mod names;
mod network;
mod other_triggers;
mod overrides;
mod queue;
mod raw;
mod role;
mod routes;
mod service_routes;
mod stage;
mod states;
mod steps;
mod stream;
mod table;
mod table_parts;
mod tags;
mod text;
mod top;
mod topic;
mod trigger;
mod userpool;
mod websocket;
mod workflow;

use samc_base::{Diagnostic, Diagnostics, codes};
use samc_ir::ResourceGraph;
use samc_schema::app::SECTIONS;
use samc_syntax::{Document, Node};

use crate::{Files, Frontend, Options, sam};

/// The front end.
pub const FRONTEND: Frontend = Frontend { name: "app", detect, compile, written };

/// `app` at the top, or a section of app.yaml, and none of the marks of the other dialects.
fn detect(document: &Document) -> bool {
    let has = |key: &str| document.root.get(key).is_some();
    let other = ["Resources", "Transform", "AWSTemplateFormatVersion", "service", "provider"];
    if other.into_iter().any(has) {
        return false;
    }
    has("app")
        || SECTIONS.iter().any(|(name, _)| document.root.get(name).and_then(Node::as_mapping).is_some())
}

fn compile(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceGraph> {
    let mut extra = Extra::default();
    let mut template = lower_and_more(document, options, files, diagnostics, &mut extra)?;
    place_texts(&mut template);
    // What is wrong in app.yaml would only be said again of the template.
    if diagnostics.has_errors() {
        return None;
    }
    let mut graph = sam::expand(template, options, files, diagnostics);
    overrides::apply(&mut graph, &extra.overrides, diagnostics);
    graph.flags = extra.flags;
    graph
        .flags
        .own
        .extend(crate::flags::of_metadata(document, samc_schema::metadata::Form::App, diagnostics).own);
    Some(graph)
}

/// The SAM template that a file means.
fn written(document: &Document, options: &Options, files: &dyn Files) -> Option<ResourceGraph> {
    let template = lower(document, options, files, &mut Diagnostics::default())?;
    let mut sections = template.sections;
    sections.insert("Transform", "AWS::Serverless-2016-10-31");
    if let Some(globals) = template.globals {
        sections.insert("Globals", globals);
    }
    let mut graph = ResourceGraph { sections, loops: template.loops, ..ResourceGraph::default() };
    graph.resources.extend(template.resources);
    Some(graph)
}

/// Gives every value of REST APIs a place. Their deployments are numbered by a digest that tells text of the
/// author from text that SAM makes by its having one, and the SAM template that means the same has all of
/// this written out.
fn place_texts(template: &mut sam::Template) {
    fn place(value: &mut samc_ir::Expr, span: samc_base::Span) {
        let own = *value.span.get_or_insert(span);
        match &mut value.kind {
            samc_ir::Kind::List(items) => items.iter_mut().for_each(|item| place(item, own)),
            samc_ir::Kind::Map(map) => map.iter_mut().for_each(|(_, item)| place(item, own)),
            samc_ir::Kind::Call(_, argument) => place(argument, own),
            _ => {}
        }
    }
    for resource in template.resources.values_mut() {
        let is_rest = resource.resource_type == *"AWS::Serverless::Api";
        if let (true, Some(span), Some(properties)) =
            (is_rest, resource.origin.key_span, resource.properties.as_mut())
        {
            place(properties, span);
        }
    }
}

/// Lowers a file to the SAM template that means the same. None where too little could be read.
pub fn lower(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<sam::Template> {
    lower_and_more(document, options, files, diagnostics, &mut Extra::default())
}

/// Says how it stands with the controls of compliance. None where too little could be read.
pub fn comply(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> Option<compliance::Report> {
    let mut extra = Extra::default();
    lower_and_more(document, options, files, diagnostics, &mut extra)?;
    Some(extra.report)
}

/// The key that compliance asks for is a name like any other.
fn declare_key(read: &mut samc_schema::app::Read) {
    let anywhere = read.app.app.span.or(read.declared.values().next().map(|declared| declared.span));
    for key in read.app.keys.iter().flat_map(|keys| keys.0.keys()) {
        let kind = samc_schema::app::Kind::Key;
        if let Some(span) = key.span().or(anywhere) {
            let declared = samc_schema::app::Declared { kind, span };
            read.declared.entry(key.name().to_string()).or_insert(declared);
        }
    }
}

/// What a file says beside the template.
#[derive(Default)]
struct Extra {
    report: compliance::Report,
    flags: samc_ir::flags::FlagTable,
    overrides: Vec<samc_syntax::Spanned<samc_schema::app::Override>>,
}

fn lower_and_more(
    document: &Document,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
    extra: &mut Extra,
) -> Option<sam::Template> {
    let mut found = Diagnostics::default();
    let staged = stage::apply(document, options.stage.as_deref(), &mut found);
    let mut root = staged.root;
    let uses = constants::substitute(&mut root, &staged.stage, options, &mut found);
    let template = samc_schema::app::read(&root, &mut found).map(|mut read| {
        place_outputs(&mut read.app, &root);
        extra.flags = compliance::flags(&read.app);
        let applied = compliance::apply(&mut read.app, staged.production, &options.today, &mut found);
        declare_key(&mut read);
        extra.report = applied;
        extra.overrides = read.app.overrides.take().unwrap_or_default();
        check_region(&read.app, options, &mut found);
        let mut template = index::lower(
            &read,
            &staged.stage,
            staged.production,
            staged.filtered,
            (options, files),
            &mut found,
        );
        place_components(&mut template, &root);
        template
    });
    uses.explain(&mut found);
    diagnostics.append(found);
    template
}

/// An output written as mere text has its place in the tree only.
fn place_outputs(app: &mut samc_schema::app::App, root: &Node) {
    let Some(written) = root.get("outputs") else { return };
    for (key, output) in app.outputs.iter_mut().flat_map(|outputs| &mut outputs.0) {
        if output.value.span.is_none() {
            output.value.span = written.get(key.name().as_str()).map(|node| node.span);
        }
    }
}

/// What belongs to a component reaches from its name to the end of what stands under it.
fn place_components(template: &mut sam::Template, root: &Node) {
    for resource in template.resources.values_mut() {
        let origin = &mut resource.origin;
        let written = origin.path.split_once('.').and_then(|(section, name)| root.get(section)?.entry(name));
        if let (Some(entry), Some(key)) = (written, origin.key_span) {
            origin.span = Some(key.to(entry.key_span).to(entry.value.span));
        }
    }
}

fn check_region(app: &samc_schema::app::App, options: &Options, diagnostics: &mut Diagnostics) {
    let Some(regions) = app.regions.as_ref().filter(|r| options.region_given && !r.is_empty()) else {
        return;
    };
    if regions.iter().all(|r| r.value != options.region) {
        let names: Vec<&str> = regions.iter().map(|r| r.value.as_str()).collect();
        diagnostics.push(
            Diagnostic::error(
                codes::REGION_NOT_ALLOWED,
                format!("the application is not for the region {}", options.region),
            )
            .at(regions.first().and_then(|r| r.span), "the regions it is for begin here")
            .help(format!("choose {}, or add the region to `regions`", sentence(&names, "or")))
            .path("regions"),
        );
    }
}

/// `a, b or c`.
fn sentence(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., end] => format!("{} {last} {end}", init.join(", ")),
    }
}
