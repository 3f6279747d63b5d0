// The page of `samc local`: shows the application and its calls, and sends events. What comes from the
// application is only ever put into the page as text.
"use strict";

const KEPT = 200;
const at = (id) => document.getElementById(id);
let state = { functions: [], apis: [], triggers: [], messaging: {} };
let calls = []; // the newest first
let chosen = null;
const rows = new Map(); // number of a call -> its row

/** An element with attributes and children; texts become text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const nameOf = (id) => (state.functions.find((one) => one.id === id) || { source: id }).source;
const time = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
const took = (ms) => (ms < 9.95 ? ms.toFixed(1) : Math.round(ms)) + " ms";

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function statusOf(call) {
  const failure = call.error ? failureOf(call) : null;
  if (call.status) return { text: String(call.status), kind: call.status >= 500 ? "bad" : call.status >= 400 ? "fair" : "good", failure };
  if (failure) return { text: failure.type === "Sandbox.Timedout" ? "timeout" : "error", kind: "bad", failure };
  return { text: "ok", kind: "good", failure };
}

function failureOf(call) {
  try {
    const answer = JSON.parse(call.answer);
    return { type: String(answer.errorType || "Error"), message: String(answer.errorMessage || "") };
  } catch {
    return { type: "Error", message: "" };
  }
}

// ---- the application

function showState() {
  document.title = state.app + " · samc local";
  at("app").textContent = state.app + (state.stage ? " · " + state.stage : "");
  at("about").textContent = "running from " + state.spec + " · " + state.region;
  const messaging = state.messaging || {};
  const parts = [
    ...state.apis.map(apiPart),
    part("Functions", state.functions.map(functionItem), notesOf(state.functions)),
    part("Queues", (messaging.queues || []).map(queueItem)),
    part("Topics", (messaging.topics || []).map((one) => heardItem(one, one.published, one.subscriptions))),
    part("Buses", (messaging.buses || []).filter((one) => one.rules.length || one.events).map((one) => heardItem(one, one.events, one.rules))),
    part("Schedules", (messaging.schedules || []).map(scheduleItem)),
    part("Buckets", (messaging.buckets || []).map((one) => heardItem(one, null, one.notifications))),
    part("Streams", (messaging.streams || []).map((one) => heardItem(one, one.records, one.readers))),
    part("Not run here", (state.unsupported || []).map((one) =>
      make("li", {}, make("span", { class: "name" }, one.id, make("span", { class: "quiet" }, " " + one.type + ": " + one.why))))),
  ];
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : null;
  at("parts").replaceChildren(...parts.filter(Boolean));
  if (focused) {
    const again = [...at("parts").querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused);
    if (again) again.focus();
  }
  showTargets();
}

/** What functions have to say of themselves, each text once. */
function notesOf(functions) {
  const users = new Map();
  for (const one of functions) if (one.note) users.set(one.note, [...(users.get(one.note) || []), one.source]);
  return [...users].map(([note, names]) => {
    const who = names.length > 3 ? names.length + " functions" : names.join(", ");
    return make("p", { class: "note", title: names.join(", ") }, who + ": " + note);
  });
}

function part(title, items, notes) {
  if (!items.length) return null;
  return make("div", {}, make("h2", {}, title + " ", make("span", { class: "quiet" }, String(items.length))), make("ul", {}, ...items), ...(notes || []));
}

const KINDS = { http: "HTTP API", rest: "REST API", "function-url": "Function URL", "web-socket": "WebSocket API" };

