//! Code as folders, for those who run it: what is in them is what would be in the archive.
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders of code")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::io::Cursor;
use std::path::Path;

use samc_base::Diagnostics;
use samc_ir::{Asset, AssetKind, Expr, Map, Origin, Resource, ResourceGraph};
use samc_package::{Options, Tree, build, trees};

/// A graph of one function for each path, with what `build` says.
fn graph(functions: &[(&str, Option<Map>)]) -> ResourceGraph {
    let mut graph = ResourceGraph::default();
    for (i, (path, build)) in functions.iter().enumerate() {
        let asset = Expr::from(Asset::new(*path, AssetKind::FunctionCode));
        let mut resource =
            Resource::new("AWS::Lambda::Function", Map::from([("Code", asset)]), Origin::default());
        if let Some(build) = build {
            let metadata = Expr::from([("samc", Map::from([("build", build.clone())]))]);
            resource.attributes.insert("Metadata", metadata);
        }
        graph.resources.insert(format!("R{i}").into(), resource);
    }
    graph
}

fn put(root: &Path, name: &str, contents: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

fn run(root: &Path, graph: &ResourceGraph) -> Vec<Tree> {
    let mut diagnostics = Diagnostics::default();
    let options = Options { root: root.to_owned(), ..Options::default() };
    let trees = trees(graph, &options, &mut diagnostics);
    assert_eq!(diagnostics.finish(), []);
    trees
}

fn names(tree: &Tree) -> Vec<&str> {
    tree.files.iter().map(|f| f.name.as_str()).collect()
}

fn listed(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => waiting.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_tree_holds_what_the_archive_would() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x");
    put(folder.path(), "src/lib/util.py", "y");
    put(folder.path(), "src/lib/.samcignore", "*.md\n!keep.md\n");
    put(folder.path(), "src/lib/a.md", "");
    put(folder.path(), "src/lib/keep.md", "");
    put(folder.path(), "src/top.md", "");
    put(folder.path(), "src/__pycache__/app.pyc", "");
    let exclude = Map::from([("exclude", vec![Expr::from("/top.md")])]);
    let graph = graph(&[("src", None), ("src", Some(exclude)), ("src", None)]);
    let trees = run(folder.path(), &graph);
    assert_eq!(trees.len(), 3);
    assert_eq!(names(&trees[0]), ["app.py", "lib/keep.md", "lib/util.py", "top.md"]);
    assert_eq!(names(&trees[1]), ["app.py", "lib/keep.md", "lib/util.py"]);
    assert_eq!(names(&trees[2]), names(&trees[0]));
    assert!(trees[0].in_place);
    assert_eq!(trees[0].root, folder.path().join("src"));
    assert_eq!(trees[0].source, folder.path().join("src"));
    let watched = |tree: &Tree, name: &str| tree.is_watched(&folder.path().join("src").join(name));
    assert!(watched(&trees[0], "app.py") && watched(&trees[0], "top.md") && watched(&trees[0], "new/x.py"));
    assert!(!watched(&trees[0], "lib/a.md") && !watched(&trees[0], "__pycache__/new.pyc"));
    assert!(!watched(&trees[1], "top.md") && watched(&trees[1], "lib/.samcignore"));
    assert!(!trees[0].is_watched(folder.path()));

    let made = folder.path().join("made");
    trees[1].write_to(&made).unwrap();
    assert_eq!(listed(&made), names(&trees[1]));
    put(&made, "old/gone.py", "");
    put(&made, "lib/old.py", "");
    put(&made, "app.py", "longer than it was");
    trees[1].write_to(&made).unwrap();
    assert_eq!(listed(&made), names(&trees[1]));
    assert_eq!(fs::read_to_string(made.join("app.py")).unwrap(), "x");
}

#[test]
fn archives_are_unpacked_and_single_files_stand_alone() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x");
    put(folder.path(), "src/deep/b.py", "y");
    put(folder.path(), "one.py", "z");
    let mut first = graph(&[("src", None)]);
    let options = Options { root: folder.path().to_owned(), ..Options::default() };
    let packaged = build(&mut first, &options, &mut Diagnostics::default());
    fs::write(folder.path().join("ready.zip"), packaged.artifacts[0].contents.read().unwrap()).unwrap();
    let trees = run(folder.path(), &graph(&[("ready.zip", None), ("one.py", None)]));
    assert_eq!(names(&trees[0]), ["app.py", "deep/b.py"]);
    assert!(!trees[0].in_place && trees[0].root.join("deep/b.py").is_file());
    assert_eq!(trees[0].source, folder.path().join("ready.zip"));
    assert_eq!(names(&trees[1]), ["one.py"]);
    assert!(!trees[1].in_place);
    assert_eq!(trees[1].root, folder.path());
    assert!(trees[1].is_watched(&folder.path().join("one.py")));
    assert!(!trees[1].is_watched(&folder.path().join("two.py")));
    let scratch = trees[0].root.clone();
    drop(trees);
    assert!(!scratch.exists());
}

#[test]
fn an_archive_that_leads_out_of_its_folder_is_refused() {
    use zip::write::SimpleFileOptions;
    let folder = tempfile::tempdir().unwrap();
    for (i, names) in
        [vec![("../out.py", None)], vec![("in", Some("..")), ("in/out.py", None)]].into_iter().enumerate()
    {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, link) in names {
            let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            match link {
                Some(target) => writer.add_symlink(name, target, options).unwrap(),
                None => writer.start_file(name, options).unwrap(),
            }
        }
        let name = format!("bad{i}.zip");
        fs::write(folder.path().join(&name), writer.finish().unwrap().into_inner()).unwrap();
        let mut diagnostics = Diagnostics::default();
        let options = Options { root: folder.path().to_owned(), ..Options::default() };
        assert_eq!(trees(&graph(&[(&name, None)]), &options, &mut diagnostics).len(), 0);
        assert_eq!(diagnostics.finish().len(), 1, "{name}");
    }
    assert!(!folder.path().join("out.py").exists());
}

#[cfg(unix)]
#[test]
fn links_of_pnpms_store_stay_links() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let store = "src/node_modules/.pnpm/a@1.0.0/node_modules";
    put(folder.path(), "src/index.js", "");
    put(folder.path(), &format!("{store}/a/index.js"), "");
    put(folder.path(), &format!("{store}/b/index.js"), "");
    symlink(".pnpm/a@1.0.0/node_modules/a", folder.path().join("src/node_modules/a")).unwrap();
    let trees = run(folder.path(), &graph(&[("src", None)]));
    let link = trees[0].files.iter().find(|f| f.name == "node_modules/a").unwrap();
    assert_eq!(link.link.as_deref(), Some(".pnpm/a@1.0.0/node_modules/a"));
    let made = folder.path().join("made");
    for _ in 0..2 {
        trees[0].write_to(&made).unwrap();
        assert!(made.join("node_modules/a/index.js").is_file() && made.join("node_modules/a").is_symlink());
    }
}
