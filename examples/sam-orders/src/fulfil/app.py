"""Works through queued orders and says which messages are to come again."""
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def handler(event, context):
    """One bad message must not bring back the good ones of its batch."""
    failed = []
    for record in event["Records"]:
        try:
            fulfil(json.loads(record["body"])["id"])
        except Exception as problem:  # whatever it is, the message comes again and then to the dead letters
            print(json.dumps({"message": record["messageId"], "problem": repr(problem)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def fulfil(order):
    """Marks an order as sent; an order that is not there is a failure."""
    table.update_item(
        Key={"id": order},
        UpdateExpression="SET #s = :sent",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":sent": "sent"},
    )
