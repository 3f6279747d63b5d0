"""Only machines in the other state are switched, all pages of them, and nothing is said where there are none."""
from common import load
import boto3

switch = load("night-off/src/switch.py", OPS_TOPIC_ARN="ops")
pages = {
    None: {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}], "NextToken": "2"},
    "2": {"Reservations": [{"Instances": [{"InstanceId": "i-2"}, {"InstanceId": "i-3"}]}]},
}
asked, done = [], []


class Machines:
    def describe_instances(self, Filters, NextToken=None):
        asked.append(Filters[1]["Values"])
        return pages[NextToken]

    def stop_instances(self, InstanceIds):
        done.append(("stop", InstanceIds))

    def start_instances(self, InstanceIds):
        done.append(("start", InstanceIds))


switch.ec2 = Machines()
assert switch.handler({"action": "stop"}, None) == {"stop": ["i-1", "i-2", "i-3"]}
assert done == [("stop", ["i-1", "i-2", "i-3"])] and asked == [["running"], ["running"]]
assert boto3.calls[-1][2]["Message"] == "i-1\ni-2\ni-3"
switch.handler({"action": "start"}, None)
assert done[-1][0] == "start" and asked[-1] == ["stopped"]
pages[None] = {}
before = len(boto3.calls)
assert switch.handler({"action": "stop"}, None) == {"stop": []}
assert len(boto3.calls) == before and len(done) == 2
