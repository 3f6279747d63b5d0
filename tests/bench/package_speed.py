#!/usr/bin/env python3
"""Times packing side by side: Python's zipfile, `osls package` and samc on the same tree.

Usage: package_speed.py SAMC [--osls OSLS] [--runs N] [--files N] [--megabytes N] [--json FILE]

The tree is made of Python modules, data and libraries as packages bring them (4,500 files and 135 MB where nothing else
is said), the same on every machine. Each side packs all of it at level 6, in turns, so that all see the same machine; the
table has medians of N runs (default 3) in seconds of wall time of the whole process, the least of them, and the time of
processors. `osls` is that of `npm install osls@3`;
without --osls it is not run. samc runs with an empty cache, then with a full one after one file has changed, then again.
Then the archive is made in other surroundings: another folder, umask and time zone, files written in another order, and by
another user where this one may become it; all must be the same bytes.
Ends with status 1 where a limit of the table is not held.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib

# What must hold: how many times as long the others take, and the most seconds from the cache.
LIMITS = {"zipfile": 2.5, "osls": 5.0}
CACHED = 0.1
NOBODY = 65534
WORDS = "self return import for in if not None def class value name result data list dict raise with as from is or and".split()


def text(draw, size):
    """Lines that compress as source does."""
    words = [draw.choice(WORDS) + str(draw.randrange(60)) for _ in range(400)]
    lines = [" " * 4 * draw.randrange(4) + " ".join(draw.choices(words, k=8)) for _ in range(min(size // 50 + 1, 300))]
    return "\n".join(draw.choices(lines, k=size // 30 + 1)).encode().ljust(size)[:size]


def binary(draw, size):
    """Bytes that compress as machine code does, to less than a half."""
    pool = [draw.randbytes(40) for _ in range(300)]
    return b"".join(draw.choice(pool) + draw.randbytes(16) for _ in range(size // 56 + 1))[:size]


def make(folder, files, total, order):
    """Writes the tree; its bytes depend on the numbers alone, whatever the order in which files are written."""
    draw = random.Random(6)
    # A few libraries hold half of the bytes, as they do in real packages.
    libraries = 12
    sizes = [total // 2 // libraries] * libraries
    rest = [draw.paretovariate(1.2) for _ in range(files - libraries)]
    scale = (total - sum(sizes)) / sum(rest)
    sizes += [max(1, int(part * scale)) for part in rest]
    plan = []
    for i, size in enumerate(sizes):
        if i < libraries:
            plan.append((f"lib{i}/native{i}.so", size, binary, i))
        else:
            kind, ending = (binary, "bin") if i % 10 == 0 else (text, "py")
            plan.append((f"pkg{i % 60}/sub{i % 7}/module{i}.{ending}", size, kind, i))
    if order:
        random.Random(order).shuffle(plan)
    for name, size, kind, seed in plan:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kind(random.Random(seed), size))
    (folder / "app.py").write_text("def handler(event, context):\n    return 1\n")


def application(root, files, total, order=0):
    make(root / "src", files, total, order)
    (root / "app.yaml").write_text(
        "app: speed\nfunctions:\n  one: {handler: app.handler, code: src, runtime: python3.13}\n"
        "  two: {handler: app.handler, code: src, runtime: python3.13}\n"
    )
    (root / "serverless.yml").write_text(
        "service: speed\nprovider: {name: aws, runtime: python3.12}\n"
        "functions:\n  one: {handler: src/app.handler}\n"
        "package: {excludeDevDependencies: false, patterns: ['!**', 'src/**']}\n"
    )


def timed(command, **options):
    """Runs a command; its wall time and the time of processors that it took, in seconds."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=said, **options)
        _, status, used = os.wait4(child.pid, 0)
        spent = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            text = said.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(map(str, command[:3]))} answers {child.returncode}\n{text[-2000:]}")
    return spent, used.ru_utime + used.ru_stime


ZIP = """
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
    for folder, folders, files in os.walk(sys.argv[1]):
        for name in files:
            path = os.path.join(folder, name)
            archive.write(path, os.path.relpath(path, sys.argv[1]))
"""


def build(samc, root, cache, out="build", prefix=()):
    command = [*prefix, samc, "build", "--no-lint", "-q", "--out-dir", out]
    return timed(command, cwd=root, env=os.environ | {"SAMC_CACHE_DIR": str(cache)})


def archive(root, out="build"):
    found = list((root / out / "cloudformation" / "artifacts").iterdir())
    assert len(found) == 1, found
    return found[0]


def digest(path):
    return path.name, hashlib.sha256(path.read_bytes()).hexdigest()


