//! Packaging as the driver uses it: folders on disk in, artifacts and a changed graph out.
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders to pack")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::io::Cursor;
use std::path::Path;

use samc_base::{Diagnostics, FileId, Span};
use samc_ir::{Asset, AssetKind, Expr, JsonStyle, LeftOut, Map, Origin, Resource, ResourceGraph};
use samc_package::{Options, Packaged, build, check, fingerprint, max_unzipped_bytes};

/// A graph with one function (`type`, property) for each path, written one after another.
fn graph(assets: &[(&str, AssetKind)]) -> ResourceGraph {
    let mut graph = ResourceGraph::default();
    for (i, (path, kind)) in assets.iter().enumerate() {
        let span = Span::new(FileId(0), i as u32 * 10, i as u32 * 10 + 3);
        let asset = Expr::from(Asset::new(*path, *kind)).with_span(span);
        let (resource_type, property) = match kind {
            AssetKind::FunctionCode => ("AWS::Lambda::Function", "Code"),
            AssetKind::LayerContent => ("AWS::Lambda::LayerVersion", "Content"),
            AssetKind::File => ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"),
        };
        let properties = Map::from([(property, asset)]);
        graph
            .resources
            .insert(format!("R{i}").into(), Resource::new(resource_type, properties, Origin::default()));
    }
    graph
}

fn run(root: &Path, graph: &mut ResourceGraph) -> (Packaged, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let options = Options { root: root.to_owned(), ..Options::default() };
    let packaged = build(graph, &options, &mut diagnostics);
    let found = diagnostics.finish();
    assert!(found.iter().all(|d| d.span().is_some()), "{found:?}");
    (packaged, found.iter().map(|d| format!("{} {}", d.code(), d.message)).collect())
}

fn names(bytes: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().unwrap().into_owned()).collect()
}

fn put(root: &Path, name: &str, contents: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

fn value(graph: &ResourceGraph, id: &str) -> String {
    graph.resources[id].properties.as_ref().unwrap().to_json(JsonStyle::CANONICAL)
}

#[test]
fn each_folder_is_packed_once_and_the_graph_points_at_it() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "def handler(e, c): return 1\n");
    put(folder.path(), "src/lib/util.py", "X = 1\n");
    put(folder.path(), "src/__pycache__/app.pyc", "no");
    put(folder.path(), "src/node_modules/.cache/x", "no");
    put(folder.path(), "src/.hidden", "yes");
    put(folder.path(), "src/.gitignore", "lib\n");
    put(folder.path(), "copy/src/app.py", "def handler(e, c): return 1\n");
    let code = AssetKind::FunctionCode;
    let mut graph = graph(&[("src", code), ("./src/", code), ("src", code)]);
    let (packaged, found) = run(folder.path(), &mut graph);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(packaged.artifacts.len(), 1);
    let artifact = &packaged.artifacts[0];
    assert_eq!(names(&artifact.contents.read().unwrap()), [".gitignore", ".hidden", "app.py", "lib/util.py"]);
    assert_eq!(artifact.used_by, 3);
    assert!(artifact.path.starts_with("artifacts/src-") && artifact.path.ends_with(".zip"));
    assert_eq!(artifact.path.len(), "artifacts/src-.zip".len() + 12);
    assert_eq!(value(&graph, "R1"), format!("{{\"Code\":\"{}\"}}", artifact.path));
    assert!(packaged.manifest().contains(&format!("\"sha256\": \"{}\"", artifact.sha256)));
}

#[test]
fn the_bytes_depend_on_the_content_alone() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (root, order) in [(one.path(), ["b.py", "a.py"]), (two.path(), ["a.py", "b.py"])] {
        for name in order {
            put(root, &format!("src/{name}"), name);
        }
    }
    let mut first = graph(&[("src", AssetKind::FunctionCode)]);
    let mut second = first.clone();
    let (a, _) = run(one.path(), &mut first);
    let (b, _) = run(two.path(), &mut second);
    assert_eq!(a, b);
    let print = |root: &Path, path| {
        fingerprint(path, &LeftOut::default(), &Options { root: root.to_owned(), ..Options::default() })
    };
    assert_eq!(print(one.path(), "src"), print(two.path(), "src"));
    put(two.path(), "src/a.py", "other");
    assert_ne!(print(one.path(), "src"), print(two.path(), "src"));
    assert_eq!(print(two.path(), "nothing"), None);
}

