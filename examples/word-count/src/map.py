"""Counts the words of one part. A word that a part's border cuts belongs to the part that it begins in."""
import json
import os

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["RESULTS_TABLE"])


def count(before, text):
    """The words that begin in the text; `before` is the byte before it, if there is one."""
    words = len(text.split())
    cut = before and not before.isspace() and text[:1] and not text[:1].isspace()
    return words - 1 if cut else words


def handler(event, context):
    for record in event["Records"]:
        part = json.loads(record["body"])
        first = max(part["start"] - 1, 0)
        span = f"bytes={first}-{part['end'] - 1}"
        data = s3.get_object(Bucket=os.environ["TEXTS_BUCKET"], Key=part["key"], Range=span)["Body"].read()
        before, text = (data[:1], data[1:]) if part["start"] else (b"", data)
        try:
            table.update_item(
                Key={"text": part["key"]},
                UpdateExpression="ADD done :one, words :words, counted :parts",
                # A message may come twice; the row knows by its start which part it has.
                ConditionExpression="NOT contains(counted, :start)",
                ExpressionAttributeValues={
                    ":one": 1,
                    ":words": count(before, text),
                    ":parts": {part["start"]},
                    ":start": part["start"],
                },
            )
        except table.meta.client.exceptions.ConditionalCheckFailedException:
            continue
    return {"batchItemFailures": []}
