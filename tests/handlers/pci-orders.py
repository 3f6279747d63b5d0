"""Orders are kept and told, numbers of cards are refused, reports hold no token, and the hook says how it went."""
import json

from common import load
import boto3

orders = load("pci-orders/src/orders.py", ORDERS_TABLE="orders", EVENTS_BUS="events", REPORTS_BUCKET="reports", CREATE_FUNCTION_ARN="create")
project = load("pci-orders/src/project.py")
rotate = load("pci-orders/src/rotate.py")
smoke = load("pci-orders/src/smoke.py")


def request(body):
    return {"body": body, "requestContext": {"authorizer": {"claims": {"sub": "anna"}}}}


made = orders.create(request('{"card-token": "tok_1a", "total": 9.5}'), None)
assert made["statusCode"] == 201
assert boto3.tables["orders"]["anna"]["card-token"] == "tok_1a"
entry = boto3.calls[-1][2]["Entries"][0]
assert entry["DetailType"] == "order-placed" and "tok" not in entry["Detail"]
for bad in [None, "{}", "x", '{"card-token": "4111111111111111", "total": 1}']:
    assert orders.create(request(bad), None)["statusCode"] == 400, bad
assert orders.create({"check": True}, None)["statusCode"] == 200
image = {"order-id": {"S": "o-1"}, "total": {"N": "9.5"}, "card-token": {"S": "tok_1a"}}
records = [{"dynamodb": {"NewImage": image, "SequenceNumber": "1"}}, {"dynamodb": {}}]
assert project.run({"Records": records}, None) == {"batchItemFailures": []}
assert b"tok" not in boto3.objects["orders/o-1.json"]
for step in ["createSecret", "setSecret", "testSecret", "finishSecret"]:
    assert rotate.run({"SecretId": "s", "ClientRequestToken": "t", "Step": step}, None) == step
assert any(c[1] == "put_secret_value" and len(c[2]["SecretString"]) > 40 for c in boto3.calls)
smoke.functions = type("Lambda", (), {"invoke": lambda self, **more: {"FunctionError": "Unhandled"}})()
assert smoke.check({"DeploymentId": "d", "LifecycleEventHookExecutionId": "h"}, None) == "Failed"
assert boto3.calls[-1][2]["status"] == "Failed"
