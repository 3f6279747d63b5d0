// nightly plans the jobs of a night, and works them off once each.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { jobsFor, planner } = require("../../examples/nightly/dist/plan.js");
const { work, worker } = require("../../examples/nightly/dist/worker.js");

const night = new Date("2026-03-02T01:00:00Z");
const jobs = jobsFor(night);
assert.equal(jobs.length, 12);
assert.deepEqual(jobs, jobsFor(night));
assert.equal(jobs[0]["job-id"], "2026-03-01/north");
assert.equal(new Set(jobs.map((job) => job["job-id"])).size, 12);

const table = new Map();
const queue = [];
const send = async (bodies) => {
  assert.ok(bodies.length <= 10);
  queue.push(...bodies);
  return [];
};
const put = async (job) => table.set(job["job-id"], job);
assert.deepEqual(await planner({ put, send })(night), { planned: 12 });
await assert.rejects(planner({ put, send: async () => [{ Id: "0" }] })(night), /did not take 1 of 10/);

let finished = 0;
const finish = async (id, result) => {
  finished += 1;
  Object.assign(table.get(id), { state: "done", result });
};
const handle = worker({ get: async (id) => table.get(id), finish, log: () => {} });
const Records = queue.map((body, i) => ({ messageId: `m${i}`, body }));
Records.push({ messageId: "strange", body: "no json" }, { messageId: "unknown", body: '{"job-id": "x"}' });
const answer = await handle({ Records });
assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "strange" }, { itemIdentifier: "unknown" }] });
assert.equal(finished, 12);
await handle({ Records: Records.slice(0, 3) });
assert.equal(finished, 12);
assert.equal(table.get("2026-03-01/north").result, work(jobs[0]));
