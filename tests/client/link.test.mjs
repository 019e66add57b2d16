// The link from the chat to what a tool does beside it stays the same node, and keeps the focus, whatever comes in.

import assert from "node:assert/strict";
import test from "node:test";
import { call, event, message, run, threadSnapshot, TIME, userSnapshot } from "./fixtures.mjs";
import { document, drawn, named } from "./page.mjs";
import { render } from "../../frontend/node_modules/preact/dist/preact.mjs";

const { html } = await import("../../frontend/static/giint/js/html.js");
const { Log } = await import("../../frontend/static/giint/js/parts/log.js");
const { Store } = await import("../../frontend/static/giint/js/store.js");

const side = {
  id: "tr_1", thread: "thread_1", run: "run_1", message: "m1", call: "out_1", parent: null, tool: "x_poll",
  title: "Which?", status: "open", hold: "", result: {}, opened: TIME, closed: null,
};

const entry = {
  id: "entry_1", transcript: "tr_1", number: 1, kind: "agent", name: "A", agent: null, run: null, model: "",
  status: "streaming", attempt: 0, choice: "", code: "", sentence: "", text: "", reasoning: "", started: TIME, ended: null,
};

/** A chat in which a poll is about to begin. */
async function begun() {
  const store = new Store();
  store.start({ me: userSnapshot(), thread: null, missing: false });
  store.set("route", { page: "chat", thread: "thread_1" });
  const session = { store };
  const page = document.createElement("div");
  document.body.replaceChildren(page);
  render(html`<${() => html`<${Log} session=${session} thread=${store.get("thread")} />`} />`, page);
  const opened = threadSnapshot({
    thread: { head: "m1" }, messages: [message("m1", { text: "/poll Which?", client_id: "c1" })],
    runs: [run("run_1", "m1")], calls: [call("out_1", "m1", { tool: "x_poll", files: [], length: 0 })],
  });
  return { store, page, opened };
}

const after = [
  event(1, "transcript.opened", { transcript: side }),
  { op: "progress", call: "out_1", text: "0 of 2 answered", done: 0, total: 2 },
  event(2, "transcript.entry", { entry }),
  { op: "delta", entry: "entry_1", attempt: 0, offset: 0, text: "one" },
  event(3, "transcript.entry", { entry: { ...entry, status: "complete" }, length: 3, checksum: 0x7a6c86f1, reasoning_length: 0, text: "one" }),
  event(4, "transcript.closed", { transcript: "tr_1", status: "done", closed: TIME, result: {} }),
  event(5, "tool.completed", { call: "out_1", status: "done", ended: TIME, length: 2, result: "ok" }),
  event(6, "message.created", { message: message("m2", { number: 2, parent: "m1", role: "assistant", run: "run_1", status: "streaming" }), head: true }),
  { op: "delta", message: "m2", attempt: 1, offset: 0, text: "Two" },
  event(7, "run.status", { run: run("run_1", "m1", { status: "completed", ended: TIME }) }),
];

test("from the first sight of a poll until its result the link is one node, which keeps the focus", async () => {
  const { store, page, opened } = await begun();
  store.set("outbox", [{ id: "c1", thread: "thread_1", agent: null, text: "/poll Which?", again: null, created: TIME, state: "sent", sentence: "", behind: null }]);
  await drawn();
  store.receive({ op: "snapshot", ...opened });
  await drawn();
  store.receive(after[0]);
  await drawn();
  const link = named(page, /Watch|Show/);
  assert.ok(link, page.textContent);
  link.focus();
  store.set("outbox", []);
  await drawn();
  for (const frame of after.slice(1)) {
    store.receive(frame);
    await drawn();
    assert.equal(named(page, /Watch|Show/), link, frame.type ?? frame.op);
    assert.equal(document.activeElement, link, frame.type ?? frame.op);
  }
  assert.match(page.textContent, /Two/);
});

test("a snapshot in the middle, older messages and what others send leave the link where it is", async () => {
  const { store, page, opened } = await begun();
  store.receive({ op: "snapshot", ...opened, transcripts: [side] });
  await drawn();
  const link = named(page, /Watch|Show/);
  link.focus();
  store.receive({ op: "snapshot", ...opened, seq: 9, older: true, transcripts: [side], entries: [entry] });
  await drawn();
  const earlier = message("m0", { number: 0, text: "Before" });
  store.receive({
    op: "snapshot", ...opened, seq: 10, transcripts: [side], entries: [entry],
    messages: [earlier, message("m1", { text: "/poll Which?", parent: "m0" }), message("m3", { number: 3, text: "Next", status: "queued" })],
  });
  await drawn();
  assert.match(page.textContent, /Before.*Next/s);
  assert.equal(named(page, /Watch|Show/), link);
  assert.equal(document.activeElement, link);
});
