//! Which files of a folder belong to the code, under which names, and what the system says of them.

use std::fs::{DirEntry, Metadata};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::development::{Development, is_in_packages};
use crate::fault::Fault;
use crate::filter::{IGNORE_FILE, Patterns, built_in};
use crate::methods::PACKAGES;
use crate::stamp::Stamp;

/// One file as it will stand in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name in the archive, with `/`.
    pub(crate) name: String,
    /// Where its bytes are.
    pub(crate) path: PathBuf,
    /// Whether anybody may execute it, which a custom runtime's `bootstrap` needs.
    pub(crate) executable: bool,
    /// Length in bytes; of what a link says, where it is one.
    pub(crate) bytes: u64,
    /// What a link that stays one says.
    pub(crate) link: Option<String>,
    /// What the system said of it.
    pub(crate) stamp: Stamp,
}

/// What a path that a resource names turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// A folder or a single file, to be zipped.
    Members(Vec<Member>),
    /// An archive somebody else made (`.zip`, `.jar`), or a file that is not code; taken as it is.
    Ready(Member),
}

/// What is left out on a walk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Leave<'a> {
    /// Canonical paths that are left out wherever they are met, such as the folder the build writes to.
    pub(crate) paths: &'a [PathBuf],
    /// The patterns of `build.exclude`, which count more than any file of patterns.
    pub(crate) patterns: Option<&'a Patterns>,
    /// Packages that only development needs, which no pattern brings back.
    pub(crate) development: Option<&'a Development>,
    /// True where `.samcignore` is not asked, since a build command may need what is not packed.
    pub(crate) for_a_command: bool,
    /// True where all is taken: what an archive of somebody else's held.
    pub(crate) nothing: bool,
}

/// More files than this are in no function's code: 250 MB of them would have 500 bytes each.
const MOST_FILES: usize = 500_000;
/// More links to folders than this lead to each other.
const MOST_FOLLOWED: usize = 5_000;

/// Looks at a path.
pub(crate) fn collect(path: &Path, leave: Leave<'_>) -> Result<Code, Vec<Fault>> {
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(vec![Fault::Missing]);
    };
    if metadata.is_dir() {
        return folder(path, leave).map(Code::Members);
    }
    let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
        return Err(vec![Fault::OddName { name: path.to_string_lossy().into_owned() }]);
    };
    let member = member(name.to_owned(), path.to_owned(), &metadata).map_err(|f| vec![f])?;
    match extension(name) {
        Some("zip" | "jar" | "war") => Ok(Code::Ready(member)),
        _ => Ok(Code::Members(vec![member])),
    }
}

/// Every file of a folder.
pub(crate) fn everything(path: &Path) -> Result<Vec<Member>, Vec<Fault>> {
    folder(path, Leave { nothing: true, ..Leave::default() })
}

/// Whether the patterns keep a path below a folder, if it were a file there. Files of patterns that cannot
/// be read say nothing.
pub(crate) fn is_kept(root: &Path, below: &Path, leave: Leave<'_>) -> bool {
    let Ok(built_in) = built_in() else { return true };
    let mut levels: Option<Rc<Level>> = None;
    let mut name = String::new();
    let mut parts = below.iter().peekable();
    while let Some(part) = parts.next() {
        let text = std::fs::read_to_string(root.join(&name).join(IGNORE_FILE)).unwrap_or_default();
        let start = if name.is_empty() { 0 } else { name.len() + 1 };
        let patterns = Patterns::new(text.lines()).ok().map(|patterns| (patterns, start));
        let level = Rc::new(Level {
            above: levels.take(),
            canonical: PathBuf::new(),
            patterns,
            among: Among::Sources,
        });
        name = join(&name, &part.to_string_lossy());
        // A change of the patterns themselves changes what is code.
        let decides = parts.peek().is_none() && part == IGNORE_FILE;
        if !decides && is_left_out(&name, parts.peek().is_some(), leave, &level, &built_in) {
            return false;
        }
        levels = Some(level);
    }
    true
}

/// The extension of a file name without the dot.
pub(crate) fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
}

/// A file with its size and mode.
fn member(name: String, path: PathBuf, metadata: &Metadata) -> Result<Member, Fault> {
    if !metadata.is_file() {
        return Err(Fault::Special { name });
    }
    let executable = is_executable(&name, metadata);
    Ok(Member { name, path, executable, bytes: metadata.len(), link: None, stamp: Stamp::of(metadata) })
}

