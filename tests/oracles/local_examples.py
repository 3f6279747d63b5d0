"""Every example runs under `samc local start`, with real Python and Node and AWS's own SDKs, which talk to a mock of
AWS on the loopback interface. Each trigger and each route is used, and what functions did to tables and buckets of the
mock is looked at. Usage: local_examples.py SAMC

The mock stands for services that functions call; queues, topics and buses are samc's own, and what functions send there
starts others.
SDKs for Node come from npm, into target/oracles. What an example needs beyond that is not there, and is said so below.
"""
import base64
import datetime
import contextlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from common import ROOT, clients, examples, finish, serve

ACCOUNT = "000000000000"
MODULES = ROOT / "target/oracles/aws-sdk"
SDK = [
    "@aws-sdk/client-s3@3.1175.0",
    "@aws-sdk/client-sqs@3.1175.0",
    "@aws-sdk/client-secrets-manager@3.1164.0",
    "@aws-sdk/client-dynamodb@3.1169.0",
    "@aws-sdk/lib-dynamodb@3.1169.0",
]
PREVIEW = b"\xff\xd8preview\xff\xd9"


def photo():
    """A JPEG whose EXIF part holds a preview, as those of cameras do."""
    second = struct.pack("<HHHII", 2, 0x0201, 4, 1, 44) + struct.pack("<HHII", 0x0202, 4, 1, len(PREVIEW))
    tiff = b"II*\0" + struct.pack("<IHI", 8, 0, 14) + second + struct.pack("<I", 0) + PREVIEW
    body = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + b"\xff\xda\0\2\xff\xd9"


class Index(http.server.BaseHTTPRequestHandler):
    """Stands for services that are not AWS's or that the mock has not: it takes everything."""

    taken = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        Index.taken.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.end_headers()
        self.wfile.write(b"{}")

    do_PUT = do_POST

    def log_message(self, *_):
        pass


class Application:
    """An example that runs."""

    def __init__(self, samc, folder, spec, mock, variables, stage):
        environment = {**os.environ, "NO_COLOR": "1", "SAMC_CACHE_DIR": str(folder / ".cache")}
        # The Python of the oracles has the SDK, as Lambda's has.
        environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
        file = folder / ".variables.json"
        file.write_text(json.dumps(variables))
        command = [samc, "local", "start", spec, "--port", "0", "--log", "json", "--quiet", "--no-watch"]
        command += ["--endpoint-url", mock, "--env-file", str(file)] + (["--stage", stage] if stage else [])
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines, self.calls, self.said = queue.Queue(), [], []
        threading.Thread(target=self.read, daemon=True).start()
        self.urls = {}
        started = self.wait(lambda line: line.get("kind") == "started")
        for api in started["apis"]:
            self.urls[api["api"]] = api["url"]
        self.base = started["page"].removesuffix("/_samc/")

    def read(self):
        for text in self.process.stdout:
            self.said.append(text)
            with contextlib.suppress(ValueError):
                self.lines.put(json.loads(text))
        self.lines.put(None)

    def wait(self, holds):
        """The next line of which something holds."""
        end = time.monotonic() + 60
        while True:
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError("nothing of the kind happened:\n" + "".join(self.said[-30:])) from None
            if line is None:
                raise AssertionError("it ended:\n" + "".join(self.said[-30:]))
            if isinstance(line, dict) and holds(line):
                return line

    def called(self, function, status="ok"):
        """Waits for a call of a function, which must end so."""
        line = self.wait(lambda line: line.get("kind") == "call" and line["function"] == function)
        assert line["status"] == status, line

    def ask(self, method, path, body=None, headers=None, status=200, api=None):
        base = self.urls[api] if api else next((url for url in self.urls.values()), self.base)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                got, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            got, text = error.code, error.read()
        assert got == status, (method, path, got, text, "".join(self.said[-15:]))
        return json.loads(text) if text else None

    def event(self, id, body=None):
        return self.ask("POST", f"/_samc/events/{id}", body or {}, status=202)

    def invoke(self, function, event):
        return self.ask("POST", f"/2015-03-31/functions/{function}/invocations", event)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=20) == 0, self.process.returncode


