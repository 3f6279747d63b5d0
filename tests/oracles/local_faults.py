"""Functions, clients and messages that do harm to `samc local` are noticed by nobody else. Usage: local_faults.py SAMC [SEED]

Processes of functions are killed at random under load: only the requests fail that were in them. Functions flood their
output, leave processes behind, hang and answer what is no answer, a queue is filled to its bound and a thousand clients
send a byte a second, while others are served and measured. In the end no process is left.
"""
import http.client
import json
import os
import pathlib
import queue
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from common import finish

APP = """
app: faults
functions:
  quick: {handler: app.quick, code: src, runtime: python3.12, on: GET /quick}
  slow: {handler: app.slow, code: src, runtime: python3.12, on: GET /slow}
  flood: {handler: app.flood, code: src, runtime: python3.12, timeout: 20s, on: GET /flood}
  leave: {handler: app.leave, code: src, runtime: python3.12, on: GET /leave}
  hang: {handler: app.hang, code: src, runtime: python3.12, timeout: 2s, on: GET /hang}
  odd: {handler: app.odd, code: src, runtime: python3.12, on: "GET /odd/{how}"}
  raw: {handler: bootstrap, code: raw, runtime: provided.al2023, timeout: 2s, on: GET /raw}
queues:
  full: {}
"""
CODE = """
import os, signal, subprocess, sys, time
def answer(text):
    return {"statusCode": 200, "body": str(text)}
def quick(event, context):
    return answer(os.getpid())
def slow(event, context):
    time.sleep(0.03)
    return answer(os.getpid())
def flood(event, context):
    line = "x" * 1023 + "\\n"
    for _ in range(64 * 1024):
        sys.stdout.write(line)
    return answer("done")
def leave(event, context):
    # Out of the session and the group, and deaf to what asks to end.
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
    return answer([subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True).pid for _ in range(10)])
def hang(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1000)
def odd(event, context):
    how = event["pathParameters"]["how"]
    if how == "set": return {1, 2}
    if how == "status": return {"statusCode": "many"}
    if how == "header": return {"statusCode": 200, "headers": {"a\\nb": "c\\r\\nd: e"}, "body": "x"}
    if how == "deep": return eval("[" * 90 + "]" * 90)
    if how == "large": return {"statusCode": 200, "body": "x" * 7_000_000}
    if how == "exit": os._exit(0)
    if how == "abort": os.abort()
"""
# Speaks the Runtime API as badly as it can: what is no request, answers to calls that are none, bodies that do not come.
RAW = """#!/usr/bin/env python3
import os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
def send(data):
    with socket.create_connection((host, int(port))) as one:
        one.settimeout(1)
        try:
            one.sendall(data)
            return one.recv(65536)
        except OSError:
            return b""
post = "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: %d\\r\\n\\r\\n"
while True:
    for bad in (b"\\0" * 5000, b"GET / HTTP/9.9\\r\\n\\r\\n", b"GET " + b"/" * 100_000, (post % ("none", 3)).encode() + b"abc"):
        send(bad)
    with socket.create_connection((host, int(port))) as asked:
        asked.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nhost: %s\\r\\n\\r\\n" % host.encode())
        head = asked.recv(65536).decode().lower()
        id = head.split("lambda-runtime-aws-request-id: ")[1].split("\\r\\n")[0]
        asked.sendall((post % (id, 5_000_000)).encode() + b"{")
        send((post % (id, 9)).encode() + b"{{{{{{{{{")
"""
SLOW_CLIENTS = """
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
host, port, count, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
async def one(number):
    await asyncio.sleep(number / count)
    reader, writer = await asyncio.open_connection(host, port)
    for byte in b"GET /quick HTTP/1.1"[:int(seconds)]:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)
    writer.close()
    return 1
async def all():
    print(sum(await asyncio.gather(*(one(n) for n in range(count)))))
asyncio.run(all())
"""
CLIENTS, LIMIT_MS = 1000, 500.0


