//! Archives as the command makes them: the same bytes whatever surrounds the build, and whole whatever
//! happens to it.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders and run the program in them")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SPEC: &str =
    "app: greet\nfunctions:\n  hello: {handler: app.handler, code: src, runtime: python3.13}\n";

fn put(root: &Path, name: &str, contents: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// An application with names and modes of all kinds, written in the given order.
fn application(root: &Path, is_backwards: bool) {
    put(root, "app.yaml", SPEC);
    let mut names = vec![
        "app.py",
        "lib/a b.txt",
        "lib/ä/ö.txt",
        "日本/語.txt",
        "emoji-🎉.txt",
        "run.sh",
        "lib-x",
        "lib.x",
    ];
    if is_backwards {
        names.reverse();
    }
    for name in names {
        put(root, &format!("src/{name}"), &format!("handler = 1\n# {name}\n"));
    }
    fs::set_permissions(root.join("src/run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("lib/a b.txt", root.join("src/link.txt")).unwrap();
}

fn build(root: &Path, cache: &Path, before: &str, arguments: &str) -> Output {
    let samc = env!("CARGO_BIN_EXE_samc");
    Command::new("sh")
        .args(["-c", &format!("{before} '{samc}' build {arguments}")])
        .current_dir(root)
        .env("SAMC_CACHE_DIR", cache)
        .output()
        .unwrap()
}

fn archives(root: &Path) -> Vec<(String, Vec<u8>)> {
    let folder = root.join("build/cloudformation/artifacts");
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = waiting.pop() {
        for entry in fs::read_dir(at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}

#[test]
fn folder_umask_zone_order_and_cache_change_no_byte() {
    let mut all = Vec::new();
    let cache = tempfile::tempdir().unwrap();
    for (i, before) in [
        "",
        "umask 077; TZ=Asia/Tokyo",
        "umask 000; TZ=America/New_York LC_ALL=C LANG=C",
        "SOURCE_DATE_EPOCH=1",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("deeper ü").join(i.to_string());
        fs::create_dir_all(&root).unwrap();
        application(&root, i % 2 == 1);
        if i == 2 {
            // Other rights and times of the files than those that count.
            fs::set_permissions(root.join("src/app.py"), fs::Permissions::from_mode(0o664)).unwrap();
        }
        let arguments = if i == 3 { "--no-cache" } else { "" };
        for _ in 0..2 {
            let run = build(&root, cache.path(), before, arguments);
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            all.push(archives(&root));
        }
    }
    assert_eq!(all[0].len(), 1);
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_killed_build_leaves_nothing_that_disturbs_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (root, cache) = (folder.path().join("app"), folder.path().join("cache"));
    fs::create_dir(&root).unwrap();
    application(&root, false);
    for i in 0..400 {
        put(&root, &format!("src/data/{i}.txt"), &format!("{i} and more of it, ").repeat(3000));
    }
    for milliseconds in [1, 5, 10, 20, 40, 80, 120, 160] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_samc"))
            .arg("build")
            .current_dir(&root)
            .env("SAMC_CACHE_DIR", &cache)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(build(&root, &cache, "", "").status.success());
    let cached = archives(&root);
    assert!(build(&root, &cache, "", "--no-cache").status.success());
    assert_eq!(archives(&root), cached);
    assert!(build(&root, &cache, "", "--check").status.success());
}

#[test]
fn processes_that_build_at_once_agree() {
    let folder = tempfile::tempdir().unwrap();
    let (root, cache) = (folder.path().join("app"), folder.path().join("cache"));
    fs::create_dir(&root).unwrap();
    application(&root, false);
    for i in 0..100 {
        put(&root, &format!("src/data/{i}.txt"), &format!("{i} and more of it, ").repeat(1000));
    }
    for round in 0..3 {
        put(&root, "src/app.py", &format!("handler = {round}\n"));
        let spawn = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_samc"));
            command.arg("build").current_dir(&root).env("SAMC_CACHE_DIR", &cache).stderr(Stdio::null());
            command.spawn().unwrap()
        };
        let running: Vec<_> = (0..4).map(|_| spawn()).collect();
        for mut child in running {
            assert!(child.wait().unwrap().success());
        }
        let made = archives(&root);
        assert!(build(&root, &cache, "", "--no-cache").status.success());
        assert_eq!((made.len(), &archives(&root)), (1, &made));
    }
}

#[test]
fn a_report_shows_what_weighs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "app.yaml", SPEC);
    put(root, "src/app.py", "def handler(event, context): pass\n");
    put(root, "src/lib/deep/model.bin", &"x".repeat(700_000));
    put(root, "src/lib/small.py", &"y".repeat(200_000));
    for i in 0..9 {
        put(root, &format!("src/f{i}.py"), &"z".repeat(1_000 + i));
    }
    let run = build(root, &root.join("cache"), "", "--report");
    assert!(run.status.success());
    let text = String::from_utf8(run.stdout).unwrap();
    let (head, tree) = text.split_once('\n').unwrap();
    assert!(
        head.starts_with("build/cloudformation/artifacts/src-") && head.ends_with(".zip  (hello)"),
        "{head}"
    );
    // What it takes in the archive is the compressor's, so its column is left out.
    let column = |line: &str| {
        line.chars().enumerate().filter(|(i, _)| !(12..21).contains(i)).map(|(_, c)| c).collect()
    };
    let lines: Vec<String> = tree.lines().skip(1).map(column).collect();
    assert!(tree.starts_with("  12 files, 887.8 kB unzipped (0% of what Lambda unpacks), "), "{tree}");
    let wanted = [
        "       size ",
        "   878.9 kB   99% ███████████████████· ├ lib/",
        "   683.6 kB   77% ███████████████····· │ ├ deep/model.bin",
        "   195.3 kB   22% ████················ │ └ small.py",
        "     1008 B    0% ···················· ├ f8.py",
        "     1007 B    0% ···················· ├ f7.py",
        "     1006 B    0% ···················· ├ f6.py",
        "     1005 B    0% ···················· ├ f5.py",
        "     4.9 kB    1% ···················· └ … 6 more",
        "",
    ];
    assert_eq!(lines, wanted, "{tree}");
    let run = build(root, &root.join("cache"), "", "--report --message-format json");
    let text = String::from_utf8(run.stdout).unwrap();
    let largest = "\"name\": \"lib/deep/model.bin\",\n          \"bytes\": 700000,";
    assert!(text.find(largest) < text.find("lib/small.py") && text.contains("\"hello\""), "{text}");
    // Where code is too large the build fails, and the report says why.
    let large = fs::File::create(root.join("src/lib/other.bin")).unwrap();
    large.set_len(261_500_000).unwrap();
    let run = build(root, &root.join("cache"), "", "--report");
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8(run.stderr).unwrap().contains("the heaviest are lib/other.bin (249.4 MB)"));
}

#[test]
fn clean_removes_what_was_kept_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (root, cache) = (folder.path().join("app"), folder.path().join("cache"));
    fs::create_dir(&root).unwrap();
    application(&root, false);
    put(&cache, "mine.txt", "not samc's");
    assert!(build(&root, &cache, "", "").status.success());
    assert!(files(&cache).len() > 2);
    let clean = || {
        let run = Command::new(env!("CARGO_BIN_EXE_samc"))
            .arg("clean")
            .env("SAMC_CACHE_DIR", &cache)
            .output()
            .unwrap();
        assert!(run.status.success() && run.stdout.is_empty());
        String::from_utf8(run.stderr).unwrap()
    };
    assert!(clean().starts_with("removed "));
    let mut left: Vec<_> = files(&cache).iter().map(|p| p.file_name().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["CACHEDIR.TAG", "mine.txt"]);
    assert!(clean().ends_with("is empty\n"));
    // A cache in the code is no code.
    put(&root, "app.yaml", &SPEC.replace("code: src", "code: ."));
    put(&root, "app.py", "handler = 1\n");
    for _ in 0..2 {
        assert!(build(&root, &root.join("own-cache"), "", "").status.success());
    }
    let names: Vec<String> = archives(&root).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 1);
    let (_, bytes) = &archives(&root)[0];
    assert!(!bytes.windows(9).any(|window| window == b"own-cache"));
}

