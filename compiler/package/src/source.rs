//! What a path becomes before it is packed: the files of a folder as they lie, what a command made of
//! them, or an archive that was there already.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use samc_ir::LeftOut;
use tempfile::TempDir;

use crate::cache::{Cache, Kind};
use crate::development::Developments;
use crate::fault::Fault;
use crate::filter::Patterns;
use crate::methods;
use crate::pack::{self, Archive, Looked};
use crate::recipe::{How, Recipe};
use crate::stamp;
use crate::walk::{Code, Leave, Member, collect};

/// Files to be packed, or what is packed already.
#[derive(Debug)]
pub(crate) enum Source {
    /// Files, and the scratch folder that they lie in where a command made them.
    Files(Vec<Member>, Option<Arc<TempDir>>),
    /// An archive of somebody else's, or a file that is no code.
    Ready(Member),
    /// What a command made of the same inputs before.
    Stored(Archive),
}

/// A source with what the cache asks about it.
#[derive(Debug)]
pub(crate) struct Sourced {
    pub(crate) source: Source,
    /// When the look at it began.
    pub(crate) at: i64,
    /// What it is remembered under; none for what lies in a scratch folder.
    pub(crate) key: Option<String>,
    /// Where to remember what a command made.
    built: Option<String>,
}

impl Sourced {
    /// Packs files, and remembers what a command made.
    pub(crate) fn zip(&self, members: &[Member], cache: Option<&Cache>) -> Result<Archive, Fault> {
        let archive = pack::zip(Looked { members, at: self.at, key: self.key.as_deref() }, cache)?;
        if let (Some(cache), Some(built)) = (cache, &self.built) {
            cache.write(Kind::Built, built, archive.content.as_bytes());
        }
        Ok(archive)
    }
}

/// What holds for every path of a build.
#[derive(Debug)]
pub(crate) struct Around<'a> {
    /// True places that are never code.
    pub(crate) excluded: Vec<PathBuf>,
    pub(crate) cache: Option<&'a Cache>,
    pub(crate) developments: Developments,
}

/// Looks at a path, and builds what is there where the recipe says so.
pub(crate) fn of_path(path: &Path, recipe: &Recipe, around: &Around<'_>) -> Result<Sourced, Vec<Fault>> {
    let one = |fault: Fault| vec![fault];
    let at = stamp::now();
    let Around { excluded, cache, developments } = around;
    let (excluded, cache) = (excluded.as_slice(), *cache);
    let patterns = match recipe.left_out.patterns.as_slice() {
        [] => None,
        lines => Some(Patterns::new(lines.iter().map(String::as_str)).map_err(one)?),
    };
    if matches!(recipe.how, How::AsItIs | How::Unknown(_)) {
        let development = recipe.left_out.development.then(|| developments.of(path, excluded));
        let leave = Leave {
            paths: excluded,
            patterns: patterns.as_ref(),
            development: development.as_deref(),
            ..Leave::default()
        };
        let source = match collect(path, leave)? {
            Code::Members(members) => Source::Files(members, None),
            Code::Ready(member) => Source::Ready(member),
        };
        let key = Some(key_of(path, "files", &recipe.left_out));
        return Ok(Sourced { source, at, key, built: None });
    }
    let unread = Patterns::new(methods::unread(&recipe.how).iter().copied()).map_err(one)?;
    let leave = Leave { paths: excluded, patterns: Some(&unread), for_a_command: true, ..Leave::default() };
    let inputs = match collect(path, leave)? {
        Code::Members(members) => members,
        Code::Ready(member) => {
            return Ok(Sourced { source: Source::Ready(member), at, key: None, built: None });
        }
    };
    let mut built = None;
    let unread = methods::unread(&recipe.how).iter().map(|p| (*p).to_owned()).collect();
    let key = key_of(path, "inputs", &LeftOut { patterns: unread, development: false });
    let digest = pack::digest(Looked { members: &inputs, at, key: Some(&key) }, cache).map_err(one)?;
    if let Some(cache) = cache {
        let key = methods::key_of(&recipe.how, &digest, &recipe.left_out);
        let content = cache.read(Kind::Built, &key).and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(archive) = content.and_then(|content| pack::stored(cache, &content)) {
            return Ok(Sourced { source: Source::Stored(archive), at, key: None, built: None });
        }
        built = Some(key);
    }
    let (made, scratch) = methods::run(&recipe.how, &inputs, &digest, cache)?;
    // What else lies there may have packages of its own: a service in Python, with plugins beside it.
    let development = recipe.left_out.development.then(|| developments.of(&made, &[]));
    let leave =
        Leave { patterns: patterns.as_ref(), development: development.as_deref(), ..Leave::default() };
    let members = match collect(&made, leave)? {
        Code::Members(members) => members,
        Code::Ready(member) => vec![member],
    };
    // What it made the last time has most of what it made now, packed.
    let key = Some(key_of(path, &format!("made {:?}", recipe.how), &recipe.left_out));
    Ok(Sourced { source: Source::Files(members, Some(Arc::new(scratch))), at: stamp::now(), key, built })
}

/// What a place is remembered under: where it is, what is looked at, and what is left out.
pub(crate) fn key_of(path: &Path, what: &str, left_out: &LeftOut) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut key = blake3::Hasher::new();
    let what = if left_out.development { format!("{what} to run") } else { what.to_owned() };
    let patterns = left_out.patterns.iter().map(String::as_str);
    for part in [what.as_str(), &path.to_string_lossy()].into_iter().chain(patterns) {
        key.update(&(part.len() as u64).to_le_bytes());
        key.update(part.as_bytes());
    }
    key.finalize().to_hex().to_string()
}
