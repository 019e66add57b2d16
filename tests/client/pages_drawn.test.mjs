// Whole pages, drawn without a browser: the chat beside its side window, a console message in it, the list of transcripts.

import assert from "node:assert/strict";
import test from "node:test";
import { consoleRow, entry, message, run, threadSnapshot, transcript, userSnapshot } from "./fixtures.mjs";
import { document, drawn, named } from "./page.mjs";
import { render } from "../../frontend/node_modules/preact/dist/preact.mjs";

const { html } = await import("../../frontend/static/giint/js/html.js");
const { Shell } = await import("../../frontend/static/giint/js/parts/shell.js");
const { SideWindow } = await import("../../frontend/static/giint/js/side_window.js");
const { Store } = await import("../../frontend/static/giint/js/store.js");

const HOSTILE = "<script>window.hit = 1</script><img src=x onerror='window.hit=1'>";
const boot = { user: { id: "user_1", name: "Alice", email: "", initials: "A", staff: false }, commands: [], limits: { text: 100, frame: 1 } };

/** @param {(path: string) => unknown} answer what REST gives */
async function shown(route, thread, answer = () => ({})) {
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path.replace("/api/v1/", ""));
    return { ok: true, status: 200, json: async () => answer(asked.at(-1)) };
  };
  const store = new Store();
  const agent = { id: "agent_1", name: "Ops", tile: 2, archived: false, model: "m" };
  store.start({ ...boot, me: userSnapshot({ agents: [agent] }), thread, missing: false });
  store.set("route", route);
  store.set("link", { status: "open", since: 0, next: 0 });
  const fault = (error) => assert.fail(error);
  const side = new SideWindow(store, { get: async (path) => answer(path), fault });
  const session = { store, side, places: { said: fault, fault, beside: async () => {} }, list: {}, deeds: {} };
  const page = document.createElement("div");
  document.body.replaceChildren(page);
  render(html`<${Shell} session=${session} />`, page);
  await drawn();
  return { store, page, asked, side };
}

const chat = { page: "chat", thread: "thread_1" };

test("a console message stands in the chat above the answer to it, as text", async () => {
  const { page } = await shown(chat, threadSnapshot({
    thread: { head: "m4", title: "Disk" },
    messages: [message("m1", { text: "Hi" }), message("m2", { number: 2, parent: "m1", role: "assistant", run: "run_1", text: "Half", status: "partial" }),
      message("m3", { number: 3, parent: "m2", role: "console", text: HOSTILE }),
      message("m4", { number: 4, parent: "m3", role: "assistant", run: "run_2", text: "Heard." }),
      message("m5", { number: 5, role: "console", status: "queued", text: "Later" })],
    runs: [run("run_1", "m1", { status: "interrupted", ended: "2026-11-20T10:00:01.000000Z" }), run("run_2", "m3", { status: "completed" })],
    console: [consoleRow("k1", { message: "m3", run: "run_2", status: "answered", text: HOSTILE }), consoleRow("k2", { message: "m5", policy: "wait" })],
  }));
  const [article] = page.querySelectorAll("article.console");
  assert.ok(article.textContent.includes(HOSTILE));
  assert.match(article.textContent, /cron@backup, by the shell.*interrupted the answer.*Answered by Ops/s);
  assert.equal(page.querySelectorAll("script").length + page.querySelectorAll("img").length, 0);
  assert.match(page.textContent, /Stopped here.*Console.*answers the console message.*Heard\./s);
  assert.ok(!page.querySelector("main").textContent.includes("Later"));
});

test("the button in the chat's head opens the window, and says what is live", async () => {
  const { page, store } = await shown(chat, threadSnapshot({ transcripts: [transcript("tr_1", { title: HOSTILE })], entries: [entry("e1", { text: HOSTILE, name: HOSTILE, choice: HOSTILE })] }));
  const button = named(page, /^Side window, 1 live$/);
  assert.equal(button.getAttribute("aria-expanded"), "false");
  button.click();
  await drawn();
  assert.equal(store.peek("side_open"), true);
  assert.equal(named(page, /^Side window/).getAttribute("aria-expanded"), "true");
  assert.ok(page.querySelector("aside").textContent.includes(HOSTILE));
  assert.equal(page.querySelectorAll("script").length + page.querySelectorAll("img").length, 0);
  named(page, /^Close side window$/).click();
  await drawn();
  assert.equal(page.querySelector("aside"), null);
});

test("without anything each tab says what will be there", async () => {
  const { page, store, side } = await shown(chat, threadSnapshot());
  side.set(true);
  for (const [tab, words] of [["transcripts", /\/poll/], ["tool_outputs", /No agent has used a tool/], ["console", /Nothing from outside/]]) {
    store.set("side_tab", tab);
    await drawn();
    assert.match(page.querySelector("aside").textContent, words);
  }
});

test("all transcripts are a page: searched, by tool, one page after the other", async () => {
  const answers = { first: { transcripts: [transcript("t2", { title: HOSTILE })], next: "C" }, more: { transcripts: [transcript("t1", { title: "Old", status: "failed" })], next: null } };
  const { page, asked } = await shown({ page: "transcripts", thread: null }, null, (path) =>
    path.includes("before=C") ? answers.more : path.includes("q=zebra") ? { transcripts: [], next: null } : answers.first);
  assert.match(page.querySelector("main").textContent, /script.*live/s);
  assert.equal(page.querySelectorAll("script").length, 0);
  named(page, /^Older$/).click();
  await drawn();
  assert.match(page.querySelector("main").textContent, /Old.*failed/s);
  assert.equal(named(page, /^Older$/), null);
  const [, search] = page.querySelectorAll("input[type=search]");
  search.value = "zebra";
  search.dispatchEvent(new Event("input"));
  while (!asked.some((path) => path.includes("q=zebra"))) await drawn();
  await drawn();
  assert.match(page.querySelector("main").textContent, /Nothing found/);
});

test("the page of a poll that is over shows what came of it, the answers, the tally and who dissents", async () => {
  const result = { answered: 2, tally: { Ship: 1, Wait: 1 }, dissent: "B would wait.", synthesis: "Open.", answers: [{ name: "A", entry: "e1" }, { name: "B", entry: "e2" }] };
  const whole = { transcript: transcript("tr_1", { status: "done", result, closed: "2026-11-20T10:01:00.000000Z" }), entries: [entry("e1", { choice: "Ship", text: "Now." }), entry("e2", { number: 2, choice: "Wait" })] };
  const { page } = await shown({ page: "transcript", thread: null, part: "tr_1" }, null, () => whole);
  await drawn();
  assert.match(page.querySelector("main").textContent, /finished.*Synthesis.*Open\..*Now\..*Tally.*Ship.*Wait.*2 answers.*B would wait\./s);
});
