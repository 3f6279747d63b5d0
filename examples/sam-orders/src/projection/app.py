"""Keeps a count of orders for each customer, from the changes of the orders table."""
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["CUSTOMERS_TABLE"])


def handler(event, context):
    """Adds up new orders by customer, and writes each customer once."""
    counts = {}
    for record in event["Records"]:
        if record["eventName"] == "INSERT":
            customer = record["dynamodb"]["NewImage"]["customer"]["S"]
            counts[customer] = counts.get(customer, 0) + 1
    for customer, count in sorted(counts.items()):
        table.update_item(
            Key={"customer": customer},
            UpdateExpression="ADD orders :n",
            ExpressionAttributeValues={":n": count},
        )
    return {"customers": len(counts)}
