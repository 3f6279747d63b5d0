"""Takes a view and puts it into the stream; the page decides the shard, so that its views keep their order."""
import json
import os

import boto3

kinesis = boto3.client("kinesis")


def handler(event, context):
    try:
        view = json.loads(event.get("body") or "")
        page = view["page"]
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": json.dumps({"error": "send {\"page\": ...}"})}
    kinesis.put_record(StreamName=os.environ["VIEWS_STREAM"], PartitionKey=str(page), Data=json.dumps(view))
    return {"statusCode": 202, "body": "{}"}
