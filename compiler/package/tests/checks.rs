//! What is said about code once it is packed.
#![allow(clippy::disallowed_methods, reason = "the tests lay out folders of code")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::Path;

use samc_base::Diagnostics;
use samc_ir::{Asset, AssetKind, Expr, Map, Origin, Resource, ResourceGraph};
use samc_package::{Options, build};

fn put(root: &Path, name: &str, contents: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// A function of the folder `src`.
fn function(runtime: &str, handler: &str) -> Map {
    let asset = Asset::new("src", AssetKind::FunctionCode);
    Map::from([
        ("Code", Expr::from(asset)),
        ("Runtime", Expr::from(runtime)),
        ("Handler", Expr::from(handler)),
    ])
}

fn layer(path: &str, runtimes: &[&str]) -> Map {
    let asset = Asset::new(path, AssetKind::LayerContent);
    let runtimes: Vec<Expr> = runtimes.iter().map(|r| Expr::from(*r)).collect();
    Map::from([("Content", Expr::from(asset)), ("CompatibleRuntimes", Expr::from(runtimes))])
}

fn found(root: &Path, resources: Vec<(&str, &str, Map)>, off: &[&str]) -> Vec<String> {
    let mut graph = ResourceGraph::default();
    for (id, kind, properties) in resources {
        let resource = Resource::new(kind, properties, Origin::default());
        graph.resources.insert(id.into(), resource);
    }
    let options = Options {
        root: root.to_owned(),
        checks: Some(off.iter().map(|code| (*code).to_owned()).collect()),
        ..Options::default()
    };
    let mut diagnostics = Diagnostics::default();
    build(&mut graph, &options, &mut diagnostics);
    diagnostics.finish().into_iter().map(|d| format!("{} {}", d.code(), d.message)).collect()
}

fn of_handler(root: &Path, runtime: &str, handler: &str) -> Vec<String> {
    found(root, vec![("F", "AWS::Lambda::Function", function(runtime, handler))], &[])
}

#[test]
fn handlers_are_looked_for_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "src/app.py", b"def handler(e, c): pass\n");
    put(root, "src/pkg/__init__.py", b"from .x import run\n");
    put(root, "src/space/mod.py", b"run = 1\n");
    put(root, "src/fast.cpython-313-x86_64-linux-gnu.so", b"");
    put(root, "src/index.mjs", b"export const handler = 1;\n");
    put(root, "src/lib/old.js", b"exports.a = { b: 1 };\n");
    put(root, "src/typed.ts", b"export const handler = 1;\n");
    put(root, "src/main.rb", b"def run; end\n");
    put(root, "src/shop/Orders.class", b"");
    put(root, "src/Shop.dll", b"");
    for (runtime, handler) in [
        ("python3.13", "app.handler"),
        ("python3.13", "pkg.run"),
        ("python3.13", "space/mod.run"),
        ("python3.13", "space.mod.run"),
        ("python3.13", "fast.run"),
        ("nodejs22.x", "index.handler"),
        ("nodejs22.x", "./index.handler"),
        ("nodejs22.x", "lib/old.a.b"),
        ("nodejs22.x", "/opt/nodejs/node_modules/x/handler.handler"),
        ("ruby3.4", "main.run"),
        ("java21", "shop.Orders::handle"),
        ("dotnet8", "Shop::Shop.Orders::Handle"),
        ("cobol", "what.ever"),
    ] {
        assert_eq!(of_handler(root, runtime, handler), Vec::<String>::new(), "{runtime} {handler}");
    }
    for (runtime, handler, wanted) in [
        ("python3.13", "app.main", "names `main`, which app.py does not define"),
        ("python3.13", "app", "has no dot in it"),
        ("python3.13", "mod.run", "names mod.py, which is not in the code"),
        ("nodejs22.x", "index.main", "names `main`, which index.mjs does not export"),
        ("nodejs22.x", "typed.handler", "names typed.ts, and Lambda does not run TypeScript"),
        (
            "nodejs22.x",
            "none.handler",
            "names none.js, which is not in the code (.mjs and .cjs are not there either)",
        ),
        ("ruby3.4", "app.run", "names app.rb, which is not in the code"),
        ("java21", "shop.Order::handle", "names the class shop.Order, which is not in the code"),
        ("dotnet8", "Store::Store.Orders::Handle", "names Store.dll, which is not in the code"),
    ] {
        let wanted = format!("C212 the handler `{handler}` of F {wanted}");
        assert_eq!(of_handler(root, runtime, handler), [wanted], "{runtime} {handler}");
    }
    let own = of_handler(root, "provided.al2023", "bootstrap");
    assert_eq!(
        own,
        ["C212 F, which runs on provided.al2023, needs a file `bootstrap`, which is not in the code"]
    );
    #[cfg(unix)]
    {
        put(root, "src/bootstrap", b"#!/bin/sh\n");
        let own = of_handler(root, "provided.al2023", "anything");
        assert_eq!(own, ["C212 F, which runs on provided.al2023, has a bootstrap that may not be executed"]);
    }
    // What may lie in a layer is not missed, and a check that is off says nothing.
    let mut with_layer = function("python3.13", "none.handler");
    with_layer.insert("Layers", vec![Expr::from("arn:aws:lambda:eu-central-1:1:layer:x:1")]);
    assert_eq!(found(root, vec![("F", "AWS::Lambda::Function", with_layer)], &[]), Vec::<String>::new());
    let off = vec![("F", "AWS::Lambda::Function", function("python3.13", "app.main"))];
    assert_eq!(found(root, off, &["C212"]), Vec::<String>::new());
}

