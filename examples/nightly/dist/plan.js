// Plans the night: one job for each area and day, written down and sent to the workers.
"use strict";

const AREAS = ["north", "east", "south", "west"];
const DAYS = 3;
const KEPT_SECONDS = 30 * 24 * 3600;
const MESSAGES_AT_ONCE = 10;

/** The jobs of a night: each area for each of the last days. The same night gives the same jobs. */
function jobsFor(now) {
  const jobs = [];
  for (let back = 1; back <= DAYS; back += 1) {
    const day = new Date(now.getTime() - back * 24 * 3600 * 1000).toISOString().slice(0, 10);
    for (const area of AREAS) {
      jobs.push({ "job-id": `${day}/${area}`, area, day, expires: Math.floor(now.getTime() / 1000) + KEPT_SECONDS });
    }
  }
  return jobs;
}

/** Lists of at most `size` items. */
function chunks(items, size) {
  const out = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}

/** The handler, with what it needs of AWS: `put(job)` and `send(bodies)`, which gives back those not taken. */
function planner({ put, send }) {
  return async (now) => {
    const jobs = jobsFor(now);
    for (const job of jobs) await put({ ...job, state: "planned" });
    for (const chunk of chunks(jobs, MESSAGES_AT_ONCE)) {
      const refused = await send(chunk.map((job) => JSON.stringify({ "job-id": job["job-id"] })));
      if (refused.length > 0) throw new Error(`the queue did not take ${refused.length} of ${chunk.length} messages`);
    }
    return { planned: jobs.length };
  };
}

/** What `planner` needs, from the SDK that the runtime brings. */
function aws() {
  const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
  const { DynamoDBDocumentClient, PutCommand } = require("@aws-sdk/lib-dynamodb");
  const { SQSClient, SendMessageBatchCommand } = require("@aws-sdk/client-sqs");
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const queue = new SQSClient({});
  return {
    put: (Item) => table.send(new PutCommand({ TableName: process.env.JOBS_TABLE, Item })),
    send: async (bodies) => {
      const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
      const answer = await queue.send(new SendMessageBatchCommand({ QueueUrl: process.env.WORK_QUEUE_URL, Entries }));
      return answer.Failed ?? [];
    },
  };
}

let plan;
exports.run = async () => {
  plan ??= planner(aws());
  return plan(new Date());
};
exports.jobsFor = jobsFor;
exports.planner = planner;
