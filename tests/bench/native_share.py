#!/usr/bin/env python3
"""How much of what CloudFormation would make, Terraform's provider makes in its own words.

Usage: native_share.py SAMC FOLDER... [--glob NAME] [--most N] [--all] [--match TYPE]

Every template (*.y*ml, or as `--glob` has it) in the folders is built for CloudFormation and for Terraform; what
does not build is left out and counted. A resource is native unless it comes through the Cloud Control API or
in a stack of its own (nested stacks are stacks, and native). The table has the N (10) most frequent pairs of
type and reason among the others, the reason as it stands above the resource. `--match` shows, for the types
that contain a word, in which files they are.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# The comment above a resource: `Id (AWS::Type)` with the place, then the reason.
COMMENT = re.compile(
    r'^# (?P<id>\S+) \((?P<type>\S+)\)[^\n]*\n# (?:by Cloud Control|in a stack of its own): (?P<why>[^\n]*)\n'
    r'resource "(?P<kind>aws_cloudcontrolapi_resource|aws_cloudformation_stack)"', re.M)
FALLBACK = re.compile(r'^resource "(aws_cloudcontrolapi_resource|aws_cloudformation_stack)"', re.M)


def build(samc, spec, target, out):
    """The folder of a target, none where the input is refused."""
    command = [samc, "build", str(spec), "--target", target, "--out-dir", str(out), "--format", "json",
               "--no-package", "--no-lint", "--region", "us-east-1", "--stage", "dev"]
    params = spec.parent.parent / "params.json"
    if params.exists():
        for name, value in json.loads(params.read_text()).items():
            command += ["--param", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return out / target if done.returncode == 0 else None


def look(job):
    """The number of resources of a template and the (type, reason) of each that is not native."""
    samc, spec = job
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        plain, terraform = build(samc, spec, "cloudformation", out), build(samc, spec, "terraform", out)
        if plain is None or terraform is None:
            return spec, None, []
        template = json.loads((plain / "template.json").read_text())
        texts = [path.read_text() for path in sorted(terraform.glob("*.tf"))]
        found = [match for text in texts for match in COMMENT.finditer(text)]
        nested = sum(r.get("Type") == "AWS::CloudFormation::Stack" for r in template["Resources"].values())
        everything = sum(len(FALLBACK.findall(text)) for text in texts)
        if not len(found) <= everything <= len(found) + nested:
            sys.exit(f"{spec}: {everything} resources are not native, {len(found)} have a reason")
        return spec, len(template["Resources"]), [(m["type"], m["why"]) for m in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("samc")
    parser.add_argument("folder", nargs="+", type=pathlib.Path)
    parser.add_argument("--glob", default="*.y*ml")
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--match")
    options = parser.parse_args()
    specs = [path for folder in options.folder for path in sorted(folder.glob(options.glob))]
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        results = list(pool.map(look, [(options.samc, spec) for spec in specs]))
    built = [result for result in results if result[1] is not None]
    total = sum(count for _, count, _ in built)
    others = [(kind, why) for _, _, found in built for kind, why in found]
    reasons = collections.Counter(others)
    for (kind, why), count in reasons.most_common(None if options.all else options.most):
        print(f"{count:5}  {kind}: {why}")
        if options.match and options.match in kind:
            for spec, _, found in built:
                if (kind, why) in found:
                    print(f"         {spec.name}")
    runtimes = sum(why.startswith("the provider refuses `") and why.endswith("as `Runtime`") for _, why in others)
    share = 100 * (total - len(others)) / max(total, 1)
    without = 100 * (total - len(others)) / max(total - runtimes, 1)
    print(f"templates {len(specs)} · built {len(built)} · resources {total} · native {total - len(others)} ({share:.1f} %)"
          f" · {without:.1f} % without the {runtimes} functions whose runtime the provider refuses")


if __name__ == "__main__":
    main()
