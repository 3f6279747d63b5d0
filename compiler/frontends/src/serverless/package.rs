//! Where the code of functions and layers lies, and what of a folder belongs to it. Source:
//! lib/plugins/package/lib/package-service.js of osls 3.77.1.

use samc_ir::{Asset, AssetKind, Expr, Kind, LeftOut, Map};

use super::bucket;
use super::service::{Function, Service};
use super::value::{given, given_at, is_true};

/// What the framework leaves out beside what `package` says; what no tool packs is samc's own list.
const LEFT_OUT: [&str; 7] = [
    "/.gitignore",
    "/npm-debug.log",
    "/yarn-*.log",
    "/.serverless_plugins/",
    "/serverless.yml",
    "/serverless.yaml",
    "/serverless.json",
];

/// The code of a function: an archive that is there, or a folder.
pub(super) fn code(service: &Service, function: &Function) -> Expr {
    let own = given_at(&function.settings, &["package", "artifact"]);
    let artifact = own.or_else(|| given_at(&service.root, &["package", "artifact"]));
    let name = if is_individual(service, function) { function.key.to_string() } else { service.name.clone() };
    match artifact {
        Some(artifact) => archive(service, artifact, AssetKind::FunctionCode),
        None => folder(service, Expr::from("."), &format!("{name}.zip"), AssetKind::FunctionCode),
    }
}

/// The content of a layer.
pub(super) fn content(service: &Service, key: &str, layer: &Map) -> Expr {
    match given_at(layer, &["package", "artifact"]) {
        Some(artifact) => archive(service, artifact, AssetKind::LayerContent),
        None => {
            let path = given(layer, "path").cloned().unwrap_or_else(|| ".".into());
            folder(service, path, &format!("{key}.zip"), AssetKind::LayerContent)
        }
    }
}

/// An archive that is there: a file beside the service, or an object in S3.
fn archive(service: &Service, artifact: &Expr, kind: AssetKind) -> Expr {
    let Some(path) = artifact.as_str() else { return artifact.clone() };
    if let Some((bucket, key)) = path.strip_prefix("s3://").and_then(|place| place.split_once('/')) {
        let at = |text: &str| Expr::from(text).with_span(artifact.span);
        return Map::from([("S3Bucket", at(bucket)), ("S3Key", at(key))]).into();
    }
    let file = path.rsplit('/').next().unwrap_or(path).to_owned();
    folder(service, artifact.clone(), &file, kind)
}

/// What lies at a path, and its place in the bucket of the service. The framework writes the time into that;
/// samc has no clock.
fn folder(service: &Service, path: Expr, file: &str, kind: AssetKind) -> Expr {
    let Some(text) = path.as_str() else { return path };
    let place = place(service, file);
    let asset = Asset { place: Some(place.into()), ..Asset::new(text, kind) };
    Expr::from(asset).with_span(path.span)
}

/// The place of a file in the bucket of the service.
pub(super) fn place(service: &Service, file: &str) -> Map {
    let prefix = service.provider.get("deploymentPrefix").and_then(Expr::as_str).unwrap_or("serverless");
    Map::from([
        ("S3Bucket", bucket::reference(service)),
        ("S3Key", format!("{prefix}/{}/{}/{file}", service.name, service.stage).into()),
    ])
}

/// True where a function gets an archive of its own.
fn is_individual(service: &Service, function: &Function) -> bool {
    [&function.settings, &service.root]
        .iter()
        .any(|map| given_at(map, &["package", "individually"]).is_some())
}

/// What packaging is told about a function: which files are left out.
pub(super) fn metadata(service: &Service, function: &Function) -> Option<Box<Expr>> {
    let LeftOut { patterns, development } = left_out(service, function);
    let patterns: Vec<Expr> = patterns.into_iter().map(Expr::from).collect();
    let build = Map::from([("exclude", patterns.into()), ("without_development", Expr::from(development))]);
    Some(Box::new(Map::from([("samc", Map::from([("build", build)]))]).into()))
}

/// What is left out of the archive of a function.
pub(super) fn left_out(service: &Service, function: &Function) -> LeftOut {
    let mut patterns: Vec<String> = LEFT_OUT.iter().map(|pattern| (*pattern).to_owned()).collect();
    if given(&service.root, "useDotenv").is_some() {
        patterns.push("/.env*".to_owned());
    }
    for layer in service.root.get("layers").and_then(Expr::as_map).iter().flat_map(|layers| layers.values()) {
        let path = layer.as_map().and_then(|layer| layer.get("path")).and_then(Expr::as_str);
        patterns.extend(path.map(|path| format!("/{}/", relative(path))));
    }
    patterns_of(&service.root, &mut patterns);
    let mut development = leaves_out_development(&service.root);
    if is_individual(service, function) {
        patterns_of(&function.settings, &mut patterns);
        development = leaves_out_development(&function.settings).or(development);
    }
    LeftOut { patterns, development: development.unwrap_or(true) }
}

/// What a `package` section says of packages that only development needs. The framework takes the key in that of a
/// function as well and looks at that of the service alone; who writes it there means the function.
fn leaves_out_development(settings: &Map) -> Option<bool> {
    let value = settings.get("package")?.as_map()?.get("excludeDevDependencies")?;
    (!matches!(value.kind, Kind::Null)).then(|| is_true(value))
}

/// The patterns of a `package` section as those of `.gitignore`, in their order: `exclude` first, then `include`
/// and `patterns`.
fn patterns_of(settings: &Map, patterns: &mut Vec<String>) {
    let Some(package) = settings.get("package").and_then(Expr::as_map) else { return };
    let list = |key: &str| package.get(key).and_then(Expr::as_list).unwrap_or_default();
    for pattern in list("exclude").iter().filter_map(Expr::as_str) {
        patterns.push(leave_out(pattern));
    }
    for pattern in list("include").iter().chain(list("patterns")).filter_map(Expr::as_str) {
        match pattern.strip_prefix('!') {
            Some(pattern) => patterns.push(leave_out(pattern)),
            None => bring_back(pattern, patterns),
        }
    }
}

fn leave_out(pattern: &str) -> String {
    format!("/{}", relative(pattern))
}

/// A pattern that brings files back, and before it the folders that lead there: what lies in a folder that is
/// left out cannot be brought back alone.
fn bring_back(pattern: &str, patterns: &mut Vec<String>) {
    let pattern = relative(pattern);
    for (at, _) in pattern.match_indices('/') {
        patterns.push(format!("!/{}/", &pattern[..at]));
    }
    patterns.push(format!("!/{pattern}"));
}

fn relative(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/')
}
