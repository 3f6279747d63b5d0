//! Functions of SAM as functions of app.yaml.

use samc_ir::{Expr, Kind, Map, Resource, ResourceGraph};

use crate::names::{Names, Role};
use crate::stores::{component_of, put_number, put_seconds, put_text};
use crate::text::{number, text};
use crate::{events, grants};

/// Lambda's own values for what a template leaves out; app.yaml has others.
const TIMEOUT: &str = "3s";
const MEMORY: &str = "128MB";

/// The function that a resource becomes, with its defaults laid under it.
pub(crate) fn component(
    names: &Names,
    expanded: &ResourceGraph,
    id: &str,
    resource: &Resource,
    properties: &Map,
) -> Option<Map> {
    let mut made = Map::new();
    if properties.get("PackageType").and_then(Expr::as_str) == Some("Image") {
        made.insert("image", image(names, resource, properties)?);
    } else {
        made.insert("handler", text(names, properties.get("Handler")?)?);
        made.insert("runtime", properties.get("Runtime")?.as_str()?);
        made.insert("code", code(names, properties)?);
    }
    let architectures = properties.get("Architectures").and_then(Expr::as_list).unwrap_or_default();
    if let [only] = architectures {
        made.insert("arch", only.as_str()?);
    }
    match properties.get("MemorySize").and_then(number) {
        Some(mb) => made.insert("memory", format!("{mb}MB")),
        None => made.insert("memory", MEMORY),
    };
    match properties.get("Timeout").and_then(number) {
        Some(_) => put_seconds(properties, "Timeout", &mut made, "timeout"),
        None => {
            made.insert("timeout", TIMEOUT);
        }
    }
    if let Some(mb) = properties.get("EphemeralStorage").and_then(|e| number(e.as_map()?.get("Size")?)) {
        made.insert("disk", format!("{mb}MB"));
    }
    put_text(names, properties, "FunctionName", &mut made, "name");
    put_text(names, properties, "Description", &mut made, "description");
    put_text(names, properties, "AutoPublishAlias", &mut made, "alias");
    if properties.get("Tracing").and_then(Expr::as_str) == Some("Active") {
        made.insert("tracing", true);
    }
    put_number(properties, "ReservedConcurrentExecutions", &mut made, "concurrency");
    let layers = properties.get("Layers").and_then(Expr::as_list).unwrap_or_default();
    let layers: Option<Vec<Expr>> = layers.iter().map(|l| layer(names, l)).collect();
    if let Some(layers) = layers.filter(|l| !l.is_empty()) {
        made.insert("layers", layers);
    }
    environment(names, properties, &mut made);
    if let Some(url) = properties.get("FunctionUrlConfig").and_then(Expr::as_map) {
        let public = url.get("AuthType").and_then(Expr::as_str) == Some("NONE");
        let mut function_url = Map::from([("auth", if public { "public" } else { "iam" })]);
        if url.get("InvokeMode").and_then(Expr::as_str) == Some("RESPONSE_STREAM") {
            function_url.insert("stream", true);
        }
        made.insert("url", function_url);
    }
    let triggers = triggers(names, properties);
    if !triggers.is_empty() {
        made.insert("on", triggers);
    }
    let shared = properties.get("Role").and_then(|role| component_of(names, role, &[Role::Execution]));
    match properties.get("Role").map(|role| text(names, role)) {
        Some(Some(role)) => {
            let role = shared.map_or(role, str::to_owned);
            made.insert("role", role);
        }
        // A role that no text can name is put in place afterwards.
        Some(None) => {}
        None => {
            if let Some(boundary) = properties.get("PermissionsBoundary").and_then(|b| text(names, b)) {
                made.insert("boundary", boundary);
            }
            if let Some(can) = grants::of_role(names, expanded, &format!("{id}Role")) {
                made.insert("can", can);
            }
        }
    }
    Some(made)
}

fn code(names: &Names, properties: &Map) -> Option<Expr> {
    let Some(given) = properties.get("CodeUri") else { return Some(".".into()) };
    if let Kind::Asset(asset) = &given.kind {
        return Some((&*asset.path).into());
    }
    let Some(place) = given.as_map() else {
        return match given.as_str() {
            Some(address) if address.starts_with("s3://") => {
                let (bucket, key) = address.strip_prefix("s3://")?.split_once('/')?;
                Some(Expr::from([("s3", Map::from([("bucket", bucket), ("key", key)]))]))
            }
            Some("") => Some(".".into()),
            Some(path) => Some(path.into()),
            None => Some(".".into()),
        };
    };
    let mut made = Map::new();
    for (property, key) in [("Bucket", "bucket"), ("Key", "key"), ("Version", "version")] {
        put_text(names, place, property, &mut made, key);
    }
    (made.contains_key("bucket") && made.contains_key("key")).then(|| Expr::from([("s3", made)]))
}

