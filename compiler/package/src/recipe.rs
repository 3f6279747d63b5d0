//! How the code of a resource is built before it is packed, and what is left out of the archive.
//!
//! It stands in the metadata of a resource: `Metadata: {samc: {build: {...}}}`, which the key `build` of app.yaml
//! becomes, or as `sam build` reads it: `BuildMethod`, `BuildProperties`, `SkipBuild`.

use std::path::Path;

use samc_ir::{AssetKind, Expr, Kind, LeftOut, Map, Resource};

use crate::machine::Machine;
use crate::methods::{self, Job, Method};

/// What is done to code before it is packed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Recipe {
    pub(crate) how: How,
    /// What is left out of the archive.
    pub(crate) left_out: LeftOut,
}

impl Recipe {
    /// The same for this machine, which runs the code in place of the service.
    pub(crate) fn for_here(&self) -> Recipe {
        let mut recipe = self.clone();
        if let How::Method(job) = &mut recipe.how {
            job.is_for_here = true;
        }
        recipe
    }
}

/// How code is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// It is packed as it lies.
    #[default]
    AsItIs,
    /// A command for the shell, which runs in a copy of the folder.
    Command(String),
    /// By the tools of its language.
    Method(Job),
    /// By a method that samc does not have.
    Unknown(String),
}

/// The recipe of a resource that names code. `code` is the folder, where it may be looked at for what it is to be
/// built from; none where nothing is built that nobody asked for.
pub(crate) fn of(resource: &Resource, id: &str, kind: AssetKind, code: Option<&Path>) -> Recipe {
    let metadata = resource.attributes.get("Metadata").or(resource.origin.metadata.as_deref());
    let metadata = metadata.and_then(Expr::as_map);
    let build = metadata.and_then(|m| m.get("samc")?.as_map()?.get("build")?.as_map());
    let exclude = build.and_then(|b| b.get("exclude")).and_then(Expr::as_list).unwrap_or_default();
    Recipe {
        how: if kind == AssetKind::File {
            How::AsItIs
        } else {
            how(resource, id, kind, metadata, build, code)
        },
        left_out: LeftOut {
            patterns: exclude.iter().filter_map(Expr::as_str).map(str::to_owned).collect(),
            development: build.and_then(|b| b.get("without_development")).is_some_and(is_true),
        },
    }
}

fn how(
    resource: &Resource,
    id: &str,
    kind: AssetKind,
    metadata: Option<&Map>,
    build: Option<&Map>,
    code: Option<&Path>,
) -> How {
    let text = |map: Option<&Map>, key: &str| map?.get(key)?.as_str().map(str::to_owned);
    if let Some(command) = text(build, "command") {
        return How::Command(command);
    }
    let is_function = kind == AssetKind::FunctionCode;
    let property = |name: &str| resource.property(name).and_then(Expr::as_str).map(str::to_owned);
    let first = |name: &str| {
        let list = resource.property(name).and_then(Expr::as_list).unwrap_or_default();
        list.first().and_then(Expr::as_str).map(str::to_owned)
    };
    let asked = text(build, "method").or_else(|| text(metadata, "BuildMethod"));
    if asked.as_deref() == Some("none") || metadata.and_then(|m| m.get("SkipBuild")).is_some_and(is_true) {
        return How::AsItIs;
    }
    let architectures = if is_function { "Architectures" } else { "CompatibleArchitectures" };
    let architecture = text(metadata, "BuildArchitecture").or_else(|| first(architectures));
    let runtime = if is_function { property("Runtime") } else { first("CompatibleRuntimes") };
    let properties = metadata.and_then(|m| m.get("BuildProperties")).and_then(Expr::as_map);
    let handler = property("Handler").unwrap_or_default();
    let method = match &asked {
        Some(name) => match Method::of(name) {
            Some(method) => method,
            None => return How::Unknown(name.clone()),
        },
        None => {
            let found = code.filter(|_| is_function).zip(runtime.as_deref());
            match found.and_then(|(code, runtime)| methods::detect(code, runtime, &handler, id)) {
                Some(method) => method,
                None => return How::AsItIs,
            }
        }
    };
    // `BuildMethod: python3.13` says it where the runtime is a parameter's, or there are none.
    let named = asked.filter(|name| samc_data::runtimes::runtime(name).is_some());
    let mut job = Job {
        method,
        runtime: named.or(runtime),
        machine: architecture.as_deref().and_then(Machine::of).unwrap_or_default(),
        is_layer: !is_function,
        ..Job::default()
    };
    // What a method does not look at is left out, so that functions that differ in it alone are one.
    match method {
        Method::Esbuild => {
            job.entries = texts(properties.and_then(|p| p.get("EntryPoints")));
            if job.entries.is_empty() {
                job.name = handler;
            }
            job.flags = build.map(own_flags).into_iter().chain(properties.map(flags)).flatten().collect();
        }
        Method::Rust => {
            job.name = text(properties, "Binary").or_else(|| text(build, "target")).unwrap_or(handler);
        }
        Method::Makefile => job.name = id.to_owned(),
        Method::Python | Method::Node | Method::Go => {}
    }
    How::Method(job)
}

