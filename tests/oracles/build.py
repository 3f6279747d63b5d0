"""What samc builds must be what `sam build` builds. Usage: build.py SAMC

Both build the same template with the real tools and registries: functions and layers of Python and Node.js, a bundle
of esbuild, and a makefile. Every file must be the same but for the lists that installers keep for themselves.
Then a build from the cache must run nothing, and another package manager must give the same code.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from common import finish

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
    finish("build", passed, failures, f"; {files} files equal to those of sam build")


main()