fn elf(machine: u8) -> Vec<u8> {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.resize(200, 7);
    bytes
}

#[test]
fn native_code_must_fit_the_processor() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "src/app.py", b"def handler(e, c): pass\n");
    put(root, "src/np/core.cpython-313-x86_64-linux-gnu.so", &elf(0x3e));
    put(root, "src/np.libs/libblas.so.3", &elf(0x3e));
    let on = |architecture: Option<&str>| {
        let mut function = function("python3.13", "app.handler");
        if let Some(architecture) = architecture {
            function.insert("Architectures", vec![Expr::from(architecture)]);
        }
        found(root, vec![("F", "AWS::Lambda::Function", function)], &[])
    };
    assert_eq!(on(None), Vec::<String>::new());
    assert_eq!(on(Some("x86_64")), Vec::<String>::new());
    assert_eq!(
        on(Some("arm64")),
        [
            "C213 F runs on arm64, and `np.libs/libblas.so.3` in its code is compiled for x86_64 (1 more like it)"
        ]
    );
    put(root, "src/np/core.cpython-313-aarch64-linux-gnu.so", &elf(0xb7));
    put(root, "src/np.libs/libblas.so.3", &elf(0xb7));
    assert_eq!(on(Some("arm64")), Vec::<String>::new(), "one of the two fits");
    put(root, "src/addon/build/x.node", &[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]);
    assert_eq!(
        on(Some("arm64")),
        ["C213 F runs on arm64, and `addon/build/x.node` in its code is compiled for macOS"]
    );
}

#[test]
fn layers_must_lie_where_runtimes_look() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "flat/requests/__init__.py", b"");
    put(root, "good/python/requests/__init__.py", b"");
    put(root, "old/python/lib/python3.11/site-packages/requests/__init__.py", b"");
    put(root, "node/nodejs/node_modules/x/index.js", b"");
    put(root, "bare/node_modules/x/index.js", b"");
    put(root, "tools/bin/ffmpeg", b"");
    let on = |path: &str, runtimes: &[&str]| {
        found(root, vec![("L", "AWS::Lambda::LayerVersion", layer(path, runtimes))], &[])
    };
    for (path, runtimes) in [
        ("good", &["python3.13"][..]),
        ("node", &["nodejs22.x", "nodejs24.x"]),
        ("tools", &["python3.13"]),
        ("flat", &[]),
        ("flat", &["provided.al2023"]),
        ("old", &["python3.11"]),
    ] {
        assert_eq!(on(path, runtimes), Vec::<String>::new(), "{path}");
    }
    assert_eq!(
        on("flat", &["python3.13"]),
        ["W703 the layer L: python3.13 would find nothing in it: it looks in python/"]
    );
    assert_eq!(on("bare", &["nodejs22.x"]).len(), 1);
    assert_eq!(
        on("old", &["python3.13"]),
        ["W703 the layer L: it holds packages of python3.11 alone, which python3.13 does not look at"]
    );
}

