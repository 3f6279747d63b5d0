"""A stack that CloudFormation made must come into Terraform without a resource made anew. Usage: terraform_import.py SAMC

A stack is deployed to a mock of AWS (moto, on the loopback interface), its resources are listed as the command
of AWS lists them, and Terraform plans what samc writes for them: every resource is imported by the id that samc
found, and none is replaced, made or destroyed.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from common import clients, finish, serve
from tf import Module, needed

NAME = "terraform_import"
STACK = "shop-prod"
TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: dev}
  Group: {Type: String, Default: none}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Equals [!Ref Stage, test]
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      MaximumMessageSize: 262144
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  News:
    Type: AWS::SNS::Topic
  Extra:
    Type: AWS::SNS::Topic
    Condition: IsProd
  Never:
    Type: AWS::SNS::Topic
    Condition: IsTest
  Files:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
  Readers:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Orders.Arn}]
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [!Ref Readers]
      Policies:
        - PolicyName: queue
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: sqs:*, Resource: !GetAtt Jobs.Arn}]
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.13
      Role: !GetAtt WorkerRole.Arn
      Code: {ZipFile: "def handler(event, context): return 1"}
      Environment: {Variables: {TABLE: !Ref Orders}}
  FromQueue:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, BatchSize: 5}
  Hourly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets: [{Id: worker, Arn: !GetAtt Worker.Arn}]
  HourlyPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Worker
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Hourly.Arn
  WorkerLogs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/aws/lambda/${Worker}", RetentionInDays: 14}
  Setting:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/stage, Type: String, Value: !Ref Stage}
Outputs:
  Queue: {Value: !Ref Jobs}
"""

def listed(client):
    """The resources of the stack, as `describe-stack-resources` prints them."""
    answer = client("cloudformation").describe_stack_resources(StackName=STACK)
    keys = ("StackName", "StackId", "LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus")
    # The mock has an entry without a word for a resource whose condition does not hold.
    found = [r for r in answer["StackResources"] if "LogicalResourceId" in r]
    return {"StackResources": [{key: r[key] for key in keys if key in r} for r in found]}


def mend(client, stack):
    """What the mock keeps in another form than AWS, or does not tell."""
    resources = {r["LogicalResourceId"]: r for r in stack["StackResources"]}
    queue, role, function = (resources[name]["PhysicalResourceId"] for name in ("Jobs", "WorkerRole", "Worker"))
    # The policy within a role is text that is no JSON.
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": arn}]}
    client("iam").put_role_policy(RoleName=role, PolicyName="queue", PolicyDocument=json.dumps(policy))
    # Managed policies are not attached.
    client("iam").attach_role_policy(RoleName=role, PolicyArn=resources["Readers"]["PhysicalResourceId"])
    # A permission is known by the id of its statement.
    policy = json.loads(client("lambda").get_policy(FunctionName=function)["Policy"])
    resources["HourlyPermission"]["PhysicalResourceId"] = policy["Statement"][0]["Sid"]
    return stack


def check(change):
    """What is wrong with the plan for one resource; none where it is taken over as it is."""
    actions, address = change["change"]["actions"], change["address"]
    if change["mode"] == "data":
        return None
    if "importing" not in change["change"]:
        return f"{address} is not imported but {'/'.join(actions)}"
    if "delete" in actions or "create" in actions:
        before, after = change["change"]["before"], change["change"]["after"]
        differing = {k: (before.get(k), v) for k, v in after.items() if before.get(k) != v}
        return f"{address} is replaced: {differing}"
    return None


def main():
    samc = pathlib.Path(sys.argv[1]).resolve()
    plugins = needed(NAME)
    server, address = serve()
    passed, failures = 0, []
    try:
        client = clients(address)
        values = [{"ParameterKey": "Stage", "ParameterValue": "prod"}]
        client("cloudformation").create_stack(
            StackName=STACK, TemplateBody=TEMPLATE, Parameters=values, Capabilities=["CAPABILITY_IAM"]
        )
        with tempfile.TemporaryDirectory() as work:
            work = pathlib.Path(work)
            (work / "template.yaml").write_text(TEMPLATE)
            stack = mend(client, listed(client))
            (work / "resources.json").write_text(json.dumps(stack))
            for syntax in ("hcl", "json"):
                out = work / syntax
                command = [samc, "build", work / "template.yaml", "--target", "terraform", "--region", "us-east-1"]
                command += ["--import-stack", STACK, "--stack-resources", work / "resources.json", "--param", "Stage=prod"]
                done = subprocess.run([*command, "--tf-syntax", syntax, "--out-dir", out], capture_output=True, text=True)
                if done.returncode != 0 or "W729" in done.stderr or "W727" in done.stderr:
                    failures.append((syntax, f"samc answers {done.returncode}\n{done.stderr}"))
                    continue
                environment = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "mock", "AWS_SECRET_ACCESS_KEY": "mock"}
                # What the mock does not have answers with an error that would be asked for again and again.
                environment["AWS_MAX_ATTEMPTS"] = "2"
                module = Module(out / "terraform", plugins, {**environment, "AWS_EC2_METADATA_DISABLED": "true"})
                module.init()
                changes = module.plan().get("resource_changes", [])
                faults = [fault for fault in map(check, changes) if fault]
                failures += [(syntax, fault) for fault in faults]
                imported = [c for c in changes if "importing" in c["change"]]
                if len(imported) < len(stack["StackResources"]):
                    failures.append((syntax, f"{len(imported)} imports for {len(stack['StackResources'])} resources"))
                passed += len(imported) - len(faults)
    finally:
        server.kill()
    finish(NAME, passed, failures)


main()
