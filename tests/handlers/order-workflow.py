"""An order starts the workflow once, stock is taken and given back, and a refused card is told."""
import json

from common import load
import boto3

orders = load("order-workflow/src/orders.py", FULFIL_WORKFLOW_ARN="flow", STOCK_TABLE="stock")
order = {"id": "o-1", "items": [{"id": "apple", "count": 2}], "total": 5}
answer = orders.place({"body": json.dumps(order)}, None)
assert answer["statusCode"] == 202 and boto3.calls[-1][2]["name"] == "o-1"
assert json.loads(boto3.calls[-1][2]["input"]) == order
for bad in [None, "x", "{}", "[]"]:
    assert orders.place({"body": bad}, None)["statusCode"] == 400, bad
assert orders.reserve(order, None) == ["apple"]
assert boto3.tables["stock"]["apple"]["left"] == -2
orders.release(order, None)
assert boto3.tables["stock"]["apple"]["left"] == 0
assert orders.charge(order, None) == {"paid": 5}
for wrong, call in [({**order, "card": "0123"}, orders.charge), ({"items": [{"id": "a", "count": 0}]}, orders.reserve)]:
    try:
        call(wrong, None)
    except (orders.Refused, orders.SoldOut):
        continue
    raise AssertionError(wrong)
