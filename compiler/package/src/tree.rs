//! The files that an archive of a resource would hold, as a folder: for those who run code in place of
//! deploying it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use samc_base::{Diagnostics, LogicalId};
use samc_ir::{AssetKind, ResourceGraph};
use tempfile::TempDir;

use crate::build::Options;
use crate::contents::Contents;
use crate::fault::Fault;
use crate::filter::Patterns;
use crate::findings::finding;
use crate::pack::Archive;
use crate::source::{self, Source};
use crate::unpack::unpacked;
use crate::uses::uses;
use crate::walk::{Leave, Member, is_kept};

/// The code of one function, or the content of one layer.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The resource it belongs to.
    pub resource: LogicalId,
    /// Whether it is a function's code or a layer's content.
    pub kind: AssetKind,
    /// The folder that the files lie in, each at its name.
    pub root: PathBuf,
    /// The folder, file or archive that the resource names: what is to be watched for changes.
    pub source: PathBuf,
    /// True where `root` is the source itself, so that the code can run where it is written. It may hold
    /// more than `files` then: what packaging leaves out. False where the files lie in a scratch folder, which
    /// lives as long as the tree and its copies: an archive that was unpacked, or what a command made.
    pub in_place: bool,
    /// What the archive would hold, sorted by name.
    pub files: Vec<TreeFile>,
    /// The patterns of `build.exclude`.
    exclude: Option<Arc<Patterns>>,
    /// Canonical paths that are never code.
    excluded: Arc<[PathBuf]>,
    /// Goes with the last tree that uses it.
    _scratch: Option<Arc<TempDir>>,
}

/// One file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Its name in the archive, with `/`.
    pub name: String,
    /// Where its bytes are.
    pub path: PathBuf,
    /// Whether it may be executed.
    pub executable: bool,
    /// Length in bytes.
    pub bytes: u64,
    /// What a link that stays one in the archive says.
    pub link: Option<String>,
}

/// The trees of all functions and layers of a graph that has not been packaged yet, in its order. Faults
/// become findings, and what has one has no tree. Build commands run.
pub fn trees(graph: &ResourceGraph, options: &Options, diagnostics: &mut Diagnostics) -> Vec<Tree> {
    // What nobody asked for is not built: it runs where it lies, with the packages of this machine.
    let uses = uses(graph, None);
    let cache = options.open_cache();
    let around = options.around(cache.as_ref());
    let excluded: Arc<[PathBuf]> = around.excluded.as_slice().into();
    let mut made: Vec<Tree> = Vec::new();
    for (i, used) in uses.iter().enumerate() {
        if used.kind == AssetKind::File {
            continue;
        }
        let same = |j: &usize| uses[*j].path == used.path && uses[*j].recipe == used.recipe;
        let earlier = (0..i).find(same).map(|j| &uses[j].resource);
        if let Some(earlier) = earlier {
            // What had a fault the first time has told it.
            if let Some(tree) = made.iter().find(|t| t.resource == *earlier) {
                let again = Tree { resource: used.resource.clone(), kind: used.kind, ..tree.clone() };
                made.push(again);
            }
            continue;
        }
        let source = options.root.join(&used.path);
        let recipe = used.recipe.for_here();
        let sourced = source::of_path(&source, &recipe, &around);
        let tree = sourced.and_then(|sourced| {
            let exclude = match used.recipe.left_out.patterns.as_slice() {
                [] => None,
                lines => Some(Patterns::new(lines.iter().map(String::as_str)).map_err(|fault| vec![fault])?),
            };
            if let (Source::Files(members, Some(_)), Some(_)) = (&sourced.source, &cache) {
                // What a command made is remembered for the next time.
                sourced.zip(members, cache.as_ref()).map_err(|fault| vec![fault])?;
            }
            let (members, scratch) = match sourced.source {
                Source::Files(members, scratch) => (members, scratch),
                Source::Ready(Member { path, .. })
                | Source::Stored(Archive { contents: Contents::File { path, .. }, .. }) => {
                    let (members, scratch) = unpacked(&path)?;
                    (members, Some(Arc::new(scratch)))
                }
                Source::Stored(Archive { contents: Contents::Bytes(_), .. }) => {
                    return Err(vec![Fault::Empty]);
                }
            };
            let in_place = scratch.is_none() && source.is_dir();
            Ok(Tree {
                resource: used.resource.clone(),
                kind: used.kind,
                root: root_of(&members, &source),
                source: source.clone(),
                in_place,
                files: members.into_iter().map(TreeFile::from).collect(),
                exclude: exclude.map(Arc::new),
                excluded: excluded.clone(),
                _scratch: scratch,
            })
        });
        match tree {
            Ok(tree) => made.push(tree),
            Err(faults) => {
                for fault in faults {
                    diagnostics.push(finding(used, &fault, options, &uses));
                }
            }
        }
    }
    made
}