function apiPart(api) {
  const base = (api.url || "") + (api.kind === "rest" && api.stage !== "$default" ? "/" + api.stage : "");
  const items = api.routes.map((route) => {
    const can = route.method === "GET" && !route.path.includes("{") && !route.path.includes("$");
    const path = can
      ? make("a", { class: "path", href: base + route.path, target: "_blank", rel: "noopener noreferrer", "data-key": api.id + route.path }, route.path)
      : make("span", { class: "path" }, route.path);
    const to = route.function ? nameOf(route.function) : route.unsupported ? "not here" : "fixed";
    const method = route.path === "$default" || api.kind === "web-socket" ? "" : route.method;
    return make("li", { title: route.unsupported }, make("span", { class: "method" }, method), path, make("span", { class: "side" }, to));
  });
  const url = api.kind === "web-socket" ? base.replace("http", "ws") : base;
  return make("div", {}, make("h2", {}, (KINDS[api.kind] || api.kind) + " " + api.source + (api.elsewhere ? " of another stack" : "")),
    make("p", { class: "quiet path" }, url), make("ul", {}, ...items));
}

function sendButton(id, label) {
  return make("button", { type: "button", "data-key": "send " + id, "aria-label": "Send to " + label, on: { click: () => choose(id) } }, "send");
}

function functionItem(one) {
  const load = one.processes ? one.processes + (one.processes === 1 ? " process" : " processes") : "";
  const unknown = Object.keys(one.unknownEnvironment || {});
  const notes = [one.cannotRun ? "does not run: " + one.cannotRun : null,
    unknown.length ? unknown.join(", ") + ": known only after a deployment" : null].filter(Boolean);
  const text = make("div", { class: "name" }, make("strong", {}, one.source),
    make("div", { class: "quiet small" }, [one.runtime, one.handler].filter(Boolean).join(" · ")),
    ...notes.map((note) => make("p", { class: "note" }, note)));
  return make("li", {}, text, make("span", { class: "side" }, load), sendButton("function " + one.id, one.source));
}

function targets(all) {
  return all.length ? " → " + all.map((one) => (one.to === "function" ? nameOf(one.target) : one.target)).join(", ") : "";
}

function queueItem(one) {
  const readers = (state.triggers || []).filter((t) => t.kind === "sqs" && t.queue === one.id).map((t) => t.target);
  const to = targets(readers.map((t) => ({ to: t.to, target: t.id })));
  const counts = [one.visible + " waiting", one.inFlight ? one.inFlight + " in flight" : null, one.delayed ? one.delayed + " delayed" : null];
  return make("li", {}, make("span", { class: "name" }, make("strong", {}, one.id), make("span", { class: "quiet" }, to)),
    make("span", { class: "side" }, make("span", { class: "badge" }, counts.filter(Boolean).join(", "))), sendButton("event " + one.id, one.id));
}

function heardItem(one, count, listeners) {
  return make("li", {}, make("span", { class: "name" }, make("strong", {}, one.id), make("span", { class: "quiet" }, targets(listeners || []))),
    make("span", { class: "side" }, count === null ? "" : make("span", { class: "badge" }, String(count))), sendButton("event " + one.id, one.id));
}

function scheduleItem(one) {
  const text = make("span", { class: "name" }, make("strong", {}, one.id), make("span", { class: "quiet" }, targets([one]) + " · " + one.expression));
  if (one.fault) text.append(make("p", { class: "note" }, one.fault));
  const fire = make("button", { type: "button", "data-key": "fire " + one.id, "aria-label": "Fire " + one.id, on: { click: () => send("event " + one.id, "{}") } }, "fire");
  return make("li", {}, text, make("span", { class: "side" }), fire);
}

// ---- sending

function showTargets() {
  const messaging = state.messaging || {};
  const ids = (all) => (all || []).map((one) => ["event " + one.id, one.id]);
  const groups = [
    ["Functions", state.functions.map((one) => ["function " + one.id, one.source])],
    ["Queues", ids(messaging.queues)], ["Topics", ids(messaging.topics)], ["Buses", ids(messaging.buses)],
    ["Schedules", ids(messaging.schedules)], ["Buckets", ids(messaging.buckets)], ["Streams", ids(messaging.streams)],
  ].filter(([, all]) => all.length);
  const key = JSON.stringify(groups);
  const select = at("target");
  if (select.dataset.shown === key) return;
  const before = select.value;
  select.dataset.shown = key;
  select.replaceChildren(...groups.map(([label, all]) =>
    make("optgroup", { label }, ...all.map(([value, text]) => make("option", { value }, text)))));
  if ([...select.options].some((option) => option.value === before)) select.value = before;
  suggest();
}

