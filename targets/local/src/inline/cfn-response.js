// Answers CloudFormation for a custom resource, as Lambda's own module of this name does for code in a template.
// Source: "cfn-response module" in the CloudFormation user guide.
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: "See the details in the log stream: " + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  console.log("Response body:", body);
  const done = () => context.done && context.done();
  if (!event.ResponseURL) return done();
  const url = new URL(event.ResponseURL);
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  const request = require(url.protocol.slice(0, -1)).request(url, { method: "PUT", headers }, (answer) => {
    answer.resume();
    done();
  });
  request.on("error", (error) => {
    console.log("send(..) failed:", error);
    done();
  });
  request.end(body);
};
