#!/usr/bin/env python3
"""Times `samc local start` and serverless-offline side by side: the same Node.js handler behind an HTTP API.

Usage: local_load.py SAMC [--osls OSLS] [--runs N] [--seconds N] [--requests N] [--own-sessions] [--json FILE]

Both servers run all the time and are asked in turns by `wrk` on loopback, with 1 and with 16 connections, so that both see
the same machine; the table has medians of N runs (default 8) of some seconds each (default 3), and the best of them, as other
work on the machine only ever adds. What both print goes to files. `osls` is that of `npm install osls@3 serverless-offline@14`;
without --osls samc runs alone. Then the memory of samc itself, without the processes of functions, is read before, while and
after it answers many requests (default 100,000).

Servers and `wrk` are of one session, as when one shell starts both. With --own-sessions each server has its own, as in another
terminal: Linux then shares the processors among the sessions first (sched(7), "The autogroup feature"), so that the client
always gets its half at once, which costs a server that is quick more than one that is slow.

Ends with status 1 where a limit is not held: the ratio is to hold by the medians and by the best runs of both, the 99th
percentile is that of the best run.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

# What must hold with 16 connections: how many times as many requests, and milliseconds of the 99th percentile.
RATIO, SLOWEST_MS = 5.0, 10.0
# MiB that samc itself may hold, and may gain after the first WARM requests.
RESIDENT_MIB, GROWTH_MIB, WARM = 40.0, 2.0, 10_000
CONNECTIONS = (1, 16)
HANDLER = "module.exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ hello: 'world' }) });\n"
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def application(root, osls):
    """The same function for both."""
    (root / "src").mkdir(parents=True)
    (root / "src" / "app.js").write_text(HANDLER)
    (root / "app.yaml").write_text(
        "app: load\nfunctions:\n  hello: {handler: app.handler, code: src, runtime: nodejs22.x, on: GET /hello}\n"
    )
    (root / "serverless.yml").write_text(
        "service: load\nprovider: {name: aws, runtime: nodejs20.x}\nplugins: [serverless-offline]\n"
        "functions:\n  hello:\n    handler: src/app.handler\n    events: [{httpApi: 'GET /hello'}]\n"
    )
    if osls:
        # Plugins are looked for beside the service.
        (root / "node_modules").symlink_to(osls.parent.parent)


class Server:
    """A program that answers at a port, from its start to its end."""

    def __init__(self, name, command, root, path, port, own_session):
        self.name, self.url = name, f"http://127.0.0.1:{port}{path}"
        environment = os.environ | {"SLS_TELEMETRY_DISABLED": "1", "AWS_REGION": "us-east-1", "SAMC_CACHE_DIR": str(root / "cache")}
        # Outside of what is watched.
        log = root.parent / f"{name}.log"
        self.said = log.open("w+b")
        start = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said, start_new_session=own_session
        )
        while True:
            try:
                with urllib.request.urlopen(self.url, timeout=10) as answer:
                    assert json.load(answer) == {"hello": "world"}
                break
            except OSError as problem:
                if self.process.poll() is not None or time.perf_counter() - start > 60:
                    self.end()
                    text = log.read_text(errors="replace")
                    raise SystemExit(f"{name} does not answer: {problem}\n{text[-2000:]}")
                time.sleep(0.02)
        self.first_s = time.perf_counter() - start

    def resident(self):
        """MiB that the process holds, those that it started aside, and the most it has held."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024 for name in ("VmRSS", "VmHWM"))

    def resident_of_all(self):
        """MiB of the process and of all that it started."""
        table = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,rss="], capture_output=True, text=True).stdout
        rows = [tuple(map(int, line.split())) for line in table.splitlines()]
        family, before = {self.process.pid}, 0
        while len(family) > before:
            before = len(family)
            family |= {pid for pid, parent, _ in rows if parent in family}
        return sum(rss for pid, _, rss in rows if pid in family) / 1024

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.said.close()


