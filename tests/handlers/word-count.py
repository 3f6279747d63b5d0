"""A text is cut into parts, each word is counted once wherever the borders fall, and the sum is told at the end."""
import json

from common import load
import boto3

split = load("word-count/src/split.py", RESULTS_TABLE="results", PARTS_QUEUE_URL="parts", TEXTS_BUCKET="texts", DONE_TOPIC_ARN="done")
mapper = load("word-count/src/map.py")
reduce = load("word-count/src/reduce.py")
text = b"one two  three four\nfive six"
split.PART = 7
split.handler({"Records": [{"s3": {"object": {"key": "in/a+text", "size": len(text)}}}]}, None)
parts = [json.loads(c[2]["MessageBody"]) for c in boto3.calls if c[1] == "send_message"]
assert [(p["start"], p["end"]) for p in parts] == [(0, 7), (7, 14), (14, 21), (21, 28)], parts
assert all(p["key"] == "in/a text" for p in parts)
boto3.objects["in/a text"] = text
for cut in range(1, len(text) + 1):
    split.PART, before = cut, len(boto3.calls)
    split.handler({"Records": [{"s3": {"object": {"key": "in/a+text", "size": len(text)}}}]}, None)
    bodies = [c[2]["MessageBody"] for c in boto3.calls[before:] if c[1] == "send_message"]
    # Two of the messages come twice.
    for body in bodies + bodies[:2]:
        mapper.handler({"Records": [{"body": body}]}, None)
    row = boto3.tables["results"]["in/a text"]
    assert (row["done"], row["parts"], row["words"]) == (len(bodies), len(bodies), 6), (cut, row)
    assert row["expires"] > 0


def change(done):
    image = {"text": {"S": "in/a"}, "parts": {"N": "4"}, "done": {"N": str(done)}, "words": {"N": "6"}}
    return {"dynamodb": {"NewImage": image}}


before = len(boto3.calls)
reduce.handler({"Records": [change(3), {"dynamodb": {}}]}, None)
assert len(boto3.calls) == before
reduce.handler({"Records": [change(4)]}, None)
assert json.loads(boto3.calls[-1][2]["Message"]) == {"text": "in/a", "words": 6}
