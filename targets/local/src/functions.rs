//! Functions of the graph as the manifest has them.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use samc_base::LogicalId;
use samc_ir::{Expr, Map, Resource};
use samc_schema::manifest::{Architecture, Destinations, Function, Layer, ResponseMode, Target};
use samc_target::{CodeFolder, Options};

use crate::inline;
use crate::world::{World, resource_of};

/// Functions of Lambda.
pub(crate) const FUNCTION: &str = "AWS::Lambda::Function";

/// Every function that is there under the parameters, by logical id.
pub(crate) fn all(world: &World<'_>, options: &Options) -> IndexMap<String, Function> {
    let mut functions = IndexMap::new();
    let invokes = invoke_configurations(world);
    let around = Around {
        code: options.code.iter().map(|folder| (folder.resource.as_str(), folder)).collect(),
        streaming: streaming(world),
    };
    for (id, resource) in &world.graph.resources {
        if resource.resource_type != *FUNCTION || !world.is_there(id) {
            continue;
        }
        let nothing = Map::new();
        let properties = resource.properties_map().unwrap_or(&nothing);
        let mut function = function(world, id, resource, properties, &around);
        if let Some(invoke) = invokes.get(id.as_str()) {
            function.retries = invoke.retries;
            function.destinations.on_success = invoke.on_success.clone();
            function.destinations.on_failure = invoke.on_failure.clone();
        }
        functions.insert(id.to_string(), function);
    }
    give_ports(&mut functions);
    functions
}

/// The ports that debuggers of Python and Node are known by, and those after them.
const DEBUGGERS: [(&str, usize); 2] = [("python", 5678), ("nodejs", 9229)];

fn give_ports(functions: &mut IndexMap<String, Function>) {
    for (family, first) in DEBUGGERS {
        let of_family =
            |f: &&mut Function| f.runtime.as_ref().is_some_and(|runtime| runtime.starts_with(family));
        for (index, function) in functions.values_mut().filter(of_family).enumerate() {
            function.debug_port = u16::try_from(first + index).ok();
        }
    }
}

/// What the resources and files around functions say of them.
struct Around<'o> {
    /// The folders of code, by logical id.
    code: BTreeMap<&'o str, &'o CodeFolder>,
    /// Functions whose URL answers piece by piece.
    streaming: BTreeSet<LogicalId>,
}

fn function(
    world: &World<'_>,
    id: &LogicalId,
    resource: &Resource,
    properties: &Map,
    around: &Around<'_>,
) -> Function {
    let name = world.name(id);
    let code = properties.get("Code").and_then(|code| world.chosen(code));
    let (root, built_from) = code_folder(world, id, resource, around);
    let (environment, unknown_environment) = environment(world, properties);
    let architectures = world.texts(properties, "Architectures");
    let dead_letters = properties
        .get("DeadLetterConfig")
        .and_then(|d| world.chosen(d)?.as_map()?.get("TargetArn"))
        .map(|arn| target(world, arn));
    let log_group = properties
        .get("LoggingConfig")
        .and_then(|l| world.property(world.chosen(l)?.as_map()?, "LogGroup"))
        .unwrap_or_else(|| format!("/aws/lambda/{name}"));
    Function {
        source: resource.origin.source.as_ref().unwrap_or(id).to_string(),
        runtime: world.property(properties, "Runtime"),
        handler: world.property(properties, "Handler"),
        image: code.and_then(Expr::as_map).and_then(|code| world.property(code, "ImageUri")),
        root,
        built_from,
        architecture: match architectures.first().map(String::as_str) {
            Some("arm64") => Architecture::Arm64,
            _ => Architecture::X86_64,
        },
        timeout_ms: world.number(properties, "Timeout").unwrap_or(3) * 1000,
        memory_mib: world
            .number(properties, "MemorySize")
            .and_then(|size| u32::try_from(size).ok())
            .unwrap_or(128),
        environment,
        unknown_environment,
        layers: layers(world, properties, around),
        concurrency: world
            .number(properties, "ReservedConcurrentExecutions")
            .and_then(|limit| u32::try_from(limit).ok()),
        response_mode: match around.streaming.contains(id) {
            true => ResponseMode::Streaming,
            false => ResponseMode::Buffered,
        },
        retries: 2,
        destinations: Destinations { dead_letters, ..Destinations::default() },
        debug_port: None,
        log_group,
        name,
    }
}

