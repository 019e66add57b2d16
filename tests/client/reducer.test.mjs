import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "../../frontend/static/giint/js/crc32.js";
import { fromSnapshot, reduce, view } from "../../frontend/static/giint/js/reducer.js";
import {
  call, delta, event, listRow, message, run, streaming, threadSnapshot, TIME, userSnapshot,
} from "./fixtures.mjs";

const play = (snapshot, ...frames) => frames.reduce(reduce, fromSnapshot(snapshot));
const completion = (text, changes = {}) => ({
  message: "m2", attempt: 1, status: "complete", length: text.length, checksum: crc32(text), reasoning_length: 0, model: "m", ...changes,
});
const text = (state) => state.messages.m2.text;

test("the checksum is the CRC-32 that everybody else computes", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  assert.equal(crc32("Zürich 🚀"), 0x99eef996);
});

test("events apply in order; an old one is dropped and a hole makes the state stale", () => {
  const rename = (seq, title) => event(seq, "thread.updated", { thread: "thread_1", changes: { title } });
  const state = play(threadSnapshot({ seq: 5 }), rename(5, "old"), rename(6, "new"));
  assert.deepEqual([state.seq, state.thread.title, state.stale], [6, "new", ""]);
  const holed = reduce(state, rename(8, "later"));
  assert.deepEqual([holed.seq, holed.thread.title, holed.stale], [6, "new", "resume"]);
  const asked = reduce(holed, { op: "subscribed", stream: "thread:thread_1", seq: 8, epoch: "e", recovered: true });
  assert.equal([rename(7, "x"), rename(8, "later")].reduce(reduce, asked).thread.title, "later");
});

test("events of another stream do not touch this one", () => {
  const state = play(threadSnapshot(), event(1, "thread.head_changed", { head: null }, "thread:thread_2"));
  assert.equal(state.seq, 0);
});

test("an event of a later server moves the position and changes nothing", () => {
  const state = play(threadSnapshot(), event(1, "thread.sparkled", { thread: "thread_1" }));
  assert.deepEqual([state.seq, state.stale], [1, ""]);
});

test("deltas grow the text; overlaps and repeats change nothing", () => {
  const state = play(streaming(), delta(0, "Hel"), delta(3, "lo"), delta(3, "lo"), delta(1, "ello w"), delta(0, "He"));
  assert.equal(text(state), "Hello w");
  const again = reduce(state, delta(0, "Hello"));
  assert.equal(again, state, "nothing new is the same state");
});

test("offsets count UTF-16 units, so an emoji is two", () => {
  assert.equal(text(play(streaming(), delta(0, "a🚀"), delta(3, "b"))), "a🚀b");
});

test("a delta beyond the end asks again instead of leaving a hole", () => {
  const state = play(streaming("Hel"), delta(5, "world"));
  assert.deepEqual([text(state), state.stale], ["Hel", "resume"]);
});

test("reasoning grows beside the text", () => {
  const state = play(streaming(), delta(0, "think", { part: "reasoning" }), delta(0, "say"));
  assert.deepEqual([state.messages.m2.reasoning, text(state)], ["think", "say"]);
});

test("after a restart the text is empty and late deltas of the first attempt are refused", () => {
  const state = play(streaming("old"), event(5, "message.restarted", { message: "m2", attempt: 2 }),
    delta(3, "er"), delta(0, "new", { attempt: 2 }));
  assert.deepEqual([text(state), state.messages.m2.attempt, state.stale], ["new", 2, ""]);
});

test("resync drops the text, asks once, and ignores what cannot be placed until the whole comes", () => {
  const dropped = play(streaming("Hello"), { op: "resync", message: "m2" });
  assert.deepEqual([text(dropped), dropped.stale], ["", "resume"]);
  const asked = reduce(dropped, { op: "subscribed", stream: "thread:thread_1", seq: 4, epoch: "e", recovered: true });
  const later = reduce(asked, delta(9, "x"));
  assert.deepEqual([text(later), later.stale], ["", ""]);
  assert.equal(text([delta(0, "Hello wor"), delta(9, "ld")].reduce(reduce, later)), "Hello world");
});

test("completed without text keeps ours when length and checksum agree, and asks for a snapshot when not", () => {
  const good = play(streaming("Hello"), event(5, "message.completed", completion("Hello")));
  assert.deepEqual([text(good), good.messages.m2.status, good.stale], ["Hello", "complete", ""]);
  for (const wrong of ["Hello!", "Hallo"]) {
    assert.equal(play(streaming("Hello"), event(5, "message.completed", completion(wrong))).stale, "fresh");
  }
});

test("completed with text replaces ours", () => {
  const state = play(streaming("He"), event(5, "message.completed", completion("Hello", { text: "Hello", reasoning: "" })));
  assert.deepEqual([text(state), state.stale], ["Hello", ""]);
});

test("a created message is shown only when the head moves to it", () => {
  const created = event(1, "message.created", { message: message("m1"), head: true, text: "Hi" });
  const queued = event(2, "message.created", { message: message("m2", { number: 2, status: "queued" }), head: false, text: "Next" });
  const aside = event(3, "message.created", { message: message("m3", { number: 3 }), head: false });
  const shown = view(play(threadSnapshot(), created, queued, aside)).messages;
  assert.deepEqual(shown.map((row) => [row.id, row.text]), [["m1", "Hi"], ["m2", "Next"]]);
});

