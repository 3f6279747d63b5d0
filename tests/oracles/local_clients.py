"""AWS's own runtime clients run unchanged against the Runtime API of `samc local`: awslambdaric, which Lambda's Python
images run, and the crate lambda_runtime. Usage: local_clients.py SAMC

Both are installed under target/oracles from their registries. What they must do: answer, fail, give what they are told
of the call (id, ARN, deadline, trace), stream through a function URL (Rust, and samc's own client for Node.js, whose
handlers Lambda's do as well), and serve thousands of calls in a row without losing one. Where debugpy is installed, a
client of its protocol stops in a function of Python with `--debug`.
"""
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from common import ROOT, finish

CLIENT = "awslambdaric==4.2.2"
PYTHON = '''
import os, sys
def handler(event, context):
    if event.get("fail"):
        raise ValueError("told to")
    if event.get("exit"):
        os._exit(3)
    print("working")
    return {"event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "trace": os.environ.get("_X_AMZN_TRACE_ID", ""),
            "client": sys.modules.get("awslambdaric") is not None}
'''
CARGO = """
[package]
name = "bootstrap"
version = "0.0.0"
edition = "2021"

[dependencies]
lambda_runtime = { version = "=1.5.0", default-features = false }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt", "time"] }

[workspace]
"""
RUST = """
use lambda_runtime::streaming::{channel, Body, Response};
use lambda_runtime::{service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    if event.get("fail").is_some() {
        return Err("told to".into());
    }
    if event.get("exit").is_some() {
        std::process::exit(3);
    }
    println!("working");
    Ok(json!({ "event": event, "id": context.request_id, "arn": context.invoked_function_arn,
        "left": context.deadline, "trace": context.xray_trace_id, "client": true }))
}

async fn stream(event: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let (mut sender, body) = channel();
    let fails = event.payload["rawPath"] == "/fail";
    tokio::spawn(async move {
        for number in 0..5 {
            if sender.send_data(format!("piece {number};").into()).await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        if fails {
            sender.abort();
        }
    });
    let mut answer = Response::from(body);
    answer.metadata_prelude.status_code = 201.try_into()?;
    answer.metadata_prelude.headers.insert("x-own", "rust".parse()?);
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match std::env::var("_HANDLER")?.as_str() {
        "stream" => lambda_runtime::run(service_fn(stream)).await,
        _ => lambda_runtime::run(service_fn(handler)).await,
    }
}
"""
NODE = """
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
    const metadata = { statusCode: 201, headers: { "x-own": "node" }, cookies: ["a=1"] };
    const out = awslambda.HttpResponseStream.from(stream, metadata);
    for (let number = 0; number < 5; number++) {
        out.write(`piece ${number};`);
        await sleep(200);
        if (event.rawPath === "/fail" && number === 2) throw new Error("told to");
    }
    out.end();
});
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: python, Timeout: 10}
  Rust:
    Type: AWS::Serverless::Function
    Properties: {Handler: bootstrap, Runtime: provided.al2023, CodeUri: rust, Timeout: 10}
  RustStream:
    Type: AWS::Serverless::Function
    Properties:
      {Handler: stream, Runtime: provided.al2023, CodeUri: rust, Timeout: 10, FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
  NodeStream:
    Type: AWS::Serverless::Function
    Properties:
      {Handler: app.handler, Runtime: nodejs24.x, CodeUri: node, Timeout: 10, FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
"""
DEBUGGED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Sum:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: sum, Timeout: 10}
"""
SUM = """def handler(event, context):
    total = event["a"] + event["b"]
    return {"sum": total}
