"""The views of a page, minute by minute, newest first."""
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["COUNTS_TABLE"])


def handler(event, context):
    found = table.query(
        KeyConditionExpression="page = :page",
        ExpressionAttributeValues={":page": event["pathParameters"]["page"]},
        ScanIndexForward=False,
        Limit=60,
    )
    minutes = [{"minute": item["minute"], "views": int(item["views"])} for item in found["Items"]]
    return {"statusCode": 200, "body": json.dumps(minutes)}
