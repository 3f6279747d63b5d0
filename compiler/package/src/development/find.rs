//! What nothing but development needs: what is come by with `devDependencies`, less what is come by without.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::is_in_packages;
use super::packages::{Packages, Place, STORE};
use crate::filter::built_in;
use crate::methods::PACKAGES;

/// The commands of the packages beside it.
const COMMANDS: &str = ".bin";

/// True places below a folder that are left out.
pub(super) fn find(root: &Path, excluded: &[PathBuf]) -> FxHashSet<PathBuf> {
    let mut packages = Packages::new(root);
    let (mut wanted, mut met) = (Reached::default(), Reached::default());
    let mut workspaces = FxHashSet::default();
    for folder in projects(root, excluded) {
        let Some(project) = packages.at(&folder) else { continue };
        let Some(has_workspaces) = packages.place(project).package.as_ref().map(|p| p.has_workspaces())
        else {
            continue;
        };
        let direct = packages.directly_in(&folder);
        let mut to_run = packages.needs(project, false);
        let mut all = packages.needs(project, true);
        if has_workspaces {
            let linked = direct.iter().filter(|index| packages.place(**index).is_local_link);
            let linked: Vec<usize> = linked.copied().collect();
            workspaces.extend(linked.iter().copied());
            to_run.extend(&linked);
            all.extend(&linked);
        }
        let mut own = Reached::default();
        own.reach(all, &mut packages, |place, _| place.is_local_link);
        // What lies there and nobody asks for: somebody put it there by hand. pnpm puts links there of its own accord.
        let is_by_hand = |index: &usize| !own.has(*index) && !packages.place(*index).is_store_link();
        to_run.extend(direct.into_iter().filter(is_by_hand).collect::<Vec<_>>());
        // A package of the author's that is linked and is no workspace is worked on where it lies, and brings what that
        // takes: npm lists it so.
        let develops = |place: &Place, index: usize| place.is_local_link && !workspaces.contains(&index);
        wanted.reach(to_run, &mut packages, develops);
        met.add(&own);
    }
    let (kept, dropped): (Vec<usize>, Vec<usize>) = (0..packages.len())
        .filter(|index| met.has(*index) || wanted.has(*index))
        .partition(|i| wanted.has(*i));
    let place = |index: &usize| packages.place(*index);
    left_out(
        root,
        &kept.iter().map(place).collect::<Vec<_>>(),
        &dropped.iter().map(place).collect::<Vec<_>>(),
    )
}

/// Packages that some way has come by.
#[derive(Debug, Default)]
struct Reached(Vec<bool>);

impl Reached {
    fn has(&self, index: usize) -> bool {
        self.0.get(index) == Some(&true)
    }

    /// True where it is new.
    fn insert(&mut self, index: usize) -> bool {
        if self.0.len() <= index {
            self.0.resize(index + 1, false);
        }
        !std::mem::replace(&mut self.0[index], true)
    }

    fn add(&mut self, other: &Reached) {
        for index in (0..other.0.len()).filter(|index| other.has(*index)) {
            self.insert(index);
        }
    }

    /// Goes on from packages to what they need, and from those that are worked on to what that takes.
    fn reach(&mut self, from: Vec<usize>, packages: &mut Packages, develops: impl Fn(&Place, usize) -> bool) {
        let mut waiting = from;
        while let Some(index) = waiting.pop() {
            if self.insert(index) {
                let develops = develops(packages.place(index), index);
                waiting.extend(packages.needs(index, develops));
            }
        }
    }
}

/// Every folder outside of `node_modules` that has a `package.json`, sorted. Links are not followed: what they lead to
/// lies elsewhere in the folder.
fn projects(root: &Path, excluded: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(built_in) = built_in() else { return Vec::new() };
    let (mut found, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            if name == "package.json" {
                found.push(folder.clone());
                continue;
            }
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_left_out = || built_in.leaves_out(&name.to_string_lossy(), true) == Some(true);
            if is_folder && name != PACKAGES && !excluded.contains(&path) && !is_left_out() {
                waiting.push(path);
            }
        }
    }
    found.sort_unstable();
    found
}

/// The places of dropped packages, but for those in which a kept one lies, with their commands.
fn left_out(root: &Path, kept: &[&Place], dropped: &[&Place]) -> FxHashSet<PathBuf> {
    let mut stays: BTreeSet<&Path> = BTreeSet::new();
    let mut commands_that_stay: FxHashSet<PathBuf> = FxHashSet::default();
    for place in kept {
        stays.extend([place.at.as_path(), place.real.as_path()]);
        commands_that_stay.extend(commands(place));
    }
    let holds_a_kept_one =
        |path: &Path| stays.range(path..).next().is_some_and(|next| next.starts_with(path));
    let mut found = FxHashSet::default();
    for place in dropped.iter().filter(|place| place.package.is_some()) {
        for path in [&place.at, &place.real] {
            let is_package = path.strip_prefix(root).is_ok_and(is_in_packages);
            if is_package && !holds_a_kept_one(path) {
                found.insert(path.clone());
                found.extend(in_store(path).filter(|path| !holds_a_kept_one(path)).map(Path::to_owned));
            }
        }
        // A link is decided by what it leads to.
        let is_file = |path: &PathBuf| std::fs::symlink_metadata(path).is_ok_and(|said| said.is_file());
        found.extend(
            commands(place).into_iter().filter(|path| !commands_that_stay.contains(path) && is_file(path)),
        );
    }
    found
}

/// The folder that the store of pnpm has for a package and the links to what it needs.
fn in_store(path: &Path) -> Option<&Path> {
    let is_in = |folder: &&Path| folder.parent().and_then(Path::file_name).is_some_and(|name| name == STORE);
    path.ancestors().find(is_in).filter(|folder| folder.file_name().is_some_and(|name| name != PACKAGES))
}

/// Where the commands of a package stand.
fn commands(place: &Place) -> Vec<PathBuf> {
    let (Some(package), Some(name)) = (&place.package, place.at.file_name().and_then(|n| n.to_str())) else {
        return Vec::new();
    };
    let Some(folder) = place.at.ancestors().skip(1).take(2).find(|folder| folder.ends_with(PACKAGES)) else {
        return Vec::new();
    };
    let commands = package.commands(name);
    commands
        .into_iter()
        .filter(|name| !name.contains(['/', '\\']))
        .map(|name| folder.join(COMMANDS).join(name))
        .collect()
}