#[test]
fn a_bucket_gives_locations_in_s3() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x");
    put(folder.path(), "layer/python/y.py", "y");
    put(folder.path(), "flow.json", "{}");
    let mut graph = graph(&[
        ("src", AssetKind::FunctionCode),
        ("layer", AssetKind::LayerContent),
        ("flow.json", AssetKind::File),
    ]);
    let options = Options {
        root: folder.path().to_owned(),
        bucket: Some("deploy".to_owned()),
        prefix: Some("orders/".to_owned()),
        ..Options::default()
    };
    let mut diagnostics = Diagnostics::default();
    let packaged = build(&mut graph, &options, &mut diagnostics);
    let keys: Vec<_> = packaged.artifacts.iter().map(|a| a.s3_key.clone().unwrap()).collect();
    assert!(keys[0].starts_with("orders/src-"), "{keys:?}");
    assert!(keys[2].starts_with("orders/flow-") && keys[2].ends_with(".json"), "{keys:?}");
    assert_eq!(
        value(&graph, "R0"),
        format!("{{\"Code\":{{\"S3Bucket\":\"deploy\",\"S3Key\":\"{}\"}}}}", keys[0])
    );
    assert_eq!(
        value(&graph, "R2"),
        format!("{{\"DefinitionS3Location\":{{\"Bucket\":\"deploy\",\"Key\":\"{}\"}}}}", keys[2])
    );
}

#[test]
fn single_files_and_ready_archives_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "one.py", "x");
    put(folder.path(), "src/a.py", "x");
    let mut first = graph(&[("src", AssetKind::FunctionCode), ("one.py", AssetKind::FunctionCode)]);
    let (packaged, found) = run(folder.path(), &mut first);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(names(&packaged.artifacts[1].contents.read().unwrap()), ["one.py"]);
    fs::write(folder.path().join("ready.zip"), packaged.artifacts[0].contents.read().unwrap()).unwrap();
    put(folder.path(), "false.zip", "no archive");
    let mut second = graph(&[("ready.zip", AssetKind::FunctionCode), ("false.zip", AssetKind::FunctionCode)]);
    let (again, found) = run(folder.path(), &mut second);
    assert_eq!(again.artifacts[0].contents.read().unwrap(), packaged.artifacts[0].contents.read().unwrap());
    assert!(again.artifacts[0].path.starts_with("artifacts/ready-"));
    assert_eq!(found.len(), 1);
    let wanted = "E705 `false.zip`, the code of R1, is no archive that can be unpacked: it does not begin as a zip archive does";
    assert_eq!(found[0], wanted);
}

