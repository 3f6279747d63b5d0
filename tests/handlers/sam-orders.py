"""sam-orders takes an order, reads it back, fulfils it, counts it and reports on it."""
import json

from common import load
import boto3

TABLE, CUSTOMERS = "orders-table", "customers-table"
orders = load("sam-orders/src/orders/app.py", ORDERS_TABLE=TABLE, FULFIL_QUEUE_URL="https://queue", STAGE="dev")

made = orders.create({"body": json.dumps({"customer": "ada", "sku": "tea", "quantity": 2})}, None)
assert made["statusCode"] == 201, made
order = json.loads(made["body"])
assert order["status"] == "new" and order["quantity"] == 2, order
assert ("sqs", "send_message") in [call[:2] for call in boto3.calls], boto3.calls
for body in ["", "[]", "{}", json.dumps({"customer": "ada", "sku": "tea", "quantity": 0})]:
    assert orders.create({"body": body}, None)["statusCode"] == 400, body

found = orders.read({"pathParameters": {"id": order["id"]}}, None)
assert found["statusCode"] == 200 and json.loads(found["body"]) == order, found
assert orders.read({"pathParameters": {"id": "none"}}, None)["statusCode"] == 404

fulfil = load("sam-orders/src/fulfil/app.py")
batch = [("m1", json.dumps({"id": order["id"]})), ("m2", json.dumps({"id": "none"})), ("m3", "no json")]
answer = fulfil.handler({"Records": [{"messageId": m, "body": b} for m, b in batch]}, None)
assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}, {"itemIdentifier": "m3"}]}, answer
assert boto3.tables[TABLE][order["id"]]["status"] == "sent"

projection = load("sam-orders/src/projection/app.py", CUSTOMERS_TABLE=CUSTOMERS)
image = {"eventName": "INSERT", "dynamodb": {"NewImage": {"customer": {"S": "ada"}}}}
assert projection.handler({"Records": [image, image, {"eventName": "REMOVE"}]}, None) == {"customers": 1}
assert boto3.tables[CUSTOMERS]["ada"]["orders"] == 2, boto3.tables

report = load("sam-orders/src/report/app.py")
orders.create({"body": json.dumps({"customer": "bob", "sku": "tea"})}, None)
assert report.handler({}, None) == {"sent": 1, "new": 1}
