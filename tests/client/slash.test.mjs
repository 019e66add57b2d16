import assert from "node:assert/strict";
import test from "node:test";
import { pathOfRoute, routeOf } from "../../frontend/static/giint/js/router.js";
import { begun, fitting } from "../../frontend/static/giint/js/slash.js";

const COMMANDS = [{ id: "poll", label: "Ask", form: "question" }, { id: "duo", label: "Talk", form: "task" }];
const names = (text) => fitting(text, COMMANDS).map((one) => one.id);

test("commands are offered while their word is written", () => {
  assert.deepEqual(names("/"), ["poll", "duo"]);
  assert.deepEqual(names("/P"), ["poll"]);
  assert.deepEqual(names("/poll "), []);
  assert.deepEqual(names("a /"), []);
  assert.deepEqual(names("/x"), []);
});

test("how a command goes on is shown until it does", () => {
  assert.equal(begun("/duo ", COMMANDS)?.form, "task");
  assert.equal(begun("/Poll ", COMMANDS)?.form, "question");
  for (const text of ["/duo", "/duo a", "/x ", "a /duo ", ""]) assert.equal(begun(text, COMMANDS), undefined);
});

test("a transcript has an address of its own", () => {
  const route = { page: "transcript", thread: null, part: "trans_1" };
  assert.deepEqual(routeOf("/transcripts/trans_1"), route);
  assert.equal(pathOfRoute(route), "/transcripts/trans_1");
});
