//! Watching files and folders for changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Tells of changes to files and folders, until it is dropped.
pub struct Watcher {
    inner: RecommendedWatcher,
    watched: BTreeMap<PathBuf, RecursiveMode>,
}

impl Watcher {
    /// One that watches nothing yet. It tells paths in full, from a thread of its own.
    pub fn new(tell: impl Fn(Vec<PathBuf>) + Send + 'static) -> Result<Watcher, String> {
        let handler = move |event: notify::Result<notify::Event>| match event {
            // What is only read has not changed.
            Ok(event) => match event.kind {
                EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Create(_)
                | EventKind::Modify(_)
                | EventKind::Remove(_)
                | EventKind::Any
                | EventKind::Other => tell(event.paths),
                EventKind::Access(_) => {}
            },
            Err(fault) => tell(fault.paths),
        };
        let inner = notify::recommended_watcher(handler).map_err(|error| error.to_string())?;
        Ok(Watcher { inner, watched: BTreeMap::new() })
    }

    /// Watches these files, and these folders with all that is in them, and nothing else any more. What
    /// cannot be watched, and why.
    pub fn watch(&mut self, files: &[PathBuf], folders: &[PathBuf]) -> Vec<String> {
        let mut wanted = BTreeMap::new();
        for folder in folders.iter().filter_map(|folder| folder.canonicalize().ok()) {
            if folder.is_dir() {
                wanted.insert(folder, RecursiveMode::Recursive);
            } else if let Some(folder) = folder.parent() {
                wanted.entry(folder.to_owned()).or_insert(RecursiveMode::NonRecursive);
            }
        }
        // Editors put another file in place of the old one, which only the folder tells.
        for file in files {
            let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if let Ok(folder) = folder.canonicalize() {
                wanted.entry(folder).or_insert(RecursiveMode::NonRecursive);
            }
        }
        // What lies in a folder that is watched with all that is in it needs nothing of its own.
        let whole: Vec<PathBuf> = wanted
            .iter()
            .filter(|(_, mode)| **mode == RecursiveMode::Recursive)
            .map(|(p, _)| p.clone())
            .collect();
        wanted.retain(|path, _| !whole.iter().any(|other| path != other && path.starts_with(other)));
        let old: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, mode)| wanted.get(*path) != Some(*mode))
            .map(|(p, _)| p.clone())
            .collect();
        for path in old {
            self.watched.remove(&path);
            // It may be gone, and is then watched no longer anyway.
            let _ = self.inner.unwatch(&path);
        }
        let mut faults = Vec::new();
        for (path, mode) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            match self.inner.watch(&path, mode) {
                Ok(()) => {
                    self.watched.insert(path, mode);
                }
                Err(error) => faults.push(format!("changes in {} are not seen: {error}", path.display())),
            }
        }
        faults
    }
}