fn image(names: &Names, resource: &Resource, properties: &Map) -> Option<Map> {
    let mut made = Map::new();
    put_text(names, properties, "ImageUri", &mut made, "uri");
    let metadata = resource.attributes.get("Metadata").and_then(Expr::as_map);
    for (property, key) in
        [("Dockerfile", "file"), ("DockerContext", "context"), ("DockerBuildTarget", "target")]
    {
        if let Some(metadata) = metadata {
            put_text(names, metadata, property, &mut made, key);
        }
    }
    (!made.is_empty()).then_some(made)
}

fn layer(names: &Names, value: &Expr) -> Option<Expr> {
    if let Some(name) = component_of(names, value, &[Role::Layer]) {
        return Some(name.into());
    }
    text(names, value).map(Expr::from)
}

fn environment(names: &Names, properties: &Map, made: &mut Map) {
    let variables = properties.get("Environment").and_then(|e| e.as_map()?.get("Variables")?.as_map());
    let mut env = Map::new();
    for (name, value) in variables.into_iter().flat_map(Map::iter) {
        if let Some(value) = text(names, value) {
            env.insert(name.clone(), value);
        }
    }
    if !env.is_empty() {
        made.insert("env", env);
    }
}

fn triggers(names: &Names, properties: &Map) -> Vec<Expr> {
    let events = properties.get("Events").and_then(Expr::as_map);
    events
        .into_iter()
        .flat_map(Map::values)
        .filter_map(|event| {
            let event = event.as_map()?;
            let empty = Map::new();
            let given = event.get("Properties").map_or(Some(&empty), Expr::as_map)?;
            events::trigger(names, event.get("Type")?.as_str()?, given).map(Expr::from)
        })
        .collect()
}

/// Takes the environment variables out of all functions that they have in common, and gives them.
pub(crate) fn hoist_environment(functions: &mut Map) -> Map {
    if functions.len() < 2 {
        return Map::new();
    }
    let environment =
        |function: &Expr| function.as_map().and_then(|f| f.get("env")).and_then(Expr::as_map).cloned();
    let mut all = functions.values().map(|function| environment(function).unwrap_or_default());
    let mut shared = all.next().unwrap_or_default();
    for other in all {
        let there: Vec<_> = shared.keys().filter(|key| other.get(key) != shared.get(key)).cloned().collect();
        there.iter().for_each(|key| {
            shared.remove(key);
        });
    }
    for function in functions.values_mut().filter_map(Expr::as_map_mut) {
        let Some(own) = function.get_mut("env").and_then(Expr::as_map_mut) else { continue };
        shared.keys().for_each(|key| {
            own.remove(key);
        });
        if own.is_empty() {
            function.remove("env");
        }
    }
    shared
}

/// Takes the retention of logs out of all functions where it is the same, and gives it.
pub(crate) fn hoist_retention(functions: &mut Map) -> Option<Expr> {
    let retention = |function: &Expr| function.as_map()?.get("logs")?.as_map()?.get("retention").cloned();
    let first = functions.values().next().and_then(retention)?;
    if functions.len() < 2 || functions.values().any(|function| retention(function).as_ref() != Some(&first))
    {
        return None;
    }
    for function in functions.values_mut().filter_map(Expr::as_map_mut) {
        function.get_mut("logs").and_then(Expr::as_map_mut)?.remove("retention");
    }
    Some(first)
}

/// Takes out of all functions what they have in common, and gives it.
pub(crate) fn hoist(functions: &mut Map) -> Map {
    const SHARED: [&str; 8] = ["runtime", "arch", "code", "build", "memory", "timeout", "tracing", "role"];
    let mut shared = Map::new();
    if functions.len() < 2 {
        return shared;
    }
    for key in SHARED {
        let mut values = functions.values().map(|f| f.as_map().and_then(|f| f.get(key)));
        let Some(Some(first)) = values.next() else { continue };
        if values.all(|v| v == Some(first)) {
            shared.insert(key, first.clone());
        }
    }
    for function in functions.values_mut() {
        if let Some(function) = function.as_map_mut() {
            shared.keys().for_each(|key| {
                function.remove(key);
            });
        }
    }
    shared
}