/// The folder that members lie in: what is left of a path without the name.
fn root_of(members: &[Member], source: &Path) -> PathBuf {
    let of_first = members.first().and_then(|m| m.path.ancestors().nth(m.name.split('/').count()));
    of_first.unwrap_or(source).to_owned()
}

impl Tree {
    /// Whether a change of a path below [`Tree::source`] may change the code. Files of patterns count, as
    /// they say what is code.
    pub fn is_watched(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.source) else { return path == self.source };
        let excluded =
            |p: &Path| self.excluded.iter().any(|e| p.canonicalize().is_ok_and(|p| p.starts_with(e)));
        let leave = Leave { patterns: self.exclude.as_deref(), ..Leave::default() };
        is_kept(&self.source, below, leave) && !excluded(path)
    }

    /// Makes a folder of the files, as the service would unpack them. Files that are there already with the
    /// same size and time are left alone; what is no part of the tree is removed.
    pub fn write_to(&self, folder: &Path) -> std::io::Result<()> {
        write_files(&self.files, folder)
    }
}

/// Makes a folder hold these files, sorted by name, and nothing else.
pub(crate) fn write_files(files: &[TreeFile], folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    remove_others(folder, files)?;
    for file in files {
        let to = folder.join(&file.name);
        let is_there = |from: &Path| {
            let (from, to) = (std::fs::metadata(from).ok()?, std::fs::symlink_metadata(&to).ok()?);
            Some(to.is_file() && from.len() == to.len() && from.modified().ok()? == to.modified().ok()?)
        };
        if file.link.is_none() && is_there(&file.path) == Some(true) {
            set_executable(&to, file.executable)?;
            continue;
        }
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let _ = std::fs::remove_file(&to);
        put_file(&file.path, file.link.as_deref(), file.executable, &to)?;
    }
    Ok(())
}

impl From<Member> for TreeFile {
    fn from(member: Member) -> Self {
        let Member { name, path, executable, bytes, link, stamp: _ } = member;
        TreeFile { name, path, executable, bytes, link }
    }
}

/// Removes what lies in a folder and is no part of a tree.
fn remove_others(folder: &Path, files: &[TreeFile]) -> std::io::Result<()> {
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((at, prefix)) = waiting.pop() {
        for entry in std::fs::read_dir(&at)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let below = format!("{name}/");
            let first = files.partition_point(|f| f.name.as_str() < below.as_str());
            let holds_some = files.get(first).is_some_and(|f| f.name.starts_with(&below));
            match entry.file_type()? {
                kind if kind.is_dir() && holds_some => waiting.push((entry.path(), below)),
                kind if kind.is_dir() => std::fs::remove_dir_all(entry.path())?,
                _ if files.binary_search_by(|f| f.name.as_str().cmp(&name)).is_ok() => {}
                _ => std::fs::remove_file(entry.path())?,
            }
        }
    }
    Ok(())
}

/// Puts a copy of a member where nothing is.
pub(crate) fn put(member: &Member, to: &Path) -> std::io::Result<()> {
    put_file(&member.path, member.link.as_deref(), member.executable, to)
}

fn put_file(from: &Path, link: Option<&str>, executable: bool, to: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(link) = link {
        return std::os::unix::fs::symlink(link, to);
    }
    let _ = link;
    std::fs::copy(from, to)?;
    if let Ok(time) = std::fs::metadata(from).and_then(|m| m.modified()) {
        // The time says that it is the same; without it the file is copied again the next time.
        let _ = std::fs::File::options().append(true).open(to).and_then(|f| f.set_modified(time));
    }
    set_executable(to, executable)
}

#[cfg(unix)]
pub(crate) fn set_executable(path: &Path, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(crate) fn set_executable(_path: &Path, _executable: bool) -> std::io::Result<()> {
    Ok(())
}
