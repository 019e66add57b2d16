import assert from "node:assert/strict";
import test from "node:test";
import { Choices } from "../../frontend/static/giint/js/choices.js";
import { FLUSH_MS, Intake } from "../../frontend/static/giint/js/intake.js";
import { FakeClock } from "./clock.mjs";

test("text is gathered for 60 ms; an event goes at once, after the text before it", () => {
  const clock = new FakeClock();
  const applied = [];
  const intake = new Intake((frames) => applied.push(frames.map((frame) => frame.op)), clock);
  intake.add({ op: "delta" });
  intake.add({ op: "delta" });
  clock.pass(FLUSH_MS - 1);
  assert.deepEqual(applied, []);
  clock.pass(1);
  assert.deepEqual(applied, [["delta", "delta"]]);
  intake.add({ op: "delta" });
  intake.add({ op: "event" });
  assert.deepEqual(applied[1], ["delta", "event"]);
  clock.pass(1000);
  assert.equal(applied.length, 2);
});

test("where drawing takes long, the next text waits longer, and not for ever", () => {
  for (const [takes, pause] of [[10, FLUSH_MS], [57, 200], [5_000, 240]]) {
    const clock = new FakeClock();
    const at = [];
    const intake = new Intake(() => { at.push(clock.time); clock.time += takes; }, clock);
    intake.add({ op: "delta" });
    clock.pass(FLUSH_MS + takes);
    intake.add({ op: "delta" });
    const begun = clock.time;
    clock.pass(pause - 1);
    assert.equal(at.length, 1, `${takes} ms`);
    clock.pass(1);
    assert.deepEqual(at[1], begun + pause);
  }
});

function choices() {
  const page = { sent: [], online: true, version: 1, state: {} };
  page.choices = new Choices({
    send: (frame) => { if (page.online) page.sent.push(frame); return page.online; },
    version: () => page.version,
    adopt: (version, state) => Object.assign(page, { version, state }),
  });
  return page;
}

test("choices leave one at a time, the next with the version that the first gave", () => {
  const page = choices();
  page.choices.make({ theme: "dark" });
  page.choices.make({ enter_sends: false });
  assert.deepEqual(page.sent.map((frame) => [frame.version, frame.patch]), [[1, { theme: "dark" }]]);
  page.version = 2;
  page.choices.confirmed();
  assert.deepEqual([page.sent[1].version, page.sent[1].patch], [2, { enter_sends: false }]);
  page.choices.confirmed();
  assert.equal(page.sent.length, 2);
});

test("when another tab was first, the newer state is taken and the choice made on it", () => {
  const page = choices();
  page.choices.make({ theme: "dark" });
  page.choices.refused({ code: "state_conflict", version: 5, state: { theme: "light", agent: "a" } });
  assert.deepEqual(page.state, { theme: "dark", agent: "a" });
  assert.deepEqual([page.sent[1].version, page.sent[1].patch], [5, { theme: "dark" }]);
});

test("a choice made without a link leaves when it is back; one that is refused is dropped", () => {
  const page = choices();
  page.online = false;
  page.choices.make({ theme: "dark" });
  page.online = true;
  page.choices.flush();
  assert.equal(page.sent.length, 1);
  assert.equal(page.choices.refused({ code: "state_key" }), false);
  page.choices.flush();
  assert.equal(page.sent.length, 1);
});
