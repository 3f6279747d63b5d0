// The page of `samc local start` in a real browser: what it shows, what it sends, that it follows what happens, that it
// can be used by keyboard alone, and that neither what functions say nor other pages can do anything through it.
// Usage: local_page.mjs SAMC MODULES    (MODULES: a folder with node_modules/playwright-core)
// Screenshots go to target/local-page. Without a Chromium on the machine nothing is looked at, and it says so.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const [samc, modules] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "../..");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) {
  console.log("skipped: there is no Chromium on this machine, and the page was not looked at");
  console.log("0 passed, 0 failed, 1 skipped");
  process.exit(0);
}
const { chromium } = createRequire(resolve(modules, "package.json"))("playwright-core");

// An application with a part of every kind. What its functions say would be harmful if it came into the page as more
// than text.
const EVIL = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;
const APP = `
app: shop
defaults: {function: {runtime: python3.12, code: src}}
functions:
  read: {handler: orders.read, on: "GET /orders/{id}"}
  create: {handler: orders.create, on: POST /orders, can: {send: work, write: orders}}
  worker: {handler: orders.work, on: {queue: work}}
  news: {handler: orders.work, on: {topic: placed}}
  nightly: {handler: orders.work, on: {schedule: rate(1d)}}
  shipped: {handler: orders.work, on: {event: {source: [shop.shipping]}}}
  totals: {handler: orders.work, on: {stream: orders}}
  health: {handler: app.handler, code: node, runtime: nodejs24.x, on: GET /health}
queues:
  work: {}
topics:
  placed: {}
tables:
  orders: {key: id, stream: both}
`;
const ORDERS = `
import json
EVIL = ${JSON.stringify(EVIL)}
def read(event, context):
    if event['pathParameters']['id'] == 'none':
        return {'statusCode': 404, 'body': json.dumps({'message': 'no such order'})}
    print('read order', event['pathParameters']['id'])
    return {'statusCode': 200, 'headers': {'content-type': 'application/json'}, 'body': json.dumps({'id': event['pathParameters']['id'], 'total': 42})}
def create(event, context):
    print(EVIL)
    raise ValueError('out of stock: ' + EVIL)
def work(event, context):
    print('working on', len(event.get('Records', [])), 'messages')
    return {'batchItemFailures': [], 'said': EVIL}
`;
const HEALTH = "export const handler = async () => ({ statusCode: 200, body: 'fine' });\n";

const folder = mkdtempSync(join(tmpdir(), "page-"));
const shots = join(root, "target/local-page");
mkdirSync(shots, { recursive: true });
const write = (name, text) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
write("app.yaml", APP);
write("src/orders.py", ORDERS);
write("node/app.mjs", HEALTH);

