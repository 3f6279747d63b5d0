"""What samc builds must go through AWS's own `aws cloudformation package` and `deploy`. Usage: package.py SAMC

The mock (moto, on the loopback interface) stands for S3 and CloudFormation. Looked at is the SAM example,
with code, and the case with nested stacks: every local path is uploaded, none is left, and the stack stands.
The same with `--artifact-bucket`, where the build itself says what is to be uploaded.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from common import ROOT, Case, clients, finish, load, serve

BUCKET = "artifacts"
INPUTS = ("examples/sam-orders", "tests/cases/sam/nested-stacks")
# The mock knows the templates of nested stacks by S3's own address, and not by its own.
S3 = "https://s3.us-east-1.amazonaws.com"
# A template from elsewhere cannot be had from the mock.
ELSEWHERE = "https://templates.example.com/"


def aws(address, *arguments):
    """Runs AWS's command line against the mock; gives what it prints."""
    command = [str(pathlib.Path(sys.executable).with_name("aws")), *arguments]
    # `package` makes a client of its own for the uploads, which heeds the environment only.
    mock = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "mock",
        "AWS_SECRET_ACCESS_KEY": "mock",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | mock)
    assert done.returncode == 0, f"{' '.join(arguments[:2])}: {done.stdout}{done.stderr}"
    return done.stdout


def places(template):
    """Every place in a bucket that a template names, as bucket and key."""
    found = set()

    def walk(value):
        if isinstance(value, dict):
            for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
                if isinstance(value.get(key), str) and isinstance(value.get(bucket), str):
                    found.add((value[bucket], value[key]))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, str) and value.startswith("s3://"):
            found.add(tuple(value.removeprefix("s3://").split("/", 1)))

    walk(template)
    return found


def nested(template):
    """The addresses of the templates of nested stacks, by logical id."""
    stacks = {i: r for i, r in template["Resources"].items() if r["Type"] == "AWS::CloudFormation::Stack"}
    return {i: r["Properties"]["TemplateURL"] for i, r in stacks.items()}


def without_nested_outputs(template):
    """The template as JSON with a text for each output of a nested stack: the mock has none of them."""
    text = json.dumps(template)
    text = re.sub(r'{"Fn::GetAtt": \["\w+", "Outputs\.\w+"\]}', '"an-output"', text)
    return re.sub(r"\$\{\w+\.Outputs\.\w+\}", "an-output", text)


def check(case, samc, address, client):
    """Builds one input, packages and deploys it; gives how many files were uploaded."""
    with tempfile.TemporaryDirectory() as folder:
        out, packaged = pathlib.Path(folder, "cloudformation"), pathlib.Path(folder, "packaged.yaml")
        done = subprocess.run([samc, "build", str(case.input), "--out-dir", folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        source = load(out / "template.yaml")
        # An address that nobody answers would fail the stack, and says nothing about the build.
        source["Resources"] = {
            i: r
            for i, r in source["Resources"].items()
            if not str(r.get("Properties", {}).get("TemplateURL", "")).startswith(ELSEWHERE)
        }
        (out / "template.yaml").write_text(json.dumps(source))
        aws(address, "cloudformation", "package", "--template-file", str(out / "template.yaml"),
            "--s3-bucket", BUCKET, "--output-template-file", str(packaged))
        template = load(packaged)
        uploaded = {k["Key"] for k in client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])}
        wanted = places(template)
        pending = list(nested(template).values())
        while pending:
            url = pending.pop()
            assert "://" in url and f"/{BUCKET}/" in url, f"a nested template stays local: {url}"
            key = url.split(f"/{BUCKET}/", 1)[1]
            wanted.add((BUCKET, key))
            body = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            inner = pathlib.Path(folder, "inner.yaml")
            inner.write_text(body)
            client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.replace(address, S3))
            wanted |= places(load(inner))
            pending += nested(load(inner)).values()
        assert all(bucket == BUCKET and key in uploaded for bucket, key in wanted), (wanted, uploaded)
        local = {a["file"] for a in json.loads((out / "artifacts.json").read_text())["artifacts"]} if (
            out / "artifacts.json").exists() else set()
        text = packaged.read_text()
        assert not any(file in text for file in local), "a local path is left"
        packaged.write_text(without_nested_outputs(template).replace(address, S3))
        name = case.folder.name
        aws(address, "cloudformation", "deploy", "--template-file", str(packaged), "--stack-name", name,
            "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
        stack = client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        return len(wanted)


def check_bucket(case, samc, client):
    """Builds one input for a bucket, uploads what the build lists, and deploys it; gives how many files."""
    with tempfile.TemporaryDirectory() as folder:
        command = [samc, "build", str(case.input), "--out-dir", folder, "--format", "json",
                   "--artifact-bucket", BUCKET, "--artifact-prefix", "builds"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        out = pathlib.Path(folder, "cloudformation")
        listed = json.loads((out / "artifacts.json").read_text())["artifacts"]
        for artifact in listed:
            client("s3").put_object(Bucket=BUCKET, Key=artifact["s3_key"], Body=(out / artifact["file"]).read_bytes())
        template = load(out / "template.json")
        keep = lambda r: not str(r["Properties"].get("TemplateURL", "")).startswith(ELSEWHERE)
        template["Resources"] = {i: r for i, r in template["Resources"].items() if keep(r)}
        name = f"{case.folder.name}-bucket"
        cloudformation = client("cloudformation")
        cloudformation.create_stack(
            StackName=name, TemplateBody=without_nested_outputs(template), Capabilities=["CAPABILITY_IAM"])
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        return len(listed)


def main():
    samc, passed, failures, files = sys.argv[1], 0, [], 0
    server, address = serve()
    try:
        client = clients(address)
        client("s3").create_bucket(Bucket=BUCKET)
        for name in INPUTS:
            try:
                files += check(Case(ROOT / name), samc, address, client)
                passed += 1
                files += check_bucket(Case(ROOT / name), samc, client)
                passed += 1
            except Exception as problem:  # one input must not hide the others
                failures.append((name, f"{type(problem).__name__}: {problem}"))
    finally:
        server.kill()
    finish("package", passed, failures, f"; {files} files uploaded")


main()
