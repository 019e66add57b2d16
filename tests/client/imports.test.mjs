// What the import wizard and the page of remote assistants say.

import assert from "node:assert/strict";
import test from "node:test";
import { argumentRows, decisionOf, laidOut } from "../../frontend/static/giint/js/approval_values.js";
import { compared, resultOf, sizeOf, standingOf, summaryOf } from "../../frontend/static/giint/js/import_values.js";
import { everyOf, keeping, tagsOf, updatesOf } from "../../frontend/static/giint/js/remote_values.js";
import { pathOfRoute, routeOf } from "../../frontend/static/giint/js/router.js";

test("an import says how far it is, and what needs somebody", () => {
  const row = { state: "reading", found: 3, chosen: 0, done: 0, failed: 0, message: "" };
  assert.equal(summaryOf(row), "Reading, 3 found so far");
  assert.equal(summaryOf({ ...row, state: "taking", chosen: 2, done: 1 }), "Taking in: 1 of 3");
  assert.equal(summaryOf({ ...row, state: "done", done: 3, failed: 1 }), "3 taken in, 1 needs you");
  assert.equal(summaryOf({ ...row, state: "failed", message: "It ends in the middle." }), "It ends in the middle.");
});

test("the original stands beside what it becomes, field by field", () => {
  const raw = { name: "Reader", model: "gpt-4-turbo", instructions: "Read.", temperature: 0.2, top_p: null,
    tools: [{ type: "file_search" }, { type: "function", function: { name: "lookup" } }] };
  const becomes = { name: "Reader", description: "", model: "", instructions: "Read.", tools: ["file_search"], parameters: { temperature: 0.2 } };
  assert.deepEqual(compared({ raw, becomes }), [
    { field: "Name", was: "Reader", is: "Reader", same: true },
    { field: "Model", was: "gpt-4-turbo", is: "", same: false },
    { field: "Instructions", was: "Read.", is: "Read.", same: true },
    { field: "Tools", was: "file_search, lookup", is: "file_search", same: false },
    { field: "Parameters", was: '{"temperature":0.2}', is: '{"temperature":0.2}', same: true },
  ]);
  assert.deepEqual(compared({ raw, becomes: null }), []);
});

test("each thing has a standing and a result in words", () => {
  assert.deepEqual(standingOf({ standing: "differs" }), { word: "here, differs", kind: "warn" });
  assert.deepEqual(resultOf({ state: "failed", message: "No model." }), { mark: "alert", kind: "bad", text: "No model." });
  assert.equal(resultOf({ state: "done", outcome: "updated" }).text, "Brought up to date");
  assert.deepEqual([sizeOf(500), sizeOf(3_000_000)], ["1 KB", "3 MB"]);
});

test("only accounts that keep objects are managed, the default one first", () => {
  const keys = [{ id: "a", dialect: "agents" }, { id: "b", dialect: "chat" }, { id: "c", dialect: "assistants", default: true }];
  assert.deepEqual(keeping(keys).map((row) => row.id), ["c", "a"]);
});

test("an assistant is marked by what it is for", () => {
  const words = (changes) => tagsOf({ purpose: "managed", managed: true, current: false, unused: false, ...changes }).map((tag) => tag.word);
  assert.deepEqual(words({ current: true }), ["current"]);
  assert.deepEqual(words({ managed: false, purpose: "imported", unused: true }), ["imported", "unused"]);
  assert.deepEqual(words({ managed: false, purpose: null }), ["made elsewhere"]);
});

test("only what differs is sent, and what was emptied is taken away", () => {
  assert.deepEqual(updatesOf({ name: "A", model: "m", instructions: null }, { name: "A", model: "", instructions: "Be." }), { model: null, instructions: "Be." });
  assert.deepEqual([everyOf(0), everyOf(3_600_000), everyOf(90_000_000), everyOf(600_000)], ["only by hand", "every 1 hour", "every 25 hours", "every 10 minutes"]);
});

test("the pages have addresses that lead back to them", () => {
  for (const path of ["/imports", "/imports/imp_1", "/remote", "/settings", "/agents/new/t_1", "/t/thread_1", "/"]) {
    assert.equal(pathOfRoute(routeOf(path)), path);
  }
});

test("an approval shows each argument, and what a person made of it", () => {
  assert.deepEqual(argumentRows('{"a": 1, "b": "x"}', '{"a": 2, "c": null}'), [
    { name: "a", was: "1", is: "2" }, { name: "b", was: '"x"', is: "" }, { name: "c", was: "", is: "null" },
  ]);
  assert.deepEqual(argumentRows("not JSON", ""), [{ name: "arguments", was: "not JSON", is: "not JSON" }]);
  assert.equal(laidOut('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(decisionOf({ decision: "approved", edited: "{}" }).words, "You approved, with a change,");
});
