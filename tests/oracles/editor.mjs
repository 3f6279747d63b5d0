// Editors must know app.yaml: yaml-language-server with the schema says nothing about the examples and the
// good cases, marks each slip on its line, offers the keys and values there are, and tells what they are for.
// Usage: editor.mjs SAMC MODULES    (MODULES: a folder with node_modules/yaml-language-server)
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [samc, modules] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "editor-"));
const schema = join(folder, "app.schema.json");
writeFileSync(schema, execFileSync(samc, ["schema", "app"]));

// Each slip stands in a mapping of the kind named first; the file around it is right.
const KINDS = {
  function: "functions:\n  f:\n    handler: a.b\n    runtime: python3.13\n",
  trigger: "functions:\n  f:\n    handler: a.b\n    on:\n      queue: work\n",
  schedule: "functions:\n  f:\n    handler: a.b\n    on:\n      schedule: rate(5m)\n",
  route: "functions:\n  f:\n    handler: a.b\n    on:\n      route: GET /a\n",
  grants: "functions:\n  f:\n    handler: a.b\n    can:\n      read: orders\n",
  queue: "queues:\n  q:\n    fifo: false\n",
  topic: "topics:\n  t:\n    fifo: false\n",
  bucket: "buckets:\n  b:\n    versions: true\n",
  table: "tables:\n  t:\n    key: id\n",
  stream: "streams:\n  s:\n    retain: 24h\n",
  bus: "buses:\n  b:\n    archive: 30d\n",
  api: "apis:\n  a:\n    type: rest\n",
  workflow: "workflows:\n  w:\n    type: standard\n    steps: [{wait: 5m}]\n",
  step: "workflows:\n  w:\n    steps:\n      - run: price\n",
  userpool: "userpools:\n  u:\n    mfa: none\n",
  client: "userpools:\n  u:\n    clients:\n      web:\n        secret: false\n",
  key: "keys:\n  k:\n    rotate: true\n",
  vpc: "vpcs:\n  v:\n    create:\n      zones: 2\n",
  layer: "layers:\n  l:\n    path: layers/l\n",
  role: "roles:\n  r:\n    trust: [lambda.amazonaws.com]\n",
  alarm: "alarms:\n  a:\n    on: f\n    metric: errors\n    over: 1\n",
  dashboard: "dashboards:\n  d:\n    auto: true\n",
  param: "params:\n  p:\n    type: string\n",
  secret: "secrets:\n  s:\n    describe: one\n",
  external: "external:\n  e:\n    kind: bucket\n",
  output: "outputs:\n  o:\n    value: one\n",
  compliance: "compliance:\n  frameworks: [pci]\n",
  defaults: "defaults:\n  env: {A: b}\n",
};
const SLIPS = `
function: handlr: a.b
function: timeuot: 10s
function: timeout: 10
function: timeout: 10 s
function: timeout: 1.5m
function: memory: 512
function: memory: 1 GB
function: arch: arm
function: disk: 1gb
function: env: [A]
function: inject: maybe
function: layers: common
function: concurrency: {provisioned: 0}
function: retry: {attempts: 3}
function: retry: {attempt: 1}
function: url: open
function: url: {auth: everybody}
function: logs: 30
function: logs: {level: info}
function: logs: {retenton: 30d}
function: tracing: "on"
function: image: {dockerfile: x}
function: vpc: Main
function: mount: {efs: "arn:aws:x"}
function: deploy: canary
function: deploy: {strategy: linear 10%}
function: alarms: loud
function: protect: sometimes
function: only: prod
function: when: {param: a}
trigger: bach: 5
trigger: batch: ten
trigger: batch: 0
trigger: timezone: UTC
trigger: concurrency: 1
schedule: batch: 5
schedule: window: 15
schedule: timezon: UTC
route: scope: [a]
route: key: perhaps
route: params: query.a
grants: reed: orders
grants: write: {name: Orders}
grants: send: {prefix: a}
grants: aws: [{actions: ["s3:GetObject"]}]
queue: visibility: 30
queue: dlq: {after: 0}
queue: dlq: {afer: 3}
queue: encrypt: No Key
queue: max-size: 256
queue: dedup: both
topic: subscribe: [{mail: a@example.com}]
topic: display: {a: b}
bucket: expire: {tmp/: 7}
bucket: archive: {old/: {to: glacier}}
bucket: cors: {origin: ["*"]}
bucket: object-lock: {mode: governance}
bucket: website: {indx: a.html}
table: stream: newest
table: billing: provisioned
table: indexes: {by-date: {project: keys}}
table: class: cold
table: replicas: eu-west-1
stream: shards: 0
stream: type: fire
stream: to: {prefix: a/}
bus: rules: {all: {event: {source: a}}}
bus: archive: 30
api: endpoint: local
api: throttle: {rate: 10}
api: cors: {max-age: 10}
api: domain: {name: api.example.com}
api: usage-plans: {basic: {quota: 1000/hour}}
api: authorizers: {a: {jwt: {issuer: x}}}
api: routes: {GET: f}
api: routes: {GET /a: {fonction: f}}
workflow: logs: some
workflow: typ: express
step: retry: {atempts: 2}
step: timeout: 60
step: chose: []
userpool: sign-in: [mail]
userpool: password: {min: 5}
userpool: mfa: always
client: flows: [pkce]
client: tokens: {access: 15}
key: rotate: yearly
vpc: zones: 4
vpc: nat: two
layer: runtime: [python3.13]
layer: keep: 3
role: can: {read: [Orders]}
alarm: for: 3/5
alarm: missing: good
alarm: over: high
alarm: threshold: 5
dashboard: widgets: [{width: 25}]
param: type: text
param: allowed: a
secret: rotate: {every: 30d}
secret: generate: {length: 0}
external: kind: lambda
output: export: [a]
compliance: data: secret
compliance: contains: [cards]
compliance: mode: warn
defaults: functions: {}
defaults: vpc: [main]
`.trim().split("\n");
// Where something is offered: the text with a mark, and words that must be among what is offered.
const OFFERS = [
  ["app: a\n¦", ["functions", "queues", "workflows", "stages"]],
  ["app: a\nfunctions:\n  f:\n    ¦", ["handler", "timeout", "deploy", "on"]],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    on:\n      queue: work\n      ¦", ["batch", "wait", "partial"], ["timezone", "route", "window"]],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    on:\n      schedule: rate(5m)\n      ¦", ["timezone", "window", "input"], ["batch", "prefix"]],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    can:\n      ¦", ["read", "publish", "start", "manage"]],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    arch: ¦", ["arm64", "x86_64"]],
  ["app: a\nqueues:\n  q:\n    ¦", ["visibility", "dlq", "encrypt", "fifo"]],
  ["app: a\nqueues:\n  q:\n    encrypt: ¦", ["sqs", "kms"]],
  ["app: a\ntables:\n  t:\n    key: id\n    stream: ¦", ["new", "old", "both", "keys"]],
  ["app: a\napis:\n  a:\n    type: ¦", ["http", "rest", "websocket"]],
  ["app: a\nuserpools:\n  u:\n    mfa: ¦", ["none", "optional", "required"]],
  ["app: a\nworkflows:\n  w:\n    steps:\n      - ¦", ["run", "choose", "wait"]],
  ["app: a\nalarms:\n  a:\n    ¦", ["on", "metric", "over", "notify"]],
  ["app: a\nvpcs:\n  v:\n    create:\n      nat: ¦", ["none", "one", "each"]],
  ["app: a\ncompliance:\n  data: ¦", ["confidential", "restricted"]],
];
// What is told of a key: the text with a mark before the key, and words of its description.
const HOVERS = [
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    ¦timeout: 10s\n", "How long one call may take"],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    on:\n      queue: work\n      ¦batch: 5\n", "essages handed over at once"],
  ["app: a\nfunctions:\n  f:\n    handler: a.b\n    ¦deploy: canary 10% 5m\n", "How a new version"],
  ["app: a\nqueues:\n  q:\n    ¦visibility: 30s\n", "stays hidden"],
  ["app: a\n¦workflows: {}\n", "Workflows by name"],
  ["app: a\nuserpools:\n  u:\n    ¦mfa: none\n", "second factor"],
];

