//! Packages of Node.js that nothing but development needs, so that an archive does without them.
//!
//! What lies in `node_modules` is asked, and no lock file: it is what would be packed, and a lock file may be of
//! another day, or not there. From each `package.json` outside of `node_modules` two ways lead through it: with
//! `devDependencies` and without. What only the first comes by is left out; what neither comes by stays, since nobody
//! has said what it is for. Source: `excludeNodeDevDependencies` in lib/plugins/package/lib/zip-service.js of osls
//! 3.77.1, which asks npm the same with `npm ls`.

mod find;
mod packages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::FxHashSet;

use crate::methods::PACKAGES;

/// What was found out about folders of code in one build: functions that share a folder ask once.
#[derive(Debug, Clone, Default)]
pub struct Developments(Arc<Mutex<BTreeMap<PathBuf, Arc<Development>>>>);

impl Developments {
    /// What is known about a folder. Nothing is looked at before somebody meets packages in it. `excluded` are true
    /// places that are no code.
    pub(crate) fn of(&self, folder: &Path, excluded: &[PathBuf]) -> Arc<Development> {
        let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let new = |root: &Path| {
            Arc::new(Development {
                root: root.to_owned(),
                excluded: excluded.to_vec(),
                found: OnceLock::new(),
            })
        };
        match self.0.lock() {
            Ok(mut known) => known.entry(root.clone()).or_insert_with(|| new(&root)).clone(),
            Err(_) => new(&root),
        }
    }
}

/// What nothing but development needs in a folder of code.
#[derive(Debug)]
pub(crate) struct Development {
    /// The true place of the folder.
    root: PathBuf,
    excluded: Vec<PathBuf>,
    /// True places of folders, links and files that are left out.
    found: OnceLock<FxHashSet<PathBuf>>,
}

impl Development {
    fn found(&self) -> &FxHashSet<PathBuf> {
        self.found.get_or_init(|| find::find(&self.root, &self.excluded))
    }

    /// Whether this is left out: a package, a link to one, or a command of one.
    pub(crate) fn has(&self, place: &Path) -> bool {
        self.found().contains(place)
    }

    /// Whether a place lies in what is left out.
    pub(crate) fn holds(&self, place: &Path) -> bool {
        let found = self.found();
        !found.is_empty() && place.ancestors().any(|folder| found.contains(folder))
    }
}

/// Whether a path leads through a folder of packages.
pub(crate) fn is_in_packages(path: &Path) -> bool {
    path.iter().any(|part| part == PACKAGES)
}
