#!/usr/bin/env python3
"""Times `samc lint` and cfn-lint side by side, as whole processes, on templates that this script makes.

Usage: lint_speed.py SAMC CFN_LINT [--runs N] [--json FILE]

The inputs: a hello world in SAM, 499 functions in plain CloudFormation (with the role they share 500 resources)
and 499 in SAM; and for samc alone 1,000, 2,500 and 5,000 functions in SAM. Both tools start as new processes,
in turns, so that they see the same machine; the table has the medians of N runs (default 3) in milliseconds of
wall time and the least processor time, the ratio of the latter, and the most memory that each held in MiB.
Ends with status 1 where 5,000 functions take more than 2.5 times the processor time of 2,500.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LINEAR = 2.5
SAMC_ALONE = [1000, 2500, 5000]

HELLO = """Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): return 'hello'"
      Events:
        Get: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
"""

ROLE = """  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
"""


def plain(count):
    """Functions as CloudFormation has them, with one role."""
    parts = ["AWSTemplateFormatVersion: '2010-09-09'\nResources:\n", ROLE]
    for i in range(count):
        parts.append(
            f"  Function{i}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.13\n"
            f"      Handler: app.handler{i}\n      Timeout: {5 + i % 20}\n      MemorySize: 256\n"
            f"      Role: !GetAtt Role.Arn\n      Environment: {{Variables: {{NAME: f{i}}}}}\n"
            f"      Code: {{ZipFile: 'def handler{i}(event, context): return {i}'}}\n"
        )
    return "".join(parts)


def sam(count):
    """Functions as SAM has them: each with a role of its own and a schedule."""
    parts = ["Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Runtime: python3.13}}\nResources:\n"]
    for i in range(count):
        parts.append(
            f"  Function{i}:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            f"      Handler: app.handler{i}\n      Timeout: {5 + i % 20}\n      MemorySize: 256\n"
            f"      Environment: {{Variables: {{NAME: f{i}}}}}\n"
            f"      InlineCode: 'def handler{i}(event, context): return {i}'\n"
            f"      Events: {{Tick: {{Type: Schedule, Properties: {{Schedule: rate({5 + i % 50} minutes)}}}}}}\n"
        )
    return "".join(parts)


def run(command):
    """Milliseconds, MiB, findings and milliseconds of processor time of one run; the status is of no interest, as findings are wanted."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        took = (time.perf_counter() - started) * 1000
        out.seek(0)
        try:
            text = out.read().decode()
            findings = len(json.loads(text)) if text.startswith("[") else len(text.splitlines())
        except ValueError:
            findings = -1
    if os.waitstatus_to_exitcode(status) < 0:
        sys.exit(f"{command} died")
    # Processor time is that of the tool alone, whatever else the machine does.
    worked = (usage.ru_utime + usage.ru_stime) * 1000
    return took, usage.ru_maxrss / 1024, findings, worked


def median(samples):
    return {
        "ms": round(statistics.median(s[0] for s in samples)),
        "mib": round(max(s[1] for s in samples)),
        "findings": samples[0][2],
        "cpu": round(min(s[3] for s in samples)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samc")
    parser.add_argument("cfn_lint")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        def write(name, text):
            path = pathlib.Path(folder, name)
            path.write_text(text)
            return str(path)

        inputs = [("hello, SAM", write("hello.yaml", HELLO), True),
                  ("499 functions, CloudFormation", write("cfn-499.yaml", plain(499)), True),
                  ("499 functions, SAM", write("sam-499.yaml", sam(499)), True)]
        inputs += [(f"{n:,} functions, SAM", write(f"sam-{n}.yaml", sam(n)), False) for n in SAMC_ALONE]
        for label, path, both in inputs:
            ours = [given.samc, "lint", path, "--message-format", "json"]
            theirs = [given.cfn_lint, "--format", "json", "-r", "us-east-1", "-t", path]
            samples = {"samc": [], "cfn-lint": []}
            for _ in range(given.runs):
                samples["samc"].append(run(ours))
                if both:
                    samples["cfn-lint"].append(run(theirs))
            row = {"input": label, "samc": median(samples["samc"])}
            if both:
                row["cfn-lint"] = median(samples["cfn-lint"])
            rows.append(row)
    print("| input | samc ms | cpu | MiB | findings | cfn-lint ms | cpu | MiB | findings | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        ours, theirs = row["samc"], row.get("cfn-lint")
        line = f"| {row['input']} | {ours['ms']:,} | {ours['cpu']:,} | {ours['mib']} | {ours['findings']} | "
        line += (f"{theirs['ms']:,} | {theirs['cpu']:,} | {theirs['mib']} | {theirs['findings']} | "
                 f"{theirs['cpu'] / max(ours['cpu'], 1):,.0f} |"
                 if theirs else "not run | | | | |")
        print(line)
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(rows, indent=1) + "\n")
    half, whole = (row["samc"]["cpu"] for row in rows[-2:])
    growth = whole / max(half, 1)
    print(f"5,000 functions take {growth:.2f} times the processor time of 2,500 (at most {LINEAR})")
    return int(growth > LINEAR)


if __name__ == "__main__":
    sys.exit(main())
