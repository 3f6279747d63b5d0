"""POST /orders and GET /orders/{id}."""
import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def create(event, context):
    """Stores an order, then queues it: what is queued can always be read."""
    try:
        order = json.loads(event.get("body") or "")
        item = {
            "id": str(uuid.uuid4()),
            "customer": str(order["customer"]),
            "sku": str(order["sku"]),
            "quantity": int(order.get("quantity", 1)),
            "status": "new",
        }
    except (ValueError, KeyError, TypeError) as problem:
        return answer(400, {"message": f"not an order: {problem}"})
    if item["quantity"] < 1:
        return answer(400, {"message": "quantity is at least 1"})
    table.put_item(Item=item)
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["FULFIL_QUEUE_URL"], MessageBody=json.dumps({"id": item["id"]})
    )
    return answer(201, item)


def read(event, context):
    """Gives an order back, or 404."""
    wanted = event["pathParameters"]["id"]
    item = table.get_item(Key={"id": wanted}).get("Item")
    return answer(200, item) if item else answer(404, {"message": f"no order {wanted}"})


def answer(status, body):
    """An answer in the form that API Gateway's payload version 2.0 wants."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, default=str),
    }