/** What a kind of thing takes, to begin with. */
function example(target) {
  const messaging = state.messaging || {};
  const [kind, id] = split(target);
  const is = (all) => (all || []).some((one) => one.id === id);
  if (kind === "function") return ["Event", {}];
  if (is(messaging.queues)) return ["Message", { body: "hello" }];
  if (is(messaging.topics)) return ["Message", { message: "hello", subject: "greeting" }];
  if (is(messaging.buses)) return ["Event", { source: "local", "detail-type": "Example", detail: {} }];
  if (is(messaging.buckets)) return ["What happened to an object", { key: "file.txt", kind: "ObjectCreated:Put" }];
  const stream = (messaging.streams || []).find((one) => one.id === id);
  if (stream) return stream.kind === "table" ? ["Change", { newImage: { id: { S: "1" } } }] : ["Record", { data: "hello" }];
  return ["Nothing is needed", {}];
}

const split = (target) => [target.slice(0, target.indexOf(" ")), target.slice(target.indexOf(" ") + 1)];
let suggested = "";

function suggest() {
  const [label, body] = example(at("target").value);
  at("body-label").textContent = label;
  if (at("body").value.trim() === suggested.trim()) {
    suggested = JSON.stringify(body, null, 2);
    at("body").value = suggested;
  }
}

function choose(target) {
  at("target").value = target;
  suggest();
  at("body").focus();
}

async function send(target, body) {
  const [kind, id] = split(target);
  const path = kind === "function" ? "/2015-03-31/functions/" + encodeURIComponent(id) + "/invocations" : "events/" + encodeURIComponent(id);
  const answer = at("answer");
  at("submit").disabled = true;
  try {
    const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
    const text = await response.text();
    const failed = !response.ok || response.headers.has("x-amz-function-error");
    answer.textContent = pretty(text) || response.statusText;
    answer.className = failed ? "bad" : "";
  } catch (error) {
    answer.textContent = "nothing answers: " + error.message;
    answer.className = "bad";
  }
  answer.hidden = false;
  at("submit").disabled = false;
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("body").value.trim() || "{}";
  try {
    JSON.parse(text);
    at("body-fault").textContent = "";
  } catch (error) {
    at("body-fault").textContent = "This is not JSON: " + error.message;
    at("body").focus();
    return;
  }
  send(at("target").value, text);
});
at("target").addEventListener("change", suggest);
at("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});

// ---- calls

function isShown(call) {
  if (at("failed").checked && statusOf(call).kind === "good") return false;
  const text = at("filter").value.trim().toLowerCase();
  if (!text) return true;
  const all = [nameOf(call.function), call.what, statusOf(call).text, call.event, call.answer, call.log, call.requestId];
  return all.some((one) => String(one).toLowerCase().includes(text));
}

function rowOf(call) {
  let row = rows.get(call.number);
  if (row) return row;
  const status = statusOf(call);
  row = make("tr", { tabindex: "-1", "aria-selected": "false", on: { click: () => open(call), keydown: (event) => move(event, call) } },
    make("td", {}, time(call.beganMs)), make("td", {}, nameOf(call.function)), make("td", { title: call.what }, call.what),
    make("td", { class: status.kind, title: status.failure ? status.failure.type + ": " + status.failure.message : null }, status.text),
    make("td", { class: "number" }, took(call.durationMs)), make("td", { class: "number" }, call.memoryMib ? call.memoryMib + " MB" : ""));
  rows.set(call.number, row);
  return row;
}

function showCalls() {
  const shown = calls.filter(isShown);
  const focused = document.activeElement;
  at("rows").replaceChildren(...shown.map(rowOf));
  if (focused && focused.isConnected && focused.tagName === "TR") focused.focus();
  for (const number of [...rows.keys()]) if (!calls.some((call) => call.number === number)) rows.delete(number);
  // One row can be reached by Tab; the arrow keys go to the others.
  const first = shown.find((call) => chosen && call.number === chosen.number) || shown[0];
  for (const call of shown) {
    const row = rowOf(call);
    row.tabIndex = call === first ? 0 : -1;
    row.setAttribute("aria-selected", String(Boolean(chosen) && chosen.number === call.number));
  }
  at("list").hidden = !shown.length;
  at("empty").hidden = shown.length > 0;
  at("empty").textContent = calls.length ? "No call is like that." : "No calls yet. Send something above, or call a route.";
  at("count").textContent = state.calls ? (state.calls > calls.length ? "the last " + calls.length + " of " + state.calls : String(state.calls)) : "";
}

function move(event, call) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const row = rows.get(call.number);
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (next) {
      row.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    open(call);
    at("detail-heading").focus();
  }
}

