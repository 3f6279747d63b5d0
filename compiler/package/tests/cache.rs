//! The cache: it changes how long packing takes and nothing else, whatever happens to files, to the cache,
//! or to a build.
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders of code")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use samc_base::Diagnostics;
use samc_ir::{Asset, AssetKind, Expr, Map, Origin, Resource, ResourceGraph};
use samc_package::{CacheSettings, Options, PackagedArtifact, build};
use tempfile::TempDir;

/// A folder of code with a cache beside it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("src").join(name)
    }

    fn put(&self, name: &str, contents: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Makes everything look as if it were written an hour ago, so that stamps are believed.
    fn settle(&self) {
        let mut waiting = vec![self.path("")];
        while let Some(at) = waiting.pop() {
            for entry in fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => waiting.push(path),
                    false => set_time(&path, 3600),
                }
            }
        }
        // The time of the last change cannot be set. It is over once a timer has ticked.
        std::thread::sleep(Duration::from_millis(25));
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn build(&self, is_cached: bool) -> (Vec<PackagedArtifact>, Vec<String>) {
        self.build_with(is_cached, None)
    }

    fn build_with(&self, is_cached: bool, command: Option<&str>) -> (Vec<PackagedArtifact>, Vec<String>) {
        let asset = Expr::from(Asset::new("src", AssetKind::FunctionCode));
        let properties = Map::from([("Code", asset)]);
        let mut resource = Resource::new("AWS::Lambda::Function", properties, Origin::default());
        if let Some(command) = command {
            let build = Map::from([("command", command)]);
            let metadata = Expr::from([("samc", Map::from([("build", build)]))]);
            resource.attributes.insert("Metadata", metadata);
        }
        let mut graph = ResourceGraph::default();
        graph.resources.insert("F".into(), resource);
        let cache = is_cached.then(|| CacheSettings { folder: self.cache(), limit: 1 << 30 });
        let options = Options { root: self.folder.path().to_owned(), cache, ..Options::default() };
        let mut diagnostics = Diagnostics::default();
        let packaged = build(&mut graph, &options, &mut diagnostics);
        (packaged.artifacts, diagnostics.finish().into_iter().map(|d| d.message).collect())
    }

    /// The archive by way of the cache, which must be the one that is made without.
    fn check(&self) -> Vec<u8> {
        let (with, faults) = self.build(true);
        let (without, other_faults) = self.build(false);
        assert_eq!(faults, other_faults);
        let facts = |all: &[PackagedArtifact]| {
            let fact =
                |a: &PackagedArtifact| (a.path.clone(), a.sha256.clone(), a.unzipped, a.contents.size());
            all.iter().map(fact).collect::<Vec<_>>()
        };
        assert_eq!(facts(&with), facts(&without));
        let bytes = with.first().map(|a| a.contents.read().unwrap()).unwrap_or_default();
        assert_eq!(Some(&bytes), without.first().map(|a| a.contents.read().unwrap()).as_ref());
        bytes
    }

    /// All files of the cache.
    fn cached(&self) -> Vec<PathBuf> {
        let (mut found, mut waiting) = (Vec::new(), vec![self.cache()]);
        while let Some(at) = waiting.pop() {
            for entry in fs::read_dir(at).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { waiting.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}

fn set_time(path: &Path, seconds_ago: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds_ago);
    if let Ok(file) = fs::File::options().append(true).open(path) {
        file.set_modified(then).unwrap();
    }
}

#[test]
fn unchanged_files_are_not_read_again() {
    let place = Place::new();
    place.put("app.py", "one");
    place.put("lib/big.txt", &"text ".repeat(1000));
    place.settle();
    let first = place.check();
    // Bytes that could be read only by opening the file: the same size, times and identity.
    let index = place.cached().into_iter().find(|p| p.to_string_lossy().contains("indexes")).unwrap();
    let remembered = fs::read(&index).unwrap();
    assert_eq!(place.check(), first);
    assert_eq!(fs::read(&index).unwrap(), remembered);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let own = |mode| fs::set_permissions(place.path("app.py"), fs::Permissions::from_mode(mode));
        own(0o755).unwrap();
        let executable = place.check();
        assert_ne!(executable, first);
        own(0o600).unwrap();
        assert_eq!(place.check(), first);
    }
}

#[test]
fn a_change_of_the_same_size_and_time_is_seen() {
    let place = Place::new();
    place.put("app.py", "one");
    place.settle();
    let first = place.check();
    let time = fs::metadata(place.path("app.py")).unwrap().modified().unwrap();
    place.put("app.py", "two");
    fs::File::options().append(true).open(place.path("app.py")).unwrap().set_modified(time).unwrap();
    assert_ne!(place.check(), first, "the time of the last change gives it away");
    // Written again and again within one tick of the clock.
    for round in 0..50 {
        place.put("app.py", &format!("{:03}", round));
        place.check();
    }
}

#[test]
fn a_damaged_cache_is_as_good_as_none() {
    let place = Place::new();
    place.put("app.py", "one");
    place.put("b.py", "two");
    place.settle();
    let first = place.check();
    for path in place.cached() {
        if path.to_string_lossy().contains("archives") {
            continue;
        }
        for damage in [&b""[..], b"x", b"12 34 zz\n"] {
            fs::write(&path, damage).unwrap();
            assert_eq!(place.check(), first, "{}", path.display());
        }
    }
    for path in place.cached() {
        fs::remove_file(path).unwrap();
        assert_eq!(place.check(), first);
    }
    let archive = place.cached().into_iter().find(|p| p.to_string_lossy().contains("archives")).unwrap();
    fs::write(archive, &first[..first.len() - 1]).unwrap();
    assert_eq!(place.check(), first, "an archive that is cut off is made again");
    fs::remove_dir_all(place.cache()).unwrap();
    fs::write(place.cache(), "a file where the folder should be").unwrap();
    assert_eq!(place.check(), first);
}

