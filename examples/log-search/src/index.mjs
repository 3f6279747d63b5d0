// Puts the lines of each message into the index with one request. A message that the index refuses comes again
// alone; the others of its batch are done.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { parse } from "./parse.mjs";

const secrets = new SecretsManagerClient({});
let token;

export const handler = async event => {
  token ??= (await secrets.send(new GetSecretValueCommand({ SecretId: process.env.INDEX_TOKEN_SECRET_ARN }))).SecretString;
  const batchItemFailures = [];
  for (const record of event.Records) {
    const { key, lines } = JSON.parse(record.body);
    const body = lines.map(line => JSON.stringify({ file: key, ...parse(line) })).join("\n") + "\n";
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
    const answer = await fetch(process.env.INDEX_URL, { method: "POST", headers, body }).catch(() => ({ ok: false }));
    if (!answer.ok) batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
};
