"""Orders of customers. Numbers of cards never come here: the gateway gives a token for each."""
import decimal
import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
events = boto3.client("events")


def _customer(event):
    return event["requestContext"]["authorizer"]["claims"]["sub"]


def create(event, context):
    if event.get("check"):
        return {"statusCode": 200, "body": "{}"}
    try:
        order = json.loads(event.get("body") or "", parse_float=decimal.Decimal)
        token, total = order["card-token"], order["total"]
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": json.dumps({"error": "send card-token and total"})}
    if any(c.isdigit() for c in token) and sum(c.isdigit() for c in token) >= 13 and token.isdigit():
        return {"statusCode": 400, "body": json.dumps({"error": "send a token, never the number of a card"})}
    order_id = str(uuid.uuid4())
    item = {"customer": _customer(event), "order-id": order_id, "card-token": token, "total": total}
    table.put_item(Item=item)
    detail = json.dumps({"order": order_id, "total": str(total)})
    events.put_events(
        Entries=[{"Source": "orders", "DetailType": "order-placed", "Detail": detail, "EventBusName": os.environ["EVENTS_BUS"]}]
    )
    return {"statusCode": 201, "body": json.dumps({"order": order_id})}


def list_all(event, context):
    found = table.query(
        IndexName="by-date",
        KeyConditionExpression="customer = :customer",
        ExpressionAttributeValues={":customer": _customer(event)},
        ScanIndexForward=False,
    )
    return {"statusCode": 200, "body": json.dumps([item["order-id"] for item in found["Items"]])}