class Running:
    """`samc local start` of the application."""

    def __init__(self, samc, folder):
        command = [samc, "local", "start", "--port", "0", "--log", "json", "--no-watch", "--quiet"]
        environment = {**os.environ, "SAMC_CACHE_DIR": str(folder / "cache")}
        self.process = subprocess.Popen(command, cwd=folder / "app", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines, self.calls = queue.Queue(), []
        threading.Thread(target=self.read, daemon=True).start()
        self.url = self.lines.get(timeout=60)["page"].removesuffix("/_samc/")
        self.address = self.url.removeprefix("http://")

    def read(self):
        for line in self.process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if said["kind"] == "started":
                self.lines.put(said)
            elif said["kind"] == "call":
                self.calls.append(said)

    def ask(self, path, timeout=60):
        """Status and body of an answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")

    def handlers(self):
        """The processes of functions."""
        text = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(line) for line in text.split()]

    def resident(self):
        """MiB of samc itself."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Others:
    """Somebody who asks all the time, on one connection, and writes down how long it took."""

    def __init__(self, running, path="/quick"):
        self.times, self.failed, self.over = [], [], threading.Event()
        self.running, self.path = running, path
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        connection = http.client.HTTPConnection(self.running.address, timeout=30)
        while not self.over.is_set():
            start = time.perf_counter()
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                body = answer.read().decode()
                if answer.status != 200:
                    self.failed.append((answer.status, body))
            except OSError as problem:
                self.failed.append((0, str(problem)))
                connection.close()
            self.times.append((time.perf_counter() - start) * 1000)
            self.over.wait(0.002)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def told(self):
        """The median, the 99th percentile and the worst, in ms."""
        cut = statistics.quantiles(self.times, n=100)
        return f"{len(self.times)} others: median {cut[49]:.1f} ms, 99 % {cut[98]:.1f} ms, worst {max(self.times):.1f} ms"

    def check(self):
        assert not self.failed, self.failed[:3]
        assert len(self.times) > 50, len(self.times)
        assert statistics.quantiles(self.times, n=100)[98] < LIMIT_MS, self.told()


def kills_at_random(running, draw):
    """Eight clients ask while processes are killed; each failure is one of a request in a killed process."""
    for _ in range(2):
        assert running.ask("/slow")[0] == 200 and running.ask("/quick")[0] == 200
    running.calls.clear()
    killed, end = 0, time.monotonic() + 6
    clients = [Others(running, path) for path in ("/slow",) * 6 + ("/quick",) * 2]
    for client in clients:
        client.thread.start()
    while time.monotonic() < end:
        time.sleep(draw.uniform(0.05, 0.25))
        if handlers := running.handlers():
            os.kill(draw.choice(handlers), signal.SIGKILL)
            killed += 1
    for client in clients:
        client.over.set()
    for client in clients:
        client.thread.join()
    failed = [one for client in clients for one in client.failed]
    served = sum(len(client.times) for client in clients) - len(failed)
    time.sleep(0.3)
    why = [call for call in running.calls if call.get("errorType")]
    odd = [call for call in why if call["errorType"] != "Runtime.ExitError" or "signal: killed" not in json.dumps(call)]
    assert not odd, odd[:3]
    assert len(failed) == len(why) <= killed, (len(failed), len(why), killed, failed[:3])
    assert all(status == 500 for status, _ in failed), failed[:3]
    assert killed > 15 and failed and served > 200, (killed, len(failed), served)
    assert running.ask("/slow")[0] == 200 and running.ask("/quick")[0] == 200
    return f"{killed} processes killed, {len(failed)} requests failed in them, {served:,} answered"


def floods(running, draw):
    with Others(running) as others:
        time.sleep(0.3)
        status, body = running.ask("/flood")
        assert (status, body) == (200, "done"), (status, body)
    others.check()
    assert running.resident() < 100, running.resident()
    return f"64 MiB of output; {others.told()}"


def leaves_processes(running, draw):
    left = json.loads(running.ask("/leave")[1])
    assert all(pathlib.Path(f"/proc/{pid}").exists() for pid in left)
    with Others(running) as others:
        time.sleep(0.5)
    others.check()


def hangs(running, draw):
    with Others(running) as others:
        start = time.perf_counter()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(running.ask("/hang")[0])) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - start
    assert set(answers) <= {500, 503} and len(answers) == 5, answers
    assert 2.0 <= spent < 6, spent
    others.check()
    return f"5 hung for {spent:.1f} s; {others.told()}"