#[cfg(unix)]
fn is_executable(_name: &str, metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

/// A system without such a bit: what a custom runtime starts must have it all the same.
#[cfg(not(unix))]
fn is_executable(name: &str, _metadata: &Metadata) -> bool {
    name == "bootstrap"
}

/// What the system says about a failure, in one short clause without an error number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// A folder that is being walked, and those above it.
#[derive(Debug)]
struct Level {
    above: Option<Rc<Level>>,
    /// Its true place, links followed.
    canonical: PathBuf,
    /// The patterns of its own `.samcignore`, and the length of the name that they are relative to.
    patterns: Option<(Patterns, usize)>,
    among: Among,
}

/// Whether a folder lies among packages of Node.js.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Among {
    /// It is the author's.
    Sources,
    /// It lies in `node_modules`.
    Packages,
    /// A link of the author's leads to a package: it is wanted, whoever else needs it.
    Linked,
}

impl Level {
    fn chain(&self) -> impl Iterator<Item = &Level> {
        std::iter::successors(Some(self), |level| level.above.as_deref())
    }
}

struct Walk<'a> {
    root: &'a Path,
    canonical: PathBuf,
    leave: Leave<'a>,
    built_in: Patterns,
    members: Vec<Member>,
    faults: Vec<Fault>,
    /// How many links to folders were followed.
    followed: usize,
    /// Folders that wait, with their names and the level they lie in.
    waiting: Vec<(String, PathBuf, Option<Rc<Level>>)>,
}