def surroundings(samc, root, scratch, files, total):
    """Makes the archive in other surroundings; gives what they were and what came out."""
    shell = lambda text: ("sh", "-c", f'{text}; exec "$@"', "sh")
    for name, prefix in (
        ("umask 077, Asia/Tokyo", shell("umask 077; export TZ=Asia/Tokyo")),
        ("umask 000, no HOME, LC_ALL=C", shell("umask 000; unset HOME; export LC_ALL=C TZ=America/New_York")),
    ):
        build(samc, root, scratch / f"cache-{len(name)}", "elsewhere", prefix)
        yield name, digest(archive(root, "elsewhere"))
    other = scratch / "another folder" / "ü" / "app"
    other.mkdir(parents=True)
    application(other, files, total, order=1)
    build(samc, other, scratch / "cache-other")
    yield "another folder, written in another order", digest(archive(other))
    if os.geteuid() == 0 and shutil.which("setpriv"):
        os.chmod(scratch, 0o755)
        mine = scratch / "of-nobody"
        mine.mkdir()
        os.chown(mine, NOBODY, NOBODY)
        # A program in a folder that is closed to others.
        program = shutil.copy(samc, scratch / "samc")
        prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", f"HOME={mine}")
        build(program, root, mine / "cache", str(mine / "build"), prefix)
        yield "another user", digest(archive(mine))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samc", type=pathlib.Path)
    parser.add_argument("--osls", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=4500)
    parser.add_argument("--megabytes", type=int, default=135)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    samc = options.samc.resolve()
    with tempfile.TemporaryDirectory(prefix="samc-speed-") as folder:
        scratch = pathlib.Path(folder)
        root = scratch / "app"
        root.mkdir()
        application(root, options.files, options.megabytes * 1_000_000)
        # Stamps of files that were written just now are not believed.
        time.sleep(2.1)
        count = sum(1 for p in (root / "src").rglob("*") if p.is_file())
        size = sum(p.stat().st_size for p in (root / "src").rglob("*") if p.is_file())
        times = {name: [] for name in ("zipfile", "osls", "samc, nothing cached", "samc, one file changed", "samc, cached")}
        for run in range(options.runs):
            times["zipfile"].append(timed([sys.executable, "-c", ZIP, root / "src", scratch / "zipfile.zip"]))
            if options.osls:
                environment = os.environ | {"SLS_TELEMETRY_DISABLED": "1", "AWS_REGION": "us-east-1"}
                times["osls"].append(timed([options.osls.resolve(), "package"], cwd=root, env=environment))
            cache = scratch / f"cache{run}"
            shutil.rmtree(root / "build", ignore_errors=True)
            times["samc, nothing cached"].append(build(samc, root, cache))
            (root / "src" / "app.py").write_text(f"def handler(event, context):\n    return {run + 2}\n")
            times["samc, one file changed"].append(build(samc, root, cache))
            time.sleep(0.1)
            build(samc, root, cache)
            times["samc, cached"].append(build(samc, root, cache))
        processors = {name: statistics.median(cpu for _, cpu in of) for name, of in times.items() if of}
        times = {name: [wall for wall, _ in of] for name, of in times.items()}
        medians = {name: statistics.median(of) for name, of in times.items() if of}
        ours = archive(root)
        with zipfile.ZipFile(ours) as made:
            assert made.testzip() is None and len(made.namelist()) == count
        cold, ok = medians["samc, nothing cached"], True
        print(f"{count:,} files, {size / 1e6:.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; zlib {zlib.ZLIB_RUNTIME_VERSION}")
        print(f"{'':24} {'seconds':>8} {'least':>8} {'cpu':>8}   samc is", flush=True)
        for name, spent in medians.items():
            ratio = f"{spent / cold:.1f} times as fast" if name in LIMITS else ""
            print(f"{name:24} {spent:8.3f} {min(times[name]):8.3f} {processors[name]:8.3f}   {ratio}", flush=True)
            if name in LIMITS and spent / cold < LIMITS[name]:
                ok = False
                print(f"  NOT HELD: {LIMITS[name]} times")
        if min(times["samc, cached"]) > CACHED:
            ok = False
            print(f"  NOT HELD: at most {CACHED} s from the cache")
        theirs = (scratch / "zipfile.zip").stat().st_size
        print(f"archive: {ours.stat().st_size / 1e6:.1f} MB, of zipfile {theirs / 1e6:.1f} MB")
        wanted = digest(ours)
        (root / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
        build(samc, root, scratch / "cache-first", "first")
        wanted = digest(archive(root, "first"))
        same = 0
        for name, made in surroundings(samc, root, scratch, options.files, options.megabytes * 1_000_000):
            same += made == wanted
            ok &= made == wanted
            print(f"{'same bytes' if made == wanted else 'OTHER BYTES':12} {name}")
        if options.json:
            options.json.write_text(json.dumps({"files": count, "bytes": size, "seconds": times, "cpu": processors, "same": same}, indent=1))
    sys.exit(0 if ok else 1)


main()
