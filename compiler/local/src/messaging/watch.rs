//! Folders that stand for buckets: what changes in them happens to objects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Messaging;
use super::directory::Directory;
use super::message::{ObjectEvent, md5_of_file};

/// How long nothing must change before it is looked at, so that a file is written to its end; and how long it
/// is waited for that at most.
const QUIET: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);
/// Folders in folders at most.
const DEEPEST: usize = 64;

/// What watches the folders of buckets.
pub(crate) struct Watch {
    _watcher: RecommendedWatcher,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The files of a bucket by key, with what tells that they changed.
type Files = BTreeMap<String, (u64, Option<SystemTime>)>;

/// Sees to it that there is a folder for each bucket, and that it is watched.
pub(crate) fn sync(watch: &mut Option<Watch>, messaging: &Messaging, directory: &Directory) {
    let Some(root) = &messaging.settings().buckets else { return };
    for id in directory.buckets.keys() {
        let folder = root.join(id);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            messaging.say(&format!("the folder {} of a bucket cannot be made: {error}", folder.display()));
        }
    }
    if watch.is_none() && !directory.buckets.is_empty() {
        match start(messaging, root) {
            Ok(started) => *watch = Some(started),
            Err(error) => messaging.say(&format!("the folder {} is not watched: {error}", root.display())),
        }
    }
}

fn start(messaging: &Messaging, root: &Path) -> notify::Result<Watch> {
    // Names that are told are those without links and points in them.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let (sender, receiver) = mpsc::unbounded_channel();
    let own = root.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if event.kind.is_access() {
            return;
        }
        for path in &event.paths {
            let first = path.strip_prefix(&own).ok().and_then(|path| path.components().next());
            if let Some(bucket) = first.and_then(|first| first.as_os_str().to_str()) {
                // Nobody may listen any more.
                let _ = sender.send(bucket.to_owned());
            }
        }
    })?;
    watcher.watch(&root, RecursiveMode::Recursive)?;
    let known = messaging.directory().buckets.keys().map(|id| (id.clone(), files(&root.join(id)))).collect();
    let task = tokio::spawn(run(messaging.clone(), root, known, receiver));
    Ok(Watch { _watcher: watcher, task })
}

async fn run(
    messaging: Messaging,
    root: PathBuf,
    mut known: BTreeMap<String, Files>,
    mut changed: mpsc::UnboundedReceiver<String>,
) {
    while let Some(first) = changed.recv().await {
        let mut buckets = BTreeSet::from([first]);
        let calm = async {
            while let Ok(Some(more)) = tokio::time::timeout(QUIET, changed.recv()).await {
                buckets.insert(more);
            }
        };
        // A file that is written all the time is looked at even so.
        let _ = tokio::time::timeout(LONGEST, calm).await;
        for bucket in buckets {
            if messaging.directory().bucket(&bucket).is_none() {
                continue;
            }
            let folder = root.join(&bucket);
            let before = known.remove(&bucket).unwrap_or_default();
            let look = tokio::task::spawn_blocking(move || look(&folder, &before));
            let Ok((now, events)) = look.await else { continue };
            known.insert(bucket.clone(), now);
            for event in events {
                if let Err(refused) = messaging.object(&bucket, &event) {
                    messaging.say(&format!("bucket {bucket}: {refused}"));
                }
            }
        }
    }
}

/// The files of a folder as they are now, and what happened to them since.
fn look(folder: &Path, before: &Files) -> (Files, Vec<ObjectEvent>) {
    let mut now = files(folder);
    let mut events = Vec::new();
    let mut unread = Vec::new();
    for (key, state) in &now {
        if before.get(key) == Some(state) {
            continue;
        }
        match md5_of_file(&folder.join(key)) {
            Ok((etag, size)) => events.push(ObjectEvent {
                key: key.clone(),
                kind: "ObjectCreated:Put".to_owned(),
                size,
                etag: Some(etag),
            }),
            // It is gone again, or it will be told of when it can be read.
            Err(_) => unread.push(key.clone()),
        }
    }
    for key in unread {
        now.remove(&key);
    }
    for key in before.keys().filter(|key| !now.contains_key(*key)) {
        let kind = "ObjectRemoved:Delete".to_owned();
        events.push(ObjectEvent { key: key.clone(), kind, size: 0, etag: None });
    }
    (now, events)
}

/// The files under a folder, those aside whose names begin with a point.
fn files(folder: &Path) -> Files {
    let mut all = Files::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let key = format!("{prefix}{name}");
            if kind.is_dir() {
                if depth < DEEPEST {
                    folders.push((entry.path(), format!("{key}/"), depth + 1));
                }
            } else if let Ok(metadata) = std::fs::metadata(entry.path())
                && metadata.is_file()
            {
                all.insert(key, (metadata.len(), metadata.modified().ok()));
            }
        }
    }
    all
}
