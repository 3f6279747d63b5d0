#!/usr/bin/env python3
"""Times the whole process side by side with aws-sam-translator on the inputs of a folder.

Usage: whole.py SAMC FOLDER [--runs N] [--json FILE]

FOLDER holds `sam-<functions>.yaml` (or `sam-<functions>-min.yaml`) templates, as a generator writes
them. Both sides start as a new process, read the file and write JSON; the table has the medians of N
runs (default 5) in milliseconds of wall time, taken in turns so that both see the same machine. Where
there are more than 100 functions the translator runs once: it takes minutes there.
Ends with status 1 where 1,000 functions take more than 2.5 times as long as 500.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

LINEAR = 2.5
ONCE_ABOVE = 100

TRANSLATE = """
import json, logging, os, sys, types, yaml
logging.disable(logging.CRITICAL)
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
import samtranslator.internal
from samtranslator.translator.transform import transform

class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    pass

def tag(loader, suffix, node):
    make = {yaml.ScalarNode: loader.construct_scalar}.get(type(node))
    value = make(node) if make else (
        loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode)
        else loader.construct_mapping(node, deep=True))
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix: value}

Loader.add_multi_constructor("!", tag)
Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)
with open(sys.argv[1]) as file:
    template = yaml.load(file, Loader)
shared = template.get("Globals", {}).get("Function", {})
for properties in [shared] + [r.get("Properties", {}) for r in template["Resources"].values()]:
    if isinstance(properties.get("CodeUri"), str):
        properties["CodeUri"] = "s3://bucket/" + properties["CodeUri"]
path = os.path.join(os.path.dirname(samtranslator.internal.__file__), "data", "aws_managed_policies.json")
with open(path) as file:
    policies = json.load(file)["aws"]
json.dump(transform(template, {}, types.SimpleNamespace(load=lambda: policies)), sys.stdout)
"""


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    spent = (time.perf_counter() - start) * 1000
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:3])} answers {done.returncode}\n{done.stderr[-2000:]}")
    return spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samc")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    found = [(re.fullmatch(r"sam-(\d+)(-min)?\.yaml", f.name), f) for f in options.folder.iterdir()]
    inputs = sorted((match[2] or "", int(match[1]), file) for match, file in found if match)
    if not inputs:
        raise SystemExit(f"{options.folder} holds no sam-<functions>.yaml")
    rows = []
    print(f"{'input':20} {'kB':>7} {'samc ms':>9} {'lint too':>9} {'translator ms':>14} {'times':>7}")
    for variant, functions, file in inputs:
        command = [options.samc, "build", str(file), "--stdout", "--format", "json"]
        theirs = [sys.executable, "-c", TRANSLATE, str(file)]
        plain, linted, translator = [], [], []
        for run in range(options.runs):
            plain.append(timed([*command, "--no-lint"]))
            linted.append(timed(command))
            if run == 0 or functions <= ONCE_ABOVE:
                translator.append(timed(theirs))
        a, b, c = (statistics.median(times) for times in (plain, linted, translator))
        size = os.path.getsize(file) / 1024
        rows.append({"input": file.name, "variant": variant, "functions": functions, "kB": size, "samc": a, "lint": b, "translator": c,
                     "least": {"samc": min(plain), "lint": min(linted)}})
        print(f"{file.name:20} {size:7.0f} {a:9.1f} {b:9.1f} {c:14.1f} {c / a:6.0f}x", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    ok = True
    for variant in sorted({row["variant"] for row in rows}):
        at = {row["functions"]: row for row in rows if row["variant"] == variant}
        if 500 in at and 1000 in at:
            for key in ("samc", "lint"):
                # The least of several runs: what else the machine does only ever adds.
                ratio = at[1000]["least"][key] / at[500]["least"][key]
                ok &= ratio <= LINEAR
                print(f"1,000 functions{variant} take {ratio:.2f} times as long as 500 ({key}); at most {LINEAR}")
    sys.exit(0 if ok else 1)


main()
