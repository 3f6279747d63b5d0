//! Packages of Node.js that only development needs: what an archive has without them.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders of packages")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::symlink;
use std::path::Path;

use samc_base::Diagnostics;
use samc_ir::{Asset, AssetKind, Expr, LeftOut, Map, Origin, Resource, ResourceGraph};
use samc_package::{Options, build, fingerprint};
use tempfile::TempDir;

/// A folder of code.
struct Code(TempDir);

impl Code {
    /// One with files; a path that ends with `/` is a package with the `package.json` beside it in the list, and an
    /// `index.js`.
    fn with(files: &[(&str, &str)]) -> Code {
        let code = Code(tempfile::tempdir().unwrap());
        for (path, contents) in files {
            match path.strip_suffix('/') {
                Some(folder) => {
                    code.put(&format!("{folder}/package.json"), contents);
                    code.put(&format!("{folder}/index.js"), "module.exports = 1;\n");
                }
                None => code.put(path, contents),
            }
        }
        code
    }

    fn put(&self, path: &str, contents: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn link(&self, path: &str, to: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(to, path).unwrap();
    }

    /// What is packed, but for the contents of each package: `package.json` stands for them.
    fn packed(&self, patterns: &[&str]) -> Vec<String> {
        self.names(patterns, true).into_iter().filter(|name| !name.ends_with("index.js")).collect()
    }

    fn names(&self, patterns: &[&str], development: bool) -> Vec<String> {
        let patterns: Vec<Expr> = patterns.iter().map(|pattern| Expr::from(*pattern)).collect();
        self.names_of(Map::from([
            ("exclude", Expr::from(patterns)),
            ("without_development", Expr::from(development)),
        ]))
    }

    /// The names in the archive of a function with these words on how it is built.
    fn names_of(&self, build_of: Map) -> Vec<String> {
        let asset = Expr::from(Asset::new(".", AssetKind::FunctionCode));
        let mut resource =
            Resource::new("AWS::Lambda::Function", Map::from([("Code", asset)]), Origin::default());
        let metadata = Expr::from([("samc", Map::from([("build", build_of)]))]);
        resource.attributes.insert("Metadata", metadata);
        let mut graph = ResourceGraph::default();
        graph.resources.insert("F".into(), resource);
        let mut diagnostics = Diagnostics::default();
        let options = Options { root: self.0.path().to_owned(), ..Options::default() };
        let packaged = build(&mut graph, &options, &mut diagnostics);
        assert_eq!(diagnostics.finish(), []);
        let bytes = packaged.artifacts[0].contents.read().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().unwrap().into_owned()).collect()
    }
}

