# Answers CloudFormation for a custom resource, as Lambda's own module of this name does for code in a template.
# Source: "cfn-response module" in the CloudFormation user guide.
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in the log stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event.get("StackId"),
        "RequestId": event.get("RequestId"),
        "LogicalResourceId": event.get("LogicalResourceId"),
        "NoEcho": noEcho,
        "Data": responseData,
    })
    print("Response body:", body)
    url = event.get("ResponseURL")
    if not url:
        return
    request = urllib.request.Request(url, data=body.encode(), method="PUT", headers={"content-type": ""})
    try:
        urllib.request.urlopen(request).close()
    except Exception as error:
        print("send(..) failed:", error)
