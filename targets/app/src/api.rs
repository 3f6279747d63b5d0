//! APIs of SAM as APIs of app.yaml.

use samc_ir::{Expr, Map};

use crate::names::Names;
use crate::stores::put_text;

/// A REST API. SAM's is edge-optimized where it says nothing, and has a stage of a given name.
pub(crate) fn rest(names: &Names, properties: &Map) -> Map {
    let mut made = Map::from([("type", "rest")]);
    let endpoint = properties.get("EndpointConfiguration");
    let kind = endpoint.and_then(|e| e.as_str().or_else(|| e.as_map()?.get("Type")?.as_str()));
    match kind {
        Some("REGIONAL") => {}
        _ => {
            made.insert("endpoint", "edge");
        }
    }
    put_text(names, properties, "StageName", &mut made, "stage-name");
    put_text(names, properties, "Name", &mut made, "name");
    if properties.get("TracingEnabled").and_then(Expr::as_bool) == Some(true) {
        made.insert("tracing", true);
    }
    if let Some(path) = properties.get("DefinitionUri").and_then(Expr::as_str) {
        made.insert("openapi", path);
    }
    made
}

/// An HTTP API. Left alone app.yaml would add access logs.
pub(crate) fn http(names: &Names, properties: &Map) -> Map {
    let mut made = Map::from([("access-logs", false)]);
    put_text(names, properties, "StageName", &mut made, "stage-name");
    put_text(names, properties, "Name", &mut made, "name");
    if let Some(path) = properties.get("DefinitionUri").and_then(Expr::as_str) {
        made.insert("openapi", path);
    }
    made
}