def answers_oddly(running, draw):
    with Others(running) as others:
        found = {how: running.ask(f"/odd/{how}")[0] for how in ("set", "status", "header", "large", "exit", "abort")}
        deep = running.ask("/odd/deep")[0]
        raw = [running.ask("/raw")[0] for _ in range(3)]
    assert set(found.values()) == {500}, found
    # A list is an answer by itself.
    assert deep == 200, deep
    assert set(raw) <= {500, 503}, raw
    others.check()
    return others.told()


def fills_a_queue(running, draw):
    def call(name, **body):
        headers = {"x-amz-target": f"AmazonSQS.{name}", "content-type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(running.url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    _, found = call("GetQueueUrl", QueueName="faults-Full")
    url, taken = found["QueueUrl"], 0
    with Others(running) as others:
        for _ in range(2000):
            status, answer = call("SendMessage", QueueUrl=url, MessageBody="x" * 250_000)
            if status != 200:
                break
            taken += 1
        # 128 MiB is what a queue holds.
        assert status != 200 and 400 < taken <= 540, (status, taken)
        assert "full" in json.dumps(answer), answer
        most = running.resident()
        assert most < 250, most
        assert call("PurgeQueue", QueueUrl=url)[0] == 200
        assert call("SendMessage", QueueUrl=url, MessageBody="x")[0] == 200
    others.check()
    return f"{taken} messages of 250 kB, then refused; samc held {most:.0f} MiB; {others.told()}"


def slow_clients(running, draw):
    host, port = running.address.split(":")
    seconds = 6
    slow = subprocess.Popen([sys.executable, "-c", SLOW_CLIENTS, host, port, str(CLIENTS), str(seconds)], stdout=subprocess.PIPE, text=True)
    time.sleep(1.5)
    with Others(running) as others:
        time.sleep(seconds - 2)
    out, _ = slow.communicate(timeout=60)
    assert out.strip() == str(CLIENTS), out
    others.check()
    assert running.resident() < 200, running.resident()
    return f"{CLIENTS} clients that send a byte a second; {others.told()}"


def leaves_nothing(running, draw, folder):
    """Whatever functions have started has their code's folder in its environment."""
    def there():
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and f"{folder}/app".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return [pid for pid in found if pid != running.process.pid]

    before = there()
    assert len(before) > 3, before
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=20) == 0
    left = {pid: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() for pid in there()}
    assert not left, left
    return f"{len(before)} processes ended"


def main():
    samc = str(pathlib.Path(sys.argv[1]).resolve())
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    draw, passed, failures = random.Random(seed), 0, []
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        folder = pathlib.Path(folder).resolve()
        for name, text in (("app.yaml", APP), ("src/app.py", CODE), ("raw/bootstrap", RAW)):
            path = folder / "app" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / "app/raw/bootstrap").chmod(0o755)
        running = Running(samc, folder)
        steps = [kills_at_random, floods, leaves_processes, hangs, answers_oddly, fills_a_queue, slow_clients]
        try:
            for step in [*steps, leaves_nothing]:
                try:
                    note = step(running, draw, folder) if step is leaves_nothing else step(running, draw)
                    print(f"{step.__name__.replace('_', ' ')}: {note or 'ok'}", flush=True)
                    passed += 1
                except Exception as problem:  # one harm must not hide the others
                    failures.append((step.__name__, f"{type(problem).__name__}: {problem}"))
        finally:
            if running.process.poll() is None:
                running.process.kill()
    finish("local_faults", passed, failures)


if __name__ == "__main__":
    main()