#[test]
fn every_fault_is_found_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "orders/app.py", "x");
    put(folder.path(), "empty/.git/HEAD", "x");
    let mut graph = graph(&[
        ("ordres", AssetKind::FunctionCode),
        ("empty", AssetKind::FunctionCode),
        ("orders", AssetKind::File),
    ]);
    let before = graph.clone();
    let mut looked = Diagnostics::default();
    check(&graph, &Options { root: folder.path().to_owned(), ..Options::default() }, &mut looked);
    let looked: Vec<_> = looked.finish().iter().map(|d| d.code().id()).collect();
    assert_eq!(looked, ["E701", "E706"], "a look sees what is not there, and folders in place of files");
    let (packaged, found) = run(folder.path(), &mut graph);
    assert!(packaged.artifacts.is_empty());
    assert_eq!(graph, before);
    assert_eq!(
        found,
        [
            "E701 R0 names the code `ordres`, which does not exist",
            "E703 `empty`, the code of R1, holds no file to pack",
            "E706 DefinitionS3Location of R2 wants a file, and `orders` is a folder",
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_inside_are_followed_and_links_outside_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/real/a.py", "x");
    put(folder.path(), "src/bootstrap", "#!/bin/sh\n");
    fs::set_permissions(folder.path().join("src/bootstrap"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("real", folder.path().join("src/alias")).unwrap();
    let mut good = graph(&[("src", AssetKind::FunctionCode)]);
    let (packaged, found) = run(folder.path(), &mut good);
    assert_eq!(found, Vec::<String>::new());
    let bytes = &packaged.artifacts[0].contents.read().unwrap();
    assert_eq!(names(bytes), ["alias/a.py", "bootstrap", "real/a.py"]);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.by_name("bootstrap").unwrap().unix_mode().unwrap() & 0o777, 0o755);
    assert_eq!(archive.by_name("real/a.py").unwrap().unix_mode().unwrap() & 0o777, 0o644);

    put(folder.path(), "secret", "x");
    symlink("../secret", folder.path().join("src/out")).unwrap();
    symlink("gone", folder.path().join("src/dangling")).unwrap();
    symlink(".", folder.path().join("src/round")).unwrap();
    let mut bad = graph(&[("src", AssetKind::FunctionCode)]);
    let (_, found) = run(folder.path(), &mut bad);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found.iter().all(|f| f.starts_with("E704")), "{found:#?}");
    assert!(
        found.iter().any(|f| f.contains("`out` in `src` leads out of the code, to `../secret`")),
        "{found:#?}"
    );
}

#[test]
fn the_same_files_in_two_folders_are_one_archive() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["orders", "billing"] {
        put(folder.path(), &format!("{name}/app.py"), "x");
    }
    let mut graph = graph(&[("orders", AssetKind::FunctionCode), ("billing", AssetKind::FunctionCode)]);
    let (packaged, found) = run(folder.path(), &mut graph);
    assert_eq!((packaged.artifacts.len(), found), (1, Vec::new()));
    assert_eq!(packaged.artifacts[0].used_by, 2);
    assert_eq!(packaged.artifacts[0].users, ["R0", "R1"]);
    assert_eq!(value(&graph, "R0"), value(&graph, "R1"));
}

#[cfg(unix)]
#[test]
fn what_no_archive_can_hold_is_told_by_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x");
    put(folder.path(), "src/App.py", "another file, on Lambda too");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("src/socket")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("src/pipe")).status().unwrap();
    assert!(made.success());
    fs::write(folder.path().join("src").join(std::ffi::OsStr::from_bytes(b"odd-\xff.txt")), "x").unwrap();
    let code = ("src", AssetKind::FunctionCode);
    let (packaged, found) = run(folder.path(), &mut graph(&[code]));
    assert!(packaged.artifacts.is_empty());
    assert_eq!(
        found,
        [
            "E705 the name of `odd-\u{fffd}.txt` in `src` is not Unicode",
            "E705 `pipe` in `src` is neither a file nor a folder",
            "E705 `socket` in `src` is neither a file nor a folder",
        ]
    );
    // What is left out is not asked about.
    put(folder.path(), "src/.samcignore", "odd-*\npipe\nsocket\n");
    let (packaged, found) = run(folder.path(), &mut graph(&[code]));
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(names(&packaged.artifacts[0].contents.read().unwrap()), ["App.py", "app.py"]);
}

#[cfg(unix)]
#[test]
fn folders_that_link_to_each_other_come_to_an_end() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    // Every way through them ends, and there are 2^30 ways.
    for i in 0..30 {
        put(folder.path(), &format!("src/d{i:02}/app.py"), "x");
    }
    for i in 0..29 {
        for link in ["a", "b"] {
            symlink(format!("../d{:02}", i + 1), folder.path().join(format!("src/d{i:02}/{link}"))).unwrap();
        }
    }
    let (packaged, found) = run(folder.path(), &mut graph(&[("src", AssetKind::FunctionCode)]));
    assert!(packaged.artifacts.is_empty());
    assert!(found.len() == 1 && found[0].starts_with("E704 `src` has more than "), "{found:?}");
}

