"""The functions of the order workflow. Each does one thing and can be called again without harm."""
import json
import os

import boto3

states = boto3.client("stepfunctions")


class SoldOut(Exception):
    """There is not enough of something."""


class PaymentDown(Exception):
    """The payment service does not answer; worth another try."""


class Refused(Exception):
    """The payment was refused; another try would not help."""


def place(event, context):
    """Starts the workflow under the order's id, so that an order sent twice runs once."""
    try:
        order = json.loads(event.get("body") or "")
        order_id, items, total = order["id"], order["items"], order["total"]
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": json.dumps({"error": "send id, items and total"})}
    data = json.dumps({"id": order_id, "items": items, "total": total})
    states.start_execution(stateMachineArn=os.environ["FULFIL_WORKFLOW_ARN"], name=str(order_id), input=data)
    return {"statusCode": 202, "body": json.dumps({"id": order_id})}


def _stock():
    return boto3.resource("dynamodb").Table(os.environ["STOCK_TABLE"])


def _change(items, sign):
    for item in items:
        _stock().update_item(
            Key={"id": item["id"]},
            UpdateExpression="ADD #left :change",
            ExpressionAttributeNames={"#left": "left"},
            ExpressionAttributeValues={":change": sign * item["count"]},
        )


def reserve(order, context):
    if any(item["count"] <= 0 for item in order["items"]):
        raise SoldOut("a count below one")
    _change(order["items"], -1)
    return [item["id"] for item in order["items"]]


def release(order, context):
    _change(order["items"], 1)
    return True


def charge(order, context):
    """Stands for a payment service: cards that begin with 0 are refused."""
    card = str(order.get("card", ""))
    if card.startswith("0"):
        raise Refused(card)
    return {"paid": order["total"]}
