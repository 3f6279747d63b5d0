"""Every example must deploy to a mock of AWS through CloudFormation. Usage: deploy.py SAMC

The mock (moto, on the loopback interface) checks less than AWS does, and it leaves out resources of
types it does not know. Those are counted and named at the end, so that a green line does not say more
than it means. HTTP APIs are among them. An output that shows such a resource is taken out before,
since the mock fails on it.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from moto.cloudformation.parsing import resource_class_from_type

from common import ROOT, clients, examples, finish, serve

BUCKET = "artifacts"
LIMITS = {"hello": {"MemorySize": 256, "Timeout": 10, "Runtime": "python3.13"}}


def without_unknown_outputs(template):
    """The template without outputs of resources that the mock leaves out."""
    unknown = {id for id, r in template["Resources"].items() if not resource_class_from_type(r["Type"])}
    shown = template.get("Outputs", {})
    kept = {
        name: output
        for name, output in shown.items()
        if not unknown & set(re.findall(r"\w+", json.dumps(output["Value"])))
    }
    return {**template, "Outputs": kept}


def deploy(case, samc, client):
    """Builds, uploads and deploys one example; gives the types that the mock left out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [samc, "build", str(case.input), "--out-dir", folder, "--format", "json", "--artifact-bucket", BUCKET]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        out = pathlib.Path(folder, "cloudformation")
        for artifact in json.loads((out / "artifacts.json").read_text())["artifacts"]:
            client("s3").put_object(Bucket=BUCKET, Key=artifact["s3_key"], Body=(out / artifact["file"]).read_bytes())
        template = json.loads((out / "template.json").read_text())
    name = case.folder.name
    cloudformation = client("cloudformation")
    body = json.dumps(without_unknown_outputs(template))
    cloudformation.create_stack(
        StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
    )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    made = {}
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
        made |= {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in page["StackResourceSummaries"]}
    wanted = template["Resources"]
    for id, resource in wanted.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        assert id in made, f"no function {id}"
        found = client("lambda").get_function_configuration(FunctionName=made[id])
        for key in ("MemorySize", "Timeout", "Handler", "Runtime"):
            if key in resource["Properties"]:
                assert found[key] == resource["Properties"][key], (id, key, found[key])
        for key, value in LIMITS.get(name, {}).items():
            assert found[key] == value, (id, key, found[key])
    return {r["Type"] for id, r in wanted.items() if id not in made and "Condition" not in r}


def main():
    samc, passed, failures, left_out = sys.argv[1], 0, [], set()
    server, address = serve()
    try:
        client = clients(address)
        client("s3").create_bucket(Bucket=BUCKET)
        for case in examples():
            try:
                left_out |= deploy(case, samc, client)
                passed += 1
            except Exception as problem:  # one example must not hide the others
                failures.append((str(case.folder.relative_to(ROOT)), f"{type(problem).__name__}: {problem}"))
    finally:
        server.kill()
    note = f"; the mock left out {', '.join(sorted(left_out))}" if left_out else ""
    finish("deploy", passed, failures, note)


main()
