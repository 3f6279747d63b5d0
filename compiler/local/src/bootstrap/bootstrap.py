"""The runtime of Python functions under `samc local`: waits for events, calls the handler, answers.

It behaves as the Python runtime of Lambda does and needs nothing but the standard library. It talks with samc in
frames over a socket, which costs a fraction of what the two exchanges of the Runtime API cost: four bytes with the
length of a text, a byte that says what it is, the text.
"""
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

READY, INIT_ERROR, ANSWER, ERROR = b"+", b"!", b"A", b"E"


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
    """The socket, on which samc sends the next event when it has all of an answer."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.environ.pop("SAMC_RUNTIME_SOCKET"))
        self.owner = os.getpid()

    def send(self, kind, text=b""):
        # A handler that forks and returns in both processes has answered once.
        if os.getpid() != self.owner:
            os._exit(1)
        try:
            self.socket.sendall(b"%b%b%b" % (len(text).to_bytes(4, "big"), kind, text))
        except OSError:
            os._exit(1)

    def receive(self):
        """The text of a frame."""
        data = self.more()
        while len(data) < 5:
            data += self.more()
        missing = 5 + int.from_bytes(data[:4], "big") - len(data)
        if missing > 0:
            pieces = [data]
            while missing > 0:
                pieces.append(self.more())
                missing -= len(pieces[-1])
            data = b"".join(pieces)
        return data[5:]

    def more(self):
        try:
            data = self.socket.recv(262144)
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        return data

    def closed(self):
        """Waits until samc has read what it was told last."""
        try:
            self.socket.recv(1)
        except OSError:
            pass


class Fault(Exception):
    """Something that Lambda names and the handler did not raise."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.trace = kind, trace or []


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


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

    def __init__(self, request, deadline, arn, client):
        environment = os.environ
        self.aws_request_id = request
        self.invoked_function_arn = arn
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.client_context = ClientContext(json.loads(client)) if client else None
        self.identity = Identity()
        self.tenant_id = None
        self._deadline = deadline

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


def encoded(answer):
    return ENCODE(answer).encode("utf-8", "replace")


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
        connection.send(INIT_ERROR, encoded(answer))
        connection.closed()
        os._exit(1)

    connection.send(READY)
    while True:
        # The length of what is to be known of the call, that, one thing a line, and the event.
        frame = connection.receive()
        begin = 4 + int.from_bytes(frame[:4], "big")
        identity, deadline, trace, arn, client = frame[4 : begin - 1].decode().split("\n", 4)
        RequestId.now = identity
        os.environ["_X_AMZN_TRACE_ID"] = trace
        kind = ANSWER
        try:
            try:
                event = json.loads(frame[begin:])
            except ValueError as error:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            answer = handler(event, Context(identity, int(deadline), arn, client))
            if isinstance(answer, bytes):
                text = answer
            else:
                try:
                    text = ENCODE(answer).encode()
                except Exception as error:
                    raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
        except Exception as error:
            answer = told(error, identity)
            report(answer)
            kind, text = ERROR, encoded(answer)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(kind, text)


main()