"""
CALLS = 2000


def install(folder):
    """The client for Python as a package in a function's folder, and a function in Rust."""
    packages = ROOT / "target/oracles/awslambdaric"
    marker = packages / "installed"
    if not marker.exists() or marker.read_text() != CLIENT:
        packages.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", packages / "python", CLIENT]
        subprocess.run(command, check=True)
        marker.write_text(CLIENT)
    # Copies: links that lead out of the code are refused.
    shutil.copytree(packages / "python", folder / "python")
    (folder / "python/app.py").write_text(PYTHON)
    crate = ROOT / "target/oracles/lambda_runtime"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    for name, text in (("Cargo.toml", CARGO), ("src/main.rs", RUST)):
        if not (crate / name).exists() or (crate / name).read_text() != text:
            (crate / name).write_text(text)
    subprocess.run(["cargo", "build", "-q", "--manifest-path", crate / "Cargo.toml", "--target-dir", crate / "target"], check=True)
    (folder / "rust").mkdir()
    shutil.copy(crate / "target/debug/bootstrap", folder / "rust/bootstrap")
    (folder / "node").mkdir()
    (folder / "node/app.mjs").write_text(NODE)


class Running:
    """`samc local start` of the template."""

    def __init__(self, samc, folder, *more):
        environment = {**os.environ, "SAMC_CACHE_DIR": str(folder / "cache")}
        environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
        command = [samc, "local", "start", "--port", "0", "--log", "json", "--quiet", "--no-watch", *more]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True).start()
        started = json.loads(self.lines.get(timeout=60))
        self.url = started["page"].removesuffix("/_samc/")
        self.apis = {one["api"]: one["url"].removeprefix("http://") for one in started["apis"]}

    def invoke(self, function, event):
        """The answer, and whether the function failed."""
        url = f"{self.url}/2015-03-31/functions/{function}/invocations"
        request = urllib.request.Request(url, data=json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read()), answer.headers.get("x-amz-function-error"), answer.headers["x-amzn-requestid"]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def answers(running, name):
    answer, error, id = running.invoke(name, {"a": "ä"})
    assert error is None, answer
    assert answer["event"] == {"a": "ä"} and answer["id"] == id and answer["client"], answer
    assert answer["arn"].startswith("arn:aws:lambda:us-east-1:000000000000:function:"), answer
    left = answer["left"] - (time.time() * 1000 if answer["left"] > 1e9 else 0)
    assert 5000 < left <= 10_000, answer
    assert answer["trace"].startswith("Root=1-"), answer


def fails(running, name):
    answer, error, _ = running.invoke(name, {"fail": True})
    assert error == "Unhandled" and "told to" in answer["errorMessage"], answer
    answers(running, name)


def ends(running, name):
    answer, error, _ = running.invoke(name, {"exit": True})
    assert error == "Unhandled" and answer["errorType"] == "Runtime.ExitError" and "exit status 3" in answer["errorMessage"], answer
    answers(running, name)


