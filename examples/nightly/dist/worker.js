// Does one job after another, and tells the queue which of them failed.
"use strict";

const { createHash } = require("node:crypto");

/** The work itself: here a number that depends on the job alone, so that doing it twice does no harm. */
function work(job) {
  const digest = createHash("sha256").update(`${job.area} ${job.day}`).digest();
  return digest.readUInt32BE(0) % 1000;
}

/** The handler, with what it needs of AWS: `get(id)` and `finish(id, result)`. */
function worker({ get, finish, log = console.error }) {
  return async (event) => {
    const batchItemFailures = [];
    for (const record of event.Records) {
      try {
        const id = JSON.parse(record.body)["job-id"];
        const job = await get(id);
        if (!job) throw new Error(`there is no job ${id}`);
        // A message may come twice.
        if (job.state !== "done") await finish(id, work(job));
      } catch (error) {
        log(JSON.stringify({ message: record.messageId, error: String(error) }));
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  };
}

/** What `worker` needs, from the SDK that the runtime brings. */
function aws() {
  const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
  const { DynamoDBDocumentClient, GetCommand, UpdateCommand } = require("@aws-sdk/lib-dynamodb");
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env.JOBS_TABLE;
  return {
    get: async (id) => (await table.send(new GetCommand({ TableName, Key: { "job-id": id } }))).Item,
    finish: (id, result) =>
      table.send(
        new UpdateCommand({
          TableName,
          Key: { "job-id": id },
          UpdateExpression: "SET #state = :done, #result = :result",
          ExpressionAttributeNames: { "#state": "state", "#result": "result" },
          ExpressionAttributeValues: { ":done": "done", ":result": result },
        }),
      ),
  };
}

let handle;
exports.run = async (event) => {
  handle ??= worker(aws());
  return handle(event);
};
exports.work = work;
exports.worker = worker;
