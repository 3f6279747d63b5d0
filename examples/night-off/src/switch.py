"""Starts or stops every machine with the tag `night-off: true`, page by page, and says which."""
import os

import boto3

ec2 = boto3.client("ec2")
sns = boto3.client("sns")
FROM = {"stop": "running", "start": "stopped"}


def machines(state):
    more = {}
    while True:
        filters = [
            {"Name": "tag:night-off", "Values": ["true"]},
            {"Name": "instance-state-name", "Values": [state]},
        ]
        page = ec2.describe_instances(Filters=filters, **more)
        for reservation in page.get("Reservations", []):
            yield from (instance["InstanceId"] for instance in reservation["Instances"])
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def handler(event, context):
    action = event["action"]
    ids = list(machines(FROM[action]))
    if ids:
        change = ec2.stop_instances if action == "stop" else ec2.start_instances
        change(InstanceIds=ids)
        sns.publish(TopicArn=os.environ["OPS_TOPIC_ARN"], Subject=f"night-off: {action}", Message="\n".join(ids))
    return {action: ids}
