import assert from "node:assert/strict";
import test from "node:test";
import { activeRun, articlesOf, callsOf, lastRunFor, pathOf, queuedOf } from "../../frontend/static/giint/js/path.js";
import { fromSnapshot } from "../../frontend/static/giint/js/reducer.js";
import { call, message, run, threadSnapshot } from "./fixtures.mjs";

const said = (id, number, parent, changes) => message(id, { number, parent, role: "assistant", run: "run_1", ...changes });

const state = fromSnapshot(threadSnapshot({
  thread: { head: "m4" },
  messages: [
    message("m1"), said("m2", 2, "m1"), said("m3", 3, "m2"), message("m4", { number: 4, parent: "m3" }),
    said("other", 5, "m1", { run: "run_0" }), message("q", { number: 6, status: "queued" }),
  ],
  runs: [
    run("run_1", "m1", { status: "completed" }),
    run("run_2", "m4", { status: "failed", created: "2026-11-20T10:05:00Z" }),
    run("run_3", "q", { status: "queued", created: "2026-11-20T10:06:00Z" }),
  ],
  calls: [call("c2", "m2", { started: "2026-11-20T10:00:02Z" }), call("c1", "m2", { started: "2026-11-20T10:00:01Z" }), call("c3", "m3")],
}));

test("the path ends at the head, oldest first, without other branches", () => {
  assert.deepEqual(pathOf(state).map((row) => row.id), ["m1", "m2", "m3", "m4"]);
  assert.deepEqual(queuedOf(state).map((row) => row.id), ["q"]);
});

test("consecutive messages of one run are one article; a run that failed without a word is one too", () => {
  const articles = articlesOf(state);
  assert.deepEqual(articles.map((one) => one.kind), ["me", "answer", "me", "answer"]);
  assert.deepEqual(articles[1].messages.map((row) => row.id), ["m2", "m3"]);
  assert.deepEqual([articles[3].run.id, articles[3].messages], ["run_2", []]);
});

test("calls come in the order in which they started, runs in the order of their making", () => {
  assert.deepEqual(callsOf(state, "m2").map((row) => row.id), ["c1", "c2"]);
  assert.equal(lastRunFor(state, "m4").id, "run_2");
  assert.equal(lastRunFor(state, "m9"), null);
});

test("the active run is the one that holds the thread's place", () => {
  assert.equal(activeRun(state), null);
  const running = { ...state, runs: { ...state.runs, run_3: { ...state.runs.run_3, status: "running" } } };
  assert.equal(activeRun(running).id, "run_3");
});
