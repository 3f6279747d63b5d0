"""Sees each change of the results, and tells of a text once its last part is counted."""
import json
import os

import boto3

sns = boto3.client("sns")


def handler(event, context):
    for record in event["Records"]:
        row = record["dynamodb"].get("NewImage", {})
        if not row or row["done"]["N"] != row["parts"]["N"]:
            continue
        message = json.dumps({"text": row["text"]["S"], "words": int(row["words"]["N"])})
        sns.publish(TopicArn=os.environ["DONE_TOPIC_ARN"], Message=message)
    return {"batchItemFailures": []}
