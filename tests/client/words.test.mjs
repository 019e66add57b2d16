import assert from "node:assert/strict";
import test from "node:test";
import { bannerOf } from "../../frontend/static/giint/js/banner_text.js";
import { Kept, withDraft } from "../../frontend/static/giint/js/drafts.js";
import * as format from "../../frontend/static/giint/js/format.js";
import { checkOf, fromPreset, payload, withPreset } from "../../frontend/static/giint/js/key_values.js";
import { commandOf } from "../../frontend/static/giint/js/keyboard.js";
import { pathOfRoute, routeOf } from "../../frontend/static/giint/js/router.js";
import { fromSnapshot, reduce } from "../../frontend/static/giint/js/reducer.js";
import { endingOf, statusOf } from "../../frontend/static/giint/js/status.js";
import { call, message, run, streaming, threadSnapshot, TIME } from "./fixtures.mjs";

test("times and sizes as people read them", () => {
  assert.deepEqual([40, 1_400, 15_000, 65_000].map(format.duration), ["0.0 s", "1.4 s", "15.0 s", "1:05"]);
  assert.equal(format.took("2026-11-20T10:00:00Z", null, Date.parse("2026-11-20T10:00:04Z")), "0:04");
  assert.equal(format.number(1204), "1,204");
  assert.deepEqual(["**Poll: Which?**\n\n2 of 2", "# Title", "2 ** 3 ** 4", "{}"].map(format.plainLine), ["Poll: Which?", "Title", "2 ** 3 ** 4", "{}"]);
  const now = new Date(2026, 10, 20, 0, 30);
  const at = (hours) => new Date(now.getTime() - hours * 3_600_000).toISOString();
  assert.deepEqual([0, 1, 25, 49].map((hours) => format.dayGroup(at(hours), now)), ["Today", "Yesterday", "Earlier", "Earlier"]);
  assert.equal(format.hostOf("http://127.0.0.1:8080/v1"), "127.0.0.1:8080");
});

test("initials take at most two letters, whole ones", () => {
  assert.deepEqual(["Ops analyst", "Assistant", "", "🚀 ship", "a b c", "Careful reviewer #2", "#2"].map(format.initials), ["OA", "AS", "?", "🚀S", "AC", "CR", "#2"]);
});

test("addresses and routes are each other's inverse; anything else is a new chat", () => {
  for (const path of ["/", "/t/thread_1", "/settings"]) assert.equal(pathOfRoute(routeOf(path)), path);
  assert.deepEqual(routeOf("/t/../admin"), { page: "chat", thread: null });
});

test("keys mean commands; in a field a question mark is a question mark", () => {
  const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  assert.equal(commandOf(press("k", { ctrlKey: true }), true), "find");
  assert.equal(commandOf(press("K", { metaKey: true }), true), "find");
  assert.equal(commandOf(press("O", { ctrlKey: true, shiftKey: true }), true), "new");
  assert.equal(commandOf(press("?", { shiftKey: true }), false), "shortcuts");
  assert.equal(commandOf(press("?", { shiftKey: true }), true), null);
  assert.equal(commandOf(press("k"), false), null);
});

test("the banner waits five seconds, then counts", () => {
  const link = { status: "waiting", since: 0, next: 9_000 };
  assert.equal(bannerOf(link, 4_999), null);
  assert.deepEqual(bannerOf(link, 5_000), { lost: "Connection lost.", since: "5 s ago.", next: "Trying again in 4 s." });
  assert.equal(bannerOf({ ...link, status: "open" }, 60_000), null);
  assert.match(bannerOf({ ...link, status: "connecting" }, 60_000).next, /now/);
  assert.ok(bannerOf({ ...link, status: "ended" }, 0));
});

const AGENTS = [{ id: "agent_1", name: "Ops" }];
const now = Date.parse(TIME) + 14_000;
const around = { agents: AGENTS, link: { status: "open", since: 0, next: 0 }, now };
const said = (snapshot, more = {}) => statusOf(fromSnapshot(snapshot), { ...around, ...more });

