"""A mock of AWS that holds what Terraform asks of it: moto, with its gaps filled. Usage: mock_aws.py PORT

moto is made for tests of programs, where a gap is a test less. The provider reads back all that it has
written, and takes what is missing for a change. Filled is only what the service itself does; nothing
here is made to agree with what the compiler writes.

The Cloud Control API is not in moto at all. Here it keeps what it is told. The provider checks that
before, against the schema of the type, which cfn-lint has from AWS.
"""
import importlib.util
import io
import itertools
import json
import logging
import pathlib
import sys
import urllib.parse

from moto.apigateway.models import APIGatewayBackend
from moto.apigatewayv2.models import Api
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.codedeploy import responses as codedeploy
from moto.core.responses import BaseResponse
from moto.iam.policy_validation import BaseIAMPolicyValidator
from moto.kinesis.responses import KinesisResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.stepfunctions.responses import StepFunctionResponse
from werkzeug.serving import run_simple

REGION, ACCOUNT = "us-east-1", "123456789012"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


def methods_only(document):
    """The document without what stands beside the methods of a path, which moto takes for methods too."""
    paths = {
        path: {method: said for method, said in item.items() if method.lower() in METHODS}
        for path, item in document.get("paths", {}).items()
        if isinstance(item, dict)
    }
    return {**document, "paths": paths}


# --- REST APIs: documents of Swagger 2.0 and integrations without an address are fine.
_put_rest_api = APIGatewayBackend.put_rest_api


def put_rest_api(self, function_id, api_doc, *args, **kwargs):
    document = methods_only(api_doc)
    if "swagger" in document:
        document["openapi"] = "3.0.1"
        del document["swagger"]
    for item in document["paths"].values():
        for method in list(item):
            said = item[method] = dict(item[method] or {})
            if isinstance(said.get("x-amazon-apigateway-integration"), dict):
                said["x-amazon-apigateway-integration"] = {"uri": "", "httpMethod": "", **said["x-amazon-apigateway-integration"]}
            if method == "x-amazon-apigateway-any-method":
                item["ANY"] = item.pop(method)
    return _put_rest_api(self, function_id, document, *args, **kwargs)


APIGatewayBackend.put_rest_api = put_rest_api

# --- HTTP APIs: a document brings tags and a description too.
_import_api = Api.import_api


def import_api(self, body_str, fail_on_warnings):
    document = methods_only(json.loads(body_str))
    for item in document["paths"].values():
        if "x-amazon-apigateway-any-method" in item:
            item["any"] = item.pop("x-amazon-apigateway-any-method")
    _import_api(self, json.dumps(document), fail_on_warnings)
    self.description = document.get("info", {}).get("description", self.description)
    tags = {t["name"]: t.get("x-amazon-apigateway-tag-value", "") for t in document.get("tags", [])}
    self.backend.tag_resource(self.arn, tags)


Api.import_api = import_api

# --- Functions: what moto forgets of their configuration.
FORGOTTEN = ("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig")
_init, _get = LambdaFunction.__init__, LambdaFunction.get_configuration
_update = LambdaFunction.update_configuration


def init(self, account_id, spec, *args, **kwargs):
    self.kept = {key: spec[key] for key in FORGOTTEN if key in spec}
    _init(self, account_id, spec, *args, **kwargs)


def update_configuration(self, config_updates):
    self.kept = {**getattr(self, "kept", {}), **{k: v for k, v in config_updates.items() if k in FORGOTTEN}}
    return _update(self, config_updates)


LambdaFunction.__init__ = init


def get_configuration(self, *args, **kwargs):
    found = {**_get(self, *args, **kwargs), **getattr(self, "kept", {})}
    # An image that nothing is said of has no settings, rather than empty ones.
    if not any(found.get("ImageConfigResponse", {}).get("ImageConfig", {}).values()):
        found.pop("ImageConfigResponse", None)
    return found


LambdaFunction.get_configuration = get_configuration
LambdaFunction.update_configuration = update_configuration

# --- What calls functions: an alias stays one, and is not the version that it is of.
_map_source = LambdaBackend.create_event_source_mapping


def create_event_source_mapping(self, spec):
    asked = spec.get("FunctionName", "")
    made = _map_source(self, spec)
    if asked.startswith("arn:") and asked.count(":") > 6:
        made.function_arn = asked
    return made


LambdaBackend.create_event_source_mapping = create_event_source_mapping

# --- Deployment groups: without a load balancer there is nothing to say of one.
_group = codedeploy._deployment_group_info
codedeploy._deployment_group_info = lambda group: {k: v for k, v in _group(group).items() if v != {}}

# --- Streams: tags are given when they are made.
_create_stream = KinesisResponse.create_stream


def create_stream(self):
    made = _create_stream(self)
    if self._get_param("Tags"):
        self.kinesis_backend.add_tags_to_stream(None, self._get_param("StreamName"), self._get_param("Tags"))
    return made


