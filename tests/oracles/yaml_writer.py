#!/usr/bin/env python3
"""Checks that PyYAML reads back what samc's YAML writer wrote.

The example `writer_vectors` of samc-syntax prints lines of {"value": ..., "text": ...}, the same
in every run. Usage: python3 tests/oracles/yaml_writer.py
"""
import json
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ["cargo", "run", "-q", "-p", "samc-syntax", "--example", "writer_vectors"]
LOADERS = [yaml.SafeLoader] + ([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])


def same(a, b):
    """Equal in value and in type: 1 is neither true nor 1.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def main():
    checked = wrong = 0
    done = subprocess.run(VECTORS, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    # Other characters that end a line to Python may stand inside a text.
    for line in filter(None, done.stdout.split("\n")):
        vector = json.loads(line)
        for loader in LOADERS:
            checked += 1
            try:
                got = yaml.load(vector["text"], loader)
            except yaml.YAMLError as error:
                got = error
            if not same(got, vector["value"]):
                wrong += 1
                print(f"{loader.__name__}: wrote {vector['text']!r} for {vector['value']!r}, and read {got!r}")
    print(f"{checked} readings, {wrong} wrong")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
