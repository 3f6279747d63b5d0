//! Which files of a folder belong to the code, under which names, and how large they are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use crate::fault::Fault;

/// Names of files and folders that are never code: history, caches and what other tools built.
const EXCLUDED_NAMES: [&str; 4] = [".git", ".aws-sam", "__pycache__", ".DS_Store"];

/// One file as it will stand in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name in the archive, with `/`.
    pub(crate) name: String,
    /// Where its bytes are.
    pub(crate) path: PathBuf,
    /// Whether anybody may execute it, which a custom runtime's `bootstrap` needs.
    pub(crate) executable: bool,
    /// Length in bytes.
    pub(crate) bytes: u64,
}

/// What a path that a resource names turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// A folder or a single file, to be zipped.
    Members(Vec<Member>),
    /// An archive somebody else made (`.zip`, `.jar`), or a file that is not code; taken as it is.
    Ready(Member),
}

/// Looks at a path. `excluded` are canonical paths that are left out wherever they are met, such as
/// the folder the build writes to.
pub(crate) fn collect(path: &Path, excluded: &[PathBuf]) -> Result<Code, Vec<Fault>> {
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(vec![Fault::Missing]);
    };
    if metadata.is_dir() {
        return folder(path, excluded).map(Code::Members);
    }
    let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
        return Err(vec![Fault::OddName { name: path.to_string_lossy().into_owned() }]);
    };
    let member = member(name.to_owned(), path).map_err(|f| vec![f])?;
    match extension(name) {
        Some("zip" | "jar" | "war") => Ok(Code::Ready(member)),
        _ => Ok(Code::Members(vec![member])),
    }
}

/// The extension of a file name without the dot.
pub(crate) fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
}

/// A file with its size and mode.
pub(crate) fn member(name: String, path: &Path) -> Result<Member, Fault> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Err(Fault::Unreadable { name, why: reason(&error) }),
    };
    if !metadata.is_file() {
        return Err(Fault::Special { name });
    }
    Ok(Member { name, path: path.to_owned(), executable: is_executable(&metadata), bytes: metadata.len() })
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// What the system says about a failure, in one short clause without an error number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn folder(root: &Path, excluded: &[PathBuf]) -> Result<Vec<Member>, Vec<Fault>> {
    let canonical = match root.canonicalize() {
        Ok(canonical) => canonical,
        Err(error) => return Err(vec![Fault::Unreadable { name: ".".to_owned(), why: reason(&error) }]),
    };
    // The walker asks a filter before it follows a link, so that a link to the whole disk is
    // refused without a look at what lies there.
    let links = Arc::new(Mutex::new(Vec::new()));
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false).follow_links(true).filter_entry({
        let (links, root, excluded) = (links.clone(), root.to_owned(), excluded.to_owned());
        move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            if is_excluded(entry.path(), &root, &excluded) {
                return false;
            }
            if !entry.path_is_symlink() {
                return true;
            }
            let Some(fault) = leads_outside(entry.path(), &root, &canonical) else {
                return true;
            };
            links.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
            false
        }
    });
    let (mut members, mut faults) = (Vec::new(), Vec::new());
    for entry in builder.build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_dir()) => {}
            Ok(entry) => match archive_name(entry.path(), root).and_then(|name| member(name, entry.path())) {
                Ok(member) => members.push(member),
                Err(fault) => faults.push(fault),
            },
            Err(error) => faults.push(walk_fault(&error, root)),
        }
    }
    faults.extend(links.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
    if members.is_empty() && faults.is_empty() {
        faults.push(Fault::Empty);
    }
    if !faults.is_empty() {
        faults.sort_by_key(|f| format!("{f:?}"));
        return Err(faults);
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

fn is_excluded(path: &Path, root: &Path, excluded: &[PathBuf]) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let in_node_modules = || {
        path.strip_prefix(root)
            .ok()
            .and_then(Path::parent)
            .and_then(Path::file_name)
            .is_some_and(|parent| parent == "node_modules")
    };
    EXCLUDED_NAMES.contains(&name)
        || extension(name) == Some("pyc")
        || (name == ".cache" && in_node_modules())
        // The name is compared first: to ask the system about each of ten thousand files takes long.
        || (excluded.iter().any(|e| e.file_name() == path.file_name())
            && path.canonicalize().is_ok_and(|path| excluded.contains(&path)))
}

/// The fault of a link whose target lies outside of `canonical`, the true place of `root`.
fn leads_outside(link: &Path, root: &Path, canonical: &Path) -> Option<Fault> {
    let name = display_name(link, root);
    let Ok(target) = link.canonicalize() else {
        return Some(Fault::BrokenLink { link: name });
    };
    if target.starts_with(canonical) {
        return None;
    }
    let written = std::fs::read_link(link).unwrap_or(target);
    Some(Fault::LinkOutside { link: name, target: written.to_string_lossy().into_owned() })
}

fn archive_name(path: &Path, root: &Path) -> Result<String, Fault> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| Fault::OddName { name: display_name(path, root) })
}

fn display_name(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn walk_fault(error: &ignore::Error, root: &Path) -> Fault {
    fn parts<'a>(error: &'a ignore::Error, path: &mut Option<&'a Path>, looped: &mut bool) {
        match error {
            ignore::Error::WithPath { path: at, err } => {
                *path = Some(at);
                parts(err, path, looped);
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                parts(err, path, looped);
            }
            ignore::Error::Loop { child, .. } => {
                *path = Some(child);
                *looped = true;
            }
            _ => {}
        }
    }
    let (mut path, mut looped) = (None, false);
    parts(error, &mut path, &mut looped);
    let name = path.map_or_else(|| ".".to_owned(), |path| display_name(path, root));
    let dangling = path.is_some_and(|path| path.is_symlink() && !path.exists());
    if looped || dangling {
        return Fault::BrokenLink { link: name };
    }
    let why = error.io_error().map_or_else(|| error.to_string(), reason);
    Fault::Unreadable { name: if name.is_empty() { ".".to_owned() } else { name }, why }
}
