"""Tries a new version before customers meet it, and tells CodeDeploy how it went."""
import json
import os

import boto3

functions = boto3.client("lambda")
deployments = boto3.client("codedeploy")


def check(event, context):
    answer = functions.invoke(FunctionName=os.environ["CREATE_FUNCTION_ARN"], Payload=json.dumps({"check": True}))
    status = "Failed" if "FunctionError" in answer else "Succeeded"
    deployments.put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
    return status
