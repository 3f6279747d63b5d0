"""What the oracles share: the cases, the compiler's output, and templates as CloudFormation reads them."""
import json
import pathlib
import socket
import subprocess
import sys
import time
import tomllib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INPUTS = ("app.yaml", "template.yaml", "template.yml", "template.json", "serverless.yml")
# What stands for the bucket of code that has none yet.
LOCAL_BUCKET = "local-code"
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
# Pairs of a type and the property of it that may name local code.
CODE = {
    ("AWS::Lambda::Function", "Code"): ("S3Bucket", "S3Key"),
    ("AWS::Lambda::LayerVersion", "Content"): ("S3Bucket", "S3Key"),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"): ("Bucket", "Key"),
    ("AWS::ApiGateway::RestApi", "BodyS3Location"): ("Bucket", "Key"),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location"): ("Bucket", "Key"),
}


class Loader(yaml.SafeLoader):
    """YAML 1.1 with CloudFormation's tags, and dates as text."""


def _tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _tag)
Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


def load(path):
    """A template as plain values."""
    return yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), Loader)


class Case:
    """One input of the compiler with its settings."""

    def __init__(self, folder):
        self.folder = folder
        self.name = str(folder.relative_to(ROOT)).removeprefix("tests/cases/")
        self.input = next(folder / n for n in INPUTS if (folder / n).exists())
        settings = folder / "case.toml"
        self.settings = tomllib.loads(settings.read_text()) if settings.exists() else {}
        self.params = {k: str(v) for k, v in self.settings.get("params", {}).items()}
        self.region = self.settings.get("region", REGIONS[self.settings.get("partition", "aws")])

    @property
    def succeeds(self):
        """Whether the case expects a document; examples always do."""
        return self.folder.parent.name == "examples" or (self.folder / "out" / "cloudformation").is_dir()

    def run(self, samc, *more, target="cloudformation"):
        """Runs the compiler over it; what it answers."""
        command = [samc, "build", str(self.input), "--target", target]
        # The transform always knows its region, and hashes what it has put in for it.
        command += ["--region", self.region]
        if "stage" in self.settings:
            command += ["--stage", self.settings["stage"]]
        for key, value in self.params.items():
            command += ["--param", f"{key}={value}"]
        for key, value in self.settings.get("vars", {}).items():
            command += ["--var", f"{key}={value}"]
        for key, value in self.settings.get("sar_templates", {}).items():
            command += ["--sar-template", f"{key}={value if '://' in value else self.folder / value}"]
        return subprocess.run([*command, *more], capture_output=True, text=True)

    def build(self, samc, *more, target="cloudformation"):
        """The document the compiler makes of it, as plain values."""
        done = self.run(samc, "--format", "json", "--stdout", *more, target=target)
        if done.returncode != 0:
            raise RuntimeError(f"samc answers {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)


def cases(*dialects):
    """Every case of some dialects, and every example, in order."""
    folders = [f for d in dialects for f in sorted((ROOT / "tests" / "cases" / d).glob("*")) if f.is_dir()]
    return [Case(f) for f in folders if any((f / n).exists() for n in INPUTS)]


def examples():
    """Every example, in order."""
    folders = sorted((ROOT / "examples").glob("*"))
    return [Case(f) for f in folders if any((f / n).exists() for n in INPUTS)]


def with_locations(template):
    """The document with a place in a bucket wherever it names local code, as after an upload."""
    for resource in template.get("Resources", {}).values():
        if not isinstance(resource, dict) or not isinstance(resource.get("Properties"), dict):
            continue
        for name, value in resource["Properties"].items():
            keys = CODE.get((resource.get("Type"), name))
            if keys and isinstance(value, str):
                resource["Properties"][name] = {keys[0]: LOCAL_BUCKET, keys[1]: value}
    return template


def serve(program=None):
    """A mock server on a free port: the process and its address. Moto's own, or a program that has the port as argument."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, str(port)] if program else ["-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"http://127.0.0.1:{port}"
        if server.poll() is not None:
            break
        time.sleep(0.1)
    server.kill()
    raise SystemExit("the mock server does not start")


def clients(address):
    """A function that gives the client of a service of that mock."""
    import boto3
    from botocore.config import Config

    def client(service):
        return boto3.client(
            service,
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="mock",
            aws_secret_access_key="mock",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=120),
        )

    return client


def finish(name, passed, failures, note=""):
    """Prints the failures and a closing line, and ends with the status they ask for."""
    for case, why in failures:
        print(f"FAILED {case}\n{why}\n")
    result = "FAILED" if failures else "ok"
    print(f"{name}: {result}. {passed} passed; {len(failures)} failed{note}")
    if not passed and not failures:
        print(f"{name}: nothing was checked")
        sys.exit(1)
    sys.exit(1 if failures else 0)
