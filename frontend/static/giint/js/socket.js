// The one websocket of the page: connects, resumes where it was, acknowledges, and comes back by itself.
//
// Connecting and reconnecting are the same code: every followed stream is subscribed from the position we hold.

/** @import { Frame, Link } from "./wire.d.ts" */

/** @typedef {{after: number | null, epoch: string | null}} Position */
/** @typedef {{now: () => number, set: (task: () => void, ms: number) => any, clear: (id: any) => void}} Clock */
/**
 * @typedef {{
 *   open: () => WebSocket, frame: (frame: Frame) => void, status: (link: Link) => void,
 *   ready: () => void, ended: (code: number) => void, failed: () => void, clock?: Clock, random?: () => number,
 * }} Wiring
 */

/** The server wants word at least every 64 KiB or 250 ms. */
const ACK_BYTES = 65_536;
const ACK_MS = 250;
/** Proxies cut what is silent for 60 s, so we speak every 25; no answer in 10 is a dead link. */
const PING_MS = 25_000;
const PONG_MS = 10_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** A stream that keeps coming out of order is asked for at most once a second. */
const AGAIN_MS = 1_000;
/** 4401: signed out or rights lost. 4403: this page's origin is not admitted. Coming back would change nothing. */
const FINAL = [4401, 4403];

/** A refused subscription is answered by this and the stream's name as its id. */
export const FOLLOW = "follow ";

/** @type {Clock} */
const browserClock = { now: () => Date.now(), set: (task, ms) => setTimeout(task, ms), clear: (id) => clearTimeout(id) };
const encoder = new TextEncoder();

/** @param {number} tries failed in a row @param {number} random 0 to 1 @returns {number} ms: doubled, half of it jitter */
export function backoff(tries, random) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries) * (0.5 + random / 2);
}

export class Socket {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Map<string, () => Position>} */ #streams = new Map();
  /** When each stream was last asked for; and the timers of those that have to wait. */
  /** @type {Map<string, number>} */ #asked = new Map();
  /** @type {Map<string, any>} */ #waiting = new Map();
  #tries = 0;
  #received = 0;
  #acknowledged = 0;
  /** @type {any} */ #ackTimer = null;
  /** @type {any} */ #pingTimer = null;
  /** @type {any} */ #retryTimer = null;
  /** @type {Link} */ #link;

  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.wiring = wiring;
    this.clock = wiring.clock ?? browserClock;
    this.random = wiring.random ?? Math.random;
    this.#link = { status: "connecting", since: this.clock.now(), next: 0 };
  }

  get isOpen() {
    return this.#link.status === "open";
  }

  connect() {
    this.clock.clear(this.#retryTimer);
    if (this.#socket) return;
    this.#is("connecting");
    const socket = (this.#socket = this.wiring.open());
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#heard(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** Do not wait for the countdown. */
  tryNow() {
    if (this.#link.status === "waiting") this.connect();
  }

  /** @param {string} stream @param {() => Position} position where we are, asked each time we subscribe */
  follow(stream, position) {
    this.#streams.set(stream, position);
    if (this.isOpen) this.#subscribe(stream);
  }

  /** @param {string} stream */
  unfollow(stream) {
    if (this.#streams.delete(stream)) this.send({ op: "unsubscribe", stream });
    this.#asked.delete(stream);
  }

  /** Something of this stream was missed: subscribe anew. @param {string} stream */
  again(stream) {
    if (!this.isOpen || this.#waiting.has(stream)) return;
    const wait = (this.#asked.get(stream) ?? -Infinity) + AGAIN_MS - this.clock.now();
    if (wait <= 0) this.#subscribe(stream);
    else this.#waiting.set(stream, this.clock.set(() => this.#subscribe(stream), wait));
  }

  /** @param {Record<string, unknown>} frame @returns {boolean} whether it left */
  send(frame) {
    if (!this.isOpen) return false;
    this.#socket?.send(JSON.stringify(frame));
    return true;
  }

  /** @param {string} stream */
  #subscribe(stream) {
    this.clock.clear(this.#waiting.get(stream));
    this.#waiting.delete(stream);
    const position = this.#streams.get(stream);
    if (!position) return;
    this.#asked.set(stream, this.clock.now());
    this.send({ op: "subscribe", id: `${FOLLOW}${stream}`, stream, ...position() });
  }

  #opened() {
    this.#received = this.#acknowledged = 0;
    this.#is("open");
    for (const stream of this.#streams.keys()) this.#subscribe(stream);
    this.#listen();
    this.wiring.ready();
  }

  /** @param {WebSocket} socket @param {string} text */
  #heard(socket, text) {
    if (socket !== this.#socket) return;
    this.#tries = 0;
    this.#received += encoder.encode(text).length;
    this.#listen();
    this.#acknowledge();
    this.wiring.frame(JSON.parse(text));
  }

  #acknowledge() {
    if (this.#received - this.#acknowledged >= ACK_BYTES) this.#sendAck();
    else this.#ackTimer ??= this.clock.set(() => this.#sendAck(), ACK_MS);
  }

  #sendAck() {
    this.clock.clear(this.#ackTimer);
    this.#ackTimer = null;
    if (this.#received > this.#acknowledged && this.send({ op: "ack", bytes: this.#received })) {
      this.#acknowledged = this.#received;
    }
  }

  /** Wait for silence; then ask; then give the link up. */
  #listen() {
    this.clock.clear(this.#pingTimer);
    this.#pingTimer = this.clock.set(() => {
      this.send({ op: "ping" });
      this.#pingTimer = this.clock.set(() => this.#giveUp(), PONG_MS);
    }, PING_MS);
  }

  #giveUp() {
    const socket = this.#socket;
    if (!socket) return;
    socket.close();
    this.#closed(socket, 1006); // a dead link's own close can take minutes
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    const never = this.#link.status === "connecting";
    this.#socket = null;
    for (const timer of [this.#ackTimer, this.#pingTimer]) this.clock.clear(timer);
    this.#ackTimer = null;
    for (const timer of this.#waiting.values()) this.clock.clear(timer);
    this.#asked.clear();
    this.#waiting.clear();
    if (FINAL.includes(code)) {
      this.#is("ended");
      this.wiring.ended(code);
      return;
    }
    const wait = backoff(this.#tries, this.random());
    this.#tries += 1;
    this.#is("waiting", this.clock.now() + wait);
    this.#retryTimer = this.clock.set(() => this.connect(), wait);
    if (never) this.wiring.failed();
  }

  /**
   * `since`: when the link was last lost or found, so that the banner can wait a little.
   * @param {Link["status"]} status @param {number} [next]
   */
  #is(status, next = 0) {
    const turned = (status === "open") !== (this.#link.status === "open");
    this.#link = { status, since: turned ? this.clock.now() : this.#link.since, next };
    this.wiring.status(this.#link);
  }
}
