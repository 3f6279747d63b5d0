// The runtime of Node functions under `samc local`: asks for events, calls the handler, answers.
//
// It behaves as the Node runtime of Lambda does and needs nothing but Node. An answer asks for the next event
// as well, which halves the packets of a call.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const environment = process.env;
const [host, port] = environment.AWS_LAMBDA_RUNTIME_API.split(":");
const base = "/2018-06-01/runtime/";
const head = ` HTTP/1.1\r\nHost: ${host}:${port}\r\n`;
const next = `GET ${base}invocation/next${head}\r\n`;
const then = "Samc-Then-Next: 1\r\n";
const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");
const prelude = "application/vnd.awslambda.http-integration-response";

let request = "";
let settle = null; // what ends the current call: (error, value)
let waits = null; // what ends it once nothing is left to do
let handler = null;

// --- The connection. ---

const socket = connect({ host, port: Number(port), noDelay: true });
socket.on("error", () => process.exit(1));
socket.on("close", () => process.exit(0));
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => {});
process.stdin.resume();
process.stdin.unref?.();

let rest = null;
socket.on("data", (data) => {
    rest = rest ? Buffer.concat([rest, data]) : data;
    while (rest) {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0) return;
        const lines = rest.latin1Slice(0, end).split("\r\n");
        const headers = {};
        for (let i = 1; i < lines.length; i++) {
            const colon = lines[i].indexOf(":");
            headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
        }
        const stop = end + 4 + Number(headers["content-length"] ?? 0);
        if (rest.length < stop) {
            if (stop - rest.length > 65536) gather(stop);
            return;
        }
        const body = rest.subarray(end + 4, stop);
        rest = rest.length > stop ? rest.subarray(stop) : null;
        if (Number(lines[0].slice(9, 12)) !== 200) process.exit(1);
        socket.unref();
        call(headers, body);
    }
});

// Collects a large event in one go rather than by copying what is there for each packet.
function gather(length) {
    const whole = Buffer.allocUnsafe(length);
    let filled = rest.copy(whole);
    const [parse] = socket.listeners("data");
    socket.removeListener("data", parse);
    const fill = (data) => {
        const taken = Math.min(data.length, length - filled);
        data.copy(whole, filled, 0, taken);
        filled += taken;
        if (filled < length) return;
        socket.removeListener("data", fill);
        socket.on("data", parse);
        rest = null;
        parse(taken < data.length ? Buffer.concat([whole, data.subarray(taken)]) : whole);
    };
    socket.on("data", fill);
}

function post(path, body, headers = "", type = "application/json") {
    const length = Buffer.byteLength(body);
    return `POST ${base}${path}${head}Content-Type: ${type}\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`;
}

function send(text) {
    socket.ref();
    socket.write(text);
}

// --- Errors and logs. ---

const own = import.meta.url;

function told(error) {
    if (!(error instanceof Error)) {
        const message = typeof error === "object" && error !== null ? JSON.stringify(error) : String(error);
        return { errorType: typeof error, errorMessage: message, trace: [] };
    }
    const trace = (error.stack ?? "").split("\n").filter((line) => !line.includes(own));
    return { errorType: error.name, errorMessage: error.message, trace };
}

const level = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
const asJson = (environment.AWS_LAMBDA_LOG_FORMAT ?? "").toUpperCase() === "JSON";

function log(name, parts) {
    const timestamp = new Date().toISOString();
    if (asJson) {
        const message = parts.length === 1 && typeof parts[0] === "object" ? parts[0] : format(...parts);
        process.stdout.write(JSON.stringify({ timestamp, level: name, requestId: request, message }) + "\n");
    } else {
        process.stdout.write(`${timestamp}\t${request || "undefined"}\t${name}\t${format(...parts)}\n`);
    }
}

for (const [method, name] of Object.entries(level)) console[method] = (...parts) => log(name, parts);
console.fatal = (...parts) => log("FATAL", parts);

