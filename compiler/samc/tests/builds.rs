//! Code that is built by the tools of its language. The tools here are stand-ins that say how they were called;
//! `tests/oracles/build.py` does the same with real ones.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders and run the program in them")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// An application with tools of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.put("tools/keep", "");
        place
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program that notes its name and arguments, then does what the script says.
    fn tool(&self, name: &str, script: &str) {
        let log = self.root().join("log");
        let text = format!("#!/bin/sh\necho \"{name} $*\" >> '{}'\n{script}\n", log.display());
        self.put(&format!("tools/{name}"), &text);
        fs::set_permissions(self.root().join("tools").join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How tools were called since the last time that it was asked.
    fn calls(&self) -> Vec<String> {
        let log = self.root().join("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(log);
        // Scratch folders have other names each time.
        let words = |line: &str| {
            let words = line.split(' ').map(|w| if w.contains("samc-build-") { "..." } else { w });
            words.collect::<Vec<_>>().join(" ")
        };
        text.lines().map(words).collect()
    }

    fn samc(&self, arguments: &[&str]) -> (i32, String) {
        let tools = self.root().join("tools");
        let run = Command::new(env!("CARGO_BIN_EXE_samc"))
            .arg("build")
            .args(arguments)
            .current_dir(self.root().join("app"))
            .env("SAMC_CACHE_DIR", self.root().join("cache"))
            .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
            .output()
            .unwrap();
        (run.status.code().unwrap(), String::from_utf8(run.stderr).unwrap())
    }

    /// Builds, and gives the names in the only archive.
    fn built(&self, arguments: &[&str]) -> Vec<String> {
        let (status, said) = self.samc(arguments);
        assert_eq!(status, 0, "{said}");
        let folder = self.root().join("app/build/cloudformation/artifacts");
        let archives: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(archives.len(), 1, "{archives:?}");
        let mut archive = zip::ZipArchive::new(fs::File::open(&archives[0]).unwrap()).unwrap();
        (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().unwrap().into_owned()).collect()
    }
}

const UV: &str = r#"
while [ $# -gt 1 ]; do [ "$1" = --target ] && target=$2; shift; done
mkdir -p "$target/six" "$target/six-1.dist-info" "$target/bin"
echo > "$target/six/__init__.py"
echo uv > "$target/six-1.dist-info/INSTALLER"
echo '#!/here/python' > "$target/bin/six"
"#;

fn python(place: &Place, more: &str) {
    let spec = format!("handler: app.handler, code: src, runtime: python3.11, arch: arm64{more}");
    place.put("app/app.yaml", &format!("app: a\nfunctions:\n  f: {{{spec}}}\n"));
    place.put("app/src/app.py", "def handler(event, context): return 1\n");
    place.put("app/src/requirements.txt", "six==1 # why\n");
    place.tool("uv", UV);
}

#[test]
fn packages_of_python_are_installed_for_the_functions_machine_and_once() {
    let place = Place::new();
    python(&place, "");
    let all = ["app.py", "requirements.txt", "six-1.dist-info/", "six/__init__.py"];
    assert_eq!(place.built(&[]), [all[0], all[1], all[3]]);
    let install = "uv pip install -q --no-config --no-compile-bytecode --link-mode copy -r requirements.txt \
                   --target ... --python-version 3.11 --python-platform aarch64-manylinux2014 --only-binary :all:";
    assert_eq!(place.calls(), [install]);
    // Unchanged: nothing runs. A change of the code: the packages are those of before.
    place.built(&[]);
    place.put("app/src/app.py", "def handler(event, context): return 2\n");
    place.put("app/src/new.py", "");
    assert_eq!(place.built(&[]), ["app.py", "new.py", "requirements.txt", "six/__init__.py"]);
    assert_eq!(place.calls(), Vec::<String>::new());
    // Other packages, another machine, another tool: they are installed anew.
    place.put("app/src/requirements.txt", "-r base.txt\n");
    place.put("app/src/base.txt", "six\n");
    place.built(&[]);
    assert_eq!(place.calls().len(), 1);
    place.put("app/src/base.txt", "six>=1\n");
    place.built(&[]);
    assert_eq!(place.calls().len(), 1);
    place.tool("uv", &format!("{UV} # the next version"));
    place.built(&[]);
    assert_eq!(place.calls().len(), 1);
    assert!(!place.root().join("app/src/six").exists(), "never in the source");
}

#[test]
fn what_is_complete_or_not_to_be_built_is_packed_as_it_lies() {
    let place = Place::new();
    python(&place, ", build: none");
    let as_it_lies = ["app.py", "requirements.txt"];
    assert_eq!(place.built(&[]), as_it_lies);
    python(&place, "");
    assert_eq!(place.built(&["--no-build"]), as_it_lies);
    // A plain CloudFormation template names what is uploaded as it is.
    place.put(
        "app/plain.yaml",
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: src\n      Handler: app.handler\n      \
         Runtime: python3.13\n      Role: arn:aws:iam::123456789012:role/r\n",
    );
    assert_eq!(place.built(&["plain.yaml"]), as_it_lies);
    place.put("app/src/six-1.dist-info/METADATA", "Name: six");
    assert_eq!(place.built(&[]), ["app.py", "requirements.txt", "six-1.dist-info/METADATA"]);
    assert_eq!(place.calls(), Vec::<String>::new());
}

#[test]
fn a_build_that_fails_shows_what_was_said_and_writes_nothing() {
    let place = Place::new();
    python(&place, "");
    place.tool("uv", "echo looking for six; echo 'no six for this machine' >&2; exit 7");
    let (status, said) = place.samc(&[]);
    assert_eq!(status, 1);
    for part in [
        "error[E707]: `uv pip install -r requirements.txt`, which builds the code of f, failed: exit status: 7",
        "looking for six",
        "no six for this machine",
        "nothing written",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!place.root().join("app/build").exists());
    // It is not remembered: the next run asks again.
    place.calls();
    place.samc(&[]);
    assert_eq!(place.calls().len(), 1);
    place.put("app/src/uv.lock", "");
    fs::remove_file(place.root().join("tools/uv")).unwrap();
    fs::remove_file(place.root().join("app/src/requirements.txt")).unwrap();
    place.put("app/src/pyproject.toml", "[project]\nname = 'a'\ndependencies = ['six']\n");
    let (status, said) = place.samc(&[]);
    assert!(
        status == 1 && said.contains("cannot be built: uv.lock is there, and uv is not installed"),
        "{said}"
    );
}

#[test]
fn layers_are_laid_out_for_their_runtime() {
    let place = Place::new();
    place.tool("uv", UV);
    let layer = "  shared: {path: src, build: python, runtimes: [python3.13], arch: [x86_64]}\n";
    place.put("app/app.yaml", &format!("app: a\nlayers:\n{layer}queues: {{q: {{}}}}\n"));
    place.put("app/src/requirements.txt", "six");
    assert_eq!(place.built(&[]), ["python/requirements.txt", "python/six/__init__.py"]);
    assert!(place.calls()[0].contains("--python-version 3.13 --python-platform x86_64-manylinux_2_34"));
    place.put("app/src/python/own.py", "");
    assert_eq!(place.built(&[]), ["python/own.py", "python/six/__init__.py", "requirements.txt"]);
}

const INSTALL: &str = "mkdir -p node_modules/x node_modules/.bin; echo 1 > node_modules/x/index.js
echo now > node_modules/.modules.yaml; cp ../../tool-esbuild node_modules/.bin/esbuild 2>/dev/null; true";

fn node(place: &Place, handler: &str, package: &str) {
    let spec = format!("handler: {handler}, code: src, runtime: nodejs24.x");
    place.put("app/app.yaml", &format!("app: a\nfunctions:\n  f: {{{spec}}}\n"));
    place.put("app/src/package.json", package);
    for manager in ["npm", "pnpm", "yarn"] {
        place.tool(manager, INSTALL);
    }
}

#[test]
fn the_lock_file_says_who_installs_packages_of_node() {
    let place = Place::new();
    node(&place, "index.handler", r#"{"dependencies": {"x": "1"}}"#);
    place.put("app/src/index.js", "exports.handler = 1");
    for (lock, wanted) in [
        ("none", "npm install --no-audit --no-fund --loglevel=error --no-package-lock --omit=dev --os=linux"),
        ("package-lock.json", "npm ci --no-audit --no-fund --loglevel=error --omit=dev --os=linux --cpu=x64"),
        ("pnpm-lock.yaml", "pnpm install --frozen-lockfile --config.node-linker=hoisted"),
        ("yarn.lock", "yarn install --frozen-lockfile --non-interactive"),
        (".yarnrc.yml", "yarn workspaces focus --all --production"),
    ] {
        if lock == "yarn.lock" {
            fs::remove_file(place.root().join("app/src/pnpm-lock.yaml")).unwrap();
        }
        place.put(&format!("app/src/{lock}"), "");
        let names = place.built(&[]);
        let calls = place.calls();
        assert!(calls.len() == 1 && calls[0].starts_with(wanted), "{lock}: {calls:?}");
        assert!(names.contains(&"node_modules/x/index.js".to_owned()), "{names:?}");
        assert!(!names.iter().any(|name| name.ends_with(".modules.yaml")), "{names:?}");
    }
    place.put("app/src/index.js", "exports.handler = 2");
    place.built(&[]);
    assert_eq!(place.calls(), Vec::<String>::new(), "the packages are those of before");
    // A script may read the code.
    place.put("app/src/package.json", r#"{"scripts": {"postinstall": "x"}, "dependencies": {"x": "1"}}"#);
    place.built(&[]);
    place.put("app/src/index.js", "exports.handler = 3");
    place.built(&[]);
    assert_eq!(place.calls().len(), 2);
    place.put("app/src/node_modules/y/index.js", "");
    assert!(place.built(&[]).contains(&"node_modules/y/index.js".to_owned()), "what is there is packed");
}

#[test]
fn typescript_is_bundled_where_the_handler_says() {
    let place = Place::new();
    node(&place, "src/main.handler", r#"{"type": "module", "devDependencies": {"esbuild": "1"}}"#);
    place.put("app/src/src/main.ts", "export const handler: number = 1;");
    place.tool(
        "esbuild",
        r#"for a; do case $a in --outdir=*) out=${a#--outdir=};; esac; done
mkdir -p "$out/src"; echo 'export const handler = 1' > "$out/src/main.mjs""#,
    );
    assert_eq!(place.built(&[]), ["src/main.mjs"]);
    let calls = place.calls();
    assert!(calls[0].starts_with("npm install") && calls[0].contains("--include=dev"), "{calls:?}");
    assert!(!calls[0].contains("--cpu"), "what builds runs here: {calls:?}");
    let bundle = "esbuild src/main.ts --bundle --platform=node --log-level=warning --color=false ... --outbase=. \
                  --target=node24 --minify --format=esm --out-extension:.js=.mjs";
    assert!(calls[1].starts_with(bundle), "{calls:?}");
    assert!(calls[1].ends_with("--external:@aws-sdk/*"), "{calls:?}");
    let template = r#"{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {"Type": "AWS::Serverless::Function",
        "Metadata": {"BuildMethod": "esbuild", "BuildProperties": {"Minify": false, "Target": "es2020", "Sourcemap": true,
            "EntryPoints": ["src/main.ts"], "External": ["sharp"], "MainFields": ["module", "main"], "Format": "cjs"}},
        "Properties": {"CodeUri": "src", "Handler": "src/main.handler", "Runtime": "nodejs24.x"}}}}"#;
    place.put("app/template.json", template);
    place.built(&["template.json"]);
    let calls = place.calls();
    let flags =
        "--minify=false --target=es2020 --sourcemap --external:sharp --main-fields=module,main --format=cjs";
    assert!(calls.len() == 1 && calls[0].ends_with(flags), "{calls:?}");
}

#[test]
fn programs_are_built_as_bootstrap() {
    let place = Place::new();
    let spec = |more: &str| {
        format!(
            "app: a\nfunctions:\n  f: {{handler: tiny, code: src, runtime: provided.al2023, arch: arm64{more}}}\n"
        )
    };
    place.put("app/app.yaml", &spec(""));
    place.put("app/src/Cargo.toml", "[package]\nname = 'tiny'\n");
    place.put("app/src/target/old", "never copied");
    place.tool("rustc", &format!("echo '{}'", place.root().join("rustlib").display()));
    place.put("rustlib/libstd-1.rlib", "");
    let made = "t=$5/aarch64-unknown-linux-musl/release; mkdir -p $t/deps; test ! -e target || exit 9
for p in other tiny; do echo $p > $t/$p; chmod +x $t/$p; done; echo > $t/tiny.d";
    place.tool("cargo", &made.replace("$5", "$4"));
    assert_eq!(place.built(&[]), ["bootstrap"]);
    let calls = place.calls();
    let build = calls.iter().find(|call| call.starts_with("cargo build --release")).unwrap();
    assert!(build.ends_with("--target aarch64-unknown-linux-musl"), "{calls:?}");
    place.built(&[]);
    assert_eq!(place.calls(), Vec::<String>::new());
    place.put("app/app.yaml", &spec(", build: {method: rust, target: absent}"));
    let (status, said) = place.samc(&[]);
    assert!(status == 1 && said.contains("the package has 2 programs, `other`, `tiny`"), "{said}");

    fs::remove_file(place.root().join("app/src/Cargo.toml")).unwrap();
    place.put("app/app.yaml", &spec(""));
    place.put("app/src/go.mod", "module a\n");
    place.tool("go", "for a; do [ \"$o\" = 1 ] && out=$a && o=; [ \"$a\" = -o ] && o=1; done; echo $GOARCH > $out; chmod +x $out");
    assert_eq!(place.built(&[]), ["bootstrap"]);
    place.calls();
    place.put("app/src/Makefile", "build-f:\n\tx\n");
    place.tool("make", "echo > $ARTIFACTS_DIR/bootstrap; chmod +x $ARTIFACTS_DIR/bootstrap");
    assert_eq!(place.built(&[]), ["bootstrap"]);
    assert_eq!(place.calls(), ["make build-f"], "the name that the author gave it");
}
