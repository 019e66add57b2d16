// Between the socket and the store: text in flight is gathered and applied at most every 60 ms, in one go.
//
// 60 redraws a second of a growing answer kept a slow machine busy for good; at 16 a second nobody sees a difference.
// Where a drawing takes longer than a frame, the next one waits so much longer: a slow machine draws less often, and
// has time left for whoever types and scrolls.

/** @import { StreamFrame } from "./wire.d.ts" */
/** @import { Clock } from "./socket.js" */

export const FLUSH_MS = 60;
/** A drawing takes at most one part in so many of the time, until the pause is this long. */
const SHARE = 5;
const LONGEST_MS = 240;
const FRAME_MS = 17;
const LIVE = ["delta", "progress"];

export class Intake {
  /** @type {StreamFrame[]} */ #waiting = [];
  /** @type {any} */ #timer = null;
  #pause = FLUSH_MS;

  /**
   * @param {(frames: StreamFrame[]) => void} apply
   * @param {Clock} clock
   */
  constructor(apply, clock) {
    this.apply = apply;
    this.clock = clock;
  }

  /** Events are applied at once, after the text that came before them. @param {StreamFrame} frame */
  add(frame) {
    this.#waiting.push(frame);
    if (!LIVE.includes(frame.op)) this.flush();
    else this.#timer ??= this.clock.set(() => this.#draw(), this.#pause);
  }

  flush() {
    this.clock.clear(this.#timer);
    this.#timer = null;
    const frames = this.#waiting;
    this.#waiting = [];
    if (frames.length) this.apply(frames);
  }

  #draw() {
    const begun = this.clock.now();
    this.flush();
    this.clock.set(() => {
      const late = this.clock.now() - begun - FRAME_MS;
      this.#pause = Math.min(LONGEST_MS, Math.max(FLUSH_MS, late * SHARE));
    }, 0);
  }
}
