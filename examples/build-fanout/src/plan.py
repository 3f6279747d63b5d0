"""Turns one commit into a job for each combination of platform and suite."""
import itertools
import json
import os
import time

import boto3

PLATFORMS = ["linux-x86", "linux-arm"]
SUITES = ["unit", "integration", "lint"]
MONTH = 30 * 86_400
sqs = boto3.client("sqs")
table = boto3.resource("dynamodb").Table(os.environ["RUNS_TABLE"])


def handler(event, context):
    commit = event["detail"]["commit"]
    jobs = list(itertools.product(PLATFORMS, SUITES))
    table.put_item(Item={"commit": commit, "open": len(jobs), "failed": 0, "expires": int(time.time()) + MONTH})
    for platform, suite in jobs:
        body = json.dumps({"commit": commit, "archive": event["detail"]["archive"], "platform": platform, "suite": suite})
        sqs.send_message(QueueUrl=os.environ["JOBS_QUEUE_URL"], MessageBody=body)
    return len(jobs)
