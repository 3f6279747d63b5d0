//! `launch.json`: configurations with which VS Code attaches to functions that `samc local start --debug` runs.

use samc_schema::manifest::{Function, Manifest};
use serde_json::{Value, json};

/// The content of the file. Source: "Launch configurations" of VS Code, and the attributes of its debuggers for
/// Python and Node.
pub(crate) fn configurations(manifest: &Manifest) -> Value {
    let configurations: Vec<Value> =
        manifest.functions.iter().filter_map(|(id, function)| attach(id, function)).collect();
    let names: Vec<&Value> = configurations.iter().filter_map(|c| c.get("name")).collect();
    let compounds = match names.len() {
        0 => json!([]),
        _ => json!([{"name": format!("{}: all functions", manifest.app), "configurations": names}]),
    };
    json!({"version": "0.2.0", "configurations": configurations, "compounds": compounds})
}

fn attach(id: &str, function: &Function) -> Option<Value> {
    let port = function.debug_port?;
    let name = format!("attach to {id}");
    Some(match function.runtime.as_deref()? {
        runtime if runtime.starts_with("python") => json!({
            "name": name,
            "type": "debugpy",
            "request": "attach",
            "connect": {"host": "127.0.0.1", "port": port},
            "justMyCode": true,
        }),
        runtime if runtime.starts_with("nodejs") => json!({
            "name": name,
            "type": "node",
            "request": "attach",
            "address": "127.0.0.1",
            "port": port,
            "restart": true,
        }),
        _ => return None,
    })
}
