"""Counts orders by status, every morning."""
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def handler(event, context):
    """Scans page by page and logs one line, which a metric filter can read."""
    counts, start = {}, {}
    while True:
        page = table.scan(ProjectionExpression="#s", ExpressionAttributeNames={"#s": "status"}, **start)
        for item in page["Items"]:
            counts[item["status"]] = counts.get(item["status"], 0) + 1
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    print(json.dumps({"stage": os.environ.get("STAGE"), "orders": counts}))
    return counts
