"""Views go into the stream, are added up by page and minute, and one that cannot be read stops the batch there."""
import base64
import json

from common import load
import boto3

collect = load("clickstream/src/collect.py", VIEWS_STREAM="views", COUNTS_TABLE="counts")
count = load("clickstream/src/count.py")
assert collect.handler({"body": '{"page": "/a"}'}, None)["statusCode"] == 202
service, operation, sent = boto3.calls[-1]
assert (service, operation, sent["PartitionKey"]) == ("kinesis", "put_record", "/a"), boto3.calls[-1]
for bad in [None, "", "[]", "{}", "x"]:
    assert collect.handler({"body": bad}, None)["statusCode"] == 400, bad


def record(number, data, second):
    text = base64.b64encode(data.encode()).decode()
    return {"kinesis": {"sequenceNumber": str(number), "data": text, "approximateArrivalTimestamp": second}}


view = json.dumps({"page": "/a"})
records = [record(1, view, 60.2), record(2, view, 61.0), record(3, view, 121.0), record(4, "no view", 122.0), record(5, view, 123.0)]
assert count.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "4"}]}
added = [(c[2]["Key"]["minute"], c[2]["ExpressionAttributeValues"][":views"]) for c in boto3.calls if c[1] == "update_item"]
assert added == [("60", 2), ("120", 1)], added
rows = [c[2]["ExpressionAttributeValues"][":expires"] for c in boto3.calls if c[1] == "update_item"]
assert rows == [60 + 7 * 86_400, 120 + 7 * 86_400], rows
assert count.handler({"Records": records[:1]}, None) == {"batchItemFailures": []}
