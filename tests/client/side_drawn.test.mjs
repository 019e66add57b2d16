// The side window as it is drawn: what streams into a card makes nothing around it anew, and the focus stays.

import assert from "node:assert/strict";
import test from "node:test";
import { call, consoleRow, entry, event, message, run, threadSnapshot, transcript, userSnapshot } from "./fixtures.mjs";
import { document, drawn, named } from "./page.mjs";
import { render } from "../../frontend/node_modules/preact/dist/preact.mjs";

const { html } = await import("../../frontend/static/giint/js/html.js");
const { Side } = await import("../../frontend/static/giint/js/parts/side.js");
const { SideWindow } = await import("../../frontend/static/giint/js/side_window.js");
const { Store } = await import("../../frontend/static/giint/js/store.js");

const growing = (id, number, changes = {}) => entry(id, { number, status: "streaming", ...changes });

/** A side window beside a chat in which a tool is at work. */
async function opened(changes = {}) {
  const store = new Store();
  store.start({ me: userSnapshot(), thread: threadSnapshot({
    thread: { head: "m1" }, messages: [message("m1", { text: "/duo Talk" })], runs: [run("run_1", "m1")],
    calls: [call("out_1", "m1", { tool: "duo" })], ...changes,
  }), missing: false });
  store.set("route", { page: "chat", thread: "thread_1" });
  store.set("side_open", true);
  const said = [];
  const deeds = { hold: async (...words) => said.push(words), interject: async (...words) => (said.push(words), true),
    release: async (...words) => said.push(words), takeBackConsole: async (...words) => said.push(words) };
  const session = { store, deeds, side: new SideWindow(store, { get: async () => null, fault: () => null }) };
  const page = document.createElement("div");
  document.body.replaceChildren(page);
  render(html`<${() => session.side.isOpen && html`<${Side} session=${session} />`} />`, page);
  await drawn();
  return { store, page, session, said };
}

test("two transcripts grow side by side; the box to speak to both keeps what is typed and the focus", async () => {
  const { store, page, said } = await opened({
    transcripts: [transcript("tr_1", { tool: "duo", title: "Talk" }), transcript("tr_2", { title: "Which?", call: "out_2" })],
  });
  const box = page.querySelector("input[name=text]");
  box.value = "half a sen";
  box.focus();
  store.receive(event(1, "transcript.entry", { entry: growing("e1", 1, { name: "Ann" }) }));
  store.receive(event(2, "transcript.entry", { entry: growing("e2", 1, { name: "Bob", transcript: "tr_2" }) }));
  for (let at = 0; at < 20; at += 1) {
    store.receive({ op: "delta", entry: at % 2 ? "e1" : "e2", attempt: 1, offset: Math.floor(at / 2) * 2, text: "x " });
    await drawn();
    assert.equal(document.activeElement, box);
  }
  assert.equal(page.querySelector("input[name=text]"), box);
  assert.equal(box.value, "half a sen");
  const [turn] = page.querySelectorAll(".turn");
  store.receive(event(3, "transcript.entry", { entry: growing("e3", 2, { name: "Cy" }) }));
  await drawn();
  assert.equal(page.querySelectorAll(".turn")[0], turn);
  assert.equal(page.querySelectorAll(".turn")[1].matches(".b"), true);
  named(page, /^Pause the duo$/).click();
  assert.deepEqual(said, [["tr_1", "paused"]]);
  page.querySelector("form").dispatchEvent(new Event("submit", { cancelable: true }));
  assert.deepEqual([said[1], box.value], [["tr_1", "half a sen"], ""]);
});

test("a poll shows tally, answers, dissent and synthesis in that order while it is live, and who failed", async () => {
  const arguments_ = JSON.stringify({ question: "Which?", choices: ["Ship", "Wait"], agents: ["A", "B", "C"] });
  const { store, page } = await opened({
    calls: [call("out_1", "m1", { tool: "x_poll", arguments: arguments_ })], transcripts: [transcript("tr_1")],
    entries: [entry("A", { number: 1, choice: "Ship", text: "Now." }), entry("B", { number: 2, choice: "Ship" }),
      entry("C", { number: 3, choice: "Wait" }), entry("D", { number: 4, status: "partial", sentence: "It broke off." }),
      growing("s", 5, { name: "Synthesis", text: "They would ship" })],
  });
  const text = page.textContent;
  const places = ["AB2", "Without an answer: D", "Now.", "It broke off.", "Dissent", "C: Wait", "They would ship"].map((one) => text.indexOf(one));
  assert.ok(places.every((place, at) => place >= 0 && (at === 0 || place > places[at - 1])), `${places} ${text}`);
  assert.equal(page.querySelector("progress").getAttribute("aria-label"), "Ship: 2 of 4");
  store.receive(event(1, "transcript.closed", { transcript: "tr_1", status: "done", closed: "2026-11-20T10:01:00.000000Z", result: {
    answered: 3, tally: { Ship: 2, Wait: 1 }, dissent: "C would wait.", synthesis: "Ship it.", answers: [] } }));
  await drawn();
  assert.match(page.textContent, /Now\..*C would wait\..*Ship it\./s); // it stays unfolded: nothing jumps
  assert.ok(named(page, /^Fold up$/));
});

test("what was said before stays out of sight until it is asked for", async () => {
  const { page } = await opened({ transcripts: [transcript("tr_1", { status: "done", result: { answered: 1, answers: [], tally: {} } })] });
  assert.ok(named(page, /^Show all of it$/));
  assert.equal(page.querySelectorAll(".entry").length, 0);
});

