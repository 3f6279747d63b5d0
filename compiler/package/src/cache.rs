//! What was packed before, in a folder that all builds of a user share.
//!
//! Nothing in it is needed: what cannot be read is made again. Every file is written beside its place and
//! renamed, so that builds at the same time, or one that was killed, leave whole files only, and there is
//! no lock that could be left over.
#![allow(clippy::disallowed_methods, reason = "the cache is this machine's own; no output depends on it")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

/// Where the cache lies and how large it may grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSettings {
    /// Its folder. samc keeps what it stores in folders of its own below it.
    pub folder: PathBuf,
    /// The most bytes that stay in it from one build to the next.
    pub limit: u64,
}

/// The bytes that a cache keeps where nothing else is said: 2 GB.
pub const CACHE_LIMIT: u64 = 2_000_000_000;

/// The folder below the user's, by the form of what is in it and by what packs: another release may
/// compress to other bytes.
const FORM: &str = concat!("packages-1-", env!("CARGO_PKG_VERSION"));
/// What every folder of any form is called.
const ANY_FORM: &str = "packages-";
/// The folder of what tools keep for themselves. Each folder in it is one thing that goes as a whole.
const WORK: &str = "work";
/// What is being written, before it is renamed.
const PART: &str = ".part-";
/// A part this old belongs to a build that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);
/// What was used this lately may be in use by this build or another.
const IN_USE: Duration = Duration::from_secs(120);
/// How often the time of a file is set when it is used.
const TOUCH: Duration = Duration::from_secs(60);

/// The kinds of files in it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Archives, by the digest of their content.
    Archive,
    /// What is known of an archive, by the same digest.
    Facts,
    /// Where the packed bytes stand in an archive, by the same digest.
    Places,
    /// What the files of a folder were the last time, by the folder and what is left out.
    Index,
    /// What a build command made, by its inputs.
    Built,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Kind::Archive => "archives",
            Kind::Facts => "facts",
            Kind::Places => "places",
            Kind::Index => "indexes",
            Kind::Built => "built",
        }
    }
}

/// An open cache. Where something was put into it, it is brought within its limit when it is closed.
#[derive(Debug)]
pub(crate) struct Cache {
    top: PathBuf,
    folder: PathBuf,
    limit: u64,
    has_grown: AtomicBool,
    turns: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

/// A folder that a tool works in from one build to the next.
#[derive(Debug)]
pub(crate) struct Work {
    /// Where.
    pub(crate) folder: PathBuf,
    /// Locked until it is closed, so that builds at the same time come one after the other.
    _lock: File,
}

impl Drop for Cache {
    fn drop(&mut self) {
        if self.has_grown.load(Ordering::Relaxed) {
            self.evict();
        }
    }
}

impl Cache {
    /// Opens a cache; none where its folder cannot be made.
    pub(crate) fn open(settings: &CacheSettings) -> Option<Cache> {
        let folder = settings.folder.join(FORM);
        for kind in [Kind::Archive, Kind::Facts, Kind::Places, Kind::Index, Kind::Built] {
            std::fs::create_dir_all(folder.join(kind.folder())).ok()?;
        }
        let tag = settings.folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            // The sign for backups to leave it out, https://bford.info/cachedir/.
            let _ = std::fs::write(tag, "Signature: 8a477f597d28d172789f06886806bc55\n# samc\n");
        }
        Some(Cache {
            top: settings.folder.clone(),
            folder,
            limit: settings.limit,
            has_grown: AtomicBool::new(false),
            turns: Mutex::default(),
        })
    }

    pub(crate) fn path(&self, kind: Kind, key: &str) -> PathBuf {
        self.folder.join(kind.folder()).join(key)
    }

    /// The bytes under a key.
    pub(crate) fn read(&self, kind: Kind, key: &str) -> Option<Vec<u8>> {
        let path = self.path(kind, key);
        let bytes = std::fs::read(&path).ok()?;
        touch(&path);
        Some(bytes)
    }

    /// The path under a key, where something of this size is.
    pub(crate) fn find(&self, kind: Kind, key: &str, size: u64) -> Option<PathBuf> {
        let path = self.path(kind, key);
        let metadata = std::fs::metadata(&path).ok()?;
        if metadata.len() != size || !metadata.is_file() {
            return None;
        }
        touch(&path);
        Some(path)
    }

    /// A file to write in, which [`Cache::keep`] puts in its place.
    pub(crate) fn part(&self) -> Option<NamedTempFile> {
        tempfile::Builder::new().prefix(PART).tempfile_in(&self.folder).ok()
    }

    pub(crate) fn keep(&self, part: NamedTempFile, kind: Kind, key: &str) -> Option<PathBuf> {
        let path = self.path(kind, key);
        part.persist(&path).ok()?;
        self.has_grown.store(true, Ordering::Relaxed);
        Some(path)
    }

    /// Puts bytes under a key. Where that fails the next build does the work again.
    pub(crate) fn write(&self, kind: Kind, key: &str, bytes: &[u8]) {
        if let Some(mut part) = self.part()
            && part.write_all(bytes).is_ok()
        {
            self.keep(part, kind, key);
        }
    }