KinesisResponse.create_stream = create_stream

# --- Policies: a document without a version is one of 2008.
BaseIAMPolicyValidator._validate_version = lambda self: None

# --- State machines: the provider asks whether a definition holds before it makes one.
StepFunctionResponse.validate_state_machine_definition = lambda self: '{"result": "OK", "diagnostics": []}'
StepFunctionResponse.list_state_machine_versions = lambda self: '{"stateMachineVersions": []}'

# --- Anything else that moto has not: the provider tries a 500 again for minutes, and a 400 not.
_call_action = BaseResponse.call_action


def call_action(self):
    try:
        return _call_action(self)
    except NotImplementedError as missing:
        said = json.dumps({"__type": "UnknownOperationException", "message": f"not in the mock: {missing}"})
        return 400, {"status": 400, "content-type": "application/x-amz-json-1.1"}, said


BaseResponse.call_action = call_action

# --- The Cloud Control API, and the schemas that CloudFormation has for it.
SCHEMAS = pathlib.Path(importlib.util.find_spec("cfnlint").origin).parent / "data" / "schemas"


def schema(type_name):
    """The schema of a type."""
    names = json.loads((SCHEMAS / "providers" / f"{REGION}.json").read_text())
    return json.loads((SCHEMAS / "resources" / f"{names[type_name]}.json").read_text())


class CloudControl:
    """What was made through it, by type and identifier."""

    def __init__(self):
        self.made = {}
        self.numbers = itertools.count(1)

    def create(self, type_name, wanted):
        """Keeps a resource: gives its identifier and its properties, those that the service makes up too."""
        rules = schema(type_name)
        properties = dict(wanted)
        number = next(self.numbers)
        service, kind = type_name.split("::")[1:3]
        names = [p.removeprefix("/properties/") for p in rules["primaryIdentifier"]]
        for name in [*names, *(p.removeprefix("/properties/") for p in rules.get("readOnlyProperties", []))]:
            if "/" in name or name in properties:
                continue
            made = f"{kind.lower()}-{number:08x}"
            if name.lower().endswith("arn"):
                made = f"arn:aws:{service.lower()}:{REGION}:{ACCOUNT}:{kind.lower()}/{made}"
            properties[name] = made
        return "|".join(str(properties[name]) for name in names), properties

    def call(self, action, said):
        """The answer to a call, or none for a resource that is not there."""
        key = (said.get("TypeName"), said.get("Identifier"))
        if action == "CreateResource":
            identifier, properties = self.create(said["TypeName"], json.loads(said["DesiredState"]))
            key = (said["TypeName"], identifier)
            self.made[key] = properties
        elif action == "DeleteResource":
            self.made.pop(key, None)
        elif action == "GetResource":
            if key not in self.made:
                return None
            found = {"Identifier": key[1], "Properties": json.dumps(self.made[key])}
            return {"TypeName": key[0], "ResourceDescription": found}
        elif action == "GetResourceRequestStatus":
            key = tuple(json.loads(said["RequestToken"]))
        token = json.dumps(key)
        done = {"TypeName": key[0], "Identifier": key[1], "RequestToken": token, "OperationStatus": "SUCCESS"}
        return {"ProgressEvent": done}


CONTROL = CloudControl()


def answer(environ, start_response):
    """Answers what moto does not."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if target.startswith("CloudApiService."):
        said = json.loads(environ["wsgi.input"].read(length) or "{}")
        headers = [("Content-Type", "application/x-amz-json-1.0")]
        try:
            found = CONTROL.call(target.split(".")[1], said)
        except Exception as problem:  # the caller shall see what is wrong
            logging.exception("Cloud Control")
            start_response("400 Bad Request", headers)
            return [json.dumps({"__type": "InvalidRequestException", "message": repr(problem)}).encode()]
        if found is None:
            start_response("400 Bad Request", headers)
            return [json.dumps({"__type": "ResourceNotFoundException", "message": "not there"}).encode()]
        start_response("200 OK", headers)
        return [json.dumps(found).encode()]
    if "/cloudformation/" in environ.get("HTTP_AUTHORIZATION", "") and environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(length)
        said = dict(urllib.parse.parse_qsl(body.decode()))
        if said.get("Action") == "DescribeType":
            text = json.dumps(schema(said["TypeName"])).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            start_response("200 OK", [("Content-Type", "text/xml")])
            result = f"<TypeName>{said['TypeName']}</TypeName><Schema>{text}</Schema>"
            return [f"<DescribeTypeResponse><DescribeTypeResult>{result}</DescribeTypeResult></DescribeTypeResponse>".encode()]
        environ["wsgi.input"] = io.BytesIO(body)
    return MOTO(environ, start_response)


MOTO = DomainDispatcherApplication(create_backend_app)


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    run_simple("127.0.0.1", int(sys.argv[1]), answer, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
