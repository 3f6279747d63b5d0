"""Starts or stops every machine and database with the tag `night-off: true`, page by page, and says which."""
import os

import boto3

ec2 = boto3.client("ec2")
rds = boto3.client("rds")
sns = boto3.client("sns")
MACHINES = {"stop": "running", "start": "stopped"}
DATABASES = {"stop": "available", "start": "stopped"}
TAG = {"Key": "night-off", "Value": "true"}


def machines(state):
    filters = [
        {"Name": "tag:night-off", "Values": ["true"]},
        {"Name": "instance-state-name", "Values": [state]},
    ]
    more = {}
    while True:
        page = ec2.describe_instances(Filters=filters, **more)
        for reservation in page.get("Reservations", []):
            yield from (instance["InstanceId"] for instance in reservation["Instances"])
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def databases(state):
    """RDS has no filter for tags or states, but shows both."""
    more = {}
    while True:
        page = rds.describe_db_instances(**more)
        for found in page.get("DBInstances", []):
            if found["DBInstanceStatus"] == state and TAG in found.get("TagList", []):
                yield found["DBInstanceIdentifier"]
        if not page.get("Marker"):
            return
        more = {"Marker": page["Marker"]}


def handler(event, context):
    action = event["action"]
    change = {
        "stop": (ec2.stop_instances, rds.stop_db_instance),
        "start": (ec2.start_instances, rds.start_db_instance),
    }[action]
    done, refused = [], []

    def attempt(name, call, **arguments):
        try:
            call(**arguments)
            done.append(name)
        except Exception as problem:  # one that cannot be switched must not keep the others awake
            refused.append(f"{name}: {problem}")

    for name in machines(MACHINES[action]):
        attempt(name, change[0], InstanceIds=[name])
    for name in databases(DATABASES[action]):
        attempt(name, change[1], DBInstanceIdentifier=name)
    if done:
        sns.publish(TopicArn=os.environ["OPS_TOPIC_ARN"], Subject=f"night-off: {action}", Message="\n".join(done))
    if refused:
        # The run counts as failed and comes again; what is switched already is not asked a second time.
        raise RuntimeError("; ".join(refused))
    return {action: done}
