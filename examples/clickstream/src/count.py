"""Adds the views of a batch to the counts. A record that is no view goes to the queue after some tries; those
that were counted before it are not counted again, since the first bad one is where the stream goes on."""
import base64
import collections
import json
import os

import boto3

WEEK = 7 * 86_400
table = boto3.resource("dynamodb").Table(os.environ["COUNTS_TABLE"])


def handler(event, context):
    counts = collections.Counter()
    bad = None
    for record in event["Records"]:
        kinesis = record["kinesis"]
        try:
            page = json.loads(base64.b64decode(kinesis["data"]))["page"]
        except (ValueError, KeyError, TypeError):
            bad = kinesis["sequenceNumber"]
            break
        counts[str(page), int(kinesis["approximateArrivalTimestamp"]) // 60] += 1
    for (page, minute), views in counts.items():
        table.update_item(
            Key={"page": page, "minute": str(minute * 60)},
            UpdateExpression="SET expires = :expires ADD #views :views",
            ExpressionAttributeNames={"#views": "views"},
            ExpressionAttributeValues={":views": views, ":expires": minute * 60 + WEEK},
        )
    return {"batchItemFailures": [{"itemIdentifier": bad}] if bad else []}
