//! The order of the work: from a SAM template to the resource graph.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostic, Diagnostics, LogicalId, Severity, codes, nearest};
use samc_ir::{Expr, Origin, Resource, ResourceGraph};

use super::expansion::{Expansion, Resources, Result};
use super::generated::Generated;
use super::model::{SAM_PREFIX, Template};
use super::parameters::Parameters;
use super::references::References;
use super::{
    application, capacity_provider, connector, function, globals, graphql, http, layer, microvm_image,
    network_connector, rest, simple_table, state_machine, web_function, web_socket,
};
use crate::{Files, Options};

/// One SAM resource type.
struct Construct {
    /// `AWS::Serverless::…`.
    resource_type: &'static str,
    /// Resources are expanded in the order of their stages, and within one in that of the template.
    stage: Stage,
    /// Names under which generated resources can be referred to, with their CloudFormation types.
    referable: &'static [(&'static str, &'static str)],
    /// Makes the CloudFormation resources.
    expand: fn(&mut Expansion<'_>, &LogicalId, &Resource) -> Result<Vec<Generated>>,
}

/// When a type is expanded: functions add to the bodies of APIs, and connectors look at what the
/// others have become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Functions,
    StateMachines,
    Apis,
    Others,
    Connectors,
}

/// Every SAM resource type.
const CONSTRUCTS: &[Construct] = &[
    Construct {
        resource_type: state_machine::TYPE,
        stage: Stage::StateMachines,
        referable: &[],
        expand: state_machine::expand,
    },
    Construct { resource_type: layer::TYPE, stage: Stage::Others, referable: &[], expand: layer::expand },
    Construct {
        resource_type: application::TYPE,
        stage: Stage::Others,
        referable: &[],
        expand: application::expand,
    },
    Construct {
        resource_type: function::TYPE,
        stage: Stage::Functions,
        referable: function::REFERABLE,
        expand: function::expand,
    },
    Construct {
        resource_type: rest::TYPE,
        stage: Stage::Apis,
        referable: rest::REFERABLE,
        expand: rest::expand,
    },
    Construct {
        resource_type: http::TYPE,
        stage: Stage::Apis,
        referable: http::REFERABLE,
        expand: http::expand,
    },
    Construct {
        resource_type: web_socket::TYPE,
        stage: Stage::Apis,
        referable: web_socket::REFERABLE,
        expand: web_socket::expand,
    },
    Construct { resource_type: graphql::TYPE, stage: Stage::Others, referable: &[], expand: graphql::expand },
    Construct {
        resource_type: simple_table::TYPE,
        stage: Stage::Others,
        referable: &[],
        expand: simple_table::expand,
    },
    Construct {
        resource_type: capacity_provider::TYPE,
        stage: Stage::Others,
        referable: &[],
        expand: capacity_provider::expand,
    },
    Construct {
        resource_type: microvm_image::TYPE,
        stage: Stage::Others,
        referable: &[],
        expand: microvm_image::expand,
    },
    Construct {
        resource_type: network_connector::TYPE,
        stage: Stage::Others,
        referable: &[],
        expand: network_connector::expand,
    },
    Construct {
        resource_type: web_function::TYPE,
        stage: Stage::Functions,
        referable: &[],
        expand: web_function::expand,
    },
    Construct {
        resource_type: connector::TYPE,
        stage: Stage::Connectors,
        referable: &[],
        expand: connector::expand,
    },
];

