//! The closing lines of a run.

use std::path::Path;

use rustc_hash::FxHashSet;
use samc_base::Severity;
use samc_ir::ValidGraph;
use samc_package::Packaged;
use samc_target::Artifact;

use crate::compile::Compilation;

/// "4 functions  7 routes  2 tables  → 37 resources".
pub fn counts(graph: &ValidGraph) -> String {
    let mut parts: Vec<String> =
        samc_ir::analyze(graph).counts().into_iter().map(|(n, word)| format!("{n} {word}")).collect();
    let total = graph.resources.len();
    parts.push(format!("→ {total} {}", if total == 1 { "resource" } else { "resources" }));
    parts.join("  ")
}

/// "2 errors, 1 warning in template.yaml (3 functions, 11 resources)", or "no findings"; and how many checks could not be
/// decided, since values are known at deployment only.
pub fn findings(done: &Compilation, input: &str) -> String {
    let count = |severity| done.diagnostics.iter().filter(|d| d.severity == severity).count();
    let words = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "note", "notes"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .map(|(severity, one, several)| (count(severity), one, several))
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, one, several)| format!("{n} {}", if n == 1 { one } else { several }))
        .collect();
    let open = match done.undecided {
        0 => String::new(),
        1 => "; 1 check could not be decided before deployment".to_owned(),
        n => format!("; {n} checks could not be decided before deployment"),
    };
    if parts.is_empty() {
        return format!("no findings{open}");
    }
    let size = done.graph.as_ref().map_or_else(String::new, |graph| format!(" ({})", as_written(graph)));
    format!("{} in {input}{size}{open}", parts.join(", "))
}

/// "3 functions, 11 resources": what the author wrote, before anything was made of it.
fn as_written(graph: &ValidGraph) -> String {
    const FUNCTIONS: [&str; 2] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];
    let mut written = FxHashSet::default();
    let mut functions = FxHashSet::default();
    for (id, resource) in &graph.resources {
        let name = resource.origin.source.as_ref().unwrap_or(id);
        written.insert(name);
        if FUNCTIONS.contains(&resource.resource_type.as_str()) {
            functions.insert(name);
        }
    }
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    match functions.len() {
        0 => count(written.len(), "resource"),
        n => format!("{}, {}", count(n, "function"), count(written.len(), "resource")),
    }
}

/// "sam · eu-central-1 · parse 1.2 ms, expand 3.4 ms", and what was taken from the environment: for who
/// asks how it was done.
pub fn stages(done: &Compilation) -> String {
    let laps: Vec<String> = done
        .stages
        .iter()
        .map(|(stage, time)| format!("{stage} {:.1} ms", time.as_secs_f64() * 1e3))
        .collect();
    let dialect = done.dialect.unwrap_or("unknown dialect");
    let mut out = format!("{dialect} · {} · {}\n", done.region, laps.join(", "));
    if !done.environment.is_empty() {
        out.push_str(&format!("taken from the environment: {}\n", done.environment.join(", ")));
    }
    out
}

/// The lines that say what was written: archives, then documents, their sizes in one column.
pub fn written(folder: &Path, documents: &[&Artifact], packaged: &Packaged) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    for archive in &packaged.artifacts {
        let users = match archive.used_by {
            1 => "1 resource".to_owned(),
            n => format!("{n} resources"),
        };
        let path = folder.join(&archive.path).display().to_string();
        rows.push((path, format!("{}  ({users})", size(archive.contents.size()))));
    }
    for document in documents.iter().filter(|d| !d.path.ends_with("source-map.json")) {
        rows.push((folder.join(&document.path).display().to_string(), size(document.contents.len() as u64)));
    }
    let width = rows.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(path, note)| format!("  {path:width$}  {note}\n")).collect()
}

/// "48 kB": thousands of bytes, as disks count.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