    /// What a thread holds while it does what others of this build wait for.
    pub(crate) fn turn(&self, key: &str) -> Arc<Mutex<()>> {
        match self.turns.lock() {
            Ok(mut turns) => turns.entry(key.to_owned()).or_default().clone(),
            Err(_) => Arc::default(),
        }
    }

    /// The folder of what tools keep for a place; none where it cannot be had.
    pub(crate) fn work(&self, place: &str) -> Option<Work> {
        let name = blake3::hash(place.as_bytes()).to_hex().to_string();
        let folder = self.folder.join(WORK).join(name);
        std::fs::create_dir_all(&folder).ok()?;
        // Its time says when the folder was used.
        let lock = File::create(folder.join("lock")).ok()?;
        lock.lock().ok()?;
        let _ = lock.set_modified(SystemTime::now());
        self.has_grown.store(true, Ordering::Relaxed);
        Some(Work { folder, _lock: lock })
    }

    /// Brings the cache within its limit: what was not used for the longest time goes first. Parts of builds
    /// that were killed go too.
    fn evict(&self) {
        let now = SystemTime::now();
        let mut files = files(&self.top);
        files.retain(|file| {
            let is_part = file.path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(PART));
            if is_part && file.age(now) > ABANDONED {
                let _ = std::fs::remove_file(&file.path);
            }
            !is_part
        });
        let mut sum: u64 = files.iter().map(|f| f.size).sum();
        files.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.path.cmp(&b.path)));
        for file in files {
            if sum <= self.limit || file.age(now) < IN_USE {
                break;
            }
            let removed = match file.path.is_dir() {
                true => std::fs::remove_dir_all(&file.path),
                false => std::fs::remove_file(&file.path),
            };
            if removed.is_ok() {
                sum -= file.size;
            }
        }
    }
}

/// Removes everything that samc stored below a folder of a cache; gives the number of files and bytes.
pub fn clean(folder: &Path) -> std::io::Result<(usize, u64)> {
    let mut all = Vec::new();
    for stored in files(folder) {
        match stored.path.is_dir() {
            true => all.extend(walk(&stored.path)),
            false => all.push(stored),
        }
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok((0, 0)) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(ANY_FORM) {
            match std::fs::remove_dir_all(entry.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok((all.len(), all.iter().map(|f| f.size).sum()))
}

struct Stored {
    path: PathBuf,
    used: SystemTime,
    size: u64,
}

impl Stored {
    fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.used).unwrap_or_default()
    }
}

/// Every file below a folder.
fn walk(folder: &Path) -> Vec<Stored> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                waiting.push(entry.path());
            } else {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push(Stored { path: entry.path(), used, size: metadata.len() });
            }
        }
    }
    found
}

/// Every file of every form, and every folder that goes as a whole.
fn files(top: &Path) -> Vec<Stored> {
    let forms = std::fs::read_dir(top).into_iter().flatten().flatten();
    let forms = forms.filter(|e| e.file_name().to_string_lossy().starts_with(ANY_FORM));
    let mut waiting: Vec<PathBuf> = forms.map(|e| e.path()).collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if !metadata.is_dir() {
                found.push(Stored { path: entry.path(), used, size: metadata.len() });
            } else if entry.path().parent().is_some_and(|parent| parent.ends_with(WORK)) {
                let inner = walk(&entry.path());
                let size = inner.iter().map(|file| file.size).sum();
                let used = inner.iter().map(|file| file.used).max().unwrap_or(used);
                found.push(Stored { path: entry.path(), used, size });
            } else {
                waiting.push(entry.path());
            }
        }
    }
    found
}

fn touch(path: &Path) {
    let now = SystemTime::now();
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let is_old = metadata.modified().is_ok_and(|t| now.duration_since(t).unwrap_or_default() > TOUCH);
    if is_old {
        let _ = std::fs::File::options().append(true).open(path).and_then(|f| f.set_modified(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(path: &Path, hours: u64) {
        let then = SystemTime::now() - Duration::from_secs(hours * 3600);
        std::fs::File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let settings = CacheSettings { folder: folder.path().to_owned(), limit: 250 };
        let cache = Cache::open(&settings).unwrap();
        for (i, key) in ["a", "b", "c", "d"].into_iter().enumerate() {
            cache.write(Kind::Archive, key, &[0; 100]);
            age(&cache.path(Kind::Archive, key), 10 - i as u64);
        }
        // Using the oldest makes it the newest.
        assert!(cache.find(Kind::Archive, "a", 100).is_some());
        assert!(cache.find(Kind::Archive, "a", 99).is_none());
        cache.part().unwrap().keep().unwrap();
        let (_, killed) = cache.part().unwrap().keep().unwrap();
        age(&killed, 2);
        cache.evict();
        let left = |key| cache.path(Kind::Archive, key).exists();
        assert_eq!(["a", "b", "c", "d"].map(left), [true, false, false, true]);
        assert!(!killed.exists());
        assert_eq!(files(folder.path()).len(), 3, "what is being written now stays");
        std::fs::write(folder.path().join("not-ours"), "x").unwrap();
        assert_eq!(clean(folder.path()).unwrap(), (3, 200));
        assert!(folder.path().join("not-ours").exists());
        assert_eq!(clean(folder.path()).unwrap(), (0, 0));
        assert_eq!(clean(&folder.path().join("nowhere")).unwrap(), (0, 0));
        assert!(Cache::open(&settings).is_some());
    }
}
