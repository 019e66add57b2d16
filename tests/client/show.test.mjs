// The chat's button to what a tool does beside it stays the same node, and keeps the focus, whatever comes in.

import assert from "node:assert/strict";
import test from "node:test";
import { call, entry, event, message, run, threadSnapshot, TIME, transcript, userSnapshot } from "./fixtures.mjs";
import { document, drawn, named } from "./page.mjs";
import { render } from "../../frontend/node_modules/preact/dist/preact.mjs";

const { html } = await import("../../frontend/static/giint/js/html.js");
const { Log } = await import("../../frontend/static/giint/js/parts/log.js");
const { SideWindow } = await import("../../frontend/static/giint/js/side_window.js");
const { Store } = await import("../../frontend/static/giint/js/store.js");

const side = transcript("tr_1");
const one = entry("entry_1", { status: "streaming", attempt: 0 });

/** A chat in which a poll is about to begin. */
async function begun() {
  const store = new Store();
  store.start({ me: userSnapshot(), thread: null, missing: false });
  store.set("route", { page: "chat", thread: "thread_1" });
  const session = { store, side: new SideWindow(store, { get: async () => null, fault: () => null }) };
  const page = document.createElement("div");
  document.body.replaceChildren(page);
  render(html`<${() => html`<${Log} session=${session} thread=${store.get("thread")} />`} />`, page);
  const opened = threadSnapshot({
    thread: { head: "m1" }, messages: [message("m1", { text: "/poll Which?", client_id: "c1" })],
    runs: [run("run_1", "m1")], calls: [call("out_1", "m1", { tool: "x_poll" })],
  });
  return { store, page, opened };
}

const after = [
  event(1, "transcript.opened", { transcript: side }),
  { op: "progress", call: "out_1", text: "0 of 2 answered", done: 0, total: 2 },
  event(2, "transcript.entry", { entry: one }),
  { op: "delta", entry: "entry_1", attempt: 0, offset: 0, text: "one" },
  event(3, "transcript.entry", { entry: { ...one, status: "complete" }, length: 3, checksum: 0x7a6c86f1, reasoning_length: 0, text: "one" }),
  event(4, "transcript.closed", { transcript: "tr_1", status: "done", closed: TIME, result: {} }),
  event(5, "tool.completed", { call: "out_1", status: "done", ended: TIME, length: 2, result: "ok" }),
  event(6, "message.created", { message: message("m2", { number: 2, parent: "m1", role: "assistant", run: "run_1", status: "streaming" }), head: true }),
  { op: "delta", message: "m2", attempt: 1, offset: 0, text: "Two" },
  event(7, "run.status", { run: run("run_1", "m1", { status: "completed", ended: TIME }) }),
];

test("from the first sight of a poll until its result the button is one node, which keeps the focus", async () => {
  const { store, page, opened } = await begun();
  store.set("outbox", [{ id: "c1", thread: "thread_1", agent: null, text: "/poll Which?", again: null, created: TIME, state: "sent", sentence: "", behind: null }]);
  await drawn();
  store.receive({ op: "snapshot", ...opened });
  await drawn();
  store.receive(after[0]);
  await drawn();
  const button = named(page, /^Show$/);
  assert.ok(button, page.textContent);
  button.focus();
  store.set("outbox", []);
  await drawn();
  for (const frame of after.slice(1)) {
    store.receive(frame);
    await drawn();
    assert.equal(named(page, /^Show$/), button, frame.type ?? frame.op);
    assert.equal(document.activeElement, button, frame.type ?? frame.op);
  }
  assert.match(page.textContent, /Two/);
});

test("a snapshot in the middle, older messages and what others send leave the button where it is", async () => {
  const { store, page, opened } = await begun();
  store.receive({ op: "snapshot", ...opened, transcripts: [side] });
  await drawn();
  const button = named(page, /^Show$/);
  button.focus();
  store.receive({ op: "snapshot", ...opened, seq: 9, older: true, transcripts: [side], entries: [one] });
  await drawn();
  const earlier = message("m0", { number: 0, text: "Before" });
  store.receive({
    op: "snapshot", ...opened, seq: 10, transcripts: [side], entries: [one],
    messages: [earlier, message("m1", { text: "/poll Which?", parent: "m0" }), message("m3", { number: 3, text: "Next", status: "queued" })],
  });
  await drawn();
  assert.match(page.textContent, /Before.*Next/s);
  assert.equal(named(page, /^Show$/), button);
  assert.equal(document.activeElement, button);
});
