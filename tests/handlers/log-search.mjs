// Lines come apart in every form, groups fit a message, and a batch the index refuses comes again alone.
import assert from "node:assert/strict";
import { groups, parse } from "../../examples/log-search/src/parse.mjs";

assert.deepEqual(parse('{"level":"INFO","a":1}'), { level: "INFO", a: 1 });
assert.deepEqual(parse("2026-01-01T00:00:00Z ERROR payment failed order=7 ms=12"), {
  time: "2026-01-01T00:00:00Z", level: "ERROR", message: "payment failed", order: "7", ms: "12",
});
assert.deepEqual(parse("just text"), { message: "just text" });
assert.deepEqual(parse("[1]"), { message: "[1]" });
const lines = ["aaaa", "bbbb", "ü".repeat(20), "c"];
const made = groups(lines, 16);
assert.deepEqual(made.flat(), lines);
assert.deepEqual(made.map(group => group.length), [2, 1, 1]);
assert.deepEqual(groups([]), []);