#[test]
fn code_beyond_lambdas_limit_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/a.py", "x");
    let file = fs::File::create(folder.path().join("src/model.bin")).unwrap();
    // One byte too many, and more than the old format of zip has numbers for.
    for (length, words) in [(max_unzipped_bytes(), "250.1 MB"), (5 << 30, "5.1 GB")] {
        file.set_len(length).unwrap();
        let mut graph = graph(&[("src", AssetKind::FunctionCode)]);
        let mut diagnostics = Diagnostics::default();
        let options = Options { root: folder.path().to_owned(), ..Options::default() };
        assert!(build(&mut graph, &options, &mut diagnostics).artifacts.is_empty());
        let found = diagnostics.finish();
        let told = format!("`src`, the code of R0, is {words} unzipped; Lambda unpacks at most 250.0 MB");
        assert_eq!(
            found.iter().map(|d| (d.code().id(), d.message.clone())).collect::<Vec<_>>(),
            [("L105", told)]
        );
        assert!(found[0].help.as_ref().unwrap().starts_with("the heaviest are model.bin ("), "{found:?}");
    }
}

#[test]
fn a_code_folder_that_holds_the_output_leaves_it_out() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "app.py", "x");
    put(folder.path(), "build/cloudformation/template.yaml", "x");
    let mut graph = graph(&[(".", AssetKind::FunctionCode)]);
    let mut diagnostics = Diagnostics::default();
    let options = Options {
        root: folder.path().to_owned(),
        excluded: vec![folder.path().join("build")],
        ..Options::default()
    };
    let packaged = build(&mut graph, &options, &mut diagnostics);
    assert_eq!(names(&packaged.artifacts[0].contents.read().unwrap()), ["app.py"]);
    assert!(packaged.artifacts[0].path.starts_with("artifacts/code-"));
}

/// Gives a resource what `build` of app.yaml says.
fn built_by(graph: &mut ResourceGraph, id: &str, command: Option<&str>, exclude: &[&str]) {
    let mut build = Map::new();
    if let Some(command) = command {
        build.insert("command", command);
    }
    build.insert("exclude", exclude.iter().map(|e| Expr::from(*e)).collect::<Vec<_>>());
    let metadata = Expr::from([("samc", Map::from([("build", build)]))]);
    graph.resources.get_mut(id).unwrap().attributes.insert("Metadata", metadata);
}

#[test]
#[cfg(unix)]
fn a_command_builds_a_copy_and_patterns_leave_files_out() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x\n");
    put(folder.path(), "src/app.py.map", "x\n");
    put(folder.path(), "src/tests/test_app.py", "x\n");
    let code = ("src", AssetKind::FunctionCode);
    let mut graph = graph(&[code, code, code]);
    built_by(&mut graph, "R0", None, &["*.map", "tests/"]);
    built_by(&mut graph, "R1", Some("echo y > made.py && rm app.py.map"), &["tests/"]);
    built_by(&mut graph, "R2", Some("mkdir $ARTIFACTS_DIR/lib && cp app.py $ARTIFACTS_DIR/lib/main.py"), &[]);
    let (packaged, found) = run(folder.path(), &mut graph);
    assert_eq!(found, Vec::<String>::new());
    let packed: Vec<_> = packaged.artifacts.iter().map(|a| names(&a.contents.read().unwrap())).collect();
    assert_eq!(packed, [vec!["app.py"], vec!["app.py", "made.py"], vec!["lib/main.py"]]);
    assert_ne!(value(&graph, "R0"), value(&graph, "R1"));
    assert!(!folder.path().join("src/made.py").exists() && folder.path().join("src/app.py.map").exists());
}

#[test]
#[cfg(unix)]
fn a_command_that_fails_shows_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/app.py", "x\n");
    let mut graph = graph(&[("src", AssetKind::FunctionCode)]);
    built_by(&mut graph, "R0", Some("echo no such package >&2; exit 3"), &[]);
    let mut diagnostics = Diagnostics::default();
    let options = Options { root: folder.path().to_owned(), ..Options::default() };
    build(&mut graph, &options, &mut diagnostics);
    let found = diagnostics.finish();
    let told: Vec<_> = found.iter().map(|d| (d.code().id(), d.help.clone().unwrap_or_default())).collect();
    assert_eq!(told, [("E707", "it said:\nno such package".to_owned())], "{found:?}");
    built_by(&mut graph, "R0", Some("rm app.py"), &[]);
    let (_, found) = run(folder.path(), &mut graph);
    assert!(found[0].starts_with("E703"), "{found:?}");
}
