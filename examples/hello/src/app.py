"""Answers GET /hello."""
import json


def handler(event, context):
    """The answer in the form an HTTP API wants."""
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": "Hello, world!"}),
    }