test("a queued message is placed under its parent, or taken back with its run", () => {
  const before = threadSnapshot({
    thread: { head: "m1" }, messages: [message("m1"), message("m2", { number: 2, status: "queued" })],
    runs: [run("run_2", "m2", { status: "queued" })],
  });
  const placed = play(before, event(1, "message.placed", { message: "m2", parent: "m1" }));
  assert.deepEqual([placed.thread.head, placed.messages.m2.parent, placed.messages.m2.status], ["m2", "m1", "complete"]);
  const removed = view(play(before, event(1, "message.removed", { message: "m2" })));
  assert.deepEqual([removed.messages.length, removed.runs.length], [1, 0]);
});

test("a head that is not known here takes a snapshot", () => {
  assert.equal(play(threadSnapshot(), event(1, "thread.head_changed", { head: "m9" })).stale, "fresh");
});

test("tool calls start, say how far they are, and end", () => {
  const running = play(streaming(), event(5, "tool.started", { call: call("c1", "m2"), arguments: '{"a":1}' }),
    { op: "progress", call: "c1", text: "Page 2", done: 2, total: 3 });
  assert.equal(running.calls.c1.arguments, '{"a":1}');
  assert.deepEqual(running.progress.c1, { text: "Page 2", done: 2, total: 3 });
  const done = reduce(running, event(6, "tool.completed", { call: "c1", status: "done", ended: TIME, result: "4" }));
  assert.deepEqual([done.calls.c1.status, done.calls.c1.result, done.calls.c1.error], ["done", "4", ""]);
  assert.deepEqual(done.progress, {});
  assert.equal(reduce(done, { op: "progress", call: "c1", text: "late" }), done);
});

test("a notice is about its own thread, is live only, and the next one replaces it", () => {
  const notice = { op: "notice", run: "run_1", thread: "thread_1", code: "x", message: "It waits.", seconds: 2, at: 5 };
  const state = play(streaming(), notice);
  assert.deepEqual(state.notice, { run: "run_1", message: "It waits.", seconds: 2, at: 5 });
  assert.deepEqual(view(state), view(play(streaming())));
  assert.equal(reduce(state, { ...notice, thread: "thread_2", message: "No." }), state);
  assert.equal(reduce(state, { ...notice, message: "Again." }).notice.message, "Again.");
  assert.equal(play(userSnapshot(), notice).notice, undefined);
});

test("view shows the last fifty of the path, whatever else is loaded", () => {
  const messages = Array.from({ length: 60 }, (_, n) => message(`m${n}`, { number: n, parent: n ? `m${n - 1}` : null }));
  const seen = view(fromSnapshot(threadSnapshot({ messages, thread: { head: "m59" } })));
  assert.deepEqual([seen.messages.length, seen.messages[0].id], [50, "m10"]);
});

test("a broken parent chain ends the path instead of hanging", () => {
  const messages = [message("m1", { parent: "m2" }), message("m2", { parent: "m1" })];
  assert.equal(view(fromSnapshot(threadSnapshot({ messages, thread: { head: "m1" } }))).messages.length, 2);
});

const mine = (seq, type, payload) => event(seq, type, payload, "user:user_1");

test("the thread list: created, updated, archived, brought back, removed", () => {
  const ids = (state) => view(state).threads.map((row) => row.id);
  let state = play(userSnapshot({ threads: [listRow("a")] }),
    mine(1, "thread.created", { thread: listRow("b", { last_message_at: "2026-11-20T11:00:00.000000Z" }) }));
  assert.deepEqual(ids(state), ["b", "a"]);
  state = reduce(state, mine(2, "thread.updated", { thread: "a", changes: { last_message_at: "2026-11-20T12:00:00.000000Z" } }));
  assert.deepEqual(ids(state), ["a", "b"]);
  state = reduce(state, mine(3, "thread.updated", { thread: "a", changes: { archived: true } }));
  assert.deepEqual(ids(state), ["b"]);
  state = reduce(state, mine(4, "thread.updated", { thread: "a", changes: { archived: false } }));
  assert.deepEqual(ids(state), ["a", "b"]);
  state = reduce(state, mine(5, "thread.removed", { thread: "b" }));
  assert.deepEqual([ids(state), state.stale], [["a"], ""]);
});

test("a thread that is not listed yet and should be takes a snapshot; one that stays away does not", () => {
  const update = (changes) => play(userSnapshot(), mine(1, "thread.updated", { thread: "x", changes })).stale;
  assert.equal(update({ archived: false }), "fresh");
  assert.equal(update({ last_message_at: TIME }), "fresh");
  assert.equal(update({ title: "New" }), "");
});

test("agents, keys and synced state follow their events", () => {
  const agent = { id: "agent_1", name: "A", description: "", instructions: "", model: "", tools: [], tile: 1, archived: false, warning: "" };
  const account = { source: "own", label: "Mine", dialect: "responses", model: "m", key: "key_1" };
  const state = play(userSnapshot({ ui: { version: 1, state: { theme: "dark", motion: "less" } } }),
    mine(1, "agent.updated", { agent }), mine(2, "agent.updated", { agent: { ...agent, name: "B" } }),
    mine(3, "keys.changed", { keys: [], account }),
    mine(4, "state.changed", { version: 2, patch: { theme: "light", motion: null } }));
  assert.deepEqual(state.agents.map((row) => row.name), ["B"]);
  assert.equal(state.account.source, "own");
  assert.deepEqual(state.ui, { version: 2, state: { theme: "light" } });
  const archived = reduce(state, mine(5, "agent.updated", { agent: { ...agent, archived: true } }));
  assert.deepEqual(view(archived).agents, []);
});