function marked(path, error, kind, headers = then) {
    const answer = told(error);
    if (kind) answer.errorType = kind;
    log("ERROR", [path === "init/error" ? "Uncaught Exception" : "Invoke Error", JSON.stringify(answer)]);
    const type = String(answer.errorType).replace(/[^\x21-\x7e]/g, "");
    return post(path, JSON.stringify(answer), `${headers}Lambda-Runtime-Function-Error-Type: ${type}\r\n`);
}

function leave(error, kind, code) {
    const path = request ? `invocation/${request}/error` : "init/error";
    // It is about to end, and takes no other call.
    const text = marked(path, error, kind, "");
    socket.removeAllListeners("data");
    socket.ref();
    socket.on("data", () => process.exit(code));
    socket.write(text);
    setTimeout(() => process.exit(code), 1000);
}

process.on("uncaughtException", (error) => leave(error, null, 129));
process.on("unhandledRejection", (reason) => {
    leave(reason instanceof Error ? reason : new Error(String(reason)), "Runtime.UnhandledPromiseRejection", 128);
});
// Nothing is left to do: the answer of a callback that waited for this, or none at all.
process.on("beforeExit", () => {
    if (waits) waits();
    else if (settle) settle(null, null);
});

// --- Answers in pieces. ---

class Pieces extends Writable {
    constructor(identity) {
        super();
        this.identity = identity;
        this.type = "application/octet-stream";
        this.begun = false;
        this.failed = null;
    }
    setContentType(type) {
        this.type = type;
    }
    start() {
        if (this.begun) return;
        this.begun = true;
        if (this._onBeforeFirstWrite) this._onBeforeFirstWrite((data) => (this.first = data));
        socket.write(
            `POST ${base}invocation/${this.identity}/response${head}${then}Content-Type: ${this.type}\r\n` +
                "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n" +
                "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
        );
        if (this.first) this.chunk(Buffer.from(this.first), () => {});
    }
    chunk(data, done) {
        if (data.length === 0) return done();
        socket.cork();
        socket.write(data.length.toString(16) + "\r\n");
        socket.write(data);
        const flows = socket.write("\r\n");
        socket.uncork();
        if (flows) done();
        else socket.once("drain", done);
    }
    _write(data, encoding, done) {
        this.start();
        this.chunk(typeof data === "string" ? Buffer.from(data, encoding) : data, done);
    }
    _final(done) {
        this.start();
        let trailers = "";
        if (this.failed) {
            const answer = told(this.failed);
            const body = Buffer.from(JSON.stringify(answer)).toString("base64");
            trailers =
                `Lambda-Runtime-Function-Error-Type: ${answer.errorType}\r\n` +
                `Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
        }
        send(`0\r\n${trailers}\r\n`);
        done();
    }
}

globalThis.awslambda = {
    streamifyResponse(method, options) {
        method[streaming] = "response";
        if (options?.highWaterMark) method[Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark")] = options.highWaterMark;
        return method;
    },
    HttpResponseStream: {
        from(stream, metadata) {
            stream.setContentType(prelude);
            stream._onBeforeFirstWrite = (write) => write(JSON.stringify(metadata) + "\0".repeat(8));
            return stream;
        },
    },
};

// --- Calls. ---

function context(headers) {
    const deadline = Number(headers["lambda-runtime-deadline-ms"] ?? 0);
    const client = headers["lambda-runtime-client-context"];
    const identity = headers["lambda-runtime-cognito-identity"];
    return {
        callbackWaitsForEmptyEventLoop: true,
        functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
        functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
        memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
        logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
        logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
        clientContext: client ? JSON.parse(client) : undefined,
        identity: identity ? JSON.parse(identity) : undefined,
        invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
        awsRequestId: headers["lambda-runtime-aws-request-id"],
        tenantId: headers["lambda-runtime-aws-tenant-id"],
        getRemainingTimeInMillis: () => deadline - Date.now(),
        done: (error, value) => settle?.(error, value),
        succeed: (value) => settle?.(null, value),
        fail: (error) => settle?.(error ?? "null"),
    };
}

function call(headers, body) {
    const identity = (request = headers["lambda-runtime-aws-request-id"]);
    environment._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
    const end = (error, value) => {
        if (settle !== end) return;
        settle = waits = null;
        if (error !== null && error !== undefined) {
            send(marked(`invocation/${identity}/error`, error));
            return;
        }
        let text;
        try {
            text = JSON.stringify(value === undefined ? null : value) ?? "null";
        } catch (failure) {
            const fault = new Error(`Unable to stringify response body: ${failure.message}`);
            send(marked(`invocation/${identity}/error`, fault, "Runtime.MarshalError"));
            return;
        }
        send(post(`invocation/${identity}/response`, text, then));
    };
    settle = end;
    try {
        const event = JSON.parse(body.utf8Slice());
        const around = context(headers);
        if (handler[streaming]) {
            inPieces(identity, event, around);
            return;
        }
        const answer = handler(event, around, (error, value) => {
            if (around.callbackWaitsForEmptyEventLoop) {
                const last = () => end(error, value);
                if (settle === end) waits ??= last;
            } else end(error, value);
        });
        if (answer !== null && typeof answer?.then === "function") answer.then((value) => end(null, value), (error) => end(error ?? "null"));
        // What a handler returns otherwise is left aside, as Lambda leaves it: the callback answers.
    } catch (error) {
        end(error ?? "null");
    }
}

function inPieces(identity, event, around) {
    const stream = new Pieces(identity);
    settle = null;
    // The stream has asked for the next event once it is finished.
    const failed = (error) => {
        if (!stream.begun) {
            stream.destroy();
            send(marked(`invocation/${identity}/error`, error));
            return;
        }
        stream.failed = error;
        log("ERROR", ["Invoke Error", JSON.stringify(told(error))]);
        stream.end();
    };
    stream.on("error", () => {});
    socket.ref();
    Promise.resolve()
        .then(() => handler(event, stream, around))
        .then(() => stream.writableEnded || stream.end(), failed);
}

// --- The handler. ---

function fault(kind, message) {
    const error = new Error(message);
    error.name = kind;
    return error;
}

function isModule(file) {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
        const settings = join(folder, "package.json");
        if (existsSync(settings)) {
            try {
                return JSON.parse(readFileSync(settings, "utf8")).type === "module";
            } catch {
                return false;
            }
        }
        if (dirname(folder) === folder) return false;
    }
}

async function load(name, root) {
    const file = basename(name);
    const dot = file.indexOf(".");
    if (dot < 0 || name.includes("..")) throw fault("Runtime.MalformedHandlerName", `Bad handler: ${name}`);
    const path = join(root, dirname(name), file.slice(0, dot));
    const require = createRequire(join(root, "package.json"));
    let found = ["", ".js", ".mjs", ".cjs"].map((end) => path + end).find((candidate, i) => (i > 0 || !existsSync(join(candidate, "."))) && existsSync(candidate));
    if (!found) {
        try {
            found = require.resolve(join(dirname(name), file.slice(0, dot)), { paths: [root] });
        } catch {
            const module = join(dirname(name), file.slice(0, dot));
            throw fault("Runtime.ImportModuleError", `Error: Cannot find module '${module}'\nRequire stack:\n- ${root}`);
        }
    }
    let loaded;
    try {
        const esm = found.endsWith(".mjs") || (found.endsWith(".js") && isModule(found));
        loaded = esm ? await import(pathToFileURL(found).href) : require(found);
    } catch (error) {
        if (error instanceof SyntaxError) throw Object.assign(error, { name: "Runtime.UserCodeSyntaxError", message: `SyntaxError: ${error.message}` });
        if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
            throw Object.assign(error, { name: "Runtime.ImportModuleError", message: `Error: ${error.message}` });
        }
        throw error;
    }
    let method = loaded;
    for (const part of file.slice(dot + 1).split(".")) method = method?.[part] ?? (method === loaded ? loaded.default?.[part] : undefined);
    if (method === undefined) throw fault("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
    if (typeof method !== "function") throw fault("Runtime.HandlerNotFound", `${name} is not a function`);
    return method;
}

try {
    handler = await load(environment._HANDLER ?? "", environment.LAMBDA_TASK_ROOT);
    socket.write(next);
} catch (error) {
    leave(error, null, 1);
}
