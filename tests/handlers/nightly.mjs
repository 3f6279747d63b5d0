// nightly plans the same jobs for the same night, and its workers say which messages failed.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { planner, jobsFor } = require("../../examples/nightly/dist/plan.js");
const { worker, work } = require("../../examples/nightly/dist/worker.js");

const night = new Date("2026-03-02T02:00:00Z");
const table = new Map();
const queue = [];
const plan = planner({
  put: async (job) => table.set(job["job-id"], job),
  send: async (bodies) => {
    assert.ok(bodies.length <= 10, "a batch of a queue holds ten messages");
    queue.push(...bodies);
    return [];
  },
});
const { planned } = await plan(night);
assert.equal(planned, table.size);
assert.equal(planned, queue.length);
assert.deepEqual(jobsFor(night), jobsFor(night));
await assert.rejects(planner({ put: async () => {}, send: async () => ["no"] })(night), /did not take/);

const finished = [];
const handle = worker({
  get: async (id) => table.get(id),
  finish: async (id, result) => {
    finished.push(id);
    table.get(id).state = "done";
    assert.equal(result, work(table.get(id)));
  },
  log: () => {},
});
const record = (messageId, body) => ({ messageId, body });
const batch = [record("a", queue[0]), record("b", queue[0]), record("c", '{"job-id": "none"}'), record("d", "?")];
const answer = await handle({ Records: batch });
assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "c" }, { itemIdentifier: "d" }] });
assert.equal(finished.length, 1, "a message that comes twice is worked on once");
