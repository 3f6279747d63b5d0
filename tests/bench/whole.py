#!/usr/bin/env python3
"""Times the whole process side by side with aws-sam-translator on the inputs of a folder.

Usage: whole.py SAMC FOLDER [--runs N] [--json FILE]

FOLDER holds `sam-<functions>.yaml` (or `sam-<functions>-min.yaml`) templates, as a generator writes
them. Both sides start as a new process, read the file and write JSON; the table has the medians of N
runs (default 5) in milliseconds of wall time, taken in turns so that both see the same machine, and the
most memory that samc held in MiB. The translator runs once where there are more than 100 functions and not
at all above 1,000: it takes minutes, then hours.
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
import tempfile
import time

LINEAR = 2.5
ONCE_ABOVE = 100
NEVER_ABOVE = 1000

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
    """Runs a command; its wall time in milliseconds and its peak of resident memory in MiB."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        spent = (time.perf_counter() - start) * 1000
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            text = said.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(command[:3])} answers {child.returncode}\n{text[-2000:]}")
    return spent, used.ru_maxrss / 1024


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
    print(f"{'input':20} {'kB':>7} {'samc ms':>9} {'lint too':>9} {'MiB':>6} {'translator ms':>14} {'times':>7}")
    for variant, functions, file in inputs:
        command = [options.samc, "build", str(file), "--stdout", "--format", "json"]
        theirs = [sys.executable, "-c", TRANSLATE, str(file)]
        plain, linted, translator, memory = [], [], [], []
        for run in range(options.runs):
            spent, used = timed([*command, "--no-lint"])
            plain.append(spent)
            memory.append(used)
            linted.append(timed(command)[0])
            if functions <= NEVER_ABOVE and (run == 0 or functions <= ONCE_ABOVE):
                translator.append(timed(theirs)[0])
        row = {"input": file.name, "variant": variant, "functions": functions}
        row |= {"kB": os.path.getsize(file) / 1024, "MiB": max(memory)}
        row |= {"samc": statistics.median(plain), "lint": statistics.median(linted)}
        row |= {"least": {"samc": min(plain), "lint": min(linted)}}
        line = f"{file.name:20} {row['kB']:7.0f} {row['samc']:9.1f} {row['lint']:9.1f} {row['MiB']:6.0f}"
        if translator:
            row["translator"] = statistics.median(translator)
            line += f" {row['translator']:14.1f} {row['translator'] / row['samc']:6.0f}x"
        rows.append(row)
        print(line, flush=True)
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
