// Cuts a file into messages that fit the queue, line by line.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { groups } from "./parse.mjs";

const s3 = new S3Client({});
const sqs = new SQSClient({});

export const handler = async event => {
  for (const { s3: source } of event.Records) {
    const key = decodeURIComponent(source.object.key.replaceAll("+", " "));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: source.bucket.name, Key: key }));
    const lines = (await Body.transformToString()).split("\n").filter(line => line.trim());
    for (const group of groups(lines)) {
      const MessageBody = JSON.stringify({ key, lines: group });
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.BATCHES_QUEUE_URL, MessageBody }));
    }
  }
};
