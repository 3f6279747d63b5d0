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


def for_the_mock(template, client):
    """What the mock cannot resolve, resolved: the name of a bus in a rule, and values of the parameter store."""
    resources = template["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::KMS::Key":
            # The mock takes them for tags as KMS itself writes them, under other keys.
            resource["Properties"].pop("Tags", None)
        # The networks of others are not there.
        resource.get("Properties", {}).pop("VpcConfig", None)
        bus = resource.get("Properties", {}).get("EventBusName")
        if resource["Type"] == "AWS::Events::Rule" and isinstance(bus, dict) and bus.get("Ref") in resources:
            name = resources[bus["Ref"]]["Properties"]["Name"]
            resource["Properties"]["EventBusName"] = name
            resource["DependsOn"] = bus["Ref"]
    # Aliases are not known there; what names one names its function.
    aliases = {id: r["Properties"]["FunctionName"] for id, r in resources.items() if r["Type"] == "AWS::Lambda::Alias"}
    for resource in resources.values():
        named = resource.get("Properties", {}).get("FunctionName")
        if isinstance(named, dict) and named.get("Ref") in aliases:
            resource["Properties"]["FunctionName"] = aliases[named["Ref"]]
    # Pools of users have no ARN there.
    pools = [id for id, resource in resources.items() if resource["Type"] == "AWS::Cognito::UserPool"]
    text = json.dumps(template)
    for pool in pools:
        arn = {"Fn::Sub": "arn:aws:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${%s}" % pool}
        text = text.replace(json.dumps({"Fn::GetAtt": [pool, "Arn"]}), json.dumps(arn))
    # A reference to a bus is no text there.
    for id, resource in resources.items():
        if resource["Type"] == "AWS::Events::EventBus":
            text = text.replace(json.dumps({"Ref": id}), json.dumps(resource["Properties"]["Name"]))
    template = json.loads(text)
    # Documents of OpenAPI 3 are not read there, so that an API has no methods to deploy.
    staged = ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::WAFv2::WebACLAssociation")
    bodies = [r["Properties"].get("Body", {}) for r in resources.values() if r["Type"] == "AWS::ApiGateway::RestApi"]
    if any("openapi" in body for body in bodies):
        template["Resources"] = {id: r for id, r in template["Resources"].items() if r["Type"] not in staged}
    paths = {p["Default"] for p in template.get("Parameters", {}).values() if p["Type"].startswith("AWS::SSM::")}
    paths |= set(re.findall(r"\{\{resolve:ssm:([^}]+)\}\}", json.dumps(template)))
    for path in sorted(paths):
        client("ssm").put_parameter(Name=path, Value=f"value-of{path.replace('/', '-')}", Type="String", Overwrite=True)
    return template


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
    body = json.dumps(without_unknown_outputs(for_the_mock(template, client)))
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