def create(resources, client):
    """What functions call, in the mock."""
    for resource in resources.values():
        name = resource["name"]
        match resource["kind"]:
            case "table":
                # Records of streams are told by hand below, each once; `local_streams.py` has them read from the mock.
                left_out = ("SSESpecification", "StreamSpecification", "Tags")
                properties = {k: v for k, v in resource["create"].items() if k not in left_out}
                client("dynamodb").create_table(**{**properties, "TableName": name})
            case "bucket":
                client("s3").create_bucket(Bucket=name)
            case "stream":
                client("kinesis").create_stream(StreamName=name, ShardCount=1)


def rows(client, table):
    return client("dynamodb").scan(TableName=table)["Items"]


# ---- the examples


def build_fanout(app, client, manifest):
    app.event("Forge", {"source": "forge", "detail-type": "commit-pushed", "detail": {"commit": "c0ffee", "archive": "https://127.0.0.1:9/a.tgz"}})
    app.called("plan")
    assert rows(client, "build-fanout-Runs")[0]["open"] == {"N": "6"}
    # There is no archive to be had, so that the jobs fail as they would for an archive that is gone.
    for _ in range(6):
        app.called("work", "error")


def clickstream(app, client, manifest):
    app.ask("POST", "/views", {"page": "home"}, status=202)
    app.called("collect", "202")
    app.ask("POST", "/views", b"{", status=400)
    app.event("Views", [{"data": json.dumps({"page": "home"})}, {"data": json.dumps({"page": "home"})}])
    app.called("count")
    minutes = app.ask("GET", "/pages/home")
    assert sum(minute["views"] for minute in minutes) == 2, minutes


def hello(app, client, manifest):
    assert app.ask("GET", "/hello") == {"message": "Hello, world!"}


def log_search(app, client, manifest):
    bucket = manifest["resources"]["Logs"]["name"]
    text = b"2026-01-01T00:00:00Z ERROR no stock order=7\n{\"level\": \"info\"}\n"
    trigger = next(t for t in manifest["triggers"] if t["kind"] == "s3")
    key = trigger.get("prefix", "") + "a b.log" + trigger.get("suffix", "")
    client("s3").put_object(Bucket=bucket, Key=key, Body=text)
    Index.taken.clear()
    app.event("Logs", {"key": key, "size": len(text)})
    app.called("read")
    app.called("index")
    path, headers, body = next(taken for taken in Index.taken if taken[0] == "/logs")
    lines = [json.loads(line) for line in body.decode().splitlines()]
    assert lines[0]["level"] == "ERROR" and lines[0]["order"] == "7" and lines[1]["level"] == "info", lines
    assert headers.get("authorization") == "Bearer secret", headers


def night_off(app, client, manifest):
    machine = client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    client("ec2").create_tags(Resources=[machine], Tags=[{"Key": "night-off", "Value": "true"}])
    schedules = {t["input"]["constant"]: t["id"] for t in manifest["triggers"] if t["kind"] == "schedule"}
    assert len(schedules) == 2, schedules
    for text, id in sorted(schedules.items(), key=lambda item: "start" in item[0]):
        app.event(id)
        app.called("switch")
        wanted = "running" if "start" in text else "stopped"
        found = client("ec2").describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
        assert found["State"]["Name"] == wanted, found["State"]


def nightly(app, client, manifest):
    app.event(next(t["id"] for t in manifest["triggers"] if t["kind"] == "schedule"))
    app.called("plan")
    done = []
    while len(done) < 12:
        app.called("worker")
        done = [row for row in rows(client, "nightly-Jobs") if row["state"] == {"S": "done"}]
    assert len(rows(client, "nightly-Jobs")) == 12


