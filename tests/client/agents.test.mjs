import assert from "node:assert/strict";
import test from "node:test";
import { about, asked, blank, fromAgent, fromTemplate, payload, undeclared } from "../../frontend/static/giint/js/agent_values.js";
import { byRecency, chosenAgent, facing, matching, recent } from "../../frontend/static/giint/js/agents.js";
import { pathOfRoute, routeOf } from "../../frontend/static/giint/js/router.js";
import { Store } from "../../frontend/static/giint/js/store.js";
import { listRow, userSnapshot } from "./fixtures.mjs";

const agent = (id, more = {}) => ({
  id, name: id, description: "", instructions: "", model: "", tools: [], parameters: {}, limits: {}, template: null,
  template_name: "", revision: null, number: null, newer: false, variables: {}, tile: 1, archived: false, warning: "", ...more,
});
const TONE = { name: "tone", type: "choice", default: "brief", choices: ["brief", "warm"], description: "" };
const template = {
  id: "tmpl_1", name: "Support", description: "Answers", site_default: false, revision: "rev_2", number: 2,
  instructions: "Be {{tone}}", variables: [TONE], model: "m", tools: ["calculate"], parameters: { temperature: 0.2 }, limits: {},
};
const TABLE = [
  { name: "temperature", label: "", kind: "number", low: 0, high: 2, choices: [] },
  { name: "parallel_tool_calls", label: "", kind: "boolean", low: 0, high: 0, choices: [] },
  { name: "response_format", label: "", kind: "format", low: 0, high: 0, choices: [] },
];

test("addresses of agents and their routes are each other's inverse", () => {
  for (const path of ["/agents", "/agents/new", "/agents/new/tmpl_1", "/agents/agent_1"]) assert.equal(pathOfRoute(routeOf(path)), path);
  assert.deepEqual(routeOf("/agents/a/b"), { page: "chat", thread: null });
});

test("an untouched template is sent without its name, so that the same choice is found again", () => {
  const values = fromTemplate(template);
  assert.deepEqual(payload(values, TABLE, template), {
    template: "tmpl_1", description: "Answers", instructions: "", model: "m", tools: ["calculate"], parameters: { temperature: 0.2 }, variables: { tone: "brief" },
  });
  assert.equal(payload({ ...values, name: "Mine" }, TABLE, template).name, "Mine");
});

test("an agent goes through the form unchanged, and unset parameters are not sent", () => {
  const row = agent("agent_1", { parameters: { temperature: 1, response_format: { type: "text" } }, variables: { tone: "warm" } });
  const values = fromAgent(row);
  const body = payload({ ...values, parameters: { ...values.parameters, parallel_tool_calls: "" } }, TABLE, null);
  assert.deepEqual([body.parameters, body.variables, body.name], [row.parameters, row.variables, "agent_1"]);
  assert.equal("variables" in payload(blank([]), TABLE, null), false);
});

test("what is not of its kind goes as it was typed: the server says what is wrong", () => {
  const parameters = { temperature: "hot", parallel_tool_calls: "false", response_format: "json_object" };
  assert.deepEqual(payload({ ...blank([]), parameters }, TABLE, null).parameters, { temperature: "hot", parallel_tool_calls: false, response_format: "json_object" });
  assert.equal(about("temperature is a number from 0 to 2.", "temperature").length > 0, true);
  assert.equal(about("temperature is a number from 0 to 2.", "top_p"), "");
});

test("a newer revision asks for what has no value yet", () => {
  const land = { ...TONE, name: "land", default: null };
  assert.deepEqual(asked([TONE, land], { tone: "warm" }), [land]);
  assert.deepEqual(asked([land], { land: "" }), []);
  assert.deepEqual(undeclared({ a: true, b: 2, c: "x" }).map((one) => one.type), ["boolean", "number", "text"]);
});

test("agents of the latest threads come first", () => {
  const threads = {
    a: listRow("a", { agents: ["x"], last_message_at: "2026-11-20T10:00:00Z" }),
    b: listRow("b", { agents: ["y", "x"], last_message_at: "2026-11-20T11:00:00Z" }),
  };
  assert.deepEqual(recent(threads), ["y", "x"]);
  assert.deepEqual(byRecency([agent("z"), agent("x"), agent("y")], recent(threads)).map((row) => row.id), ["y", "x", "z"]);
});

test("every word of a search is somewhere in what is known of an agent", () => {
  const rows = [agent("Ops", { instructions: "Reads logs", template_name: "Support" }), agent("Other", { tools: ["calculate"] })];
  const names = (text) => matching(rows, text).map((row) => row.id);
  assert.deepEqual([names("logs support"), names("CALC"), names("logs calc"), names("")], [["Ops"], ["Other"], [], ["Ops", "Other"]]);
});

test("without a choice the default template has the next chat, else the first agent", () => {
  const store = new Store();
  store.start({ me: userSnapshot({ agents: [agent("a"), agent("b", { archived: true })] }), thread: null, default: null });
  assert.equal(chosenAgent(store).id, "a");
  store.set("standard", { template: "tmpl_1", name: "Support" });
  assert.deepEqual(facing(store), { agent: null, name: "Support", tile: 6 });
  store.set("chosen", "b"); // archived: no choice
  assert.equal(facing(store).agent, null);
  store.set("chosen", "a");
  assert.equal(facing(store).name, "a");
});
