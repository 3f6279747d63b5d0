//! `compose.yaml`: each function in the base image of its runtime, for those who want the file system and the
//! libraries of AWS around their code.

use samc_schema::manifest::{Architecture, Function, Manifest};
use serde_json::{Map, Value, json};

/// The port of the first function on this machine; each further one has the next.
const FIRST_PORT: usize = 9001;

/// The text of the file.
pub(crate) fn text(manifest: &Manifest) -> String {
    let mut services = Map::new();
    for (index, (id, function)) in manifest.functions.iter().enumerate() {
        if let Some(image) = image(function) {
            services.insert(id.to_lowercase(), service(manifest, function, &image, FIRST_PORT + index));
        }
    }
    let compose = json!({"name": project(&manifest.app), "services": services});
    let head = "# Each function in its base image. A call of one, with an event in event.json:\n\
                #   curl -d @event.json http://127.0.0.1:PORT/2015-03-31/functions/function/invocations\n";
    head.to_owned() + &serde_yaml::to_string(&compose).unwrap_or_default()
}

/// The name of the project, in the letters that Compose takes.
fn project(app: &str) -> String {
    let letters = app
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect::<String>();
    let trimmed = letters.trim_matches('-');
    if trimmed.is_empty() { "app".to_owned() } else { trimmed.to_owned() }
}

/// The base image of a runtime. Source: "Working with Lambda container images" in the developer guide.
fn image(function: &Function) -> Option<String> {
    if let Some(image) = &function.image {
        return Some(image.clone());
    }
    let runtime = function.runtime.as_deref()?;
    let (family, version) =
        runtime.split_at(runtime.find(|c: char| c.is_ascii_digit()).unwrap_or(runtime.len()));
    let version = version.trim_end_matches(".x");
    Some(match family {
        "python" | "nodejs" | "java" | "ruby" | "dotnet" => {
            format!("public.ecr.aws/lambda/{family}:{version}")
        }
        "provided.al" => format!("public.ecr.aws/lambda/provided:al{version}"),
        _ => return None,
    })
}

fn service(manifest: &Manifest, function: &Function, image: &str, port: usize) -> Value {
    let mut service = Map::new();
    let platform = match function.architecture {
        Architecture::X86_64 => "linux/amd64",
        Architecture::Arm64 => "linux/arm64",
    };
    service.insert("image".to_owned(), image.into());
    service.insert("platform".to_owned(), platform.into());
    if let Some(handler) = &function.handler {
        service.insert("command".to_owned(), json!([handler]));
    }
    let mut volumes: Vec<String> = Vec::new();
    if let Some(root) = &function.root {
        volumes.push(format!("{}:/var/task:ro", from_here(root)));
    }
    // Compose mounts a place once; AWS unpacks layers over each other. The last one is the one that wins.
    if let Some(root) = function.layers.iter().rev().find_map(|layer| layer.root.as_ref()) {
        volumes.push(format!("{}:/opt:ro", from_here(root)));
    }
    if !volumes.is_empty() {
        service.insert("volumes".to_owned(), json!(volumes));
    }
    let mut environment = Map::new();
    for (name, value) in &function.environment {
        // A dollar of the value is none of Compose's.
        environment.insert(name.clone(), value.replace('$', "$$").into());
    }
    for (name, value) in [
        ("AWS_REGION", manifest.region.as_str()),
        ("AWS_DEFAULT_REGION", &manifest.region),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
    ] {
        environment.insert(name.to_owned(), value.into());
    }
    environment
        .insert("AWS_LAMBDA_FUNCTION_TIMEOUT".to_owned(), (function.timeout_ms / 1000).to_string().into());
    environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory_mib.to_string().into());
    service.insert("environment".to_owned(), environment.into());
    service.insert("ports".to_owned(), json!([format!("127.0.0.1:{port}:8080")]));
    service.insert("mem_limit".to_owned(), format!("{}m", function.memory_mib).into());
    service.into()
}

/// A path that Compose takes for one rather than for the name of a volume.
fn from_here(path: &str) -> String {
    if path.starts_with('.') || path.starts_with('/') { path.to_owned() } else { format!("./{path}") }
}