def order_workflow(app, client, manifest):
    order = {"id": "7", "items": [{"id": "shoe", "count": 2}], "total": 120}
    assert app.ask("POST", "/orders", order, status=202) == {"id": "7"}
    app.called("place", "202")
    assert app.ask("POST", "/orders", {}, status=400)
    # The workflow itself does not run here: its functions are called as it would call them.
    assert app.invoke("reserve", order) == ["shoe"]
    assert rows(client, "order-workflow-Stock") == [{"id": {"S": "shoe"}, "left": {"N": "-2"}}]
    assert app.invoke("charge", order) == {"paid": 120}
    assert app.invoke("charge", {**order, "card": "0123"})["errorType"] == "Refused"
    assert app.invoke("release", order) is True


def pci_orders(app, client, manifest):
    app.ask("GET", "/dev/health")
    app.ask("POST", "/dev/orders", {}, status=401)
    claims = {"sub": "customer-1", "token_use": "id", "exp": int(time.time()) + 600}

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    known = {"Authorization": f"{part({'alg': 'RS256', 'kid': 'local'})}.{part(claims)}.c2lnbmF0dXJl"}
    order = app.ask("POST", "/dev/orders", {"card-token": "tok", "total": 12}, known, status=201)["order"]
    app.called("create", "201")
    assert rows(client, "orders-Orders")[0]["order-id"] == {"S": order}
    app.ask("GET", "/dev/orders", None, known)
    app.called("list", "200")
    app.event("Orders", {"newImage": {"customer": {"S": "customer-1"}, "order-id": {"S": order}, "total": {"N": "12"}}})
    app.called("project")
    assert client("s3").get_object(Bucket="orders-reports", Key=f"orders/{order}.json")
    secret = client("secretsmanager").create_secret(Name="key", SecretString="old")["ARN"]
    step = {"SecretId": secret, "ClientRequestToken": "0" * 32, "Step": "createSecret"}
    assert app.invoke("rotate", step) == "createSecret"
    # The function that it tries is called through samc; CodeDeploy is a stand-in.
    answer = app.invoke("smoke", {"DeploymentId": "d", "LifecycleEventHookExecutionId": "e"})
    assert answer == "Succeeded", answer


def sam_orders(app, client, manifest):
    order = app.ask("POST", "/orders", {"customer": "ada", "sku": "shoe"}, status=201)
    app.called("CreateOrder", "201")
    app.called("FulfilOrder")
    assert app.ask("GET", f"/orders/{order['id']}")["status"] == "sent"
    app.ask("GET", "/orders/none", status=404)
    app.event("OrdersTable", {"newImage": {"id": {"S": order["id"]}, "customer": {"S": "ada"}}})
    app.called("ProjectCustomer")
    assert rows(client, "template-CustomersTable") == [{"customer": {"S": "ada"}, "orders": {"N": "1"}}]
    app.event(next(t["id"] for t in manifest["triggers"] if t["kind"] == "schedule"))
    app.called("DailyReport")


def serverless_tools(app, client, manifest):
    loan = app.ask("POST", "/tools/saw/loans", {"member": "ada"}, status=201)
    app.called("lend", "201")
    app.ask("POST", "/tools/saw/loans", {"member": "bob"}, status=409)
    assert app.ask("GET", "/tools/saw")["due"] == loan["due"]
    before = (datetime.date.fromisoformat(loan["due"]) - datetime.timedelta(days=1)).isoformat()
    assert app.invoke("due", {"time": f"{before}T18:00:00Z"}) == 1
    app.called("remind")
    (row,) = rows(client, manifest["resources"]["Loans"]["name"])
    assert row["reminded"] == {"BOOL": True}, row
    app.event(next(t["id"] for t in manifest["triggers"] if t["kind"] == "schedule"))
    app.called("due")