#[test]
fn builds_at_the_same_time_do_not_disturb_each_other() {
    let place = Place::new();
    for i in 0..50 {
        place.put(&format!("f{i}.txt"), &format!("{i} ").repeat(2000));
    }
    place.settle();
    std::thread::scope(|scope| {
        let builds: Vec<_> = (0..8).map(|_| scope.spawn(|| place.check())).collect();
        let mut archives: Vec<_> = builds.into_iter().map(|b| b.join().unwrap()).collect();
        archives.dedup();
        assert_eq!(archives.len(), 1);
    });
    assert!(place.cached().iter().all(|p| !p.to_string_lossy().contains(".part-")));
}

#[cfg(unix)]
#[test]
fn commands_run_again_only_where_what_they_read_has_changed() {
    let place = Place::new();
    place.put("app.py", "one");
    place.put("notes.md", "not packed, but read");
    place.put(".samcignore", "*.md\n");
    let count = place.folder.path().join("count");
    let command = format!("echo x >> {} && wc -c < notes.md > size.txt", count.display());
    let runs = || fs::read_to_string(&count).unwrap().lines().count();
    let build = || place.build_with(true, Some(&command)).0[0].contents.read().unwrap();
    let first = build();
    assert_eq!((build(), runs()), (first.clone(), 1));
    place.put("notes.md", "longer than it was, and read");
    assert_ne!(build(), first);
    assert_eq!(runs(), 2);
    place.build_with(true, Some(&format!("{command}; true")));
    assert_eq!(runs(), 3);
    // What fails is not remembered.
    for _ in 0..2 {
        let (_, faults) = place.build_with(true, Some(&format!("{command}; false")));
        assert_eq!(faults.len(), 1);
    }
    assert_eq!(runs(), 5);
}

#[test]
fn a_file_that_changes_while_it_is_packed_is_whole_or_told() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let place = Place::new();
    for i in 0..20 {
        place.put(&format!("f{i}.txt"), &"steady ".repeat(3000));
    }
    place.put("changing.txt", "a");
    let is_over = AtomicBool::new(false);
    let (mut whole, mut told) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for letter in (b'a'..=b'z').cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                // Put there whole, so that any mixture is the packer's.
                place
                    .put("../next.txt", &char::from(letter).to_string().repeat(50_000 + usize::from(letter)));
                fs::rename(place.path("../next.txt"), place.path("changing.txt")).unwrap();
            }
        });
        for round in 0..30 {
            let (made, faults) = place.build(round % 2 == 0);
            let Some(artifact) = made.first() else {
                assert!(faults[0].ends_with("it changes while it is being packed"), "{faults:?}");
                told += 1;
                continue;
            };
            let bytes = artifact.contents.read().unwrap();
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut archive.by_name("changing.txt").unwrap(), &mut text).unwrap();
            let first = text.bytes().next().unwrap();
            assert!(text.bytes().all(|b| b == first), "one version of the file");
            let sum: u64 = (0..archive.len()).map(|i| archive.by_index(i).unwrap().size()).sum();
            assert_eq!(artifact.unzipped, sum, "the size is that of what was packed");
            whole += 1;
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(whole + told, 30);
    place.check();
}

/// What may happen to a folder between two builds.
#[derive(Debug, Clone)]
enum Step {
    Write(usize, u8, usize),
    Remove(usize),
    Move(usize, usize),
    Mode(usize, bool),
    Touch(usize),
    Settle,
    Build,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let file = 0..6usize;
    prop::collection::vec(
        prop_oneof![
            4 => (file.clone(), any::<u8>(), 0..3usize).prop_map(|(f, c, n)| Step::Write(f, c % 4, n)),
            1 => file.clone().prop_map(Step::Remove),
            1 => (file.clone(), file.clone()).prop_map(|(a, b)| Step::Move(a, b)),
            1 => (file.clone(), any::<bool>()).prop_map(|(f, x)| Step::Mode(f, x)),
            1 => file.prop_map(Step::Touch),
            1 => Just(Step::Settle),
            4 => Just(Step::Build),
        ],
        1..30,
    )
}

const NAMES: [&str; 6] = ["a.py", "b.py", "lib/a.py", "lib/deep/c.py", "ä ö.txt", "日本/語.py"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_the_archive_is_that_of_a_clean_build(steps in steps()) {
        let place = Place::new();
        place.put("always.py", "x");
        for step in steps {
            match step {
                Step::Write(f, c, n) => place.put(NAMES[f], &char::from(b'a' + c).to_string().repeat(n * 5)),
                Step::Remove(f) => drop(fs::remove_file(place.path(NAMES[f]))),
                Step::Move(a, b) => {
                    fs::create_dir_all(place.path(NAMES[b]).parent().unwrap()).unwrap();
                    let _ = fs::rename(place.path(NAMES[a]), place.path(NAMES[b]));
                }
                Step::Mode(f, is_executable) => {
                    #[cfg(unix)]
                    {
                        use std::os::unix::fs::PermissionsExt;
                        let mode = if is_executable { 0o755 } else { 0o644 };
                        let _ = fs::set_permissions(place.path(NAMES[f]), fs::Permissions::from_mode(mode));
                    }
                    let _ = (f, is_executable);
                }
                Step::Touch(f) => set_time(&place.path(NAMES[f]), 60),
                Step::Settle => place.settle(),
                Step::Build => drop(place.check()),
            }
        }
        place.check();
    }
}