fn is_true(value: &Expr) -> bool {
    match &value.kind {
        Kind::Bool(is_true) => *is_true,
        Kind::String(text) => matches!(&**text, "true" | "True"),
        _ => false,
    }
}

fn texts(value: Option<&Expr>) -> Vec<String> {
    match value {
        Some(value) => match value.as_list() {
            Some(list) => list.iter().filter_map(Expr::as_str).map(str::to_owned).collect(),
            None => value.as_str().map(str::to_owned).into_iter().collect(),
        },
        None => Vec::new(),
    }
}

/// `minify`, `target` and `external` of app.yaml as flags of esbuild.
fn own_flags(build: &Map) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(minify) = build.get("minify") {
        flags.push(format!("--minify={}", is_true(minify)));
    }
    if let Some(target) = build.get("target").and_then(Expr::as_str) {
        flags.push(format!("--target={target}"));
    }
    flags.extend(texts(build.get("external")).into_iter().map(|name| format!("--external:{name}")));
    flags
}

/// `BuildProperties` of SAM as flags of esbuild: `OutExtension: [.js=.mjs]` is `--out-extension:.js=.mjs`.
/// Source: aws-lambda-builders 1.65, `workflows/nodejs_npm_esbuild/esbuild.py`, whose names are esbuild's in another
/// case.
fn flags(properties: &Map) -> Vec<String> {
    let mut flags = Vec::new();
    for entry in properties.entries() {
        if matches!(&*entry.key, "EntryPoints" | "UseNpmCi" | "Exclude" | "ExternalPackages") {
            continue;
        }
        let mut flag = String::from("-");
        for c in entry.key.chars() {
            if c.is_ascii_uppercase() {
                flag.push('-');
            }
            flag.push(c.to_ascii_lowercase());
        }
        match (&entry.value.kind, entry.value.as_list(), entry.value.as_map()) {
            (Kind::Bool(true), _, _) => flags.push(flag),
            // A word for the kind of map is all that may stand there.
            (Kind::Bool(false), _, _) if &*entry.key == "Sourcemap" => {}
            (Kind::Bool(false), _, _) => flags.push(format!("{flag}=false")),
            (_, Some(_), _) if &*entry.key == "MainFields" => {
                flags.push(format!("{flag}={}", texts(Some(&entry.value)).join(",")));
            }
            (_, Some(_), _) => {
                flags.extend(texts(Some(&entry.value)).into_iter().map(|item| format!("{flag}:{item}")));
            }
            (_, _, Some(map)) => {
                let pairs = map.entries().iter().filter_map(|e| Some((&e.key, e.value.as_str()?)));
                flags.extend(pairs.map(|(key, value)| format!("{flag}:{key}={value}")));
            }
            _ => flags.extend(entry.value.as_str().map(|text| format!("{flag}={text}"))),
        }
    }
    flags
}
