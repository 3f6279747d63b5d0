"""Runs one job in a folder of its own and counts it off; the last one tells how the commit fared."""
import json
import os
import subprocess
import tempfile
import urllib.request

import boto3

LIMIT = 13 * 60
s3 = boto3.client("s3")
sns = boto3.client("sns")
table = boto3.resource("dynamodb").Table(os.environ["RUNS_TABLE"])


def run(job, folder):
    """The exit status and output of the suite's script. Only names of the plan become part of a command."""
    if not job["archive"].startswith("https://"):
        raise ValueError("an archive comes over HTTPS")
    archive = os.path.join(folder, "source.tar.gz")
    urllib.request.urlretrieve(job["archive"], archive)
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    try:
        done = subprocess.run(
            [os.path.join(folder, "ci", job["suite"]), job["platform"]],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
        )
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return 124, (late.stdout or b"") + b"\ntimed out"


def count_off(job, failed):
    """The row of the commit without this job. A message may come twice: the second time nothing changes, but
    the row is told again, since the first copy may have ended between counting and telling."""
    commit, name = {"commit": job["commit"]}, f"{job['platform']}/{job['suite']}"
    try:
        return table.update_item(
            Key=commit,
            UpdateExpression="ADD #open :less, failed :failed, finished :jobs",
            ConditionExpression="NOT contains(finished, :job)",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":less": -1, ":failed": failed, ":jobs": {name}, ":job": name},
            ReturnValues="ALL_NEW",
        )["Attributes"]
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return table.get_item(Key=commit, ConsistentRead=True)["Item"]


def handler(event, context):
    for record in event["Records"]:
        job = json.loads(record["body"])
        with tempfile.TemporaryDirectory() as folder:
            status, output = run(job, folder)
        key = f"{job['commit']}/{job['platform']}/{job['suite']}.log"
        s3.put_object(Bucket=os.environ["RESULTS_BUCKET"], Key=key, Body=output)
        row = count_off(job, int(status != 0))
        if row["open"] == 0:
            word = "passed" if row["failed"] == 0 else f"failed ({int(row['failed'])})"
            sns.publish(TopicArn=os.environ["FINISHED_TOPIC_ARN"], Subject=f"{job['commit'][:12]} {word}", Message=key)
    return {"batchItemFailures": []}
