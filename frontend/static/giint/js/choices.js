// Synced choices on their way: kept until the server has them, sent again on the newer state when another tab was first.

/** @import { Refused } from "./wire.d.ts" */

/** The `id` of our `state` frames. One is on its way at a time. */
export const CHOICE = "choice";

export class Choices {
  /** @type {Record<string, unknown>} */ #pending = {};
  /** @type {Record<string, unknown> | null} */ #sent = null;

  /**
   * @param {{
   *   send: (frame: Record<string, unknown>) => boolean, version: () => number,
   *   adopt: (version: number, state: Record<string, unknown>) => void,
   * }} wiring
   */
  constructor({ send, version, adopt }) {
    this.wire = send;
    this.version = version;
    this.adopt = adopt;
  }

  /** @param {Record<string, unknown>} patch */
  make(patch) {
    this.#pending = { ...this.#pending, ...patch };
    if (!this.#sent) this.flush();
  }

  /** The link is there (again), or the last one was answered. */
  flush() {
    this.#sent = null;
    if (!Object.keys(this.#pending).length) return;
    const sent = { ...this.#pending };
    if (this.wire({ op: "state", id: CHOICE, version: this.version(), patch: sent })) this.#sent = sent;
  }

  confirmed() {
    for (const [key, value] of Object.entries(this.#sent ?? {})) {
      if (this.#pending[key] === value) delete this.#pending[key];
    }
    this.flush();
  }

  /** @param {Refused} refused @returns {boolean} false: it will not be taken, and is dropped */
  refused({ code, version, state }) {
    if (code === "state_conflict" && version !== undefined && state) {
      this.adopt(version, { ...state, ...this.#pending });
      this.flush();
      return true;
    }
    for (const key of Object.keys(this.#sent ?? {})) delete this.#pending[key];
    this.#sent = null;
    return false;
  }
}
