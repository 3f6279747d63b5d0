"""Functions of `samc local` read the streams that tables have in an emulator. Usage: local_streams.py SAMC

The emulator is moto's server. The table is made as the manifest says; items are put, changed and deleted by boto3, and by
a function with the SDK as it is. Then the table is made anew, and another emulator takes the place of the first.
"""
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from common import clients, finish, serve

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src}}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.read
      Events:
        Changes:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST, BatchSize: 10, ParallelizationFactor: 2}
  Writer:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.write, Policies: [DynamoDBCrudPolicy: {TableName: !Ref Orders}], Environment: {Variables: {TABLE: !Ref Orders}}}
"""
CODE = """
import json, os
def read(event, context):
    for record in event["Records"]:
        print("GOT " + json.dumps(record))
def write(event, context):
    import boto3
    boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item=event)
"""


class Running:
    """`samc local start` of the template, with an emulator."""

    def __init__(self, samc, folder, address):
        environment = {**os.environ, "SAMC_CACHE_DIR": str(folder / "cache")}
        environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
        command = [samc, "local", "start", "--port", "0", "--log", "json", "--quiet", "--no-watch", "--endpoint-url", address]
        self.process = subprocess.Popen(command, cwd=folder / "app", env=environment, stdout=subprocess.PIPE, text=True)
        self.records, self.notes = queue.Queue(), []
        self.url = json.loads(self.process.stdout.readline())["page"].removesuffix("/_samc/")
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if "GOT " in said.get("text", ""):
                self.records.put(json.loads(said["text"].split("GOT ", 1)[1]))
            elif said["kind"] == "notice":
                self.notes.append(said["text"])

    def next(self):
        """The next record: what happened, the key and the images."""
        record = self.records.get(timeout=20)
        assert record["eventSource"] == "aws:dynamodb" and record["eventVersion"], record
        assert record["eventSourceARN"].startswith("arn:aws:dynamodb:us-east-1:") and record["awsRegion"] == "us-east-1", record
        change = record["dynamodb"]
        assert change["SequenceNumber"] and change["StreamViewType"] == "NEW_AND_OLD_IMAGES", record
        return record["eventName"], change["Keys"]["id"]["S"], change.get("OldImage"), change.get("NewImage")

    def invoke(self, function, event):
        url = f"{self.url}/2015-03-31/functions/{function}/invocations"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(event).encode()), timeout=60) as answer:
            assert answer.headers.get("x-amz-function-error") is None, answer.read()

    def until(self, part):
        end = time.monotonic() + 20
        while not any(part in note for note in self.notes):
            assert time.monotonic() < end, self.notes
            time.sleep(0.05)


def make(client, folder):
    manifest = json.loads((folder / "app/.samc/local/manifest.json").read_text())
    client("dynamodb").create_table(**manifest["resources"]["Orders"]["create"])
    return manifest["resources"]["Orders"]["name"]


def a_table_that_comes_later_is_read(running, client, folder):
    running.until("the table is not there, or has no stream yet")
    name = make(client, folder)
    client("dynamodb").put_item(TableName=name, Item={"id": {"S": "first"}})
    assert running.next() == ("INSERT", "first", None, {"id": {"S": "first"}})


def changes_come_in_order(running, client, folder):
    dynamo = client("dynamodb")
    for number in range(40):
        dynamo.put_item(TableName="template-Orders", Item={"id": {"S": f"{number % 2}"}, "n": {"N": str(number)}})
    dynamo.delete_item(TableName="template-Orders", Key={"id": {"S": "1"}})
    got = [running.next() for _ in range(41)]
    for key in "01":
        own = [change for change in got if change[1] == key]
        assert [change[0] for change in own] == ["INSERT"] + ["MODIFY"] * 19 + (["REMOVE"] if key == "1" else []), own
        numbers = [int(change[3]["n"]["N"]) for change in own if change[3]]
        assert numbers == sorted(numbers), numbers
        for before, after in zip(own, own[1:]):
            assert after[2] == before[3], (before, after)


def what_functions_write_comes_back(running, client, folder):
    running.invoke("Writer", {"id": "own"})
    assert running.next() == ("INSERT", "own", None, {"id": {"S": "own"}})


def a_table_that_is_made_anew_is_read(running, client, folder):
    client("dynamodb").delete_table(TableName="template-Orders")
    time.sleep(1)
    make(client, folder)
    client("dynamodb").put_item(TableName="template-Orders", Item={"id": {"S": "anew"}})
    assert running.next()[:2] == ("INSERT", "anew")
    assert running.records.empty()


def main():
    samc, passed, failures = str(pathlib.Path(sys.argv[1]).resolve()), 0, []
    server, address = serve()
    with tempfile.TemporaryDirectory(prefix="streams-") as folder:
        folder = pathlib.Path(folder)
        for name, text in (("template.yaml", TEMPLATE), ("src/app.py", CODE)):
            path = folder / "app" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        running = Running(samc, folder, address)
        try:
            steps = [a_table_that_comes_later_is_read, changes_come_in_order, what_functions_write_comes_back, a_table_that_is_made_anew_is_read]
            for step in steps:
                try:
                    step(running, clients(address), folder)
                    passed += 1
                except Exception as problem:
                    failures.append((step.__name__, f"{type(problem).__name__}: {problem}\n{running.notes}"))
            try:
                server.kill()
                server.wait()
                running.until("its stream is not read")
                running.process.send_signal(signal.SIGINT)
                assert running.process.wait(timeout=20) == 0
                passed += 1
            except Exception as problem:
                failures.append(("the emulator ends", f"{type(problem).__name__}: {problem}\n{running.notes}"))
        finally:
            server.kill()
            running.process.kill()
    finish("local_streams", passed, failures)


if __name__ == "__main__":
    main()