/// Expands a template. What could not be expanded is reported and left out.
pub fn expand(
    template: Template,
    options: &Options,
    files: &dyn Files,
    diagnostics: &mut Diagnostics,
) -> ResourceGraph {
    let parameters = Parameters::new(options, &template.sections);
    // What a component of app.yaml makes stands together, where the first of it does.
    let mut order: FxHashMap<LogicalId, usize> = FxHashMap::default();
    for (i, (id, resource)) in template.resources.iter().enumerate() {
        order.entry(resource.origin.source.clone().unwrap_or_else(|| id.clone())).or_insert(i);
    }
    let template_order = template.resources.keys().cloned().collect();
    let source_types =
        template.resources.iter().map(|(id, r)| (id.clone(), r.resource_type.clone())).collect();
    let (source, output): (Resources, Resources) =
        template.resources.into_iter().partition(|(_, r)| construct(&r.resource_type).is_some());
    let mut ctx = Expansion {
        options,
        files,
        diagnostics,
        source,
        source_types,
        output,
        template_order,
        globals: template.globals.clone().unwrap_or_else(Expr::null),
        sections: template.sections,
        parameters,
        references: References::default(),
        rest: rest::RestApis::default(),
        http: http::HttpApis::default(),
        deployments: function::deployment::Deployments::default(),
        record_sets: std::collections::BTreeMap::new(),
        faulty: rustc_hash::FxHashSet::default(),
        shared_destinations: FxHashMap::default(),
        without_code: Vec::new(),
        current: Origin::default(),
    };
    warn_of_unknown_types(&mut ctx);
    // What is faulty here is noted in `faulty`, and everything else goes on.
    let _ = check_structure(&mut ctx);
    let _ = rest::prepare(&mut ctx);
    let _ = http::prepare(&mut ctx);
    let with_globals = globals::apply(&mut ctx, template.globals);
    let _ = rest::after_globals(&mut ctx);
    // A fault in one connector keeps no other resource from being expanded.
    let _ = connector::take_embedded(&mut ctx);
    connector::check_untyped(&mut ctx, &template.loops);
    if with_globals.is_ok() {
        expand_resources(&mut ctx);
        function::deployment::emit_all(&mut ctx);
        function::code::tell_of_template_folder(&mut ctx);
    } else {
        ctx.output.extend(std::mem::take(&mut ctx.source));
    }
    let Expansion { mut output, mut sections, references, .. } = ctx;
    references.apply(&mut output, &mut sections);
    let place = |resource: &Resource, id: &LogicalId| {
        let source = resource.origin.source.as_ref().unwrap_or(id);
        order.get(source).copied().unwrap_or(usize::MAX)
    };
    output.sort_by(|a_id, a, b_id, b| place(a, a_id).cmp(&place(b, b_id)));
    ResourceGraph { resources: output, loops: template.loops, sections, ..ResourceGraph::default() }
}

fn construct(resource_type: &str) -> Option<&'static Construct> {
    CONSTRUCTS.iter().find(|c| c.resource_type == resource_type)
}

fn expand_resources(ctx: &mut Expansion<'_>) {
    let mut ids: Vec<LogicalId> = rest::visit_order(ctx);
    ids.sort_by_key(|id| ctx.source.get(id).and_then(|r| construct(&r.resource_type)).map(|c| c.stage));
    // An implicit API has the path of the first function with an event of it: what is found wrong with the
    // function from here on does not hide the API.
    let faulty = ctx.faulty.clone();
    for id in ids {
        let Some(resource) = ctx.source.get(&id).cloned() else { continue };
        let Some(construct) = construct(&resource.resource_type) else { continue };
        if faulty.contains(&resource.origin.path) {
            ctx.output.insert(id, resource);
            continue;
        }
        ctx.within(resource.origin.clone(), |ctx| {
            if ctx.check_logical_id(&id).is_err() {
                return;
            }
            // A failure is reported where it is found, and the visit goes on with the next resource.
            // The one that failed stays as it is, so that references to it are not called dangling.
            match (construct.expand)(ctx, &id, &resource) {
                Ok(generated) => {
                    ctx.references.note(&id, construct.referable, &generated);
                    generated.into_iter().for_each(|one| ctx.emit(one));
                }
                Err(_) => {
                    ctx.output.insert(id.clone(), resource.clone());
                }
            }
        });
    }
}

