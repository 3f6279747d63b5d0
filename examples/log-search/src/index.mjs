// Puts the lines of each message into the index with one request. A message that the index refuses comes again
// alone; the others of its batch are done.
import { parse } from "./parse.mjs";

// Well below the function's timeout, so that a slow index costs its messages and not the whole batch.
const PATIENCE_MS = 20_000;

/** The handler, with what it needs: `token()`, and `post(lines, token)`, which says whether the index took them. */
export const indexer = ({ token, post, log = console.error }) => async event => {
  const secret = await token();
  const put = async ({ messageId, body }) => {
    try {
      const { key, lines } = JSON.parse(body);
      const entries = lines.map(line => JSON.stringify({ file: key, ...parse(line) }));
      if (!(await post(entries.join("\n") + "\n", secret))) throw new Error("the index refuses the lines");
      return [];
    } catch (error) {
      log(JSON.stringify({ message: messageId, error: String(error) }));
      return [{ itemIdentifier: messageId }];
    }
  };
  return { batchItemFailures: (await Promise.all(event.Records.map(put))).flat() };
};

const post = async (body, token) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return (await fetch(process.env.INDEX_URL, { method: "POST", headers, body, signal })).ok;
};

/** The token, read once for each copy of the function. */
const fromSecret = async () => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const command = new GetSecretValueCommand({ SecretId: process.env.INDEX_TOKEN_SECRET_ARN });
  return (await new SecretsManagerClient({}).send(command)).SecretString;
};

let secret;
export const handler = indexer({ token: async () => (secret ??= await fromSecret()), post });
