// The runtime of Node functions under `samc local`: waits for events, calls the handler, answers.
//
// It behaves as the Node runtime of Lambda does and needs nothing but Node. It talks with samc in frames over a socket,
// which costs a fraction of what the two exchanges of the Runtime API cost: four bytes with the length of a text, a byte
// that says what it is, the text.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const environment = process.env;
const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");
const prelude = "application/vnd.awslambda.http-integration-response";

let request = "";
let settle = null; // what ends the current call: (error, value)
let waits = null; // what ends it once nothing is left to do
let handler = null;

// --- The connection. ---

const head = 5;
const kinds = { ready: "+", initError: "!", answer: "A", error: "E", last: "L", begin: "B", piece: "P", end: "." };
let leaving = 0; // the status to end with

// What is read is in the same memory each time, and so is what is sent, where it fits: samc sends the next event when it
// has all of an answer.
const size = 64 * 1024;
const sent = Buffer.allocUnsafeSlow(size);
const socket = connect({
    path: environment.SAMC_RUNTIME_SOCKET,
    onread: { buffer: Buffer.allocUnsafeSlow(size), callback: received },
});
delete environment.SAMC_RUNTIME_SOCKET;
socket.on("error", () => process.exit(leaving || 1));
socket.on("close", () => process.exit(leaving));
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => {});
process.stdin.resume();
process.stdin.unref?.();

let whole = null; // a frame of which not everything has come, and how much has
let filled = 0;

function received(count, data) {
    if (whole === null && count >= head && count === head + data.readUInt32BE(0)) call(data, count);
    else gather(data.subarray(0, count));
    return true;
}

// Collects a frame that does not come in one go. No other follows before it is answered.
function gather(data) {
    if (whole === null || filled < head) {
        const known = whole === null ? data : Buffer.concat([whole.subarray(0, filled), data]);
        whole = known.length < head ? Buffer.from(known) : Buffer.allocUnsafe(head + known.readUInt32BE(0));
        filled = known.copy(whole);
    } else filled += data.copy(whole, filled);
    if (filled < head || filled < whole.length) return;
    const frame = whole;
    whole = null;
    call(frame, frame.length);
}

function send(kind, text) {
    socket.ref();
    let frame = sent;
    let length = 0;
    // No character takes more than three bytes for each unit of its text.
    if (text.length * 3 <= size - head) length = frame.write(text, head);
    else {
        length = Buffer.byteLength(text);
        frame = Buffer.allocUnsafe(head + length);
        frame.write(text, head);
    }
    frame.writeUInt32BE(length, 0);
    frame[4] = kind.charCodeAt(0);
    socket.write(frame.subarray(0, head + length));
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

// Says in the log how a call or the start failed, and gives what samc is told.
function failure(what, error, kind) {
    const answer = told(error);
    if (kind) answer.errorType = kind;
    const text = JSON.stringify(answer);
    log("ERROR", [what, text]);
    return text;
}

function fail(error, kind) {
    send(kinds.error, failure("Invoke Error", error, kind));
}

// Says why it ends, and ends once samc has closed the connection for that.
function leave(error, kind, code) {
    if (leaving) return;
    const inCall = request !== "";
    const text = failure(inCall ? "Invoke Error" : "Uncaught Exception", error, kind);
    leaving = code;
    send(inCall ? kinds.last : kinds.initError, text);
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
    constructor() {
        super();
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
        this.frame(kinds.begin, Buffer.from(String(this.type)));
        if (this.first) this.frame(kinds.piece, Buffer.from(this.first));
    }
    frame(kind, data) {
        const begin = Buffer.allocUnsafe(head);
        begin.writeUInt32BE(data.length, 0);
        begin[4] = kind.charCodeAt(0);
        socket.cork();
        socket.write(begin);
        const flows = socket.write(data);
        socket.uncork();
        return flows;
    }
    _write(data, encoding, done) {
        this.start();
        if (this.frame(kinds.piece, typeof data === "string" ? Buffer.from(data, encoding) : data)) done();
        else socket.once("drain", done);
    }
    _final(done) {
        this.start();
        send(kinds.end, this.failed ? JSON.stringify(told(this.failed)) : "");
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

// Read once: what is read of the environment is asked of the system each time.
const same = {
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
};

function context(identity, deadline, arn, client) {
    return {
        callbackWaitsForEmptyEventLoop: true,
        functionVersion: same.functionVersion,
        functionName: same.functionName,
        memoryLimitInMB: same.memoryLimitInMB,
        logGroupName: same.logGroupName,
        logStreamName: same.logStreamName,
        clientContext: client ? JSON.parse(client) : undefined,
        identity: undefined,
        invokedFunctionArn: arn,
        awsRequestId: identity,
        tenantId: undefined,
        getRemainingTimeInMillis: () => deadline - Date.now(),
        done: (error, value) => settle?.(error, value),
        succeed: (value) => settle?.(null, value),
        fail: (error) => settle?.(error ?? "null"),
    };
}

// A frame has the length of what is to be known of the call, that, one thing a line, and the event.
function call(frame, length) {
    socket.unref();
    const start = head + 4;
    const begin = start + frame.readUInt32BE(head);
    const [identity, deadline, trace, arn, ...client] = frame.utf8Slice(start, begin - 1).split("\n");
    request = identity;
    environment._X_AMZN_TRACE_ID = trace;
    const end = (error, value) => {
        if (settle !== end) return;
        settle = waits = null;
        if (error !== null && error !== undefined) return fail(error);
        let text;
        try {
            text = JSON.stringify(value === undefined ? null : value) ?? "null";
        } catch (failure) {
            return fail(new Error(`Unable to stringify response body: ${failure.message}`), "Runtime.MarshalError");
        }
        send(kinds.answer, text);
    };
    settle = end;
    try {
        const event = JSON.parse(frame.utf8Slice(begin, length));
        const around = context(identity, Number(deadline), arn, client.join("\n"));
        if (handler[streaming]) {
            inPieces(event, around);
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

function inPieces(event, around) {
    const stream = new Pieces();
    settle = null;
    const failed = (error) => {
        if (!stream.begun) {
            stream.destroy();
            fail(error);
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
    send(kinds.ready, "");
} catch (error) {
    leave(error, null, 1);
}
