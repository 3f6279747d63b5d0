"""Imports every template of a folder as app.yaml, and counts what is left as resources of CloudFormation.

usage: importing.py SAMC FOLDER [MIN_PERCENT]

samc compares what the template becomes with what the app.yaml becomes, and tells what differs. A template that samc
refuses (one without code, say) counts as not imported.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

# Types that the language has components for.
COMPONENTS = (
    "AWS::Serverless::Function",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::SimpleTable",
    "AWS::Lambda::",
    "AWS::ApiGateway",
    "AWS::SQS::",
    "AWS::SNS::",
    "AWS::DynamoDB::",
    "AWS::S3::",
    "AWS::Events::Rule",
    "AWS::Scheduler::",
)


def kinds(stderr):
    """The types of the resources that stay as they are."""
    head = "as they are: "
    lines = [line[len(head) :] for line in stderr.splitlines() if line.startswith(head)]
    return [part.split(" ", 1)[1] for line in lines for part in line.split(", ")]


def main():
    samc, folder, *rest = sys.argv[1:]
    least = float(rest[0]) if rest else 0.0
    templates = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix in (".yaml", ".yml", ".json"))
    imported = whole = 0
    differ = []
    for template in templates:
        with tempfile.TemporaryDirectory() as work:
            copy = pathlib.Path(work) / f"template{template.suffix}"
            shutil.copy(template, copy)
            done = subprocess.run([samc, "import", copy, "--to", "app"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"not imported {template.name}: {done.stderr.splitlines()[0] if done.stderr else done.returncode}")
            continue
        imported += 1
        if "note: differs" in done.stderr:
            differ.append(template.name)
            print(f"DIFFERS {template.name}")
        whole += not any(kind.startswith(COMPONENTS) for kind in kinds(done.stderr))
    share = 100 * whole / max(len(templates), 1)
    ok = bool(templates) and share >= least and not differ
    print(
        f"import: {'ok' if ok else 'FAILED'}. {len(templates)} templates, {imported} imported, {len(differ)} differ, "
        f"{whole} without raw parts ({share:.1f} %)"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
