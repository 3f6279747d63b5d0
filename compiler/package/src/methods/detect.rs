//! What a folder is to be built with, where nobody has said it: its runtime's tools, if it declares packages that do
//! not lie in it.

use std::path::Path;

use super::{Method, requirements};
use crate::package_json::Package;

/// The method for a function's folder; none where it is complete as it lies. `name` is its logical id.
pub(crate) fn detect(code: &Path, runtime: &str, handler: &str, name: &str) -> Option<Method> {
    if !code.is_dir() {
        return None;
    }
    let has = |file: &str| code.join(file).exists();
    if runtime.starts_with("python") {
        let is_wanted = requirements::declares_packages(code) && !has_packages(code);
        return is_wanted.then_some(Method::Python);
    }
    if runtime.starts_with("nodejs") {
        if has("node_modules") {
            return None;
        }
        let package = Package::read(code)?;
        if package.develops_with("esbuild") && super::esbuild::entry(code, handler).is_some() {
            return Some(Method::Esbuild);
        }
        return package.has_dependencies().then_some(Method::Node);
    }
    if runtime.starts_with("provided") && !has("bootstrap") {
        if makes(code, name) {
            return Some(Method::Makefile);
        }
        if has("Cargo.toml") {
            return Some(Method::Rust);
        }
        return has("go.mod").then_some(Method::Go);
    }
    None
}

/// Whether packages of Python lie in a folder: each brings a folder of what it is.
fn has_packages(code: &Path) -> bool {
    let entries = std::fs::read_dir(code).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".dist-info"))
}

/// Whether a makefile has the target of a function.
fn makes(code: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(code.join("Makefile")).unwrap_or_default();
    let target = format!("build-{name}");
    text.lines().any(|line| line.strip_prefix(&target).is_some_and(|rest| rest.trim_start().starts_with(':')))
}
