import assert from "node:assert/strict";
import test from "node:test";
import { Store, TABLE } from "../../frontend/static/giint/js/store.js";
import { delta, event, streaming, threadSnapshot, userSnapshot } from "./fixtures.mjs";

const boot = (changes = {}) => ({ me: userSnapshot(), thread: null, missing: false, ...changes });

function started(changes) {
  const store = new Store();
  store.start(boot(changes));
  return store;
}

test("an undeclared key is refused, to read and to write", () => {
  const store = new Store();
  for (const key of ["nothing", "toString", "__proto__"]) {
    assert.throws(() => store.get(key), /not declared/);
    assert.throws(() => store.set(key, 1), /not declared/);
  }
});

test("every declared key says where it lives and can be read", () => {
  const store = started();
  for (const [key, { kind }] of Object.entries(TABLE)) {
    assert.ok(["server", "synced", "local"].includes(kind), key);
    assert.doesNotThrow(() => store.get(key));
  }
});

test("server state is written by frames alone", () => {
  const store = started({ thread: streaming() });
  assert.throws(() => store.set("me", null), /server's/);
  store.receive(delta(0, "Hello"));
  assert.equal(store.get("thread").messages.m2.text, "Hello");
  store.receive(event(1, "state.changed", { version: 1, patch: { theme: "dark" } }, "user:user_1"));
  assert.equal(store.get("theme"), "dark");
});

test("frames of a thread that is not open are dropped", () => {
  const store = started({ thread: threadSnapshot() });
  const before = store.peek("thread");
  store.receive(event(1, "thread.updated", { thread: "thread_2", changes: { title: "x" } }, "thread:thread_2"));
  store.receive({ op: "snapshot", ...threadSnapshot({ stream: "thread:thread_2" }) });
  assert.equal(store.peek("thread"), before);
});

test("a snapshot opens the thread that the address names", () => {
  const store = started();
  store.set("route", { page: "chat", thread: "thread_1" });
  store.receive({ op: "snapshot", ...threadSnapshot({ seq: 3 }) });
  assert.equal(store.get("thread").seq, 3);
});

test("a synced choice shows at once and leaves on the version it was made on", () => {
  const store = started({ me: userSnapshot({ ui: { version: 7, state: {} } }) });
  const sent = [];
  store.onChoice((patch) => sent.push([patch, store.peek("me").ui.version]));
  assert.equal(store.get("theme"), "system");
  store.set("theme", "dark");
  assert.equal(store.get("theme"), "dark");
  assert.deepEqual(sent, [[{ theme: "dark" }, 7]]);
});

test("older messages go before what is there and never over it", () => {
  const store = started({ thread: streaming("now") });
  const none = { runs: {}, calls: {}, approvals: {}, transcripts: {}, entries: {} };
  store.prepend({ messages: { m0: { id: "m0" }, m2: { id: "m2", text: "stale" } }, ...none, older: true });
  const { messages, older } = store.get("thread");
  assert.deepEqual([Object.keys(messages).sort(), messages.m2.text, older], [["m0", "m1", "m2"], "now", true]);
});