#[test]
fn sizes_are_counted_with_layers_and_the_heaviest_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "src/app.py", b"def handler(e, c): pass\n");
    put(root, "layer/python/x.py", b"");
    let large = |name: &str, megabytes: u64| {
        put(root, name, b"");
        fs::File::options().write(true).open(root.join(name)).unwrap().set_len(megabytes << 20).unwrap();
    };
    large("src/models/a.bin", 120);
    large("src/models/b.bin", 60);
    large("layer/python/data.bin", 30);
    let run = || {
        let mut function = function("python3.13", "app.handler");
        function.insert("Layers", vec![Expr::reference("L")]);
        let layer = ("L", "AWS::Lambda::LayerVersion", layer("layer", &["python3.13"]));
        found(root, vec![("F", "AWS::Lambda::Function", function), layer], &[])
    };
    assert_eq!(run(), ["L105 F is 210.1 MB unzipped with its layer; Lambda unpacks at most 250.0 MB"]);
    large("layer/python/data.bin", 71);
    assert_eq!(run(), ["L105 F is 251.1 MB unzipped with its layer; Lambda unpacks at most 250.0 MB"]);
    large("layer/python/data.bin", 10);
    assert_eq!(run(), Vec::<String>::new());
    // What does not compress cannot be uploaded at once.
    let mut random = vec![0u8; 51 << 20];
    let mut state = 1u32;
    for byte in &mut random {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    fs::remove_dir_all(root.join("src/models")).unwrap();
    put(root, "src/random.bin", &random);
    let found = run();
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("L105 the archive of F is 51.") && found[0].ends_with("may be 50.0 MB"),
        "{found:?}"
    );
}

/// An archive as `docker save` writes it; its layers are as long as it says, and empty.
fn image(root: &Path, name: &str, layers: &[u64]) {
    let file = fs::File::create(root.join(name)).unwrap();
    let mut archive = tar::Builder::new(file);
    let header = |path: &str, length: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_path(path).unwrap();
        header.set_size(length);
        header.set_mode(0o644);
        header.set_cksum();
        header
    };
    let names: Vec<String> = (0..layers.len()).map(|n| format!("{n}/layer.tar")).collect();
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let manifest =
        format!(r#"[{{"Config": "c.json", "RepoTags": ["a:1"], "Layers": [{}]}}]"#, names.join(", "));
    let length = manifest.len() as u64;
    archive.append(&header("manifest.json", length), manifest.as_bytes()).unwrap();
    let mut file = archive.into_inner().unwrap();
    // In place of the end that was written: files with holes.
    let mut end = 512 + length.div_ceil(512) * 512;
    for (n, length) in layers.iter().enumerate() {
        use std::io::{Seek, SeekFrom, Write};
        file.seek(SeekFrom::Start(end)).unwrap();
        file.write_all(header(&format!("{n}/layer.tar"), *length).as_bytes()).unwrap();
        end += 512 + length.div_ceil(512) * 512;
    }
    file.set_len(end + 1024).unwrap();
}

#[test]
fn images_that_lie_here_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let of = |uri: &str, off: &[&str]| {
        let code = Expr::from(Map::from([("ImageUri", Expr::from(uri))]));
        let function = Map::from([("Code", code), ("PackageType", Expr::from("Image"))]);
        found(root, vec![("F", "AWS::Lambda::Function", function)], off)
    };
    let gigabyte = 1 << 30;
    image(root, "small.tar", &[gigabyte, 6 * gigabyte]);
    assert_eq!(of("small.tar", &[]), Vec::<String>::new());
    image(root, "near.tar", &[gigabyte, 8 * gigabyte]);
    assert_eq!(
        of("near.tar", &[]),
        [
            "L105 `near.tar`, the image of F, is 9.0 GB or more unpacked; Lambda takes images of at most 10.0 GB"
        ]
    );
    image(root, "large.tar", &[gigabyte, 9 * gigabyte, gigabyte / 2]);
    assert_eq!(
        of("large.tar", &[]),
        [
            "L105 `large.tar`, the image of F, is 10.5 GB or more unpacked; Lambda takes images of at most 10.0 GB"
        ]
    );
    assert_eq!(of("large.tar", &["L105"]), Vec::<String>::new());
    // What is no archive of an image, and what lies elsewhere.
    put(root, "no.tar", b"no archive");
    for other in
        ["no.tar", "none.tar", "000000000000.dkr.ecr.eu-west-1.amazonaws.com/orders:1", "orders:latest"]
    {
        assert_eq!(of(other, &[]), Vec::<String>::new(), "{other}");
    }
}
