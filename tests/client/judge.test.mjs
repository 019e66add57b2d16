import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { event, threadSnapshot } from "./fixtures.mjs";

const JUDGE = fileURLToPath(new URL("judge.mjs", import.meta.url));

function judged(...cases) {
  const input = cases.map((one) => JSON.stringify(one)).join("\n");
  const { stdout, status } = spawnSync(process.execPath, [JUDGE], { input, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

const rename = event(1, "thread.updated", { thread: "thread_1", changes: { title: "New" } });
const after = threadSnapshot({ seq: 1, thread: { title: "New" } });

test("the judge passes a true case and fails each way of being wrong", () => {
  const before = threadSnapshot();
  const snapshot = { ...before, op: "snapshot" };
  const verdicts = judged(
    { name: "true", before, frames: [rename], after },
    { name: "from nothing", before: null, frames: [snapshot, rename], after },
    { name: "lost event", before, frames: [], after },
    { name: "other title", before, frames: [rename], after: threadSnapshot({ seq: 1, thread: { title: "Old" } }) },
    { name: "hole", before, frames: [{ ...rename, seq: 2 }], after },
    { name: "no snapshot", before: null, frames: [rename], after },
  );
  assert.deepEqual(verdicts.map((one) => one.ok), [true, true, false, false, false, false]);
  assert.match(verdicts[3].difference, /\$\.thread\.title: got "New", expected "Old"/);
});