let passed = 0;
let failed = 0;
async function check(what, holds) {
  let fault = null;
  try {
    if (!(await holds())) fault = "it does not hold";
  } catch (error) {
    fault = error.message.split("\n").slice(0, 4).join(" ");
  }
  if (fault === null) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED  ${what}: ${fault}`);
  }
}

const child = spawn(resolve(samc), ["local", "start", "--port", "0", "--quiet"], {
  cwd: folder,
  env: { ...process.env, NO_COLOR: "1", SAMC_CACHE_DIR: join(folder, "cache") },
  stdio: ["ignore", "pipe", "pipe"],
});
let said = "";
const base = await new Promise((done, fail) => {
  const limit = setTimeout(() => fail(new Error(`samc did not start: ${said}`)), 60_000);
  const hear = (data) => {
    said += data;
    const found = /(http:\/\/[\d.:]+)\/_samc\//.exec(said);
    if (found) {
      clearTimeout(limit);
      done(found[1]);
    }
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", (data) => (said += data));
  child.on("exit", (code) => fail(new Error(`samc ended with ${code}: ${said}`)));
});
const page_url = `${base}/_samc/`;

const browser = await chromium.launch({
  executablePath,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // A name of somebody else's that points here, as after a rebinding of DNS.
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
  ],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: "light" });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
const complaints = [];
const elsewhere = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("request", (request) => !request.url().startsWith(base) && !request.url().startsWith("data:") && elsewhere.push(request.url()));

const row = (...parts) => parts.reduce((rows, part) => rows.filter({ hasText: part }), page.locator("#rows tr"));
const state = async () => (await fetch(`${base}/_samc/state`)).json();

try {
  const answer = await page.goto(page_url);
  const policy = answer.headers()["content-security-policy"] ?? "";
  await check("a policy keeps everything else out", () => policy.includes("default-src 'none'") && !policy.includes("unsafe"));
  await page.getByText("live", { exact: true }).waitFor();
  await check("the application has its name", async () => (await page.title()) === "shop · samc local");
  for (const name of ["read", "create", "worker", "news", "nightly", "shipped", "totals", "health"]) {
    await check(`the function ${name} is there`, () => page.locator("#parts strong", { hasText: name }).first().isVisible());
  }
  await check("routes are there", () => page.locator("#parts li", { hasText: "/orders/{id}" }).isVisible());
  await check("routes to open are links", async () =>
    (await page.getByRole("link", { name: "/health" }).getAttribute("href")) === `${base}/health`);

  // A function, by the form.
  await page.locator("#target").selectOption({ label: "read" });
  await page.locator("#body").fill('{"pathParameters": {"id": "7"}}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await check("the answer is shown", async () => (await page.locator("#answer").textContent({ timeout: 20_000 })).includes("statusCode") || page.locator("#answer", { hasText: "statusCode" }).waitFor().then(() => true));
  await check("the call appears by itself", () => row("read", "invoke").first().waitFor().then(() => true));
  await page.locator("#body").fill("{no json");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await check("what is no JSON is told", () => page.getByRole("alert").filter({ hasText: "not JSON" }).isVisible());

  // Requests from elsewhere.
  await fetch(`${base}/orders/8`);
  await fetch(`${base}/orders/none`);
  await fetch(`${base}/health`);
  await fetch(`${base}/orders`, { method: "POST", body: "{}" });
  await check("a request appears with its status", () => row("GET /orders/8", "200").waitFor().then(() => true));
  await check("so does one that is not found", () => row("GET /orders/none", "404").waitFor().then(() => true));
  await check("and one that failed", () => row("create", "POST /orders", "500").waitFor().then(() => true));

  // A queue, a topic, a bus, a schedule, a table.
  const queue = (await state()).messaging.queues[0].id;
  await page.getByRole("button", { name: `Send to ${queue}`, exact: true }).click();
  await check("the form has what a queue takes", async () => (await page.locator("#body").inputValue()).includes('"{no json') || (await page.locator("#target").inputValue()) === `event ${queue}`);
  await page.locator("#body").fill('{"body": "job 1"}');
  await page.locator("#body").press("Control+Enter");
  await check("a message of a queue reaches its function", () => row("worker", "ok").waitFor().then(() => true));
  const send = async (part, body) => {
    const options = await page.locator("#target option").allTextContents();
    await page.locator("#target").selectOption({ label: options.find((option) => option.toLowerCase().startsWith(part)) });
    await page.locator("#body").fill(body);
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  await send("placed", '{"message": "hello"}');
  await check("a message of a topic reaches its function", () => row("news", "ok").waitFor().then(() => true));
  await send("default", '{"source": "shop.shipping", "detail-type": "Shipped", "detail": {"id": "7"}}');
  await check("an event of a bus reaches its function", () => row("shipped", "Shipped").waitFor().then(() => true));
  await send("orders", '{"newImage": {"id": {"S": "1"}}}');
  await check("a change of a table reaches its function", () => row("totals", "ok").waitFor().then(() => true));
  await page.getByRole("button", { name: /^Fire / }).click();
  await check("a schedule fires", () => row("nightly", "ok").waitFor().then(() => true));

  // A call in detail; what it says stays text.
  await row("create", "500").first().click();
  const detail = page.locator("#detail");
  await check("the error is told", () => detail.getByText("ValueError: out of stock").first().isVisible());
  await check("the event is there", async () => (await page.locator("#event").textContent()).includes('"requestContext"'));
  await check("the log is there", async () => (await page.locator("#log").textContent()).includes(EVIL));
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(shots, "light.png"), fullPage: true });
  await check("what functions say stays text", async () => (await page.evaluate(() => window.harmed)) === undefined && (await page.locator("main img, main script").count()) === 0);

  await page.evaluate(() => window.scrollTo(0, 0));
  await page.setViewportSize({ width: 1180, height: 900 });
  await page.screenshot({ path: join(shots, "start.png") });

  // By keyboard alone.
  await page.keyboard.press("Escape");
  await check("Escape closes the call", () => detail.isHidden());
  await page.keyboard.press("/");
  await page.keyboard.type("orders/8");
  await check("the filter leaves what fits", async () => (await page.locator("#rows tr").count()) === 1);
  await page.getByLabel("Show only calls").fill("");
  await page.getByLabel("failed only").focus();
  await page.keyboard.press("Space");
  await check("failed calls can be had alone", async () => {
    const texts = await page.locator("#rows tr td:nth-child(4)").allTextContents();
    return texts.length >= 2 && texts.every((text) => text !== "200" && text !== "ok");
  });
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await check("a call opens by Enter", () => detail.isVisible());
  await check("and has the focus", async () => (await page.evaluate(() => document.activeElement.id)) === "detail-heading");

  // What is edited.
  write("app.yaml", APP.replace("GET /health", "GET /alive"));
  await check("a changed spec is shown", () => page.getByRole("link", { name: "/alive" }).waitFor().then(() => true));

  // Much at once.
  await Promise.all(Array.from({ length: 300 }, () => fetch(`${base}/alive`)));
  await check("of many calls the last ones are shown", async () => {
    await page.getByText(/the last 200 of \d+/).waitFor();
    return (await page.locator("#rows tr").count()) <= 200;
  });

  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByLabel("Show only calls").fill("");
  await row("alive").first().click();
  await page.waitForTimeout(200);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(shots, "dark.png") });
  await page.setViewportSize({ width: 420, height: 860 });
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(shots, "narrow.png"), fullPage: true });
  await check("nothing is wider than a narrow window", () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  await check("the browser complains of nothing", () => complaints.length === 0 || Promise.reject(new Error(complaints.join(" | "))));
  await check("nothing comes from elsewhere", () => elsewhere.length === 0 || Promise.reject(new Error(elsewhere.join(" "))));

  // Pages of others. They have an origin of their own, or a name that was made to point here.
  const other = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>other</title>"));
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  const stranger = await context.newPage();
  await stranger.goto(`http://127.0.0.1:${other.address().port}/`);
  const before = (await state()).calls;
  const tried = await stranger.evaluate(async (base) => {
    const paths = ["/2015-03-31/functions/read/invocations", "/_samc/events/read", "/_samc/state"];
    const read = [];
    for (const path of paths) {
      const method = path.endsWith("state") ? "GET" : "POST";
      await fetch(base + path, { method, mode: "no-cors", body: method === "POST" ? "{}" : undefined }).catch(() => null);
      read.push(await fetch(base + path, { method }).then((r) => r.status).catch(() => "unreadable"));
    }
    return read;
  }, base);
  await new Promise((done) => setTimeout(done, 500));
  await check("a page of another origin calls nothing", async () => (await state()).calls === before);
  await check("and reads nothing", () => tried.every((status) => status === "unreadable"));
  const port = base.split(":").pop();
  const rebound = await stranger.goto(`http://rebound.example:${port}/_samc/`);
  await check("another name gets no page", () => rebound.status() === 421);
  const statuses = await stranger.evaluate(async () => {
    const ask = (path, method) => fetch(path, { method, body: method === "POST" ? "{}" : undefined }).then((r) => r.status);
    return [await ask("/_samc/state", "GET"), await ask("/_samc/events", "GET"), await ask("/alive", "GET"),
      await ask("/_samc/events/read", "POST"), await ask("/2015-03-31/functions/read/invocations", "POST")];
  });
  await check("nor anything else", () => statuses.every((status) => status === 421) || Promise.reject(new Error(statuses.join(" "))));
  other.close();

  // The page waits for what it shows.
  await page.bringToFront();
  child.removeAllListeners("exit");
  child.kill("SIGINT");
  await check("the page says that nothing runs any more", () => page.getByText("not running").waitFor().then(() => true));
} catch (error) {
  failed += 1;
  console.log(`FAILED  ${error.stack}\n${said.slice(-2000)}`);
} finally {
  await browser.close();
  if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