def serves_many(running, name):
    """Calls from eight threads; none may be lost or get another's answer."""
    wrong = []

    def call(first):
        for number in range(first, CALLS, 8):
            answer, error, id = running.invoke(name, {"number": number})
            if error or answer["event"] != {"number": number} or answer["id"] != id:
                wrong.append((number, answer))

    threads = [threading.Thread(target=call, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]


def streams(running, name):
    """Pieces come when they are written, not when all are; what is written before a failure comes as well."""
    def ask(path):
        connection = http.client.HTTPConnection(running.apis[f"{name}StreamUrl"], timeout=30)
        connection.request("GET", path)
        answer, start, times, text = connection.getresponse(), time.monotonic(), [], b""
        while piece := answer.read1(65536):
            times.append(time.monotonic() - start)
            text += piece
        return answer, times, text.decode()

    ask("/warm")
    answer, times, text = ask("/")
    assert answer.status == 201 and answer.headers["x-own"] == name.lower(), (answer.status, answer.headers)
    assert text == "".join(f"piece {number};" for number in range(5)), text
    # The first came long before the last, which is 800 ms behind it.
    assert len(times) >= 4 and times[0] < 0.4 and times[-1] - times[0] > 0.5, times
    if name == "Node":
        assert answer.headers["set-cookie"] == "a=1", answer.headers
    answer, _, text = ask("/fail")
    assert answer.status == 201 and text.startswith("piece 0;piece 1;"), text
    assert ask("/")[2] == "".join(f"piece {number};" for number in range(5))


class Dap:
    """A client of the debug adapter protocol, as editors are."""

    def __init__(self, port):
        self.socket, self.number, self.rest = socket.create_connection(("127.0.0.1", port), timeout=30), 0, b""

    def message(self):
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        while len(self.rest) < length:
            self.rest += self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return json.loads(body)

    def more(self):
        data = self.socket.recv(65536)
        assert data, "the debugger has gone"
        return data

    def send(self, command, **arguments):
        self.number += 1
        body = json.dumps({"seq": self.number, "type": "request", "command": command, "arguments": arguments}).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self.number

    def until(self, **wanted):
        while True:
            message = self.message()
            if all(message.get(key) == value for key, value in wanted.items()):
                assert message.get("success", True), message
                return message.get("body")

    def call(self, command, **arguments):
        return self.until(type="response", request_seq=self.send(command, **arguments))


def debugs(running, folder):
    """A breakpoint in a function of Python, set by the protocol that editors speak."""
    manifest = json.loads((folder / ".samc/local/manifest.json").read_text())
    running.invoke("Sum", {"a": 1, "b": 2})
    dap = Dap(manifest["functions"]["Sum"]["debugPort"])
    dap.call("initialize", adapterID="samc", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
    attach = dap.send("attach", justMyCode=False)
    dap.until(type="event", event="initialized")
    place = str((folder / "sum/app.py").resolve())
    set_ = dap.call("setBreakpoints", source={"path": place}, breakpoints=[{"line": 3}])
    assert set_["breakpoints"][0]["verified"], set_
    dap.send("configurationDone")
    dap.until(type="response", request_seq=attach)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(running.invoke("Sum", {"a": 20, "b": 22})[0]))
    thread.start()
    stopped = dap.until(type="event", event="stopped")
    frame = dap.call("stackTrace", threadId=stopped["threadId"])["stackFrames"][0]
    assert frame["name"] == "handler" and frame["line"] == 3, frame
    assert dap.call("evaluate", expression="total", frameId=frame["id"])["result"] == "42"
    dap.send("continue", threadId=stopped["threadId"])
    thread.join()
    assert answers == [{"sum": 42}], answers


def leaves_nothing(running, name):
    pids = [line for line in subprocess.run(["pgrep", "-P", str(running.process.pid)], capture_output=True, text=True).stdout.split()]
    assert pids, "no process of a function runs"
    assert running.end() == 0
    left = [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    assert not left, left


def main():
    samc = str(pathlib.Path(sys.argv[1]).resolve())
    passed, failures = 0, []
    with tempfile.TemporaryDirectory(prefix="clients-") as folder:
        folder = pathlib.Path(folder)
        install(folder)
        (folder / "template.yaml").write_text(TEMPLATE)
        running = Running(samc, folder)
        steps = [(name, check) for name in ("Python", "Rust") for check in (answers, fails, ends, serves_many)]
        steps += [("Rust", streams), ("Node", streams)]
        try:
            for name, check in [*steps, ("both", leaves_nothing)]:
                try:
                    check(running, name)
                    passed += 1
                except Exception as problem:
                    failures.append((f"{name} {check.__name__}", f"{type(problem).__name__}: {problem}"))
        finally:
            if running.process.poll() is None:
                running.process.kill()
        note = ""
        if subprocess.run([sys.executable, "-c", "import debugpy"], capture_output=True).returncode != 0:
            note = "; skipped: this Python has no debugpy"
        else:
            own = folder / "debugged"
            (own / "sum").mkdir(parents=True)
            (own / "sum/app.py").write_text(SUM)
            (own / "template.yaml").write_text(DEBUGGED)
            running = Running(samc, own, "--debug")
            try:
                debugs(running, own)
                passed += 1
            except Exception as problem:
                failures.append(("debugs", f"{type(problem).__name__}: {problem}"))
            finally:
                running.end()
    finish("local_clients", passed, failures, note)


if __name__ == "__main__":
    main()