/// The names in each archive of a service, whose `package` sections are these.
fn packed_service(package: &str, of_function: &str) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let text = format!(
        "service: press\nprovider: {{name: aws, runtime: nodejs22.x}}\npackage: {package}\n\
         functions:\n  a: {{handler: a.handler, package: {of_function}}}\n  b: {{handler: a.handler}}\n"
    );
    put(root, "serverless.yml", &text);
    put(root, "a.js", "exports.handler = async () => {};\n");
    put(root, "package.json", r#"{"dependencies": {"web": "1"}, "devDependencies": {"linter": "1"}}"#);
    for name in ["web", "linter"] {
        put(root, &format!("node_modules/{name}/package.json"), "{}");
    }
    let run = build(root, &root.join(".cache"), "", "serverless.yml --out-dir build");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let open = |bytes: Vec<u8>| zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    archives(root)
        .into_iter()
        .map(|(_, bytes)| {
            let mut archive = open(bytes);
            let all = 0..archive.len();
            all.map(|i| archive.by_index(i).unwrap().name().unwrap().into_owned()).collect()
        })
        .collect()
}

#[test]
fn a_service_leaves_out_what_only_development_needs() {
    let without = ["a.js", "node_modules/web/package.json", "package.json"];
    let with = ["a.js", "node_modules/linter/package.json", "node_modules/web/package.json", "package.json"];
    for package in ["{}", "{excludeDevDependencies: true}", "{excludeDevDependencies: null}"] {
        assert_eq!(packed_service(package, "{}"), [without.to_vec()], "{package}");
    }
    assert_eq!(packed_service("{excludeDevDependencies: false}", "{}"), [with.to_vec()]);
    // A function without an archive of its own has that of the service.
    assert_eq!(packed_service("{}", "{excludeDevDependencies: false}"), [without.to_vec()]);
    let mut both = packed_service("{}", "{individually: true, excludeDevDependencies: false}");
    both.sort();
    assert_eq!(both, [with.to_vec(), without.to_vec()]);
    // Patterns come before it.
    let patterns = "{patterns: ['!*.json', 'node_modules/linter/**']}";
    assert_eq!(packed_service(patterns, "{}"), [vec!["a.js", "node_modules/web/package.json"]]);
}
