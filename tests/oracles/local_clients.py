"""AWS's own runtime clients run unchanged against the Runtime API of `samc local`: awslambdaric, which Lambda's Python
images run, and the crate lambda_runtime. Usage: local_clients.py SAMC

Both are installed under target/oracles from their registries. What they must do: answer, fail, give what they are told
of the call (id, ARN, deadline, trace), stream (Rust), and serve thousands of calls in a row without losing one.
"""
import json
import os
import pathlib
import queue
import shutil
import signal
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
tokio = { version = "1", features = ["macros", "rt"] }

[workspace]
"""
RUST = """
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handler)).await
}
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


class Running:
    """`samc local start` of the template."""

    def __init__(self, samc, folder):
        environment = {**os.environ, "SAMC_CACHE_DIR": str(folder / "cache")}
        environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
        command = [samc, "local", "start", "--port", "0", "--log", "json", "--quiet", "--no-watch"]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True).start()
        self.url = json.loads(self.lines.get(timeout=60))["page"].removesuffix("/_samc/")

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
    finish("local_clients", passed, failures)


if __name__ == "__main__":
    main()