/// One of each: shared by both ways, scoped, nested in two versions, optional, a peer, put there by hand.
fn service() -> Code {
    Code::with(&[
        (
            "package.json",
            r#"{"dependencies": {"web": "1", "@org/store": "1"}, "optionalDependencies": {"fast": "1", "absent": "1"},
                "devDependencies": {"linter": "1", "@types/web": "1", "peer": "1"}}"#,
        ),
        ("index.js", "require('web');\n"),
        ("node_modules/web/", r#"{"dependencies": {"shared": "1", "twice": "2"}}"#),
        ("node_modules/@org/store/", r#"{"peerDependencies": {"peer": "*", "not-there": "*"}}"#),
        ("node_modules/fast/", r#"{"bin": "index.js"}"#),
        ("node_modules/peer/", r#"{"devDependencies": {"unasked": "1"}}"#),
        ("node_modules/shared/", "{}"),
        ("node_modules/web/node_modules/twice/", r#"{"dependencies": {"twice-needs": "1"}}"#),
        ("node_modules/twice-needs/", "{}"),
        (
            "node_modules/linter/",
            r#"{"dependencies": {"shared": "1", "twice": "1", "only-linted": "1"}, "bin": {"lint": "i.js"}}"#,
        ),
        ("node_modules/only-linted/", "{}"),
        ("node_modules/only-linted/data/", "{}"),
        ("node_modules/twice/", "{}"),
        ("node_modules/@types/web/", "{}"),
        ("node_modules/by-hand/", r#"{"dependencies": {"for-by-hand": "1"}}"#),
        ("node_modules/for-by-hand/", "{}"),
        ("node_modules/.bin/lint", "#!/bin/sh\n"),
        ("node_modules/.bin/fast", "#!/bin/sh\n"),
        ("node_modules/.package-lock.json", "{}"),
    ])
}

const WANTED: [&str; 12] = [
    "node_modules/.bin/fast",
    "node_modules/.package-lock.json",
    "node_modules/@org/store/package.json",
    "node_modules/by-hand/package.json",
    "node_modules/fast/package.json",
    "node_modules/for-by-hand/package.json",
    "node_modules/peer/package.json",
    "node_modules/shared/package.json",
    "node_modules/twice-needs/package.json",
    "node_modules/web/node_modules/twice/package.json",
    "node_modules/web/package.json",
    "package.json",
];

#[test]
fn what_only_development_comes_by_is_left_out() {
    let code = service();
    assert_eq!(code.packed(&[]), WANTED);
    // No pattern brings back what nothing needs.
    assert_eq!(code.packed(&["!/node_modules/", "!/node_modules/linter/**"]), WANTED);
    let all = code.names(&[], false);
    for name in ["node_modules/linter/index.js", "node_modules/twice/index.js", "node_modules/.bin/lint"] {
        assert!(all.iter().any(|packed| packed == name), "{name}");
    }
}

#[test]
fn patterns_that_leave_out_package_json_change_nothing() {
    let code = service();
    let mut wanted = WANTED.to_vec();
    wanted.pop();
    assert_eq!(code.packed(&["/package.json"]), wanted);
}

#[test]
fn what_a_command_makes_does_without_them_too() {
    let build_of =
        Map::from([("command", Expr::from("echo 1 > made")), ("without_development", true.into())]);
    let mut wanted: Vec<&str> = WANTED.to_vec();
    wanted.insert(0, "made");
    let mut names = service().names_of(build_of);
    names.retain(|name| !name.ends_with("index.js"));
    assert_eq!(names, wanted);
}

#[test]
fn the_digest_of_the_code_is_that_of_what_is_packed() {
    let code = service();
    let digest = |development: bool| {
        let options = Options { root: code.0.path().to_owned(), ..Options::default() };
        fingerprint(".", &LeftOut { patterns: Vec::new(), development }, &options).unwrap()
    };
    let (without, with) = (digest(true), digest(false));
    code.put("node_modules/linter/index.js", "module.exports = 2;\n");
    assert_eq!(digest(true), without);
    assert_ne!(digest(false), with);
    code.put("node_modules/shared/index.js", "module.exports = 2;\n");
    assert_ne!(digest(true), without);
}

#[test]
fn links_of_workspaces_bring_what_they_need_and_leave_what_they_are_developed_with() {
    let code = Code::with(&[
        ("package.json", r#"{"workspaces": ["packages/*"], "devDependencies": {"linter": "1", "a": "1"}}"#),
        ("packages/a/", r#"{"dependencies": {"b": "1", "deep": "1"}, "devDependencies": {"tester": "1"}}"#),
        ("packages/b/", r#"{"dependencies": {"deep": "2"}, "devDependencies": {"own-tester": "1"}}"#),
        ("packages/b/node_modules/deep/", "{}"),
        ("packages/b/node_modules/own-tester/", "{}"),
        ("node_modules/deep/", "{}"),
        ("node_modules/tester/", r#"{"dependencies": {"deep": "1"}}"#),
        ("node_modules/linter/", r#"{"bin": {"lint": "index.js", "b": "index.js"}}"#),
        // A folder with a package.json and no workspace.
        ("tool/", r#"{"dependencies": {"for-tool": "1"}}"#),
        ("node_modules/for-tool/", "{}"),
    ]);
    code.link("node_modules/a", "../packages/a");
    code.link("node_modules/b", "../packages/b");
    code.link("node_modules/.bin/lint", "../linter/index.js");
    code.link("node_modules/.bin/b", "../b/index.js");
    assert_eq!(
        code.packed(&[]),
        [
            "node_modules/.bin/b",
            "node_modules/a/package.json",
            "node_modules/b/node_modules/deep/package.json",
            "node_modules/b/package.json",
            "node_modules/deep/package.json",
            "node_modules/for-tool/package.json",
            "package.json",
            "packages/a/package.json",
            "packages/b/node_modules/deep/package.json",
            "packages/b/package.json",
            "tool/package.json",
        ]
    );
}

#[test]
fn a_local_package_for_development_goes_and_its_folder_stays() {
    let code = Code::with(&[
        (
            "package.json",
            r#"{"devDependencies": {"tool": "file:tool"}, "dependencies": {"lib": "file:lib"}}"#,
        ),
        ("tool/", "{}"),
        ("lib/", r#"{"devDependencies": {"tester": "1"}}"#),
        ("lib/node_modules/tester/", "{}"),
    ]);
    code.link("node_modules/tool", "../tool");
    code.link("node_modules/lib", "../lib");
    assert_eq!(
        code.packed(&[]),
        [
            "lib/node_modules/tester/package.json",
            "lib/package.json",
            "node_modules/lib/node_modules/tester/package.json",
            "node_modules/lib/package.json",
            "package.json",
            "tool/package.json",
        ]
    );
}

#[test]
fn the_store_of_pnpm_keeps_what_is_needed() {
    let code = Code::with(&[
        ("package.json", r#"{"dependencies": {"web": "1"}, "devDependencies": {"linter": "1"}}"#),
        ("node_modules/.pnpm/web@1/node_modules/web/", r#"{"dependencies": {"shared": "1"}}"#),
        ("node_modules/.pnpm/shared@1/node_modules/shared/", "{}"),
        ("node_modules/.pnpm/shared@2/node_modules/shared/", "{}"),
        (
            "node_modules/.pnpm/linter@1/node_modules/linter/",
            r#"{"dependencies": {"shared": "2", "@types/x": "1"}, "bin": "index.js"}"#,
        ),
        ("node_modules/.pnpm/@types+x@1/node_modules/@types/x/", "{}"),
        ("node_modules/.bin/linter", "#!/bin/sh\n"),
    ]);
    code.link("node_modules/web", ".pnpm/web@1/node_modules/web");
    code.link("node_modules/linter", ".pnpm/linter@1/node_modules/linter");
    code.link("node_modules/.pnpm/web@1/node_modules/shared", "../../shared@1/node_modules/shared");
    code.link("node_modules/.pnpm/linter@1/node_modules/shared", "../../shared@2/node_modules/shared");
    code.link(
        "node_modules/.pnpm/linter@1/node_modules/@types/x",
        "../../../@types+x@1/node_modules/@types/x",
    );
    // What pnpm puts there of its own accord.
    code.link("node_modules/@types/x", "../.pnpm/@types+x@1/node_modules/@types/x");
    code.link("node_modules/.pnpm/node_modules/shared", "../shared@2/node_modules/shared");
    assert_eq!(
        code.packed(&[]),
        [
            "node_modules/.pnpm/shared@1/node_modules/shared/package.json",
            "node_modules/.pnpm/web@1/node_modules/shared",
            "node_modules/.pnpm/web@1/node_modules/web/package.json",
            "node_modules/web",
            "package.json",
        ]
    );
}

#[test]
fn what_is_in_doubt_stays() {
    let code = Code::with(&[
        // An own package.json that cannot be read asks for nothing.
        ("broken/package.json", "{"),
        ("broken/node_modules/x/", "{}"),
        (
            "package.json",
            r#"{"dependencies": {"../up": "1", "": "1", "plain": "1"}, "devDependencies": {"odd": "1", "linked": "1"}}"#,
        ),
        // No package, and what Node.js finds if it is passed over.
        ("lib/package.json", r#"{"dependencies": {"plain": "1"}}"#),
        ("lib/node_modules/plain/index.js", "1\n"),
        ("node_modules/plain/", "{}"),
        ("node_modules/odd/package.json", "not JSON"),
        // A link of the author's leads to what is left out in its own place.
        ("node_modules/linked/", r#"{"dependencies": {"nested": "1"}}"#),
        ("node_modules/linked/node_modules/nested/", "{}"),
        ("node_modules/no-name", "a file\n"),
    ]);
    code.link("src/linked", "../node_modules/linked");
    code.link("src/file.js", "../node_modules/linked/index.js");
    assert_eq!(
        code.packed(&[]),
        [
            "broken/node_modules/x/package.json",
            "broken/package.json",
            "lib/package.json",
            "node_modules/no-name",
            "node_modules/odd/package.json",
            "node_modules/plain/package.json",
            "package.json",
            "src/file.js",
            "src/linked/node_modules/nested/package.json",
            "src/linked/package.json",
        ]
    );
    assert!(code.names(&[], true).contains(&"lib/node_modules/plain/index.js".to_owned()));
    assert!(!Path::new(&code.0.path().join("node_modules/up")).exists());
}
