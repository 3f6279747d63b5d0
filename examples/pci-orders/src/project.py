"""Writes a line for the day's report of each new order, without what could lead to a card."""
import json
import os

import boto3

s3 = boto3.client("s3")


def run(event, context):
    failures = []
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if not image:
            continue
        line = {"order": image["order-id"]["S"], "total": image["total"]["N"]}
        try:
            s3.put_object(Bucket=os.environ["REPORTS_BUCKET"], Key=f"orders/{line['order']}.json", Body=json.dumps(line))
        except Exception:
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break
    return {"batchItemFailures": failures}