def wrk(url, connections, seconds):
    """What wrk measured: requests, requests per second and milliseconds of percentiles."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors:.*", text)
    assert not wrong, f"{url}: {wrong[0]}"
    percentile = {}
    for which in ("50", "99"):
        number, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s|m)", text).groups()
        percentile[which] = float(number) * UNITS[unit]
    return {
        "requests": int(re.search(r"(\d+) requests in", text)[1]),
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "p50": percentile["50"],
        "p99": percentile["99"],
    }


def many(server, requests):
    """The memory of the server before, after the first and after all requests, and the most in between."""
    points, done, most, over = {0: server.resident()[0]}, 0, [0.0], threading.Event()

    def look():
        while not over.wait(0.05):
            most[0] = max(most[0], server.resident()[0])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        while done < requests:
            done += wrk(server.url, 16, 1)["requests"]
            if done >= WARM and len(points) == 1:
                points[done] = server.resident()[0]
        points[done] = server.resident()[0]
    finally:
        over.set()
        watcher.join()
    return points, max(most[0], *points.values())


def measure(servers, runs, seconds):
    """Runs of wrk by name of the server and number of connections, in turns."""
    for server in servers:
        wrk(server.url, 16, 2)  # compiles what is compiled when it runs, and starts processes
    found = {(server.name, connections): [] for connections in CONNECTIONS for server in servers}
    for _ in range(runs):
        for connections in CONNECTIONS:
            for server in servers:
                found[server.name, connections].append(wrk(server.url, connections, seconds))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samc", type=pathlib.Path)
    parser.add_argument("--osls", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--own-sessions", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not on this machine: apt-get install wrk")
    osls = options.osls and options.osls.absolute()
    servers, broken = [], []
    with tempfile.TemporaryDirectory(prefix="samc-load-") as folder:
        root = pathlib.Path(folder) / "app"
        application(root, osls)
        try:
            port = free_port()
            command = [options.samc.resolve(), "local", "start", "app.yaml", "--port", str(port)]
            servers.append(Server("samc", command, root, "/hello", port, options.own_sessions))
            if osls:
                port, further = free_port(), free_port()
                command = [osls, "offline", "start", "--httpPort", str(port), "--lambdaPort", str(further), "--noPrependStageInUrl"]
                servers.append(Server("serverless-offline", command, root, "/hello", port, options.own_sessions))
            where = "each server in a session of its own" if options.own_sessions else "all in one session"
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.runs} runs of {options.seconds} s, {where}")
            found = measure(servers, options.runs, options.seconds)
            print(f"{'':20} {'conn':>4} {'req/s':>8} {'best':>8} {'p50 ms':>8} {'best':>8} {'p99 ms':>8} {'best':>8} {'all MiB':>8}  first answer")
            table = {}
            for (name, connections), runs in found.items():
                values = {}
                for key, best in (("per_second", max), ("p50", min), ("p99", min)):
                    values[key] = statistics.median(run[key] for run in runs)
                    values[f"best_{key}"] = best(run[key] for run in runs)
                table[name, connections] = values
                server = next(server for server in servers if server.name == name)
                print(
                    f"{name:20} {connections:4} {values['per_second']:8,.0f} {values['best_per_second']:8,.0f}"
                    f" {values['p50']:8.2f} {values['best_p50']:8.2f} {values['p99']:8.2f} {values['best_p99']:8.2f}"
                    f" {server.resident_of_all():8.0f}  {server.first_s:.2f} s",
                    flush=True,
                )
            for connections in CONNECTIONS if osls else ():
                ratio = table["samc", connections]["best_per_second"] / table["serverless-offline", connections]["best_per_second"]
                medians = table["samc", connections]["per_second"] / table["serverless-offline", connections]["per_second"]
                print(f"{connections:2} connections: samc answers {ratio:.1f} times as many in the best runs, {medians:.1f} by the medians")
                if connections == 16 and min(ratio, medians) < RATIO:
                    broken.append(f"{min(ratio, medians):.1f} times as many requests with 16 connections, not {RATIO}")
            for connections in CONNECTIONS:
                slow = table["samc", connections]["best_p99"]
                if slow >= SLOWEST_MS:
                    broken.append(f"99 % of requests within {slow:.1f} ms with {connections} connections, not {SLOWEST_MS}")
        finally:
            for server in servers:
                server.end()
        # A new one, that has answered nothing yet.
        port = free_port()
        command = [options.samc.resolve(), "local", "start", "app.yaml", "--port", str(port)]
        server = Server("samc", command, root, "/hello", port, options.own_sessions)
        try:
            points, most = many(server, options.requests)
        finally:
            server.end()
        print("samc itself: " + ", ".join(f"{mib:.1f} MiB after {count:,}" for count, mib in points.items()) + f"; at most {most:.1f} MiB")
        _, warm, last = points.values()
        if most >= RESIDENT_MIB:
            broken.append(f"{most:.1f} MiB, not {RESIDENT_MIB}")
        if last - warm >= GROWTH_MIB:
            broken.append(f"{last - warm:.1f} MiB more than after {WARM:,} requests, not {GROWTH_MIB}")
        if options.json:
            runs = {f"{name} {connections}": runs for (name, connections), runs in found.items()}
            options.json.write_text(json.dumps({"runs": runs, "mib": points, "most": most}, indent=1))
    for text in broken:
        print(f"  NOT HELD: {text}")
    sys.exit(1 if broken else 0)


main()
