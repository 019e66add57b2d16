import assert from "node:assert/strict";
import test from "node:test";
import { Looking } from "../../frontend/static/giint/js/looking.js";
import { badgeOf, fitting, liveOf, tabAfter, widthAfter } from "../../frontend/static/giint/js/side_values.js";
import { CALLED, callsOfThread, FOUND, hasMoreOf, listedOf, SideWindow } from "../../frontend/static/giint/js/side_window.js";
import { Store } from "../../frontend/static/giint/js/store.js";
import { call, fixtureThread, threadSnapshot, transcript, userSnapshot } from "./fixtures.mjs";

const none = { transcripts: 0, tool_outputs: 0, console: 0 };

/** A store whose thread is open, and a window on it whose answers are given one by one. */
function made(changes = {}) {
  const store = new Store();
  store.start({ me: userSnapshot(), thread: threadSnapshot(changes), missing: false });
  store.set("route", { page: "chat", thread: "thread_1" });
  const asked = [];
  const faults = [];
  const side = new SideWindow(store, {
    get: (path) => new Promise((resolve, reject) => asked.push({ path, resolve, reject })),
    fault: (error) => (faults.push(error), null),
  });
  return { store, side, asked, faults };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("the width stays within its bounds, whatever moves it", () => {
  assert.deepEqual([fitting(10), fitting(400.6), fitting(9_000)], [320, 401, 720]);
  assert.equal(widthAfter("ArrowLeft", 400, false), 416);
  assert.equal(widthAfter("ArrowLeft", 400, true), 384);
  assert.equal(widthAfter("ArrowRight", 325, false), 320);
  assert.deepEqual([widthAfter("Home", 400, false), widthAfter("End", 400, false), widthAfter("a", 400, false)], [320, 720, null]);
});

test("arrows go round the tabs, the other way where one reads from the right", () => {
  assert.equal(tabAfter("ArrowRight", "console", false), "transcripts");
  assert.equal(tabAfter("ArrowLeft", "transcripts", false), "console");
  assert.equal(tabAfter("ArrowLeft", "transcripts", true), "tool_outputs");
  assert.deepEqual([tabAfter("Home", "console", false), tabAfter("End", "transcripts", false), tabAfter("x", "console", false)],
    ["transcripts", "console", null]);
});

test("a badge says what is under way, else what is new, else nothing", () => {
  assert.equal(badgeOf(["transcripts"], none, none), null);
  assert.deepEqual(badgeOf(["transcripts"], { ...none, transcripts: 2 }, { ...none, transcripts: 5 }), { count: "2", live: true, words: "2 live" });
  assert.deepEqual(badgeOf(["transcripts", "console"], none, { transcripts: 90, tool_outputs: 7, console: 10 }), { count: "99+", live: false, words: "99+ new" });
});

test("under way are open transcripts and calls that are not over", () => {
  const thread = fixtureThread({
    calls: [call("c1", "m1"), call("c2", "m1", { status: "waiting" }), call("c3", "m1", { status: "done" })],
    transcripts: [transcript("t1"), transcript("t2", { status: "done" })],
  });
  assert.deepEqual(liveOf(thread), { transcripts: 1, tool_outputs: 2, console: 0 });
  assert.deepEqual(liveOf(null), none);
});

test("looking is said once while it is on its way, and again for what came meanwhile", async () => {
  const told = [];
  const looking = new Looking((kinds) => new Promise((resolve, reject) => told.push({ kinds, resolve, reject })));
  looking.see(null, { ...none, transcripts: 1 });
  looking.see("transcripts", { ...none, tool_outputs: 1 });
  assert.equal(told.length, 0);
  looking.see("transcripts", { ...none, transcripts: 1 });
  looking.see("transcripts", { ...none, transcripts: 2 });
  assert.deepEqual(told.map((one) => one.kinds), [["transcripts"]]);
  told[0].resolve();
  await settled();
  assert.equal(told.length, 2);
  told[1].reject(new Error("no link"));
  await settled();
  assert.equal(told.length, 2); // it waits for the next change
  looking.see("transcripts", { ...none, transcripts: 2 });
  told[2].resolve();
  looking.see("transcripts", none);
  await settled();
  assert.equal(told.length, 3);
});

test("as a column it is the same everywhere, over the chat it is of this page, and beside a chat alone", () => {
  const { store, side } = made();
  assert.equal(side.isOpen, false);
  side.toggle();
  assert.deepEqual([side.isOpen, store.peek("side_open"), store.peek("side_over")], [true, true, false]);
  store.set("narrow", true);
  assert.equal(side.isOpen, false);
  side.set(true);
  assert.equal(side.isOpen, true);
  store.set("route", { page: "settings", thread: null });
  assert.equal(side.isOpen, false);
});

test("the thread list gets its room back from a column, and comes over the chat otherwise", () => {
  const { store, side } = made();
  side.set(true);
  side.giveWay();
  assert.deepEqual([side.isOpen, store.peek("drawer")], [false, false]);
  side.giveWay();
  assert.equal(store.peek("drawer"), true);
});

test("what is shown from the chat opens its tab and is fetched whole", async () => {
  const { store, side, asked } = made();
  store.set("side_tab", "console");
  side.show("t1");
  assert.deepEqual([side.isOpen, store.peek("side_tab"), store.peek("found").shown], [true, "transcripts", "t1"]);
  assert.equal(asked[0].path, "transcripts/t1");
  asked[0].resolve({ transcript: transcript("t1"), entries: [] });
  await settled();
  assert.ok(store.peek("wholes").t1);
});

test("transcripts of the thread are those of its stream; older ones and all of them are fetched", async () => {
  const { store, side, asked } = made({ transcripts: [transcript("t2", { opened: "2026-11-20T11:00:00.000000Z" })], older: true });
  const ids = () => listedOf(store.peek("found"), store.peek("thread")).map((row) => row.id);
  assert.deepEqual(ids(), ["t2"]);
  assert.equal(hasMoreOf(store.peek("found"), store.peek("thread")), true);
  void side.more();
  assert.equal(asked[0].path, "transcripts?thread=thread_1");
  asked[0].resolve({ transcripts: [transcript("t2", { title: "older news" }), transcript("t1")], next: "C" });
  await settled();
  assert.deepEqual(ids(), ["t2", "t1"]);
  assert.equal(listedOf(store.peek("found"), store.peek("thread"))[0].title, "Which?"); // the stream's is newer
  void side.more();
  assert.equal(asked[1].path, "transcripts?thread=thread_1&before=C");
  asked[1].resolve({ transcripts: [transcript("t0", { opened: "2026-11-19T11:00:00.000000Z" })], next: null });
  await settled();
  assert.deepEqual([ids(), hasMoreOf(store.peek("found"), store.peek("thread"))], [["t2", "t1", "t0"], false]);
});

test("a search shows what was found alone, and an answer to what is no longer asked is dropped", async () => {
  const { store, side, asked, faults } = made({ transcripts: [transcript("t2")] });
  void side.find({ text: "sh" });
  void side.find({ text: "ship " });
  assert.deepEqual(asked.map((one) => one.path), ["transcripts?thread=thread_1&q=sh", "transcripts?thread=thread_1&q=ship"]);
  asked[1].resolve({ transcripts: [transcript("t9")], next: null });
  await settled();
  asked[0].resolve({ transcripts: [transcript("t8")], next: null });
  await settled();
  assert.deepEqual(listedOf(store.peek("found"), store.peek("thread")).map((row) => row.id), ["t9"]);
  void side.find({ text: "", all: true });
  assert.equal(asked[2].path, "transcripts?");
  asked[2].reject(new Error("away"));
  await settled();
  assert.equal(faults.length, 1);
  void side.find({ all: false });
  assert.deepEqual(store.peek("found"), FOUND);
  assert.equal(asked.length, 3);
});

test("tool outputs are those of the stream and the older ones that were fetched, latest first", async () => {
  const { store, side, asked } = made({ calls: [call("c2", "m1", { started: "2026-11-20T12:00:00.000000Z" })], older: true });
  const shown = () => callsOfThread(store.peek("called"), store.peek("thread"));
  assert.deepEqual([shown().rows.map((row) => row.id), shown().more], [["c2"], true]);
  void side.moreCalls();
  asked[0].resolve({ outputs: [call("c2", "m1", { status: "done" }), call("c1", "m0", { status: "done" })], next: null });
  await settled();
  assert.deepEqual([shown().rows.map((row) => row.id), shown().more], [["c2", "c1"], false]);
  assert.equal(shown().rows[0].status, "running"); // the stream's is newer
  store.set("called", { ...store.peek("called"), thread: "thread_2" });
  assert.deepEqual(shown().rows.map((row) => row.id), ["c2"]);
  assert.deepEqual(callsOfThread(CALLED, null), { rows: [], more: false });
});

test("a message is brought into view by the chat that is there, and the window makes room on a telephone", () => {
  const { store, side } = made();
  const shown = [];
  const end = side.onReveal((message) => shown.push(message));
  side.reveal("m1");
  store.set("narrow", true);
  side.set(true);
  side.reveal("m2");
  assert.equal(side.isOpen, false);
  end();
  side.reveal("m3");
  assert.deepEqual(shown, ["m1", "m2"]);
});
