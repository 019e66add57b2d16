// Tells the server that its person looks: while a tab is open before their eyes, nothing of its kind stays new.

/** @import { NewRow } from "./events.d.ts" */

export class Looking {
  /** @type {Promise<unknown> | null} */ #told = null;
  /** @type {keyof NewRow | null} */ #kind = null;
  /** @type {NewRow | null} */ #fresh = null;

  /** @param {(kinds: (keyof NewRow)[]) => Promise<unknown>} tell rejects where it did not arrive */
  constructor(tell) {
    this.tell = tell;
  }

  /**
   * What is looked at now (null: nothing) and what is new. A word that did not arrive is said again with the next change.
   * @param {keyof NewRow | null} kind @param {NewRow} fresh
   */
  see(kind, fresh) {
    this.#kind = kind;
    this.#fresh = fresh;
    if (!this.#told) this.#say();
  }

  /** One word at a time: what came meanwhile has its turn when the answer is here. */
  #say() {
    const [kind, fresh] = [this.#kind, this.#fresh];
    if (!kind || !fresh?.[kind]) return;
    const done = (/** @type {boolean} */ arrived) => {
      this.#told = null;
      if (arrived && this.#fresh !== fresh) this.#say();
    };
    this.#told = this.tell([kind]).then(() => done(true), () => done(false));
  }
}