def thumbs(app, client, manifest):
    photos = manifest["resources"]["Photos"]["name"]
    trigger = next(t for t in manifest["triggers"] if t["kind"] == "s3")
    key = trigger["prefix"] + "one pixel" + trigger.get("suffix", "")
    client("s3").put_object(Bucket=photos, Key=key, Body=photo())
    app.event("Photos", {"key": key, "size": len(photo())})
    app.called("resize")
    made = client("s3").get_object(Bucket="thumbs-thumbnails", Key=key.removeprefix("in/"))
    assert made["Body"].read() == PREVIEW


def word_count(app, client, manifest):
    texts = manifest["resources"]["Texts"]["name"]
    trigger = next(t for t in manifest["triggers"] if t["kind"] == "s3")
    key = trigger.get("prefix", "") + "a" + trigger.get("suffix", "")
    client("s3").put_object(Bucket=texts, Key=key, Body=b"one two three")
    app.event("Texts", {"key": key, "size": 13})
    app.called("split")
    app.called("map")
    (row,) = rows(client, "word-count-Results")
    assert row["words"] == {"N": "3"}, row
    app.event("Results", {"newImage": row})
    app.called("reduce")


# What each example is run with, beside its stage: variables, and what lies in the mock before.
STAGES = {"night-off": "prod", "nightly": "prod"}


def prepare(name, client, other):
    if name == "log-search":
        secret = client("secretsmanager").create_secret(Name="token", SecretString="secret")["ARN"]
        return {"INDEX_URL": f"{other}/logs", "INDEX_TOKEN_SECRET_ARN": secret}
    if name == "order-workflow":
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        client("stepfunctions").create_state_machine(name="order-workflow-Fulfil", definition=definition, roleArn=role)
    if name == "pci-orders":
        return {"AWS_ENDPOINT_URL_CODEDEPLOY": other}
    return {}


def run(samc, name, check, mock, other):
    urllib.request.urlopen(urllib.request.Request(f"{mock}/moto-api/reset", method="POST")).close()
    client = clients(mock)
    with tempfile.TemporaryDirectory(prefix="examples-") as folder:
        folder = pathlib.Path(folder)
        shutil.copytree(ROOT / "examples" / name, folder / name)
        # Node finds what the runtime of Lambda brings in a folder above the code.
        (folder / "node_modules").symlink_to(MODULES / "node_modules")
        spec = next(f for f in ("app.yaml", "template.yaml", "serverless.yml") if (folder / name / f).exists())
        build = [samc, "build", spec, "--target", "local", "-q", "--out-dir", folder / "out"]
        stage = STAGES.get(name)
        subprocess.run(build + (["--stage", stage] if stage else []), cwd=folder / name, check=True, capture_output=True)
        manifest = json.loads((folder / "out/local/manifest.json").read_text())
        create(manifest.get("resources", {}), client)
        app = None
        variables = prepare(name, client, other)
        try:
            app = Application(samc, folder / name, spec, mock, variables, stage)
            check(app, client, manifest)
            app.end()
        finally:
            if app and app.process.poll() is None:
                app.process.kill()


def install():
    marker = MODULES / "installed"
    wanted = " ".join(SDK)
    if marker.exists() and marker.read_text() == wanted:
        return
    MODULES.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", MODULES, *SDK], check=True)
    marker.write_text(wanted)


def main():
    samc = str(pathlib.Path(sys.argv[1]).resolve())
    only = sys.argv[2:]
    install()
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    server, mock = serve()
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    passed, failures = 0, []
    checks = globals()
    try:
        for name in (case.folder.name for case in examples()):
            if only and name not in only:
                continue
            check = checks.get(name.replace("-", "_"))
            if check is None:
                failures.append((name, "nothing says how this example is used"))
                continue
            try:
                run(samc, name, check, mock, f"http://127.0.0.1:{other.server_port}")
                passed += 1
            except Exception as problem:
                failures.append((name, f"{type(problem).__name__}: {problem}"))
    finally:
        server.kill()
    finish("local_examples", passed, failures)


if __name__ == "__main__":
    main()