/// The folder with the code, and what the author edits where that is something else.
fn code_folder(
    world: &World<'_>,
    id: &str,
    resource: &Resource,
    around: &Around<'_>,
) -> (Option<String>, Option<String>) {
    match around.code.get(id) {
        Some(CodeFolder { root, built_from, .. }) => (Some(root.clone()), built_from.clone()),
        None => (inline::folder(world, id, resource), None),
    }
}

fn environment(world: &World<'_>, properties: &Map) -> (IndexMap<String, String>, IndexMap<String, String>) {
    let (mut known, mut unknown) = (IndexMap::new(), IndexMap::new());
    let variables = properties
        .get("Environment")
        .and_then(|e| world.chosen(world.chosen(e)?.as_map()?.get("Variables")?)?.as_map());
    for (name, value) in variables.into_iter().flat_map(Map::iter) {
        match world.text(value) {
            Ok(Some(text)) => drop(known.insert(name.to_string(), text)),
            Ok(None) => {}
            Err(why) => drop(unknown.insert(name.to_string(), why)),
        }
    }
    (known, unknown)
}

fn layers(world: &World<'_>, properties: &Map, around: &Around<'_>) -> Vec<Layer> {
    let list = properties.get("Layers").and_then(|l| world.chosen(l)?.as_list());
    list.unwrap_or_default()
        .iter()
        .filter_map(|item| world.chosen(item))
        .map(|item| {
            let own = resource_of(world.graph, item, &["AWS::Lambda::LayerVersion"]);
            let root = own.as_ref().and_then(|id| around.code.get(id.as_str()));
            Layer {
                name: match own {
                    Some(id) => id.to_string(),
                    None => world.text(item).ok().flatten().unwrap_or_else(|| "unknown".to_owned()),
                },
                root: root.map(|folder| folder.root.clone()),
            }
        })
        .collect()
}

fn streaming(world: &World<'_>) -> BTreeSet<LogicalId> {
    let urls = world.graph.resources.values().filter(|r| {
        r.resource_type == *"AWS::Lambda::Url"
            && r.property("InvokeMode").and_then(Expr::as_str) == Some("RESPONSE_STREAM")
    });
    urls.filter_map(|r| samc_ir::function_of(world.graph, r.property("TargetFunctionArn")?)).collect()
}

/// What an asynchronous call of a function does with its outcome.
struct Invoke {
    retries: u32,
    on_success: Option<Target>,
    on_failure: Option<Target>,
}

fn invoke_configurations(world: &World<'_>) -> IndexMap<String, Invoke> {
    let mut found = IndexMap::new();
    for resource in world.graph.resources.values() {
        if resource.resource_type != *"AWS::Lambda::EventInvokeConfig" {
            continue;
        }
        let Some(properties) = resource.properties_map() else { continue };
        let function = properties.get("FunctionName").and_then(|f| samc_ir::function_of(world.graph, f));
        let Some(function) = function else { continue };
        let destination = |outcome: &str| {
            let config = world.chosen(properties.get("DestinationConfig")?)?.as_map()?;
            let arn = world.chosen(config.get(outcome)?)?.as_map()?.get("Destination")?;
            Some(target(world, arn))
        };
        let invoke = Invoke {
            retries: world
                .number(properties, "MaximumRetryAttempts")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(2),
            on_success: destination("OnSuccess"),
            on_failure: destination("OnFailure"),
        };
        found.insert(function.to_string(), invoke);
    }
    found
}

/// Where an ARN leads.
pub(crate) fn target(world: &World<'_>, arn: &Expr) -> Target {
    if let Some(function) = samc_ir::function_of(world.graph, arn) {
        return Target::Function(function.to_string());
    }
    let place = |resource_type| resource_of(world.graph, arn, &[resource_type]).map(|id| id.to_string());
    if let Some(queue) = place("AWS::SQS::Queue") {
        return Target::Queue(queue);
    }
    if let Some(topic) = place("AWS::SNS::Topic") {
        return Target::Topic(topic);
    }
    if let Some(bus) = place("AWS::Events::EventBus") {
        return Target::Bus(bus);
    }
    let other = samc_ir::first_of(world.graph, arn, |_| true).map(|id| id.to_string());
    Target::Unsupported(
        other.or_else(|| world.text(arn).ok().flatten()).unwrap_or_else(|| "unknown".to_owned()),
    )
}