function open(call) {
  chosen = call;
  const status = statusOf(call);
  at("detail-heading").textContent = nameOf(call.function) + " · " + call.what;
  const facts = [["status", status.text], ["began", new Date(call.beganMs).toLocaleString([], { hour12: false })], ["took", took(call.durationMs)],
    ["start", call.initMs ? took(call.initMs) : null], ["memory", call.memoryMib ? call.memoryMib + " MB" : null],
    ["request", call.requestId], ["error", status.failure ? status.failure.type + ": " + status.failure.message : null]];
  at("facts").replaceChildren(...facts.filter(([, value]) => value).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", { class: name === "status" ? status.kind : name === "error" ? "bad" : "" }, value))));
  at("event").textContent = pretty(call.event);
  at("response").textContent = pretty(call.answer);
  at("log").textContent = call.log;
  at("detail").hidden = false;
  showCalls();
}

function close() {
  const row = chosen && rows.get(chosen.number);
  chosen = null;
  at("detail").hidden = true;
  showCalls();
  if (row && row.isConnected) row.focus();
}

at("close").addEventListener("click", close);
at("again").addEventListener("click", () => {
  at("target").value = "function " + chosen.function;
  suggest();
  at("body").value = pretty(chosen.event);
  at("body").focus();
});
at("filter").addEventListener("input", showCalls);
at("failed").addEventListener("change", showCalls);
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !typing) {
    event.preventDefault();
    at("filter").focus();
  } else if (event.key === "Escape" && !at("detail").hidden && !typing) close();
});

// ---- what happens

function soon(act, ms) {
  let waiting = null;
  return () => {
    if (waiting === null) waiting = setTimeout(() => { waiting = null; act(); }, ms);
  };
}

const showSoon = soon(showCalls, 100);
const loadSoon = soon(() => load(false), 400);
const loadAllSoon = soon(() => load(true), 800);

async function load(withCalls) {
  try {
    const response = await fetch("state" + (withCalls ? "" : "?calls=no"), { cache: "no-store" });
    state = await response.json();
    if (withCalls) {
      calls = state.records.reverse();
      rows.clear(); // numbers begin anew where samc was started anew
    }
    showState();
    showCalls();
  } catch {
    connected(false);
  }
}

function connected(is) {
  at("link").className = is ? "live" : "lost";
  at("link-text").textContent = is ? "live" : "not running; waiting for it";
}

function listen() {
  const source = new EventSource("events");
  source.addEventListener("open", () => {
    connected(true);
    load(true);
  });
  source.addEventListener("call", (event) => {
    const call = JSON.parse(event.data);
    if (calls.some((other) => other.number === call.number)) return;
    calls.unshift(call);
    calls.length = Math.min(calls.length, KEPT);
    state.calls = Math.max(state.calls || 0, call.number);
    showSoon();
    loadSoon();
  });
  source.addEventListener("reload", loadAllSoon);
  source.addEventListener("error", () => {
    connected(false);
    // A browser gives up for good where something else answers.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

listen();
