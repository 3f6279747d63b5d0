// Lines come apart in every form, groups fit a message, and a batch the index refuses comes again alone.
import assert from "node:assert/strict";
import { indexer } from "../../examples/log-search/src/index.mjs";
import { groups, parse } from "../../examples/log-search/src/parse.mjs";

assert.deepEqual(parse('{"level":"INFO","a":1}'), { level: "INFO", a: 1 });
assert.deepEqual(parse("2026-01-01T00:00:00Z ERROR payment failed order=7 ms=12"), {
  time: "2026-01-01T00:00:00Z", level: "ERROR", message: "payment failed", order: "7", ms: "12",
});
assert.deepEqual(parse("just text"), { message: "just text" });
assert.deepEqual(parse("[1]"), { message: "[1]" });
const lines = ["aaaa", "bbbb", "ü".repeat(20), "c"];
const made = groups(lines, 45);
assert.deepEqual(made.map(group => group.length), [2, 1, 1]);
const whole = groups(lines, 200);
assert.deepEqual(whole, [lines]);
for (const long of ["ü".repeat(300_000), "\u0001".repeat(300_000)]) {
  const cut = groups(["first", long]);
  assert.ok(cut.every(group => Buffer.byteLength(JSON.stringify(group)) < 256 * 1024));
  assert.ok(long.startsWith(cut.flat()[1]) && cut.flat()[1].length > 10_000);
}
assert.deepEqual(groups([]), []);

const taken = [];
const index = indexer({
  token: async () => "secret",
  post: async (body, token) => {
    assert.equal(token, "secret");
    if (body.includes("slow")) throw new Error("timed out");
    if (body.includes("full")) return false;
    taken.push(...body.trim().split("\n").map(line => JSON.parse(line)));
    return true;
  },
  log: () => {},
});
const message = (messageId, line) => ({ messageId, body: JSON.stringify({ key: "a.log", lines: [line] }) });
const batch = [message("a", "good"), message("b", "slow"), { messageId: "c", body: "?" }, message("d", "full"), message("e", "too")];
assert.deepEqual(await index({ Records: batch }), {
  batchItemFailures: ["b", "c", "d"].map(itemIdentifier => ({ itemIdentifier })),
});
assert.deepEqual(taken, [{ file: "a.log", message: "good" }, { file: "a.log", message: "too" }]);
