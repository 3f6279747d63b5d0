//! The packages below a folder, and which of them Node.js finds from where.

use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashMap;

use super::is_in_packages;
use crate::methods::PACKAGES;
use crate::package_json::Package;

/// The folder of packages that pnpm links to.
pub(super) const STORE: &str = ".pnpm";
/// What a package needs when it runs, of which there may be less than it names.
const TO_RUN: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];
/// What is needed to work on it.
const TO_DEVELOP: &str = "devDependencies";

/// One package where it stands: in a folder of packages, or in a folder of the author's.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it is found: the true place of the folder of packages, and its name there.
    pub(super) at: PathBuf,
    /// Where it lies, which is elsewhere where a link stands there.
    pub(super) real: PathBuf,
    /// Its `package.json`; none where there is none that can be read.
    pub(super) package: Option<Package>,
    /// Whether this is a link to a folder of the author's, as workspaces and `file:` have it.
    pub(super) is_local_link: bool,
    /// What it needs when it runs and what else it needs for work on it, once somebody has asked.
    needs: Option<[Vec<usize>; 2]>,
}

impl Place {
    /// Whether this is a link to where pnpm keeps packages.
    pub(super) fn is_store_link(&self) -> bool {
        self.at != self.real && self.real.iter().any(|part| part == STORE)
    }
}

/// All packages met so far. Each `package.json` is read once.
#[derive(Debug)]
pub(super) struct Packages {
    root: PathBuf,
    places: Vec<Place>,
    known: FxHashMap<PathBuf, usize>,
    /// The true place of the `node_modules` of a folder, where it has one.
    folders: FxHashMap<PathBuf, Option<PathBuf>>,
}

impl Packages {
    pub(super) fn new(root: &Path) -> Packages {
        Packages {
            root: root.to_owned(),
            places: Vec::new(),
            known: FxHashMap::default(),
            folders: FxHashMap::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn place(&self, index: usize) -> &Place {
        &self.places[index]
    }

    /// The package at a place; none where no folder is there.
    pub(super) fn at(&mut self, at: &Path) -> Option<usize> {
        if let Some(index) = self.known.get(at) {
            return Some(*index);
        }
        let said = std::fs::symlink_metadata(at).ok()?;
        let real = if said.is_symlink() { at.canonicalize().ok()? } else { at.to_owned() };
        if !real.is_dir() {
            return None;
        }
        let package = Package::read(&real);
        let below = real.strip_prefix(&self.root).unwrap_or(&real);
        let is_local_link = said.is_symlink() && !is_in_packages(below);
        self.places.push(Place { at: at.to_owned(), real, package, is_local_link, needs: None });
        self.known.insert(at.to_owned(), self.places.len() - 1);
        Some(self.places.len() - 1)
    }

    /// The `node_modules` of a folder, links followed.
    pub(super) fn folder_of(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.folders.get(folder) {
            return known.clone();
        }
        let path = folder.join(PACKAGES);
        let found = path.is_dir().then(|| path.canonicalize().ok()).flatten();
        self.folders.insert(folder.to_owned(), found.clone());
        found
    }

    /// Every package that stands directly in the `node_modules` of a folder. Names with a dot are of tools.
    pub(super) fn directly_in(&mut self, folder: &Path) -> Vec<usize> {
        let Some(packages) = self.folder_of(folder) else { return Vec::new() };
        let mut found = Vec::new();
        for path in listed(&packages) {
            let is_scope = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('@'));
            let inner = if is_scope { listed(&path) } else { vec![path] };
            found.extend(inner.iter().filter_map(|path| self.at(path)));
        }
        found
    }

    /// What a package needs, without and with what is needed to work on it.
    pub(super) fn needs(&mut self, index: usize, develops: bool) -> Vec<usize> {
        if self.places[index].needs.is_none() {
            let names = |of: &[&str]| -> Vec<String> {
                let package = self.places[index].package.as_ref();
                package.iter().flat_map(|p| of.iter().flat_map(|of| p.names(of))).map(str::to_owned).collect()
            };
            let (to_run, to_develop) = (names(&TO_RUN), names(&[TO_DEVELOP]));
            let needs = [to_run, to_develop].map(|names| {
                let found = names.iter().flat_map(|name| self.found_from(index, name));
                found.collect()
            });
            self.places[index].needs = Some(needs);
        }
        let [to_run, to_develop] =
            self.places[index].needs.as_ref().map_or([&[][..], &[][..]], |[run, develop]| {
                [run.as_slice(), if develops { develop.as_slice() } else { &[] }]
            });
        [to_run, to_develop].concat()
    }

    /// Where a package finds another: from where it lies, as Node.js does it, and from the link to it as well, since an
    /// archive has the files themselves where a link stood.
    fn found_from(&mut self, index: usize, name: &str) -> Vec<usize> {
        let is_name = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_name || name.is_empty() {
            return Vec::new();
        }
        let place = &self.places[index];
        let is_copied = place.at != place.real && !place.is_store_link();
        let (at, real) = (place.at.clone(), place.real.clone());
        let mut found = self.upwards(&real, name);
        if is_copied {
            found.extend(self.upwards(&at, name));
        }
        found
    }

    /// The package of a name in the nearest `node_modules` from a folder upwards. A folder that is no package may be
    /// one to Node.js all the same, or be passed over: it counts, and the way goes on.
    fn upwards(&mut self, from: &Path, name: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let root = self.root.clone();
        for folder in from.ancestors().take_while(|folder| folder.starts_with(&root)) {
            if folder.file_name().is_some_and(|last| last == PACKAGES) {
                continue;
            }
            let Some(packages) = self.folder_of(folder) else { continue };
            let Some(index) = self.at(&packages.join(name)) else { continue };
            found.push(index);
            if self.places[index].package.is_some() {
                break;
            }
        }
        found
    }
}

/// What lies in a folder, sorted, but for what begins with a dot.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_shown =
        |path: &PathBuf| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_shown).collect();
    found.sort_unstable();
    found
}
