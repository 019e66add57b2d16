import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../frontend/static/giint/js/outbox.js";

function setup() {
  const page = { items: [], sent: [], online: true, opened: [] };
  let ids = 0;
  page.outbox = new Outbox({
    send: (frame) => { if (page.online) page.sent.push(frame); return page.online; },
    shelf: { read: () => page.items, write: (items) => (page.items = items) },
    opened: (thread) => page.opened.push(thread),
    makeId: () => `c${(ids += 1)}`, now: () => "2026-11-20T10:00:00Z",
  });
  return page;
}

const wish = (text, thread = "t1") => ({ text, thread, agent: "a1" });

test("a message leaves at once and stays until it is seen in its thread", () => {
  const page = setup();
  page.outbox.submit(wish("Hi"));
  assert.deepEqual(page.sent, [{ op: "send", id: "c1", thread: "t1", text: "Hi", agent: "a1" }]);
  page.outbox.confirmed({ op: "ok", id: "c1", thread: "t1", message: "m1" });
  assert.equal(page.items[0].state, "sent");
  page.outbox.seen(new Set(["c1"]));
  assert.deepEqual(page.items, []);
});

test("what was written without a link leaves when it is back, in order and with the same ids", () => {
  const page = setup();
  page.online = false;
  page.outbox.submit(wish("one"));
  page.outbox.submit(wish("two"));
  assert.deepEqual(page.sent, []);
  page.online = true;
  page.outbox.flush();
  page.outbox.flush();
  assert.deepEqual(page.sent.map((frame) => frame.id), ["c1", "c2", "c1", "c2"]);
  page.outbox.confirmed({ op: "ok", id: "c1", thread: "t1" });
  page.outbox.flush();
  assert.deepEqual(page.sent.map((frame) => frame.id).slice(4), ["c2"], "what is confirmed does not leave again");
});

test("a refused message says why and can be tried again under the same id or discarded", () => {
  const page = setup();
  page.outbox.submit(wish("Hi"));
  assert.equal(page.outbox.refused({ op: "error", id: "c1", code: "too_fast", message: "Wait a moment." }), true);
  assert.deepEqual([page.items[0].state, page.items[0].sentence], ["failed", "Wait a moment."]);
  page.outbox.flush();
  assert.equal(page.sent.length, 1, "a refused message waits for its author");
  page.outbox.retry("c1");
  assert.deepEqual(page.sent.map((frame) => frame.id), ["c1", "c1"]);
  assert.equal(page.outbox.discard("c1"), "Hi");
  assert.deepEqual(page.items, []);
  assert.equal(page.outbox.refused({ op: "error", id: "other", code: "x", message: "" }), false);
});

test("the first message of a new chat opens its thread once; the next ones wait for it", () => {
  const page = setup();
  page.outbox.submit(wish("first", null));
  page.outbox.submit(wish("second", null));
  assert.deepEqual(page.sent.map((frame) => frame.text), ["first"]);
  page.outbox.confirmed({ op: "ok", id: "c1", thread: "t9", message: "m1", created: true });
  assert.deepEqual(page.opened, ["t9"]);
  assert.deepEqual(page.sent.map((frame) => [frame.text, frame.thread]), [["first", null], ["second", "t9"]]);
});

test("when the opener is discarded, what waited behind it opens its own thread", () => {
  const page = setup();
  page.outbox.submit(wish("first", null));
  page.outbox.submit(wish("second", null));
  page.outbox.refused({ op: "error", id: "c1", code: "no_account", message: "No." });
  page.outbox.discard("c1");
  assert.deepEqual([page.sent.at(-1).text, page.sent.at(-1).thread], ["second", null]);
});

test("asking again has no text of its own and is done when the server says so", () => {
  const page = setup();
  page.outbox.submit({ text: "", thread: "t1", agent: null, again: "m1" });
  assert.deepEqual(page.sent, [{ op: "send", id: "c1", thread: "t1", text: "", again: "m1" }]);
  page.outbox.confirmed({ op: "ok", id: "c1", thread: "t1", message: "m1" });
  assert.deepEqual(page.items, []);
});

test("asking again that is refused is not kept: whoever asked is told elsewhere", () => {
  const page = setup();
  page.outbox.submit({ text: "", thread: "t1", agent: null, again: "m1" });
  assert.equal(page.outbox.refused({ op: "error", id: "c1", code: "queue_full", message: "Full." }), false);
  assert.deepEqual(page.items, []);
});
