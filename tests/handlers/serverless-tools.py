"""A tool is lent once, what is due tomorrow is found, and a message that is none comes back alone."""
import json

from common import load
import boto3

tools = load("serverless-tools/src/tools.py", LOANS_TABLE="loans", REMINDERS_QUEUE="reminders")


def asked(function, tool, body=None):
    answer = function({"pathParameters": {"tool": tool}, "body": body and json.dumps(body)}, None)
    return answer["statusCode"], json.loads(answer["body"])


assert asked(tools.lend, "saw", {})[0] == 400
status, lent = asked(tools.lend, "saw", {"member": "ada"})
assert status == 201 and asked(tools.lend, "saw", {"member": "bob"})[0] == 409
assert asked(tools.show, "saw")[1] == {"tool": "saw", "free": False, "due": lent["due"]}
assert asked(tools.show, "drill")[1] == {"tool": "drill", "free": True, "due": None}

boto3.tables["loans"]["saw"]["due"] = "2026-03-10"
assert tools.due({"time": "2026-03-09T18:00:00Z"}, None) == 1 and tools.due({"time": "2026-03-10T18:00:00Z"}, None) == 0
assert [sent["MessageBody"] for _, verb, sent in boto3.calls if verb == "send_message"] == ['{"tool": "saw"}']

records = [{"messageId": "1", "body": '{"tool": "saw"}'}, {"messageId": "2", "body": "{}"}, {"messageId": "3", "body": "?"}]
assert tools.remind({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
assert boto3.tables["loans"]["saw"]["reminded"] is True
