"""A commit fans out into six jobs, and the last of them to end tells the result."""
import json

from common import load
import boto3

plan = load("build-fanout/src/plan.py", RUNS_TABLE="runs", JOBS_QUEUE_URL="jobs", RESULTS_BUCKET="results", FINISHED_TOPIC_ARN="finished")
work = load("build-fanout/src/work.py")
assert plan.handler({"detail": {"commit": "c0ffee0123456789", "archive": "https://example.com/a.tgz"}}, None) == 6
jobs = [c[2]["MessageBody"] for c in boto3.calls if c[1] == "send_message"]
assert len(set(jobs)) == 6
row = {"open": 6, "failed": 0}


class Runs:
    def update_item(self, ExpressionAttributeValues, **more):
        row["open"] += ExpressionAttributeValues[":less"]
        row["failed"] += ExpressionAttributeValues[":failed"]
        return {"Attributes": dict(row)}


work.table = Runs()
statuses = iter([0, 0, 1, 0, 0, 0])
work.run = lambda job, folder: (next(statuses), b"log")
for i, body in enumerate(jobs):
    told = [c for c in boto3.calls if c[1] == "publish"]
    assert not told, (i, told)
    work.handler({"Records": [{"body": body}]}, None)
subject = boto3.calls[-1][2]["Subject"]
assert subject == "c0ffee012345 failed (1)", subject
assert sum(c[1] == "put_object" for c in boto3.calls) == 6
