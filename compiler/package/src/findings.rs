//! Faults in words, at the places that name the code.

use std::path::Path;

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::AssetKind;

use crate::build::Options;
use crate::fault::Fault;
use crate::methods::Method;
use crate::sizes::{in_words, max_unzipped_bytes};
use crate::uses::Use;

/// What the author calls a resource.
pub(crate) fn display(source: Option<&LogicalId>, resource: &LogicalId) -> String {
    source.unwrap_or(resource).to_string()
}

/// Whether a path names what a build writes: an archive.
fn is_archive(path: &str) -> bool {
    let extension = std::path::Path::new(path).extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("zip") || e.eq_ignore_ascii_case("jar"))
}

/// A fault in words, at the place that names the path.
pub(crate) fn finding(used: &Use, fault: &Fault, options: &Options, uses: &[Use]) -> Diagnostic {
    let (path, name) = (&used.path, display(used.source.as_ref(), &used.resource));
    let (message, label, help) = match fault {
        Fault::Missing => {
            let label = match sibling(&options.root, path) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "nothing is there".to_owned(),
            };
            let help = match is_archive(path) {
                true => "run the build that writes it first; `samc build --no-package` compiles without looking at code",
                false => "paths are relative to the folder of this file; `samc build --no-package` compiles without looking at code",
            };
            let what = if used.kind == AssetKind::File { "file" } else { "code" };
            (format!("{name} names the {what} `{path}`, which does not exist"), label, help.to_owned())
        }
        Fault::Empty => (
            format!("`{path}`, the code of {name}, holds no file to pack"),
            "no file here".to_owned(),
            "Lambda refuses an empty archive; caches, .git and compiled Python files do not count".to_owned(),
        ),
        Fault::Folder => (
            format!("{} of {name} wants a file, and `{path}` is a folder", used.property),
            "a folder".to_owned(),
            "name the file in it".to_owned(),
        ),
        Fault::LinkOutside { link, target } => (
            format!("the link `{link}` in `{path}` leads out of the code, to `{target}`"),
            format!("packed for {name}"),
            "an archive cannot hold what lies elsewhere: copy it into the folder, or ship it as a layer"
                .to_owned(),
        ),
        Fault::BrokenLink { link } => (
            format!("the link `{link}` in `{path}` leads nowhere, or to a folder that holds it"),
            format!("packed for {name}"),
            "remove the link, or point it at a file of the folder".to_owned(),
        ),
        Fault::TooMany { files, links } => (
            format!("`{path}` has more than {files} files, {links} links to folders followed: it is not all looked at"),
            format!("packed for {name}"),
            "links to folders that hold links to each other have no end: remove them, or leave them out with .samcignore"
                .to_owned(),
        ),
        Fault::Unreadable { name: file, why } => (
            format!("`{file}` in `{path}` cannot be packed: {why}"),
            format!("packed for {name}"),
            "make it readable, or move it out of the code".to_owned(),
        ),
        Fault::NoArchive { why } => (
            format!("`{path}`, the code of {name}, is no archive that can be unpacked: {why}"),
            format!("packed for {name}"),
            "it must be a zip archive, and a whole one: run the build that writes it again".to_owned(),
        ),
        Fault::OddName { name: file } => (
            format!("the name of `{file}` in `{path}` is not Unicode"),
            format!("packed for {name}"),
            "rename it: names in Lambda's archives are UTF-8".to_owned(),
        ),
        Fault::Special { name: file } => (
            format!("`{file}` in `{path}` is neither a file nor a folder"),
            format!("packed for {name}"),
            "move it out of the code: archives hold files only".to_owned(),
        ),
        Fault::Build { command, why, output } => (
            format!("`{command}`, which builds the code of {name}, failed: {why}"),
            "the code that is built".to_owned(),
            match output.is_empty() {
                true => "it said nothing; it runs in a copy of the folder, with `sh -c`".to_owned(),
                false => format!("it said:\n{output}"),
            },
        ),
        Fault::NotBuilt { what, help } => (
            format!("`{path}`, the code of {name}, cannot be built: {what}"),
            "the code that is built".to_owned(),
            help.clone(),
        ),
        Fault::Pattern { pattern } => (
            format!("`{pattern}`, which {name} leaves out of its code, is no pattern of .gitignore"),
            "the code that is packed".to_owned(),
            "write it as in .gitignore: `*.map`, `tests/`, `!keep.map`".to_owned(),
        ),
        Fault::TooLarge { bytes, heaviest } => (
            format!(
                "`{path}`, the code of {name}, is {} unzipped; Lambda unpacks at most {}",
                in_words(*bytes),
                in_words(max_unzipped_bytes())
            ),
            in_words(*bytes),
            too_large_help(heaviest.as_deref()),
        ),
    };
    let mut found = Diagnostic::error(fault.code(), message).at(used.span, label).help(help).resource(name);
    let mut named: Vec<_> = used.span.into_iter().collect();
    for other in uses.iter().filter(|u| u.path == *path) {
        // Three places tell the story; a folder shared by a hundred functions needs no hundred labels.
        let Some(span) = other.span.filter(|s| !named.contains(s) && named.len() < 4) else { continue };
        found = found.label(span, format!("{} uses it too", display(other.source.as_ref(), &other.resource)));
        named.push(span);
    }
    found
}

/// What to do about code that is too large.
pub(crate) fn too_large_help(heaviest: Option<&str>) -> String {
    let heaviest = heaviest.map_or_else(String::new, |heaviest| format!("the heaviest are {heaviest}: "));
    let what = "leave out what the function does not need, or ship it as a container image (up to 10 GB)";
    format!("{heaviest}{what}")
}

/// A method of building that samc does not have. The code is packed as it lies, which is right where somebody has
/// built it already.
pub(crate) fn unknown_method(used: &Use, method: &str) -> Diagnostic {
    let (path, name) = (&used.path, display(used.source.as_ref(), &used.resource));
    let known: Vec<String> = Method::NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message =
        format!("`{path}`, the code of {name}, is packed as it lies: samc does not build with `{method}`");
    Diagnostic::warning(codes::CODE_BUILD, message)
        .at(used.span, "packed as it lies")
        .help(format!(
            "it builds with {} and SAM's names for them, and with any command: `Metadata: {{samc: {{build: {{command: ...}}}}}}`",
            known.join(", ")
        ))
        .resource(name)
}

/// The name beside a missing one that its author likely meant, as the whole path to write.
fn sibling(root: &Path, path: &str) -> Option<String> {
    let wanted = Path::new(path);
    let name = wanted.file_name()?.to_str()?;
    let parent = wanted.parent().unwrap_or(Path::new(""));
    let mut names: Vec<String> = std::fs::read_dir(root.join(parent))
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let near = nearest(name, names.iter().map(String::as_str))?;
    let joined = parent.join(near).to_string_lossy().replace('\\', "/");
    Some(if path.ends_with('/') { format!("{joined}/") } else { joined })
}