/// What the transform demands of the template as a whole.
fn check_structure(ctx: &mut Expansion<'_>) -> Result {
    let mut result = Ok(());
    if let Some(entry) = ctx.sections.entry("Mappings").cloned()
        && entry.value.as_map().is_none()
    {
        let origin = Origin { path: "Mappings".to_owned(), ..Origin::default() };
        let message = format!("Mappings is {}, and must be a mapping", entry.value.kind_name());
        result = ctx.within(origin, |ctx| {
            Err(ctx.report(
                Diagnostic::error(codes::WRONG_TYPE, message)
                    .at(entry.key_span, "holds no mappings")
                    .help("take the section out where there are none"),
            ))
        });
    }
    let resources: Vec<_> = ctx.source.values().cloned().collect();
    for resource in resources {
        let checked = ctx.within(resource.origin.clone(), |ctx| check_resource(ctx, &resource));
        result = result.and(checked);
    }
    result
}

fn check_resource(ctx: &mut Expansion<'_>, resource: &Resource) -> Result {
    let wrong = |ctx: &mut Expansion<'_>, name: &str, value: &samc_ir::Expr, wanted: &str, path: String| {
        Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("{name} is {}, and must be {wanted}", value.kind_name()),
            )
            .at(value.span, format!("not {wanted}"))
            .path(path),
        ))
    };
    warn_of_ignored_attributes(ctx, resource);
    let mut result = Ok(());
    if let Some(properties) = resource.properties.as_ref().filter(|p| p.as_map().is_none()) {
        let path = format!("{}.Properties", ctx.current.path);
        let name = format!("Properties of {}", resource.resource_type);
        result = wrong(ctx, &name, properties, "a mapping", path);
    }
    if let Some(condition) = resource.attributes.get("Condition").filter(|c| c.as_str().is_none()) {
        let path = format!("{}.Condition", ctx.current.path);
        result = wrong(ctx, "Condition of a resource", condition, "the name of a condition", path);
    }
    result
}

/// The transform drops attributes it does not know without a word.
fn warn_of_ignored_attributes(ctx: &mut Expansion<'_>, resource: &Resource) {
    const KEPT: [&str; 8] = [
        "Condition",
        "Connectors",
        "DeletionPolicy",
        "DependsOn",
        "IgnoreGlobals",
        "Metadata",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    ];
    let ignored: Vec<_> = resource.attributes.entries().iter().filter(|e| !KEPT.contains(&&*e.key)).collect();
    for entry in ignored {
        let message = format!("SAM ignores `{}` on {}", entry.key, resource.resource_type);
        // Nothing that is deployed hangs on a description.
        let severity = if &*entry.key == "Description" { Severity::Info } else { Severity::Warning };
        let finding = Diagnostic::new(severity, codes::IGNORED_ATTRIBUTE, message)
            .path(format!("{}.{}", ctx.current.path, entry.key));
        ctx.warn(match nearest(&entry.key, KEPT.into_iter().chain(["Properties", "Type"])) {
            Some(near) => finding.at(entry.key_span, format!("did you mean `{near}`?")),
            None => finding
                .at(entry.key_span, "has no effect")
                .help("take it out; settings stand under Properties"),
        });
    }
}

/// A type under SAM's prefix that SAM does not have stays in the template, and deployment fails.
fn warn_of_unknown_types(ctx: &mut Expansion<'_>) {
    let unknown: Vec<(String, Origin)> = ctx
        .output
        .values()
        .filter(|r| r.resource_type.starts_with(SAM_PREFIX))
        .map(|r| (r.resource_type.to_string(), r.origin.clone()))
        .collect();
    for (resource_type, origin) in unknown {
        let near = nearest(&resource_type, CONSTRUCTS.iter().map(|c| c.resource_type));
        let label = near.map_or_else(|| "no such type".to_owned(), |n| format!("did you mean `{n}`?"));
        let at = origin.type_span;
        ctx.within(origin, |ctx| {
            ctx.warn(
                Diagnostic::warning(
                    codes::UNKNOWN_SAM_TYPE,
                    format!("{resource_type} is not a type that SAM expands; it stays as it is"),
                )
                .at(at, label)
                .help("CloudFormation refuses a type it does not know"),
            );
        });
    }
}