test("the status line says what the run is doing", () => {
  assert.equal(said(threadSnapshot()), null);
  assert.equal(said(streaming()).text, "Ops is starting");
  assert.equal(said(streaming("", { reasoning: "hm" })).text, "Ops is thinking");
  assert.deepEqual([said(streaming("Hi")).text, said(streaming("Hi")).detail], ["Ops is answering", "0:14"]);
  const using = { ...streaming("Hi"), calls: [call("c1", "m2")] };
  assert.equal(said(using).text, "Ops is using Calculate");
  const lost = { status: "waiting", since: now - 6_000, next: 0 };
  assert.match(said(streaming("Hi"), { link: lost }).text, /goes on answering on the server/);
});

test("a wait says what it is for and counts down, for as long as it lasts", () => {
  const notice = { op: "notice", run: "run_1", thread: "thread_1", code: "upstream_rate_limited", message: "The model server is limiting this account.", seconds: 12 };
  const heard = (more) => reduce(fromSnapshot(streaming()), { ...notice, at: now, ...more });
  const at = (state, after) => statusOf(state, { ...around, now: now + after });
  const waiting = at(heard(), 5_000);
  assert.equal(waiting.text, "The model server is limiting this account. Asking again in 12 s.");
  assert.deepEqual([waiting.detail, waiting.mark], ["0:07", "bars"]);
  assert.equal(at(heard(), 12_000).text, "Ops is starting");
  assert.equal(at(heard({ run: "run_0" }), 0).text, "Ops is starting");
  assert.equal(at(heard({ seconds: 0.5 }), 0).text.endsWith("in 1 s."), true);
});

test("a queued run says what is before it", () => {
  const queued = threadSnapshot({ messages: [message("m1", { status: "queued" })], runs: [run("r", "m1", { status: "queued", started: null })] });
  assert.equal(said(queued).text, "Queued. It begins in a moment.");
});

test("an answer that ended early says why", () => {
  assert.equal(endingOf(run("r", "m", { status: "failed", sentence: "It broke." }), undefined), "It broke.");
  assert.equal(endingOf(run("r", "m", { status: "cancelled" }), undefined), "You stopped it here.");
  assert.match(endingOf(null, message("m", { status: "partial" })), /kept/);
  assert.equal(endingOf(run("r", "m", { status: "completed" }), message("m")), "");
});

test("drafts are kept per thread, and a broken shelf is an empty one", () => {
  assert.deepEqual(withDraft({ a: "1" }, "b", "2"), { a: "1", b: "2" });
  assert.deepEqual(withDraft({ a: "1", "": "x" }, null, ""), { a: "1" });
  const broken = { getItem: () => "{", setItem: () => { throw new Error("full"); }, removeItem() {} };
  const kept = new Kept(broken, "k", {});
  assert.deepEqual(kept.read(), {});
  assert.doesNotThrow(() => kept.write({ a: "1" }));
});

const OPENAI = { id: "openai", label: "OpenAI", dialect: "responses", base_url: "https://api.openai.com/v1", model: "", needs_key: true };
const OLLAMA = { id: "ollama", label: "Ollama", dialect: "responses", base_url: "http://localhost:11434/v1", model: "llama", needs_key: false };

test("a preset fills in what the person has not written themselves", () => {
  const start = fromPreset(OPENAI, true);
  assert.deepEqual([start.label, start.default], ["OpenAI", true]);
  assert.deepEqual(withPreset(start, OPENAI, OLLAMA), { ...fromPreset(OLLAMA, true) });
  const named = withPreset({ ...start, label: "Mine", key: "sk-1" }, OPENAI, OLLAMA);
  assert.deepEqual([named.label, named.key, named.base_url], ["Mine", "sk-1", OLLAMA.base_url]);
});

test("an empty key keeps the old one when editing and means none when adding", () => {
  const values = fromPreset(OLLAMA, false);
  assert.equal("key" in payload(values, false), false);
  assert.equal(payload(values, true).key, "");
  assert.equal(payload({ ...values, key: " sk-1 " }, false).key, "sk-1");
});

test("a key says what its last test gave", () => {
  const row = { checked: null, check_code: "", check_sentence: "" };
  assert.equal(checkOf(row, "").text, "Not tested yet");
  assert.deepEqual(checkOf({ ...row, checked: TIME }, "just now"), { kind: "ok", text: "Works, checked just now" });
  assert.deepEqual(checkOf({ ...row, checked: TIME, check_code: "x", check_sentence: "Refused." }, ""), { kind: "bad", text: "Refused." });
});
