"""Imports every template of a folder, and every service in a folder of its own, as app.yaml, and counts what is left as
resources of CloudFormation.

usage: importing.py SAMC FOLDER [MIN_PERCENT]

samc compares what the template becomes with what the app.yaml becomes, and tells what differs. A template that samc
refuses (one without code, say) counts as not imported. MIN_PERCENT is of templates without raw parts, and of services that
are imported: their APIs always stay as they are.
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
    services = sorted(p.parent for p in pathlib.Path(folder).glob("*/serverless.y*ml"))
    imported = whole = 0
    differ = []
    for template in templates + services:
        with tempfile.TemporaryDirectory() as work:
            copy = pathlib.Path(work) / f"template{template.suffix}"
            if template.is_dir():
                shutil.copytree(template, copy)
                copy = next(copy.glob("serverless.y*ml"))
            else:
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
    number = len(templates) + len(services)
    share = 100 * (imported if services else whole) / max(number, 1)
    ok = number > 0 and share >= least and not differ
    what = "services" if services else "templates"
    print(
        f"import: {'ok' if ok else 'FAILED'}. {number} {what}, {imported} imported, {len(differ)} differ, "
        f"{whole} without raw parts ({100 * whole / max(number, 1):.1f} %)"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
