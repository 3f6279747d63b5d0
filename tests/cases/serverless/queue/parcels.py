import os


def store(event, context):
    return {"batchItemFailures": []}