test("tabs are walked by arrows, and each says what is live or new", async () => {
  const { store, page } = await opened({ transcripts: [transcript("tr_1")] });
  const tab = (name) => named(page, new RegExp(`^${name}`));
  assert.match(tab("Transcripts").textContent, /1 live/);
  store.receive(event(1, "new.counted", { new: { transcripts: 0, tool_outputs: 7, console: 0 } }, "user:user_1"));
  await drawn();
  assert.match(tab("Tool outputs").textContent, /1 live/); // its call is under way
  tab("Transcripts").focus();
  tab("Transcripts").parentNode.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key: "ArrowRight" }));
  await drawn();
  await drawn();
  assert.equal(store.peek("side_tab"), "tool_outputs");
  assert.equal(document.activeElement, tab("Tool outputs"));
  assert.match(page.textContent, /Running:duo/);
});

test("a call's line stays the same node from its beginning to its end, and its files come below it", async () => {
  const { store, page } = await opened();
  store.set("side_tab", "tool_outputs");
  await drawn();
  const summary = page.querySelector("summary");
  summary.focus();
  store.receive({ op: "progress", call: "out_1", text: "1 of 3", done: 1, total: 3 });
  await drawn();
  assert.match(summary.textContent, /1 of 3/);
  store.receive(event(1, "tool.started", { call: call("out_2", "m1", { started: "2026-11-20T11:00:00.000000Z" }) }));
  store.receive(event(2, "tool.completed", { call: "out_1", status: "done", ended: "2026-11-20T10:00:02.000000Z", length: 2, result: "ok",
    files: [{ id: "f1", name: "a.csv", type: "text/csv", size: 4 }] }));
  await drawn();
  assert.equal(page.querySelectorAll("summary")[1], summary);
  assert.equal(document.activeElement, summary);
  assert.match(summary.textContent, /Done:.*ok.*2\.0 s/);
  assert.equal(named(page, /^Download$/).getAttribute("href"), "/api/v1/files/f1/content");
});

test("over the chat it is a dialog in which the focus goes round; Escape closes it and gives the focus back", async () => {
  const { store, page, session } = await opened();
  session.side.set(false);
  store.set("narrow", true);
  await drawn();
  const opener = document.body.appendChild(document.createElement("button"));
  opener.focus();
  session.side.set(true);
  await drawn();
  const box = page.querySelector(".side");
  assert.equal(box.getAttribute("aria-modal"), "true");
  assert.equal(document.activeElement, named(page, /^Transcripts/));
  const press = (key, shiftKey = false) => box.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key, shiftKey }));
  press("Tab", true);
  assert.ok(box.contains(document.activeElement));
  assert.notEqual(document.activeElement, named(page, /^Transcripts/));
  press("Tab");
  assert.equal(document.activeElement, named(page, /^Transcripts/));
  press("Escape");
  await drawn();
  assert.equal(page.querySelector(".side"), null);
  assert.equal(document.activeElement, opener);
});

test("the grip moves by keys within its bounds, and says where it is", async () => {
  const { store, page } = await opened();
  const grip = page.querySelector("[role=separator]");
  const press = (key) => grip.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key }));
  press("ArrowLeft");
  await drawn();
  assert.deepEqual([store.peek("side_width"), grip.getAttribute("aria-valuenow")], [424, "424"]);
  press("End");
  press("ArrowLeft");
  assert.equal(store.peek("side_width"), 720);
});

test("the console says what became of each, takes back what waits and lets go what is held", async () => {
  const { store, page, said } = await opened({ console: [
    consoleRow("k1", { status: "held", sentence: "Too many of them." }), consoleRow("k2", { status: "pending", policy: "wait" }),
    consoleRow("k3", { status: "answered", message: "m1", run: "run_1" }), consoleRow("k4", { text: "<img src=x onerror=alert(1)>", status: "failed" }),
  ] });
  store.set("side_tab", "console");
  await drawn();
  assert.match(named(page, /^Console/).textContent, /2 live/);
  for (const words of [/Too many of them\./, /gets it after this answer/, /Answered by the agent/i, /<img src=x onerror=alert\(1\)>/]) assert.match(page.textContent, words);
  assert.equal(page.querySelectorAll("img").length, 0);
  named(page, /^Let it go on$/).click();
  page.querySelectorAll("button").filter((one) => one.textContent === "Cancel")[0].click();
  assert.deepEqual(said.map((one) => one[0]).sort(), ["k1", "k2"].sort());
  store.receive(event(1, "console.answered", { console: "k2", answered: "2026-11-20T10:00:09.000000Z" }));
  await drawn();
  assert.equal(page.querySelectorAll("button").filter((one) => one.textContent === "Cancel").length, 1);
});

test("what is posted stays in its box until it has arrived, and is sent again under the same id", async () => {
  const { store, page, session } = await opened();
  store.set("side_tab", "console");
  await drawn();
  const posts = [];
  session.deeds.post = (...words) => new Promise((resolve) => posts.push({ words, resolve }));
  const box = page.querySelector("textarea");
  box.value = "Disk is full";
  box.dispatchEvent(new Event("input"));
  await drawn();
  const submit = () => page.querySelector("form").dispatchEvent(new Event("submit", { cancelable: true }));
  submit();
  submit();
  assert.equal(posts.length, 1);
  posts[0].resolve(false);
  await drawn();
  assert.equal(page.querySelector("textarea").value, "Disk is full");
  submit();
  assert.equal(posts[1].words[0], posts[0].words[0]);
  assert.deepEqual(posts[1].words.slice(1), ["Disk is full", "interrupt"]);
  posts[1].resolve(true);
  await drawn();
  assert.equal(page.querySelector("textarea").value, "");
});
