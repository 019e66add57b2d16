import assert from "node:assert/strict";
import test from "node:test";
import { consoleFor, consoleOf, fateOf, markOf, sourceOf, tagOf } from "../../frontend/static/giint/js/console_values.js";
import { articlesOf, cutBefore } from "../../frontend/static/giint/js/path.js";
import { fromSnapshot } from "../../frontend/static/giint/js/reducer.js";
import { consoleRow, fixtureThread, message, run, userSnapshot } from "./fixtures.mjs";

const me = (rows) => fromSnapshot(userSnapshot({ console: rows }));

test("a console message says who posted it, what it does to the chat, and what became of it", () => {
  assert.equal(sourceOf(consoleRow("k")), "cron@backup, by the shell");
  assert.equal(sourceOf(consoleRow("k", { name: "", source: "rest" })), "nobody named, by a program");
  const tag = (policy, status, cut = false) => tagOf(consoleRow("k", { policy, status }), cut);
  assert.deepEqual([tag("interrupt", "pending"), tag("interrupt", "delivered", true), tag("interrupt", "answered")], ["next", "interrupted the answer", "at once"]);
  assert.deepEqual([tag("steer", "pending"), tag("steer", "answered"), tag("wait", "pending"), tag("wait", "failed"), tag("wait", "held")],
    ["while it answers", "told to the agent", "after this answer", "in its turn", "waits for you"]);
  const fate = (changes) => fateOf(consoleRow("k", changes), "Ops");
  assert.match(fate({ status: "answered", answered: "2026-11-20T10:00:00.000000Z" }), /^Answered by Ops at \d\d:\d\d\.$/);
  assert.deepEqual([fate({ status: "delivered" }), fate({ status: "failed", sentence: "It broke off." }), fate({ status: "expired" }), fate({ policy: "steer" })],
    ["Ops has it, and has not answered yet.", "It broke off.", "Its time was over.", "The agent gets it between two steps, or next."]);
  assert.deepEqual(["answered", "failed", "expired", "held"].map((status) => markOf(status).name), ["check", "alert", "x", "clock"]);
});

test("the console of a thread has its own, and what waits for its person and names no thread, latest first", () => {
  const thread = fixtureThread({ console: [consoleRow("k1"), consoleRow("k2", { created: "2026-11-20T11:00:00.000000Z", message: "m1" })] });
  const mine = me([consoleRow("k3", { thread: null, status: "held", created: "2026-11-20T12:00:00.000000Z" }), consoleRow("k4", { thread: "thread_2" })]);
  assert.deepEqual(consoleOf(thread, mine).map((row) => row.id), ["k3", "k2", "k1"]);
  assert.deepEqual(consoleOf(null, mine).map((row) => row.id), ["k3"]);
  assert.equal(consoleFor(thread, "m1")?.id, "k2");
  assert.equal(consoleFor(thread, "m9"), null);
});

test("in the chat it stands above the answer to it, and between what it steers", () => {
  const thread = fixtureThread({
    thread: { head: "m6" },
    messages: [
      message("m1", { number: 1 }), message("m2", { number: 2, parent: "m1", role: "assistant", run: "run_1" }),
      message("m3", { number: 3, parent: "m2", role: "console", text: "Now" }),
      message("m4", { number: 4, parent: "m3", role: "assistant", run: "run_2" }),
      message("m5", { number: 5, parent: "m4", role: "console", text: "And this" }),
      message("m6", { number: 6, parent: "m5", role: "assistant", run: "run_2" }),
    ],
    runs: [run("run_1", "m1", { status: "interrupted" }), run("run_2", "m3")],
  });
  const articles = articlesOf(thread);
  assert.deepEqual(articles.map((one) => [one.kind, one.key]),
    [["me", "m1"], ["answer", "run_1"], ["console", "m3"], ["answer", "run_2"], ["console", "m5"], ["answer", "m6"]]);
  assert.deepEqual([cutBefore(thread, "m3"), cutBefore(thread, "m5"), cutBefore(thread, "m9")], [true, false, false]);
});

test("who answers a console message is there before their first word", () => {
  const thread = fixtureThread({
    thread: { head: "m1" }, messages: [message("m1", { role: "console" })], runs: [run("run_1", "m1")],
  });
  assert.deepEqual(articlesOf(thread).map((one) => one.key), ["m1", "run_1"]);
});
