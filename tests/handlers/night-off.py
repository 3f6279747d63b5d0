"""Only tagged things in the other state are switched, all pages of them, and one that refuses hinders no other."""
from common import load
import boto3

switch = load("night-off/src/switch.py", OPS_TOPIC_ARN="ops")
pages = {
    None: {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}], "NextToken": "2"},
    "2": {"Reservations": [{"Instances": [{"InstanceId": "i-2"}, {"InstanceId": "i-3"}]}]},
}
TAGS = [{"Key": "night-off", "Value": "true"}]


def database(name, status, tags):
    return {"DBInstanceIdentifier": name, "DBInstanceStatus": status, "TagList": tags}


shelves = {
    None: {"DBInstances": [database("d-1", "available", TAGS), database("d-2", "available", [])], "Marker": "2"},
    "2": {"DBInstances": [database("d-3", "stopped", TAGS), database("d-4", "available", TAGS)]},
}
asked, done, stuck = [], [], set()


def change(verb, name):
    if name in stuck:
        raise RuntimeError("IncorrectState")
    done.append((verb, name))


class Machines:
    def describe_instances(self, Filters, NextToken=None):
        assert Filters[0] == {"Name": "tag:night-off", "Values": ["true"]}
        asked.append(Filters[1]["Values"])
        return pages[NextToken]

    def stop_instances(self, InstanceIds):
        for name in InstanceIds:
            change("stop", name)

    def start_instances(self, InstanceIds):
        for name in InstanceIds:
            change("start", name)


class Databases:
    def describe_db_instances(self, Marker=None):
        return shelves[Marker]

    def stop_db_instance(self, DBInstanceIdentifier):
        change("stop", DBInstanceIdentifier)

    def start_db_instance(self, DBInstanceIdentifier):
        change("start", DBInstanceIdentifier)


switch.ec2, switch.rds = Machines(), Databases()
names = ["i-1", "i-2", "i-3", "d-1", "d-4"]
assert switch.handler({"action": "stop"}, None) == {"stop": names}
assert done == [("stop", name) for name in names] and asked == [["running"], ["running"]]
assert boto3.calls[-1][2]["Message"] == "\n".join(names)
assert switch.handler({"action": "start"}, None) == {"start": ["i-1", "i-2", "i-3", "d-3"]}
assert done[-1] == ("start", "d-3") and asked[-1] == ["stopped"]

stuck.add("i-2")
try:
    switch.handler({"action": "stop"}, None)
except RuntimeError as problem:
    assert "i-2" in str(problem)
else:
    raise AssertionError("a machine that refuses was passed over in silence")
assert done[-4:] == [("stop", name) for name in ["i-1", "i-3", "d-1", "d-4"]]

pages[None], shelves[None] = {}, {}
before = len(boto3.calls)
assert switch.handler({"action": "stop"}, None) == {"stop": []}
assert len(boto3.calls) == before
