import assert from "node:assert/strict";
import test from "node:test";
import { backoff, Socket } from "../../frontend/static/giint/js/socket.js";
import { FakeClock } from "./clock.mjs";

class FakeSocket {
  sent = [];
  closed = false;
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.closed = true; }
  ops(op) { return this.sent.filter((frame) => frame.op === op); }
}

function setup() {
  const clock = new FakeClock();
  const made = [];
  const log = { frames: [], status: [], ready: 0, ended: [], failed: 0 };
  const socket = new Socket({
    open: () => { made.push(new FakeSocket()); return made.at(-1); },
    frame: (frame) => log.frames.push(frame), status: (link) => log.status.push(link.status),
    ready: () => (log.ready += 1), ended: (code) => log.ended.push(code), failed: () => (log.failed += 1),
    clock, random: () => 1,
  });
  const hear = (frame) => made.at(-1).onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  return { clock, made, log, socket, hear, get last() { return made.at(-1); } };
}

test("backing off doubles up to 30 s and keeps half of it as jitter", () => {
  assert.deepEqual([0, 1, 2, 10].map((tries) => backoff(tries, 1)), [500, 1000, 2000, 30000]);
  assert.equal(backoff(2, 0), 1000);
});

test("opening subscribes every stream from where it is, and reconnecting does the same from where it is then", () => {
  const page = setup();
  let seq = 3;
  page.socket.follow("thread:1", () => ({ after: seq, epoch: "e" }));
  page.socket.connect();
  page.last.onopen();
  assert.deepEqual(page.last.ops("subscribe").map((frame) => [frame.stream, frame.after, frame.epoch]), [["thread:1", 3, "e"]]);
  seq = 9;
  page.last.onclose({ code: 1006 });
  page.clock.pass(500);
  page.last.onopen();
  assert.deepEqual([page.made.length, page.last.ops("subscribe")[0].after, page.log.ready], [2, 9, 2]);
});

test("bytes are acknowledged: all received so far, in UTF-8, within 250 ms or 64 KiB", () => {
  const page = setup();
  page.socket.connect();
  page.last.onopen();
  page.hear({ op: "delta", text: "ü🚀" });
  const bytes = Buffer.byteLength(JSON.stringify({ op: "delta", text: "ü🚀" }));
  assert.deepEqual(page.last.ops("ack"), []);
  page.clock.pass(250);
  assert.deepEqual(page.last.ops("ack").map((frame) => frame.bytes), [bytes]);
  page.hear({ op: "delta", text: "x".repeat(70_000) });
  assert.equal(page.last.ops("ack").length, 2, "a large frame is acknowledged at once");
  page.clock.pass(1000);
  assert.equal(page.last.ops("ack").length, 2, "nothing is acknowledged twice");
});

test("a new connection counts its bytes from nothing", () => {
  const page = setup();
  page.socket.connect();
  page.last.onopen();
  page.hear({ op: "pong" });
  page.last.onclose({ code: 1012 });
  page.clock.pass(500);
  page.last.onopen();
  page.hear({ op: "pong" });
  page.clock.pass(250);
  assert.deepEqual(page.last.ops("ack").map((frame) => frame.bytes), [Buffer.byteLength('{"op":"pong"}')]);
});

test("waiting grows while nobody answers and starts anew after a frame", () => {
  const page = setup();
  page.socket.connect();
  for (const wait of [500, 1000, 2000]) {
    const before = page.made.length;
    page.last.onclose({ code: 1006 });
    page.clock.pass(wait - 1);
    assert.equal(page.made.length, before);
    page.clock.pass(1);
    assert.equal(page.made.length, before + 1);
  }
  assert.equal(page.log.failed, 3, "each handshake that never opened is told");
  page.last.onopen();
  page.hear({ op: "pong" });
  page.last.onclose({ code: 4408 });
  page.clock.pass(500);
  assert.equal(page.made.length, 5);
});

test("trying now does not wait for the countdown, and happens once", () => {
  const page = setup();
  page.socket.connect();
  page.last.onclose({ code: 1006 });
  page.socket.tryNow();
  page.socket.tryNow();
  page.clock.pass(60_000);
  assert.equal(page.made.length, 2);
});

test("signed out and refused origins are the end", () => {
  for (const code of [4401, 4403]) {
    const page = setup();
    page.socket.connect();
    page.last.onopen();
    page.last.onclose({ code });
    page.clock.pass(100_000);
    assert.deepEqual([page.made.length, page.log.ended, page.log.status.at(-1)], [1, [code], "ended"]);
  }
});

test("silence is asked after, and a link that does not answer is given up", () => {
  const page = setup();
  page.socket.connect();
  page.last.onopen();
  page.clock.pass(25_000);
  assert.equal(page.last.ops("ping").length, 1);
  page.hear({ op: "pong" });
  page.clock.pass(25_000);
  assert.equal(page.last.ops("ping").length, 2);
  page.clock.pass(10_000);
  assert.ok(page.last.closed);
  assert.equal(page.log.status.at(-1), "waiting");
});

test("a stream out of order is asked for at most once a second", () => {
  const page = setup();
  page.socket.follow("thread:1", () => ({ after: 1, epoch: "e" }));
  page.socket.connect();
  page.last.onopen();
  page.socket.again("thread:1");
  page.socket.again("thread:1");
  assert.equal(page.last.ops("subscribe").length, 1);
  page.clock.pass(1000);
  assert.equal(page.last.ops("subscribe").length, 2, "it is not forgotten either");
  page.clock.pass(5000);
  page.socket.again("thread:1");
  page.socket.again("thread:2");
  assert.equal(page.last.ops("subscribe").length, 3);
});

test("nothing is sent while there is no link, and late words of an old one are dropped", () => {
  const page = setup();
  page.socket.connect();
  assert.equal(page.socket.send({ op: "ping" }), false);
  page.last.onopen();
  const old = page.last;
  old.onclose({ code: 1006 });
  page.clock.pass(500);
  page.last.onopen();
  old.onmessage({ data: '{"op":"pong"}' });
  assert.deepEqual(page.log.frames, []);
});
