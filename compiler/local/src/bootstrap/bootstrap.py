"""The runtime of Python functions under `samc local`: asks for events, calls the handler, answers.

It behaves as the Python runtime of Lambda does, needs nothing but the standard library, and sends an
answer and asks for the next event with it, which halves the packets of a call.
"""
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

HOST, _, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
BASE = "/2018-06-01/runtime/"
HEAD = " HTTP/1.1\r\nHost: %s:%s\r\n" % (HOST, PORT)
THEN_NEXT = "Samc-Then-Next: 1\r\n"
NEXT = ("GET " + BASE + "invocation/next" + HEAD + "\r\n").encode()


def end_with_parent():
    """Has the kernel end this process and what it started when the other end of stdin closes, which
    is samc being gone. The handler gets an empty stdin, as in Lambda."""
    try:
        import fcntl

        watched = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        fcntl.fcntl(watched, fcntl.F_SETOWN, -os.getpgrp() if os.getpgrp() == os.getpid() else os.getpid())
        fcntl.fcntl(watched, fcntl.F_SETFL, fcntl.fcntl(watched, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, OSError, AttributeError):
        pass


class Connection:
    """A connection to samc that stays open."""

    def __init__(self):
        self.socket = socket.create_connection((HOST, int(PORT)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            os._exit(1)

    def receive(self):
        """One answer: its status, its headers in lower case, its body."""
        data = self.rest
        end = data.find(b"\r\n\r\n")
        while end < 0:
            data += self.more()
            end = data.find(b"\r\n\r\n")
        lines = data[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = end + 4
        stop = start + int(headers.get("content-length", "0"))
        if len(data) < stop:
            pieces = [data]
            missing = stop - len(data)
            while missing > 0:
                piece = self.more()
                pieces.append(piece)
                missing -= len(piece)
            data = b"".join(pieces)
        self.rest = data[stop:]
        return int(lines[0][9:12]), headers, data[start:stop]

    def more(self):
        try:
            data = self.socket.recv(262144)
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        return data


def post(path, body, headers=""):
    return (
        "POST %s%s%sContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
        % (BASE, path, HEAD, headers, len(body))
    ).encode() + body


class Fault(Exception):
    """Something that Lambda names and the handler did not raise."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.trace = kind, trace or []


class Identity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class Client:
    pass


class ClientContext:
    def __init__(self, values):
        self.custom, self.env = values.get("custom"), values.get("env")
        self.client = Client()
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self.client, name, (values.get("client") or {}).get(name))


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers):
        environment = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        client = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = Identity(json.loads(identity) if identity else {})
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self._deadline = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


class Encoder(json.JSONEncoder):
    """JSON as Lambda writes it: decimals are numbers."""

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if decimal is not None and isinstance(value, decimal.Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return super().default(value)


ENCODE = Encoder(ensure_ascii=False).encode


class RequestId(logging.Filter):
    now = ""

    def filter(self, record):
        record.aws_request_id = RequestId.now
        return True


class JsonLines(logging.Formatter):
    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": RequestId.now,
        }
        if record.exc_info:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return ENCODE(line)


def logs():
    """The root logger writes as that of Lambda does."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestId())
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(
            logging.Formatter(
                "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
            )
        )
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        root.setLevel(level)


def load(name):
    """The handler that a name such as `folder/file.function` stands for."""
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError",
            "Unable to import module '%s': %s" % (module_name, error),
            traceback.format_list(own(error)),
        )
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name)
        )


def own(error):
    """The part of a trace that is not of this file nor of the machinery of imports."""
    frames = traceback.extract_tb(error.__traceback__)
    hidden = (__file__, importlib.__file__)
    return [f for f in frames if f.filename not in hidden and not f.filename.startswith("<frozen importlib")]


def told(error, request=""):
    """An error as the caller sees it, and its kind."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        kind, trace = type(error).__name__, traceback.format_list(own(error))
    return {"errorMessage": str(error), "errorType": kind, "requestId": request, "stackTrace": trace}


def report(answer):
    lines = ["[ERROR] %s: %s" % (answer["errorType"], answer["errorMessage"]), "Traceback (most recent call last):"]
    for piece in answer["stackTrace"]:
        lines += piece.splitlines()
    print("\n".join(lines))


def marked(path, answer):
    kind = THEN_NEXT + "Lambda-Runtime-Function-Error-Type: %s\r\n" % answer["errorType"]
    return post(path, ENCODE(answer).encode("utf-8", "replace"), kind)


def main():
    end_with_parent()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    logs()
    connection = Connection()
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except BaseException as error:
        answer = told(error)
        report(answer)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(marked("init/error", answer))
        connection.receive()
        os._exit(1)

    request = NEXT
    while True:
        connection.send(request)
        status, headers, body = connection.receive()
        if status != 200:
            os._exit(1)
        RequestId.now = identity = headers["lambda-runtime-aws-request-id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        try:
            try:
                event = json.loads(body)
            except ValueError as error:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            answer = handler(event, Context(headers))
            if isinstance(answer, bytes):
                encoded = answer
            else:
                try:
                    encoded = ENCODE(answer).encode()
                except Exception as error:
                    raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
            request = post("invocation/" + identity + "/response", encoded, THEN_NEXT)
        except Exception as error:
            answer = told(error, identity)
            report(answer)
            request = marked("invocation/" + identity + "/error", answer)
        sys.stdout.flush()
        sys.stderr.flush()


main()