class Server {
  constructor() {
    const program = join(modules, "node_modules/yaml-language-server/bin/yaml-language-server");
    this.process = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
    this.waiting = new Map();
    this.found = new Map();
    this.number = 0;
    this.rest = Buffer.alloc(0);
    this.process.stdout.on("data", data => this.read(data));
  }

  write(message) {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  ask(method, params) {
    const id = ++this.number;
    this.write({ id, method, params });
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }

  read(data) {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      const end = this.rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.rest.subarray(0, end).toString())[1]);
      if (this.rest.length < end + 4 + length) return;
      const message = JSON.parse(this.rest.subarray(end + 4, end + 4 + length));
      this.rest = this.rest.subarray(end + 4 + length);
      this.take(message);
    }
  }

  take(message) {
    if (message.method && message.id !== undefined) {
      const items = message.params?.items ?? [];
      this.write({ id: message.id, result: message.method === "workspace/configuration" ? items.map(item => this.settings[item.section] ?? null) : null });
    } else if (message.method === "textDocument/publishDiagnostics") {
      this.found.get(message.params.uri)?.(message.params.diagnostics);
    } else if (this.waiting.has(message.id)) {
      const { done, failed } = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      message.error ? failed(new Error(message.error.message)) : done(message.result);
    }
  }

  async start() {
    const yaml = { schemas: { [pathToFileURL(schema).href]: ["*.yaml"] }, validate: true, completion: true, hover: true, schemaStore: { enable: false }, customTags: ["!Ref scalar", "!GetAtt scalar", "!Sub scalar", "!Equals sequence", "!FindInMap sequence", "!If sequence"] };
    this.settings = { yaml, http: {}, editor: {}, files: {}, "[yaml]": { "editor.tabSize": 2 } };
    const textDocument = { completion: { completionItem: { snippetSupport: true } }, hover: {}, publishDiagnostics: {} };
    const capabilities = { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } }, textDocument };
    await this.ask("initialize", { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities });
    this.write({ method: "initialized", params: {} });
    this.write({ method: "workspace/didChangeConfiguration", params: { settings: this.settings } });
    await new Promise(done => setTimeout(done, 300));
  }

  // Opens a text as a file and gives what is said of it.
  open(name, text) {
    const uri = pathToFileURL(join(folder, name)).href;
    const said = new Promise(done => this.found.set(uri, done));
    this.write({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
    return said.then(diagnostics => ({ uri, diagnostics }));
  }
}

let passed = 0;
const failures = [];
const check = (what, fits, told) => (fits ? passed++ : failures.push(`${what}: ${told}`));
const show = diagnostics => diagnostics.map(d => `${d.range.start.line + 1}: ${d.message.split("\n")[0]}`).join("; ") || "nothing";
const marked = text => {
  const at = text.indexOf("¦");
  const before = text.slice(0, at).split("\n");
  return { text: text.replace("¦", ""), position: { line: before.length - 1, character: before.at(-1).length } };
};

const server = new Server();
const limit = setTimeout(() => { console.error("editor: FAILED. no answer from yaml-language-server"); process.exit(1); }, 240_000);
await server.start();
const files = ["examples", "tests/cases/app"].flatMap(place => readdirSync(join(root, place)).filter(name => !name.startsWith("wrong-")).map(name => join(root, place, name, "app.yaml")).filter(existsSync));
let number = 0;
for (const file of files) {
  const { diagnostics } = await server.open(`good-${number++}.yaml`, readFileSync(file, "utf8"));
  check(file.slice(root.length + 1), diagnostics.length === 0, show(diagnostics));
}
for (const slip of SLIPS) {
  const [, kind, line] = /^([a-z]+): (.*)$/.exec(slip);
  const around = `app: a\n${KINDS[kind]}`;
  const indent = /( *)\S.*\n$/.exec(around)[1].replace(/-/g, " ");
  const inner = kind === "step" ? `${indent}  ` : indent;
  // A key that is there already would be there twice.
  const key = line.split(":")[0];
  const clean = around.split("\n").filter(l => l.trim().split(":")[0] !== key).join("\n");
  const text = `${clean}${inner}${line}\n`;
  const wanted = text.split("\n").length - 2;
  const { diagnostics } = await server.open(`slip-${number++}.yaml`, text);
  const isThere = diagnostics.some(d => d.range.start.line === wanted);
  check(slip, isThere && diagnostics.length <= 2, show(diagnostics));
}
for (const [given, wanted, unwanted = []] of OFFERS) {
  const { text, position } = marked(given);
  const { uri } = await server.open(`offer-${number++}.yaml`, text);
  const answer = await server.ask("textDocument/completion", { textDocument: { uri }, position });
  const offered = (answer?.items ?? answer ?? []).map(item => item.label);
  const missing = wanted.filter(word => !offered.includes(word));
  const extra = unwanted.filter(word => offered.includes(word));
  check(JSON.stringify(given), missing.length + extra.length === 0, `lacks ${missing}, has ${extra}, of ${offered.length}`);
}
for (const [given, wanted] of HOVERS) {
  const { text, position } = marked(given);
  const { uri } = await server.open(`hover-${number++}.yaml`, text);
  const answer = await server.ask("textDocument/hover", { textDocument: { uri }, position: { ...position, character: position.character + 1 } });
  const told = answer?.contents?.value ?? "";
  check(JSON.stringify(given), told.includes(wanted), JSON.stringify(told.slice(0, 80)));
}
clearTimeout(limit);
server.process.kill();
failures.forEach(failure => console.log(`FAILED ${failure}`));
console.log(`editor: ${failures.length ? "FAILED" : "ok"}. ${passed} passed; ${failures.length} failed; ${files.length} files, ${SLIPS.length} slips, ${OFFERS.length} offers, ${HOVERS.length} hovers`);
process.exit(failures.length ? 1 : 0);