fn folder(root: &Path, leave: Leave<'_>) -> Result<Vec<Member>, Vec<Fault>> {
    let canonical = match root.canonicalize() {
        Ok(canonical) => canonical,
        Err(error) => return Err(vec![Fault::Unreadable { name: ".".to_owned(), why: reason(&error) }]),
    };
    let mut walk = Walk {
        root,
        waiting: vec![(String::new(), canonical.clone(), None)],
        canonical,
        leave,
        built_in: built_in().map_err(|fault| vec![fault])?,
        members: Vec::new(),
        faults: Vec::new(),
        followed: 0,
    };
    while let Some((name, canonical, above)) = walk.waiting.pop() {
        // Links that lead to each other make more names of a few folders than any disk has files.
        if walk.members.len() > MOST_FILES || walk.followed > MOST_FOLLOWED {
            return Err(vec![Fault::TooMany { files: walk.members.len(), links: walk.followed }]);
        }
        if let Err(fault) = walk.enter(&name, canonical, above) {
            walk.faults.push(fault);
        }
    }
    let Walk { mut members, mut faults, .. } = walk;
    if members.is_empty() && faults.is_empty() {
        faults.push(Fault::Empty);
    }
    if !faults.is_empty() {
        faults.sort_by_cached_key(|f| format!("{f:?}"));
        return Err(faults);
    }
    members.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

impl Walk<'_> {
    /// Looks at everything that lies directly in a folder.
    fn enter(&mut self, name: &str, canonical: PathBuf, above: Option<Rc<Level>>) -> Result<(), Fault> {
        let folder = if name.is_empty() { self.root.to_owned() } else { self.root.join(name) };
        let shown = || if name.is_empty() { ".".to_owned() } else { name.to_owned() };
        let unreadable = |error: &std::io::Error| Fault::Unreadable { name: shown(), why: reason(error) };
        let entries: Vec<DirEntry> =
            std::fs::read_dir(&folder).and_then(Iterator::collect).map_err(|error| unreadable(&error))?;
        let asks = !self.leave.for_a_command && !self.leave.nothing;
        let has_patterns = asks && entries.iter().any(|e| e.file_name() == IGNORE_FILE);
        let patterns = if has_patterns {
            let text = std::fs::read_to_string(folder.join(IGNORE_FILE))
                .map_err(|error| Fault::Unreadable { name: join(name, IGNORE_FILE), why: reason(&error) })?;
            let start = if name.is_empty() { 0 } else { name.len() + 1 };
            Some((Patterns::new(text.lines())?, start))
        } else {
            None
        };
        let among = self.among(name, &canonical, above.as_deref());
        let level = Rc::new(Level { above, canonical, patterns, among });
        for entry in entries {
            if let Err(fault) = self.meet(name, &entry, &level) {
                self.faults.push(fault);
            }
        }
        Ok(())
    }

    fn meet(&mut self, folder: &str, entry: &DirEntry, level: &Rc<Level>) -> Result<(), Fault> {
        let file_name = entry.file_name();
        let name = join(folder, &file_name.to_string_lossy());
        let unreadable =
            |error: &std::io::Error| Fault::Unreadable { name: name.clone(), why: reason(error) };
        let metadata = entry.metadata().map_err(|error| unreadable(&error))?;
        let is_link = metadata.is_symlink();
        // As git does it, a link is a file to the patterns, wherever it leads.
        if self.is_left_out(&name, metadata.is_dir(), level) {
            return Ok(());
        }
        let canonical = level.canonical.join(&file_name);
        if self.leave.paths.contains(&canonical) || self.is_for_development(level, |d| d.has(&canonical)) {
            return Ok(());
        }
        if file_name.to_str().is_none() {
            return Err(Fault::OddName { name });
        }
        if is_link {
            return self.follow(name, &entry.path(), level);
        }
        if metadata.is_dir() {
            self.waiting.push((name, canonical, Some(level.clone())));
        } else {
            self.members.push(member(name, entry.path(), &metadata)?);
        }
        Ok(())
    }

    /// A link: what it leads to stands in its place. Those of pnpm's store stay links, since Node
    /// looks for a package's own dependencies beside the true place of the package.
    fn follow(&mut self, name: String, path: &Path, level: &Rc<Level>) -> Result<(), Fault> {
        let Ok(target) = path.canonicalize() else {
            return Err(Fault::BrokenLink { link: name });
        };
        let written = std::fs::read_link(path).unwrap_or_else(|_| target.clone());
        if self.leave.paths.contains(&target) || self.is_for_development(level, |d| d.holds(&target)) {
            return Ok(());
        }
        let Ok(inside) = target.strip_prefix(&self.canonical) else {
            return Err(Fault::LinkOutside { link: name, target: written.to_string_lossy().into_owned() });
        };
        let metadata = std::fs::metadata(path)
            .map_err(|error| Fault::Unreadable { name: name.clone(), why: reason(&error) })?;
        // What an archive or a package manager has as a link was meant to be one.
        let in_store = self.leave.nothing || inside.components().any(|part| part.as_os_str() == ".pnpm");
        let from = Path::new(&name).parent().unwrap_or(Path::new(""));
        if let (true, Some(link)) = (in_store, relative(from, inside)) {
            let bytes = link.len() as u64;
            let (path, stamp) = (path.to_owned(), Stamp::default());
            self.members.push(Member { name, path, executable: false, bytes, link: Some(link), stamp });
            return Ok(());
        }
        if !metadata.is_dir() {
            self.members.push(member(name, path.to_owned(), &metadata)?);
            return Ok(());
        }
        if level.chain().any(|l| l.canonical.starts_with(&target)) {
            return Err(Fault::BrokenLink { link: name });
        }
        if !self.is_left_out(&name, true, level) {
            self.followed += 1;
            self.waiting.push((name, target, Some(level.clone())));
        }
        Ok(())
    }

    /// Whether a folder lies among packages, by where it was come from.
    fn among(&self, name: &str, canonical: &Path, above: Option<&Level>) -> Among {
        let Some(above) = above else { return Among::Sources };
        let is_packages = name.rsplit('/').next() == Some(PACKAGES);
        match above.among {
            Among::Sources if is_packages => Among::Packages,
            Among::Sources
                if is_in_packages(canonical.strip_prefix(&self.canonical).unwrap_or(canonical)) =>
            {
                Among::Linked
            }
            among => among,
        }
    }

    /// Whether something in a folder is left out since only development needs it.
    fn is_for_development(&self, level: &Level, is: impl Fn(&Development) -> bool) -> bool {
        level.among == Among::Packages && self.leave.development.is_some_and(is)
    }

    fn is_left_out(&self, name: &str, is_folder: bool, level: &Level) -> bool {
        is_left_out(name, is_folder, self.leave, level, &self.built_in)
    }
}

/// The last word has what is said nearest: `build.exclude`, then the files of patterns from the
/// inside out, then samc's own list.
fn is_left_out(name: &str, is_folder: bool, leave: Leave<'_>, level: &Level, built_in: &Patterns) -> bool {
    if leave.nothing {
        return false;
    }
    if let Some(answer) = leave.patterns.and_then(|p| p.leaves_out(name, is_folder)) {
        return answer;
    }
    for (patterns, start) in level.chain().filter_map(|level| level.patterns.as_ref()) {
        if let Some(answer) = name.get(*start..).and_then(|below| patterns.leaves_out(below, is_folder)) {
            return answer;
        }
    }
    built_in.leaves_out(name, is_folder) == Some(true)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The way from a folder to a file, both relative to the same place, as a link says it.
fn relative(from: &Path, to: &Path) -> Option<String> {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Some(".."));
    let down = to[common..].iter().map(|part| part.as_os_str().to_str());
    let parts: Option<Vec<&str>> = up.chain(down).collect();
    parts.map(|parts| parts.join("/"))
}
