"""Lends tools, and reminds of them the day before they are due."""
import datetime
import json
import os

import boto3

LOANS = boto3.resource("dynamodb").Table(os.environ["LOANS_TABLE"])
WEEK = datetime.timedelta(days=7)


def lend(event, context):
    """A tool is lent for a week, unless somebody has it."""
    tool = event["pathParameters"]["tool"]
    body = json.loads(event.get("body") or "{}")
    if not body.get("member"):
        return answer(400, {"error": "who wants it? `member` is missing"})
    due = (datetime.date.today() + WEEK).isoformat()
    try:
        LOANS.put_item(
            Item={"tool": tool, "member": body["member"], "due": due},
            ConditionExpression="attribute_not_exists(tool)",
        )
    except LOANS.meta.client.exceptions.ConditionalCheckFailedException:
        return answer(409, {"error": f"{tool} is lent"})
    return answer(201, {"tool": tool, "due": due})


def show(event, context):
    """Whether a tool is there, and until when it is not."""
    tool = event["pathParameters"]["tool"]
    loan = LOANS.get_item(Key={"tool": tool}).get("Item")
    return answer(200, {"tool": tool, "free": loan is None, "due": loan and loan["due"]})


def due(event, context):
    """A message for each loan that ends tomorrow."""
    tomorrow = (datetime.date.fromisoformat(event["time"][:10]) + datetime.timedelta(days=1)).isoformat()
    queue = boto3.client("sqs")
    loans = LOANS.query(
        IndexName="due",
        KeyConditionExpression="due = :day",
        ExpressionAttributeValues={":day": tomorrow},
    )["Items"]
    for loan in loans:
        queue.send_message(QueueUrl=os.environ["REMINDERS_QUEUE"], MessageBody=json.dumps({"tool": loan["tool"]}))
    return len(loans)


def remind(event, context):
    """Marks each loan as reminded of. What fails comes back alone."""
    failed = []
    for record in event["Records"]:
        try:
            tool = json.loads(record["body"])["tool"]
            LOANS.update_item(
                Key={"tool": tool},
                UpdateExpression="SET reminded = :yes",
                ExpressionAttributeValues={":yes": True},
            )
        except (KeyError, ValueError) as problem:
            print(f"not a reminder: {problem}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
