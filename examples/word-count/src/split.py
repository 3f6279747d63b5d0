"""Fans a text out: one message for each part of it, and a row that knows how many there are."""
import json
import os
import time
import urllib.parse

import boto3

PART = 1 << 20
MONTH = 30 * 86_400
s3 = boto3.client("s3")
sqs = boto3.client("sqs")
table = boto3.resource("dynamodb").Table(os.environ["RESULTS_TABLE"])


def handler(event, context):
    for record in event["Records"]:
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        size = record["s3"]["object"]["size"]
        parts = [(start, min(start + PART, size)) for start in range(0, size, PART)]
        table.put_item(Item={"text": key, "parts": len(parts), "done": 0, "words": 0, "expires": int(time.time()) + MONTH})
        for start, end in parts:
            body = json.dumps({"key": key, "start": start, "end": end, "size": size})
            sqs.send_message(QueueUrl=os.environ["PARTS_QUEUE_URL"], MessageBody=body)
