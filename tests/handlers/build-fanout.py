"""A commit fans out into six jobs, and the last of them to end tells the result."""
import json

from common import load
import boto3

plan = load("build-fanout/src/plan.py", RUNS_TABLE="runs", JOBS_QUEUE_URL="jobs", RESULTS_BUCKET="results", FINISHED_TOPIC_ARN="finished")
work = load("build-fanout/src/work.py")
assert plan.handler({"detail": {"commit": "c0ffee0123456789", "archive": "https://example.com/a.tgz"}}, None) == 6
jobs = [c[2]["MessageBody"] for c in boto3.calls if c[1] == "send_message"]
assert len(set(jobs)) == 6
statuses = iter([0, 0, 1, 1, 0, 0, 0, 0])
work.run = lambda job, folder: (next(statuses), b"log")
# The third job comes twice, and fails both times.
for i, body in enumerate(jobs[:3] + jobs[2:]):
    told = [c for c in boto3.calls if c[1] == "publish"]
    assert not told, (i, told)
    work.handler({"Records": [{"body": body}]}, None)
subject = boto3.calls[-1][2]["Subject"]
assert subject == "c0ffee012345 failed (1)", subject
row = boto3.tables["runs"]["c0ffee0123456789"]
assert (row["open"], row["failed"]) == (0, 1) and row["expires"] > 0, row
# The last message again: the copy before it may have ended before it told.
work.handler({"Records": [{"body": jobs[-1]}]}, None)
assert [c[2]["Subject"] for c in boto3.calls if c[1] == "publish"] == [subject] * 2
assert boto3.tables["runs"]["c0ffee0123456789"]["open"] == 0
try:
    load("build-fanout/src/work.py").run({"archive": "file:///etc/passwd"}, "/nowhere")
except ValueError:
    pass
else:
    raise AssertionError("an archive that is a file was taken")
