import assert from "node:assert/strict";
import test from "node:test";
import { argumentsOf, countsOf, pollOf, standingOf, turnsOf } from "../../frontend/static/giint/js/poll_values.js";
import { call, entry, transcript } from "./fixtures.mjs";

const asked = (given) => call("out_1", "m1", { tool: "x_poll", arguments: JSON.stringify(given) });
const choices = ["Ship", "Wait", "Ask"];

test("arguments that are no object are none", () => {
  assert.deepEqual([argumentsOf(""), argumentsOf("[1]"), argumentsOf("nul"), argumentsOf('{"a":1}')], [{}, {}, {}, { a: 1 }]);
});

test("before anybody has answered a poll knows how many will, and what there is to choose from", () => {
  const poll = pollOf(transcript("t"), [], asked({ agents: ["A", "B"], copies: 2, choices }), undefined);
  assert.deepEqual([poll.total, poll.answered, poll.tally.map((one) => [one.choice, one.count])], [4, 0, [["Ship", 0], ["Wait", 0], ["Ask", 0]]]);
  assert.equal(standingOf(transcript("t"), undefined, poll), "0 of 4");
});

test("while answers come they are tallied; who failed is said, and who dissents", () => {
  const entries = [
    entry("A", { number: 1, choice: "Ship" }), entry("B", { number: 2, choice: "Wait" }), entry("C", { number: 3, choice: "Ship" }),
    entry("D", { number: 4, status: "partial", code: "upstream_cut", sentence: "It broke off." }),
    entry("E", { number: 5, status: "streaming", text: "Well" }), entry("F", { number: 6 }),
  ];
  const poll = pollOf(transcript("t"), entries, asked({ choices }), { text: "", done: 4, total: 6 });
  assert.deepEqual(poll.tally.map((one) => [one.choice, one.count, one.voices.length]), [["Ship", 2, 2], ["Wait", 1, 1], ["Ask", 0, 0]]);
  assert.deepEqual([poll.total, poll.answered, poll.failed.length, poll.undecided, poll.dissent], [6, 4, 1, 1, "B: Wait"]);
  assert.equal(countsOf(poll), "4 answers, 1 chose none of these, 1 without");
  assert.equal(standingOf(transcript("t", { hold: "paused" }), undefined, poll), "paused");
});

test("the synthesis grows apart from the answers, without its line of dissent", () => {
  const entries = [entry("A", { number: 1 }), entry("B", { number: 2 }),
    entry("s", { number: 3, name: "Synthesis", status: "streaming", text: "Both agree.\n\nDissent: none" })];
  const poll = pollOf(transcript("t"), entries, asked({}), undefined);
  assert.deepEqual([poll.answers.length, poll.synthesis?.text, poll.tally], [2, "Both agree.", []]);
});

test("an agent that is called Synthesis is one who answers", () => {
  const result = { answered: 2, answers: [{ name: "A", entry: "A" }, { name: "Synthesis", entry: "s" }], tally: {} };
  const entries = [entry("A", { number: 1 }), entry("s", { number: 2, name: "Synthesis" })];
  const poll = pollOf(transcript("t", { status: "done", result }), entries, undefined, undefined);
  assert.deepEqual([poll.answers.length, poll.synthesis], [2, null]);
});

test("a finished poll is told by its result, without its entries too", () => {
  const result = {
    answered: 2, failed: 2, tally: { Ship: 1, Wait: 1 }, dissent: "B would wait.", synthesis: "It is open.", tie: ["Ship", "Wait"],
    answers: [{ name: "A", entry: "A" }, { name: "B", entry: "B" }, { name: "C", entry: "C" }, { name: "D", entry: null }],
  };
  const row = transcript("t", { status: "done", result });
  const poll = pollOf(row, [], undefined, undefined);
  assert.deepEqual([poll.total, poll.answered, poll.silent, poll.dissent, poll.synthesised], [4, 2, ["D"], "B would wait.", "It is open."]);
  assert.deepEqual(poll.tally.map((one) => one.count), [1, 1]);
  assert.equal(standingOf(row, undefined, poll), "finished");
});

test("a result that is not as expected breaks nothing", () => {
  for (const result of [{ answers: "x", tally: null, dissent: 4 }, { answers: null }, { tally: ["a"] }]) {
    assert.equal(pollOf(transcript("t", { result }), [], call("c", "m", { arguments: "{" }), undefined).answered, 0);
  }
});

test("in a duo the first who speaks is one side, what its reader says belongs to neither", () => {
  const entries = [entry("1", { name: "A" }), entry("2", { name: "B" }), entry("3", { name: "me", kind: "person" }), entry("4", { name: "A" })];
  assert.deepEqual(turnsOf(entries).map((one) => one.side), ["a", "b", "person", "a"]);
  assert.equal(standingOf(transcript("t", { tool: "duo" }), { text: "", done: 2, total: 5 }, null), "round 2 of 5");
  assert.equal(standingOf(transcript("t", { tool: "duo", status: "cancelled" }), undefined, null), "stopped");
});
